"""Draws Ada's jumper.

Comes in: a brush. Goes out: marks on the canvas.
"""

from __future__ import annotations

import numpy as np

from characters.brush import Brush, blob, linear, mirror, polygon, pts, resample, spline

WOOL, WOOL_LIGHT, WOOL_DARK = "#e2a53c", "#f2c466", "#a8701f"


def draw_jumper(brush: Brush) -> None:
    """Draws a ribbed jumper with a round neck, shoulders included."""
    neckline = pts("-47 134, -38 143, -20 150.5, 0 153, 20 150.5, 38 143, 47 134")
    shoulder = pts("47 134, 66 140, 92 148, 116 158, 132 172, 142 200")
    outline = np.concatenate([spline(neckline), spline(shoulder), spline(mirror(shoulder))[::-1]])
    shape = polygon(outline)
    brush.fill(shape, linear((0, 132), (0, 180), [(0, WOOL, 1), (1, WOOL_DARK, 1)]))
    with brush.inside(shape):
        for side in (-1, 1):
            brush.fill(blob(pts("70 150, 118 150, 150 200, 100 200", side)), WOOL_DARK, 0.5, 9)
            brush.stroke(
                pts("52 140, 84 150, 108 160", side),
                9,
                WOOL_LIGHT,
                0.5 if side < 0 else 0.25,
                soft=4,
            )
            brush.stroke(pts("60 152, 48 166, 42 186", side), 4, WOOL_DARK, 0.5, soft=2.6)
        below = spline(neckline) + [0, 10]
        brush.line(below, 7, WOOL_DARK, 0.35, soft=3)
        for x in np.linspace(-150, 150, 96):
            brush.line([(x, 130), (x * 1.05, 165), (x * 1.08, 200)], 0.8, WOOL_DARK, 0.16, soft=0.3)
    collar = spline(neckline)
    brush.line(collar + [0, 3.2], 8.2, WOOL)
    brush.line(collar + [0, 6.6], 1.6, WOOL_DARK, 0.6, soft=0.6)
    brush.line(collar + [0, 0.6], 2.2, WOOL_LIGHT, 0.8, soft=0.8)
    for x, y in resample(collar, 54):
        lean = -x * 0.022
        brush.line(
            [(x, y), (x + lean, y + 3), (x + 2 * lean, y + 6)], 0.7, WOOL_DARK, 0.4, soft=0.2
        )
