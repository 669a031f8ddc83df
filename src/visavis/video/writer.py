"""Where finished video goes: one file, or a folder of pictures; whole or not at all.

Comes in: the output's name, what it should hold (:class:`VideoSpec`), then pictures with their
slices of sound. Goes out: a file that appears under its name only when it is finished.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal, Protocol, get_args

import numpy as np
import numpy.typing as npt

from visavis.errors import InvalidMedia, InvalidOption
from visavis.video.sound import Samples

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


class Writer(Protocol):
    """Takes pictures in order; either ``close`` or ``discard`` ends it.

    Attributes:
        pixel_format: what pictures it wants, as the renderer calls it.
        description: the encoding in words.
    """

    pixel_format: PixelFormat
    description: str

    def write(self, image: npt.NDArray[np.uint8], sound: Samples) -> None:
        """Take the next picture and its slice of sound; neither is kept."""

    def close(self) -> Path:
        """Finish, move everything to its final name, and say where it is."""

    def discard(self) -> None:
        """Remove what was begun; harmless after ``close``."""


def open_writer(out: str | os.PathLike[str], spec: VideoSpec) -> Writer:
    """Begin an output; the kind is told by its name.

    Args:
        out: ``x.mp4``, ``x.mov``, ``x.webm``; a folder or a pattern (``x_%05d.png``) for PNG
            pictures.
        spec: what it is to hold.

    Returns:
        The writer.

    Raises:
        InvalidOption: an unknown kind, or transparency where there can be none.
        InvalidMedia: the place cannot be written to.
        MissingDependency: this PyAV lacks the encoder.
    """
    from visavis.video.file import VideoFile
    from visavis.video.pictures import PictureFolder

    check_spec(spec)
    path = Path(out)
    kind = output_kind(out)
    check_place(path)
    if kind == "pictures":
        return PictureFolder(path, spec)
    return VideoFile(path, spec)


def output_kind(out: str | os.PathLike[str]) -> Literal["video", "pictures"]:
    """Tell a video file from a run of pictures by the output's name.

    Raises:
        InvalidOption: neither.
    """
    path, suffix = Path(out), Path(out).suffix.lower()
    if not os.fspath(out):
        raise InvalidOption("the output's name is empty; name a file such as hello.mp4")
    if path.name.lower() in (*VIDEO_SUFFIXES, ".png"):
        raise InvalidOption(f"{path}: an ending without a name; name a file such as hello.mp4")
    if path.is_file() and not suffix:
        raise InvalidOption(f"{path} is a file; name one such as hello.mp4, or a folder for PNGs")
    if path.is_dir() or os.fspath(out).endswith(("/", os.sep)) or not suffix:
        return "pictures"
    if suffix == ".png":
        number_pattern(path.name)
        return "pictures"
    if suffix in VIDEO_SUFFIXES:
        return "video"
    raise InvalidOption(
        f"{path.name}: unknown kind {suffix}; use .mp4, .webm, .mov, or a folder for PNG pictures"
    )


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


def check_place(path: Path) -> None:
    """Refuse a place nothing can be written to, before any work is done.

    Raises:
        InvalidMedia: no such folder, or no right to write there.
    """
    folder = path.parent
    if not folder.is_dir():
        raise InvalidMedia(f"cannot write {path}: there is no folder {folder}; create it first")
    if not os.access(folder, os.W_OK):
        raise InvalidMedia(f"cannot write {path}: no permission to write into {folder}")
    if path.exists() and not path.is_dir() and not path.is_file():
        raise InvalidMedia(f"cannot write {path}: it is no ordinary file")
