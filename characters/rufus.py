"""Rufus: a fox with a green scarf.

Comes in: nothing. Goes out: :data:`FACE`, his features, and :func:`draw`, his picture. Eyes and
mouth have a person's proportions, so that a person's speech fits them.
"""

from __future__ import annotations

import numpy as np
import skia

from characters import fur
from characters.brush import Brush, blob, linear, mirror, polygon, pts, radial, spline
from characters.eyes import EyeColours, State, draw_eye
from characters.lips import LipColours, draw_lips
from characters.rufus_coat import (
    CREAM,
    CREAM_DEEP,
    CREAM_LIGHT,
    CREAM_SHADE,
    RUST,
    RUST_DARK,
    RUST_DEEP,
    RUST_LIGHT,
    SOOT,
    draw_clothes,
    draw_ear,
)
from characters.shape import Eye, Face

EYES = EyeColours(
    iris="#c98a1e",
    iris_light="#f4c95a",
    iris_dark="#5a3208",
    lash="#25140f",
    lid="#b95f28",
    crease="#6b2c12",
    tear="#8a5a50",
    rim="#4a2318",
)
LASHES = 0.45
LIPS = LipColours(
    upper="#94594d",
    upper_dark="#6d3c34",
    lower="#ab6f61",
    lower_dark="#834d42",
    seam="#45201d",
    skin_shadow="#b08566",
)

FACE = Face(
    eye=Eye(
        upper=pts("14.8 4.6, 17.2 0.4, 21.6 -4.6, 28 -7.8, 34.6 -8, 40.4 -5.8, 44.5 -2"),
        lower=pts("14.8 4.6, 19 5.2, 24.6 6.5, 30.6 6.8, 36.4 5.4, 41.2 2.2, 44.5 -2"),
        crease=pts("15 -2.4, 19 -7.6, 25 -11.6, 31.4 -12.8, 38 -11.6, 44 -8.2, 48 -4.6"),
        iris=(29.4, -0.6),
        radius=7.9,
    ),
    brow_upper=pts("13.5 -20, 19 -23.6, 28 -26.4, 38 -27.4, 47 -24.6, 55 -18"),
    brow_lower=pts("13.8 -16.4, 19 -18.8, 28 -21.2, 37.5 -22.6, 46.5 -21.2, 55 -18"),
    lip_top=pts(
        "-26.5 60.4, -20 60.2, -12 58.6, -5 57.2, 0 58.6, 5 57.2, 12 58.6, 20 60.2, 26.5 60.4"
    ),
    seam=pts(
        "-26.5 60.4, -20 62.8, -12 64.3, -5.5 63.9, 0 64.8, 5.5 63.9, 12 64.3, 20 62.8, 26.5 60.4"
    ),
    lip_bottom=pts(
        "-26.5 60.4, -22 64.4, -16.5 68.4, -9 71.4, 0 72.2, 9 71.4, 16.5 68.4, 22 64.4, 26.5 60.4"
    ),
    nose_tip=(0, 34.5),
    nose_base=(0, 45.5),
    nostril=(14.0, 37.0),
    bridge=pts("0 -4, 0 8, 0 18, 0 27, 0 34.5"),
    oval=pts(
        "0 -52, 20 -51, 38 -46, 52 -36, 61 -22, 66 -4, 68 14, 66 32, 61 50, 53 "
        "67, 43 82, 31 95, 17 104, 0 107"
    ),
)
"""His features; see :mod:`characters.shape` for the unit."""

_HALF = pts(
    "0 -84, 20 -83, 42 -76, 62 -60, 76 -36, 84 -8, 88 18, 96 40, 104 60, 88 "
    "70, 76 82, 58 92, 40 101, 20 108, 0 111"
)
_MASK = pts("8 26, 13 20, 24 17, 40 14, 56 5, 68 -4, 84 -6, 100 6, 112 60, 80 90, 40 112, 0 118")


def _flow(x: float, y: float) -> np.ndarray:
    """Away from the nose, up over the forehead, down and out over the cheeks."""
    out = np.array([x, (y - 24) * 0.75])
    if y > 30:
        out = out + [np.sign(x) * 18, 14]
    return out + [0, -4]


def backdrop(brush: Brush) -> None:
    """Draws what is behind him."""
    brush.canvas.drawPaint(
        skia.Paint(Shader=linear((-60, -130), (70, 190), [(0, "#eef0f6", 1), (1, "#98a4c6", 1)]))
    )
    glow = radial((-30, -20), 170, [(0, "#fffaf2", 0.7), (1, "#fffaf2", 0)])
    brush.canvas.drawPaint(skia.Paint(Shader=glow))


def draw(brush: Brush, eyes: State = "open") -> None:
    """Draws him, head and shoulders."""
    draw_clothes(brush)
    for side in (-1, 1):
        draw_ear(brush, side)
    _head(brush)
    _face(brush)
    for side in (-1, 1):
        draw_eye(brush, FACE, side, EYES, eyes, LASHES)
        _brow(brush, side)
    _muzzle(brush)
    draw_lips(brush, FACE, LIPS)
    _whiskers(brush)


def _head(brush: Brush) -> None:
    head = blob([*_HALF, *mirror(_HALF[1:-1])[::-1]])
    _outline(brush, 16.0, 2.4, 41)
    brush.fill(
        head,
        linear((-70, -60), (80, 60), [(0, RUST_LIGHT, 1), (0.4, RUST, 1), (1, RUST_DARK, 1)]),
        soft=0.9,
    )
    with brush.inside(head):
        brush.fill(blob(pts("-34 -70, 0 -78, 24 -66, 14 -34, -20 -34")), "#ffc07a", 0.5, soft=10)
        brush.fill(blob(pts("56 -70, 78 -30, 70 20, 110 40, 110 -60")), RUST_DEEP, 0.4, soft=8)
        brush.stroke(pts("0 -78, 0 -50, 0 -22"), 5, RUST_DARK, 0.35, soft=3, peak=0.5)


def _outline(brush: Brush, length: float, width: float, seed: int) -> None:
    """Fur standing off the head's outline: cream at the cheeks, rust above."""
    with brush.layer():
        for side in (-1, 1):
            cheek = [(side * x, y) for x, y in _HALF[5:]]
            tones = (CREAM, CREAM, CREAM_LIGHT, CREAM_SHADE)
            fur.fringe(brush, cheek, _flow, tones, 420, length, width, 0.8, length * 0.45, seed)
            crown = [(side * x, y) for x, y in _HALF[:6]]
            fur.fringe(
                brush,
                crown,
                _flow,
                (RUST, RUST, RUST_LIGHT, RUST_DARK),
                330,
                length * 0.5,
                width * 0.7,
                0.8,
                length * 0.25,
                seed + 1,
            )
        # The light comes from the top left: the same shade as on the head beneath.
        shade = linear(
            (-50, 20),
            (100, 110),
            [(0, CREAM_DEEP, 0.0), (0.5, CREAM_DEEP, 0.25), (1, CREAM_DEEP, 0.8)],
        )
        brush.canvas.drawPaint(skia.Paint(Shader=shade, BlendMode=skia.BlendMode.kSrcATop))


def _face(brush: Brush) -> None:
    head = blob([*_HALF, *mirror(_HALF[1:-1])[::-1]])
    mask = blob([*_MASK[::-1], *mirror(_MASK[:-1])])
    with brush.inside(head):
        brush.fill(mask, CREAM, soft=2.6)
        brush.fill(
            mask,
            linear(
                (-80, 20), (90, 90), [(0, CREAM_LIGHT, 0.8), (0.5, CREAM, 0), (1, CREAM_DEEP, 0.55)]
            ),
            soft=3,
        )
        for side in (-1, 1):
            lit = side < 0
            brush.fill(
                blob(pts("62 78, 92 50, 120 70, 60 112, 20 116", side)),
                CREAM_DEEP,
                0.4 if lit else 0.65,
                soft=7,
            )
            brush.fill(
                skia.Path.Oval(skia.Rect.MakeXYWH(side * 46 - 14, 24, 28, 20)),
                "#f0a07c",
                0.28,
                soft=8,
            )
            brush.fill(
                blob(pts("10 -8, 16 -14, 36 -15, 50 -9, 46 -2, 18 0", side)),
                RUST_DEEP,
                0.5,
                soft=3.2,
            )
            # A dark line from the eye's inner corner towards the muzzle.
            brush.stroke(
                pts("15 4.5, 11.5 10, 9.5 18", side),
                2.8,
                RUST_DEEP,
                0.6,
                soft=1.2,
                taper=(0.9, 0.0),
                peak=0.1,
            )
            brush.stroke(
                pts("44 -2, 50 -4, 57 -8", side),
                2.4,
                SOOT,
                0.55,
                soft=0.9,
                taper=(0.9, 0.0),
                peak=0.1,
            )
    orange = [RUST_LIGHT, RUST_DARK, RUST, "#f3ab66"]
    cream = [CREAM_LIGHT, CREAM_SHADE, CREAM_LIGHT]
    with brush.inside(head), brush.outside(mask):
        fur.coat(brush, head, _flow, orange, 6500, 8.0, 0.7, 0.30, seed=51)
    fur.coat(brush, mask, _flow, cream, 3800, 9.0, 0.8, 0.36, seed=52)
    _outline(brush, 11.0, 1.5, 45)
    # Where rust meets cream, hairs of both cross.
    for side in (-1, 1):
        border = [(side * x, y) for x, y in _MASK[1:8]]
        warm, pale = fur.towards(side * 0.9, 0.55), fur.towards(side * 0.9, -0.17)
        fur.fringe(brush, border, warm, (RUST, RUST_LIGHT), 130, 7, 0.7, 0.5, 3.5, seed=53)
        fur.fringe(brush, border, pale, (CREAM, CREAM_LIGHT), 130, 7, 0.7, 0.5, seed=54)


def _brow(brush: Brush, side: int) -> None:
    top = spline(FACE.brow_upper) * [side, 1]
    bottom = spline(FACE.brow_lower) * [side, 1]
    shape = polygon(np.concatenate([top, bottom[::-1]]))
    brush.fill(shape, RUST_DEEP, 0.75, soft=1.5)

    def along(x: float, y: float) -> fur.Vector:
        return np.array([side * 1.0, -0.75 + abs(x) / 40])

    fur.coat(brush, shape, along, ("#5c2410", RUST_DEEP, RUST_DARK), 420, 7.5, 0.8, 0.6, seed=61)


def _muzzle(brush: Brush) -> None:
    brush.stroke(
        pts("8 -8, 7.5 8, 10 22"), 6, RUST_DEEP, 0.35, soft=2.6, taper=(0.3, 0.8), peak=0.7
    )
    brush.stroke(
        pts("-1.5 -10, -1.5 8, -1 24"), 6.5, "#ffc98c", 0.6, soft=2.4, taper=(0.4, 0.8), peak=0.6
    )
    brush.fill(skia.Path.Oval(skia.Rect.MakeLTRB(-30, 36, -4, 62)), CREAM_LIGHT, 0.8, soft=5)
    brush.fill(skia.Path.Oval(skia.Rect.MakeLTRB(4, 36, 30, 62)), CREAM_LIGHT, 0.5, soft=5)
    for side in (-1, 1):
        brush.stroke(pts("18 36, 30 46, 35 58, 30 68", side), 4, CREAM_DEEP, 0.30, soft=2.6)
        brush.stroke(pts("14 40, 9 48, 2.2 53", side), 4, CREAM_DEEP, 0.28, soft=2)
    nose = blob(
        pts(
            "0 25.5, 8 26, 13.5 29.5, 14.2 34.5, 10.5 40, 4.5 44, 0 45.5, -4.5 44, "
            "-10.5 40, -14.2 34.5, -13.5 29.5, -8 26"
        )
    )
    brush.fill(nose, "#1a0f0e", 0.5, soft=1.6)
    brush.fill(
        nose, linear((-6, 25), (6, 46), [(0, "#4d3a3a", 1), (0.5, "#2b1d1d", 1), (1, "#150c0c", 1)])
    )
    with brush.inside(nose):
        brush.fill(skia.Path.Oval(skia.Rect.MakeLTRB(-10, 26.5, 6, 32.5)), "#cfc4cc", 0.5, soft=1.7)
        brush.fill(
            skia.Path.Oval(skia.Rect.MakeLTRB(-7.5, 27.6, -1, 30.2)), "#ffffff", 0.75, soft=0.8
        )
        for side in (-1, 1):
            brush.fill(
                blob(pts("5 38, 9 35, 12 35.6, 10 39, 6.4 40.6", side)), "#000000", 0.9, soft=0.6
            )
        brush.stroke(pts("12 30, 13.2 34, 10 39.5"), 1.4, "#8d7c86", 0.5, soft=0.7)
    brush.stroke(
        pts("0 45, 0.1 50, 0 58.6"), 1.5, "#5b3a33", 0.75, soft=0.4, taper=(1, 0.5), peak=0.2
    )


def _whiskers(brush: Brush) -> None:
    rng = np.random.default_rng(71)
    for side in (-1, 1):
        for row, y in enumerate((47, 51.5, 56)):
            for k in range(4):
                x = 13 + 5.2 * k + row * 0.8
                brush.fill(skia.Path.Circle(side * x, y + 0.5 * k, 0.62), "#8a5d4c", 0.7, soft=0.2)
        for k, y in enumerate((46, 50, 54, 57)):
            length = rng.uniform(44, 54)
            root = (side * (24 + k), y)
            brush.stroke(
                [
                    root,
                    (side * (26 + length * 0.5), y - 5 + 3.4 * k),
                    (side * (24 + length), y - 4 + 7.5 * k),
                ],
                0.75,
                "#fffdf8",
                0.85,
                taper=(0.9, 0.05),
                peak=0.15,
            )
