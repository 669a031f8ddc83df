"""Otto: a robot with a screen for a face. Enamel, rubber and light.

Comes in: nothing. Goes out: :data:`FACE`, his features, and :func:`draw`, his picture. Eyes, brows
and mouth are lights on the screen; the eyes close with shutters, and behind the line of the mouth
are rows of lights.
"""

from __future__ import annotations

import numpy as np
import skia

from characters.brush import Brush, blob, linear, mirror, polygon, pts, spline
from characters.eyes import EyeStyle, State, draw_glints, draw_iris
from characters.mouths import MouthStyle, draw_mouth_line
from characters.shape import Eye, Face
from characters.stage import poster

SHELL, SHELL_SHADE, SHELL_LIT, SHELL_DEEP = "#f4ecdd", "#d5c8c4", "#fffaf0", "#b3a3ad"
CORAL, CORAL_SHADE, CORAL_LIT = "#f26a5b", "#c9474f", "#ff9382"
SCREEN, SCREEN_EDGE, SCREEN_LIT = "#191b45", "#0f1030", "#262a63"
LIGHT = "#5ff0e3"
RUBBER, RUBBER_LIT, RUBBER_DARK = "#5a5478", "#7f79a3", "#3a3556"
SHUTTER, SHUTTER_LINE = "#2f3474", "#191b45"

PAINTED = False

EYES = EyeStyle(
    iris="#1795ab",
    iris_dark="#0d5f83",
    iris_light="#43d3d6",
    lid=SHUTTER,
    white="#b9fbf3",
    white_shade="#83ece4",
    pupil="#0b1236",
    line=LIGHT,
    upper=2.6,
    lower=0.0,
    pupil_share=0.55,
)
MOUTH = MouthStyle(
    lip=LIGHT,
    seam=LIGHT,
    cavity="#0c0d2b",
    tongue="#e7596a",
    tongue_light="#ff8a86",
    teeth="#c8fff7",
    teeth_shade="#57cfcf",
    row="bars",
    shade=0.0,
)

FACE = Face(
    eye=Eye(
        upper=pts("13 1, 13.4 -8, 17 -14.2, 23.6 -16.4, 33.9 -16.4, 40.5 -14.2, 44.1 -8, 44.5 1"),
        lower=pts("13 1, 13.4 9, 17 15, 23.6 17, 33.9 17, 40.5 15, 44.1 9, 44.5 1"),
        crease=pts("12 1, 12.4 -9, 16.4 -15.6, 23.4 -18, 34.1 -18, 41.1 -15.6, 45.1 -9, 45.5 1"),
        iris=(28.75, 1.4),
        radius=11.2,
    ),
    brow_upper=pts("11 -26.6, 21 -32.6, 30 -34, 39 -32.2, 49 -25.6"),
    brow_lower=pts("11 -23, 21.4 -26.4, 30 -27.2, 38.4 -26, 49 -22"),
    lip_top=pts("-26 59, -21 58.4, -14 59, -7 59.6, 0 59.8, 7 59.6, 14 59, 21 58.4, 26 59"),
    seam=pts("-26 59, -21.4 61.8, -14 64, -7 65.2, 0 65.6, 7 65.2, 14 64, 21.4 61.8, 26 59"),
    lip_bottom=pts(
        "-26 59, -22 64.4, -14.6 68.8, -7 70.8, 0 71.4, 7 70.8, 14.6 68.8, 22 64.4, 26 59"
    ),
    nose_tip=(0, 37.0),
    nose_base=(0, 45.0),
    nostril=(13.0, 38.0),
    bridge=pts("0 -4, 0 8, 0 20, 0 30, 0 37"),
    oval=pts(
        "0 -54, 20 -53, 40 -48, 54 -38, 61.5 -20, 64 0, 64 20, 62 40, 58 58, 50 74, 40 88, 28 98, "
        "14 104, 0 106"
    ),
    rigid=True,
)
"""His features; see :mod:`characters.shape` for the unit."""


def _box(
    x0: float, y0: float, x1: float, y1: float, corner: float, power: float = 1.0
) -> skia.Path:
    """A box with round corners and gently bent sides."""
    bend = 0.035 * power
    w, h = x1 - x0, y1 - y0
    k = corner
    edge = [
        (x0 + k, y0 + bend * 20),
        ((x0 + x1) / 2, y0 - bend * h * 0.6),
        (x1 - k, y0 + bend * 20),
        (x1 - k * 0.28, y0 + k * 0.28),
        (x1 - bend * 20, y0 + k),
        (x1 + bend * w * 0.5, (y0 + y1) / 2),
        (x1 - bend * 20, y1 - k),
        (x1 - k * 0.28, y1 - k * 0.28),
        (x1 - k, y1 - bend * 20),
        ((x0 + x1) / 2, y1 + bend * h * 0.4),
        (x0 + k, y1 - bend * 20),
        (x0 + k * 0.28, y1 - k * 0.28),
        (x0 + bend * 20, y1 - k),
        (x0 - bend * w * 0.5, (y0 + y1) / 2),
        (x0 + bend * 20, y0 + k),
        (x0 + k * 0.28, y0 + k * 0.28),
    ]
    return blob(edge)


_HEAD = (-90.0, -74.0, 90.0, 116.0)
_SCREEN = (-73.0, -54.0, 73.0, 99.0)


def backdrop(brush: Brush) -> None:
    """Draws what is behind him."""
    poster(brush, "#f8b83e", "#ffd16e")


def draw(brush: Brush, eyes: State = "open") -> None:
    """Draws him, head and shoulders."""
    _antenna(brush)
    _body(brush)
    for side in (-1, 1):
        _ear(brush, side)
    _head(brush)
    _screen(brush)
    for side in (-1, 1):
        _eye(brush, side, eyes)
        brow = pts("18 -27.4, 23.4 -29.8, 30 -30.4, 36 -29.6, 41 -27.2", side)
        brush.line(brow, 6.4, LIGHT, 0.22, soft=2.4)
        brush.line(brow, 3.6, LIGHT)
    brush.line(spline(FACE.seam), 7.5, LIGHT, 0.22, soft=2.4)
    draw_mouth_line(brush, FACE, LIGHT, 3.8)
    _glass(brush)


def _eye(brush: Brush, side: int, state: State) -> None:
    opening = polygon(FACE.eye_opening(side))
    brush.fill(opening, LIGHT, 0.30, soft=4.5)
    brush.fill(opening, SCREEN)
    if state == "shut":
        brush.fill(opening, SHUTTER)
        with brush.inside(opening):
            x = side * 28.75
            for y in np.arange(-12, 18, 6.0):
                brush.line([(x - 18, y), (x, y), (x + 18, y)], 1.1, SHUTTER_LINE)
                brush.line([(x - 18, y + 1.2), (x, y + 1.2), (x + 18, y + 1.2)], 0.7, "#4a50a0")
        return
    brush.fill(opening, EYES.white)
    with brush.inside(opening):
        upper = spline(FACE.eye.upper) * [side, 1]
        brush.fill(
            polygon(np.concatenate([upper + [0, -6], (upper + [0, 5])[::-1]])), EYES.white_shade
        )
        if state == "open":
            draw_iris(brush, FACE, side, EYES)
            draw_glints(brush, FACE, side)


def _antenna(brush: Brush) -> None:
    brush.line(pts("0 -66, 0 -80, 0 -92"), 5.4, RUBBER)
    brush.line(pts("-1.4 -68, -1.4 -80, -1.4 -90"), 1.6, RUBBER_LIT)
    ball = skia.Path.Circle(0, -95, 9.5)
    brush.fill(ball, CORAL)
    with brush.inside(ball):
        with brush.outside(skia.Path.Circle(-2.4, -97.4, 9.5)):
            brush.fill(ball, CORAL_SHADE)
        brush.fill(skia.Path.Oval(skia.Rect.MakeXYWH(-6, -101.4, 5.4, 3.8)), CORAL_LIT)


def _ear(brush: Brush, side: int) -> None:
    left, right = sorted((side * 84.0, side * 108.0))
    pad = skia.Path.RRect(skia.Rect.MakeLTRB(left, -8, right, 46), 11, 11)
    brush.fill(pad, CORAL if side < 0 else CORAL_SHADE)
    with brush.inside(pad):
        brush.fill(
            skia.Path.Rect(skia.Rect.MakeLTRB(-120, 30, 120, 60)),
            CORAL_SHADE if side < 0 else "#a93a47",
        )
        brush.stroke(
            pts("99 -2, 103 6, 104 18", side),
            3.0,
            CORAL_LIT,
            1.0 if side < 0 else 0.5,
            taper=(0.2, 0.2),
        )
    disc = skia.Path.Circle(side * 97.5, 19, 5.6)
    brush.fill(disc, SHELL if side < 0 else SHELL_SHADE)
    brush.line([(side * 97.5 - 3, 21), (side * 97.5, 19), (side * 97.5 + 3, 17)], 1.5, RUBBER)


def _head(brush: Brush) -> None:
    shell = _box(*_HEAD, 34)
    brush.fill(shell, SHELL)
    with brush.inside(shell):
        lit = skia.Path(shell)
        lit.offset(-9, -7)
        with brush.outside(lit):
            brush.fill(shell, SHELL_SHADE)
        brush.stroke(
            pts("-80 -34, -74 -54, -56 -66, -30 -70"), 5, SHELL_LIT, taper=(0.1, 0.1), peak=0.5
        )
        brush.line(pts("0 -80, 0 -64, 0 -56"), 1.4, SHELL_DEEP)
    for side in (-1, 1):
        for y in (-46, 90):
            brush.fill(skia.Path.Circle(side * 80.5, y + (6 if y > 0 else 0), 2.5), SHELL_DEEP)


def _screen(brush: Brush) -> None:
    x0, y0, x1, y1 = _SCREEN
    brush.fill(_box(x0 - 3.6, y0 - 3.6, x1 + 3.6, y1 + 3.6, 27), SHELL_DEEP)
    screen = _box(x0, y0, x1, y1, 25)
    brush.fill(screen, SCREEN_EDGE)
    brush.fill(_box(x0 + 3, y0 + 3, x1 - 3, y1 - 3, 23), SCREEN)
    with brush.inside(screen):
        for side in (-1, 1):
            for k in range(3):
                x = side * (40 + 6.6 * k)
                brush.line([(x - 1.6, 37), (x, 34), (x + 1.6, 31)], 2.4, "#f2758c", 0.85)


def _glass(brush: Brush) -> None:
    """A reflection in the corner, clear of what moves."""
    brush.stroke(pts("-66 -22, -64 -38, -52 -47"), 3.6, "#5d64b4", taper=(0.2, 0.2), peak=0.5)
    brush.fill(skia.Path.Circle(-44.5, -48.4, 1.7), "#5d64b4")
    brush.stroke(pts("66 66, 64 82, 52 91"), 3.0, SCREEN_LIT, taper=(0.2, 0.2), peak=0.5)


def _body(brush: Brush) -> None:
    for y, half in ((112, 30.0), (120, 33), (128, 36), (136, 39)):
        ring = skia.Path.RRect(skia.Rect.MakeLTRB(-half, y, half, y + 9), 4.5, 4.5)
        brush.fill(ring, RUBBER)
        with brush.inside(ring):
            brush.fill(skia.Path.Rect(skia.Rect.MakeLTRB(12, y, 60, y + 10)), RUBBER_DARK)
            brush.line([(-half + 5, y + 2.6), (-14, y + 2.6), (-8, y + 2.6)], 1.6, RUBBER_LIT)
        with brush.inside(ring):
            brush.fill(skia.Path.Rect(skia.Rect.MakeLTRB(-60, 100, 60, 125)), RUBBER_DARK, 0.55)
    shoulder = pts("30 141, 52 141, 84 146, 112 156, 130 172, 136 206")
    shape = polygon(np.concatenate([spline(shoulder), spline(mirror(shoulder))[::-1]]))
    brush.fill(shape, SHELL)
    with brush.inside(shape):
        brush.fill(blob(pts("76 138, 70 160, 72 214, 150 214, 150 150")), SHELL_SHADE)
        for side in (-1, 1):
            brush.line(pts("88 146, 84 164, 88 206", side), 1.6, SHELL_DEEP)
        brush.stroke(pts("-100 158, -116 167, -124 180"), 4, SHELL_LIT, taper=(0.2, 0.1))
        panel = skia.Path.RRect(skia.Rect.MakeLTRB(-34, 156, 34, 214), 12, 12)
        brush.fill(panel, CORAL)
        with brush.inside(panel):
            brush.fill(skia.Path.Rect(skia.Rect.MakeLTRB(10, 150, 50, 220)), CORAL_SHADE)
        for k, tone in enumerate((LIGHT, "#ffd16e", SHELL)):
            brush.fill(skia.Path.Circle(-15 + 15 * k, 169, 3.6), tone)
    collar = skia.Path.RRect(skia.Rect.MakeLTRB(-48, 138, 48, 149), 5.5, 5.5)
    brush.fill(collar, CORAL)
    with brush.inside(collar):
        brush.fill(
            skia.Path.Rect(skia.Rect.MakeLTRB(-60, 138, 60, 150)),
            linear((12, 0), (12.2, 0), [(0, CORAL, 1), (1, CORAL_SHADE, 1)]),
        )
