"""Frame by frame: how far the jaw is open, as a line of text for every picture.

`python examples/take_frames.py hello.wav [CHARACTER]`
"""

from __future__ import annotations

import sys

import visavis
from visavis.pose import INDEX


def main(sound: str, character: str = "ada") -> None:
    """Prints time, jaw and the size of picture and sound of every frame."""
    with visavis.open(character) as avatar:
        for frame in avatar.frames(sound, size=256):
            jaw = float(frame.pose[INDEX["jawOpen"]])
            print(f"{frame.time:6.2f} s  {frame.image.shape}  {len(frame.sound):5} samples  "
                  f"{'#' * round(60 * jaw)}")  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
