"""Outlines of lips and eyes that the texture work follows.

Comes in: a :class:`Subject` and a fitted rig. Goes out: :class:`FaceShape`, what is needed of the
rig, and :class:`EyeOutline`. All points are canvas px, as photographed, image-left to image-right.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from visavis.build.indices import (
    BROW_LEFT,
    BROW_RIGHT,
    IRIS_LEFT,
    IRIS_RIGHT,
)
from visavis.build.subject import Subject

Points = npt.NDArray[np.float64]
Indices = npt.NDArray[np.integer]
Side = Literal["left", "right"]

_LOWER_BROW = 5
"""The first entries of a brow's list run along its upper edge, the rest along its lower."""


class FaceShape(Protocol):
    """What the textures need of a fitted rig (:class:`visavis.build.rig.FittedRig` has it)."""

    @property
    def source(self) -> npt.NDArray[np.floating]:
        """(N, 3) vertices as photographed, canvas px."""

    @property
    def lip_upper(self) -> Indices:
        """Inner contour of the upper lip, vertex indices, with both corners."""

    @property
    def lip_lower(self) -> Indices:
        """Inner contour of the lower lip, as many indices."""

    @property
    def eye_left_upper(self) -> Indices:
        """Lid margin, vertex indices, corners included."""

    @property
    def eye_left_lower(self) -> Indices:
        """Lid margin, vertex indices, corners included."""

    @property
    def eye_right_upper(self) -> Indices:
        """Lid margin, vertex indices, corners included."""

    @property
    def eye_right_lower(self) -> Indices:
        """Lid margin, vertex indices, corners included."""

    @property
    def gap(self) -> float:
        """Opening between the inner lips in the picture, mm."""

    @property
    def smile(self) -> float:
        """How much smile was taken out of the neutral face, 0..2."""

    @property
    def upper_edge(self) -> float:
        """Incisal edge of the upper teeth below the closed seam, mm."""

    @property
    def stomion(self) -> npt.NDArray[np.floating]:
        """(3,) middle of the closed seam, neutral face, canvas px."""

    @property
    def jaw(self) -> npt.NDArray[np.floating]:
        """(3,) displacement of the lower teeth at jawOpen 1, canvas px."""


@dataclass(frozen=True)
class EyeOutline:
    """One eye as photographed.

    Attributes:
        side: the character's own.
        upper: (E, 2) upper lid margin, image-left to image-right, corners included, canvas px.
        lower: (E, 2) lower lid margin.
        brow: (10, 2) the brow as a closed polygon.
        iris: (2,) centre of the iris.
        radius: of the iris, canvas px.
        down: (2,) unit vector down the face.
        brow_gap: from lid margin to the brow's lower edge, mm.
    """

    side: Side
    upper: Points
    lower: Points
    brow: Points
    iris: Points
    radius: float
    down: Points
    brow_gap: float

    @cached_property
    def opening(self) -> Points:
        """The eye's opening as a closed polygon."""
        return np.concatenate([self.lower, self.upper[::-1]])

    @cached_property
    def across(self) -> Points:
        """Unit vector along the eye, towards image-right."""
        return np.array([self.down[1], -self.down[0]])

    @property
    def outer_is_left(self) -> bool:
        """Whether the outer corner is the image-left one."""
        return self.side == "right"


def eye_outline(subject: Subject, rig: FaceShape, side: Side) -> EyeOutline:
    """The outline of one eye.

    Args:
        subject: the picture with its landmarks.
        rig: the rig fitted to it.
        side: the character's own left or right.
    """
    marks = subject.landmarks
    if side == "left":
        upper, lower = rig.eye_left_upper, rig.eye_left_lower
        brow, iris = BROW_LEFT, IRIS_LEFT
    else:
        upper, lower = rig.eye_right_upper, rig.eye_right_lower
        brow, iris = BROW_RIGHT, IRIS_RIGHT
    margin = np.asarray(rig.source[upper, :2], np.float64)
    down = subject.frame[:2, 1] / np.linalg.norm(subject.frame[:2, 1])
    above = margin[4:-4].mean(0) - marks[brow[_LOWER_BROW:], :2]
    centre = marks[iris[0], :2]
    return EyeOutline(
        side=side,
        upper=margin,
        lower=np.asarray(rig.source[lower, :2], np.float64),
        brow=marks[[*brow[_LOWER_BROW:], *brow[_LOWER_BROW - 1 :: -1]], :2],
        iris=centre,
        radius=float(np.linalg.norm(marks[iris[1:], :2] - centre, axis=1).mean()),
        down=down,
        brow_gap=float(np.median(above @ down)) / subject.mm,
    )
