"""The sound beside the mouth: how loud it is, where somebody speaks, what volume would make of it.

Comes in: samples. Goes out: loudness over time, phrases and silences, and the mouth that loudness
would drive, which is the naive line beside every figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from visavis.evaluate.phones import Phone

Floats = npt.NDArray[np.float64]
Span = tuple[float, float]

HOP_S = 0.01
WINDOW_S = 0.04
LOUD_DB, ABOVE_DB = 26.0, 8.0
"""Somebody speaks where it is at most LOUD_DB under the loudest and ABOVE_DB over the quietest."""
PAUSE_S, CLICK_S = 0.25, 0.06
"""Shorter pauses belong to a phrase; shorter sounds are none."""
COMMON = 0.7
"""Two recordings of one utterance have at least this part of the shorter one in common."""
NAIVE_P97 = 0.146
"""Gap of the naive mouth at its 97th percentile, in distances between the eyes: a real one's."""


@dataclass(frozen=True, eq=False)
class Sound:
    """A sound.

    Attributes:
        samples: float64 (n,), -1..1.
        rate: Hz.
    """

    samples: Floats
    rate: int

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.samples) / self.rate

    @cached_property
    def clock(self) -> Floats:
        """Middles of the windows of :attr:`loudness`, s."""
        return np.asarray((np.arange(len(self.loudness)) + 0.5) * HOP_S, np.float64)

    @cached_property
    def loudness(self) -> Floats:
        """Root mean square of WINDOW_S around every HOP_S."""
        hop = max(1, round(self.rate * HOP_S))
        half = max(1, round(self.rate * WINDOW_S / 2))
        count = max(1, len(self.samples) // hop)
        sums = np.concatenate([[0.0], np.cumsum(self.samples**2)])
        middles = np.arange(count) * hop + hop // 2
        first = np.clip(middles - half, 0, len(self.samples))
        last = np.clip(middles + half, 0, len(self.samples))
        power = (sums[last] - sums[first]) / np.maximum(last - first, 1)
        return np.asarray(np.sqrt(np.maximum(power, 0.0)), np.float64)

    def phrases(self, phones: Sequence[Phone] = ()) -> list[Span]:
        """When somebody speaks, (begin, end) s; from the phones where they are known."""
        if phones:
            spans = [(p.start, p.end) for p in phones if p.first not in ("", "sil")]
            return _joined(spans, PAUSE_S)
        level = 20 * np.log10(self.loudness + 1e-6)
        limit = max(level.max() - LOUD_DB, float(np.percentile(level, 5)) + ABOVE_DB, -60.0)
        loud = level > limit
        edges = np.flatnonzero(np.diff(np.concatenate([[0], loud.astype(np.int8), [0]])))
        spans = [(a * HOP_S, b * HOP_S) for a, b in zip(edges[::2], edges[1::2], strict=True)]
        return _joined([span for span in spans if span[1] - span[0] >= CLICK_S], PAUSE_S)

    def silences(self, phones: Sequence[Phone] = (), at_least: float = 0.8) -> list[Span]:
        """Where nobody speaks, (begin, end) s."""
        ends = [0.0, *(end for _, end in self.phrases(phones))]
        begins = [*(begin for begin, _ in self.phrases(phones)), self.seconds]
        return [(a, b) for a, b in zip(ends, begins, strict=True) if b - a >= at_least]

    def naive(self, times: Floats) -> Floats:
        """The mouth that follows loudness, (n,) gap in eye distances at some times."""
        top = float(np.percentile(self.loudness, 97)) or 1.0
        return np.asarray(np.interp(times, self.clock, self.loudness) / top * NAIVE_P97, np.float64)


def sound_of(samples: npt.NDArray[np.int16], rate: int) -> Sound:
    """A sound of int16 samples, (n,) or (n, channels)."""
    mono = samples.reshape(len(samples), -1).astype(np.float64).mean(1) / 32768
    return Sound(mono, rate)


def begins_later(a: Sound, b: Sound, reach: float = 5.0) -> tuple[float, float]:
    """By how many seconds what is said in b comes later than in a, and how alike they are, -1..1.

    Args:
        a: a recording.
        b: another one of the same utterance.
        reach: largest difference looked at, s; what they have in common is COMMON at least.
    """
    x, y = _spectra(a), _spectra(b)
    size = len(x) + len(y)
    product = np.fft.irfft(
        (np.fft.rfft(y, size, 0) * np.conj(np.fft.rfft(x, size, 0))).sum(1), size
    )
    steps = round(reach / HOP_S)
    lags = np.concatenate([np.arange(0, steps), np.arange(-steps, 0)])
    common = np.minimum(len(x) - np.maximum(-lags, 0), len(y) - np.maximum(lags, 0))
    least = max(COMMON * min(len(x), len(y)), 20)
    lags = lags[np.minimum(common, min(len(x), len(y))) >= least]
    if not len(lags):
        return 0.0, 0.0
    best = int(lags[np.argmax(product[lags])])
    u, v = (x, y[best:]) if best >= 0 else (x[-best:], y)
    n = min(len(u), len(v))
    if u[:n].std() < 1e-6 or v[:n].std() < 1e-6:
        return 0.0, 0.0
    return best * HOP_S, float(np.corrcoef(u[:n].ravel(), v[:n].ravel())[0, 1])


def _spectra(sound: Sound) -> Floats:
    """Log-mel spectra every HOP_S, each band without its mean, (n, 40)."""
    from visavis.speech.mel import log_mel_of

    at = np.arange(int(sound.seconds * 16_000)) * (sound.rate / 16_000)
    level = float(np.sqrt(np.mean(sound.samples**2))) or 1.0
    samples = np.interp(at, np.arange(len(sound.samples)), sound.samples) * (0.05 / level)
    mels = np.maximum(log_mel_of(samples.astype(np.float32)), -8.0).astype(np.float64)
    return np.asarray(mels - mels.mean(0), np.float64)


def _joined(spans: Sequence[Span], gap: float) -> list[Span]:
    out: list[Span] = []
    for begin, end in spans:
        if out and begin - out[-1][1] < gap:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((begin, end))
    return out
