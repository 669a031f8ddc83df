"""`python -m training.speech`: every stage in order, each skipped whose output is there.

Comes in: the development data. Goes out: weights, test vector and scores beside the code.
Delete a file of the cache folder to have its stage, but not the later ones, made again.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from training.speech import (
    align,
    export,
    mouths,
    noise,
    p2m,
    readout,
    recipe,
    scores,
    student,
    sung,
    synthesis,
)
from training.speech.settings import SEED, Folders

LATER = 0.6
"""How much the last training counts in the mean of the last two."""
Stage = tuple[str, Callable[[Path], object]]  # file made in the cache, and what makes it


def _data_stages(folders: Folders, share: float) -> list[Stage]:
    """Everything before the student, in order, of `share` of the hours."""
    data, cache = folders.data, folders.cache
    stages: list[Stage] = []
    for who, folder in (("s1", "grid_s1_tracks"), ("grid", "grid_more_tracks")):
        tracks, measured = data / "video" / folder, cache / f"{who}.measured.npz"
        stages.append((measured.name, partial(mouths.prepare, tracks)))
        every = round(1 / share) if who == "s1" else 1
        stages.append((f"{who}.npz", partial(align.prepare_grid, tracks, measured, every)))
    stages.append(("reader.phones.npz", partial(align.prepare_reader, data)))
    stages.append(("espeak.phones.npz", partial(synthesis.make_espeak, data, 6.0 * share, SEED)))
    stages.append(("held.npz", partial(synthesis.make_held_espeak, 6.0, SEED)))
    for voice in synthesis.FLITE_VOICES:
        make = partial(synthesis.make_flite, data, 0.8 * share, SEED, voice)
        stages.append((f"flite_{voice}.phones.npz", make))
        make = partial(synthesis.make_flite, data, 0.3 * share, SEED, voice, slower=synthesis.DRAWN)
        stages.append((f"drawn_{voice}.phones.npz", make))
    stages.append(("noise.phones.npz", partial(noise.make_noise, 60.0 * share, SEED)))
    stages.append(("sung.phones.npz", partial(sung.make_sung, 25.0 * share, SEED)))
    filmed = [cache / "s1.npz", cache / "grid.npz"]
    stages.append(("p2m.pt", partial(p2m.train, filmed, round(2500 * share**0.5), SEED)))
    names = ["reader", "espeak", "noise", "sung"]
    names += [f"{kind}_{v}" for v in synthesis.FLITE_VOICES for kind in ("flite", "drawn")]
    for name in names:
        make = partial(p2m.label, cache / "p2m.pt", cache / f"{name}.phones.npz")
        stages.append((f"{name}.npz", make))
    return stages


def _student_stages(cache: Path, released: Path, go_on: bool) -> list[Stage]:
    """The four trainings of the student, or the last two alone."""
    names = ("student", "tuned", "hardened", "finished")
    first, second, third, fourth = (cache / f"{name}.pt" for name in names)
    if go_on:
        before: list[Stage] = [(second.name, partial(export.restore, export.WEIGHTS))]
    else:
        before = [
            (first.name, partial(student.train, recipe.Recipe(), cache, None)),
            (second.name, partial(student.train, recipe.tuning(), cache, first)),
        ]
    return [
        *before,
        (third.name, partial(student.train, recipe.hardening(), cache, second)),
        (fourth.name, partial(student.train, recipe.finishing(), cache, third)),
        (released.name, partial(export.mean, third, fourth, LATER)),
    ]


def _run(stages: list[Stage], cache: Path) -> None:
    for file, work in stages:
        path = cache / file
        if not path.exists():
            print(f"{file} …", flush=True)
            started = time.process_time()
            work(path)
            print(f"  {time.process_time() - started:.0f} s of CPU", flush=True)


def main() -> None:
    """Parse the command line and run."""
    default = Folders.default()
    parser = argparse.ArgumentParser(prog="python -m training.speech", description=__doc__)
    parser.add_argument("--data", type=Path, default=default.data, help="development data")
    parser.add_argument("--cache", type=Path, default=default.cache, help="intermediate files")
    parser.add_argument("--name", default="released", help="name of the student's checkpoint")
    parser.add_argument("--no-export", action="store_true", help="leave the weights as they are")
    parser.add_argument("--share", type=float, default=1.0, help="of the hours of data")
    parser.add_argument("--go-on", action="store_true", help="from the weights that there are")
    options = parser.parse_args()
    folders = Folders(options.data, options.cache)
    folders.cache.mkdir(parents=True, exist_ok=True)
    checkpoint = folders.cache / f"{options.name}.pt"
    stages = _data_stages(folders, options.share)
    stages += _student_stages(folders.cache, checkpoint, options.go_on)
    _run(stages, folders.cache)
    weights = checkpoint.with_suffix(".safetensors") if options.no_export else export.WEIGHTS
    export.export(checkpoint, weights)
    readout.write(folders, weights)
    scores.write(folders, weights, None if options.no_export else scores.SCORES)


if __name__ == "__main__":
    main()
