"""Draws the mouth: closed lips in the picture, teeth and tongue for when it opens.

Comes in: a brush, the face's numbers, colours. Goes out: marks on the canvas, and the mouth's four
textures in the shapes `docs/imx-format.md` gives: flat, in the character's own colours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import skia

from characters.brush import Brush, linear, polygon, pts, spline
from characters.shape import Face

Pixels = npt.NDArray[np.uint8]

PX_MM = 8
"""Texels per millimetre of the mouth's textures."""
UPPER, LOWER, TONGUE, TIP = (48, 16), (48, 12), (34, 14), (20, 14)
"""Their sizes, mm."""
UPPER_EDGE, LOWER_EDGE = 14.0, 2.0
"""Where the teeth's edges lie, mm below the texture's top."""


@dataclass(frozen=True)
class MouthStyle:
    """Colours of a mouth, as "#rrggbb", and its teeth.

    Attributes:
        lip: of the lips' inner edge.
        seam: of the line between closed lips.
        cavity: of the dark inside.
        tongue, tongue_light: of the tongue and its lit middle.
        teeth, teeth_shade: of the teeth and the row below.
        row: "plain" an even band; "fangs" the same with two small fangs; "bars" lights in a row;
            "none".
        shade: how strong the lips' shadow inside is, 0..1.
    """

    lip: str
    seam: str
    cavity: str = "#3b0f24"
    tongue: str = "#e0585f"
    tongue_light: str = "#ee7f7c"
    teeth: str = "#fffaf0"
    teeth_shade: str = "#e4dbe2"
    row: Literal["plain", "fangs", "bars", "none"] = "plain"
    shade: float = 0.3


@dataclass(frozen=True)
class LipColours:
    """Colours of full lips, as "#rrggbb"."""

    upper: str
    lower: str
    shine: str
    seam: str


def draw_lips(brush: Brush, face: Face, colours: LipColours) -> None:
    """Draws full closed lips: a dark upper one, a lighter lower one, one light on it."""
    seam = spline(face.seam)
    brush.fill(polygon(face.lips_outline()), colours.upper)
    brush.fill(polygon(face.lower_lip()), colours.lower)
    low, high = max(y for _, y in face.lip_bottom), max(y for _, y in face.seam)
    shine = skia.Rect.MakeXYWH(-9.5, high + 0.24 * (low - high), 13, 0.26 * (low - high))
    with brush.inside(polygon(face.lower_lip())):
        brush.fill(skia.Path.RRect(shine, 1.2, 1.2), colours.shine)
    brush.stroke(seam, 1.5, colours.seam, taper=(0.35, 0.35), peak=0.5)


def draw_mouth_line(brush: Brush, face: Face, ink: str, width: float = 3.4) -> None:
    """Draws a mouth that is one line: its two halves are the lips when it opens."""
    seam = spline(face.seam)
    brush.stroke(seam, width, ink, taper=(0.1, 0.1), peak=0.5)


def textures(style: MouthStyle) -> dict[str, Pixels]:
    """The mouth's four textures by member name, uint8 (h, w, 4) premultiplied RGBA."""
    return {
        "teeth_upper": _texture(UPPER, lambda brush: _upper(brush, style)),
        "teeth_lower": _texture(LOWER, lambda brush: _lower(brush, style)),
        "tongue": _texture(TONGUE, lambda brush: _tongue(brush, style)),
        "tongue_tip": _texture(TIP, lambda brush: _tip(brush, style)),
    }


def _texture(size: tuple[int, int], drawing: Callable[[Brush], None]) -> Pixels:
    surface = skia.Surface(size[0] * PX_MM, size[1] * PX_MM)
    canvas = surface.getCanvas()
    canvas.scale(PX_MM, PX_MM)
    canvas.translate(size[0] / 2, 0)
    drawing(Brush(canvas))
    image = surface.makeImageSnapshot()
    pixels: Pixels = image.toarray(colorType=skia.kRGBA_8888_ColorType)
    share = pixels[..., 3:].astype(np.float32) / 255
    return np.dstack([np.round(pixels[..., :3] * share).astype(np.uint8), pixels[..., 3]])


def _band(size: tuple[int, int], edge: float, sign: int, rise: float) -> skia.Path:
    """Everything beyond a row's curved edge; `sign` 1: the row hangs down."""
    x = np.linspace(-size[0] / 2, size[0] / 2, 60)
    line = np.stack([x, edge - sign * rise * x**2], 1)
    end = -6.0 if sign > 0 else size[1] + 6.0
    return polygon([*map(tuple, line), (size[0] / 2, end), (-size[0] / 2, end)])


def _upper(brush: Brush, style: MouthStyle) -> None:
    if style.row == "none":
        return
    if style.row == "bars":
        _bars(brush, style, UPPER_EDGE - 4.2, UPPER_EDGE)
        return
    row = _band(UPPER, UPPER_EDGE, 1, 0.0042)
    brush.fill(row, style.teeth)
    if style.row == "fangs":
        for side in (-1, 1):
            y = UPPER_EDGE - 0.55
            brush.fill(
                polygon(
                    spline(
                        [
                            (side * x, y + dy)
                            for x, dy in (
                                (8.2, -1),
                                (9.6, 0.7),
                                (11.4, 2.1),
                                (12.6, 0.5),
                                (13.6, -1),
                            )
                        ]
                    )
                ),
                style.teeth,
            )


def _lower(brush: Brush, style: MouthStyle) -> None:
    if style.row == "bars":
        _bars(brush, style, LOWER_EDGE, LOWER_EDGE + 4.2)
    elif style.row != "none":
        brush.fill(_band(LOWER, LOWER_EDGE, -1, 0.004), style.teeth_shade)


def _bars(brush: Brush, style: MouthStyle, top: float, bottom: float) -> None:
    for k in range(-4, 5):
        bar = skia.Rect.MakeLTRB(k * 5.2 - 2.0, top, k * 5.2 + 2.0, bottom)
        brush.fill(skia.Path.RRect(bar, 0.9, 0.9), style.teeth)


def _tongue(brush: Brush, style: MouthStyle) -> None:
    body = polygon(
        spline(pts("-15 14.5, -16 9, -13 3.4, -6 0.8, 0 0.4, 6 0.8, 13 3.4, 16 9, 15 14.5"))
    )
    brush.fill(
        body,
        linear(
            (0, 0),
            (0, TONGUE[1]),
            [(0, style.cavity, 1), (0.5, style.tongue, 1), (1, style.tongue, 1)],
        ),
    )
    with brush.inside(body):
        brush.fill(skia.Path.Oval(skia.Rect.MakeLTRB(-10, 7, 10, 19)), style.tongue_light)
        brush.stroke(pts("0 6, 0 10, 0 14"), 0.9, style.tongue, taper=(0.1, 0.6), peak=0.8)


def _tip(brush: Brush, style: MouthStyle) -> None:
    body = skia.Path.Oval(skia.Rect.MakeLTRB(-9.4, -12, 9.4, 13.2))
    brush.fill(body, style.tongue)
    with brush.inside(body):
        brush.fill(skia.Path.Oval(skia.Rect.MakeLTRB(-6, -6, 6, 10.5)), style.tongue_light)
