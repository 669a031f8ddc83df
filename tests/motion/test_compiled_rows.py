"""The compiled rows beside those in Python: the same poses, whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.session.conftest import babble
from visavis import native
from visavis.motion import LipSync, Motion, MotionSettings
from visavis.motion.compiled import CompiledRows
from visavis.motion.rows import Rows
from visavis.speech import mouth_rows

pytestmark = pytest.mark.skipif(native.kernel() is None, reason="the kernel is not compiled here")

Script = dict[int, Callable[[Motion], Any]]


@pytest.fixture(scope="module")
def spoken() -> npt.NDArray[np.float32]:
    return mouth_rows(np.concatenate([babble(8.0), babble(12.0, seed=1)]), 16_000)


def _again(motion: Motion, rows: npt.NDArray[np.float32]) -> None:
    motion.interrupt()
    motion.push(rows)
    motion.finish()


def _both(rows: Any, fps: float, seed: int, script: Script, **options: Any) -> None:
    made = []
    for kind in (Rows, CompiledRows):
        motion = Motion(fps, seed, **options)
        assert isinstance(motion._rows, CompiledRows)
        if kind is Rows:
            motion._rows = Rows(motion.fps, seed, motion.settings, motion.lipsync)
        motion.push(rows)
        motion.finish()
        poses = []
        for frame in range(round(30 * fps)):
            script.get(frame, lambda m: None)(motion)
            poses.append(motion.next())
        made.append((np.array(poses), motion.state))
    (plain, state), (compiled, same) = made
    assert state == same
    np.testing.assert_allclose(compiled, plain, atol=1e-5)


@pytest.mark.parametrize("fps, seed", [(25, 0), (24, 1), (30, 2), (50, 3), (60, 4), (10, 5)])
def test_speech_and_silence(spoken: npt.NDArray[np.float32], fps: float, seed: int) -> None:
    _both(spoken, fps, seed, {})


def test_interruptions(spoken: npt.NDArray[np.float32]) -> None:
    _both(
        spoken, 25, 6,
        {
            0: lambda m: (m.interrupt(), m.finish()),
            1: lambda m: _again(m, spoken),
            120: lambda m: _again(m, spoken[200:260]),
            300: lambda m: _again(m, spoken[:0]),
            305: lambda m: _again(m, spoken[500:]),
        },
    )  # fmt: skip


def test_moods(spoken: npt.NDArray[np.float32]) -> None:
    _both(
        spoken, 25, 7,
        {
            0: lambda m: m.emotion("happy", 0.7, 0.0),
            50: lambda m: m.gesture("nod"),
            200: lambda m: m.emotion("sad"),
            260: lambda m: m.gesture("laugh", 1.2),
            262: lambda m: (m.interrupt(), m.finish()),
            400: lambda m: m.emotion("neutral"),
            520: lambda m: setattr(m, "state", "thinking"),
            640: lambda m: setattr(m, "state", "listening"),
            700: lambda m: setattr(m, "state", "auto"),
        },
    )  # fmt: skip


@pytest.mark.parametrize(
    "settings, lipsync",
    [
        (MotionSettings(liveliness=0.0), LipSync()),
        (MotionSettings(liveliness=2.0, blink=3.0, expressiveness=2.0), LipSync(smile=0.4)),
        (MotionSettings(articulation=1.5, jaw=2.0), LipSync(gain=1.3, width=0.4, smile=-0.5)),
        (MotionSettings(articulation=0.3, jaw=0.0), LipSync(closure=0.5, rest=0.1)),
    ],
)
def test_settings(
    spoken: npt.NDArray[np.float32], settings: MotionSettings, lipsync: LipSync
) -> None:
    _both(spoken, 25, 8, {}, settings=settings, lipsync=lipsync)


def test_however_many_rows_at_a_time(spoken: npt.NDArray[np.float32]) -> None:
    whole, pieces = CompiledRows, []
    for size in (1, 3, 40):
        rows = whole(native.kernel(), 25.0, 9, MotionSettings(), LipSync())  # type: ignore[arg-type]
        poses = []
        for first in range(0, len(spoken), size):
            rows.advance(list(spoken[first : first + size]))
            if (first + size) % 120 == 0:
                poses.append(rows.pose((first + size - 4) * 0.02))
        pieces.append(poses)
    np.testing.assert_array_equal(pieces[0], pieces[1])
    np.testing.assert_array_equal(pieces[0], pieces[2])
