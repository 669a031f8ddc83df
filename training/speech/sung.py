"""Vowels held and sung: seconds of one sound, which nobody says in read sentences.

Comes in: a seed. Goes out: a corpus of notes from pulses and formants, each with its vowel, mouths
still unknown. Nothing recorded goes in.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.signal import lfilter

from training.speech.corpus import Clip, Corpus
from training.speech.phones import INDEX
from visavis.speech.mel import log_mel_of

_RATE = 16_000
_GLIDE = 0.06  # s from one vowel to the next within a breath
Random = np.random.Generator
Sound = npt.NDArray[np.float64]

# First three formants of a man, Hz (after Peterson & Barney 1952 and, for ue and oh, Wells 1962).
_FORMANTS = {
    **{"aa": (730, 1090, 2440), "ae": (660, 1720, 2410), "ah": (640, 1190, 2390)},
    **{"ao": (570, 840, 2410), "oh": (450, 780, 2450), "eh": (530, 1840, 2480)},
    **{"er": (490, 1350, 1690), "ih": (390, 1990, 2550), "iy": (270, 2290, 3010)},
    **{"uh": (440, 1020, 2240), "uw": (300, 870, 2240), "ue": (270, 1800, 2200)},
}
_OFTEN = {"aa": 3.0, "ao": 1.6, "oh": 1.6, "ae": 1.6, "ah": 1.6, "eh": 1.4, "iy": 1.4, "uw": 1.4}


def _wander(rng: Random, count: int, every: float, spread: float) -> Sound:
    knots = max(3, int(count / _RATE / every) + 2)
    at = np.linspace(0, knots - 1, count)
    return np.interp(at, np.arange(knots), rng.normal(0, spread, knots))


def _source(rng: Random, count: int, hertz: Sound) -> Sound:
    """Pulses of a glottis: a voice from breathy to pressed."""
    phase = np.cumsum(hertz / _RATE)
    opened = rng.uniform(0.4, 0.75)  # part of each period in which air flows
    part = np.minimum(phase % 1.0 / opened, 1.0)
    flow = np.diff(part**2 * (1 - part), prepend=0.0)
    air = rng.normal(0, 1, count) * (0.3 + part * (1 - part))
    flow /= np.sqrt(np.mean(flow**2)) + 1e-9
    tilt = rng.uniform(0.0, 0.85)
    sound = lfilter([1 - tilt], [1, -tilt], flow + air * 10 ** rng.uniform(-2.2, -0.6))
    return np.asarray(sound)


def _resonated(sound: Sound, tracks: npt.NDArray[np.float64], widths: Sound) -> Sound:
    """Formants in cascade, each moving as its track says, in blocks of 5 ms."""
    block = _RATE // 200
    for hertz, width in zip(tracks, widths, strict=True):
        ring = np.exp(-np.pi * width / _RATE)
        out, state = np.empty_like(sound), np.zeros(2)
        for start in range(0, len(sound), block):
            centre = hertz[start]
            poles = [1, -2 * ring * np.cos(2 * np.pi * centre / _RATE), ring**2]
            piece = slice(start, start + block)
            out[piece], state = lfilter([sum(poles)], poles, sound[piece], zi=state)
        sound = out
    return sound


def _breath(rng: Random, voice: float, tract: float) -> tuple[Sound, list[tuple[str, int]]]:
    """One to four vowels in one breath, at notes of their own."""
    names, odds = list(_FORMANTS), np.array([_OFTEN.get(name, 1.0) for name in _FORMANTS])
    vowels: list[tuple[str, int]] = []
    for _ in range(rng.integers(1, 5)):
        length = int(_RATE * np.exp(rng.uniform(np.log(0.25), np.log(4.0))))
        vowels.append((str(rng.choice(names, p=odds / odds.sum())), length))
    count = sum(length for _, length in vowels)
    notes = np.concatenate([np.full(n, rng.integers(-4, 5) / 12) for _, n in vowels])
    centres = np.concatenate([np.tile(_FORMANTS[v], (n, 1)) for v, n in vowels]).T * tract
    glide = np.hanning(int(_RATE * _GLIDE) * 2 + 1)
    glide /= glide.sum()
    half = len(glide) // 2
    notes = np.convolve(np.pad(notes, half, "edge"), glide, "valid")
    centres = np.stack([np.convolve(np.pad(c, half, "edge"), glide, "valid") for c in centres])
    times = np.arange(count) / _RATE
    depth = rng.uniform(0.0, 0.04) if rng.random() < 0.6 else 0.0
    vibrato = depth * np.sin(2 * np.pi * rng.uniform(3.5, 7.5) * times + rng.uniform(0, 6.3))
    vibrato *= np.minimum(times / 0.5, 1.0)
    hertz = voice * 2.0 ** (notes + vibrato + _wander(rng, count, 0.3, 0.01))
    higher = np.array([3500.0, 4500.0]) * tract * rng.uniform(0.9, 1.1, 2)
    tracks = np.concatenate([centres, np.repeat(higher[:, None], count, 1)])
    tracks = np.minimum(tracks * (1 + _wander(rng, count, 0.4, 0.01)), 7500.0)
    widths = np.array([70, 90, 130, 200, 260]) * rng.uniform(0.7, 1.6)
    sound = _resonated(_source(rng, count, hertz), tracks, widths)
    swell = np.exp(_wander(rng, count, rng.uniform(0.2, 1.0), rng.uniform(0.0, 0.35)))
    edge = int(_RATE * rng.uniform(0.02, 0.15))
    fade = np.minimum(1.0, np.minimum(np.arange(count) + 1, np.arange(count)[::-1] + 1) / edge)
    sound *= swell * fade / (np.sqrt(np.mean(sound**2)) + 1e-9)
    return sound, vowels


def make_sung(minutes: float, seed: int, out: Path) -> None:
    """Clips of about 12 s: breaths of vowels, and silence between them."""
    rng = np.random.default_rng(seed)
    clips: list[Clip] = []
    frames = 0
    while frames < minutes * 6000:
        sounds: list[Sound] = []
        labels: list[npt.NDArray[np.uint8]] = []
        voice = float(np.exp(rng.uniform(np.log(85), np.log(420))))
        tract = float(rng.uniform(0.95, 1.25)) if voice > 160 else float(rng.uniform(0.88, 1.1))
        while sum(map(len, sounds)) < 12 * _RATE:
            pause = int(_RATE * rng.uniform(0.1, 1.2))
            sounds.append(rng.normal(0, 1e-3, pause))
            labels.append(np.full(pause, INDEX["sil"], np.uint8))
            sound, vowels = _breath(rng, voice, tract)
            sounds.append(sound)
            labels += [np.full(length, INDEX[vowel], np.uint8) for vowel, length in vowels]
        sound = np.concatenate(sounds)
        sound = (sound * 10 ** (rng.uniform(-30, -14) / 20)).astype(np.float32)
        mels = log_mel_of(np.clip(sound, -1, 1))
        middles = (np.arange(len(mels)) * 160 + 80).clip(max=len(sound) - 1)
        phones = np.concatenate(labels)[middles]
        clips.append(Clip.of(f"sung{len(clips)}", "sung", mels, phones))
        frames += len(mels)
    Corpus(clips).save(out)
