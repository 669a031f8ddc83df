"""Log-mel spectra, and their streaming normaliser.

Comes in: 16 kHz sound, float32 in -1..1. Goes out: 40 natural-log mel powers per 10 ms (float32),
then the same values freed of level and colour by a causal running mean. Frame t hears the samples
[160 t - 240, 160 t + 160): it ends with its hop, so there is no hidden look-ahead.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from visavis.speech.channels import SAMPLE_RATE

Floats = npt.NDArray[np.float32]

BANDS = 40
HOP = 160
WINDOW = 400
FFT = 512
LOW_HZ, HIGH_HZ = 60.0, 7800.0
POWER_FLOOR = np.float32(1e-7)


def _mel(hertz: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """The HTK mel scale (natural-logarithm form, O'Shaughnessy 1987)."""
    return 1127.0 * np.log1p(np.asarray(hertz, np.float64) / 700.0)


def band_edges() -> npt.NDArray[np.float64]:
    """Edges of the triangular bands, Hz, shape (BANDS + 2,): equal steps on the mel scale."""
    mel = np.linspace(_mel(LOW_HZ), _mel(HIGH_HZ), BANDS + 2)
    return np.asarray(700.0 * np.expm1(mel / 1127.0), np.float64)


def filterbank() -> Floats:
    """Triangular mel filters over the power spectrum, shape (FFT // 2 + 1, BANDS)."""
    edges = band_edges()
    hertz = np.linspace(0.0, SAMPLE_RATE / 2, FFT // 2 + 1)[:, None]
    rising = (hertz - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - hertz) / (edges[2:] - edges[1:-1])
    return np.maximum(0.0, np.minimum(rising, falling)).astype(np.float32)


FILTERS = filterbank()
HANN = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)


def log_mel(windows: Floats) -> Floats:
    """Log-mel powers of windows of sound.

    Args:
        windows: (n, WINDOW) samples, -1..1.

    Returns:
        (n, BANDS) natural logarithm of power.
    """
    spectrum = np.fft.rfft(windows * HANN, FFT)
    power = spectrum.real**2 + spectrum.imag**2
    mels: Floats = np.log(power.astype(np.float32) @ FILTERS + POWER_FLOOR)
    return mels


def log_mel_of(samples: Floats) -> Floats:
    """Log-mel powers of a whole sound, (n // HOP, BANDS); what the training sees.

    Args:
        samples: (n,) 16 kHz mono, -1..1.
    """
    padded = np.concatenate([np.zeros(WINDOW - HOP, np.float32), samples.astype(np.float32)])
    count = (len(padded) - WINDOW) // HOP + 1
    if count <= 0:
        return np.zeros((0, BANDS), np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP][:count]
    parts = [log_mel(windows[i : i + 2000]) for i in range(0, count, 2000)]
    return np.concatenate(parts)


class Normaliser:
    """Takes level and colour out of log-mels with a causal, leaky running mean.

    Mels are floored at a slowly falling peak, so the silence between words cannot drag the mean,
    and the mean starts from a guess that weighs as much as `PRIOR` frames. The same sums over
    whole clips are in `training/speech/augment.py`.
    """

    PEAK_FALL = np.float32(0.002)  # natural log units per frame: 0.9 dB per second
    QUIETEST = np.float32(-9.0)  # peak is never taken lower: about -65 dBFS of white noise
    DEPTH = np.float32(8.0)  # floor below the peak, 35 dB
    START = np.float32(2.0)  # first guess of the mean: this far below the peak
    KEEP = np.float32(1 - 1 / 400)  # memory of 4 s
    PRIOR = np.float32(60.0)

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all sound heard."""
        self._peak = self.QUIETEST
        self._weight = np.float32(0.0)
        self._sum = np.zeros(BANDS, np.float32)

    def push(self, mels: Floats) -> Floats:
        """Normalise the next frame, (BANDS,) to (BANDS,)."""
        mean = np.add.reduce(mels) / np.float32(BANDS)
        self._peak = max(mean, self._peak - self.PEAK_FALL, self.QUIETEST)
        above = np.maximum(mels, self._peak - self.DEPTH) - (self._peak - self.START)
        self._weight = self._weight * self.KEEP + np.float32(1.0)
        self._sum *= self.KEEP
        self._sum += above
        return (above - self._sum / (self._weight + self.PRIOR)) * np.float32(0.5)
