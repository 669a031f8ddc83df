"""Draws a cartoon eye: ball, iris, lids, brow, each of few flat shapes with hard edges.

Comes in: a brush, the face's numbers, colours. Goes out: marks on the canvas. The closed lid is
drawn here too, so that a blink is of one hand with the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import skia

from characters.brush import Brush, polygon, resample, spline
from characters.shape import Curve, Face


@dataclass(frozen=True)
class EyeStyle:
    """Colours, as "#rrggbb", and widths of an eye.

    Attributes:
        iris, iris_dark, iris_light: of the disc, its upper half and rim, its lit lower part.
        lid: the lid, open and closed.
        crease: the fold over it; None: no fold.
        white, white_shade: the ball, and the upper lid's shadow on it.
        pupil: of the pupil.
        line: of the lids' outlines, and of the closed lid's.
        upper, lower: widths of the outlines, mm; lower 0: none.
        lashes: how many at the outer corner.
        lash: length of the longest of them, mm.
        pupil_share: radius of the pupil in radii of the iris.
    """

    iris: str
    iris_dark: str
    iris_light: str
    lid: str
    crease: str | None = None
    white: str = "#fffaf2"
    white_shade: str = "#d9cfe0"
    pupil: str = "#1c1326"
    line: str = "#2a1d33"
    upper: float = 3.0
    lower: float = 0.9
    lashes: int = 0
    lash: float = 5.0
    pupil_share: float = 0.55


State = Literal["open", "blank", "shut"]
"""Open; without the iris and its catch lights; lids closed, their line left out."""


def draw_eye(brush: Brush, face: Face, side: int, style: EyeStyle, state: State = "open") -> None:
    """Draws one eye with its lids.

    Args:
        brush: where to.
        face: the numbers.
        side: 1 for the picture's right, -1 for its left.
        style: how it looks.
        state: how much of it.
    """
    upper, lower = (spline(line) * [side, 1] for line in (face.eye.upper, face.eye.lower))
    crease = spline(face.eye.crease) * [side, 1]
    margin = lower if state == "shut" else upper
    # round at the nose: from the fold straight down to the corner it would look cut off
    nose = (crease[0] + margin[0]) / 2 - [side * 0.25 * abs(crease[0, 1] - margin[0, 1]), 0]
    inner = spline([margin[0], nose, crease[0]])
    brush.fill(polygon(np.concatenate([inner, crease, margin[::-1]])), style.lid)
    if style.crease:
        brush.stroke(crease, 1.3, style.crease, taper=(0.1, 0.1), peak=0.55)
    if state != "shut":
        _ball(brush, face, side, style)
        if state == "open":
            with brush.inside(polygon(face.eye_opening(side))):
                draw_iris(brush, face, side, style)
                draw_glints(brush, face, side)
        if style.lower:
            brush.stroke(lower + [0, 0.3], style.lower, style.line, taper=(0.1, 0.6), peak=0.8)
        brush.stroke(upper, style.upper, style.line, taper=(0.3, 0.7), peak=0.7)
    _wing(brush, side, style, upper)


def _ball(brush: Brush, face: Face, side: int, style: EyeStyle) -> None:
    opening = polygon(face.eye_opening(side))
    brush.fill(opening, style.white)
    with brush.inside(opening):
        brush.fill(_under_lid(face, side), style.white_shade)


def _under_lid(face: Face, side: int) -> skia.Path:
    """The upper lid's shadow on the ball."""
    upper = spline(face.eye.upper) * [side, 1]
    low = float(face.eye.lower[len(face.eye.lower) // 2][1])
    depth = 0.17 * (low - float(upper[:, 1].min()))
    return polygon(np.concatenate([upper + [0, -6], (upper + [0, depth + 1.5])[::-1]]))


def draw_iris(brush: Brush, face: Face, side: int, style: EyeStyle) -> None:
    """Draws the whole iris, also what the lids hide."""
    (x, y), r = face.eye.iris, face.eye.radius
    x *= side
    disc = skia.Path.Circle(x, y, r)
    brush.fill(disc, style.iris_dark)
    with brush.inside(disc):
        brush.fill(skia.Path.Circle(x, y, r * 0.86), style.iris)
        brush.fill(skia.Path.Circle(x, y - r * 0.75, r * 0.95), style.iris_dark, 0.55)
        low = skia.Path.Circle(x, y + r * 0.10, r * 0.70)
        with brush.outside(skia.Path.Circle(x, y - r * 0.22, r * 0.74)):
            brush.fill(low, style.iris_light)
    brush.fill(skia.Path.Circle(x, y, r * style.pupil_share), style.pupil)


def draw_glints(brush: Brush, face: Face, side: int) -> None:
    """Draws the catch lights: light that is added, whatever it falls on."""
    (x, y), r = face.eye.iris, face.eye.radius
    x *= side
    plus = skia.BlendMode.kPlus
    large = skia.Path.Circle(x - r * 0.34, y - r * 0.36, r * 0.27)
    small = skia.Path.Circle(x + r * 0.36, y + r * 0.40, r * 0.13)
    brush.fill(large, "#ffffff", blend=plus)
    brush.fill(small, "#ffffff", 0.8, blend=plus)


def _wing(brush: Brush, side: int, style: EyeStyle, upper: Curve) -> None:
    """What leaves the outer corner, whether the eye is open or closed."""
    end = upper[-1]
    for k in range(style.lashes):
        size = style.lash * (1 - 0.16 * k)
        root = end + [-side * 1.1 * k, -1.3 * k * (k < 2)]
        way = np.array([side * np.cos(0.55 + 0.28 * k), -np.sin(0.55 + 0.28 * k)])
        bend = root + way * size * 0.5 + [0, 0.5]
        brush.stroke([root, bend, root + way * size], 2.2, style.line, taper=(1, 0.05), peak=0.1)


def lid_line(brush: Brush, length: float, style: EyeStyle) -> None:
    """Draws the moving lid's line, in white: it becomes an opacity.

    Args:
        brush: x along the margin from the inner to the outer corner, y from it downwards, mm.
        length: of the margin, mm.
        style: how it looks.
    """
    width = style.upper
    y = min(width / 2 - 0.75, 0.9)
    line = [(0.2, y), (length * 0.5, y), (length - 0.2, y)]
    brush.stroke(line, width, "#ffffff", taper=(0.3, 0.8), peak=0.7)


def draw_brow(brush: Brush, face: Face, side: int, tone: str) -> None:
    """Draws a brow as one shape.

    Args:
        brush: where to.
        face: the numbers.
        side: 1 for the picture's right, -1 for its left.
        tone: its colour.
    """
    top = resample(spline(face.brow_upper), 40) * [side, 1]
    bottom = resample(spline(face.brow_lower), 40) * [side, 1]
    brush.fill(polygon(np.concatenate([top, bottom[::-1]])), tone)
