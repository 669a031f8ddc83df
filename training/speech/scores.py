"""How well the released network does, on people, voices and noises it has never heard.

Comes in: weights, held-out data. Goes out: `scores.json` with every figure, the command, the seed
and the data. PyTorch is not needed:

    python -m training.speech.scores
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open

from training.speech import measures
from training.speech import mouths as filmed
from training.speech.corpus import Corpus
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
from visavis.speech.model import _WEIGHTS, SpeechModel

SCORES = Path(__file__).with_name("scores.json")


def _say_held(out: Path) -> None:
    """espeak-ng's held languages and voices; needs Django's and pocketsphinx's words."""
    from training.speech import synthesis

    synthesis.make_held_espeak(6.0, SEED, out)


def prepare_filmed(folders: Folders) -> dict[str, Corpus]:
    """The filmed people with their mouths, made where the cache has them not yet."""
    video = folders.data / "video"
    return _made(
        folders,
        {
            "s1.measured": partial(filmed.prepare, video / "grid_s1_tracks"),
            "grid.measured": partial(filmed.prepare, video / "grid_more_tracks"),
        },
    )


def _prepare(folders: Folders) -> dict[str, Corpus]:
    """What is scored on, made where the cache has it not yet; none of it needs PyTorch."""
    return prepare_filmed(folders) | _made(folders, {"held": _say_held})


def _made(folders: Folders, makers: dict[str, Callable[[Path], object]]) -> dict[str, Corpus]:
    cache = folders.cache
    cache.mkdir(parents=True, exist_ok=True)
    for name, make in makers.items():
        if not (cache / f"{name}.npz").exists():
            make(cache / f"{name}.npz")
    return {name: Corpus.load(cache / f"{name}.npz") for name in makers}


def figures(
    data: Path, corpora: dict[str, Corpus], model: SpeechModel, lookahead_ms: int
) -> dict[str, Any]:
    """All figures of one head."""
    grid = [c for c in corpora["grid.measured"] if c.speaker in HELD_SPEAKERS]
    s1 = [c for c in corpora["s1.measured"] if is_held_clip(c.name)]
    spoken = [
        (measures.rows_of(c.mels, model, lookahead_ms)[:, OPENING], measures.spans_of(c.phones))
        for c in corpora["held"]
    ]
    return {
        "grid_speakers_held_out": measures.mouths(grid, model, lookahead_ms),
        "s1_clips_held_out": measures.mouths(s1, model, lookahead_ms),
        "closure_lj_speech": measures.closure_of_lj(data, model, lookahead_ms),
        "visemes_lj_speech": measures.visemes(data, model, lookahead_ms),
        "closure_espeak_sw_cy_et_f4_m3": measures.closure(spoken),
        "opening_without_speech": measures.stillness(data, model, lookahead_ms),
    }


def write(folders: Folders, weights: Path, out: Path | None) -> None:
    """Score every look-ahead, print, and write where `out` says."""
    model, corpora = SpeechModel.load(weights), _prepare(folders)
    with safe_open(weights, framework="numpy") as file:
        about = file.metadata()
    report = {
        "command": "python -m training.speech.scores",
        "seed": SEED,
        "made": time.strftime("%Y-%m-%d", time.gmtime()),
        "training": json.loads(about.get("training", "{}")),
        "versions": {"python": platform.python_version(), "numpy": np.__version__},
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
    }
    for lookahead_ms in (80, 40, 0):
        name = f"look_ahead_{lookahead_ms}_ms"
        report[name] = figures(folders.data, corpora, model, lookahead_ms)
        print(json.dumps({name: report[name]}, indent=1), flush=True)
    if out is not None:
        out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Parse the command line and score."""
    default = Folders.default()
    parser = argparse.ArgumentParser(prog="python -m training.speech.scores")
    parser.add_argument("--data", type=Path, default=default.data, help="development data")
    parser.add_argument("--cache", type=Path, default=default.cache, help="intermediate files")
    parser.add_argument("--weights", type=Path, default=_WEIGHTS, help="what to score")
    parser.add_argument("--out", type=Path, default=SCORES, help="where the figures go")
    options = parser.parse_args()
    write(Folders(options.data, options.cache), options.weights, options.out)


if __name__ == "__main__":
    main()
