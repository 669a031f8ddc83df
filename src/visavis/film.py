"""Pictures and sound become a finished file.

Comes in: a timeline of poses and slices of sound, a renderer, the output's name. Goes out: the
file, whole or not at all, and a :class:`RenderReport`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from visavis.errors import InvalidOption
from visavis.pose import Pose
from visavis.video import Samples, SoundSource, VideoSpec, open_writer
from visavis.video.spec import PixelFormat

if TYPE_CHECKING:
    from visavis.render import Renderer

Progress = Callable[[int, int | None], None]
"""Called with the frames done and, where the sound's length is known beforehand, their number."""


@dataclass(frozen=True, slots=True)
class RenderReport:
    """What :meth:`Avatar.render` made.

    Attributes:
        path: the file, or the folder or pattern of pictures.
        frames: how many pictures.
        duration: seconds of video.
        fps: frames per second.
        size: width and height, px.
        sample_rate: of the sound that came in, Hz.
        encoding: the encoders used.
        seconds: how long it took.
    """

    path: Path
    frames: int
    duration: float
    fps: float
    size: tuple[int, int]
    sample_rate: int
    encoding: str
    seconds: float

    @property
    def speed(self) -> float:
        """Seconds of video made in a second."""
        return self.duration / max(self.seconds, 1e-9)


def film(
    poses: Iterator[tuple[Pose, Samples]],
    make_renderer: Callable[[PixelFormat], Renderer],
    out: str | os.PathLike[str],
    spec: VideoSpec,
    progress: Progress | None = None,
    expected: int | None = None,
) -> RenderReport:
    """Draw a timeline into a file.

    Args:
        poses: (pose, slice of sound) for every frame; see :func:`visavis.frames.timeline`.
        make_renderer: makes the renderer for the pixel format the output wants.
        out: the output's name; see :func:`visavis.video.open_writer`.
        spec: what the output holds.
        progress: called after every frame.
        expected: how many frames there will be, where that is known; for ``progress``.

    Returns:
        What was made.

    Raises:
        InvalidMedia: the sound cannot be read or the output cannot be written.
        InvalidOption: an option outside what is possible.
    """
    begun = time.perf_counter()
    writer = open_writer(out, spec)
    count = 0
    try:
        renderer = make_renderer(writer.pixel_format)
        picture = np.empty(renderer.shape, np.uint8)
        for pose, sound in poses:
            writer.write(renderer.draw(pose, out=picture), sound)
            count += 1
            if progress is not None:
                progress(count, expected)
        path = writer.close()
    except BaseException:
        writer.discard()
        raise
    return RenderReport(
        path=path,
        frames=count,
        duration=float(count / spec.fps),
        fps=float(spec.fps),
        size=spec.size,
        sample_rate=spec.sample_rate,
        encoding=writer.description,
        seconds=time.perf_counter() - begun,
    )


def refuse_overwriting(sound: SoundSource, out: str | os.PathLike[str]) -> None:
    """Refuse an output that is the input.

    Raises:
        InvalidOption: both names mean the same file.
    """
    if isinstance(sound, (str, os.PathLike)):
        try:
            same = os.path.samefile(sound, out)
        except OSError:
            return
        if same:
            raise InvalidOption(f"{os.fspath(out)} is the sound itself; name another output")
