"""Mei: a panda with a plum blossom behind her ear. Painted.

Comes in: nothing. Goes out: :data:`FACE`, her features, and :func:`draw`, her picture: strokes of
gouache that follow the form, warm where the light falls, lavender in the shade.
"""

from __future__ import annotations

import numpy as np
import skia

from characters import eyes as eye_art
from characters import paint as gouache
from characters.blossom import plum_blossom
from characters.brush import Brush, blob, mirror, mix, pts, recorded
from characters.eyes import EyeStyle, State
from characters.mei_coat import (
    COAT,
    DEEP,
    WARM,
    WHITE,
    draw_body,
    draw_ear,
    draw_patch,
    lit,
    outwards,
)
from characters.mouths import MouthStyle, draw_mouth_line
from characters.shape import Eye, Face

INK = "#2a1a36"

PAINTED = True
"""Her fur is strokes finer than a picture shows."""

EYES = EyeStyle(
    iris="#7c4a2c",
    iris_dark="#3d1f1d",
    iris_light="#d08a45",
    lid="#483a62",
    crease="#6f5c94",
    white="#fdf6ec",
    white_shade="#cdbfd8",
    line="#1d1128",
    upper=3.0,
    lower=1.0,
    pupil_share=0.58,
)
MOUTH = MouthStyle(
    lip=INK,
    seam=INK,
    cavity="#4a1233",
    tongue="#e4626f",
    tongue_light="#f59a98",
    row="plain",
    teeth="#fff8ee",
)

FACE = Face(
    eye=Eye(
        upper=pts("14 4.4, 16 -2.6, 20.8 -8.8, 27.6 -11.8, 34.6 -11, 40.6 -7, 44.5 -0.6"),
        lower=pts("14 4.4, 18.2 8.6, 23.8 10.9, 29.8 11.2, 35.8 9.2, 41 4.8, 44.5 -0.6"),
        crease=pts("13.4 -2, 16.4 -8.6, 21.2 -14, 28.2 -16.6, 36 -15.4, 42.6 -10.8, 47 -4.4"),
        iris=(28.8, -0.4),
        radius=10.8,
    ),
    brow_upper=pts("16 -34.6, 19.6 -38.6, 25.6 -40.6, 32 -39.6, 37 -35.6"),
    brow_lower=pts("16 -34.6, 20.4 -34.2, 25.6 -35, 31.4 -34.6, 37 -35.6"),
    lip_top=pts(
        "-25 57.2, -20 56.8, -14.5 56.8, -8 56.8, -3 56.4, 0 56.2, 3 56.4, 8 56.8, 14.5 56.8, "
        "20 56.8, 25 57.2"
    ),
    seam=pts(
        "-25 57.2, -20.6 60.4, -14.5 62.6, -8 63, -3 62, 0 61.3, 3 62, 8 63, 14.5 62.6, "
        "20.6 60.4, 25 57.2"
    ),
    lip_bottom=pts(
        "-25 57.2, -21.4 62.6, -15.4 66.4, -8 68, -3 68, 0 68, 3 68, 8 68, 15.4 66.4, 21.4 62.6, "
        "25 57.2"
    ),
    nose_tip=(0, 35.0),
    nose_base=(0, 44.0),
    nostril=(13.0, 38.0),
    bridge=pts("0 -4, 0 8, 0 18, 0 27, 0 35"),
    oval=pts(
        "0 -54, 20 -53, 41 -47, 57 -36, 67 -20, 72 -2, 73 18, 70 38, 63 56, 54 71, 42 85, 29 96, "
        "15 103, 0 106"
    ),
)
"""Her features; see :mod:`characters.shape` for the unit."""

_HALF = pts(
    "0 -80, 24 -79, 48 -72, 70 -56, 86 -32, 95 -4, 98 24, 95 50, 85 72, 68 90, 46 102, 22 108.5, "
    "0 110"
)


@recorded
def backdrop(brush: Brush) -> None:
    """Draws what is behind her: a painted wall and a painted moon."""
    brush.canvas.drawPaint(skia.Paint(Color=skia.ColorSetRGB(0xF2, 0xA3, 0x8C)))
    wall = skia.Path.Rect(skia.Rect.MakeLTRB(-270, -125, 270, 190))
    gouache.dabs(
        brush,
        wall,
        lambda x, y: (1.0, 0.25),
        lambda x, y: mix("#f6b097", "#ec9684", (y + 110) / 300),
        every=17,
        length=64,
        width=20,
        alpha=0.5,
        vary=0.05,
        seed=1,
    )
    moon = skia.Path.Circle(0, 24, 123)
    brush.fill(moon, "#fbd3b6")
    gouache.dabs(
        brush,
        moon,
        lambda x, y: (-(y - 24), x),
        lambda x, y: mix("#ffe2c6", "#f8c5a6", (y + 100) / 250),
        every=14,
        length=50,
        width=15,
        alpha=0.55,
        vary=0.05,
        seed=2,
    )


def draw(brush: Brush, eyes: State = "open") -> None:
    """Draws her, head and shoulders."""
    _under(brush)
    for side in (-1, 1):
        eye_art.draw_eye(brush, FACE, side, EYES, eyes)
        eye_art.draw_brow(brush, FACE, side, COAT)
    _over(brush)


@recorded
def _under(brush: Brush) -> None:
    """All that lies beneath the eyes."""
    draw_body(brush)
    for side in (-1, 1):
        draw_ear(brush, side)
    _head(brush)
    for side in (-1, 1):
        draw_patch(brush, side)


@recorded
def _over(brush: Brush) -> None:
    _muzzle(brush)
    plum_blossom(brush, 66.0, -62.0)


def _head(brush: Brush) -> None:
    outline = [*_HALF, *mirror(_HALF[1:-1])[::-1]]
    head = blob(outline)
    brush.fill(head, WHITE)
    gouache.dabs(
        brush, head, outwards, lit, every=4.6, length=19, width=6.4, alpha=0.7, vary=0.05, seed=11
    )
    for side in (-1, 1):
        rim = [(side * x, y) for x, y in _HALF]
        gouache.edge(brush, rim, outwards, lit, count=58, length=10, width=4.6, seed=12 + side)
        cheek = [(side * x, y) for x, y in _HALF[6:10]]
        gouache.edge(
            brush, cheek, lambda x, y: (x, 34), lit, count=16, length=17, width=5.4, seed=15 + side
        )
    for k, lean in enumerate((-0.5, 0.05, 0.6)):
        x = -5 + 5 * k
        gouache.bristle(
            brush, [(x, -74), (x + 4 * lean, -83), (x + 13 * lean, -91 + k)], 5.4, lit(x, -80)
        )
    for side in (-1, 1):
        blush = skia.Path.Oval(skia.Rect.MakeXYWH(side * 60 - 15, 36, 30, 17))
        gouache.dabs(
            brush,
            blush,
            lambda x, y: (1.0, -0.3),
            lambda x, y: "#f7a5a0",
            every=2.6,
            length=13,
            width=6,
            alpha=0.13,
            vary=0.03,
            stray=1,
            seed=21 + side,
        )


def _muzzle(brush: Brush) -> None:
    muzzle = blob(
        pts("0 24, 18 27, 31 38, 35 53, 29 68, 14 77, 0 79, -14 77, -29 68, -35 53, -31 38, -18 27")
    )
    brush.fill(muzzle, WARM, 0.75, soft=2.2)
    gouache.dabs(
        brush,
        muzzle,
        lambda x, y: (x + 1e-3, (y - 42) * 0.7),
        lambda x, y: mix(WARM, "#dccde6", float(np.clip((x * 0.8 + y - 52) / 60, 0, 1))),
        every=4.4,
        length=13,
        width=5,
        alpha=0.55,
        vary=0.03,
        seed=51,
    )
    nose = blob(
        pts("0 25.6, 8 26, 13.6 29, 14 34, 9.4 39.6, 0 43.6, -9.4 39.6, -14 34, -13.6 29, -8 26")
    )
    brush.fill(nose, INK)
    with brush.inside(nose):
        gouache.bristle(brush, [(-10, 31), (-4, 28), (4, 28)], 4.0, "#8f7fae", 0.9)
        gouache.bristle(brush, [(-7, 30), (-4.6, 28.8), (-2, 28.8)], 1.8, "#ffffff", 0.9)
        gouache.bristle(brush, [(11, 33), (8, 38), (2, 41)], 2.6, "#54406e", 0.9)
    brush.stroke(pts("0 42.6, 0.3 50, 0 61.4"), 2.4, INK, taper=(0.9, 0.9))
    draw_mouth_line(brush, FACE, INK, 3.2)
    brush.stroke(pts("-6.5 75.4, 0 77, 6.5 75.4"), 2.2, DEEP, 0.8, taper=(0.1, 0.1), peak=0.5)
