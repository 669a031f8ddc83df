"""Rufus' colours, ears and clothes.

Comes in: a brush. Goes out: marks on the canvas.
"""

from __future__ import annotations

import numpy as np
import skia

from characters import fur
from characters.brush import Brush, blob, linear, mirror, polygon, pts, resample, spline

RUST, RUST_LIGHT, RUST_DARK, RUST_DEEP = "#d8742f", "#ee9c54", "#b1541f", "#7d3413"
CREAM, CREAM_LIGHT, CREAM_SHADE, CREAM_DEEP = "#f6e6d2", "#fffaf1", "#dfc0a2", "#b48a6c"
SOOT = "#2b1b18"
KNIT, KNIT_LIGHT, KNIT_DARK = "#2f7567", "#58a08f", "#164a43"
COAT, COAT_DARK = "#4a4653", "#2c2934"

_EAR = pts("16 -71, 36 -85, 57 -99.5, 72 -107, 78.5 -97, 82.5 -76, 79 -56, 66 -36, 40 -50")
_EAR_INSIDE = pts("36 -70, 52 -86, 68 -98, 74 -88, 77 -72, 75 -54, 58 -54")


def draw_clothes(brush: Brush) -> None:
    """Draws neck, jacket and scarf."""
    shoulder = pts("30 118, 56 132, 88 145, 114 156, 132 172, 142 200")
    shape = polygon(np.concatenate([spline(shoulder), spline(mirror(shoulder))[::-1]]))
    brush.fill(shape, linear((0, 120), (0, 180), [(0, COAT, 1), (1, COAT_DARK, 1)]))
    with brush.inside(shape):
        for side in (-1, 1):
            lit = 0.3 if side < 0 else 0.12
            brush.stroke(pts("50 134, 86 150, 116 164", side), 8, "#8d88a0", lit, soft=4)
            brush.stroke(pts("62 150, 50 166, 46 190", side), 5, "#17151d", 0.5, soft=2.6)
            lapel = blob(pts("24 140, 52 138, 48 158, 28 186, 6 190", side))
            brush.fill(lapel, COAT, soft=0.3)
            brush.line(pts("52 138, 48 158, 28 186", side), 1.2, "#17151d", 0.5, soft=0.5)
    neck = blob(pts("-56 60, 56 60, 54 120, 30 150, -30 150, -54 120"))
    brush.fill(neck, CREAM_DEEP)
    brush.fill(neck, linear((0, 90), (0, 130), [(0, "#4b2f22", 0.75), (1, "#4b2f22", 0.35)]))

    def down(x: float, y: float) -> fur.Vector:
        return np.array([x * 0.004, 1.0])

    fur.coat(brush, neck, down, (CREAM_SHADE, CREAM_DEEP, "#7d5a45"), 500, 12, 1.4, 0.5, seed=25)
    _scarf(brush)


def _scarf(brush: Brush) -> None:
    for points, shade in (
        (
            pts(
                "-58 108, -50 128, -26 142, 0 146, 26 142, 50 128, 58 108, 60 124, 52 "
                "144, 28 158, 0 163, -28 158, -52 144, -60 124"
            ),
            0.55,
        ),
        (
            pts(
                "-52 98, -46 114, -24 126, 0 130, 24 126, 46 114, 52 98, 58 112, 50 132, "
                "26 145, 0 149, -26 145, -50 132, -58 112"
            ),
            0.0,
        ),
    ):
        shape = blob(points)
        # Its shadow, on him alone.
        brush.fill(shape, "#0d2a27", 0.5, soft=3, blend=skia.BlendMode.kSrcATop)
        brush.fill(
            shape,
            linear((-60, 0), (60, 30), [(0, KNIT_LIGHT, 1), (0.45, KNIT, 1), (1, KNIT_DARK, 1)]),
        )
        with brush.inside(shape):
            brush.fill(shape, KNIT_DARK, shade)
            lower = spline(points[7:])
            brush.line(lower, 5, KNIT_DARK, 0.8, soft=2.4)
            for x, y in resample(lower, 60):
                lean = -x * 0.10
                brush.stroke(
                    [(x, y + 1), (x + lean * 0.5, y - 9), (x + lean, y - 22)],
                    1.0,
                    KNIT_DARK,
                    0.45,
                    soft=0.3,
                )
                brush.stroke(
                    [(x + 1.1, y + 1), (x + 1.1 + lean * 0.5, y - 9), (x + 1.1 + lean, y - 22)],
                    0.7,
                    KNIT_LIGHT,
                    0.35,
                    soft=0.3,
                )


def draw_ear(brush: Brush, side: int) -> None:
    """Draws an ear; `side` is 1 for the picture's right, -1 for its left."""
    outer = [(side * x, y) for x, y in _EAR]
    shape = blob(outer)
    brush.fill(
        shape,
        linear((0, -118), (0, -40), [(0, RUST_DEEP, 1), (0.3, RUST_DARK, 1), (1, RUST, 1)]),
        soft=0.3,
    )
    tip = blob(pts("50 -99, 60 -110, 76 -110, 84 -86, 70 -91", side))
    with brush.inside(shape):
        brush.fill(tip, SOOT, 0.9, soft=3)
        inside = blob([(side * x, y) for x, y in _EAR_INSIDE])
        brush.fill(inside, "#5a2a1c", 0.85, soft=2.2)
        brush.fill(blob(pts("46 -66, 56 -82, 68 -84, 70 -60", side)), "#8a4a38", 0.6, soft=4)

    def lie(x: float, y: float) -> np.ndarray:
        return np.array([side * 0.25, -1.0])

    rim = [(side * x, y) for x, y in _EAR[:3]]
    fur.fringe(brush, rim, lie, (RUST, RUST_DARK), 60, 4.5, 1.0, 0.8, seed=31)
    rim = [(side * x, y) for x, y in _EAR[4:7]]
    fur.fringe(brush, rim, lie, (RUST, RUST_DARK), 40, 4.5, 1.0, 0.6, seed=34)
    # Cream tufts from the ear's inner edge.
    edge = pts("34 -66, 44 -62, 58 -54", side)
    fur.fringe(
        brush,
        edge,
        fur.towards(side * 0.45, -1.0),
        (CREAM, CREAM_SHADE, CREAM_LIGHT),
        46,
        24,
        2.6,
        inset=4,
        seed=33,
    )
    fur.coat(brush, shape, lie, (RUST_LIGHT, RUST_DEEP), 160, 6, 0.7, 0.25, seed=32)
