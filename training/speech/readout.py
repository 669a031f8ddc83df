"""The readout: a linear regression from the network's last rows to filmed mouths.

Comes in: weights, the filmed people of the training. Goes out: the same weights with a readout for
each look-ahead (`visavis.speech.readout`). PyTorch is not needed, and a minute is enough:

    python -m training.speech.readout
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import safe_open
from safetensors.numpy import save_file

from training.speech import measures
from training.speech.corpus import Clip, Floats
from training.speech.scores import prepare_filmed
from training.speech.settings import HELD_SPEAKERS, Folders, is_held_clip
from visavis.speech.channels import JAW, OPENING, SIL
from visavis.speech.model import _WEIGHTS, SpeechModel, _load
from visavis.speech.mouth import ungated
from visavis.speech.readout import FEATURES, ROWS, SIZE, features

Doubles = npt.NDArray[np.float64]

RIDGE = 30.0
"""Weight of the penalty: between 3 and 100 people never heard agree alike."""
S1_SHARE = 0.25
"""Weight of a clip of s1, of whom there is far more than of all others together."""
S1_EVERY = 3
"""Every how manieth of his clips is looked at."""
_STILL, _FULL = 80, 97  # percentiles of opening in silence that is 0, and of all that is 1


def fit(clips: Sequence[Clip], model: SpeechModel, lookahead_ms: int) -> Floats:
    """The readout of one look-ahead.

    Args:
        clips: filmed people, with mouths in their own units.
        model: weights, of which the readouts are not looked at.
        lookahead_ms: the head.

    Returns:
        (3, SIZE).
    """
    size = ROWS * FEATURES
    square, product = np.zeros((size, size)), np.zeros((size, 3))
    seen: list[tuple[Floats, Floats]] = []
    for clip in clips:
        rows = bare(clip, model, lookahead_ms)
        looked = _last(features(rows))
        seen.append((rows, looked))
        real = clip.mouth[: 2 * len(rows)].astype(np.float64).reshape(len(rows), 2, -1).mean(1)
        known = np.isfinite(real).all(1)
        x, y = looked[known].astype(np.float64), real[known]
        x -= x.mean(0)  # people differ in where their mouths are, and agree in how they move
        y -= y.mean(0)
        share = S1_SHARE if clip.speaker == "s1" else 1.0
        square += share * x.T @ x
        product += share * x.T @ y
    weights = np.linalg.solve(square + RIDGE * np.eye(size), product).T
    return _in_units(weights, seen)


def bare(clip: Clip, model: SpeechModel, lookahead_ms: int) -> Floats:
    """What the network says of a clip, (rows, 32), without readout and gates."""
    said = measures.bare_of(clip.mels, model, lookahead_ms)
    return np.array([ungated(row) for row in said], np.float32)


def _last(looked: Floats) -> Floats:
    """(rows, ROWS * FEATURES): of each row and those before it, oldest first."""
    padded = np.concatenate([np.repeat(looked[:1], ROWS - 1, 0), looked])
    windows = np.lib.stride_tricks.sliding_window_view(padded, ROWS, axis=0)
    return np.ascontiguousarray(windows.transpose(0, 2, 1).reshape(len(looked), -1))


def _in_units(weights: Doubles, seen: list[tuple[Floats, Floats]]) -> Floats:
    """Scaled and shifted so that the new columns mean what the network's did.

    A regression is too modest: it moves by r of what mouths do. Opening is 0 in silence and has
    the network's 97th percentile, width and jaw have its mean and deviation.
    """
    rows = np.concatenate([rows for rows, _ in seen])
    said = np.concatenate([looked @ weights.T for _, looked in seen])
    matrix = np.zeros((3, SIZE))
    still = np.percentile(said[rows[:, SIL] > 0.9, OPENING], _STILL)
    full = np.percentile(said[:, OPENING], _FULL) - still
    scale = np.percentile(rows[:, OPENING], _FULL) / full
    matrix[OPENING, :-1] = scale * weights[OPENING]
    matrix[OPENING, -1] = -scale * still
    for column in range(OPENING + 1, JAW + 1):
        scale = rows[:, column].std() / said[:, column].std()
        matrix[column, :-1] = scale * weights[column]
        matrix[column, -1] = rows[:, column].mean() - scale * said[:, column].mean()
    return matrix.astype(np.float32)


def write(folders: Folders, weights: Path) -> None:
    """Fit all readouts of weights and store them beside the rest."""
    filmed = prepare_filmed(folders)
    s1 = [clip for clip in filmed["s1.measured"].clips if not is_held_clip(clip.name)][::S1_EVERY]
    others = [c for c in filmed["grid.measured"].clips if c.speaker not in HELD_SPEAKERS]
    model = SpeechModel.load(weights)
    with safe_open(weights, framework="numpy") as file:
        about = dict(file.metadata() or {})
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    for ms in model.heads:
        tensors[f"readout.{ms}"] = fit([*s1, *others], model, ms).astype(np.float16)
    save_file(tensors, weights, metadata=about)
    weights.chmod(0o644)
    _load.cache_clear()  # whoever scores them next must not get those without readouts
    print(f"  {weights.name}: {weights.stat().st_size / 1000:.0f} kB", flush=True)


def main() -> None:
    """Parse the command line and run."""
    default = Folders.default()
    parser = argparse.ArgumentParser(prog="python -m training.speech.readout", description=__doc__)
    parser.add_argument("--data", type=Path, default=default.data, help="development data")
    parser.add_argument("--cache", type=Path, default=default.cache, help="intermediate files")
    parser.add_argument("--weights", type=Path, default=_WEIGHTS, help="file to add them to")
    options = parser.parse_args()
    write(Folders(options.data, options.cache), options.weights)


if __name__ == "__main__":
    main()
