"""Sound in, mouth rows out, as the sound arrives.

Comes in: sound of any rate from 8 to 96 kHz, in pieces of any size. Goes out: 50 mouth rows per
second. The bits of the rows depend on the sound alone, never on how it was cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from visavis import native
from visavis.errors import InvalidOption
from visavis.speech.channels import MOUTH_CHANNELS, ROW_RATE, ROW_SAMPLES
from visavis.speech.hearing import Hearing, rows_together
from visavis.speech.mel import BANDS, HOP, WINDOW, Normaliser, log_mel
from visavis.speech.model import SpeechModel
from visavis.speech.mouth import Mouth
from visavis.speech.network import Network
from visavis.speech.resample import Resampler

Floats = npt.NDArray[np.float32]

LOWEST_RATE, HIGHEST_RATE = 8_000, 96_000


def _mono(samples: npt.ArrayLike) -> Floats:
    """Any allowed sound as (n,) float32 in -1..1; what is not a number is silence."""
    array = np.asarray(samples)
    if array.ndim not in (1, 2) or (array.ndim == 2 and array.shape[1] == 0):
        raise InvalidOption(
            f"sound has shape {array.shape}; give (samples,) or (samples, channels)"
        )
    if array.dtype == np.int16:
        sound = array.astype(np.float32) / np.float32(32768)
    elif array.dtype in (np.float32, np.float64):
        sound = np.nan_to_num(array.astype(np.float32), nan=0.0, posinf=1.0, neginf=-1.0)
        sound = np.clip(sound, -1.0, 1.0)
    else:
        raise InvalidOption(f"sound is {array.dtype}; give int16, or float32 in -1..1")
    if sound.ndim == 1:
        return sound
    total = sound[:, 0].copy()  # channel by channel: the sum's order must not depend on the length
    for channel in range(1, sound.shape[1]):
        total += sound[:, channel]
    return total / np.float32(sound.shape[1])


class SpeechStream:
    """Turns speech into mouth movement while it is being heard.

    Row n, of 20 ms, comes out as soon as the sound up to (n + 1) * 20 ms + look-ahead has come in
    (and up to 1.3 ms more where the sound is resampled).

    Args:
        lookahead_ms: how much sound beyond a row's end the mouth may wait for: 0, 40 or 80. 80 is
            best; 40 is a little worse; 0 moves late.
        model: other weights than the released ones.

    Raises:
        InvalidOption: there is no head for such a look-ahead.
    """

    def __init__(self, lookahead_ms: int = 80, model: SpeechModel | None = None) -> None:
        self._model = model if model is not None else SpeechModel.load()
        if lookahead_ms not in self._model.heads:
            known = ", ".join(str(ms) for ms in sorted(self._model.heads))
            raise InvalidOption(f"look-ahead of {lookahead_ms} ms: choose one of {known}")
        self.lookahead_ms = lookahead_ms
        self._behind = lookahead_ms * ROW_RATE // 1000
        self.reset()

    def reset(self) -> None:
        """Forget everything; the next sound begins a new stream at row 0."""
        self._rate: int | None = None
        self._resampler: Resampler | None = None
        self._heard = 0  # samples taken in, at their own rate
        self._steps = 0
        self._normaliser = Normaliser()
        kernel = native.kernel()
        self._hearing: Hearing | None = None
        if kernel is not None and Hearing.fits(self._model):
            self._hearing = Hearing(kernel, self._model, self.lookahead_ms)
        else:
            self._network = Network(self._model, self.lookahead_ms)
        self._mouth = Mouth(self._behind, self._model.readouts.get(self.lookahead_ms))
        self._sound = np.zeros(WINDOW - HOP + ROW_SAMPLES, np.float32)
        self._mels = np.zeros((2, BANDS), np.float32)

    def push(self, samples: npt.ArrayLike, sample_rate: int) -> Floats:
        """Hear more sound.

        Args:
            samples: (n,) or (n, channels), int16, or float32 in -1..1; n may be 0.
            sample_rate: samples per second, 8000 to 96000, the same throughout a stream.

        Returns:
            (rows, 32) the rows that can be told now, columns as in `MOUTH_CHANNELS`; often none.

        Raises:
            InvalidOption: the rate, its change within a stream, the dtype or the shape.
        """
        self.take(samples, sample_rate)
        return self.tell()

    def take(self, samples: npt.ArrayLike, sample_rate: int) -> None:
        """Take in more sound as :meth:`push` does; :meth:`tell` hears it."""
        sound = _mono(samples)
        resampler = self._resampler_for(sample_rate)
        self._heard += len(sound)
        resampler.push(sound)

    def tell(self) -> Floats:
        """Hear what was taken in; returns the rows as :meth:`push` does."""
        return tell_together([self])[0]

    def flush(self) -> Floats:
        """End the stream: the sound is over, silence follows.

        Returns:
            (rows, 32) what is left, so that ceil(duration / 0.02 s) rows came in all. The stream
            is then as after `reset`.
        """
        rows = np.zeros((0, len(MOUTH_CHANNELS)), np.float32)
        if self._resampler is not None and self._rate is not None:
            wanted = -(-self._heard * ROW_RATE // self._rate)
            left = wanted - max(0, self._steps - self._behind)
            silence = np.zeros(self._rate * (left + self._behind + 2) // ROW_RATE, np.float32)
            self._resampler.push(silence)
            rows = self.tell()[:left]
        self.reset()
        return rows

    def _resampler_for(self, rate: int) -> Resampler:
        if self._resampler is not None and rate == self._rate:
            return self._resampler
        if self._resampler is not None:
            raise InvalidOption(
                f"sample rate changed from {self._rate} to {rate} within a stream; "
                "call flush() or reset() first"
            )
        if isinstance(rate, bool) or int(rate) != rate or not LOWEST_RATE <= rate <= HIGHEST_RATE:
            raise InvalidOption(
                f"sample rate {rate}: give whole samples per second, "
                f"{LOWEST_RATE} to {HIGHEST_RATE}"
            )
        self._rate = int(rate)
        self._resampler = Resampler(self._rate)
        return self._resampler

    def _rows(self, blocks: list[Floats]) -> Floats:
        """Without the kernel."""
        rows = []
        for mels, raw in self._heard_of(blocks):
            self._mouth.hear(mels)
            self._steps += 1
            if self._steps > self._behind:
                rows.append(self._mouth.row(raw))
        return np.array(rows, np.float32).reshape(-1, len(MOUTH_CHANNELS))

    def _heard_of(self, blocks: list[Floats]) -> Iterator[tuple[Floats, Floats]]:
        """Log-mels (2, BANDS) and the network's outputs (32,) of each 20 ms more of sound."""
        for block in blocks:
            sound = self._sound
            sound[: WINDOW - HOP] = sound[ROW_SAMPLES:].copy()
            sound[WINDOW - HOP :] = block
            heard = log_mel(np.stack([sound[:WINDOW], sound[HOP : HOP + WINDOW]]))
            for frame, mels in zip(self._mels, heard, strict=True):
                frame[:] = self._normaliser.push(mels)
            yield heard, self._network.step(self._mels)


def tell_together(streams: Sequence[SpeechStream]) -> list[Floats]:
    """:meth:`SpeechStream.tell` of several streams, those of the same weights in one call.

    A stream of its own reads all weights from far away for its few rows; together they read them
    once. The bits are the same.

    Args:
        streams: different ones.

    Returns:
        For each its rows (n, 32).
    """
    told = [np.zeros((0, len(MOUTH_CHANNELS)), np.float32)] * len(streams)
    alike: dict[tuple[int, int], list[tuple[int, Hearing, list[Floats]]]] = {}
    for i, stream in enumerate(streams):
        blocks = stream._resampler.blocks() if stream._resampler is not None else []
        if stream._hearing is None:
            told[i] = stream._rows(blocks)
        elif blocks:
            same = alike.setdefault((id(stream._model), stream._behind), [])
            same.append((i, stream._hearing, blocks))
            stream._steps += len(blocks)
    for same in alike.values():
        places, hearings, given = zip(*same, strict=True)
        for i, rows in zip(places, rows_together(hearings, given), strict=True):
            told[i] = rows
    return told


def mouth_rows(samples: npt.ArrayLike, sample_rate: int, lookahead_ms: int = 80) -> Floats:
    """Mouth rows of a whole sound.

    Args:
        samples: (n,) or (n, channels), int16, or float32 in -1..1.
        sample_rate: samples per second, 8000 to 96000.
        lookahead_ms: 0, 40 or 80.

    Returns:
        (ceil(n / sample_rate / 0.02), 32) rows, the same bits as `SpeechStream` gives.

    Raises:
        InvalidOption: see `SpeechStream`.
    """
    stream = SpeechStream(lookahead_ms)
    first = stream.push(samples, sample_rate)
    return np.concatenate([first, stream.flush()])
