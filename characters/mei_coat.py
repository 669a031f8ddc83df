"""Mei's fur: its colours, and her body, ears and eye patches.

Comes in: a brush. Goes out: marks on the canvas.
"""

from __future__ import annotations

import numpy as np

from characters import paint as gouache
from characters.brush import Brush, blob, mix, polygon, pts, spline

WHITE, WARM, COOL, DEEP = "#fdf3e4", "#fffaf0", "#c9bbdc", "#a48fc0"
COAT, COAT_LIT, COAT_DARK = "#3b2f52", "#66558a", "#281d3a"

_PATCH = pts(
    "8.4 2, 10 -11, 18 -21.5, 30 -24.6, 42 -19.5, 50 -6, 54.6 12, 54 27, 46 34, 34 33, 22 27, 12 16"
)


def outwards(x: float, y: float) -> tuple[float, float]:
    """Away from the nose, down over the cheeks."""
    return x + 1e-3, (y - 30) * 0.8 + (8 if y > 0 else -6)


def lit(x: float, y: float) -> str:
    """White fur under the light: warm at the top left, lavender at the bottom right."""
    shade = float(np.clip((x * 0.9 + (y - 20) * 0.75) / 95, -1, 1.25))
    away = float(np.clip((np.hypot(x / 98, (y - 15) / 95) - 0.62) / 0.4, 0, 1))
    if shade < 0:
        return mix(WHITE, WARM, -shade)
    return mix(
        WHITE, mix(COOL, DEEP, max(0.0, shade - 0.8)), min(1.0, shade * (0.35 + 0.65 * away))
    )


def dark(x: float, y: float) -> str:
    """Black fur: violet in the light."""
    shade = float(np.clip((x * 0.9 + (y - 20) * 0.6) / 110, -1, 1))
    return mix(COAT, COAT_LIT, -shade * 0.7) if shade < 0 else mix(COAT, COAT_DARK, shade)


def draw_ear(brush: Brush, side: int) -> None:
    """Draws an ear; `side` is 1 for the picture's right, -1 for its left."""
    ear = blob(
        pts("46 -70, 48 -90, 62 -102, 80 -103, 94 -92, 98 -74, 92 -57, 78 -46, 60 -48", side)
    )
    brush.fill(ear, COAT)
    gouache.dabs(
        brush,
        ear,
        lambda x, y: (x - side * 60, y + 60),
        dark,
        every=4.4,
        length=14,
        width=5.4,
        vary=0.07,
        seed=31 + side,
    )
    inner = blob(pts("58 -68, 62 -82, 74 -88, 85 -80, 86 -68, 78 -58", side))
    gouache.dabs(
        brush,
        inner,
        lambda x, y: (x - side * 60, y + 55),
        lambda x, y: "#765372",
        every=4,
        length=11,
        width=4.4,
        alpha=0.6,
        seed=34 + side,
    )
    rim = pts("47 -80, 54 -97, 70 -104, 88 -98, 98 -80, 95 -62", side)
    gouache.edge(
        brush,
        rim,
        lambda x, y: (x - side * 68, y + 68),
        dark,
        count=26,
        length=8,
        width=4,
        seed=37 + side,
    )


def draw_patch(brush: Brush, side: int) -> None:
    """Draws the black patch an eye lies in; `side` as for the ear."""
    patch = blob([(side * x, y) for x, y in _PATCH])
    brush.fill(patch, COAT)
    gouache.dabs(
        brush,
        patch,
        lambda x, y: (x - side * 28, y - 4),
        dark,
        every=4,
        length=12,
        width=4.6,
        alpha=0.6,
        vary=0.07,
        seed=41 + side,
    )
    rim = [(side * x, y) for x, y in (*_PATCH, _PATCH[0])]
    gouache.edge(
        brush,
        rim,
        lambda x, y: (x - side * 30, y - 4),
        dark,
        count=44,
        length=6,
        width=3.4,
        seed=44 + side,
    )


def draw_body(brush: Brush) -> None:
    """Draws shoulders and chest."""
    shoulder = pts("30 84, 58 102, 88 122, 114 144, 130 168, 137 206")
    half = spline(shoulder)
    shape = polygon(np.concatenate([half, (half * [-1, 1])[::-1]]))
    brush.fill(shape, COAT)
    gouache.dabs(
        brush,
        shape,
        lambda x, y: (x * 0.6 + 1e-3, 40.0),
        dark,
        every=6,
        length=24,
        width=8,
        vary=0.07,
        seed=61,
    )
    for side in (-1, 1):
        line = [(side * x, y) for x, y in shoulder]
        gouache.edge(
            brush, line, lambda x, y: (x, 26), dark, count=30, length=12, width=5, seed=62 + side
        )
    bib = blob(pts("-40 96, 40 96, 42 140, 33 214, -33 214, -42 140"))

    def down(x: float, y: float) -> tuple[float, float]:
        return x * 0.01, 1.0

    def shaded(x: float, y: float) -> str:
        under = float(np.clip((150 - y) / 46, 0, 1))
        return mix(mix(WHITE, COOL, float(np.clip((x + 30) / 80, 0, 1))), "#8a74aa", under * 0.85)

    brush.fill(bib, COOL)
    gouache.dabs(
        brush, bib, down, shaded, every=5.5, length=22, width=7, stray=1, vary=0.04, seed=65
    )
