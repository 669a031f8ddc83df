"""``visavis evaluate``: lip sync as figures, from pictures.

Comes in: an avatar and a sound, or a video of a talking head. Goes out: a table or JSON, a plot.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from visavis.cli.console import (
    Json,
    Quiet,
    is_quiet,
    print_json,
    print_table,
    steps,
    write_whole,
)
from visavis.cli.rendering import motion_settings


def evaluate(
    context: typer.Context,
    avatar: Annotated[
        str | None,
        typer.Argument(
            metavar="[AVATAR]", show_default=False,
            help="An .imx file, or a character's name: visavis list.",
        ),
    ] = None,
    sound: Annotated[
        str | None,
        typer.Argument(metavar="[SOUND]", help="A sound or video file.", show_default=False),
    ] = None,
    phones: Annotated[
        str | None,
        typer.Option(
            help="What is said when: a TextGrid, an Audacity label track or an HTK label file, "
            "ARPAbet or IPA. Brings the figures of closure.",
            show_default=False,
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="VIDEO", show_default=False,
            help="A real speaker's video of the same sound. Brings correlation and size.",
        ),
    ] = None,
    video: Annotated[
        str | None,
        typer.Option(
            metavar="VIDEO", show_default=False,
            help="Judge this video of a talking head, made by whatever, instead of an avatar.",
        ),
    ] = None,
    fps: Annotated[float, typer.Option(help="Of the avatar's pictures, 10 to 60.")] = 25,
    seed: Annotated[int, typer.Option(help="Of the avatar's movement.")] = 0,
    motion: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE", show_default=False, help="As in visavis render. May be repeated."
        ),
    ] = None,
    plot: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", show_default=False,
            help="Draw the mouth over the sound: out.png, .svg or .pdf.",
        ),
    ] = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:  # fmt: skip
    """Judge lip sync from the pictures: offset, closure, agreement, stillness, blinks."""
    import contextlib

    import visavis
    from visavis.errors import InvalidOption
    from visavis.evaluate import table
    from visavis.evaluate.lipsync import evaluate_lipsync
    from visavis.evaluate.plot import plot as draw
    from visavis.evaluate.plot import plot_kind

    if video is None and (avatar is None or (sound is None and against is None)):
        raise InvalidOption(
            "name an avatar and a sound (visavis evaluate ada hello.wav), or --video talking.mp4"
        )
    if video is not None and sound is None and avatar is not None:
        avatar, sound = None, avatar  # the only name beside --video is the sound's
    if video is not None and avatar is not None:
        raise InvalidOption("an avatar or --video, not both")
    kind = None if plot is None else plot_kind(plot)
    options: dict[str, Any] = {"seed": seed, "settings": motion_settings(motion or [])}
    with contextlib.ExitStack() as stack:
        opened = stack.enter_context(visavis.open(avatar)) if avatar else None
        bar = stack.enter_context(steps(is_quiet(context, quiet)))
        report = evaluate_lipsync(
            opened, sound or (None if video else against),
            phones=phones, against=against, video=video, fps=fps,
            say=lambda what, done, whole: bar(what, done / whole if whole else 0.0), **options,
        )  # fmt: skip
    if plot is not None and kind is not None:
        write_whole(plot, draw(report, kind))
    if json:
        print_json(report.figures())
        return
    print_table("", table.heads(report), table.rows(report))
    if not is_quiet(context, quiet):
        print(
            f"\n{report.name}: {report.seconds:.1f} s, {report.fps:g} pictures a second, a face in "
            f"{100 * report.face.seen.mean():.0f} %; what each figure means: docs/lipsync.md"
        )
