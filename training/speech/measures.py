"""What is measured of mouth rows: agreement with real mouths, closure, visemes, stillness.

Comes in: weights, clips, sounds, phones. Goes out: dictionaries of figures, rounded. All are of the
finished rows: the runtime's own gates over what its network says, computed in one piece.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.signal import butter, resample_poly, sosfiltfilt

from training.speech import textgrid
from training.speech.augment import normalise
from training.speech.corpus import Clip, Floats, read_16k
from training.speech.phones import BILABIALS, INDEX, OPEN_VOWELS
from visavis.evaluate.heard import heard
from visavis.evaluate.phones import read_phones
from visavis.speech.channels import OPENING
from visavis.speech.mel import log_mel_of
from visavis.speech.model import SpeechModel
from visavis.speech.mouth import Mouth

_SHUT = 0.15  # of the clip's 95th percentile of opening
_AROUND = 0.04  # s before and after a p, b or m


def outputs_of(mels: Floats, model: SpeechModel, lookahead_ms: int) -> Floats:
    """What `Network` says step by step, (steps, 32), in one piece: the same sums, sooner.

    Args:
        mels: (frames, 40), an even number.
        model: weights.
        lookahead_ms: the head.
    """
    heard = np.concatenate([np.zeros((3, mels.shape[1]), np.float32), normalise(mels[None])[0]])
    five = np.lib.stride_tricks.sliding_window_view(heard, 5, axis=0)[::2].transpose(0, 2, 1)
    h = np.maximum(_affine(model.first, five.reshape(len(five), -1)), 0)
    for wide, back, d in zip(model.wide, model.back, model.dilations, strict=True):
        past = np.concatenate([np.zeros((2 * d, h.shape[1]), np.float32), h])
        taps = np.concatenate([past[: len(h)], past[d : d + len(h)], h], 1)
        h = h + _affine(back, np.maximum(_affine(wide, taps), 0))
    return _affine(model.heads[lookahead_ms], np.maximum(h, 0))


def _affine(matrix: Floats, x: Floats) -> Floats:
    """Products with a matrix whose last column is the bias."""
    return np.asarray(x @ matrix[:, :-1].T + matrix[:, -1])


def rows_of(mels: Floats, model: SpeechModel, lookahead_ms: int) -> Floats:
    """Mouth rows of log-mels, as `SpeechStream` makes them from the sound: (frames // 2, 32)."""
    return _bare_and_rows(mels, model, lookahead_ms)[1]


def bare_of(mels: Floats, model: SpeechModel, lookahead_ms: int) -> Floats:
    """What the network says of log-mels, at the times of its rows: (frames // 2, 32)."""
    steps = lookahead_ms // 20
    return outputs_of(_padded(mels, steps), model, lookahead_ms)[steps:]


def _padded(mels: Floats, steps: int) -> Floats:
    """Whole rows, and the silence that the last ones wait for."""
    silence = np.full((2 * steps, mels.shape[1]), np.log(1e-7), np.float32)
    return np.concatenate([mels[: len(mels) // 2 * 2].astype(np.float32), silence])


def _bare_and_rows(mels: Floats, model: SpeechModel, lookahead_ms: int) -> tuple[Floats, Floats]:
    """The network's own outputs, and the rows with gain and gates."""
    steps = lookahead_ms // 20
    padded = _padded(mels, steps)
    bare = outputs_of(padded, model, lookahead_ms)
    mouth, rows = Mouth(steps, model.readouts.get(lookahead_ms)), []
    for step, pair in enumerate(padded.reshape(-1, 2, mels.shape[1])):
        mouth.hear(pair)
        if step >= steps:
            rows.append(mouth.row(bare[step]))
    return bare[steps:], np.array(rows, np.float32)


def _times(count: int) -> npt.NDArray[np.float64]:
    return (np.arange(count) + 0.5) * 0.02


class _Real:
    """The measured mouth of a clip at any time."""

    def __init__(self, clip: Clip) -> None:
        times = (np.arange(len(clip.mels)) + 0.5) * 0.01
        known = np.isfinite(clip.mouth[:, 0])
        self._times, self._mouth = times[known], clip.mouth[known]

    def at(self, times: npt.NDArray[np.float64], column: int) -> npt.NDArray[np.float64]:
        return np.interp(times, self._times, self._mouth[:, column])

    def covers(self, times: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        return np.asarray((times > self._times[0]) & (times < self._times[-1]))


def _r(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    return float(np.corrcoef(a, b)[0, 1])


def mouths(clips: Iterable[Clip], model: SpeechModel, lookahead_ms: int) -> dict[str, Any]:
    """Correlation with real mouths of people never heard."""
    table: dict[str, list[float]] = {}
    speakers: dict[str, list[dict[str, float]]] = {}
    for clip in clips:
        bare, rows = _bare_and_rows(clip.mels, model, lookahead_ms)
        real, times = _Real(clip), _times(len(rows))
        inside = real.covers(times)
        power = np.exp(clip.mels.astype(np.float32)).mean(1)[: 2 * len(rows)]
        loud = np.sqrt(power.reshape(-1, 2).mean(1))[inside]
        rows, bare, times = rows[inside], bare[inside], times[inside]
        found = {
            "opening_r": _r(rows[:, 0], real.at(times, 0)),
            "width_r": _r(rows[:, 1], real.at(times, 1)),
            "jaw_r": _r(rows[:, 2], real.at(times, 2)),
            "opening_r_of_loudness": _r(loud, real.at(times, 0)),
            "opening_r_without_gates": _r(bare[:, 0], real.at(times, 0)),
            "opening_spread_to_real": float(rows[:, 0].std() / real.at(times, 0).std()),
        }
        for shift in (-20, 20):
            name = f"opening_r_rows_moved_by_{shift}_ms"
            found[name] = _r(rows[:, 0], real.at(times + shift / 1000, 0))
        for name, value in found.items():
            table.setdefault(name, []).append(value)
        speakers.setdefault(clip.speaker, []).append(found)

    def person(name: str) -> dict[str, float]:
        return {who: _short(np.mean([f[name] for f in own])) for who, own in speakers.items()}

    def people(name: str) -> float:
        return _short(np.mean(list(person(name).values())))

    return {
        "clips": len(table["opening_r"]),
        **{name: _short(np.mean(values)) for name, values in table.items()},
        "opening_r_mean_of_speakers": people("opening_r"),
        "width_r_mean_of_speakers": people("width_r"),
        "opening_r_of_loudness_mean_of_speakers": people("opening_r_of_loudness"),
        "opening_r_by_speaker": dict(sorted(person("opening_r").items())),
    }


def _short(value: Any) -> float:
    return round(float(value), 3)


Spans = list[tuple[float, float, int]]


def spans_of(phones: npt.NDArray[np.uint8]) -> Spans:
    """Runs of equal frames as (start s, end s, class)."""
    edges = np.flatnonzero(np.diff(phones)) + 1
    bounds = [0, *edges.tolist(), len(phones)]
    return [(a * 0.01, b * 0.01, int(phones[a])) for a, b in pairwise(bounds)]


def closure(items: Iterable[tuple[Floats, Spans]]) -> dict[str, Any]:
    """Share of p, b, m in which the lips shut; of open vowels shut wrongly; elsewhere in speech."""
    bilabial, vowel, other = [], [], []
    for opening, spans in items:
        limit = _SHUT * np.percentile(opening, 95)
        at = _times(len(opening))
        shut = opening <= limit
        near = np.zeros(len(opening), bool)
        spoken = np.zeros(len(opening), bool)
        for start, end, phone in spans:
            if phone in BILABIALS:
                span = (at >= start - _AROUND) & (at <= end + _AROUND)
                near |= span
                bilabial.append(bool(shut[span].any()))
            if phone in OPEN_VOWELS:
                quarter = (end - start) / 4
                middle = shut[(at >= start + quarter) & (at <= end - quarter)]
                if len(middle):
                    vowel.append(middle.mean() > 0.5)
            if phone != INDEX["sil"]:
                spoken |= (at >= start) & (at < end)
        other.append(shut[spoken & ~near].mean())
    return {
        "bilabials": len(bilabial),
        "bilabials_shut": _short(np.mean(bilabial)),
        "open_vowels": len(vowel),
        "open_vowels_shut": _short(np.mean(vowel)),
        "elsewhere_shut": _short(np.mean(other)),
    }


def closure_of_lj(data: Path, model: SpeechModel, lookahead_ms: int) -> dict[str, Any]:
    """Closure in the sentences of LJ Speech, natural speech nobody trained on."""
    items = []
    for path in sorted((data / "speech/ljspeech").glob("*.wav")):
        mels = log_mel_of(read_16k(path))
        opening = rows_of(mels, model, lookahead_ms)[:, OPENING]
        items.append((opening, textgrid.spans(path.with_suffix(".TextGrid"))))
    return closure(items)


def stillness(data: Path, model: SpeechModel, lookahead_ms: int) -> dict[str, Any]:
    """95th percentile of opening in sounds without speech (from 1 s on), and speech in them."""
    rng = np.random.default_rng(0)
    sounds = {p.stem: read_16k(p) for p in sorted((data / "noise").glob("*.wav"))}
    sounds["digital_silence"] = np.zeros(160_000, np.float32)
    for level in (-70, -50, -30):
        white = rng.normal(0, 10 ** (level / 20), 160_000).astype(np.float32)
        sounds[f"white_{level}_dBFS"] = white
    speech = read_16k(data / "speech/ljspeech/LJ001-0003.wav")
    clean = rows_of(log_mel_of(speech), model, lookahead_ms)[:, OPENING]
    result: dict[str, Any] = {}
    for name, sound in sounds.items():
        opening = rows_of(log_mel_of(sound), model, lookahead_ms)[50:, OPENING]
        result[name] = {"p95": _short(np.percentile(opening, 95)), "max": _short(opening.max())}
        power = float(np.mean(sound**2))
        if power > 0 and not name.startswith("white"):
            looped = np.resize(sound, len(speech))
            gain = np.sqrt(np.mean(speech**2) / np.mean(looped**2) / 10)  # 10 dB below the speech
            mixed = rows_of(log_mel_of(speech + gain * looped), model, lookahead_ms)[:, OPENING]
            result[name]["speech_at_10_dB_r_with_clean"] = _short(np.corrcoef(mixed, clean)[0, 1])
            result[name]["speech_at_10_dB_p95_to_clean"] = _short(
                np.percentile(mixed, 95) / np.percentile(clean, 95)
            )
    return result


def _telephone(sound: Floats) -> Floats:
    """300 to 3400 Hz, by way of 8 kHz."""
    band = butter(4, [300, 3400], "bandpass", fs=16_000, output="sos")
    narrow = resample_poly(sosfiltfilt(band, sound), 1, 2)
    return np.asarray(resample_poly(narrow, 2, 1)[: len(sound)], np.float32)


def _in_cafe(data: Path) -> Callable[[Floats], Floats]:
    noise = read_16k(data / "noise/pst_cafe.wav")

    def mixed(sound: Floats) -> Floats:
        looped = np.resize(noise, len(sound))
        gain = np.sqrt(np.mean(sound**2) / np.mean(looped**2) / 10)
        return np.asarray(sound + gain * looped, np.float32)

    return mixed


def visemes(data: Path, model: SpeechModel, lookahead_ms: int) -> dict[str, Any]:
    """Of LJ Speech: visemes (of 15) told right; recall of p, b, m at a precision of 0.65."""
    ways: dict[str, Callable[[Floats], Floats]] = {
        "clean": lambda sound: sound,
        "cafe_at_10_dB": _in_cafe(data),
        "telephone": _telephone,
    }
    result: dict[str, Any] = {}
    paths = sorted((data / "speech/ljspeech").glob("*.wav"))
    for name, way in ways.items():
        told = heard(
            (
                rows_of(log_mel_of(way(read_16k(path))), model, lookahead_ms),
                read_phones(path.with_suffix(".TextGrid")),
            )
            for path in paths
        )
        result[name] = {
            "visemes_right": _short(told.visemes),
            "bilabial_recall_at_precision_0.65": _short(told.bilabial_recall),
        }
    return result
