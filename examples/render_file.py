"""From file to file: `python examples/render_file.py hello.wav hello.mp4 [CHARACTER]`."""

from __future__ import annotations

import sys

import visavis


def main(sound: str, out: str, character: str = "ada") -> None:
    """Renders a character speaking a sound."""
    with visavis.open(character) as avatar:
        report = avatar.render(sound, out, size=512, fps=25)
    print(f"{report.path}: {report.frames} pictures, {report.speed:.1f} times as fast as real time")


if __name__ == "__main__":
    main(*sys.argv[1:])
