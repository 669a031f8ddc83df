"""Motion as a whole: determinism, chunks, availability, states, settings, layers, errors."""

from __future__ import annotations

import itertools
import math
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.motion.synthetic import hello, mouth_rows
from visavis.errors import InvalidOption
from visavis.motion import VISEMES, LipSync, Motion, MotionSettings, poses
from visavis.motion.articulation import silence
from visavis.motion.mix import HIGH, LOW
from visavis.pose import INDEX, POSE_SIZE, Pose

ROWS = mouth_rows(hello())
FRAMES = len(ROWS) // 2
NONE = MotionSettings(liveliness=0, expressiveness=0)
LIVELY = MotionSettings(2, 2, 3, 2, 2, 1.5, 4, 1.5, 2)


def still(seconds: float) -> np.ndarray:
    return np.tile(silence(), (round(seconds * 50), 1))


def test_same_seed_same_motion() -> None:
    one, two = poses(ROWS, FRAMES, seed=3), poses(ROWS, FRAMES, seed=3)
    assert one.dtype == np.float32 and one.shape == (FRAMES, POSE_SIZE)
    assert np.array_equal(one, two)
    assert not np.array_equal(one, poses(ROWS, FRAMES, seed=4))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=30),
    st.sampled_from([20.0, 25.0, 29.97, 30.0, 50.0, 60.0]),
)
def test_chunks_change_nothing(sizes: list[int], fps: float) -> None:
    n = int(len(ROWS) / 50 * fps)
    whole = poses(ROWS, n, fps, seed=1)
    motion, made, at = Motion(fps, seed=1), [], 0
    for size in itertools.cycle([*sizes, 7]):
        motion.push(ROWS[at : at + size])
        at += size
        made += [motion.next() for _ in range(motion.available)]
        if at >= len(ROWS):
            break
    motion.finish()
    made += [motion.next() for _ in range(n - len(made))]
    assert np.array_equal(np.array(made[:n]), whole)


@pytest.mark.parametrize("fps", [10, 20, 24, 25, 30, 50, 60, 120])
def test_a_frame_waits_for_its_rows_and_40_ms_at_most(fps: float) -> None:
    motion, made = Motion(fps), 0
    for n in range(1, 200):
        motion.push(ROWS[n % len(ROWS)])
        while motion.available:
            motion.next()
            made += 1
        covered = math.floor((n * 0.02 + 1e-9) * fps)  # frames whose interval is over
        due = math.floor(((n - 2) * 0.02 + 1e-9) * fps)
        assert due <= made <= covered


def test_every_frame_rate_moves_alike() -> None:
    slow, fast = poses(ROWS, FRAMES, 25), poses(ROWS, len(ROWS), 50)
    between = 0.5 * (fast[0::2] + fast[1::2])[: len(slow)]
    for name, tolerance in {"headYaw": 0.01, "headPitch": 0.02, "breath": 0.01}.items():
        i = INDEX[name]
        assert np.abs(slow[:, i] - between[:, i]).max() < tolerance
    opened = slow[:, INDEX["jawOpen"]] - between[:, INDEX["jawOpen"]]
    assert np.abs(opened).mean() < 0.03


@pytest.mark.parametrize("how", [MotionSettings(), LIVELY, NONE])
def test_within_ranges(how: MotionSettings) -> None:
    loud = ROWS * np.array([3.0] * 3 + [1.0] * 29, np.float32)
    made = poses(loud, FRAMES, seed=2, settings=how, lipsync=LipSync(gain=3, width=2, smile=1))
    assert np.isfinite(made).all()
    assert (made >= LOW).all() and (made <= HIGH).all()


def test_nothing_asked_nothing_moves() -> None:
    assert not poses(still(10), 250, settings=NONE).any()
    none = MotionSettings(0, 0, 0, 0, 0, 0, 0, 0, 0)
    made = poses(ROWS, FRAMES, settings=none)
    closing = {"mouthPressLeft", "mouthPressRight", "mouthRollLower", "mouthUpperUpLeft"}
    free = [i for name, i in INDEX.items() if name not in closing | {"mouthUpperUpRight"}]
    assert not made[:, free].any()


@pytest.mark.parametrize(
    ("setting", "names"),
    [
        ("head", ["headYaw", "headPitch", "headRoll", "headX", "headY", "headScale"]),
        ("blink", ["eyeBlinkLeft", "eyeBlinkRight"]),
        ("brows", ["browInnerUp", "browOuterUpLeft", "browDownRight"]),
        ("breath", ["breath"]),
        ("smile", ["mouthSmileLeft", "mouthSmileRight"]),
    ],
)
def test_each_setting_stops_its_own(setting: str, names: list[str]) -> None:
    rows = np.concatenate([ROWS] * 3)
    columns = [INDEX[name] for name in names]
    on = poses(rows, 300, seed=5)
    off = poses(rows, 300, seed=5, settings=MotionSettings(**{setting: 0.0}))
    assert on[:, columns].any(0).all()
    assert not off[:, columns].any()


def test_gaze_zero_holds_the_viewer() -> None:
    made = poses(ROWS, FRAMES, settings=MotionSettings(gaze=0.0))
    yaw, gaze = made[:, INDEX["headYaw"]], made[:, INDEX["gazeX"]]
    assert np.corrcoef(yaw, gaze)[0, 1] < -0.95


def test_processes_do_not_disturb_each_other() -> None:
    on = poses(ROWS, FRAMES, seed=5)
    off = poses(ROWS, FRAMES, seed=5, settings=MotionSettings(blink=0.0))
    assert np.array_equal(on[:, INDEX["headYaw"]], off[:, INDEX["headYaw"]])


def test_states_by_themselves() -> None:
    motion = Motion()
    assert motion.state == "idle"
    motion.push(np.concatenate([ROWS, still(12)]))
    seen = []
    for _ in range(motion.available):
        motion.next()
        seen.append(motion.state)
    order = [state for state, _ in itertools.groupby(seen)]
    assert order == ["idle", "speaking", "listening", "idle"]


def test_states_by_choice_are_smooth() -> None:
    motion = Motion(50, seed=1)
    motion.finish()
    made = []
    for k in range(1000):
        if k % 100 == 0:
            motion.state = ("listening", "idle", "speaking", "auto")[k // 100 % 4]
        made.append(motion.next())
    head = np.array(made)[:, [INDEX["headYaw"], INDEX["headPitch"], INDEX["headRoll"]]]
    assert np.abs(np.diff(head, 2, axis=0)).max() < 0.15
    motion.state = "listening"
    assert motion.state == "listening"


def test_a_new_utterance_after_the_end() -> None:
    motion = Motion()
    motion.push(ROWS)
    motion.finish()
    assert motion.available == sys.maxsize
    for _ in range(FRAMES + 100):
        motion.next()
    motion.push(ROWS)
    again = np.array([motion.next() for _ in range(motion.available)])
    assert len(again) >= FRAMES - 3
    assert again[:, INDEX["jawOpen"]].max() > 0.2


def test_layers_add_and_replace() -> None:
    times: list[float] = []

    def add(t: float, pose: Pose) -> None:
        times.append(t)
        pose[INDEX["headYaw"]] = 2.0

    def replace(t: float, pose: Pose) -> Pose:
        return VISEMES["aa"] if t > 1.0 else pose

    made = poses(ROWS, 50, layers=[add, replace])
    assert times == pytest.approx([(k + 0.5) / 25 for k in range(50)])
    assert (made[:20, INDEX["headYaw"]] == 2.0).all()
    assert np.array_equal(made[40], VISEMES["aa"])
    wild = poses(ROWS, 5, layers=[lambda t, pose: pose + 100])
    assert (wild <= HIGH).all()


def test_visemes() -> None:
    names = "sil PP FF TH DD kk CH SS nn RR aa E ih oh ou".split()  # noqa: SIM905
    assert list(VISEMES) == names
    for pose in VISEMES.values():
        assert pose.shape == (POSE_SIZE,) and pose.dtype == np.float32
        assert pose.min() >= 0 and pose.max() <= 1
    with pytest.raises(ValueError, match="read-only"):
        VISEMES["aa"][0] = 1


@pytest.mark.parametrize(
    "call",
    [
        lambda: Motion(fps=0),
        lambda: Motion(fps=float("nan")),
        lambda: Motion(fps="25"),  # type: ignore[arg-type]
        lambda: Motion(seed=-1),
        lambda: Motion(seed=1.5),  # type: ignore[arg-type]
        lambda: Motion().next(),
        lambda: Motion().push(np.zeros((3, 31), np.float32)),
        lambda: Motion().push(np.full((3, 32), np.nan, np.float32)),
        lambda: Motion().push(np.zeros((2, 3, 32), np.float32)),
        lambda: Motion().push("rows"),  # type: ignore[arg-type]
        lambda: setattr(Motion(), "state", "asleep"),
        lambda: MotionSettings(head=-1),
        lambda: MotionSettings(blink=float("inf")),
        lambda: MotionSettings(articulation=1.6),
        lambda: MotionSettings(smile="much"),  # type: ignore[arg-type]
        lambda: LipSync(closure=2),
        lambda: LipSync(gain=-0.1),
        lambda: poses(ROWS, -1),
        lambda: poses(ROWS, 2, layers=[lambda t, pose: pose[:5]]),
        lambda: poses(ROWS, 2, layers=[lambda t, pose: pose * np.nan]),
    ],
)
def test_wrong_use_is_explained(call) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidOption, match=r"possible|finite|push more"):
        call()
