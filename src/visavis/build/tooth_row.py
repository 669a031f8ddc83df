"""A row of teeth as a texture: cut from the photo, straightened, continued to the corners.

Comes in: the :class:`MouthView` with the incisal edge found in it. Goes out: float32 (128, 384, 4),
linear colour relative to the tooth white, and alpha.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from visavis.build.light import to_linear
from visavis.build.mouth_view import PX_MM, MouthView
from visavis.build.window import smoothstep

Array = npt.NDArray[np.float32]

UPPER_SIZE = (48, 16)
"""Width and height of the upper teeth's texture, mm."""
UPPER_EDGE = 14
"""The incisal edge lies this far below the texture's top, mm."""
ARCH_FRONT, ARCH_BEND = 4.0, 9.0
"""The upper row lies ARCH_FRONT + ARCH_BEND (|x| / 17)^2.4 mm behind the lips' seam."""
LOWER_SIZE = (48, 12)
LOWER_EDGE = 2
"""The same of the lower teeth."""
GUM = np.array([0.50, 0.19, 0.17], np.float32)
"""Gum above the teeth, linear, relative to the tooth white."""

_SIDES = 0.8
"""Brightness of teeth that continue a row into the shade of the cheeks."""
_RIM = 0.6
"""Colour this near the incisal edge is mixed with what lies below it, mm."""
_DARK_TOOTH, _TINTED, _DARK_UP_TO = 0.22, 1.9, 4.0
"""What is darker or so much redder or yellower than the tooth white is no tooth, if within so many
mm of the edge."""


def _columns() -> Array:
    """Columns of an upper row's texture, mm from the middle."""
    width = UPPER_SIZE[0] * PX_MM
    return np.asarray((np.arange(width) + 0.5) / PX_MM - UPPER_SIZE[0] / 2, np.float32)


def arch(x: Array) -> Array:
    """How far behind the lips' seam the renderer puts the upper row, mm."""
    return np.asarray(ARCH_FRONT + ARCH_BEND * (np.abs(x) / 17) ** 2.4, np.float32)


def row_course(view: MouthView, arc: float) -> Array:
    """Where the row as a whole runs in its texture, float32 (384,) mm below its middle."""
    x = _columns()
    return np.asarray(arc * x**2 - (arch(x) - ARCH_FRONT) * view.depth[1], np.float32)


def row_texture(
    view: MouthView,
    edge: Array,
    at_middle: float,
    arc: float,
    white: Array,
    ends: tuple[float, float],
) -> Array:
    """The teeth as a texture with its incisal edge at UPPER_EDGE, gum above, relative to white.

    Where the row as a whole leaves its parabola (a head held askew, one side lifted more) it is
    brought back: lips that meet otherwise would show a gap beside it.
    """
    height, x = UPPER_SIZE[1] * PX_MM, _columns()
    # The renderer bends the row along the dental arch; the photo has it bent already.
    deep = arch(x)
    at = x + (deep - ARCH_FRONT) * view.depth[0]
    askew = edge - at_middle - arc * view.x**2
    askew = ndimage.gaussian_filter1d(np.clip(askew, -4, 4), 4 * PX_MM, mode="nearest")
    bent = deep * view.depth[1] + 0.85 * np.interp(at, view.x, askew - np.interp(0, view.x, askew))
    y = (np.arange(height)[:, None] + 0.5) / PX_MM - UPPER_EDGE + at_middle + bent
    local_edge = np.interp(at, view.x, edge)
    seen_from = np.interp(at, view.x, view.upper) + 0.7
    # Tooth colour is continued past the lip above and past the edge below, so that resampling
    # never mixes in lip or shadow.
    local_edge = _without_shadow(view, local_edge, at, white)
    inside = np.clip(y, seen_from, np.maximum(local_edge - _RIM, seen_from))
    across = np.broadcast_to((at - view.x[0]) * PX_MM, (height, len(x)))
    pixels = cv2.remap(
        view.pixels, across.astype(np.float32), ((inside - view.y[0]) * PX_MM).astype(np.float32),
        cv2.INTER_LINEAR,
    )  # fmt: skip
    colour = to_linear(pixels) / np.maximum(white, 1e-3)
    tooth = np.clip((y - seen_from + 1.6) / 1.6, 0, 1)[..., None]
    gum = 0.8 * GUM * np.clip(1 - 0.5 * (np.abs(x) / 24) ** 2, 0, 1)[:, None]
    colour = colour * tooth + gum * (1 - tooth)
    start, end = ends
    side = smoothstep(start - 0.5, start + 1.5, x) * (1 - smoothstep(end - 1.5, end + 0.5, x))
    alpha = np.clip((local_edge - y) * PX_MM * 0.5 + 0.5, 0, 1) * side
    return np.dstack([np.clip(colour, 0, 1.5), alpha]).astype(np.float32)


def _without_shadow(view: MouthView, edge: Array, x: Array, white: Array) -> Array:
    """The edge (w,) at ``x``, raised to where teeth begin if there is shadow above it, mm."""
    column = np.clip(((x - view.x[0]) * PX_MM).astype(int), 0, len(view.x) - 1)
    red, green, blue = np.moveaxis(
        to_linear(view.pixels[:, column]) / np.maximum(white, 1e-3), 2, 0
    )
    y = view.y[:, None]
    plain = (red < _TINTED * green) & (_TINTED * blue > green)
    tooth = (green > _DARK_TOOTH) & plain & (y < edge - 0.1)
    lowest = np.where(tooth, y, -np.inf).max(0)
    raised = np.clip(lowest + 0.3, edge - _DARK_UP_TO, edge)
    raised = ndimage.maximum_filter1d(raised, PX_MM + 1)  # a line between two teeth is no end
    return np.asarray(ndimage.gaussian_filter1d(raised, 1.5), np.float32)


def continued(atlas: Array, course: Array, donor: Array) -> Array:
    """An own row of teeth, continued to both sides by a donor's in shade.

    A photo shows the back teeth dark or not at all; without them a mouth that opens otherwise
    than it smiled has black wedges at its corners.

    Args:
        atlas: float32 (128, 384, 4) the own row.
        course: float32 (384,) of it, see :func:`row_course`.
        donor: float32 (128, 384, 4) any whole row.

    Returns:
        float32 (128, 384, 4), whole from side to side; the donor where there is no own row.
    """
    own = np.flatnonzero(atlas[..., 3].max(0) > 0.9)
    if len(own) < 2 * PX_MM:
        return donor
    height, width = atlas.shape[:2]
    x, rows = _columns(), np.arange(height)[:, None]
    edge = np.where(atlas[..., 3] > 0.5, rows, 0).max(0) - UPPER_EDGE * PX_MM
    off = edge - course * PX_MM
    ends = own[0], own[-1]
    inner = own[0] + 4, own[-1] - 4
    left, right = (float(np.median(off[max(i - 12, own[0]) : i + 13])) for i in inner)
    drop = course * PX_MM + np.where(x < x[inner[0]], left, np.where(x > x[inner[1]], right, 0))
    across = np.broadcast_to(np.arange(width, dtype=np.float32), (height, width))
    moved = cv2.remap(
        donor, across, (rows - drop).astype(np.float32), cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    away = np.maximum(np.maximum(x[ends[0]] - x, x - x[ends[1]]), 0)
    moved[..., :3] *= (_SIDES * np.exp(-away / 9))[:, None]
    share = np.asarray(atlas[..., 3].max(0), np.float32)
    own_row = np.dstack([atlas[..., :3], atlas[..., 3] / np.maximum(share, 0.01)])
    return np.asarray(moved + (own_row - moved) * share[:, None], np.float32)
