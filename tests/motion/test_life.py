"""What moves by itself: human statistics, no loops, no jumps."""

from __future__ import annotations

import numpy as np
import pytest

from tests.motion.synthetic import hello, mouth_rows
from visavis.motion import Motion, MotionSettings, poses
from visavis.motion.articulation import silence
from visavis.motion.curves import Pulse, ease
from visavis.motion.noise import Drift, Follower
from visavis.pose import INDEX, Pose

HEAD = ["headYaw", "headPitch", "headRoll"]


def blink_starts(made: Pose, fps: float) -> np.ndarray:
    shut = made[:, INDEX["eyeBlinkLeft"]] > 0.5
    return np.flatnonzero(shut[1:] & ~shut[:-1]) / fps


def run(state: str, minutes: float, fps: float = 25, seed: int = 1) -> Pose:
    motion = Motion(fps, seed=seed)
    motion.state = state
    motion.finish()
    return np.array([motion.next() for _ in range(round(minutes * 60 * fps))])


@pytest.fixture(scope="module")
def talk() -> Pose:
    """20 minutes of talk."""
    speech = [*hello(), *hello()[1:]]
    rows = mouth_rows(speech)
    rows = np.tile(rows, (round(20 * 60 * 50 / len(rows)), 1))
    return poses(rows, len(rows) // 2, seed=1)


def test_blinks_while_speaking(talk: Pose) -> None:
    starts = blink_starts(talk, 25)
    minutes = len(talk) / 25 / 60
    assert 15 <= len(starts) / minutes <= 20
    waits = np.diff(starts)
    assert (waits < 0.6).mean() == pytest.approx(0.14, abs=0.05)  # double blinks
    single = waits[waits > 0.6]
    assert 0.4 < single.std() / single.mean() < 0.9  # never metronomic
    logs = np.log(single)
    skew = (((logs - logs.mean()) / logs.std()) ** 3).mean()
    assert abs(skew) < 0.8  # log-normal, roughly
    assert single.max() < 25


def test_blinks_while_listening_are_fewer(talk: Pose) -> None:
    listening = len(blink_starts(run("listening", 20), 25)) / 20
    assert 8 <= listening <= 15
    assert listening < len(blink_starts(talk, 25)) / (len(talk) / 25 / 60)


def test_a_blink_is_a_blink() -> None:
    made = run("speaking", 2, fps=200 / 2, seed=4)
    left, right = made[:, INDEX["eyeBlinkLeft"]], made[:, INDEX["eyeBlinkRight"]]
    start = np.flatnonzero((left[1:] > 0) & (left[:-1] == 0))[0]
    end = start + np.flatnonzero(left[start + 1 :] == 0)[0]
    assert 0.2 <= (end - start) / 100 <= 0.33
    assert np.argmax(left[start : end + 1]) / 100 < 0.14  # down is faster than up
    assert 0 < np.abs(left - right).max() < 0.35
    assert left.max() <= 1


def test_every_blink_shows_at_every_frame_rate() -> None:
    for fps in (20, 25, 30, 60):
        made = run("speaking", 3, fps=fps, seed=2)[:, INDEX["eyeBlinkLeft"]]
        tops = [k for k in range(1, len(made) - 1) if made[k - 1] < made[k] >= made[k + 1]]
        assert tops and min(made[k] for k in tops) > 0.7


def test_head_while_speaking_and_idle(talk: Pose) -> None:
    idle = run("idle", 10)
    for name, most in zip(HEAD, (7.0, 7.0, 5.0), strict=True):
        spoken = talk[:, INDEX[name]]
        assert 0.6 < spoken.std() < 2.2
        assert np.abs(spoken).max() < most
        assert 0.25 < idle[:, INDEX[name]].std() / spoken.std() < 0.8


def test_eyes_are_on_the_viewer_mostly(talk: Pose) -> None:
    for made, least in ((talk, 0.6), (run("listening", 10), 0.78)):
        # Where the eyes point in the world: gaze and head together.
        x = made[:, INDEX["gazeX"]] + 0.85 * made[:, INDEX["headYaw"]]
        y = made[:, INDEX["gazeY"]] + 0.65 * made[:, INDEX["headPitch"]]
        viewer = np.hypot(x, y) < 2.2
        assert least < viewer.mean() < 0.97


def test_breathing_rate() -> None:
    breath = run("idle", 10)[:, INDEX["breath"]]
    middle = breath > breath.mean()
    breaths = np.flatnonzero(middle[1:] & ~middle[:-1])
    assert 0.2 < len(breaths) / 600 < 0.32
    assert np.diff(breaths).std() / np.diff(breaths).mean() > 0.06
    assert breath.max() <= 1 and breath.max() > 0.5


def test_a_breath_before_the_next_phrase() -> None:
    rows = np.concatenate([mouth_rows(hello()[1:-1]), np.tile(silence(), (40, 1))] * 3)
    made = poses(rows, len(rows) // 2)[:, INDEX["breath"]]
    pause = len(rows) // 6  # frames of one phrase and its pause
    assert made[pause] > made[pause - 18] + 0.15


@pytest.mark.parametrize("seed", range(6))
def test_nothing_jumps(seed: int) -> None:
    rows = mouth_rows(hello())
    rows = np.concatenate([rows, rows, np.tile(silence(), (200, 1)), rows])
    how = MotionSettings()
    bounds = {
        "headYaw": 0.12, "headPitch": 0.35, "headRoll": 0.12, "headX": 0.1, "headY": 0.15,
        "headScale": 0.001, "breath": 0.02, "browInnerUp": 0.15, "browDownLeft": 0.15,
        "mouthSmileLeft": 0.03, "eyeSquintRight": 0.03,
    }  # fmt: skip
    slow = poses(rows, len(rows), 50, seed, how)
    for name, bound in bounds.items():
        assert np.abs(np.diff(slow[:, INDEX[name]], 2)).max() < bound, name


def autocorrelation(x: np.ndarray, fps: int = 25) -> float:
    """The largest at any lag from 2 to 60 s."""
    x = x.astype(float) - x.mean()
    spectrum = np.abs(np.fft.rfft(x, 2 * len(x))) ** 2
    correlation = np.fft.irfft(spectrum)[: len(x)]
    return float(np.abs(correlation[2 * fps : 60 * fps + 1] / correlation[0]).max())


@pytest.mark.parametrize("state", ["idle", "listening", "thinking"])
@pytest.mark.parametrize("seed", [1, 2])
def test_never_loops_and_never_wanders_off(state: str, seed: int) -> None:
    made = run(state, 10, seed=seed)
    for name in HEAD:
        assert autocorrelation(made[:, INDEX[name]]) < 0.5, name
    assert 10 <= len(blink_starts(made, 25)) / 10 <= 25


def test_a_speaker_does_not_either(talk: Pose) -> None:
    for name in HEAD:
        assert autocorrelation(talk[:15_000, INDEX[name]]) < 0.5, name


def test_a_slow_wave_would_be_noticed() -> None:
    t = np.arange(15_000) / 25
    assert autocorrelation(np.sin(2 * np.pi * t / 7)) > 0.9
    assert autocorrelation(np.cumsum(np.random.default_rng(0).standard_normal(15_000))) > 0.5


def test_a_thinker_looks_away_up_mostly_and_moves_less() -> None:
    thinking, listening = run("thinking", 5), run("listening", 5)

    def world(made: Pose) -> np.ndarray:
        x = made[:, INDEX["gazeX"]] + 0.85 * made[:, INDEX["headYaw"]]
        return np.stack([x, made[:, INDEX["gazeY"]] + 0.65 * made[:, INDEX["headPitch"]]], 1)

    away, with_us = (np.hypot(*world(m).T) > 2.5 for m in (thinking, listening))
    assert away.mean() > 0.55 > 0.2 > with_us.mean()
    assert (world(thinking)[away, 1] < 0).mean() > 0.6
    assert thinking[:, INDEX["browDownLeft"]].mean() > 0.05
    assert (
        thinking[:, INDEX["mouthSmileLeft"]].mean() < listening[:, INDEX["mouthSmileLeft"]].mean()
    )
    speed = [np.abs(np.diff(m[:, INDEX["headPitch"]])).mean() for m in (thinking, listening)]
    assert speed[0] < 1.1 * speed[1]


def test_thought_comes_with_a_glance_away() -> None:
    gone = 0
    for seed in range(8):
        motion = Motion(25, seed)
        motion.state = "listening"
        motion.finish()
        for _ in range(50):
            motion.next()
        motion.state = "thinking"
        made = np.array([motion.next() for _ in range(25)])
        gone += np.hypot(made[:, INDEX["gazeX"]], made[:, INDEX["gazeY"]]).max() > 3
    assert gone >= 7


def test_stress_moves_head_and_brows(talk: Pose) -> None:
    calm = MotionSettings(expressiveness=0.0)
    rows = np.tile(mouth_rows(hello()), (10, 1))
    plain, lively = (poses(rows, len(rows) // 2, 25, 3, how) for how in (calm, None))
    for name in ("headPitch", "browInnerUp"):
        fast, slow = (np.diff(made[:, INDEX[name]]).std() for made in (lively, plain))
        assert fast > 1.5 * slow, name
    raised = talk[:, INDEX["browInnerUp"]] > 0.2
    per_minute = (raised[1:] & ~raised[:-1]).sum() / (len(talk) / 25 / 60)
    assert 4 < per_minute < 25


def test_drift_has_the_deviation_it_says() -> None:
    drift = Drift(np.random.default_rng(0), [0.5, 1.0])
    values = np.array([drift.step() for _ in range(60_000)])[1000:]
    assert values.std(0) == pytest.approx([1.0, 1.0], rel=0.1)
    assert np.abs(np.diff(values, 2, axis=0)).max() < 0.35


def test_follower_arrives() -> None:
    follower = Follower([0.05])
    values = [follower.step([1.0])[0] for _ in range(100)]
    assert values[0] < 0.1 and values == sorted(values) and values[-1] > 0.999


def test_curves() -> None:
    assert [ease(x) for x in (-1.0, 0.0, 0.5, 1.0, 2.0)] == [0.0, 0.0, 0.5, 1.0, 1.0]
    pulse = Pulse(1.0, 2.0, 0.2, 0.1, 0.3)
    assert pulse.end == pytest.approx(1.6)
    assert [pulse.at(t) for t in (0.5, 1.25, 2.0)] == pytest.approx([0.0, 2.0, 0.0])
