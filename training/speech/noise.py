"""Sounds that are not speech, made from nothing: the mouth must stay shut in all of them.

Comes in: a seed. Goes out: a corpus labelled silence throughout; its sounds are also mixed under
speech. No recording goes in, so recorded noise stays a fair test.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, lfilter, sosfilt

from training.speech.corpus import Clip, Corpus, Floats
from training.speech.phones import INDEX
from visavis.speech.mel import log_mel_of

_RATE = 16_000
Random = np.random.Generator
Sound = npt.NDArray[np.float64]


def _wander(rng: Random, count: int, every: float, spread: float) -> Sound:
    """A smooth random curve with a knot every `every` seconds."""
    knots = max(3, int(count / _RATE / every) + 2)
    return np.interp(
        np.linspace(0, knots - 1, count), np.arange(knots), rng.normal(0, spread, knots)
    )


def _band(rng: Random, sound: Sound) -> Sound:
    low = np.exp(rng.uniform(np.log(60), np.log(4000)))
    high = min(7900.0, low * np.exp(rng.uniform(0.4, 3.0)))
    section = butter(int(rng.integers(1, 4)), [low, high], "bandpass", fs=_RATE, output="sos")
    return np.asarray(sosfilt(section, sound))


def _coloured(rng: Random, count: int) -> Sound:
    """White to brown noise with a random equaliser, its level wandering a little or a lot."""
    spectrum = np.fft.rfft(rng.normal(0, 1, count))
    hertz = np.fft.rfftfreq(count, 1 / _RATE)
    slope = rng.uniform(-0.3, 1.3)
    shape = np.maximum(hertz, 30.0) ** -slope
    knots = np.exp(rng.normal(0, rng.uniform(0.1, 1.0), 14))
    shape *= np.interp(np.log(hertz + 30), np.linspace(np.log(30), np.log(8030), 14), knots)
    sound = np.fft.irfft(spectrum * shape, count)
    return np.asarray(sound * np.exp(_wander(rng, count, rng.uniform(0.1, 3), rng.uniform(0, 0.7))))


def _bursts(rng: Random, count: int) -> Sound:
    """Breaths, rustles, brushes: band noise that comes and goes."""
    envelope = np.zeros(count)
    at = 0.0
    period = rng.uniform(0.2, 2.5)
    while at < count:
        length = int(_RATE * rng.uniform(0.05, 0.9))
        end = min(count, int(at) + length)
        shape = np.sin(np.pi * np.arange(length) / length) ** rng.uniform(0.3, 3)
        envelope[int(at) : end] += shape[: end - int(at)] * np.exp(rng.normal(0, 0.6))
        at += _RATE * rng.exponential(period) + 1
    return _band(rng, rng.normal(0, 1, count)) * envelope


def _knocks(rng: Random, count: int) -> Sound:
    """Dishes, keys, taps, footsteps: struck resonances."""
    strikes = np.zeros(count)
    number = rng.poisson(count / _RATE * np.exp(rng.uniform(-0.5, 2.5))) + 1
    strikes[rng.integers(0, count, number)] = np.exp(rng.normal(0, 1.0, number))
    sound = np.zeros(count)
    for _ in range(rng.integers(1, 7)):
        hertz = np.exp(rng.uniform(np.log(90), np.log(7000)))
        ring = np.exp(-1 / (_RATE * np.exp(rng.uniform(np.log(0.003), np.log(0.4)))))
        poles = [1, -2 * ring * np.cos(2 * np.pi * hertz / _RATE), ring**2]
        sound += lfilter([np.sin(2 * np.pi * hertz / _RATE)], poles, strikes) * rng.exponential()
    return sound + lfilter([1], [1, -0.9], strikes * rng.normal(0, 1, count))


def _hum(rng: Random, count: int) -> Sound:
    """Mains, fans, fridges, engines: harmonics of a slowly wandering pitch."""
    hertz = np.exp(rng.uniform(np.log(25), np.log(400))) * np.exp(
        _wander(rng, count, rng.uniform(0.5, 4), rng.uniform(0, 0.06))
    )
    phase = 2 * np.pi * np.cumsum(hertz) / _RATE
    sound = np.zeros(count)
    slope = rng.uniform(0.3, 2.5)
    for k in range(1, rng.integers(3, 40)):
        if k * hertz.max() > 7800:
            break
        sound += np.sin(k * phase + rng.uniform(0, 6.3)) * k**-slope * rng.exponential()
    throb = np.exp(_wander(rng, count, rng.uniform(0.05, 2), rng.uniform(0, 0.4)))
    return sound * throb


def _tones(rng: Random, count: int) -> Sound:
    """Beeps, whistles, ringing, single notes: few partials, sudden steps of pitch."""
    sound = np.zeros(count)
    step = int(_RATE * rng.uniform(0.08, 1.0))
    partials = int(rng.integers(1, 4))
    for start in range(0, count, step):
        if rng.random() < 0.35:
            continue
        end = min(count, start + step)
        time = np.arange(end - start) / _RATE
        hertz = np.exp(rng.uniform(np.log(300), np.log(3500)))
        fade = np.minimum(1, np.minimum(time, time[::-1]) / 0.01) * np.exp(
            -time * rng.uniform(0, 8)
        )
        for k in range(1, partials + 1):
            sound[start:end] += np.sin(2 * np.pi * hertz * k * time) * fade / k
    return sound


_KINDS = (
    (_coloured, 0.40),
    (_bursts, 0.17),
    (_knocks, 0.18),
    (_hum, 0.18),
    (_tones, 0.07),
)


def sound_of_noise(rng: Random, seconds: float) -> Floats:
    """One random noise: one to three kinds together, peak below 1."""
    count = int(seconds * _RATE)
    weights = [weight for _, weight in _KINDS]
    total = np.zeros(count)
    for _ in range(rng.choice([1, 2, 3], p=[0.5, 0.35, 0.15])):
        kind = _KINDS[rng.choice(len(_KINDS), p=weights)][0]
        part = kind(rng, count)
        total += part / (np.sqrt(np.mean(part**2)) + 1e-9) * np.exp(rng.normal(0, 0.8))
    level = 10 ** (rng.uniform(-60, -12) / 20)
    total *= level / (np.sqrt(np.mean(total**2)) + 1e-12)
    return np.clip(total, -1, 1).astype(np.float32)


def make_noise(minutes: float, seed: int, out: Path) -> None:
    """A corpus of noises of 8 s, class silence throughout."""
    rng = np.random.default_rng(seed)
    clips = []
    for i in range(int(minutes * 60 / 8)):
        mels = log_mel_of(sound_of_noise(rng, 8.0))
        phones = np.full(len(mels), INDEX["sil"], np.uint8)
        clips.append(Clip.of(f"noise{i}", "noise", mels, phones))
    Corpus(clips).save(out)
