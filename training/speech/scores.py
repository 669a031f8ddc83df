"""How well the released network does, on people, voices and noises it has never heard.

Comes in: weights, held-out data. Goes out: `scores.json` with every figure, the command, the seed
and the data. All figures are of the finished rows, through the runtime.
"""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from training.speech import p2m, textgrid
from training.speech.corpus import Clip, Corpus, Floats, read_16k
from training.speech.phones import BILABIALS, INDEX, OPEN_VOWELS, UNKNOWN
from training.speech.settings import (
    HELD_LANGUAGES,
    HELD_SPEAKERS,
    HELD_VARIANTS,
    LEAD_S,
    SEED,
    WEAK_SYNC,
    Folders,
    is_held_clip,
)
from visavis.speech.channels import OPENING
from visavis.speech.mel import Normaliser, log_mel_of
from visavis.speech.model import SpeechModel
from visavis.speech.mouth import Mouth
from visavis.speech.network import Network

SCORES = Path(__file__).with_name("scores.json")
_SHUT = 0.15  # of the clip's 95th percentile of opening
_AROUND = 0.04  # s before and after a p, b or m


def rows_of(mels: Floats, model: SpeechModel, lookahead_ms: int, raw: bool = False) -> Floats:
    """Mouth rows of log-mels, as `SpeechStream` makes them from the sound.

    Args:
        mels: (frames, 40).
        model: weights.
        lookahead_ms: the head.
        raw: the network's own outputs, without gain and gates.
    """
    steps = lookahead_ms // 20
    count = len(mels) // 2
    silence = np.full((2 * steps, mels.shape[1]), np.log(1e-7), np.float32)
    padded = np.concatenate([mels[: 2 * count].astype(np.float32), silence])
    normaliser, network = Normaliser(), Network(model, lookahead_ms)
    mouth, rows = Mouth(steps), []
    for step, pair in enumerate(padded.reshape(-1, 2, mels.shape[1])):
        mouth.hear(pair)
        output = network.step(np.stack([normaliser.push(frame) for frame in pair]))
        if step >= steps:
            rows.append(output if raw else mouth.row(output))
    return np.array(rows, np.float32)


def _times(count: int) -> npt.NDArray[np.float64]:
    return (np.arange(count) + 0.5) * 0.02


_SHIFTS = np.arange(-0.06, 0.0601, 0.01)  # s, over which a clip's skew is looked for


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


def skew_of(clip: Clip, reference: p2m.PhoneToMouth) -> float:
    """By how much a clip's picture lags its sound, s, as the phone-to-mouth model sees it.

    The model saw only the phones, so the answer owes nothing to the network that is scored.
    """
    if (clip.phones == UNKNOWN).any():
        return 0.0
    with torch.no_grad():
        made = reference(torch.from_numpy(p2m.inputs_of(clip)[None]))[0, :, 0].numpy()
    real, times = _Real(clip), (np.arange(len(made)) + 0.5) * 0.01
    inside = real.covers(times)
    match = [_r(made[inside], real.at(times[inside] + shift, 0)) for shift in _SHIFTS]
    return float(_SHIFTS[int(np.argmax(match))])


def mouths(
    clips: Iterable[Clip], model: SpeechModel, reference: p2m.PhoneToMouth, lookahead_ms: int
) -> dict[str, Any]:
    """Correlation with real mouths of people never heard."""
    table: dict[str, list[float]] = {}
    speakers: dict[str, list[float]] = {}
    for clip in clips:
        rows = rows_of(clip.mels, model, lookahead_ms)
        bare = rows_of(clip.mels, model, lookahead_ms, raw=True)
        real, times = _Real(clip), _times(len(rows))
        inside = real.covers(times)
        rows, bare, times = rows[inside], bare[inside], times[inside]
        skew = skew_of(clip, reference)
        found = {
            "opening_r": _r(rows[:, 0], real.at(times, 0)),
            "width_r": _r(rows[:, 1], real.at(times, 1)),
            "jaw_r": _r(rows[:, 2], real.at(times, 2)),
            "opening_r_skew_removed": _r(rows[:, 0], real.at(times + skew, 0)),
            "opening_r_without_gates": _r(bare[:, 0], real.at(times, 0)),
            "opening_spread_to_real": float(rows[:, 0].std() / real.at(times, 0).std()),
            "skew_ms": 1000 * skew,
        }
        for shift in (-20, 20):
            name = f"opening_r_rows_moved_by_{shift}_ms"
            found[name] = _r(rows[:, 0], real.at(times + shift / 1000, 0))
        for name, value in found.items():
            table.setdefault(name, []).append(value)
        speakers.setdefault(clip.speaker, []).append(found["opening_r"])
    by_speaker = {name: _short(np.mean(values)) for name, values in sorted(speakers.items())}
    return {
        "clips": len(table["opening_r"]),
        **{name: _short(np.mean(values)) for name, values in table.items()},
        "opening_r_mean_of_speakers": _short(np.mean(list(by_speaker.values()))),
        "opening_r_by_speaker": by_speaker,
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


def _lj(data: Path, model: SpeechModel, lookahead_ms: int) -> dict[str, Any]:
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


def figures(folders: Folders, weights: Path, lookahead_ms: int) -> dict[str, Any]:
    """All figures of one head."""
    model = SpeechModel.load(weights)
    cache = folders.cache
    grid = [c for c in Corpus.load(cache / "grid.npz") if c.speaker in HELD_SPEAKERS]
    s1 = [c for c in Corpus.load(cache / "s1.npz") if is_held_clip(c.name)]
    reference = p2m.load(cache / "p2m.pt")
    held = Corpus.load(cache / "held.npz")
    spoken = [(rows_of(c.mels, model, lookahead_ms)[:, OPENING], spans_of(c.phones)) for c in held]
    return {
        "grid_speakers_held_out": mouths(grid, model, reference, lookahead_ms),
        "s1_clips_held_out": mouths(s1, model, reference, lookahead_ms),
        "closure_lj_speech": _lj(folders.data, model, lookahead_ms),
        "closure_espeak_sw_cy_et_f4_m3": closure(spoken),
        "opening_without_speech": stillness(folders.data, model, lookahead_ms),
    }


def write(folders: Folders, checkpoint: Path, weights: Path, out: Path | None) -> None:
    """Score 80 and 40 ms, print, and write where the released scores lie."""
    stored = torch.load(checkpoint, weights_only=True)
    first = torch.load(folders.cache / "student.pt", weights_only=True)
    report = {
        "command": f"python -m training.speech --tune {stored['recipe']['steps']}",
        "seed": SEED,
        "made": time.strftime("%Y-%m-%d", time.gmtime()),
        "recipe": {"first": first["recipe"], "second": stored["recipe"]},
        "hours": stored["hours"],
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
        },
        "lead_ms": round(1000 * LEAD_S),
        "never_heard": {
            "grid_speakers": sorted(HELD_SPEAKERS),
            "left_out_for_weak_sync": sorted(WEAK_SYNC),
            "s1_clips": "crc32(name) % 10 == 0",
            "lj_speech": "all sound, and the words of the 16 sentences tested",
            "espeak_languages": list(HELD_LANGUAGES),
            "espeak_variants": list(HELD_VARIANTS),
            "noise": "all recordings of ../shared/data/noise",
        },
        "look_ahead_80_ms": figures(folders, weights, 80),
        "look_ahead_40_ms": figures(folders, weights, 40),
        "look_ahead_0_ms": figures(folders, weights, 0),
    }
    text = json.dumps(report, indent=1)
    print(text, flush=True)
    if out is not None:
        out.write_text(text + "\n", encoding="utf-8")
