"""The pose: what a face does in one picture, as one float32 vector in one fixed order.

Comes in: nothing. Goes out: names, positions in the vector, small helpers. Speech-driven and
spontaneous motion write poses, the renderer reads them; neither knows the other.

The first 52 entries are Apple ARKit's blend shapes in ARKit's order (weights 0..1, a little
overshoot allowed; Left and Right are the character's own). Ours follow:

==================  =========================================================
tongueUp            tongue tip raised behind the upper teeth (l, n, d), 0..1
sourceExpression    0 neutral, 1 the expression the source picture has (a grin, with its cheeks)
gazeX, gazeY        eye direction relative to the head, degrees, + right / down in the picture
headYaw             head turn, degrees, + towards the picture's right
headPitch           nod, degrees, + down
headRoll            tilt, degrees, + clockwise in the picture
headX, headY        head shift, millimetres, + right / down in the picture
headScale           leaning in, relative size change (0.02 = 2 % larger)
breath              chest raised, 0..1
==================  =========================================================
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Pose = npt.NDArray[np.float32]
"""float32 array of shape (POSE_SIZE,), or (n, POSE_SIZE) for a run of poses."""

ARKIT_NAMES: tuple[str, ...] = (
    "eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft",
    "eyeSquintLeft", "eyeWideLeft", "eyeBlinkRight", "eyeLookDownRight", "eyeLookInRight",
    "eyeLookOutRight", "eyeLookUpRight", "eyeSquintRight", "eyeWideRight", "jawForward",
    "jawLeft", "jawRight", "jawOpen", "mouthClose", "mouthFunnel", "mouthPucker", "mouthLeft",
    "mouthRight", "mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft", "mouthFrownRight",
    "mouthDimpleLeft", "mouthDimpleRight", "mouthStretchLeft", "mouthStretchRight",
    "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthPressLeft",
    "mouthPressRight", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft",
    "mouthUpperUpRight", "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft",
    "browOuterUpRight", "cheekPuff", "cheekSquintLeft", "cheekSquintRight", "noseSneerLeft",
    "noseSneerRight", "tongueOut",
)  # fmt: skip
"""Apple ARKit's 52 face blend shapes (ARFaceAnchor.BlendShapeLocation), in ARKit's order."""

OWN_NAMES: tuple[str, ...] = (
    "tongueUp", "sourceExpression", "gazeX", "gazeY", "headYaw", "headPitch", "headRoll",
    "headX", "headY", "headScale", "breath",
)  # fmt: skip
"""What ARKit's blend shapes do not say; units in the module's description."""

POSE_NAMES: tuple[str, ...] = ARKIT_NAMES + OWN_NAMES
"""Every entry of a pose, in order."""

POSE_SIZE: int = len(POSE_NAMES)

INDEX: Mapping[str, int] = {name: i for i, name in enumerate(POSE_NAMES)}
"""Position of each name in the vector."""


def expand(name: str) -> tuple[str, ...]:
    """The pose entries a name stands for: itself, or its Left and Right.

    Args:
        name: an entry of POSE_NAMES, or one without its side (``mouthSmile``).

    Returns:
        One or two entries of POSE_NAMES.

    Raises:
        KeyError: no such entry.
    """
    if name in INDEX:
        return (name,)
    sides = (name + "Left", name + "Right")
    if sides[0] in INDEX:
        return sides
    raise KeyError(f"{name!r} is no pose entry; visavis.pose.POSE_NAMES lists them")


def make(values: Mapping[str, float] | None = None, /, **named: float) -> Pose:
    """A pose from a few named values, all else 0.

    Args:
        values: entry name to value; a name without its side (``mouthSmile``) sets both.
        **named: the same, as keywords.

    Returns:
        float32 (POSE_SIZE,).

    Raises:
        KeyError: a name that is no pose entry.
    """
    pose = np.zeros(POSE_SIZE, np.float32)
    for name, value in {**(values or {}), **named}.items():
        for entry in expand(name):
            pose[INDEX[entry]] = value
    return pose


def describe(pose: Pose, threshold: float = 1e-3) -> dict[str, float]:
    """The entries of a pose that are not zero.

    Args:
        pose: float32 (POSE_SIZE,).
        threshold: absolute values at or below it are left out.

    Returns:
        Entry name to value, in pose order.
    """
    return {n: float(v) for n, v in zip(POSE_NAMES, pose, strict=True) if abs(v) > threshold}
