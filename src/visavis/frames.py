"""A sound becomes a timeline: for every picture its pose and its slice of the sound.

Comes in: an opened sound, motion settings. Goes out: (pose, slice) pairs in order, as soon as the
sound that decides them has been heard; then :class:`Frame`, with the picture. This is the loop of
a file; a live session has one of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from visavis.pose import Pose
from visavis.video.slices import SoundSlices
from visavis.video.sound import Samples, SoundReader

if TYPE_CHECKING:
    from visavis.motion import Motion


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture and the slice of sound that belongs to it.

    Attributes:
        image: uint8 (H, W, 3) RGB; or as the pixel format asked for: (H, W, 4) RGBA with straight
            alpha, (H * 3 // 2, W) I420.
        sound: int16, (n,) for one channel, (n, 2) for stereo: the sound from ``time`` until the
            next frame's. All slices joined are the whole sound, with silence to the end of the
            last frame.
        sample_rate: of the sound, Hz: the file's own.
        time: when the frame begins, seconds; its picture shows the middle of its interval.
        index: 0, 1, 2, …
        pose: float32 (POSE_SIZE,), what the face does; see :mod:`visavis.pose`.
    """

    image: npt.NDArray[np.uint8]
    sound: Samples
    sample_rate: int
    time: float
    index: int
    pose: Pose


def timeline(sound: SoundReader, motion: Motion, fps: Fraction) -> Iterator[tuple[Pose, Samples]]:
    """Poses and slices of sound, one pair a frame, ceil(duration * fps) of them.

    Holds no more sound than the mouth's look-ahead needs.

    Args:
        sound: an opened sound.
        motion: made for the same fps.
        fps: frames per second.

    Yields:
        float32 (POSE_SIZE,), int16 (n, channels).
    """
    from visavis.speech import SpeechStream

    speech = SpeechStream()
    slices = SoundSlices(sound.sample_rate, sound.channels, fps)
    for chunk in sound:
        slices.push(chunk)
        motion.push(speech.push(chunk, sound.sample_rate))
        while slices.ready and motion.available > 0:
            yield motion.next(), slices.next()
    motion.push(speech.flush())
    motion.finish()
    slices.finish()
    while slices.ready:
        yield motion.next(), slices.next()
