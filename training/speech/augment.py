"""Other rooms, microphones, throats and noises: log-mels bent so the network hears many.

Comes in: batches of clean log-mels. Goes out: bent ones, and the causal normalisation of
`visavis.speech.mel.Normaliser` over whole windows.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from visavis.speech.mel import BANDS, HIGH_HZ, POWER_FLOOR, Normaliser, band_edges

Floats = npt.NDArray[np.float32]
Random = np.random.Generator
_BAND = np.arange(BANDS)


def normalise(mels: Floats, warm: npt.ArrayLike = 0.0) -> Floats:
    """What `Normaliser` gives for each window of a batch.

    Args:
        mels: (batch, frames, BANDS).
        warm: (batch,) how many frames' worth of the window's own mean the normaliser starts with,
            as if the stream had run before; 0 is a stream's beginning.
    """
    fall = Normaliser.PEAK_FALL * np.arange(mels.shape[1], dtype=np.float32)
    level = np.maximum(mels.mean(2), Normaliser.QUIETEST) + fall
    peak = (np.maximum.accumulate(level, 1) - fall)[..., None]
    above = np.maximum(mels, peak - Normaliser.DEPTH) - (peak - Normaliser.START)
    keep = float(Normaliser.KEEP)
    weight = lfilter([1], [1, -keep], np.ones(mels.shape[1]))[None, :, None]
    total = lfilter([1], [1, -keep], above, axis=1)
    start = np.broadcast_to(np.asarray(warm, np.float64), len(mels))[:, None, None]
    start = start * keep ** np.arange(mels.shape[1])[None, :, None]
    total = total + start * above.mean(1, keepdims=True)
    return ((above - total / (weight + start + Normaliser.PRIOR)) * 0.5).astype(np.float32)


def _mel(hertz: npt.ArrayLike) -> npt.NDArray[np.float64]:
    return 1127.0 * np.log1p(np.asarray(hertz, np.float64) / 700.0)


@lru_cache(maxsize=64)
def _warp(percent: int) -> Floats:
    """(BANDS, BANDS) matrix that stretches the spectrum below 5.5 kHz: another vocal tract."""
    factor, bend = percent / 100, 5500.0
    centres = band_edges()[1:-1]
    above = bend * factor + (centres - bend) * (HIGH_HZ - bend * factor) / (HIGH_HZ - bend)
    source = np.clip(np.where(centres < bend, centres * factor, above), 0, HIGH_HZ)
    mels = _mel(centres)
    at = np.clip((_mel(source) - mels[0]) / (mels[1] - mels[0]), 0, BANDS - 1.001)
    low = at.astype(int)
    matrix = np.zeros((BANDS, BANDS), np.float32)
    matrix[low, _BAND] = 1 - (at - low)
    matrix[low + 1, _BAND] += at - low
    return matrix


def _equaliser(rng: Random) -> Floats:
    knots = rng.uniform(-1, 1, BANDS // 8 + 2)
    curve = np.interp(_BAND, np.linspace(0, BANDS, len(knots)), knots) * rng.uniform(0, 1.6)
    tilt = rng.uniform(-1, 1) * (_BAND - 20) / 20 * rng.uniform(0, 1.2)
    return (curve + tilt).astype(np.float32)


def _reverberation(rng: Random, power: Floats) -> Floats:
    decay = np.exp(-13.8 * 0.01 / rng.uniform(0.12, 0.7))  # 60 dB in 0.12-0.7 s
    share = 3 * rng.uniform(0.02, 0.35) * (1 - decay)
    return (share * lfilter([0, 0, 1], [1, -decay], power, axis=0)).astype(np.float32)


def _hiss(rng: Random, frames: int) -> Floats:
    """Power of a stationary coloured noise, mean 1."""
    colour = np.exp(np.cumsum(rng.normal(0, 0.35, BANDS)) + rng.uniform(-0.08, 0.08) * _BAND)
    swell = np.interp(np.arange(frames), np.linspace(0, frames, 12), rng.normal(0, 0.5, 12))
    grain = np.sqrt(rng.standard_exponential((frames, BANDS), dtype=np.float32))
    return (colour / colour.mean() * np.exp(swell)[:, None]).astype(np.float32) * grain


def _narrowed(rng: Random, power: Floats) -> None:
    """A telephone, a bad codec: the top and sometimes the bottom bands all but gone."""
    power[:, rng.integers(26, 40) :] *= np.exp(-rng.uniform(2, 9))
    if rng.random() < 0.4:
        power[:, : rng.integers(1, 7)] *= np.exp(-rng.uniform(1, 6))


def _telephone(rng: Random, power: Floats) -> None:
    """A telephone line: 300 to 3400 Hz or nearly, and the grain of its few bits."""
    centres = band_edges()[1:-1]
    low, high = rng.uniform(180, 420), rng.uniform(2900, 3900)
    steep = rng.uniform(2, 12)  # times 20 dB a decade
    away = np.maximum(np.log(low / centres), 0) + np.maximum(np.log(centres / high), 0) * 4
    power *= np.exp(-2 * steep * away).astype(np.float32)
    grain = np.sqrt(rng.standard_exponential(power.shape, dtype=np.float32))
    steps = 10 ** (-rng.uniform(28, 50) / 10) * power.mean(1, keepdims=True) * grain
    power += (steps * (centres < 3900)).astype(np.float32)


def augment(
    mels: Floats,
    noise: Floats,
    rng: Random,
    snr: tuple[float, float] = (3.0, 35.0),
    noisy: tuple[float, float] = (0.3, 0.35),
    telephone: float = 0.0,
) -> Floats:
    """Bend a batch.

    Args:
        mels: (batch, frames, BANDS) clean log-mels.
        noise: the same shape, log-mels of noises to mix in.
        rng: source of chance.
        snr: how far the noises may lie below the speech, dB.
        noisy: how often hiss is added, and how often one of the noises.
        telephone: how often the sound comes by telephone.
    """
    mels = mels.copy()
    frames = mels.shape[1]
    for clip in mels:
        if rng.random() < 0.85:
            clip[:] = clip @ _warp(round(100 * rng.uniform(0.82, 1.22)))
        clip += _equaliser(rng)
    power = np.exp(mels)
    clean = power.copy()
    for b, clip in enumerate(power):
        level = float(np.partition(clip.mean(1), int(frames * 0.85))[int(frames * 0.85)])
        if rng.random() < 0.45:
            clip += _reverberation(rng, clip)
        draw = rng.random()
        if draw < noisy[0]:
            clip += level * 10 ** (-rng.uniform(5, 40) / 10) * _hiss(rng, frames)
        elif draw < sum(noisy):
            other = np.exp(noise[b])
            loud = float(np.quantile(other.mean(1), 0.8)) + 1e-9
            clip += other * np.float32(level / loud * 10 ** (-rng.uniform(*snr) / 10))
        if rng.random() < 0.1:  # somebody else, further away
            other = clean[rng.integers(len(power))][::-1]
            share = level / max(1e-9, float(other.mean()) * 2) * 10 ** (-rng.uniform(10, 25) / 10)
            clip += other * np.float32(share)
        if telephone and rng.random() < telephone:
            _telephone(rng, clip)
        elif rng.random() < 0.3:
            _narrowed(rng, clip)
        clip *= np.exp(rng.uniform(-4, 2))
        if rng.random() < 0.25:
            first = rng.integers(0, BANDS - 5)
            clip[:, first : first + rng.integers(1, 6)] = 1e-9
    return np.log(power + POWER_FLOOR)
