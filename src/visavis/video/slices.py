"""Sound cut at the boundaries of the pictures: every frame gets exactly its slice.

Comes in: chunks of sound of any length. Goes out: slice k, from sample round(k * rate / fps) to
sample round((k + 1) * rate / fps); joined again the slices are the sound, with silence after its
end to fill the last frame.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from visavis.video.sound import Samples


def boundary(index: int, sample_rate: int, fps: Fraction) -> int:
    """Sample at which frame ``index`` begins: index * sample_rate / fps, rounded half up."""
    num, den = fps.numerator, fps.denominator
    return (2 * index * sample_rate * den + num) // (2 * num)  # whole numbers: exact, and quick


def frame_count(samples: int, sample_rate: int, fps: Fraction) -> int:
    """Frames it takes to show all of a sound: its duration times fps, rounded up."""
    return -int(-(Fraction(samples, sample_rate) * fps) // 1)


class SoundSlices:
    """Cuts sound into frames' slices as it arrives.

    Args:
        sample_rate: Hz.
        channels: columns of each chunk.
        fps: frames per second.
    """

    def __init__(self, sample_rate: int, channels: int, fps: Fraction) -> None:
        self._rate, self._fps = sample_rate, fps
        self._held = np.zeros((0, channels), np.int16)
        self._index = 0
        self._pushed = 0

    def push(self, chunk: Samples) -> None:
        """Take more sound, int16 (n, channels)."""
        self._held = np.concatenate([self._held, chunk])
        self._pushed += len(chunk)

    def finish(self) -> None:
        """The sound has ended: fill the last frame with silence."""
        frames = frame_count(self._pushed, self._rate, self._fps)
        missing = boundary(frames, self._rate, self._fps) - self._pushed
        if missing > 0:
            self.push(np.zeros((missing, self._held.shape[1]), np.int16))

    @property
    def ready(self) -> bool:
        """Whether the next slice is complete."""
        return len(self._held) >= max(self._length(), 1)

    def _length(self) -> int:
        start = boundary(self._index, self._rate, self._fps)
        return boundary(self._index + 1, self._rate, self._fps) - start

    def next(self) -> Samples:
        """The next frame's slice, int16 (n, channels), a copy of its own."""
        length = self._length()
        piece, self._held = self._held[:length].copy(), self._held[length:]
        self._index += 1
        return piece
