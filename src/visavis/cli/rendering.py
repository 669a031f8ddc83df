"""``visavis render`` and ``visavis sheet``: an avatar on screen.

Comes in: an avatar, a sound. Goes out: a video file, a contact sheet.
"""

from __future__ import annotations

import dataclasses
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO, Literal

import typer

from visavis.cli.console import (
    AvatarArgument,
    Json,
    Quiet,
    is_quiet,
    print_json,
    progress,
    refuse_terminal,
    write_whole,
)
from visavis.errors import InvalidOption

if TYPE_CHECKING:
    from visavis.character import State
    from visavis.film import RenderReport
    from visavis.motion import MotionSettings


def render(
    context: typer.Context,
    avatar: AvatarArgument,
    sound: Annotated[
        str, typer.Argument(metavar="SOUND", help="A sound or video file; - reads it from stdin.")
    ],
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", show_default=False,
            help="x.mp4, x.webm, x.mov; a folder or x_%05d.png for PNG pictures; - for stdout.",
        ),
    ],
    size: Annotated[str, typer.Option(help="512, 1280x720 …, px.")] = "512x512",
    fps: Annotated[float, typer.Option(help="Frames per second, 10 to 60.")] = 25,
    framing: Annotated[
        str, typer.Option(help="Where the face sits: auto, or close for a larger face.")
    ] = "auto",
    background: Annotated[
        str,
        typer.Option(help="still, transparent, a colour (#00ff00, white …) or a picture file."),
    ] = "still",
    seed: Annotated[int, typer.Option(help="Same seed, same frames.")] = 0,
    state: Annotated[
        str | None,
        typer.Option(
            help="idle, listening, thinking or speaking while nothing is said.",
            show_default=False,
        ),
    ] = None,
    emotion: Annotated[
        str | None,
        typer.Option(
            metavar="NAME[:STRENGTH]", show_default=False,
            help="neutral, happy, sad, serious or surprised throughout; happy:0.6 is less of it.",
        ),
    ] = None,
    gesture: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME@SECONDS", show_default=False,
            help="nod, shake, smile, laugh, surprised or think at that time; nod:0.5@2 is a small "
            "one. May be repeated.",
        ),
    ] = None,
    motion: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE", show_default=False,
            help="How lively: liveliness, head, blink, gaze, brows, breath, smile, articulation, "
            "jaw, expressiveness; 1 is natural, 0 none (jaw 0: the lips do it). May be repeated.",
        ),
    ] = None,
    pose: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", show_default=False,
            help="A recorded face that drives this one: CSV of Live Link Face, other CSV with "
            "ARKit's names, or JSON lines. What it has no column for, moves by itself.",
        ),
    ] = None,
    quality: Annotated[
        Literal["small", "good", "best"],
        typer.Option(metavar="small|good|best", help="Of the video."),
    ] = "good",
    crf: Annotated[
        int | None,
        typer.Option(
            show_default=False, help="The encoder's rate factor instead; lower is better, larger."
        ),
    ] = None,
    kind: Annotated[
        Literal["mp4", "webm", "mov"],
        typer.Option("--format", metavar="mp4|webm|mov", help="Of what goes to stdout."),
    ] = "mp4",
    quiet: Quiet = False,
    json: Json = False,
) -> None:  # fmt: skip
    """Make a video of an avatar speaking a sound."""
    import visavis

    quiet = is_quiet(context, quiet)
    settings = motion_settings(motion or [])
    refuse_terminal(output)
    recorded = None
    if pose is not None:
        from visavis.blendshapes import read

        recorded = read(pose)
    with visavis.open(avatar) as opened, progress("rendering", quiet) as bar:

        def film(out: str) -> RenderReport:
            return opened.render(
                stdin_sound() if sound == "-" else sound,
                out,
                size=size, fps=fps, framing=framing, background=background,  # type: ignore[arg-type]
                seed=seed, settings=settings, state=_state(state),
                emotion=emotion, gestures=gesture or (), pose=recorded,
                quality=quality, crf=crf, progress=bar,
            )  # fmt: skip

        report = _to_stdout(film, kind) if output == "-" else film(output)
    _summary(report, quiet or output == "-", json and output != "-")


def _summary(report: RenderReport, quiet: bool, json: bool) -> None:
    if json:
        print_json({**dataclasses.asdict(report), "speed": report.speed})
    elif not quiet:
        width, height = report.size
        print(
            f"{report.path}: {report.duration:.2f} s, {report.frames} frames of {width}x{height} "
            f"at {report.fps:g} fps, made in {report.seconds:.1f} s ({report.speed:.1f}x)"
        )


def _state(state: str | None) -> State | None:
    if state in (None, "idle", "listening", "thinking", "speaking"):
        return state  # type: ignore[return-value]
    raise InvalidOption(f"state {state!r}: idle, listening, thinking or speaking")


def stdin_sound() -> BinaryIO:
    """The sound that is piped in.

    Raises:
        InvalidOption: nothing is piped in.
    """
    if sys.stdin is None:
        raise InvalidOption("stdin is closed; pipe a sound into it, or name a file")
    if sys.stdin.isatty():
        raise InvalidOption("stdin is a terminal; pipe a sound into it, or name a file")
    return sys.stdin.buffer


def _to_stdout(film: Callable[[str], RenderReport], kind: str) -> RenderReport:
    """Video files are not written from front to back, so make one aside and copy it."""
    with tempfile.TemporaryDirectory(prefix="visavis-") as folder:
        report = film(str(Path(folder, f"out.{kind}")))
        with report.path.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        return report


def motion_settings(pairs: list[str]) -> MotionSettings | None:
    """Settings of ``NAME=VALUE`` pairs; None for none.

    Raises:
        InvalidOption: no such setting, or no number.
    """
    if not pairs:
        return None
    from visavis.motion import MotionSettings

    names = [field.name for field in dataclasses.fields(MotionSettings)]
    values: dict[str, float] = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        if name not in names:
            raise InvalidOption(f"motion {name!r}: one of {', '.join(names)}")
        try:
            values[name] = float(value)
        except ValueError as error:
            raise InvalidOption(f"motion {pair!r}: write {name}=0.5") from error
    return MotionSettings(**values)


def sheet(
    context: typer.Context,
    avatar: AvatarArgument,
    output: Annotated[
        str,
        typer.Option(
            "--output", "-o", help="sheet.png (or .jpg, .webp); - for stdout.", show_default=False
        ),
    ],
    columns: Annotated[int, typer.Option(help="Cells in a row.", min=1, max=32)] = 6,
    size: Annotated[int, typer.Option(help="Width of a cell, px.", min=64, max=1024)] = 256,
    crop: Annotated[
        Literal["picture", "face", "mouth", "eyes"],
        typer.Option(metavar="picture|face|mouth|eyes", help="What a cell shows."),
    ] = "picture",
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Draw a contact sheet: rest, visemes, eyes, head turns, emotions, gestures."""
    import visavis
    from visavis.sheet import contact_sheet, encode_picture, picture_kind
    from visavis.video import check_place

    quiet = is_quiet(context, quiet)
    refuse_terminal(output)
    picture_kind(output)
    if output != "-":
        check_place(Path(output))
    with visavis.open(avatar) as opened, progress("drawing", quiet) as bar:
        picture = contact_sheet(opened, columns=columns, size=size, crop=crop, progress=bar)
    write_whole(output, encode_picture(picture, output))
    if not quiet and output != "-":
        print(f"{output}: {picture.shape[1]}x{picture.shape[0]}")
