"""What one chooses when starting the Talk page.

Comes in: the command line's values. Goes out: :class:`TalkOptions`; the picture's size for a page.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from visavis.agent.endpoints import Endpoint
from visavis.talk.messages import Screen

NARROWEST, WIDEST = 0.66, 2.0
"""Width by height of the picture: narrower ones would cut into the face; the page lets them end in
its own background instead."""
_STEP = 16  # px: encoders work in blocks of this


@dataclass(frozen=True)
class TalkOptions:
    """How the page talks.

    Attributes:
        fps: pictures, or poses, per second.
        pixels: of a picture, about.
        bitrate: of the picture at most, bit/s.
        codec: h264 or vp8, where the browser can do both.
        video: pages show video until their visitor wants otherwise; else they draw.
        sessions: visitors at most, at one time.
        photos: whether visitors may have characters made of photos.
        ice: STUN and TURN servers.
        voice: the voice's name; None: one that fits the character.
        llm: the language model; None: the character repeats what it is told.
        stt: recognises speech; None: with `llm`, one can only type.
        tts: the voice's endpoint; None: espeak-ng.
        language: that is spoken, for the recogniser; None: it finds out.
        instructions: to the language model, ``{name}`` stands for the character's; None: ours.
    """

    fps: float = 25.0
    pixels: int = 512 * 1024
    bitrate: int = 2_500_000
    codec: str = "h264"
    video: bool = False
    sessions: int = 4
    photos: bool = True
    ice: tuple[str, ...] = ()
    voice: str | None = None
    llm: Endpoint | None = None
    stt: Endpoint | None = None
    tts: Endpoint | None = None
    language: str | None = None
    instructions: str | None = None

    def size(self, screen: Screen) -> tuple[int, int]:
        """Width and height of the picture for a page, px: its shape, within limits."""
        shape = min(max(screen.width / screen.height, NARROWEST), WIDEST)
        height = math.sqrt(self.pixels / shape)
        width, height = shape * height, height
        return _STEP * round(width / _STEP), _STEP * round(height / _STEP)
