"""What the face does may be changed before it is drawn: a wink, and a lean to the side.

`python examples/change_the_pose.py hello.wav wink.mp4 [CHARACTER]`
"""

from __future__ import annotations

import math
import sys

import visavis
from visavis.pose import INDEX, Pose


def wink(t: float, pose: Pose) -> None:
    """Shuts the left eye for a moment in every three seconds; `t` in seconds."""
    if 1.0 <= t % 3 < 1.2:
        pose[INDEX["eyeBlinkLeft"]] = 1.0
        pose[INDEX["mouthSmileLeft"]] += 0.3


def lean(t: float, pose: Pose) -> None:
    """Tilts the head slowly from side to side."""
    pose[INDEX["headRoll"]] += 2.0 * math.sin(2 * math.pi * t / 6)


def main(sound: str, out: str, character: str = "ada") -> None:
    """Renders with both changes, one after the other."""

    def both(t: float, pose: Pose) -> None:
        wink(t, pose)
        lean(t, pose)

    with visavis.open(character) as avatar:
        avatar.render(sound, out, pose=both)
    print(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
