"""From a drawing in millimetres to pixels.

Comes in: a character's module. Goes out: its picture, its matte.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import skia

from characters.brush import Brush

WIDTH, HEIGHT = 854, 480
"""The canvas the landmarks are given on, px: as wide as a character's canvas may be."""
MM = 1.656
"""Canvas px per millimetre: the face is then 55 % of the picture's height, and is not cropped."""
ORIGIN = (427.0, 184.7)
"""Where the middle between the eyes is, canvas px."""


def to_canvas(points: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Millimetres to canvas px."""
    return np.asarray(points, float) * MM + ORIGIN


def paint(
    *drawings: Callable[[Brush], None],
    scale: float = 2.0,
    corner: tuple[float, float] = (0.0, 0.0),
    size: tuple[int, int] | None = None,
) -> npt.NDArray[np.uint8]:
    """Runs drawings on one transparent canvas, one over the other.

    Args:
        *drawings: functions of a brush.
        scale: pixels per canvas px.
        corner: where on the canvas the picture's top-left corner is, canvas px.
        size: width and height of the picture, pixels; default the whole canvas.

    Returns:
        uint8 (height, width, 4), RGBA, straight alpha.
    """
    width, height = size or (round(WIDTH * scale), round(HEIGHT * scale))
    surface = skia.Surface(width, height)
    canvas = surface.getCanvas()
    canvas.scale(scale, scale)
    canvas.translate(ORIGIN[0] - corner[0], ORIGIN[1] - corner[1])
    canvas.scale(MM, MM)
    brush = Brush(canvas)
    for drawing in drawings:
        drawing(brush)
    image = surface.makeImageSnapshot()
    pixels: npt.NDArray[np.uint8] = image.toarray(colorType=skia.kRGBA_8888_ColorType)
    return pixels
