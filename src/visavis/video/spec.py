"""What a video is to hold, and which outputs there can be.

Comes in: what a user asks for. Goes out: a checked :class:`VideoSpec`, or the reason against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

from visavis.errors import InvalidOption

Quality = Literal["small", "good", "best"]
"""small: for sending; good: a face stays sharp; best: for further editing."""

PixelFormat = Literal["rgb", "rgba", "i420"]

VIDEO_SUFFIXES = (".mp4", ".m4v", ".mov", ".webm")
ALPHA_SUFFIXES = (".mov", ".webm")


@dataclass(frozen=True)
class VideoSpec:
    """What a video is to hold.

    Attributes:
        size: width and height, px, even.
        fps: frames per second.
        sample_rate: of the sound, Hz.
        channels: of the sound, 1 or 2.
        transparent: with alpha; pictures are then RGBA.
        quality: see :data:`Quality`.
        crf: constant rate factor of the encoder, instead of the quality's: 0 (lossless) to 51
            for H.264, to 63 for VP9; lower is better and larger.
    """

    size: tuple[int, int]
    fps: Fraction
    sample_rate: int
    channels: int
    transparent: bool = False
    quality: Quality = "good"
    crf: int | None = None


def number_pattern(name: str) -> str:
    """Check a name such as ``frame_%05d.png``, and return it.

    Raises:
        InvalidOption: no number in it, or something else after the %.
    """
    try:
        first, second = name % 0, name % 1
    except (TypeError, ValueError):
        first = second = ""
    if first == second:
        raise InvalidOption(
            f"{name}: one PNG cannot hold a video; name a folder, or a pattern as frame_%05d.png"
        )
    return name


def check_spec(spec: VideoSpec) -> None:
    """Refuse what no encoder takes.

    Raises:
        InvalidOption: an odd size, an unknown quality, a crf out of range.
    """
    width, height = spec.size
    if width % 2 or height % 2:
        raise InvalidOption(f"size {width}x{height}: width and height must be even for video")
    if spec.quality not in get_args(Quality):
        raise InvalidOption(f"quality {spec.quality!r}: one of {', '.join(get_args(Quality))}")
    if spec.crf is not None and not 0 <= spec.crf <= 63:
        raise InvalidOption(f"crf {spec.crf}: from 0 (lossless) to 51 (H.264) or 63 (VP9)")
