"""What is behind a character: an even ground with a disc, as on a poster.

Comes in: a brush, two or three colours. Goes out: marks on the canvas.
"""

from __future__ import annotations

import skia

from characters.brush import Brush


def poster(brush: Brush, ground: str, disc: str, radius: float = 124.0) -> None:
    """Fills the canvas with a ground and sets a disc behind the head.

    Args:
        brush: where to.
        ground: colour of all.
        disc: colour of the disc.
        radius: of the disc, mm.
    """
    brush.canvas.drawPaint(skia.Paint(Color=skia.Color(*_rgb(ground))))
    brush.fill(skia.Path.Circle(0, 24, radius), disc)


def _rgb(code: str) -> tuple[int, int, int]:
    red, green, blue = (int(code[i : i + 2], 16) for i in (1, 3, 5))
    return red, green, blue
