"""Synthetic speech with exact phone times: espeak-ng in many languages, flite's three voices.

Comes in: texts, a seed, how many hours. Goes out: corpora with phones, mouths still unknown.
"""

from __future__ import annotations

import random
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

from training.speech.align import transcripts
from training.speech.corpus import Clip, Corpus, to_16k
from training.speech.espeak import Espeak, variants
from training.speech.phones import ARPABET, Segment, to_frames
from training.speech.settings import HELD_LANGUAGES, HELD_VARIANTS
from training.speech.texts import LANGUAGES, dictionary_words, nonsense, translations
from visavis.speech.mel import log_mel_of

_ENGLISH = ("en-us", "en-us", "en-us", "en", "en-gb-scotland", "en-gb-x-rp", "en-us-nyc")
_UNHUMAN = (
    *("whisper", "whisperf", "croak", "klatt6", "UniRobot", "fast_test", "shelby", "Demonic"),
    *("demonic", "Alien", "cyborg", "announcer", "robosoft"),
)
FLITE_VOICES = ("slt", "rms", "awb")  # statistical voices; the diphone ones drift by 20-120 ms


def _voices() -> list[str]:
    kept = [name for name in variants() if name not in HELD_VARIANTS]
    return [name for name in kept if not name.startswith(_UNHUMAN)]


def _say(speaker: Espeak, rng: random.Random, text: str, voice: str) -> Clip | None:
    sound, segments = speaker.say(
        text, voice, rng.randint(110, 240), rng.randint(15, 85), rng.randint(20, 90)
    )
    if len(sound) < speaker.rate // 2:
        return None
    mels = log_mel_of(resample_poly(sound.astype(np.float32) / 32768, 320, 441).astype(np.float32))
    return Clip.of(text[:40], voice, mels, to_frames(segments, len(mels)))


def make_espeak(data: Path, hours: float, seed: int, out: Path) -> None:
    """English (45 %), nonsense (10 %) and 37 languages in all human-sounding variants but held."""
    rng = random.Random(seed)
    speaker = Espeak()
    english = list(transcripts(data).values())
    foreign = {locale: translations(locale) for locale in LANGUAGES}
    foreign = {locale: texts for locale, texts in foreign.items() if len(texts) > 50}
    locales, voices = sorted(foreign), _voices()
    clips: list[Clip] = []
    frames = 0
    while frames < hours * 360_000:
        draw = rng.random()
        if draw < 0.45:
            language, text = rng.choice(_ENGLISH), rng.choice(english)
            if rng.random() < 0.3:
                text = " ".join(reversed(text.split()))
        elif draw < 0.55:
            language, text = "en-us", nonsense(rng)
        else:
            locale = rng.choice(locales)
            language = LANGUAGES[locale]
            text = " ".join(rng.choice(foreign[locale]) for _ in range(2))[:260]
        clip = _say(speaker, rng, text, f"{language}+{rng.choice(voices)}")
        if clip:
            clips.append(clip)
            frames += len(clip.mels)
    Corpus(clips).save(out)


def make_held_espeak(minutes: float, seed: int, out: Path) -> None:
    """Swahili, Welsh and Estonian by two variants nobody trained on: a test of closure."""
    rng = random.Random(seed)
    speaker = Espeak()
    clips: list[Clip] = []
    frames = 0
    while frames < minutes * 6000:
        language = rng.choice(HELD_LANGUAGES)
        text = " ".join(rng.choice(translations(language)) for _ in range(2))[:260]
        clip = _say(speaker, rng, text, f"{language}+{rng.choice(HELD_VARIANTS)}")
        if clip:
            clips.append(clip)
            frames += len(clip.mels)
    Corpus(clips).save(out)


def _flite_segments(printed: str) -> list[Segment] | None:
    """Segments from flite's `-psdur` print; None where its times restart within the text."""
    segments: list[Segment] = []
    before = 0.0
    for item in printed.split():
        name, colon, end = item.rpartition(":")
        if not colon:
            continue
        try:
            after = float(end)
        except ValueError:
            return None
        if after < before - 1e-3:
            return None
        phones = ARPABET.get(name.upper().rstrip("0123456789"), ["sil"])
        segments.append((before, after, phones))
        before = after
    return segments or None


SPOKEN, DRAWN = (0.75, 1.2), (1.3, 4.0)
"""How much slower than a flite voice's own pace: as people speak; as they never do in a corpus."""


def make_flite(
    data: Path,
    hours: float,
    seed: int,
    voice: str,
    out: Path,
    slower: tuple[float, float] = SPOKEN,
) -> None:
    """One flite voice at varied speed and pitch, half of it resampled to other vocal tracts.

    Drawn-out speech also has notes higher than speech, and a vibrato.
    """
    drawn = slower != SPOKEN
    rng = random.Random(f"{seed} {voice}{' drawn' if drawn else ''}")
    english, words = list(transcripts(data).values()), dictionary_words()
    clips: list[Clip] = []
    frames = 0
    with tempfile.TemporaryDirectory() as folder:
        wave = Path(folder) / "said.wav"
        while frames < hours * 360_000:
            text = rng.choice(english)
            if rng.random() < 0.5:
                text = " ".join(rng.choice(words) for _ in range(9))
            command = ["flite", "-voice", voice, "-psdur", "-t", text, "-o", str(wave)]
            command += ["--setf", f"duration_stretch={rng.uniform(*slower):.2f}"]
            highest = 350 if drawn else 220
            command += ["--setf", f"int_f0_target_mean={rng.uniform(80, highest):.0f}"]
            printed = subprocess.run(command, capture_output=True, check=True).stdout
            segments = _flite_segments(printed.decode("utf-8", "replace"))
            sound, rate = soundfile.read(wave, dtype="float32")
            if segments is None or len(sound) < rate:
                continue
            sound = to_16k(sound, rate)
            stretch = rng.choice((1, 1, 0.88, 0.94, 1.06, 1.13))
            at = np.arange(int(len(sound) / stretch)) * stretch
            if drawn and rng.random() < 0.6:  # faster and slower by turns, by less than a frame
                turns = rng.uniform(3.5, 7.5) * 2 * np.pi / 16_000
                at = at + rng.uniform(0.0, 0.03) / turns * (1 - np.cos(turns * at))
            sound = np.interp(at, np.arange(len(sound)), sound).astype(np.float32)
            segments = [(a / stretch, b / stretch, phones) for a, b, phones in segments]
            mels = log_mel_of(sound)
            clips.append(Clip.of(text[:40], f"flite_{voice}", mels, to_frames(segments, len(mels))))
            frames += len(mels)
    Corpus(clips).save(out)
