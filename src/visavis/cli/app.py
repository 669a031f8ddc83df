"""The command's frame: its name, its global options, its commands in order of use.

Comes in: the command modules. Goes out: ``app``.
"""

from __future__ import annotations

from typing import Annotated

import typer

from visavis.cli import (
    building,
    clouding,
    evaluating,
    inspecting,
    measuring,
    playing,
    rendering,
    serving,
    streaming,
    talking,
    using,
)
from visavis.cli.console import Quiet

app = typer.Typer(
    name="visavis",
    help="Talking characters: a picture becomes an avatar, a sound makes it speak.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    invoke_without_command=True,
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"visavis {version('visavis')}")
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    quiet: Quiet = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_version, is_eager=True,
            show_default=False,
        ),
    ] = False,
) -> None:  # fmt: skip
    if context.invoked_subcommand is None:
        print(context.get_help())


app.command("build")(building.build)
app.command("render")(rendering.render)
app.command("talk")(talking.talk)
app.command("play")(playing.play)
app.command("stream")(streaming.stream)
app.command("sheet")(rendering.sheet)
app.command("info")(inspecting.info)
app.command("list")(inspecting.characters)
app.command("evaluate")(evaluating.evaluate)
app.command("bench")(measuring.bench)
app.command("serve")(serving.serve)
app.add_typer(clouding.clouds, name="cloud")
app.command("login")(using.login)
app.command("pull")(using.pull)
app.command("push")(using.push)
app.command("usage")(using.usage)
app.command("doctor")(measuring.doctor)
app.add_typer(building.models, name="models")
