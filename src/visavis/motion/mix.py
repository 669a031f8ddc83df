"""Everything that moves, added up into one pose within its ranges.

Comes in: the mouth, its gates, life by row, lids and gaze at one time. Goes out: a pose.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

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

EYE_LIMIT = 7.0
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

_MOUTH_INDEX = np.array([INDEX[e] for c in CHANNELS for e in expand(c)])
_MOUTH_SOURCE = [i for i, c in enumerate(CHANNELS) for _ in expand(c)]
_LIFE_INDEX = np.array([INDEX[c] for c in LIFE_CHANNELS])
_YAW, _PITCH = LIFE_CHANNELS.index("headYaw"), LIFE_CHANNELS.index("headPitch")
_BLINK_LEFT, _BLINK_RIGHT = INDEX["eyeBlinkLeft"], INDEX["eyeBlinkRight"]
_SMILE_LEFT, _SMILE_RIGHT = INDEX["mouthSmileLeft"], INDEX["mouthSmileRight"]
_FROWN_LEFT, _FROWN_RIGHT = INDEX["mouthFrownLeft"], INDEX["mouthFrownRight"]
_CLOSE, _GAZE_X, _GAZE_Y = INDEX["mouthClose"], INDEX["gazeX"], INDEX["gazeY"]


def _within(degrees: float) -> float:
    """Small angles as they are, large ones bent towards `EYE_LIMIT`."""
    return EYE_LIMIT * math.tanh(degrees / EYE_LIMIT)


def mix(
    mouth: npt.NDArray[np.float32],
    lips: float,
    teeth: float,
    life: npt.NDArray[np.float64],
    lids: tuple[float, float],
    gaze: tuple[float, float],
    smile: float = 0.0,
) -> Pose:
    """One pose.

    Args:
        mouth: weights of `CHANNELS`, (10,).
        lips: gate of p, b, m, 0..1.
        teeth: gate of f, v, 0..1.
        life: values of `LIFE_CHANNELS`, (16,).
        lids: closure of the left and the right eye, 0..1.
        gaze: where the eyes look in the world, degrees right and down.
        smile: a smile always worn, -1 (a frown) .. 1.

    Returns:
        float32 (POSE_SIZE,), within `LOW` and `HIGH`.
    """
    weights = mouth.tolist()
    close = constrain(weights, lips, teeth)
    pose = np.zeros(POSE_SIZE, np.float32)
    pose[_LIFE_INDEX] = life
    pose[_MOUTH_INDEX] = [weights[i] for i in _MOUTH_SOURCE]
    pose[_CLOSE] = close
    pose[_BLINK_LEFT], pose[_BLINK_RIGHT] = lids
    pose[_GAZE_X] = _within(gaze[0] - HOLD_YAW * float(life[_YAW]))
    pose[_GAZE_Y] = _within(gaze[1] - HOLD_PITCH * float(life[_PITCH]))
    if smile > 0:
        pose[_SMILE_LEFT] += smile
        pose[_SMILE_RIGHT] += smile
    elif smile < 0:
        pose[_FROWN_LEFT] = pose[_FROWN_RIGHT] = -smile
    rounded = 1.0 - 0.4 * weights[2]  # pursed lips do not smile
    pose[_SMILE_LEFT] *= rounded
    pose[_SMILE_RIGHT] *= rounded
    return np.clip(pose, LOW, HIGH, out=pose)


def checked(returned: Pose | None, pose: Pose) -> Pose:
    """What a layer made of a pose, as a pose within its ranges."""
    result = pose if returned is None else np.array(returned, np.float32)
    if result.shape != (POSE_SIZE,) or not np.isfinite(result).all():
        raise InvalidOption(
            f"a layer made a pose of shape {result.shape}: "
            f"finite float32 ({POSE_SIZE},) is possible"
        )
    return np.clip(result, LOW, HIGH, out=result)
