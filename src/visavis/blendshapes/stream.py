"""Sound becomes blendshape frames as it arrives; no picture is drawn.

Comes in: a sound file, or chunks of samples from a program or an async source. Goes out:
:class:`BlendshapeFrame` after frame: the same face that :meth:`visavis.Avatar.frames` draws.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterator
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from visavis.blendshapes.frame import BlendshapeFrame, frame_of
from visavis.options import Fps, parse_fps

if TYPE_CHECKING:
    from visavis.motion import LipSync, MotionSettings
    from visavis.video import SoundSource

_KEPT = 64  # mouth rows remembered for the visemes


class BlendshapeStream:
    """Pushes of sound become frames.

    Args:
        fps: frames per second, 10 to 60.
        seed: chooses blinks, glances, nods.
        settings: how lively it moves.
        lipsync: how a character's mouth answers; see :meth:`visavis.Avatar.motion`.
        lookahead_ms: how much sound beyond a moment the mouth may wait for: 0, 40 or 80.

    Raises:
        InvalidOption: an argument outside what is possible.
    """

    def __init__(
        self,
        fps: Fps = 30,
        *,
        seed: int = 0,
        settings: MotionSettings | None = None,
        lipsync: LipSync | None = None,
        lookahead_ms: int = 80,
    ) -> None:
        from visavis.motion import Motion
        from visavis.speech import SpeechStream

        self.fps = parse_fps(fps)
        self._motion = Motion(float(self.fps), seed, settings, lipsync)
        self._speech = SpeechStream(lookahead_ms)
        self._rows: list[npt.NDArray[np.float32]] = []
        self._first = 0  # number of the first row remembered
        self._index = 0
        self._seconds = 0.0

    def push(self, samples: npt.ArrayLike, sample_rate: int) -> list[BlendshapeFrame]:
        """Hear more sound.

        Args:
            samples: (n,) or (n, channels), int16 or float32 -1..1.
            sample_rate: Hz, the same throughout.

        Returns:
            The frames that can be told now; often none.
        """
        self._hear(self._speech.push(samples, sample_rate))
        self._seconds += np.shape(samples)[0] / sample_rate
        return [self._next() for _ in range(self._motion.available)]

    def flush(self) -> list[BlendshapeFrame]:
        """The sound is over: the frames that are left, ceil(duration * fps) in all."""
        self._hear(self._speech.flush())
        self._motion.finish()
        count = int(np.ceil(self._seconds * float(self.fps) - 1e-6))
        return [self._next() for _ in range(count - self._index)]

    def _hear(self, rows: npt.NDArray[np.float32]) -> None:
        self._motion.push(rows)
        self._rows.extend(rows)

    def _next(self) -> BlendshapeFrame:
        pose = self._motion.next()
        index, self._index = self._index, self._index + 1
        row = self._row((index + 0.5) / float(self.fps))
        return frame_of(index, float(index / self.fps), pose, row)

    def _row(self, time: float) -> npt.NDArray[np.float32] | None:
        """The mouth row at a time."""
        drop = int(time * 50) - _KEPT - self._first
        if drop > 0:
            del self._rows[:drop]
            self._first += drop
        if not self._rows:
            return None
        return self._rows[min(max(int(time * 50) - self._first, 0), len(self._rows) - 1)]


def stream(
    sound: SoundSource,
    fps: Fps = 30,
    *,
    seed: int = 0,
    settings: MotionSettings | None = None,
    lipsync: LipSync | None = None,
    lookahead_ms: int = 80,
) -> Iterator[BlendshapeFrame]:
    """The frames of a sound, as fast as they are asked for.

    Args:
        sound: path, bytes, binary file object, or (samples, rate).
        fps: frames per second, 10 to 60.
        seed: chooses blinks, glances, nods.
        settings: how lively it moves.
        lipsync: how a character's mouth answers.
        lookahead_ms: 0, 40 or 80.

    Yields:
        ceil(duration * fps) frames.

    Raises:
        InvalidMedia: the sound cannot be read.
        InvalidOption: an option outside what is possible.
    """
    from visavis.video import open_sound

    made = BlendshapeStream(
        fps, seed=seed, settings=settings, lipsync=lipsync, lookahead_ms=lookahead_ms
    )
    with open_sound(sound) as reader:
        for chunk in reader:
            yield from made.push(chunk, reader.sample_rate)
    yield from made.flush()


async def live(
    chunks: AsyncIterable[npt.NDArray[np.int16]],
    sample_rate: int,
    fps: Fps = 30,
    *,
    seed: int = 0,
    settings: MotionSettings | None = None,
    lipsync: LipSync | None = None,
    lookahead_ms: int = 40,
) -> AsyncIterator[BlendshapeFrame]:
    """The frames of sound that arrives, each as soon as its sound has come.

    Args:
        chunks: int16 (n,) or (n, channels), any n.
        sample_rate: Hz.
        fps: frames per second, 10 to 60.
        seed: chooses blinks, glances, nods.
        settings: how lively it moves.
        lipsync: how a character's mouth answers.
        lookahead_ms: 0, 40 or 80; a frame comes so much later than its sound.

    Yields:
        Frames.

    Raises:
        InvalidOption: an option outside what is possible.
    """
    made = BlendshapeStream(
        fps, seed=seed, settings=settings, lipsync=lipsync, lookahead_ms=lookahead_ms
    )
    async for chunk in chunks:
        for frame in made.push(chunk, sample_rate):
            yield frame
    for frame in made.flush():
        yield frame
