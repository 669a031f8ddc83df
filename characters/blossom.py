"""A plum blossom.

Comes in: a brush. Goes out: marks on the canvas.
"""

from __future__ import annotations

import numpy as np
import skia

from characters import paint as gouache
from characters.brush import Brush, blob, mix, polygon, spline

PINK, PINK_LIT, PINK_SHADE = "#f58a9b", "#ffb9bf", "#d95d7d"
LEAF, LEAF_SHADE = "#6fae63", "#3f7f5a"


def plum_blossom(brush: Brush, x: float, y: float) -> None:
    """Draws a plum blossom and two leaves.

    Args:
        brush: where to.
        x: of its middle, mm.
        y: of its middle, mm.
    """
    for bend, end in (((22, -12), (38, -6)), ((-14, -22), (-28, -28))):
        a = np.array([x, y])
        b, c = a + bend, a + end
        leaf = polygon(np.concatenate([spline([a, b + [1, -7], c]), spline([c, b + [0, 7], a])]))
        brush.fill(leaf, LEAF_SHADE)
        with brush.inside(leaf):
            gouache.bristle(brush, [a, b + [0, -5], c], 8, LEAF, 0.95)
            gouache.bristle(brush, [a, b, c], 1.6, "#a8d68a", 0.9)
    for k in range(5):
        turn = np.radians(-90 + 72 * k)
        way = np.array([np.cos(turn), np.sin(turn)])
        side = np.array([-way[1], way[0]])
        middle = np.array([x, y]) + way * 12.5
        petal = blob(
            [
                tuple(middle + way * u + side * v)
                for u, v in (
                    (-12, 0),
                    (-6, 7.5),
                    (2, 10.6),
                    (8.6, 7),
                    (8.2, 0),
                    (8.6, -7),
                    (2, -10.6),
                    (-6, -7.5),
                )
            ]
        )
        brush.fill(petal, PINK)
        with brush.inside(petal):
            centre = np.array([x, y])
            for v in np.linspace(-9, 9, 9):
                tip = middle + way * 9 + side * v
                tone = mix(
                    PINK_LIT,
                    PINK_SHADE,
                    float(np.clip(0.45 + v / 26 + way[0] * 0.2 + way[1] * 0.25, 0, 1)),
                )
                gouache.bristle(
                    brush, [tip, (tip + centre) / 2, centre + side * v * 0.2], 3.6, tone, 0.75
                )
        brush.line(
            spline([tuple(middle + way * 8.4 + side * v) for v in (-5, 0, 5)]), 0.9, PINK_SHADE, 0.5
        )
    brush.fill(skia.Path.Circle(x, y, 4.6), PINK_SHADE)
    for k in range(9):
        turn = np.radians(40 * k)
        tip = np.array([x + 8.4 * np.cos(turn), y + 8.4 * np.sin(turn)])
        brush.line([(x, y), tuple((tip + [x, y]) / 2), tuple(tip)], 0.8, "#fff0c2")
        brush.fill(skia.Path.Circle(float(tip[0]), float(tip[1]), 1.5), "#ffd25e")
    brush.fill(skia.Path.Circle(x, y, 2.6), "#ffd25e")
