"""The mouth's own coordinates: where along and across it each vertex of the lips is.

Comes in: the mesh and the face's axes. Goes out: :class:`Lips`, in which every basis of the mouth
is written, and :class:`Rounding`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from .indices import LIP_RINGS
from .mesh import Array, Mesh

_CORNERS_BELOW_MM = 1.8
"""Corners of a mouth that opens or rounds below the middle of its seam."""
_MOST_BOW_MM, _MOST_BOW_DRAWN_MM = 4.0, 1.2
"""A drawn smile is a line whose ends turn up; taken down far, they end in flicks."""
_MOST_LIFT_MM, _LEVEL_MM, _MOST_SMILE_MM = 2.5, 0.3, 5.0
_UNSMILED, _MOST_SMILE_DRAWN_MM = 1.3, 12.0
"""How much of a smile the neutral face has kept mouthFrown takes first: so half a frown is none."""
_BOW_PER_FULLER, _MOST_TAPER_MM = 2.0, 2.2
"""Each pose takes about so many times more of the bow than of the fullness; without taking the
surplus back, a rounded lower lip is a block."""
_LIFT_SHARE = 0.6
"""Jaw, pucker and funnel together take about 1.7 of it."""


@dataclass(frozen=True)
class Lips:
    """Vertices of both lips: the four rings of landmarks and the inner contours' new vertices.

    The inner contours' vertices come in pairs, upper over lower; a pair has one ``s`` and one
    ``place``, so that a basis written in them keeps shut lips shut.

    Attributes:
        ids: int (M,) vertices.
        s: (M,) along the mouth, -1 image-left corner .. 1 image-right corner.
        up: (M,) 1 upper lip, -1 lower lip, 0 corners.
        ring: (M,) 0 outer contour .. 3 inner contour.
        local: (M, 3) face axes, mm from the middle between the corners.
        place: (M, 3) the same, but for the inner contours the middle of the pair.
        gap: (M, 3) mm from the upper to the lower inner contour, at this vertex' ``x``.
        open_mm: largest gap of the inner contours, mm.
        half_width: half the distance of the outer corners, mm.
    """

    ids: npt.NDArray[np.int64]
    s: Array
    up: Array
    ring: Array
    local: Array
    place: Array
    gap: Array
    open_mm: float
    half_width: float

    @cached_property
    def across(self) -> Array:
        """(M,) like ``s``, but one for all rings: what is moved by it stays a line."""
        return np.asarray(np.clip(self.place[:, 0] / self.half_width, -1, 1))

    @cached_property
    def unit(self) -> float:
        """1 for a mouth of human width; a drawn one may be far smaller or larger."""
        return float(np.clip(self.half_width / np.clip(self.half_width, 20, 36), 0.25, 2.0))

    def hill(self, power: float = 1.0) -> Array:
        """(M,) 1 in the middle of the mouth, 0 at the corners."""
        return np.asarray((1 - self.s**2) ** power)

    def zipped(self, power: float) -> Array:
        """(M,) like ``hill``, flatter, and 0 over the last 6 % to the corners: those stay shut."""
        return np.asarray(np.maximum(0, 1 - (np.abs(self.s) / 0.94) ** 2.2) ** power)

    @property
    def pairs(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Rows of the inner contours without their corners, upper and lower, pair by pair."""
        rows = np.flatnonzero(self.ring == 3)
        return rows[21:40], rows[1:20]


@dataclass(frozen=True)
class Rounding:
    """What keeps the mouth of a former smile from opening as a half-moon, mm down.

    A smile's lips are thin towards the corners and its seam is bowed; narrowed or opened like that
    they come to a point. Both terms are 0 on a mouth that is round already.

    Attributes:
        bow: (M,) down to where the seam's corners lie a little below its middle.
        fuller: (M,) outwards to where the outlines of both lips are ellipses.
        smile: (M,) down to where the seam is level and a little more: what is left of a smile.
    """

    bow: Array
    fuller: Array
    smile: Array


def rounding(lips: Lips, neutral: Array, drawn: bool = False) -> Rounding:
    """How far the lips are from round.

    Args:
        lips: the lips' coordinates.
        neutral: (M, 3) where the lips are on the neutral face, mm, face axes.
        drawn: a drawing.
    """
    most = _MOST_BOW_DRAWN_MM if drawn else _MOST_BOW_MM
    upper, lower = lips.pairs
    corners = neutral[[lower[0] - 1, lower[-1] + 1], 1]
    seam = np.r_[corners[0], (neutral[upper, 1] + neutral[lower, 1]) / 2, corners[1]]
    along = np.r_[-1.0, lips.s[lower], 1.0]
    middle = float(np.interp(0.0, along, seam))
    at = np.interp(lips.s, along, seam)
    bow = np.clip(_CORNERS_BELOW_MM * lips.s**2 - (at - middle), 0, most)
    bow = bow + _ends(lips, neutral, corners)
    fuller = np.zeros(len(lips.ids))
    for sign, share, power in ((-1.0, 1.0, 0.65), (1.0, 0.85, 0.5)):
        round_ = (1 - lips.s**2) ** power * (1 - np.abs(lips.s) ** 6)
        for ring in range(3):
            rows = np.flatnonzero((lips.ring == ring) & (lips.up == sign))
            thick = -sign * (neutral[rows, 1] - at[rows])
            order = np.argsort(lips.s[rows])
            most = float(np.interp(0.0, lips.s[rows][order], thick[order]))
            lacks = share * most * round_[rows] - thick
            least = 0.0
            if sign < 0:  # the bow takes the sides of the lower lip down already, or too far
                lacks, least = lacks - _BOW_PER_FULLER * bow[rows], -_MOST_TAPER_MM
            fuller[rows] = -sign * np.maximum(least, lacks)
    if drawn:  # a line whose ends lie beyond the seam's
        ends = np.flatnonzero((lips.ring == 0) & (lips.up == 0))
        rows = np.r_[ends[:1], lower, ends[1:]]
        order = rows[np.argsort(lips.across[rows])]
        line = np.interp(lips.across, lips.across[order], neutral[order, 1])
        smile = np.clip(middle - line, 0, _MOST_SMILE_DRAWN_MM)
    else:
        smile = np.clip(middle - at - _LEVEL_MM, 0, _MOST_SMILE_MM) * np.abs(lips.s)
    return Rounding(bow, fuller, _UNSMILED * smile)


def _ends(lips: Lips, neutral: Array, inner: Array) -> Array:
    """Down to where the outer contour's corners are no higher than the seam's, (M,) mm.

    Else a mouth with lifted ends, narrowed, ends in small hooks.
    """
    lower = np.zeros(len(lips.ids))
    for ring in range(3):
        for sign, corner in ((-1, inner[0]), (1, inner[1])):
            rows = (lips.ring == ring) & (np.sign(lips.s) == sign)
            end = rows & (lips.up == 0)
            lift = float(np.clip(corner - neutral[end, 1], 0, _MOST_LIFT_MM)[0])
            lower[rows] = _LIFT_SHARE * lift * np.abs(lips.s[rows]) ** 6
    return lower


def mouth_origin(mesh: Mesh) -> Array:
    """Middle between the outer corners of the mouth, px (3,)."""
    return np.asarray((mesh.source[LIP_RINGS[0][0]] + mesh.source[LIP_RINGS[0][10]]) / 2)


def _along(line: Array, left: int, right: int) -> Array:
    """Position -1..1 between two rows of a line, by x."""
    x = line[:, 0]
    return np.asarray(np.clip((2 * x - x[left] - x[right]) / (x[right] - x[left]), -1, 1))


def lips_of(mesh: Mesh, frame: Array, mm: float) -> Lips:
    """Describe the lips of a mesh.

    Args:
        mesh: as built.
        frame: (3, 3) columns the face's axes.
        mm: px per millimetre.
    """
    local = (mesh.source - mouth_origin(mesh)) @ frame / mm
    up_line, low_line = local[mesh.lip_upper], local[mesh.lip_lower]
    pair_line = (up_line + low_line) / 2
    pair_s = _along(pair_line, 0, -1)
    n = len(pair_s)
    side = np.array([0] + [-1] * 9 + [0] + [1] * 9)
    inner_side = np.array([0] + [1] * (n - 2) + [0])
    loops = [np.array(loop) for loop in LIP_RINGS[:3]]

    ids = np.concatenate([*loops, mesh.lip_lower, mesh.lip_upper[1:-1]]).astype(np.int64)
    at = local[ids]
    gap = np.zeros_like(at)
    for c in (1, 2):
        gap[:, c] = np.interp(at[:, 0], low_line[:, 0], low_line[:, c])
        gap[:, c] -= np.interp(at[:, 0], up_line[:, 0], up_line[:, c])
    gap[gap[:, 1] < 0] = 0.0
    gap[60:] = np.concatenate([low_line - up_line, (low_line - up_line)[1:-1]])
    return Lips(
        ids=ids,
        s=np.concatenate([*(_along(local[r], 0, 10) for r in loops), pair_s, pair_s[1:-1]]),
        up=np.concatenate([side, side, side, -inner_side, inner_side[1:-1]]).astype(np.float64),
        ring=np.repeat([0.0, 1.0, 2.0, 3.0], [20, 20, 20, 2 * n - 2]),
        local=at,
        place=np.concatenate([*(local[r] for r in loops), pair_line, pair_line[1:-1]]),
        gap=gap,
        open_mm=float((low_line[:, 1] - up_line[:, 1]).max()),
        half_width=float(abs(local[291, 0] - local[61, 0]) / 2),
    )
