"""Rufus: a fox with a scarf, drawn in ink.

Comes in: nothing. Goes out: :data:`FACE`, his features, and :func:`draw`, his picture: flat colours
held by a brush line that swells and thins, shaded by hatching. His mouth is a line of that ink, and
the ink's two halves are his lips.
"""

from __future__ import annotations

import numpy as np
import skia

from characters import eyes as eye_art
from characters.brush import Brush, blob, mirror, polygon, pts, spline
from characters.eyes import EyeStyle, State
from characters.mouths import MouthStyle, draw_mouth_line
from characters.rufus_scarf import INK, draw_scarf, hatch, ink
from characters.shape import Eye, Face
from characters.stage import poster

RUST, RUST_SHADE, RUST_LIT = "#f0752e", "#cf5420", "#ff9a4d"
CREAM, CREAM_SHADE = "#fff1da", "#ecd0b4"

PAINTED = False

EYES = EyeStyle(
    iris="#f2a71b",
    iris_dark="#a85a10",
    iris_light="#ffd75e",
    lid="#e2652a",
    crease=INK,
    line=INK,
    upper=3.6,
    lower=1.6,
    pupil=INK,
    pupil_share=0.56,
    white_shade="#d8cbe4",
)
MOUTH = MouthStyle(
    lip=INK, seam=INK, cavity="#4a1030", tongue="#e5566a", tongue_light="#f58a8e", row="fangs"
)

FACE = Face(
    eye=Eye(
        upper=pts("13 6, 15 -2.4, 20 -9.4, 27 -12.8, 34.4 -12, 40.6 -8, 44.5 -2.6"),
        lower=pts("13 6, 17.6 9.2, 23.4 11.4, 29.8 11.6, 36 9, 41.2 4, 44.5 -2.6"),
        crease=pts("13.4 -5.4, 17.6 -12, 22.8 -16.2, 29 -17.8, 36 -16.4, 42.6 -12, 47.4 -6.6"),
        iris=(28.4, -0.2),
        radius=10.4,
    ),
    brow_upper=pts("13.6 -24.6, 20 -29.6, 29 -33.4, 38 -34, 46 -31, 52.6 -25"),
    brow_lower=pts("13.6 -24.6, 14.6 -21.4, 20.6 -24.6, 29 -27.6, 38 -28.6, 46 -28, 52.6 -25"),
    lip_top=pts(
        "-26 58.6, -21 57.4, -15 57.4, -8 57.4, -3 57, 0 56.8, 3 57, 8 57.4, 15 57.4, 21 57.4, "
        "26 58.6"
    ),
    seam=pts(
        "-26 58.6, -21.6 60.9, -15 62.6, -8 63, -3 62.3, 0 61.7, 3 62.3, 8 63, 15 62.6, 21.6 60.9, "
        "26 58.6"
    ),
    lip_bottom=pts(
        "-26 58.6, -22.4 63, -16 66.8, -8 68.4, -3 68.4, 0 68.4, 3 68.4, 8 68.4, 16 66.8, "
        "22.4 63, 26 58.6"
    ),
    nose_tip=(0, 33.0),
    nose_base=(0, 43.5),
    nostril=(13.0, 36.0),
    bridge=pts("0 -4, 0 8, 0 18, 0 26, 0 33"),
    oval=pts(
        "0 -54, 20 -53, 40 -47, 55 -36, 63 -20, 67 -2, 68 16, 66 34, 60 52, 51 68, 40 82, 28 93, "
        "15 101, 0 104"
    ),
)
"""His features; see :mod:`characters.shape` for the unit."""

_HEAD = pts("0 -66, 16 -67, 34 -64, 52 -55, 66 -40, 75 -20, 79 0, 84 18")
_CHEEK = pts("84 18, 92 30, 108 42")
_CHEEK_2 = pts("108 42, 96 46, 87 46, 92 56, 101 66")
_CHEEK_3 = pts("101 66, 88 67, 76 65, 78 73, 82 82")
_CHIN = pts("82 82, 66 83, 50 88, 34 97, 16 104, 0 107")
_EAR = pts("22 -62, 32 -80, 46 -97, 60 -107, 71 -92, 78 -70, 79 -44, 72 -24")
_MASK = pts("0 30, 10 23, 18 17, 30 16, 42 13, 53 5, 63 -6, 77 -10")


def _outline() -> np.ndarray:
    """Half of the head's outline on the picture's right, its tufts with sharp ends."""
    parts = [spline(part) for part in (_HEAD, _CHEEK, _CHEEK_2, _CHEEK_3, _CHIN)]
    return np.concatenate(parts)


def _whole(half: np.ndarray) -> skia.Path:
    return polygon(np.concatenate([half, (half * [-1, 1])[::-1]]))


def backdrop(brush: Brush) -> None:
    """Draws what is behind him."""
    poster(brush, "#3d4f94", "#5a70bb")


def draw(brush: Brush, eyes: State = "open") -> None:
    """Draws him, head and shoulders."""
    _body(brush)
    for side in (-1, 1):
        _ear(brush, side)
    _head(brush)
    for side in (-1, 1):
        eye_art.draw_eye(brush, FACE, side, EYES, eyes)
        eye_art.draw_brow(brush, FACE, side, INK)
    _muzzle(brush)


def _body(brush: Brush) -> None:
    shoulder = pts("30 118, 52 134, 82 146, 108 157, 128 172, 138 206")
    half = spline(shoulder)
    body = _whole(half)
    brush.fill(body, RUST)
    with brush.inside(body):
        brush.fill(blob(pts("66 130, 74 160, 70 210, 150 210, 150 150")), RUST_SHADE)
        bib = blob(pts("-46 130, 46 130, 40 170, 26 214, -26 214, -40 170"))
        brush.fill(bib, CREAM)
    neck = polygon(pts("-54 60, 54 60, 56 116, 40 150, -40 150, -56 116"))
    brush.fill(neck, CREAM_SHADE)
    brush.fill(blob(pts("-60 60, 60 60, 58 100, 36 112, 0 118, -36 112, -58 100")), "#c99c8e")
    for side in (-1, 1):
        ink(brush, pts("53 84, 54 100, 56 116", side), 3.2, 0.5, (0.8, 0.8))
        ink(brush, shoulder if side > 0 else mirror(shoulder), 3.6, 0.6, (0.6, 0.8))
    for k, (x, y) in enumerate(((-38, 150), (-34, 163), (-29, 176))):
        ink(brush, [(x, y), (x + 4, y + 5), (x + 11 - k, y + 7)], 2.4, 0.2, (0.7, 0.05))
    draw_scarf(brush)


def _ear(brush: Brush, side: int) -> None:
    half = spline(_EAR) * [side, 1]
    ear = polygon(half)
    brush.fill(ear, RUST if side < 0 else RUST_SHADE)
    with brush.inside(ear):
        brush.fill(blob(pts("30 -92, 48 -86, 62 -88, 80 -80, 84 -120, 40 -120", side)), INK)
        inner = polygon(spline(pts("36 -56, 44 -74, 57 -88, 66 -72, 69 -52, 62 -30", side)))
        brush.fill(inner, "#7a2f4a")
        for k, (x, y) in enumerate(((40, -64), (47, -60), (54, -54))):
            tuft = pts(
                f"{x - 5} {y + 14}, {x + 1} {y}, {x + 8 + k} {y - 13}, "
                f"{x + 7} {y + 2}, {x + 8} {y + 16}",
                side,
            )
            brush.fill(polygon(spline(tuft)), CREAM)
    ink(brush, half[: len(half) // 2], 3.8, 0.6, (0.5, 0.9))
    ink(brush, half[len(half) // 2 - 2 :], 4.2, 0.4, (0.8, 0.5))


def _head(brush: Brush) -> None:
    half = _outline()
    head = _whole(half)
    brush.fill(head, RUST)
    mask = _whole(
        np.concatenate([spline(_MASK), spline(pts("77 -10, 120 20, 120 90, 40 130, 0 130"))])
    )
    with brush.inside(head):
        brush.fill(blob(pts("-60 -44, -40 -58, -10 -62, -20 -54, -44 -42, -56 -30")), RUST_LIT)
        brush.fill(blob(pts("40 -70, 58 -40, 66 -8, 100 0, 100 -80")), RUST_SHADE)
        brush.fill(blob(pts("0 -70, 5 -50, 2 -34, 0 -26, -2 -34, -5 -50")), RUST_SHADE)
        brush.fill(mask, CREAM)
        shade = skia.Path(head)
        shade.offset(-9, -6)
        with brush.inside(mask), brush.outside(shade):
            brush.fill(head, CREAM_SHADE)
        hatch(brush, pts("62 -42, 70 -26, 74 -8"), pts("54 -36, 62 -22, 66 -6"), 8, 1.7, INK)
        hatch(brush, pts("82 78, 62 82, 44 90"), pts("74 70, 56 74, 40 82"), 9, 1.5, "#b98f86")
        for side in (-1, 1):
            brush.fill(
                skia.Path.Oval(skia.Rect.MakeXYWH(side * 49 - 11, 27, 22, 12)), "#ff9d7e", 0.6
            )
    for side in (-1, 1):
        flip = np.array([side, 1.0])
        border = spline(_MASK)[8:] * flip
        ink(brush, border, 1.8, 0.7, (0.1, 0.6))
        for part, width in (
            (_HEAD, 3.6),
            (_CHEEK, 3.8),
            (_CHEEK_2, 3.4),
            (_CHEEK_3, 3.4),
            (_CHIN, 3.8),
        ):
            ink(brush, spline(part) * flip, width, 0.55, (0.55, 0.55))
        # Single tufts on the crown.
    for tuft in ("-13 -63, -9 -76, -1 -84, -1 -75, 3 -63", "1 -63, 5 -74, 13 -79, 10 -72, 12 -63"):
        line = spline(pts(tuft))
        brush.fill(polygon([*line, (0, -58)]), RUST)
        ink(brush, line, 2.8, 0.5, (0.5, 0.5))


def _muzzle(brush: Brush) -> None:
    for side in (-1, 1):
        ink(brush, pts("9.5 12, 8.2 18, 9 24", side), 1.8, 0.5, (0.1, 0.3))
        for x, y in ((20, 48), (27, 45.5), (19, 54)):
            brush.fill(skia.Path.Circle(side * x, y, 1.0), INK)
        for k, y in enumerate((44, 50, 56)):
            end = (side * 86, y - 6 + 7.5 * k)
            brush.stroke(
                [(side * 36, y), (side * 62, y - 4 + 3.4 * k), end],
                1.3,
                INK,
                taper=(0.9, 0.05),
                peak=0.15,
            )
    nose = blob(
        pts(
            "0 24.4, 8.4 25, 13.6 28.6, 13.2 34, 8.4 39.6, "
            "0 43.4, -8.4 39.6, -13.2 34, -13.6 28.6, -8.4 25"
        )
    )
    brush.fill(nose, INK)
    brush.fill(blob(pts("-9 28.6, -4 27.2, 2 27.4, -2 30, -7 31.2")), "#8d86b8")
    brush.fill(skia.Path.Circle(-6.0, 29.2, 1.3), "#ffffff")
    ink(brush, pts("0 42, 0.2 50, 0 60"), 2.6, 0.3, (0.9, 0.9))
    draw_mouth_line(brush, FACE, INK)
    ink(brush, pts("-6 74, 0 75.6, 6 74"), 2.0, 0.5, (0.1, 0.1))
    for k, x in enumerate((-9, 1, 11)):
        y = 96 - abs(x - 1) * 0.35
        ink(brush, [(x, y - 6), (x - 0.5, y - 1), (x - 2 + k, y + 3)], 2.0, 0.3, (0.2, 0.1))
