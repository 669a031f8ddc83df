"""The mouth straightened, to look for teeth in it.

Comes in: a :class:`Subject`. Goes out: :class:`MouthView`: x mm from the middle along the mouth, y
mm down from the middle between the inner lips, 8 px/mm.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from visavis.build.indices import LIP_RINGS
from visavis.build.subject import Subject

Array = npt.NDArray[np.float32]

PX_MM = 8
"""Texels per millimetre of every tooth and tongue texture."""
VIEW_TOP = -14
"""y of the view's upper edge, mm."""
_VIEW_SIZE = (56, 40)


@dataclass(frozen=True)
class MouthView:
    """The mouth straightened.

    Attributes:
        pixels: float32 (320, 448, 3), encoded.
        x: (448,) mm of the columns, y: (320,) mm of the rows.
        upper: (448,) y of the upper inner lip in each column; lower: of the lower.
        gap: widest opening between the inner lips, mm.
        depth: (2,) where a step away from the camera leads in this view, mm per mm.
    """

    pixels: Array
    x: Array
    y: Array
    upper: Array
    lower: Array
    gap: float
    depth: Array


def mouth_angle(subject: Subject) -> float:
    """Angle of the mouth's axis in the picture, rad: 70 % mouth corners, 30 % eyes."""
    marks = subject.landmarks
    corners = marks[LIP_RINGS[0][10], :2] - marks[LIP_RINGS[0][0], :2]
    eyes = float(np.arctan2(subject.frame[1, 0], subject.frame[0, 0]))
    return eyes + 0.7 * (float(np.arctan2(corners[1], corners[0])) - eyes)


def straighten(subject: Subject) -> MouthView:
    """Cut the mouth out of the texture-scale picture, straight, 8 px/mm."""
    marks, mm, scale = subject.landmarks, subject.mm, subject.texture_scale
    angle = mouth_angle(subject)
    across = np.array([np.cos(angle), np.sin(angle)])
    down = np.array([-across[1], across[0]])
    inner = LIP_RINGS[3]
    centre = (marks[13, :2] + marks[14, :2]) / 2
    width, height = (v * PX_MM for v in _VIEW_SIZE)
    x = (np.arange(width) + 0.5) / PX_MM - _VIEW_SIZE[0] / 2
    y = (np.arange(height) + 0.5) / PX_MM + VIEW_TOP
    origin = (centre + (across * x[0] + down * y[0]) * mm) * scale - 0.5
    step = mm * scale / PX_MM
    matrix = np.column_stack([across * step, down * step, origin])
    pixels = cv2.warpAffine(
        subject.picture_hi, matrix, (width, height),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    local = (marks[:, :2] - centre) @ np.column_stack([across, down]) / mm
    top = local[[inner[0], *inner[:10:-1], inner[10]]]
    bottom = local[inner[:11]]
    upper = np.interp(x, top[:, 0], top[:, 1])
    lower = np.interp(x, bottom[:, 0], bottom[:, 1])
    return MouthView(
        pixels.astype(np.float32), x.astype(np.float32), y.astype(np.float32),
        upper.astype(np.float32), lower.astype(np.float32), float((lower - upper).max()),
        (subject.frame[:2, 2] @ np.column_stack([across, down])).astype(np.float32),
    )  # fmt: skip
