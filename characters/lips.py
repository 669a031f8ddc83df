"""Draws closed lips.

Comes in: a brush, the face's numbers, colours. Goes out: marks on the canvas.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import skia

from characters.brush import Brush, linear, polygon, resample, spline
from characters.shape import Face


@dataclass(frozen=True)
class LipColours:
    """Colours of the lips, as "#rrggbb"."""

    upper: str
    upper_dark: str
    lower: str
    lower_dark: str
    seam: str
    shine: str = "#ffffff"
    skin_shadow: str = "#a4583f"


def draw_lips(brush: Brush, face: Face, colours: LipColours) -> None:
    """Draws the lips, the shadow under them and the groove above them."""
    top, seam, bottom = spline(face.lip_top), spline(face.seam), spline(face.lip_bottom)
    lowest = float(bottom[:, 1].max())
    outline = polygon(face.lips_outline())
    # The shadow under the lower lip, and a little around the corners.
    brush.fill(
        skia.Path.Oval(skia.Rect.MakeLTRB(-13, lowest + 1.2, 13, lowest + 7.0)),
        colours.skin_shadow,
        0.34,
        2.4,
    )
    for side in (-1, 1):
        x, y = face.seam[-1][0] * side, face.seam[-1][1]
        brush.fill(
            skia.Path.Circle(x + side * 0.8, y + 0.4, 2.2), colours.skin_shadow, 0.34, soft=1.4
        )
    brush.fill(outline, colours.upper, 0.8, soft=0.6)
    _upper(brush, face, colours, top, seam)
    _lower(brush, face, colours, seam, bottom)
    middle = seam[len(seam) // 2]
    brush.stroke(seam + [0, 0.1], 2.1, colours.seam, 0.45, soft=0.6, taper=(0.25, 0.25), peak=0.5)
    brush.stroke(seam, 0.85, colours.seam, 0.95, soft=0.1, taper=(0.5, 0.5), peak=0.5)
    brush.stroke(
        middle + np.array([(-7, -0.1), (0, 0.15), (7, -0.1)]),
        0.8, colours.seam, 0.4, soft=0.4,
    )  # fmt: skip


def _upper(
    brush: Brush, face: Face, colours: LipColours, top: np.ndarray, seam: np.ndarray
) -> None:
    shape = polygon(face.upper_lip())
    high, low = float(top[:, 1].min()), float(seam[:, 1].max())
    with brush.inside(shape):
        brush.fill(
            shape,
            linear(
                (0, high),
                (0, low),
                [(0, colours.upper, 1), (0.45, colours.upper, 1), (1, colours.upper_dark, 1)],
            ),
        )
        for side in (-1, 1):
            patch = skia.Path.Oval(skia.Rect.MakeXYWH(side * 8 - 5, high + 1.4, 10, 3.2))
            brush.fill(patch, colours.shine, 0.13, soft=1.2)
            corner = skia.Path.Circle(side * 24, low - 1.4, 6)
            brush.fill(corner, colours.upper_dark, 0.6, soft=2.5)
    bow = resample(top, 41)[10:31]
    brush.stroke(bow + [0, -0.55], 0.9, colours.shine, 0.34, soft=0.4, taper=(0.1, 0.1), peak=0.5)


def _lower(
    brush: Brush, face: Face, colours: LipColours, seam: np.ndarray, bottom: np.ndarray
) -> None:
    shape = polygon(face.lower_lip())
    high, low = float(seam[:, 1].min()), float(bottom[:, 1].max())
    with brush.inside(shape):
        brush.fill(
            shape,
            linear(
                (0, high),
                (0, low),
                [(0, colours.lower, 1), (0.55, colours.lower, 1), (1, colours.lower_dark, 1)],
            ),
        )
        for side in (-1, 1):
            brush.fill(skia.Path.Circle(side * 25, high + 1, 8), colours.lower_dark, 0.55, soft=3.2)
        brush.stroke(bottom + [0, 0.2], 2.2, colours.lower_dark, 0.5, soft=0.8, peak=0.5)
        gloss = skia.Path.Oval(skia.Rect.MakeXYWH(-11.5, high + 3.3, 19, 2.8))
        brush.fill(gloss, colours.shine, 0.42, soft=1.1)
        brush.fill(
            skia.Path.Oval(skia.Rect.MakeXYWH(-8, high + 3.9, 7, 1.2)),
            colours.shine,
            0.4,
            soft=0.45,
        )
        rng = np.random.default_rng(2)
        for x in np.linspace(-15, 15, 17):
            y = high + 1.6 + rng.uniform(0, 0.8)
            lean = x * 0.035
            end = (x + lean * 2.2, y + rng.uniform(3.6, 6))
            brush.stroke([(x, y), (x + lean, y + 2.4), end], 0.38,
                         colours.lower_dark, 0.22, soft=0.15, taper=(0.1, 0.1))  # fmt: skip
