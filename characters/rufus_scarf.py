"""Rufus' ink, and his scarf.

Comes in: a brush. Goes out: marks on the canvas.
"""

from __future__ import annotations

import numpy as np

from characters.brush import Brush, Points, blob, polygon, pts, resample, spline

INK = "#241a38"
TEAL, TEAL_SHADE, TEAL_LIT = "#16948a", "#0c6b70", "#3fbfae"
MUSTARD = "#f9bf3b"


def ink(
    brush: Brush,
    curve: Points,
    width: float = 3.4,
    peak: float = 0.5,
    taper: tuple[float, float] = (0.25, 0.25),
) -> None:
    """A brush line: thick where the hand presses."""
    brush.stroke(curve, width, INK, taper=taper, peak=peak)


def hatch(brush: Brush, first: Points, last: Points, count: int, width: float, tone: str) -> None:
    """Strokes side by side from one curve to another."""
    a, b = resample(spline(first), count), resample(spline(last), count)
    for start, end in zip(a, b, strict=True):
        bend = (start + end) / 2 + np.array([0.6, -0.8])
        brush.stroke([start, bend, end], width, tone, taper=(0.8, 0.05), peak=0.2)


def draw_scarf(brush: Brush) -> None:
    """Draws his scarf, its knot and the end that hangs down."""
    tail = blob(pts("22 134, 40 132, 50 150, 56 176, 58 206, 30 206, 26 176"))
    brush.fill(tail, TEAL)
    with brush.inside(tail):
        brush.fill(polygon(pts("20 178, 62 172, 62 184, 20 190")), MUSTARD)
        brush.fill(polygon(pts("46 130, 40 150, 46 206, 64 206, 60 150")), TEAL_SHADE)
    brush.line(pts("25 140, 27 176, 30 206"), 3.0, INK)
    brush.line(pts("44 140, 52 160, 57 182, 58 206"), 3.0, INK)
    wrap = blob(
        pts(
            "-60 98, -40 114, -18 121, 0 123, 18 121, "
            "40 114, 60 98, 66 112, 63 128, 46 141, 22 149, "
            "0 151, -22 149, -46 141, -63 128, -66 112"
        )
    )
    brush.fill(wrap, TEAL)
    with brush.inside(wrap):
        for x in (-54, -22, 14, 48):
            lean = x * 0.12
            brush.fill(
                polygon([(x - 6, 90), (x + 5, 90), (x + 5 - lean, 156), (x - 6 - lean, 156)]),
                MUSTARD,
            )
        brush.fill(blob(pts("10 160, 34 140, 46 118, 80 90, 90 160")), TEAL_SHADE, 0.8)
        under = blob(pts("-64 88, -46 106, -24 118, 0 122, 24 118, 46 106, 64 88, 60 60, -60 60"))
        under.offset(0, 6)
        brush.fill(under, TEAL_SHADE)
        hatch(brush, pts("6 152, 30 147, 50 138"), pts("4 140, 24 136, 42 127"), 9, 1.8, INK)
    edge = [
        *spline(
            pts(
                "-60 98, -66 112, -63 128, -46 141, -22 149, "
                "0 151, 22 149, 46 141, 63 128, 66 112, 60 98"
            ),
            steps=4,
        )
    ]
    ink(brush, edge, 3.8, 0.55, (0.5, 0.5))
    knot = blob(pts("18 130, 34 124, 48 130, 50 146, 38 156, 22 152, 15 142"))
    brush.fill(knot, TEAL)
    with brush.inside(knot):
        brush.fill(blob(pts("36 122, 40 140, 30 158, 60 158, 60 122")), TEAL_SHADE)
        brush.stroke(pts("20 138, 24 131, 32 128"), 2.6, TEAL_LIT, taper=(0.2, 0.1))
    brush.line(
        spline(pts("18 130, 34 124, 48 130, 50 146, 38 156, 22 152, 15 142"), closed=True), 3.0, INK
    )
