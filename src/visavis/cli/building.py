"""``visavis build`` and ``visavis models``: a picture becomes an avatar.

Comes in: a picture's path. Goes out: an ``.imx`` file.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from visavis.build import CANVAS_PX
from visavis.cli.console import Json, Quiet, is_quiet, print_json, steps
from visavis.errors import InvalidMedia, InvalidOption, MissingDependency

models = typer.Typer(
    help="The networks that find the face, for building.", rich_markup_mode=None,
    no_args_is_help=False,
)  # fmt: skip


@contextlib.contextmanager
def _build_extra() -> Iterator[None]:
    """What building needs and rendering does not, missing: say how to get it."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingDependency(
            f"building needs {error.name}: pip install 'visavis[build]'"
        ) from error


def build(
    context: typer.Context,
    picture: Annotated[
        str, typer.Argument(metavar="PICTURE", help="A photo; or a drawing with --landmarks.")
    ],
    output: Annotated[
        str, typer.Option("--output", "-o", help="The .imx file.", show_default=False)
    ],
    name: Annotated[
        str | None, typer.Option(help="The character's name; else the file's.", show_default=False)
    ] = None,
    face: Annotated[
        int, typer.Option(help="Which face where there are several: 1 is the largest.", min=1)
    ] = 1,
    landmarks: Annotated[
        Path | None,
        typer.Option(
            help="Hand-placed points (JSON), for drawings and animals.", show_default=False
        ),
    ] = None,
    size: Annotated[
        int, typer.Option(help="Height of the canvas, px.", min=256, max=1024)
    ] = CANVAS_PX,
    licence: Annotated[
        str | None, typer.Option(help="Of the picture; kept in the file.", show_default=False)
    ] = None,
    consent: Annotated[
        str | None,
        typer.Option(help="Of the person shown; kept in the file.", show_default=False),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(help="Where the picture is from; kept in the file.", show_default=False),
    ] = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Make an avatar from a picture."""
    quiet = is_quiet(context, quiet)
    if Path(picture).is_char_device():
        raise InvalidMedia(f"{picture} is a device, no picture")
    for given in (picture, landmarks):
        _refuse_overwriting(given, output)
    if Path(output).suffix.lower() != ".imx":
        raise InvalidOption(f"--output {output}: an avatar's file ends in .imx")
    # the report below says the same, in our own form
    logging.getLogger("visavis.build").setLevel(logging.ERROR)
    with _build_extra():
        from visavis.build import build_with_report

        with steps(quiet) as bar:
            report = build_with_report(
                picture, output, name=name, face=face, landmarks=landmarks, size=size,
                licence=licence, consent=consent, source=source, progress=bar,
            )  # fmt: skip
    length = report.path.stat().st_size
    if not quiet:
        for warning in report.warnings:
            print(f"visavis: warning: {warning}", file=sys.stderr)
    if json:
        print_json({**dataclasses.asdict(report), "bytes": length})
    elif not quiet:
        width, height = report.canvas
        seconds = report.timings.get("total", 0.0)
        print(f"{report.path}: {width}x{height}, {length / 1000:,.0f} kB, made in {seconds:.1f} s")


def _refuse_overwriting(given: str | Path | None, output: str) -> None:
    with contextlib.suppress(OSError):
        if given is not None and Path(output).samefile(given):
            raise InvalidOption(f"{output} is the input itself; name another output")


@models.command("fetch")
def fetch(context: typer.Context, quiet: Quiet = False) -> None:
    """Download the networks now, for later use without a network."""
    from visavis.build import models as networks

    quiet = is_quiet(context, quiet)
    with steps(quiet) as bar:
        networks.fetch(progress=bar)
    if not quiet:
        print(f"networks are in {networks.folder()}")


@models.command("where")
def where(json: Json = False) -> None:
    """Say where the networks are kept, and whether they are there."""
    from visavis.build import models as networks

    missing = networks.missing()
    if json:
        print_json({"folder": str(networks.folder()), "missing": missing})
    else:
        state = f"missing: {', '.join(missing)}; visavis models fetch" if missing else "complete"
        print(f"{networks.folder()} ({state})")
