"""Draws an eye: ball, iris, lids, lashes and brow.

Comes in: a brush, the face's numbers, colours. Goes out: marks on the canvas.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import skia

from characters.brush import Brush, Points, linear, mix, polygon, radial, resample, spline
from characters.shape import Curve, Face


@dataclass(frozen=True)
class EyeColours:
    """Colours of an eye and what surrounds it, as "#rrggbb"."""

    iris: str
    iris_light: str
    iris_dark: str
    white: str = "#f6f1ec"
    white_shade: str = "#b9a8a4"
    lash: str = "#2a1712"
    lid: str = "#c98d6d"
    crease: str = "#8a4e38"
    tear: str = "#d98f80"
    rim: str = "#f3c5b0"


State = Literal["open", "blank", "shut"]
"""Open; without the iris and its catch lights; lids closed, their lashes left out."""


def draw_eye(
    brush: Brush,
    face: Face,
    side: int,
    colours: EyeColours,
    state: State = "open",
    lashes: float = 1.0,
) -> None:
    """Draws one eye with its lids and lashes.

    Args:
        brush: where to.
        face: the numbers.
        side: 1 for the picture's right, -1 for its left.
        colours: the colours.
        state: how much of it.
        lashes: length of the lashes, 1 for about 5 mm at the outer corner, 0 for none.
    """
    upper = spline(face.eye.upper) * [side, 1]
    lower = spline(face.eye.lower) * [side, 1]
    if state == "shut":
        _socket(brush, face, side, colours, lower, fold=0.6)
        brush.stroke(lower + [0, 3.4], 2.6, colours.crease, 0.14, soft=1.2, peak=0.4)
        return
    _socket(brush, face, side, colours, upper)
    opening = polygon(face.eye_opening(side))
    _ball(brush, face, side, colours, opening, upper)
    if state == "open":
        with brush.inside(opening):
            draw_iris(brush, face, side, colours)
            draw_glints(brush, face, side)
    _lids(brush, side, colours, upper, lower)
    if lashes:
        _lashes(brush, face, side, colours, lashes)


def _socket(
    brush: Brush, face: Face, side: int, colours: EyeColours, margin: Curve, fold: float = 1.0
) -> None:
    """The lid between its crease, of depth `fold`, and its margin, wherever that is."""
    crease = spline(face.eye.crease) * [side, 1]
    lid = polygon(np.concatenate([crease, margin[::-1]]))
    brush.fill(lid, colours.lid, 0.55, soft=0.9)
    top, bottom = crease[len(crease) // 2], margin[len(margin) // 2]
    centre = (float(bottom[0]) - 2.5, float(top[1] * 0.45 + bottom[1] * 0.55))
    with brush.inside(lid):
        brush.fill(lid, radial(centre, 10, [(0, "#ffffff", 0.32), (1, "#ffffff", 0)]))
    brush.stroke(crease, 1.5, colours.crease, 0.75 * fold, soft=0.35, taper=(0.25, 0.15), peak=0.55)
    brush.stroke(crease + [0, -1.1], 3.4, colours.crease, 0.22 * fold, soft=1.2, peak=0.6)


def _ball(
    brush: Brush, face: Face, side: int, colours: EyeColours, opening: skia.Path, upper: Curve
) -> None:
    with brush.inside(opening):
        span = abs(upper[-1, 0] - upper[0, 0]) / 2
        centre = ((upper[0, 0] + upper[-1, 0]) / 2, face.eye.iris[1])
        stops = [(0, colours.white, 1), (0.62, colours.white, 1), (1, colours.white_shade, 1)]
        brush.fill(opening, radial(centre, span * 1.08, stops))
        inner = upper[0]
        corner = skia.Path.Circle(inner[0] + side * 0.9, inner[1] + 0.1, 1.9)
        brush.fill(corner, colours.tear, 0.9, soft=0.5)
        _lid_shadow(brush, face, side, colours)


def _lid_shadow(
    brush: Brush,
    face: Face,
    side: int,
    colours: EyeColours,
    blend: skia.BlendMode = skia.BlendMode.kSrcOver,
) -> None:
    """The upper lid's shadow on the ball."""
    upper = spline(face.eye.upper) * [side, 1]
    shade = np.concatenate([upper + [0, -3], (upper + [0, 2.1])[::-1]])
    tone = mix(colours.lash, "#4a3a52", 0.5)
    brush.fill(polygon(shade), tone, 0.55, soft=1.2, blend=blend)


def draw_glints(brush: Brush, face: Face, side: int) -> None:
    """Draws the catch lights: light that is added, whatever it falls on."""
    x, y = face.eye.iris[0] * side, face.eye.iris[1]
    plus = skia.BlendMode.kPlus
    brush.fill(skia.Path.Circle(x - 2.1, y - 2.3, 1.55), "#ffffff", 0.97, soft=0.12, blend=plus)
    brush.fill(skia.Path.Circle(x + 2.3, y + 2.4, 0.8), "#ffffff", 0.4, soft=0.25, blend=plus)


def draw_iris(brush: Brush, face: Face, side: int, colours: EyeColours) -> None:
    """Draws the whole iris, also what the lids hide, in the upper lid's shadow."""
    with brush.layer():
        _iris(brush, (face.eye.iris[0] * side, face.eye.iris[1]), face.eye.radius, colours)
        _lid_shadow(brush, face, side, colours, skia.BlendMode.kSrcATop)


def _iris(brush: Brush, centre: tuple[float, float], r: float, colours: EyeColours) -> None:
    x, y = centre
    disc = skia.Path.Circle(x, y, r)
    brush.fill(disc, colours.iris_dark, soft=0.12)
    ring = radial(
        (x, y),
        r,
        [
            (0, colours.iris_light, 1),
            (0.55, colours.iris, 1),
            (0.86, colours.iris, 1),
            (1, colours.iris_dark, 1),
        ],
    )
    brush.fill(skia.Path.Circle(x, y, r * 0.97), ring, soft=0.1)
    with brush.inside(disc):
        rng = np.random.default_rng(3)
        for angle in np.arange(0, 2 * np.pi, 2 * np.pi / 46):
            a = angle + rng.uniform(-0.05, 0.05)
            inner, outer = r * rng.uniform(0.42, 0.5), r * rng.uniform(0.7, 0.93)
            ray = [
                (x + q * np.cos(a), y + q * np.sin(a)) for q in (inner, (inner + outer) / 2, outer)
            ]
            tone = colours.iris_light if rng.random() < 0.6 else colours.iris_dark
            brush.stroke(ray, 0.42, tone, 0.5, taper=(0.2, 0.1))
        # Light that came in at the top left leaves at the bottom right.
        brush.fill(
            skia.Path.Circle(x + r * 0.25, y + r * 0.5, r * 0.55), colours.iris_light, 0.5, soft=1.0
        )
    brush.fill(skia.Path.Circle(x, y, r * 0.43), "#120c0c", soft=0.15)


def _lids(brush: Brush, side: int, colours: EyeColours, upper: Curve, lower: Curve) -> None:
    rim = lower + [0, 0.35]
    brush.stroke(rim, 1.0, colours.rim, 0.75, soft=0.15, taper=(0.3, 0.3), peak=0.5)
    brush.stroke(lower + [0, 0.9], 0.55, colours.lash, 0.5, soft=0.2, taper=(0.0, 0.8), peak=0.85)
    brush.stroke(lower + [0, 3.4], 2.6, colours.crease, 0.14, soft=1.2, peak=0.4)
    brush.stroke(upper + [0, -0.2], 1.9, colours.lash, 1.0, taper=(0.2, 0.6), peak=0.72)
    wing = np.stack([upper[-6] + [0, -0.2], upper[-1] + [0, -0.5], upper[-1] + [side * 2.6, -2.4]])
    brush.stroke(wing, 1.3, colours.lash, 0.9, taper=(1, 0.05), peak=0.2)


def _lashes(brush: Brush, face: Face, side: int, colours: EyeColours, length: float) -> None:
    rng = np.random.default_rng(11)
    for x, y, t in _along(face.eye.upper, 34):
        if t < 0.3:
            continue
        # Short and upright in the middle, long and swept at the outer corner.
        lean = -0.1 + 1.25 * t**1.5
        size = length * (1.0 + 4.0 * t**2.2) * rng.uniform(0.75, 1.1)
        root, bend = (x - 0.2, y - 0.3), (x + size * lean * 0.5, y - size * 0.38)
        tip = (x + size * lean, y - size * (0.9 - 0.25 * t))
        curve = np.array([root, bend, tip]) * [side, 1]
        brush.stroke(curve, 0.75, colours.lash, 0.9, taper=(1, 0.05), peak=0.1)
    for x, y, t in _along(face.eye.lower, 18):
        if not 0.45 < t < 0.95:
            continue
        size = length * 1.3 * rng.uniform(0.7, 1.1)
        root, bend = (x, y + 0.7), (x + size * 0.3, y + 0.7 + size * 0.45)
        curve = np.array([root, bend, (x + size * 0.75, y + 0.7 + size * 0.7)]) * [side, 1]
        brush.stroke(curve, 0.3, colours.lash, 0.4, taper=(1, 0.05), peak=0.1)


def _along(margin: Points, count: int) -> Iterator[tuple[float, float, float]]:
    """Points evenly along a lid margin, each with its share of the way."""
    for i, (x, y) in enumerate(resample(spline(margin), count)):
        yield float(x), float(y), i / (count - 1)


def draw_brow(brush: Brush, face: Face, side: int, tone: str, light: str, seed: int = 5) -> None:
    """Draws a brow hair by hair.

    Args:
        brush: where to.
        face: the numbers.
        side: 1 for the picture's right, -1 for its left.
        tone: colour of the hair.
        light: colour of its lighter hairs.
        seed: for the hairs' irregularity.
    """
    top = resample(spline(face.brow_upper), 60) * [side, 1]
    bottom = resample(spline(face.brow_lower), 60) * [side, 1]
    shape = polygon(np.concatenate([top, bottom[::-1]]))
    ends = linear(
        (top[0, 0], 0),
        (top[-1, 0], 0),
        [(0, tone, 0.15), (0.25, tone, 0.6), (0.8, tone, 0.8), (1, tone, 0.5)],
    )
    brush.fill(shape, ends, soft=0.8)
    rng = np.random.default_rng(seed)
    for _ in range(230):
        i = int(rng.integers(0, 58))
        t = i / 59
        depth = rng.random()
        root = top[i] * (1 - depth) + bottom[i] * depth - [side * 1.5 * rng.random() * (t < 0.1), 0]
        along = top[min(i + 4, 59)] - top[max(i - 4, 0)]
        along = along / np.linalg.norm(along)
        rise = np.array([0.0, -1.0]) * (0.95 - 1.1 * t) * (0.35 + depth)
        way = along + rise + rng.normal(0, 0.08, 2)
        size = (4.2 - 1.4 * t) * rng.uniform(0.7, 1.15)
        curve = [root, root + way * size * 0.5, root + way * size * 0.9 + along * size * 0.15]
        hair = tone if rng.random() < 0.75 else light
        brush.stroke(
            np.array(curve), 0.55, hair, 0.25 + 0.4 * min(t / 0.2, 1), taper=(0.4, 0.05), peak=0.3
        )
