"""Where finished video goes: one file, or a folder of pictures; whole or not at all.

Comes in: the output's name, what it should hold (:class:`VideoSpec`), then pictures with their
slices of sound. Goes out: a file that appears under its name only when it is finished.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from visavis.errors import InvalidMedia, InvalidOption
from visavis.video.sound import Samples
from visavis.video.spec import VIDEO_SUFFIXES, PixelFormat, VideoSpec, check_spec, number_pattern


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
