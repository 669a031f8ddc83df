"""Ada: a woman with a cloud of hair, a yellow band in it and hoops at her ears. Flat and modern.

Comes in: nothing. Goes out: :data:`FACE`, her features, and :func:`draw`, her picture: a few even
shapes with hard edges, one shade each, the light from the top left.
"""

from __future__ import annotations

import numpy as np
import skia

from characters import eyes as eye_art
from characters.brush import Brush, blob, mirror, polygon, pts, spline
from characters.eyes import EyeStyle, State
from characters.mouths import LipColours, MouthStyle, draw_lips
from characters.shape import Eye, Face
from characters.stage import poster

SKIN, SHADE, LIT, BLUSH = "#b96d4b", "#9c5440", "#cb8159", "#d8644f"
HAIR, HAIR_LIT, HAIR_DARK = "#34204a", "#573a74", "#25153a"
BAND, BAND_SHADE, BAND_LIT = "#f7b733", "#dd8f22", "#ffd36b"
KNIT, KNIT_SHADE, KNIT_LIT = "#f26a5b", "#d24b4d", "#ff8c78"

PAINTED = False

EYES = EyeStyle(
    iris="#7a4527",
    iris_dark="#3c1d1c",
    iris_light="#c98242",
    lid="#a5594a",
    crease="#7a3a3c",
    line="#2a1530",
    upper=3.3,
    lower=0.0,
    lashes=3,
    lash=6.4,
    pupil_share=0.5,
)
LIPS = LipColours(upper="#8f2f45", lower="#b8455a", shine="#d9707c", seam="#5a1630")
MOUTH = MouthStyle(
    lip="#8a2c43", seam="#5a1630", cavity="#3f0d26", tongue="#d9525c", tongue_light="#ea7672"
)

FACE = Face(
    eye=Eye(
        upper=pts("13 3.2, 15.8 -4, 21 -9.8, 28 -12.4, 35 -11.6, 41 -7.4, 44.5 -1"),
        lower=pts("13 3.2, 17.4 7.6, 23.2 10.4, 29.6 11.2, 36 9.4, 41.2 5, 44.5 -1"),
        crease=pts("12.6 -3, 15.8 -9.4, 21 -14.8, 28.4 -17.4, 36.4 -16.2, 43.4 -11.2, 47.6 -4.4"),
        iris=(29, -0.6),
        radius=10.6,
    ),
    brow_upper=pts("12.6 -26, 20 -30, 30 -32.6, 40 -31.8, 48 -27.8, 54.4 -20.6"),
    brow_lower=pts("12.6 -26, 13.2 -21.6, 20.6 -24.2, 30 -26.6, 39.4 -26.6, 47 -24.4, 54.4 -20.6"),
    lip_top=pts("-26 58.2, -20 58.6, -12 56, -5 54, 0 55.6, 5 54, 12 56, 20 58.6, 26 58.2"),
    seam=pts("-26 58.2, -20 61.8, -12 63.4, -5.5 63, 0 64, 5.5 63, 12 63.4, 20 61.8, 26 58.2"),
    lip_bottom=pts("-26 58.2, -22 64, -16.5 69, -9 73, 0 74.4, 9 73, 16.5 69, 22 64, 26 58.2"),
    nose_tip=(0, 37.0),
    nose_base=(0, 44.0),
    nostril=(14.5, 38.5),
    bridge=pts("0 -4, 0 8, 0 20, 0 30, 0 37"),
    oval=pts(
        "0 -54, 20 -53, 40 -47, 54 -34, 61.5 -16, 64 4, 63.6 24, 61 44, 55.6 62, 47 78, 35.6 91.6, "
        "22 101, 10 105.4, 0 106.4"
    ),
)
"""Her features; see :mod:`characters.shape` for the unit."""

_SKULL_TOP = pts("0 -78, 28 -74, 52 -56")
_CAP = pts("66 -30, 40 -82, 0 -92, -40 -82, -66 -30")
_HAIRLINE = pts(
    "-66 -14, -60 -24, -50 -40, -34 -51, -17 -56, 0 -57.4, 17 -56, 34 -51, 50 -40, 60 -24, 66 -14"
)


def backdrop(brush: Brush) -> None:
    """Draws what is behind her."""
    poster(brush, "#8fd3c4", "#b5e5d6")


def draw(brush: Brush, eyes: State = "open") -> None:
    """Draws her, head and shoulders."""
    _hair(brush)
    _body(brush)
    for side in (-1, 1):
        _ear(brush, side)
    _head(brush)
    for side in (-1, 1):
        eye_art.draw_eye(brush, FACE, side, EYES, eyes)
        eye_art.draw_brow(brush, FACE, side, HAIR_DARK)
    _nose(brush)
    draw_lips(brush, FACE, LIPS)
    _hair_before(brush)


def _curls(
    centre: tuple[float, float],
    reach: tuple[float, float],
    span: tuple[float, float],
    count: int,
    size: float,
    seed: int,
) -> list[tuple[float, float, float]]:
    """Circles along an arc: x, y, radius; the span in degrees, 0 to the right, 90 down."""
    rng = np.random.default_rng(seed)
    out = []
    for angle in np.radians(np.linspace(*span, count)):
        x, y = centre[0] + reach[0] * np.cos(angle), centre[1] + reach[1] * np.sin(angle)
        out.append((float(x), float(y), size * float(rng.uniform(0.86, 1.14))))
    return out


def _circles(curls: list[tuple[float, float, float]]) -> skia.Path:
    path = skia.Path()
    for x, y, r in curls:
        path.addCircle(x, y, r)
    return path


def _hair(brush: Brush) -> None:
    """The cloud behind her head, lit from the top left."""
    outer = _curls((0, -6), (84, 79), (-236, 56), 21, 18, 3)
    whole = _circles(outer)
    whole.addOval(skia.Rect.MakeLTRB(-86, -90, 86, 88))
    brush.fill(whole, HAIR)
    with brush.inside(whole):
        for x, y, r in _curls((0, -6), (84, 79), (-236, -70), 13, 15.5, 3):
            bow = skia.Path.Circle(x - 1.5, y - 1.5, r * 0.86)
            with brush.outside(skia.Path.Circle(x + 3.0, y + 3.2, r * 0.86)):
                brush.fill(bow, HAIR_LIT)
        for x, y, r in _curls((0, -6), (84, 79), (-46, 56), 8, 15.5, 3):
            bow = skia.Path.Circle(x + 2, y + 3, r)
            with brush.outside(skia.Path.Circle(x - 3, y - 3.4, r)):
                brush.fill(bow, HAIR_DARK)
        brush.fill(blob(pts("-62 30, -66 -20, 0 -60, 66 -20, 62 30, 56 90, -56 90")), HAIR_DARK)


def _body(brush: Brush) -> None:
    half = pts("26 84, 26.6 108, 29 124, 40 136, 60 160")
    neck = polygon(np.concatenate([spline(half), spline(mirror(half))[::-1]]))
    brush.fill(neck, SKIN)
    with brush.inside(neck):
        brush.fill(blob(pts("-52 70, -40 98, -20 113, 4 121, 30 118, 60 96, 60 70")), SHADE)
        brush.fill(blob(pts("18 84, 18 112, 24 132, 44 150, 70 150, 40 84")), SHADE)
    shoulder = pts("22 138, 38 139, 70 145, 100 154, 122 166, 134 184, 138 210")
    shape = polygon(np.concatenate([spline(shoulder), spline(mirror(shoulder))[::-1]]))
    brush.fill(shape, KNIT)
    with brush.inside(shape):
        brush.fill(blob(pts("64 136, 58 160, 54 200, 150 210, 150 150")), KNIT_SHADE)
        brush.stroke(pts("-62 150, -88 158, -106 168"), 4.2, KNIT_LIT, taper=(0.2, 0.1), peak=0.5)
        brush.stroke(pts("-92 214, -88 196, -78 182"), 3, KNIT_SHADE, taper=(0.3, 0.05))
    collar = blob(
        pts("-34 122, -20 131, 0 134, 20 131, 34 122, 38 134, 26 145, 0 150, -26 145, -38 134")
    )
    brush.fill(collar, KNIT)
    with brush.inside(collar):
        brush.fill(blob(pts("12 120, 16 140, 8 154, 50 154, 50 120")), KNIT_SHADE)
    brush.line(pts("-36 136, -20 146, 0 149.4, 20 146, 36 136"), 1.6, KNIT_SHADE)


def _ear(brush: Brush, side: int) -> None:
    ear = blob(pts("60 4, 67 1, 72 7, 71 20, 66 31, 59 32", side))
    brush.fill(ear, SKIN if side < 0 else SHADE)
    brush.stroke(
        pts("63 10, 67.5 11, 66.5 20", side),
        1.8,
        SHADE if side < 0 else "#7f4136",
        taper=(0.3, 0.2),
    )
    x, y, r = side * 69.5, 51.0, 15.5
    ring = skia.Path.Circle(x, y, r)
    ring.addCircle(x, y, r - 4.2)
    ring.setFillType(skia.PathFillType.kEvenOdd)
    brush.fill(ring, BAND)
    with brush.inside(ring):
        with brush.outside(skia.Path.Circle(x - 1.4, y - 1.8, r - 1.4)):
            brush.fill(ring, BAND_SHADE)
        brush.stroke(
            [(x - 11, y - 5), (x - 8, y - 10), (x - 2, y - 13.2)], 1.8, BAND_LIT, taper=(0.2, 0.2)
        )


def _head(brush: Brush) -> None:
    half = [*_SKULL_TOP[1:], *FACE.oval[4:-1]]
    head = blob([_SKULL_TOP[0], *half, FACE.oval[-1], *mirror(half)[::-1]])
    brush.fill(head, SKIN)
    with brush.inside(head):
        lit = skia.Path(head)
        lit.offset(-8.5, -3.2)
        with brush.outside(lit):
            brush.fill(head, SHADE)
        brush.fill(blob(pts("-58 20, -57 -16, -46 -38, -26 -46, -6 -42, -28 -36, -44 -20")), LIT)
        for side in (-1, 1):
            brush.fill(
                skia.Path.Oval(skia.Rect.MakeXYWH(side * 40 - 11.5, 25, 23, 14)), BLUSH, 0.55
            )
        brush.stroke(pts("-8 80.6, 0 82.2, 8 80.6"), 2.4, SHADE, taper=(0.1, 0.1), peak=0.5)
        for x, y in ((-47, 21), (-41, 19), (-35, 21.5), (35, 21.5), (41, 19), (47, 21)):
            brush.fill(skia.Path.Circle(x, y, 0.95), SHADE)


def _nose(brush: Brush) -> None:
    brush.fill(blob(pts("3.6 6, 6 22, 13.4 34, 13.6 41, 5 43.6, 3.4 36, 2.8 22")), SHADE)
    brush.fill(blob(pts("-2.6 14, -1.2 14, -0.8 30, -2.2 35, -4.4 34")), LIT)
    for side in (-1, 1):
        brush.stroke(pts("4.4 43, 8 41.6, 11.4 42.4", side), 2.4, "#6f3236", taper=(0.3, 0.2))
    brush.stroke(pts("-12.6 35, -15 38.6, -12.4 42.4"), 1.8, SHADE, taper=(0.1, 0.2), peak=0.6)


def _hair_before(brush: Brush) -> None:
    """Hair over the forehead and the band across it."""
    rng = np.random.default_rng(8)
    cap = polygon(np.concatenate([spline(_HAIRLINE), spline(_CAP)]))
    curls = [
        (float(x) * 1.01, float(y) - 4.4, float(rng.uniform(5.4, 7.4)))
        for x, y in spline(_HAIRLINE, steps=2)[2:-2]
    ]
    with brush.inside(_forehead()):
        brush.fill(_circles([(x + 1.4, y + 3.6, r) for x, y, r in curls]), SHADE)
    brush.fill(cap, HAIR)
    brush.fill(_circles(curls), HAIR)
    low = pts("-72 -14, -62 -42, -42 -62.5, -20 -71, 0 -73, 20 -71, 42 -62.5, 62 -42, 72 -14")
    high = pts("-83 -24, -71 -56, -47 -79, -22 -88.6, 0 -91, 22 -88.6, 47 -79, 71 -56, 83 -24")
    band = polygon(np.concatenate([spline(low), spline(high)[::-1]]))
    brush.fill(band, BAND)
    with brush.inside(band):
        brush.fill(blob(pts("30 -100, 36 -76, 54 -56, 66 -20, 96 -20, 90 -100")), BAND_SHADE)
        brush.line(np.asarray(pts("-76 -34, -63 -60, -43 -76, -20 -84")), 2.6, BAND_LIT)
        for k, x in enumerate((-56.0, -34.0, -12.0, 12.0, 34.0, 56.0)):
            y = -82 + 0.0085 * x * x + (3 if k % 2 else 0)
            brush.fill(skia.Path.Circle(x, y, 2.6), KNIT)
    # Its ends go under the cloud.
    for side in (-1, 1):
        over = [(side * 75, -24.0, 14.0), (side * 77.0, -6.0, 12.5), (side * 84.0, -38.0, 9.5)]
        brush.fill(_circles(over), HAIR)
        for x, y, r in over if side < 0 else []:
            with brush.outside(skia.Path.Circle(x + 3, y + 3.2, r * 0.86)):
                brush.fill(skia.Path.Circle(x - 0.5, y - 0.5, r * 0.86), HAIR_LIT)


def _forehead() -> skia.Path:
    return blob(pts("0 -78, 40 -64, 60 -30, 62 10, 0 10, -62 10, -60 -30, -40 -64"))
