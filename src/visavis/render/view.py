"""Where the canvas of an avatar lies in the output picture.

Comes in: an avatar's canvas and face box, an output size. Goes out: a :class:`View`, the affine
map from canvas px to output px. Nothing here touches pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from visavis.errors import InvalidOption

Framing = Literal["auto", "close"]
"""auto: the whole height of the canvas; close: the face's oval takes 70 % of the height, or 86 % of
the width."""

CLOSE_FACE = 0.70
CLOSE_WIDTH = 0.86
"""No more of a narrow output's width than this is filled by the face because of "close"."""
MAX_SIDE = 4096


@dataclass(frozen=True)
class View:
    """Output size and the map ``output = canvas * scale + offset``, px, pixel-edge convention.

    Attributes:
        size: output width and height, px.
        scale: output px per canvas px.
        offset: where the canvas' top-left corner lies in the output, px.
    """

    size: tuple[int, int]
    scale: float
    offset: tuple[float, float]

    def to_output(self, points: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Canvas px (n, 2) to output px (n, 2), float32."""
        offset = np.array(self.offset, np.float32)
        return np.asarray(points * np.float32(self.scale) + offset, np.float32)


def check_size(size: tuple[int, int]) -> tuple[int, int]:
    """An output size that can be drawn and encoded.

    Args:
        size: width and height, px.

    Returns:
        The same, as ints.

    Raises:
        InvalidOption: odd (chroma is at half resolution), under 64 or over 4096 px.
    """
    width, height = int(size[0]), int(size[1])
    for value in (width, height):
        if value % 2 or not 64 <= value <= MAX_SIDE:
            raise InvalidOption(
                f"size {width}x{height}: width and height must be even, from 64 to {MAX_SIDE}"
            )
    return width, height


def frame_view(
    canvas: tuple[int, int],
    face_box: tuple[float, float, float, float],
    size: tuple[int, int],
    framing: Framing = "auto",
) -> View:
    """Fill the output with the canvas, the face in the middle.

    The canvas is fitted by its height; where a wide output asks for more than the canvas has,
    the drawer continues the background. A narrow output cuts the sides.

    Args:
        canvas: canvas width and height, px.
        face_box: x0, y0, x1, y1 of the face's oval, canvas px.
        size: output width and height, px.
        framing: see :data:`Framing`.

    Returns:
        The view.

    Raises:
        InvalidOption: an unknown framing or an impossible size.
    """
    if framing not in get_args(Framing):
        raise InvalidOption(f"framing {framing!r}: one of {', '.join(get_args(Framing))}")
    width, height = check_size(size)
    x0, y0, x1, y1 = face_box
    scale = height / canvas[1]
    if framing == "close":
        close = min(CLOSE_FACE * height / (y1 - y0), CLOSE_WIDTH * width / (x1 - x0))
        scale = max(scale, close)
    left = _place(width, canvas[0] * scale, (x0 + x1) / 2 * scale)
    top = _place(height, canvas[1] * scale, (y0 + y1) / 2 * scale)
    return View((width, height), scale, (left, top))


def _place(room: float, length: float, middle: float) -> float:
    """Offset that brings ``middle`` of a stretch to the middle of the room, kept filled."""
    if length <= room:
        return float((room - length) / 2)
    return float(np.clip(room / 2 - middle, room - length, 0.0))
