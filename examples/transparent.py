"""Without a background, for a web page or a video editor: WebM with alpha.

`python examples/transparent.py hello.wav hello.webm [CHARACTER]`
"""

from __future__ import annotations

import sys

import visavis
from visavis.motion import MotionSettings


def main(sound: str, out: str, character: str = "rufus") -> None:
    """Renders a calm character on nothing."""
    calm = MotionSettings(liveliness=0.6, blink=0.8)
    with visavis.open(character) as avatar:
        avatar.render(sound, out, background="transparent", size=384, settings=calm, seed=7)
    print(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
