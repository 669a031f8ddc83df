"""Everything that moves, added up into one pose within its ranges.

Comes in: the mouth, its gates, life by row, lids and gaze at one time. Goes out: a pose.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from visavis.errors import InvalidOption
from visavis.motion.closure import constrain
from visavis.motion.face import FACE_CHANNELS
from visavis.motion.visemes import CHANNELS
from visavis.pose import ARKIT_NAMES, INDEX, POSE_SIZE, Pose, expand

HEAD_CHANNELS: tuple[str, ...] = (
    "headYaw", "headPitch", "headRoll", "headX", "headY", "headScale",
)  # fmt: skip
LIFE_CHANNELS: tuple[str, ...] = (*HEAD_CHANNELS, *FACE_CHANNELS, "breath")
"""What moves by itself, in the order the processes give it."""

HOLD_YAW, HOLD_PITCH = 0.85, 0.65
"""How much of the head's turn and nod the eyes take back to hold the viewer."""

EYE_LIMIT = 9.0
"""Degrees the eyes never quite reach: beyond, people turn the head instead."""

_RANGES = {
    "gazeX": (-12.0, 12.0),
    "gazeY": (-10.0, 10.0),
    "headYaw": (-15.0, 15.0),
    "headPitch": (-12.0, 12.0),
    "headRoll": (-12.0, 12.0),
    "headX": (-15.0, 15.0),
    "headY": (-15.0, 15.0),
    "headScale": (-0.1, 0.1),
}
LOW: Pose = np.zeros(POSE_SIZE, np.float32)
HIGH: Pose = np.ones(POSE_SIZE, np.float32)
for _name, (_low, _high) in _RANGES.items():
    LOW[INDEX[_name]], HIGH[INDEX[_name]] = _low, _high
HIGH[: len(ARKIT_NAMES)] = 1.2  # a little overshoot is allowed


_LIFE_INDEX = [INDEX[c] for c in LIFE_CHANNELS]
_EXPRESSED = [INDEX[expand(c)[0]] for c in CHANNELS[:7]]  # what no tongue and no rolled lip is
_HEAD_YAW, _HEAD_PITCH = INDEX["headYaw"], INDEX["headPitch"]
_JAW, _PUCKER, _FUNNEL = INDEX["jawOpen"], INDEX["mouthPucker"], INDEX["mouthFunnel"]
_ROLL, _TIP, _TONGUE = INDEX["mouthRollLower"], INDEX["tongueOut"], INDEX["tongueUp"]
_STRETCH, _UPPER, _LOWER, _PRESS, _SMILE, _FROWN, _BLINK, _WIDE = (
    [INDEX[e] for e in expand(name)]
    for name in (
        "mouthStretch", "mouthUpperUp", "mouthLowerDown", "mouthPress", "mouthSmile",
        "mouthFrown", "eyeBlink", "eyeWide",
    )
)  # fmt: skip
_CLOSE, _GAZE_X, _GAZE_Y = INDEX["mouthClose"], INDEX["gazeX"], INDEX["gazeY"]
_ADDED_UP = [
    INDEX[e]
    for name in ("browInnerUp", "browOuterUp", "browDown", "cheekSquint", "eyeSquint", "eyeWide")
    for e in expand(name)
]  # fmt: skip
_KNEE = 0.7


def _within(degrees: float) -> float:
    """Small angles as they are, large ones bent towards `EYE_LIMIT`."""
    return EYE_LIMIT * math.tanh(degrees / EYE_LIMIT)


def _bent(weight: float) -> float:
    """Weights that several causes added up, bent towards 1: no sum exceeds the rig."""
    if weight <= _KNEE:
        return max(weight, 0.0)
    return _KNEE + (1.0 - _KNEE) * math.tanh((weight - _KNEE) / (1.0 - _KNEE))


def mix(
    mouth: list[float],
    lips: float,
    teeth: float,
    life: Sequence[float],
    lids: tuple[float, float],
    gaze: tuple[float, float],
    smile: float = 0.0,
    speech: float = 0.0,
    gestures: Mapping[int, float] | None = None,
) -> Pose:
    """One pose.

    What life and gestures want of the mouth gives way to speech: it opens nothing while one
    speaks, and obeys the closures like everything else.

    Args:
        mouth: weights of `CHANNELS`, 10 of them.
        lips: gate of p, b, m, 0..1.
        teeth: gate of f, v, 0..1.
        life: values of `LIFE_CHANNELS`.
        lids: closure of the left and the right eye, 0..1.
        gaze: where the eyes look in the world, degrees right and down.
        smile: a smile always worn, -1 (a frown) .. 1.
        speech: 0 silence .. 1 speech.
        gestures: what else to add, by position in the pose.

    Returns:
        float32 (POSE_SIZE,), within `LOW` and `HIGH`.
    """
    pose = [0.0] * POSE_SIZE
    for i, value in zip(_LIFE_INDEX, life, strict=True):
        pose[i] = value
    if gestures:
        for i, value in gestures.items():
            pose[i] += value
    weights = list(mouth)
    free = 1.0 - speech
    for k, i in enumerate(_EXPRESSED):
        if pose[i]:
            weights[k] += free * max(pose[i], 0.0)
    close = constrain(weights, lips, teeth)
    jaw, stretch, pucker, funnel, upper, lower, press, roll, tip, tongue = weights
    pose[_JAW], pose[_PUCKER], pose[_FUNNEL] = jaw, pucker, funnel
    pose[_ROLL], pose[_TIP], pose[_TONGUE], pose[_CLOSE] = roll, tip, tongue, close
    for i in _ADDED_UP:
        if pose[i] > _KNEE or pose[i] < 0.0:
            pose[i] = _bent(pose[i])
    for side in (0, 1):
        up = _bent(pose[_SMILE[side]] + max(smile, 0.0))
        down = _bent(pose[_FROWN[side]] + max(-smile, 0.0))
        both = 0.8 * min(up, down)  # corners cannot go up and down at once
        up = (up - both) * (1.0 - 0.4 * min(pucker, 1.0))  # pursed lips do not smile
        pose[_SMILE[side]], pose[_FROWN[side]] = up, down - both
        pose[_STRETCH[side]] = stretch * (1.0 - 0.45 * up)  # a smile has spread them already
        pose[_UPPER[side]], pose[_LOWER[side]], pose[_PRESS[side]] = upper, lower, press
        lid, wide = lids[side], pose[_WIDE[side]]
        rest = min(max(pose[_BLINK[side]] - 0.5 * wide, 0.0), 0.5)
        pose[_BLINK[side]] = rest + (1.0 - rest) * lid
        pose[_WIDE[side]] = wide * (1.0 - lid)
    pose[_GAZE_X] = _within(gaze[0] + pose[_GAZE_X] - HOLD_YAW * pose[_HEAD_YAW])
    pose[_GAZE_Y] = _within(gaze[1] + pose[_GAZE_Y] - HOLD_PITCH * pose[_HEAD_PITCH])
    made = np.array(pose, np.float32)
    np.minimum(np.maximum(made, LOW, out=made), HIGH, out=made)
    return made


def checked(returned: Pose | None, pose: Pose) -> Pose:
    """What a layer made of a pose, as a pose within its ranges."""
    result = pose if returned is None else np.array(returned, np.float32)
    if result.shape != (POSE_SIZE,) or not np.isfinite(result).all():
        raise InvalidOption(
            f"a layer made a pose of shape {result.shape}: "
            f"finite float32 ({POSE_SIZE},) is possible"
        )
    return np.clip(result, LOW, HIGH, out=result)
