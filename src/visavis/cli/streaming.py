"""``visavis stream``: a sound becomes blend shapes or visemes, line by line.

Comes in: a sound, perhaps a character. Goes out: JSON lines or Live Link Face's CSV.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from visavis.cli.console import Quiet, is_quiet, progress
from visavis.cli.rendering import motion_settings, stdin_sound
from visavis.errors import InvalidOption


def stream(
    context: typer.Context,
    sound: Annotated[
        str, typer.Argument(metavar="SOUND", help="A sound or video file; - reads it from stdin.")
    ],
    blendshapes: Annotated[
        bool,
        typer.Option(
            "--blendshapes", show_default=False,
            help="The 52 ARKit weights, head and gaze; so it is without --visemes.",
        ),
    ] = False,
    visemes: Annotated[
        bool,
        typer.Option(
            "--visemes", show_default=False, help="The weights of the 15 Oculus visemes, sum 1."
        ),
    ] = False,
    csv: Annotated[
        bool,
        typer.Option(
            "--csv", show_default=False, help="A Live Link Face recording instead of JSON lines."
        ),
    ] = False,
    output: Annotated[
        str, typer.Option("--output", "-o", help="A file; - for stdout.")
    ] = "-",
    fps: Annotated[float, typer.Option(help="Frames per second, 10 to 60.")] = 30,
    avatar: Annotated[
        str | None,
        typer.Option(help="Whose way of speaking: an .imx file or a name.", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option(help="Same seed, same movement.")] = 0,
    motion: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE", show_default=False, help="As in visavis render. May be repeated."
        ),
    ] = None,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """Turn a sound into blend shapes or visemes, frame by frame, without pictures."""
    from visavis import blendshapes as shapes
    from visavis.cli.console import write_whole
    from visavis.options import parse_fps

    if csv and visemes:
        raise InvalidOption("--csv has no place for visemes; leave out one of both")
    exact = parse_fps(fps)
    lipsync = None
    if avatar is not None:
        import visavis

        with visavis.open(avatar) as opened:
            lipsync = opened.motion().lipsync
    frames = shapes.stream(
        stdin_sound() if sound == "-" else sound,
        fps, seed=seed, settings=motion_settings(motion or []), lipsync=lipsync,
    )  # fmt: skip

    def lines() -> Iterator[str]:
        if csv:
            yield shapes.csv_header()
        for frame in frames:
            if csv:
                yield shapes.csv_row(frame, exact)
            else:
                yield shapes.json_line(
                    frame, blendshapes=blendshapes or not visemes, visemes=visemes
                )

    if output == "-":
        for line in lines():
            print(line, flush=True)
        return
    if Path(output).is_dir():
        raise InvalidOption(f"{output} is a folder; name a file")
    text = []
    with progress("streaming", is_quiet(context, quiet)) as bar:
        for count, line in enumerate(lines(), 1):
            text.append(line)
            bar(count, None)
    write_whole(output, ("\n".join(text) + "\n").encode())
    if not is_quiet(context, quiet):
        print(f"{output}: {len(text) - csv} frames at {fps:g} fps", file=sys.stderr)
