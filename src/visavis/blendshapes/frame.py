"""One frame of a face as numbers that other programs understand.

Comes in: a pose, a mouth row. Goes out: :class:`BlendshapeFrame`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from visavis.blendshapes.names import LOOK_DEGREES
from visavis.motion import VISEMES
from visavis.motion.visemes import MEASURED, PHONES, VISEME_OF
from visavis.pose import ARKIT_NAMES, INDEX, Pose

Floats = npt.NDArray[np.float32]

VISEME_NAMES: tuple[str, ...] = tuple(VISEMES)
"""The 15 visemes of the Oculus lip-sync set, in its order."""

_SHAPES = len(ARKIT_NAMES)
_GROUPS = np.zeros((len(PHONES), len(VISEME_NAMES)), np.float32)
for _row, _phone in enumerate(PHONES):
    _GROUPS[_row, VISEME_NAMES.index(VISEME_OF[_phone])] = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class BlendshapeFrame:
    """A face at one moment.

    Attributes:
        index: 0, 1, 2, …
        time: when the frame begins, seconds; the face is that of the middle of its interval.
        weights: float32 (52,), 0..1, ARKit's blend shapes in ARKit's order, gaze included.
        head: yaw, pitch, roll in degrees: + to the picture's right (the character's left), + down,
            + clockwise in the picture.
        shift: x, y in millimetres, + to the picture's right, + down; and the relative change of
            size from leaning in.
        gaze: degrees against the head, + to the picture's right, + down.
        visemes: float32 (15,) of :data:`VISEME_NAMES`, sum 1; None where only a pose is known.
        pose: float32 (POSE_SIZE,), all of it.
    """

    index: int
    time: float
    weights: Floats
    head: tuple[float, float, float]
    shift: tuple[float, float, float]
    gaze: tuple[float, float]
    visemes: Floats | None
    pose: Pose

    def named(self) -> dict[str, float]:
        """ARKit's names and weights."""
        return dict(zip(ARKIT_NAMES, self.weights.tolist(), strict=True))


def frame_of(index: int, time: float, pose: Pose, row: Floats | None = None) -> BlendshapeFrame:
    """A frame of a pose.

    Args:
        index: its number.
        time: when it begins, seconds.
        pose: float32 (POSE_SIZE,).
        row: the mouth row at its middle, float32 (32,), for the visemes.
    """

    def value(name: str) -> float:
        return float(pose[INDEX[name]])

    weights = np.clip(pose[:_SHAPES], 0.0, 1.0).astype(np.float32)
    x, y = value("gazeX"), value("gazeY")
    for name, amount in _looks(x, y).items():
        weights[INDEX[name]] = min(amount, 1.0)
    visemes = None
    if row is not None:
        visemes = np.asarray(row[len(MEASURED) :] @ _GROUPS, np.float32)
        visemes = visemes / max(float(visemes.sum()), 1e-9)
    return BlendshapeFrame(
        index=index,
        time=time,
        weights=weights,
        head=(value("headYaw"), value("headPitch"), value("headRoll")),
        shift=(value("headX"), value("headY"), value("headScale")),
        gaze=(x, y),
        visemes=visemes,
        pose=pose,
    )


def _looks(x: float, y: float) -> dict[str, float]:
    """Gaze in degrees as ARKit's eyeLook weights; the character's left is the picture's right."""
    right, left = max(x, 0.0) / LOOK_DEGREES, max(-x, 0.0) / LOOK_DEGREES
    down, up = max(y, 0.0) / LOOK_DEGREES, max(-y, 0.0) / LOOK_DEGREES
    return {
        "eyeLookOutLeft": right, "eyeLookInRight": right,
        "eyeLookInLeft": left, "eyeLookOutRight": left,
        "eyeLookDownLeft": down, "eyeLookDownRight": down,
        "eyeLookUpLeft": up, "eyeLookUpRight": up,
    }  # fmt: skip
