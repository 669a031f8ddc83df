"""The readout: a look back over rows, the same in numpy and compiled."""

from __future__ import annotations

import numpy as np
import pytest

from visavis import native
from visavis.speech import SpeechModel, mouth_rows
from visavis.speech import stream as streams
from visavis.speech.readout import FEATURES, ROWS, SIZE, Readout, features


def rows(count: int, seed: int = 0) -> np.ndarray:
    found = np.random.default_rng(seed).normal(0, 1, (count, 32)).astype(np.float32)
    phones = np.exp(found[:, 4:])
    found[:, 4:] = phones / phones.sum(1, keepdims=True)
    return found


def test_it_is_a_regression_over_the_last_rows() -> None:
    matrix = np.random.default_rng(1).normal(0, 1, (3, SIZE)).astype(np.float32)
    said = rows(150)  # more than it has room for before it moves back
    readout = Readout(matrix)
    made = np.array([readout.push(row) for row in said])
    looked = features(said)
    padded = np.concatenate([np.repeat(looked[:1], ROWS - 1, 0), looked])
    for n in (0, 3, 7, 60, 70, 149):
        whole = matrix[:, :-1] @ padded[n : n + ROWS].reshape(-1) + matrix[:, -1]
        np.testing.assert_allclose(made[n], whole, atol=2e-3)


def test_a_readout_of_the_newest_row_alone_changes_nothing() -> None:
    matrix = np.zeros((3, SIZE), np.float32)
    for column in range(3):
        matrix[column, (ROWS - 1) * FEATURES + column] = 1
    readout = Readout(matrix)
    for row in rows(80):
        np.testing.assert_array_equal(readout.push(row), row[:3])


def test_every_look_ahead_has_one() -> None:
    model = SpeechModel.load()
    assert set(model.readouts) == set(model.heads)


def test_compiled_and_numpy_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    if native.kernel() is None:
        pytest.skip("no compiled kernel here")
    noise = np.random.default_rng(0).normal(0, 0.1, 48_000)
    sound = (noise * np.sin(np.arange(48_000) / 3000) ** 2).astype(np.float32)
    compiled = mouth_rows(sound, 16_000)
    monkeypatch.setattr(streams.native, "kernel", lambda: None)
    np.testing.assert_allclose(mouth_rows(sound, 16_000), compiled, atol=1e-3)
