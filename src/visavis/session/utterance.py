"""One utterance: its sound, converted and heard only as far as the next frames need it.

Comes in: sound of any rate in pieces of any size. Goes out: int16 samples at the session's rate
and mouth rows of the same sound. Taking half a minute of sound costs as much as taking a
moment of it, since the work is done when frames ask for it.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from visavis.errors import InvalidOption
from visavis.video.sound import SAMPLE_RATES

if TYPE_CHECKING:
    from visavis.speech import SpeechStream

Mono = npt.NDArray[np.int16]

ROW_RATE = 50
_SLICE_S = 0.2
"""Sound is heard in slices of this length: the network is quicker with several rows at once."""


def checked_sound(samples: npt.ArrayLike, sample_rate: int) -> npt.NDArray[Any]:
    """A copy of pushed sound, (n,) or (n, channels), in its own dtype.

    Raises:
        InvalidOption: a shape, dtype or rate that is not possible, or numbers that are not finite.
    """
    low, high = SAMPLE_RATES
    if not isinstance(sample_rate, (int, np.integer)) or not low <= sample_rate <= high:
        raise InvalidOption(f"sample rate {sample_rate!r}: {low} to {high} Hz is possible")
    array = np.array(samples)
    if array.ndim not in (1, 2) or (array.ndim == 2 and not 1 <= array.shape[1] <= 64):
        raise InvalidOption(f"sound of shape {array.shape}: (n,) or (n, channels) is possible")
    if array.dtype.kind == "f":
        if not np.isfinite(array).all():
            raise InvalidOption("sound with numbers that are not finite")
    elif array.dtype != np.int16 and len(array):
        raise InvalidOption(f"sound of type {array.dtype}: int16, or float in -1..1 is possible")
    return array


def _mono(piece: npt.NDArray[Any]) -> Mono:
    if piece.dtype == np.int16:
        if piece.ndim == 1:
            return piece
        return np.asarray(np.round(piece.mean(1)), np.int16)
    if piece.ndim == 2:
        piece = piece.mean(1)
    return np.asarray(np.clip(np.round(piece * 32768.0), -32768, 32767), np.int16)


class Utterance:
    """From the first sound pushed to its flush.

    Args:
        number: which one of its session.
        sample_rate: of the sound that goes out, Hz.
        speech: a fresh stream that hears it.
        now: when it began, seconds by the session's clock.
    """

    def __init__(self, number: int, sample_rate: int, speech: SpeechStream, now: float) -> None:
        self.number = number
        self.began = now
        self.closed = False
        self.started = False  # whether its listeners know
        self.handed_out = 0
        self._rate = sample_rate
        self._speech: SpeechStream | None = speech
        self._waiting: deque[tuple[npt.NDArray[Any], int]] = deque()
        self._pushed = 0.0
        self._resampler: Any = None
        self._resampled_rate = 0
        self._sound: deque[Mono] = deque()
        self._first = 0  # number of the first sample still held
        self._samples = 0  # converted so far
        self._rows: deque[npt.NDArray[np.float32]] = deque()
        self._first_row = 0
        self._ended = False

    @property
    def seconds(self) -> float:
        """Length of what was pushed, seconds."""
        return self._pushed

    @property
    def position(self) -> float:
        """How much of it was handed out, seconds; all of it: exactly what was pushed."""
        if self.whole and self.handed_out >= self._samples:
            return self._pushed
        return min(self.handed_out / self._rate, self._pushed)

    @property
    def whole(self) -> bool:
        """Whether it is closed and all of it has been heard."""
        return self._ended

    @property
    def samples(self) -> int:
        """Samples converted so far; all of them when :attr:`whole`."""
        return self._samples

    @property
    def rows(self) -> int:
        """Mouth rows made so far; all of them when :attr:`whole`."""
        return self._first_row + len(self._rows)

    def push(self, sound: npt.NDArray[Any], sample_rate: int) -> None:
        """Take more sound, as :func:`checked_sound` gives it."""
        self._waiting.append((sound, int(sample_rate)))
        self._pushed += len(sound) / sample_rate

    def has_rows(self, count: int) -> bool:
        """Whether there are so many mouth rows, or all there will ever be; hears what it takes."""
        while not self._ended and (missing := count - self._first_row - len(self._rows)) > 0:
            if self._waiting:
                self._take_in(missing)
                assert self._speech is not None
                self._rows.extend(self._speech.tell())
            elif self.closed:
                self._end()
            else:
                return False
        return True

    def prepare(self, count: int) -> SpeechStream | None:
        """Take in what :meth:`has_rows` would hear for so many rows; None: there is nothing.

        What the stream tells next is for :meth:`told`.
        """
        missing = count - self._first_row - len(self._rows)
        if self._ended or missing <= 0 or not self._waiting:
            return None
        self._take_in(missing)
        return self._speech

    def told(self, rows: npt.NDArray[np.float32]) -> None:
        """More rows, float32 (n, 32), of the stream of :meth:`prepare`."""
        self._rows.extend(rows)

    def row(self, index: int) -> npt.NDArray[np.float32]:
        """A mouth row, float32 (32,), in order; earlier ones are let go."""
        while self._first_row < index:
            self._rows.popleft()
            self._first_row += 1
        return self._rows[0]

    def take(self, index: int, count: int) -> list[npt.NDArray[np.float32]]:
        """So many mouth rows from this one on, as :meth:`row` gives them; all are there."""
        first = self.row(index)
        rows = [first, *islice(self._rows, 1, count)]
        for _ in range(count - 1):
            self._rows.popleft()
        self._first_row += count - 1
        return rows

    def sound(self, begin: int, out: Mono) -> None:
        """Copy the samples from ``begin`` on into ``out``; zeros after its end. In order."""
        while self._sound and self._first + len(self._sound[0]) <= begin:
            self._first += len(self._sound.popleft())
        at = self._first
        for piece in self._sound:
            low, high = max(begin, at), min(begin + len(out), at + len(piece))
            if low < high:
                out[low - begin : high - begin] = piece[low - at : high - at]
            at += len(piece)
            if at >= begin + len(out):
                break
        self.handed_out = max(self.handed_out, min(begin + len(out), self._samples))

    def _end(self) -> None:
        """It is closed, and all its sound was taken in."""
        assert self._speech is not None
        self._convert(None, 0)
        self._rows.extend(self._speech.flush())
        self._speech = None
        self._ended = True

    def _take_in(self, rows: int) -> None:
        """Convert sound for so many more rows, at least a slice, or all that waits."""
        left = max(rows / ROW_RATE, _SLICE_S)
        while self._waiting and left > 0:
            sound, rate = self._waiting.popleft()
            length = max(int(rate * left), 1)
            left -= len(sound) / rate
            if len(sound) > length:
                self._waiting.appendleft((sound[length:], rate))
                sound, left = sound[:length], 0.0
            self._convert(_mono(sound), rate)

    def _convert(self, sound: Mono | None, rate: int) -> None:
        """To the session's rate; None: what the resampler still holds."""
        if sound is not None and rate == self._rate and self._resampler is None:
            self._add(sound)
            return
        import av

        if self._resampler is not None and rate != self._resampled_rate:
            for frame in self._resampler.resample(None):
                self._add(frame.to_ndarray()[0])
            self._resampler = None
        if sound is None:
            return
        if self._resampler is None:
            if rate == self._rate:
                self._add(sound)
                return
            self._resampler = av.AudioResampler("s16", "mono", self._rate)
            self._resampled_rate = rate
        frame = av.AudioFrame.from_ndarray(sound[None], "s16", "mono")
        frame.sample_rate = rate
        for made in self._resampler.resample(frame):
            self._add(made.to_ndarray()[0])

    def _add(self, sound: Mono) -> None:
        if len(sound):
            assert self._speech is not None
            self._sound.append(sound)
            self._samples += len(sound)
            self._speech.take(sound, self._rate)
