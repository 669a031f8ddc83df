"""Ada: a woman with wavy dark hair and a yellow jumper.

Comes in: nothing. Goes out: :data:`FACE`, her features, and :func:`draw`, her picture.
"""

from __future__ import annotations

import numpy as np
import skia

from characters.brush import Brush, blob, linear, mirror, polygon, pts, radial, spline
from characters.eyes import EyeColours, State, draw_brow, draw_eye
from characters.hair import Curtain, HairColours, curtain
from characters.jumper import draw_jumper
from characters.lips import LipColours, draw_lips
from characters.shape import Eye, Face

SKIN, LIGHT, SHADOW, DEEP = "#e9b791", "#f9d8b8", "#c98561", "#9c5640"
BLUSH = "#df7a62"
HAIR = HairColours(
    deep="#1f100d", dark="#3a1f18", middle="#5f3325", light="#8d5237", shine="#c98a5c"
)

EYES = EyeColours(iris="#6f8a4f", iris_light="#b5c27c", iris_dark="#2b3a25", lid="#cf9270")
LASHES = 1.0
LIPS = LipColours(
    upper="#bd625a", upper_dark="#96453f", lower="#d07f73", lower_dark="#ab5c50", seam="#5a211f"
)

FACE = Face(
    eye=Eye(
        upper=pts("14.6 2.4, 17 -0.8, 21.5 -4.8, 27.8 -7.2, 34.5 -6.9, 40.4 -4.4, 44.5 -0.8"),
        lower=pts("14.6 2.4, 18.6 3.7, 24.2 5.4, 30.4 6, 36.4 4.9, 41 2.4, 44.5 -0.8"),
        crease=pts("15.4 -3, 19.2 -7.2, 25 -10.6, 31 -11.5, 37.6 -10.2, 43.6 -6.6, 47.4 -3.4"),
        iris=(29.4, -0.9),
        radius=6.9,
    ),
    brow_upper=pts("12.8 -20.4, 18.5 -23.4, 28 -25.8, 38 -27, 47 -23.8, 56 -16.4"),
    brow_lower=pts("13.2 -16.4, 19 -18.6, 28 -20.9, 37.5 -22.8, 46.5 -21, 56 -16.4"),
    lip_top=pts("-26 61.2, -20 60, -12 57.8, -5 56.4, 0 57.7, 5 56.4, 12 57.8, 20 60, 26 61.2"),
    seam=pts("-26 61.2, -20 63, -12 64.3, -5.5 64.3, 0 65.2, 5.5 64.3, 12 64.3, 20 63, 26 61.2"),
    lip_bottom=pts(
        "-26 61.2, -22 65, -16.5 69.6, -9 73.2, 0 74.4, 9 73.2, 16.5 69.6, 22 65, 26 61.2"
    ),
    nose_tip=(0, 37.0),
    nose_base=(0, 45.0),
    nostril=(15.5, 38.5),
    bridge=pts("0 -4, 0 8, 0 20, 0 30, 0 37"),
    oval=pts(
        "0 -52, 20 -51, 38 -46, 51 -36, 59.5 -22, 63.5 -4, 64 14, 62 32, 58 50, "
        "51.5 67, 42 82.5, 30 95.5, 16.5 104.5, 0 107.5"
    ),
)
"""Her features; see :mod:`characters.shape` for the unit."""


def backdrop(brush: Brush) -> None:
    """Draws what is behind her."""
    brush.canvas.drawPaint(
        skia.Paint(Shader=linear((-60, -130), (70, 190), [(0, "#d3e6e1", 1), (1, "#6fa3a4", 1)]))
    )
    glow = radial((-30, -20), 170, [(0, "#f4f6ee", 0.75), (1, "#f4f6ee", 0)])
    brush.canvas.drawPaint(skia.Paint(Shader=glow))


def draw(brush: Brush, eyes: State = "open") -> None:
    """Draws her, head and shoulders."""
    _hair_behind(brush)
    _body(brush)
    _head(brush)
    _nose(brush)
    for side in (-1, 1):
        draw_eye(brush, FACE, side, EYES, eyes, LASHES)
        draw_brow(brush, FACE, side, HAIR.dark, HAIR.middle, seed=6 + side)
    draw_lips(brush, FACE, LIPS)
    _hair_before(brush)


def _hair_behind(brush: Brush) -> None:
    half = pts(
        "-4 -101, 34 -97.5, 62 -81.2, 80 -52, 90 -14, 93 30, 94 70, 90 100, 72 120, 40 118, 20 110"
    )
    shape = blob([*half, (0, 105), *mirror(half[1:])[::-1]])
    brush.fill(
        shape,
        linear((0, -100), (0, 140), [(0, HAIR.dark, 1), (0.55, HAIR.deep, 1), (1, HAIR.dark, 1)]),
        soft=0.3,
    )


def _body(brush: Brush) -> None:
    neck = pts(
        "-29 82, -29.5 104, -33 122, -46 134, -60 160, 60 160, 46 134, 33 122, 29.5 104, 29 82"
    )
    shape = polygon(np.concatenate([spline(neck[:5]), spline(neck[5:])]))
    brush.fill(
        shape,
        linear(
            (-34, 0), (36, 0), [(0, SHADOW, 1), (0.32, SKIN, 1), (0.6, SKIN, 1), (1, SHADOW, 1)]
        ),
    )
    with brush.inside(shape):
        chin = blob(pts("-58 70, -36 96, -18 112, 0 117, 20 114, 40 99, 58 70"))
        brush.fill(chin, DEEP, 0.85, soft=4.5)
        brush.fill(skia.Path.Oval(skia.Rect.MakeLTRB(-26, 96, 26, 113)), "#7d3f2e", 0.5, soft=3.5)
        brush.fill(blob(pts("-7 140, 0 136, 7 140, 4 150, -4 150")), DEEP, 0.14, soft=2.5)
        for side in (-1, 1):
            brush.stroke(pts("27 106, 18 124, 7 136", side), 4, SHADOW, 0.5, soft=2)
            brush.stroke(pts("46 139, 26 141, 9 145", side), 3, LIGHT, 0.45, soft=1.6)
    draw_jumper(brush)


def _skull() -> skia.Path:
    half = [(34, -84), (56, -58), *FACE.oval[5:-1]]
    return blob([(0, -92), *half, FACE.oval[-1], *mirror(half)[::-1]])


def _head(brush: Brush) -> None:
    head = _skull()
    brush.fill(
        head,
        linear(
            (-66, 0), (70, 20), [(0, SKIN, 1), (0.3, LIGHT, 1), (0.55, SKIN, 1), (1, SHADOW, 1)]
        ),
    )
    with brush.inside(head):
        # Away from the light: the temple, cheek and jaw on the picture's right, and under the chin.
        brush.fill(
            blob(pts("50 -60, 61 -20, 56 25, 44 70, 22 100, 40 118, 90 80, 90 -40")),
            SHADOW,
            0.62,
            7,
        )
        brush.fill(blob(pts("60 -40, 64 10, 58 55, 40 92, 60 110, 95 40, 90 -40")), DEEP, 0.35, 5)
        brush.fill(
            blob(pts("-66 -30, -61 20, -54 62, -36 92, -10 107, -30 125, -95 70")), SHADOW, 0.55, 5
        )
        brush.fill(
            blob(pts("-40 104, -16 107, 0 107.5, 18 107, 42 100, 30 130, -30 130")), DEEP, 0.35, 5
        )
        # Forehead, cheeks and chin catch it.
        brush.fill(skia.Path.Oval(skia.Rect.MakeLTRB(-36, -58, 14, -28)), "#ffe9d2", 0.6, soft=11)
        brush.fill(skia.Path.Oval(skia.Rect.MakeLTRB(-10, 88, 8, 101)), "#ffe9d2", 0.45, soft=4.5)
        for side in (-1, 1):
            brush.fill(
                skia.Path.Oval(skia.Rect.MakeXYWH(side * 41 - 15, 20, 30, 24)),
                BLUSH,
                0.34 if side < 0 else 0.24,
                soft=9,
            )
            lit = 0.62 if side < 0 else 0.3
            cheek = blob(pts("26 16, 40 12, 52 12, 46 22, 32 24", side))
            brush.fill(cheek, "#ffeeda", lit, soft=4.5)
            # Eye sockets, and the fold from nose to mouth.
            socket = blob(pts("9 -10, 16 -17, 34 -18, 50 -12, 46 -3, 20 -3", side))
            brush.fill(socket, SHADOW, 0.42, soft=3.5)
            brush.fill(
                blob(pts("14 6, 28 9.5, 42 6.5, 38 11, 24 13", side)), SHADOW, 0.28, soft=2.6
            )
            brush.stroke(pts("19 42, 27 51, 32 61", side), 4.5, SHADOW, 0.30, soft=2.6)


def _nose(brush: Brush) -> None:
    # Lit bridge, shaded flank on the picture's right.
    brush.stroke(
        pts("9 -14, 5.5 2, 6.5 16, 10 28, 13.5 34"),
        8.5,
        SHADOW,
        0.5,
        soft=3,
        taper=(0.5, 0.7),
        peak=0.6,
    )
    brush.stroke(
        pts("-9.5 -14, -6.5 0, -7.5 14, -10.5 28"), 5.5, SHADOW, 0.26, soft=2.6, taper=(0.5, 0.5)
    )
    brush.stroke(
        pts("-1 -6, -1.2 12, -1 26, -1 34"),
        5.0,
        "#fff1de",
        0.75,
        soft=1.9,
        taper=(0.3, 0.8),
        peak=0.8,
    )
    ball = skia.Path.Oval(skia.Rect.MakeLTRB(-11, 27.5, 11, 44.5))
    brush.fill(
        ball,
        radial((-2.5, 34), 12.5, [(0, LIGHT, 0.75), (0.5, SKIN, 0.55), (1, SHADOW, 0.0)]),
        soft=1.2,
    )
    under = blob(pts("-13.5 41.5, -7 42.6, 0 44.6, 7 42.6, 14.5 41, 10 46.5, 0 48.5, -9 46.5"))
    brush.fill(under, DEEP, 0.42, soft=1.7)
    for side in (-1, 1):
        wing = pts("11 31.5, 15.2 34.5, 16.2 39, 13.4 43, 10.5 43.4", side)
        brush.stroke(
            wing, 2.0, DEEP, 0.55 if side > 0 else 0.42, soft=0.9, taper=(0.1, 0.3), peak=0.65
        )
        hole = blob(pts("4.2 43.2, 7 41.4, 10.6 41.8, 11.4 43.4, 7.4 44.7", side))
        brush.fill(hole, "#6b2f26", 0.88, soft=0.55)
        brush.fill(skia.Path.Circle(side * 13.0 - 0.6, 37.2, 1.8), LIGHT, 0.35, soft=1.1)
    brush.fill(skia.Path.Oval(skia.Rect.MakeLTRB(-4.2, 31.8, 1.6, 36.4)), "#ffffff", 0.72, soft=1.4)
    # The groove between nose and lip.
    brush.fill(skia.Path.Oval(skia.Rect.MakeLTRB(-2.4, 48, 2.4, 55)), SHADOW, 0.35, soft=1.4)
    for side in (-1, 1):
        brush.stroke([(side * 4, 49), (side * 5.2, 54)], 1.6, LIGHT, 0.4, soft=0.8)


def _hair_before(brush: Brush) -> None:
    left_in = pts(
        "-17.5 -76.9, -21 -71.7, -29 -63, -43 -48, -56 -20, -61.5 16, -60 50, -58 "
        "82, -55 104, -41 121"
    )
    left_out = pts(
        "-21 -101, -42 -99.3, -68 -83.8, -85 -56, -92 -16, -95 24, -96 60, -97 90, -92 114, -72 131"
    )
    right_in = pts(
        "-18.5 -76.9, -10 -71.3, 6 -64.9, 28 -55.5, 50 -36, 61 -2, 61 36, 58 72, 57 100, 43 122"
    )
    right_out = pts(
        "-19 -101, 10 -106.1, 49 -97.5, 77 -73.5, 91 -36, 96 4, 97 42, 98 76, 95 108, 75 134"
    )
    for inner, outer, style in (
        (
            left_in,
            left_out,
            Curtain(locks=12, wave=2.2, turns=1.3, gather=0.10, uneven=0.05, seed=4),
        ),
        (
            right_in,
            right_out,
            Curtain(locks=13, wave=2.2, turns=1.3, gather=0.10, uneven=0.05, seed=7),
        ),
    ):
        # Its shadow on forehead and cheeks first.
        with brush.inside(_skull()):
            brush.line(np.asarray(inner[:8]) + [0, 2.5], 6, DEEP, 0.42, soft=2.8)
        curtain(brush, inner, outer, HAIR, style)
    _parting(brush)
    _wisps(brush)


def _parting(brush: Brush) -> None:
    """The line where the hair divides, and short hairs that soften it."""
    line = pts("-19.5 -101, -18.8 -89.8, -18 -76.9")
    brush.stroke(line, 2.4, SHADOW, 0.5, soft=0.7, taper=(0.1, 0.9), peak=0.9)
    rng = np.random.default_rng(9)
    for side in (-1, 1):
        for _ in range(46):
            y = rng.uniform(-101, -77)
            x = -18.5 + rng.normal(0, 0.4)
            reach = rng.uniform(7, 16)
            hair = [
                (x, y),
                (x + side * reach * 0.5, y - 1.0),
                (x + side * reach, y + rng.uniform(0.5, 4.5)),
            ]
            brush.stroke(
                hair, 1.0, (HAIR.dark, HAIR.middle)[int(rng.integers(2))], 0.7, taper=(0.3, 0.05)
            )


def _wisps(brush: Brush) -> None:
    """Single hairs that left the shape."""
    rng = np.random.default_rng(21)
    for side in (-1, 1):
        for _ in range(16):
            y = rng.uniform(-70, 60)
            x = side * (93 - max(0.0, -y - 10) * 0.32) + rng.normal(0, 0.8)
            hair = [
                (x, y),
                (x + side * rng.uniform(0.5, 2.5), y + 14),
                (x + side * rng.uniform(-1, 2.5), y + rng.uniform(26, 44)),
            ]
            brush.stroke(hair, 0.5, HAIR.middle, 0.5, taper=(0.1, 0.05))
