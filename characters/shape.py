"""Where a character's features are: the numbers both the drawing and the landmarks come from.

Comes in: a few control points. Goes out: :class:`Face`, its curves, and the same curves as a
landmark file. Unit: millimetres at the face, origin half way between the eyes on the line of the
outer eye corners, x to the picture's right, y down. The outer corners are 89 mm apart, as on an
adult, so that the mouth's movements, which are made in millimetres, have the right size.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from characters.brush import Point, mirror, spline

Curve = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Eye:
    """One eye, drawn for the picture's right side; the other is its mirror image.

    Attributes:
        upper, lower: lid margins from the inner to the outer corner, both with both corners.
        crease: the fold above the upper lid.
        iris: centre of the iris.
        radius: of the iris, mm.
    """

    upper: tuple[Point, ...]
    lower: tuple[Point, ...]
    crease: tuple[Point, ...]
    iris: Point
    radius: float


@dataclass(frozen=True)
class Face:
    """A face's features.

    Attributes:
        eye: the eye on the picture's right; the face is symmetric.
        brow_upper, brow_lower: the brow's edges from the inner to the outer end.
        lip_top: upper edge of the upper lip, image-left corner to image-right corner.
        seam: where the lips meet, corner to corner.
        lip_bottom: lower edge of the lower lip, corner to corner.
        nose_tip, nose_base: tip; where the septum meets the lip.
        nostril: outermost point of the nose's wing on the picture's right.
        bridge: points down the nose's bridge, from between the eyes to the tip.
        oval: half of the face's outline on the picture's right, from the middle of the forehead
            to the chin, both in the middle.
        rigid: whether that outline keeps its shape, as a screen's does.
    """

    eye: Eye
    brow_upper: tuple[Point, ...]
    brow_lower: tuple[Point, ...]
    lip_top: tuple[Point, ...]
    seam: tuple[Point, ...]
    lip_bottom: tuple[Point, ...]
    nose_tip: Point
    nose_base: Point
    nostril: Point
    bridge: tuple[Point, ...]
    oval: tuple[Point, ...]
    rigid: bool = False

    def outline(self) -> list[Point]:
        """The whole face outline as control points, clockwise from the forehead."""
        return [*self.oval, *mirror(self.oval[1:-1])[::-1]]

    def lips_outline(self) -> Curve:
        """The closed outer edge of the lips, as a smooth curve."""
        return np.concatenate([spline(self.lip_top), spline(self.lip_bottom)[::-1][1:-1]])

    def lower_lip(self) -> Curve:
        """The closed outline of the lower lip."""
        return np.concatenate([spline(self.seam), spline(self.lip_bottom)[::-1][1:-1]])

    def eye_opening(self, side: int) -> Curve:
        """The closed outline of an eye.

        Args:
            side: 1 for the picture's right, -1 for its left.
        """
        curve = np.concatenate([spline(self.eye.upper), spline(self.eye.lower)[::-1][1:-1]])
        return curve * [side, 1]
