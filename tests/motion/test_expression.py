"""Emotions and gestures: they blend, obey closures and the rig, ease, and leave nothing behind."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.motion.synthetic import hello, mouth_rows
from visavis.errors import InvalidOption
from visavis.motion import (
    EMOTIONS,
    GESTURES,
    LipSync,
    Motion,
    MotionSettings,
    emotion_pose,
    gesture_peak,
    poses,
)
from visavis.motion.articulation import silence
from visavis.motion.closure import JAW_SHUT
from visavis.motion.mix import HIGH, LOW, mix
from visavis.motion.visemes import CHANNELS, GAP_MM
from visavis.pose import INDEX, POSE_SIZE, Pose, expand

FELT = [name for name in EMOTIONS if name != "neutral"]
NONE = MotionSettings(liveliness=0, expressiveness=0)
GAP = np.zeros(POSE_SIZE)
for _channel, _mm in zip(CHANNELS, GAP_MM, strict=True):
    GAP[INDEX[expand(_channel)[0]]] = _mm
GAP[INDEX["mouthClose"]] = -GAP_MM[0]

Call = tuple[float, str, str, float]
"""Seconds, "emotion" or "gesture", name, strength."""
CALLS = st.lists(
    st.one_of(
        st.tuples(
            st.floats(0, 2.5), st.just("emotion"), st.sampled_from(list(EMOTIONS)), st.floats(0, 1)
        ),
        st.tuples(
            st.floats(0, 2.5),
            st.just("gesture"),
            st.sampled_from(list(GESTURES)),
            st.floats(0, 1.5),
        ),
    ),
    max_size=8,
).map(sorted)


def live(
    rows: np.ndarray,
    n: int,
    fps: float,
    calls: list[Call],
    seed: int = 0,
    how: MotionSettings | None = None,
) -> Pose:
    """Poses with calls made while they flow, as a session makes them."""
    motion, waiting = Motion(fps, seed, how), list(calls)
    motion.push(rows)
    motion.finish()
    made = []
    for k in range(n):
        while waiting and waiting[0][0] <= k / fps:
            _, kind, name, strength = waiting.pop(0)
            getattr(motion, kind)(name, strength)
        made.append(motion.next())
    return np.array(made)


def still(seconds: float) -> np.ndarray:
    return np.tile(silence(), (round(seconds * 50), 1))


def steepest(made: Pose, fps: float) -> dict[str, float]:
    """Largest second difference of each entry in time, per frame at this rate."""
    change = np.abs(np.diff(made.astype(float), 2, axis=0)).max(0)
    return {name: change[i] for name, i in INDEX.items()}


@settings(max_examples=60, deadline=None)
@given(CALLS, st.sampled_from([25.0, 30.0, 60.0]), st.integers(0, 3), st.sampled_from("pm"))
def test_closed_lips_stay_closed_and_the_rig_is_kept(
    calls: list[Call], fps: float, seed: int, phone: str
) -> None:
    said = [("aa", 0.18), (phone, 0.09)] * 6 + [("sil", 0.2), ("iy", 0.2), (phone, 0.09)]
    rows = mouth_rows(said, offset=0.2)
    made = live(rows, int(len(rows) / 50 * fps), fps, calls, seed)
    assert np.isfinite(made).all() and (made >= LOW).all() and (made <= HIGH).all()
    plain = poses(rows, len(made), fps, seed, NONE)
    shut = plain[:, INDEX["mouthPressLeft"]] > 0.84
    assert shut.sum() > 7
    assert (made[shut] @ GAP).max() < 0.1
    assert made[shut, INDEX["jawOpen"]].max() <= JAW_SHUT + 1e-3
    for name in ("mouthUpperUpLeft", "mouthLowerDownRight", "mouthFunnel"):
        assert made[shut, INDEX[name]].max() < 0.02, name
    assert made[shut, INDEX["mouthPressLeft"]].min() > 0.84


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.floats(0, 1), min_size=10, max_size=10),
    st.dictionaries(st.integers(0, POSE_SIZE - 1), st.floats(-3, 3)),
    st.floats(-1, 1),
    st.floats(0, 1),
)
def test_mix_keeps_lips_shut_whatever_is_added(
    mouth: list[float], added: dict[int, float], smile: float, speech: float
) -> None:
    added.pop(INDEX["mouthClose"], None)
    pose = mix(mouth, 1.0, 0.0, [0.1] * 27, (0, 0), (0, 0), smile, speech, added)
    assert pose @ GAP < 0.05
    assert (pose >= LOW).all() and (pose <= HIGH).all()
    corners = pose[[INDEX["mouthSmileLeft"], INDEX["mouthFrownLeft"]]]
    assert corners.min() <= 0.25 and corners.max() <= 1.0  # not up and down at once


@pytest.mark.parametrize("fps", [25, 50, 60])
@pytest.mark.parametrize("name", list(GESTURES))
def test_a_gesture_begins_and_ends_softly_and_leaves_nothing(name: str, fps: int) -> None:
    rows = still(8)
    plain = poses(rows, 6 * fps, fps, seed=2)
    made = live(rows, 6 * fps, fps, [(1.0, "gesture", name, 1.0)], seed=2)
    assert np.array_equal(made[:fps], plain[:fps])
    assert not np.array_equal(made[fps + 4 : 2 * fps], plain[fps + 4 : 2 * fps])
    assert np.array_equal(made[int(5.3 * fps) :], plain[int(5.3 * fps) :])
    alone = live(rows, 6 * fps, fps, [(1.0, "gesture", name, 1.0)], 2, NONE)
    change = np.abs(np.diff(alone, axis=0))
    change[:, [INDEX["gazeX"], INDEX["gazeY"]]] = 0.0  # eyes jump
    degrees = [i for n, i in INDEX.items() if n.startswith("head")]
    assert change[:, degrees].max() < 75 / fps  # degrees, mm
    rest = np.delete(change, degrees, axis=1)
    assert rest.max() < 11 / fps  # nothing goes all the way in less than 0.17 s
    assert not alone[-10:].any()


@pytest.mark.parametrize("fps", [25, 50, 60])
@pytest.mark.parametrize("name", FELT)
def test_an_emotion_eases_in_and_out(name: str, fps: int) -> None:
    calls = [(1.0, "emotion", name, 1.0), (4.0, "emotion", "neutral", 1.0)]
    made = live(still(9), 9 * fps, fps, calls, 1, NONE)
    assert not made[: fps - 1].any() and not made[-fps:].any()
    weights = [i for n, i in INDEX.items() if n not in ("gazeX", "gazeY", "headPitch", "headRoll")]
    assert np.abs(np.diff(made[:, weights], axis=0)).max() < 4.5 / fps
    assert np.abs(np.diff(made[:, weights], 2, axis=0)).max() < 30 / fps**2
    there = made[2 * fps : 4 * fps]
    for entry in ("mouthSmileLeft", "browInnerUp", "browDownLeft"):
        wanted = emotion_pose(name)[INDEX[entry]]
        if wanted > 0.3:
            assert there[:, INDEX[entry]].max() > 0.4 * wanted


def test_changing_ones_mind_does_not_jump() -> None:
    rng = np.random.default_rng(0)
    calls = [
        (0.13 * k, "emotion", str(rng.choice(list(EMOTIONS))), float(rng.random()))
        for k in range(60)
    ]
    made = live(still(10), 500, 50, calls, 1)
    limits = {"mouthSmileLeft": 0.05, "browInnerUp": 0.12, "browDownRight": 0.05, "headPitch": 0.2,
              "headRoll": 0.1, "headScale": 0.002, "eyeWideLeft": 0.12}  # fmt: skip
    measured = steepest(made, 50)
    for entry, limit in limits.items():
        assert measured[entry] < limit, entry


def test_from_the_first_frame() -> None:
    motion = Motion(25, settings=NONE)
    motion.emotion("happy", 0.5, seconds=0)
    motion.finish()
    assert motion.next()[INDEX["mouthSmileLeft"]] > 0.25
    motion.emotion("neutral", seconds=0)  # no face changes from one frame to the next
    assert motion.next()[INDEX["mouthSmileLeft"]] > 0.2


def mean_of(name: str, entry: str, rows: np.ndarray, strength: float = 1.0) -> float:
    motion = Motion(25, seed=3)
    motion.emotion(name, strength, seconds=0)
    motion.push(rows)
    motion.finish()
    made = np.array([motion.next() for _ in range(len(rows) // 2)])
    return float(made[:, INDEX[entry]].mean())


def test_emotions_are_what_they_are_called() -> None:
    rows = np.concatenate([mouth_rows(hello()), still(2)] * 3)
    seen = {
        (name, entry): mean_of(name, entry, rows)
        for name in EMOTIONS
        for entry in ("mouthSmileLeft", "mouthFrownLeft", "browInnerUp", "browDownLeft",
                      "cheekSquintLeft", "eyeWideLeft", "headPitch")
    }  # fmt: skip
    for entry, most in (
        ("mouthSmileLeft", "happy"), ("cheekSquintLeft", "happy"), ("mouthFrownLeft", "sad"),
        ("headPitch", "sad"), ("browDownLeft", "serious"), ("eyeWideLeft", "surprised"),
    ):  # fmt: skip
        assert max(EMOTIONS, key=lambda name: seen[name, entry]) == most, entry
    assert seen["sad", "browInnerUp"] > 0.5 and seen["surprised", "browInnerUp"] > 0.4
    assert seen["serious", "mouthSmileLeft"] < 0.03
    half = mean_of("happy", "mouthSmileLeft", rows, 0.5)
    assert 0.35 < half / seen["happy", "mouthSmileLeft"] < 0.75


def test_a_happy_speaker_smiles_between_phrases() -> None:
    rows = np.concatenate([mouth_rows(hello()[:-1]), still(2)] * 4)
    motion = Motion(25, seed=1)
    motion.emotion("happy", seconds=0)
    motion.push(rows)
    motion.finish()
    smile = np.array([motion.next()[INDEX["mouthSmileLeft"]] for _ in range(len(rows) // 2)])
    talking = np.repeat(rows[: len(smile) * 2 : 2, 4] < 0.5, 1)
    pause = ~talking & np.roll(~talking, 15) & np.roll(~talking, -10)
    assert smile[pause].mean() > 1.3 * smile[talking].mean() > 0.3


def test_surprise_settles() -> None:
    made = live(still(8), 200, 25, [(0.5, "emotion", "surprised", 1.0)], 1, NONE)
    brow = made[:, INDEX["browInnerUp"]]
    assert brow.max() > 0.75
    assert 0.3 < brow[-50:].mean() < 0.7
    assert brow.argmax() < 50


def test_speech_keeps_its_mouth_in_a_laugh() -> None:
    rows = mouth_rows(hello())
    plain = poses(rows, len(rows) // 2, 25, settings=NONE)
    made = live(rows, len(plain), 25, [(0.0, "gesture", "laugh", 1.0)], 0, NONE)
    speaking = rows[: 2 * len(plain) : 2, 4] < 0.2
    for entry in ("jawOpen", "mouthLowerDownLeft"):
        apart = np.abs(made - plain)[speaking, INDEX[entry]]
        assert np.quantile(apart, 0.9) < 0.05, entry
    silent = live(still(3), 75, 25, [(0.0, "gesture", "laugh", 1.0)], 0, NONE)
    assert silent[:, INDEX["jawOpen"]].max() > 0.3


def test_a_nod_is_a_nod() -> None:
    counts = set()
    for seed in range(12):
        motion = Motion(100, seed, NONE)
        motion.gesture("nod", at=0.5)
        motion.finish()
        pitch = np.array([motion.next()[INDEX["headPitch"]] for _ in range(300)])
        tops = [k for k in range(1, 299) if pitch[k - 1] < pitch[k] >= pitch[k + 1] > 0.1]
        assert 2.8 < pitch.max() < 6.5  # degrees
        assert 0.6 < tops[0] / 100 < 0.85
        sizes = [pitch[k] for k in tops]
        assert sizes == sorted(sizes, reverse=True)
        waits = np.diff(tops) / 100
        assert all(0.3 < wait < 0.6 for wait in waits)
        counts.add(len(tops))
    assert counts == {2, 3}  # one dip of the head is no yes


def test_a_laugh_has_four_or_five_notes_a_second() -> None:
    motion = Motion(100, 1, NONE)
    motion.gesture("laugh")
    motion.finish()
    y = np.array([motion.next()[INDEX["headY"]] for _ in range(200)])
    lows = [k for k in range(1, 199) if y[k - 1] > y[k] <= y[k + 1] < -0.1]
    assert len(lows) >= 4
    assert 0.17 < np.diff(lows).mean() / 100 < 0.26
    assert len(set(np.diff(lows))) > 1  # no metronome


def test_think_looks_away_and_up() -> None:
    sides = set()
    for seed in range(14):
        made = live(still(2), 40, 25, [(0.2, "gesture", "think", 1.0)], seed, NONE)
        away = made[25]
        assert abs(away[INDEX["gazeX"]]) > 3.5 and away[INDEX["gazeY"]] < -2
        assert away[INDEX["gazeX"]] * away[INDEX["headYaw"]] > 0  # the head goes with the eyes
        sides.add(np.sign(away[INDEX["gazeX"]]))
    assert sides == {-1.0, 1.0}


def test_the_seed_decides_and_nothing_repeats() -> None:
    calls: list[Call] = [(0.2 + 1.5 * k, "gesture", "nod", 1.0) for k in range(6)]
    one, two = (live(still(10), 250, 25, calls, 5, NONE) for _ in range(2))
    assert np.array_equal(one, two)
    assert not np.array_equal(one, live(still(10), 250, 25, calls, 6, NONE))
    pitch = one[:, INDEX["headPitch"]]
    begins = [round(call[0] * 25) for call in calls]
    nods = [pitch[b : b + 12].tobytes() for b in begins]
    assert len(set(nods)) == len(nods)


def test_gestures_overlap_and_fps_does_not_matter() -> None:
    calls: list[Call] = [(0.2, "gesture", "nod", 1.0), (0.4, "gesture", "smile", 1.0)]
    slow, fast = (live(still(4), int(3 * fps), fps, calls, 1, NONE) for fps in (25, 50))
    between = 0.5 * (fast[0::2] + fast[1::2])
    assert slow[20, INDEX["mouthSmileLeft"]] > 0.3 and slow[:, INDEX["headPitch"]].max() > 1.5
    assert np.abs(slow - between).max() < 0.12


def test_chunks_change_nothing_while_calls_come() -> None:
    rows = mouth_rows(hello())
    calls: list[Call] = [(0.3, "emotion", "happy", 0.8), (0.7, "gesture", "nod", 1.0)]
    whole = live(rows, len(rows) // 2, 25, calls, 4)
    motion, waiting, made, at = Motion(25, 4), list(calls), [], 0
    for size in itertools.cycle((1, 5, 2, 17)):
        motion.push(rows[at : at + size])
        at += size
        if at >= len(rows):
            motion.finish()
        while motion.available and len(made) < len(whole):
            while waiting and waiting[0][0] <= len(made) / 25:
                _, kind, name, strength = waiting.pop(0)
                getattr(motion, kind)(name, strength)
            made.append(motion.next())
        if at >= len(rows):
            break
    assert np.array_equal(np.array(made), whole)


def test_a_gesture_for_later() -> None:
    now = live(still(4), 100, 25, [(1.2, "gesture", "nod", 1.0)], 1, NONE)
    motion = Motion(25, 1, NONE)
    motion.gesture("nod", at=1.2)
    motion.finish()
    assert np.allclose([motion.next() for _ in range(100)], now, atol=1e-6)


def test_poses_for_the_sheet() -> None:
    assert not emotion_pose("neutral").any()
    assert emotion_pose("happy", 0.5)[INDEX["mouthSmileLeft"]] > 0.2
    assert gesture_peak("nod")[INDEX["headPitch"]] > 2
    assert abs(gesture_peak("shake")[INDEX["headYaw"]]) > 3
    for name in GESTURES:
        pose = gesture_peak(name)
        assert (pose >= LOW).all() and (pose <= HIGH).all()


def test_worn_smile_and_emotion_stay_within_the_rig() -> None:
    motion = Motion(25, 1, MotionSettings(smile=4, liveliness=2), LipSync(smile=1))
    motion.emotion("happy", seconds=0)
    motion.gesture("laugh", 1.5)
    motion.finish()
    made = np.array([motion.next() for _ in range(75)])
    assert made[:, : INDEX["tongueOut"]].max() <= 1.0


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda m: m.gesture("wave"), "no hand"),
        (lambda m: m.gesture("hop"), "nod, shake, smile, laugh, surprised, think are possible"),
        (lambda m: m.gesture("nod", 2), "0 to 1.5"),
        (lambda m: m.gesture("nod", "much"), "0 to 1.5"),
        (lambda m: m.gesture("nod", at=-1), "from 0 up"),
        (lambda m: m.gesture("nod", at=float("nan")), "from 0 up"),
        (lambda m: m.emotion("joy"), "neutral, happy, sad, serious, surprised are possible"),
        (lambda m: m.emotion("happy", 1.2), "0 to 1"),
        (lambda m: m.emotion("happy", float("nan")), "0 to 1"),
        (lambda m: m.emotion("happy", 1, -1), "0 to 30"),
        (lambda m: emotion_pose("joy"), "neutral"),
        (lambda m: gesture_peak("wave"), "no hand"),
    ],
)
def test_wrong_use_is_explained(call, says: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidOption, match=says) as error:
        call(Motion())
    assert "\n" not in str(error.value)
