"""A row of teeth as a texture: cut from the photo, straightened, continued to the corners.

Comes in: the :class:`MouthView` with the incisal edge found in it. Goes out: float32 (128, 384, 4),
linear colour relative to the tooth white, and alpha.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from visavis.build.light import luminance, to_linear
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

_LOST, _FRONT = 1.5, 8.0
"""Further than _FRONT from the middle, a row ends where its edge is this far up, mm."""
_SIDES, _SIDES_FADE, _MOST_RAISED = 0.9, 14.0, 0.8
"""Brightness of teeth that continue a row into the shade of the cheeks; it falls to a third over
the next mm; how much higher than the row's course they lie at most."""
_ENDS, _ENDS_DARK, _ENDS_FADE = (17.0, 24.0), 0.4, (22.6, 24.0)
"""Over these mm from the middle a row darkens by so much, over the last of them it ends."""
_RIM = 0.6
"""Colour this near the incisal edge is mixed with what lies below it, mm."""
_DARK_TOOTH, _TINTED, _DARK_UP_TO = 0.22, 1.9, 4.0
"""What is darker or so much redder or yellower than the tooth white is no tooth, if within so many
mm of the edge."""
_TALL, _TALL_SIDES = 9.4, 0.008
"""A tooth is _TALL - _TALL_SIDES x^2 mm tall, x from the middle."""
_MOST_RAGGED, _MOST_ODD = 0.55, 0.08
"""Teeth were not cut cleanly if a tenth of their edge is further than so many mm from a smooth
course, or if a larger share of the row has not the colour of teeth."""


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
    # What the lip hid of short teeth is made up from where they are brightest.
    shown = np.maximum(local_edge - seen_from, 0.1)
    hidden = np.maximum(_TALL - _TALL_SIDES * x**2 - shown, 0)
    hidden = ndimage.gaussian_filter1d(hidden, PX_MM)
    made_up = np.clip((hidden - 1) / 1.5, 0, 1)
    gum_from = seen_from - made_up * hidden
    brightest = _brightest(view, at, seen_from, np.maximum(local_edge - _RIM, seen_from))
    inside = np.clip(y, seen_from, np.maximum(local_edge - _RIM, seen_from))
    inside += made_up * np.maximum(brightest - inside, 0)
    across = np.broadcast_to((at - view.x[0]) * PX_MM, (height, len(x)))
    pixels = cv2.remap(
        view.pixels, across.astype(np.float32), ((inside - view.y[0]) * PX_MM).astype(np.float32),
        cv2.INTER_LINEAR,
    )  # fmt: skip
    colour = to_linear(pixels) / np.maximum(white, 1e-3)
    tooth = np.clip((y - gum_from + 1.6) / 1.6, 0, 1)[..., None]
    gum = 0.8 * GUM * np.clip(1 - 0.5 * (np.abs(x) / 24) ** 2, 0, 1)[:, None]
    colour = colour * tooth + gum * (1 - tooth)
    start, end = ends
    side = smoothstep(start - 0.5, start + 1.5, x) * (1 - smoothstep(end - 1.5, end + 0.5, x))
    alpha = np.clip((local_edge - y) * PX_MM * 0.5 + 0.5, 0, 1) * side
    return np.dstack([np.clip(colour, 0, 1.5), alpha]).astype(np.float32)


def _brightest(view: MouthView, x: Array, top: Array, bottom: Array) -> Array:
    """Where between top and bottom teeth are brightest in the columns ``x``, all (w,), mm."""
    share = np.linspace(0.15, 0.85, 8)[:, None]
    y = top + share * (bottom - top)
    light = luminance(
        cv2.remap(
            cv2.GaussianBlur(view.pixels, (0, 0), 0.4 * PX_MM),
            np.broadcast_to((x - view.x[0]) * PX_MM, y.shape).astype(np.float32),
            ((y - view.y[0]) * PX_MM).astype(np.float32), cv2.INTER_LINEAR,
        )
    )  # fmt: skip
    light = ndimage.gaussian_filter1d(light, PX_MM, axis=1)
    best = np.take_along_axis(y, light.argmax(0)[None], 0)[0]
    return np.asarray(ndimage.gaussian_filter1d(best, 0.7 * PX_MM), np.float32)


def is_clean(atlas: Array, course: Array) -> bool:
    """Whether a row cut from a photo looks like teeth: a smooth edge, nothing coloured.

    Args:
        atlas: float32 (128, 384, 4) the row.
        course: float32 (384,) of it, see :func:`row_course`.
    """
    x, rows = _columns(), np.arange(len(atlas))[:, None]
    own = (atlas[..., 3].max(0) > 0.9) & (np.abs(x) < 14)
    if own.sum() < 2 * PX_MM:
        return True
    last = np.where(atlas[..., 3] > 0.5, rows, 0).max(0)
    edge = (last / PX_MM - course)[own]
    off = np.abs(edge - np.polyval(np.polyfit(x[own], edge, 4), x[own]))
    ragged = float(np.percentile(off, 90))  # a gap between two teeth takes less
    near = (rows < last - 0.8 * PX_MM) & (rows > last - 3.8 * PX_MM) & own
    red, green, blue = atlas[..., :3][near].T
    odd = float(np.mean((red > _TINTED * green) | (_TINTED * blue < green)))
    return ragged < _MOST_RAGGED and odd < _MOST_ODD


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


def moved(row: Array, drop: Array) -> Array:
    """A row with each column lowered by ``drop`` (384,) px."""
    height, width = row.shape[:2]
    across = np.broadcast_to(np.arange(width, dtype=np.float32), (height, width))
    return np.asarray(
        cv2.remap(
            row, across, (np.arange(height)[:, None] - drop).astype(np.float32), cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ), np.float32
    )  # fmt: skip


def continued(atlas: Array, course: Array, donor: Array) -> Array:
    """An own row of teeth, continued to both sides by a donor's in shade.

    A photo shows the back teeth dark or not at all; without them a mouth that opens otherwise
    than it smiled has black wedges at its corners.

    Args:
        atlas: float32 (128, 384, 4) the own row.
        course: float32 (384,) of it, see :func:`row_course`.
        donor: float32 (128, 384, 4) any whole row.

    Returns:
        float32 (128, 384, 4), whole from side to side, in shade there; the donor along the own
        row's course where that row is too short or not clean.
    """
    x, rows = _columns(), np.arange(len(atlas))[:, None]
    atlas = _in_one_piece(atlas, course)
    own = np.flatnonzero(atlas[..., 3].max(0) > 0.9)
    if len(own) < 2 * PX_MM or not is_clean(atlas, course):
        return _shaded_ends(moved(donor, course * PX_MM))
    edge = np.where(atlas[..., 3] > 0.5, rows, 0).max(0) - UPPER_EDGE * PX_MM
    off = edge - course * PX_MM
    ends = own[0], own[-1]
    inner = own[0] + 4, own[-1] - 4
    left, right = (float(np.median(off[max(i - 12, own[0]) : i + 13])) for i in inner)
    left, right = (max(v, -_MOST_RAISED * PX_MM) for v in (left, right))
    drop = course * PX_MM + np.where(x < x[inner[0]], left, np.where(x > x[inner[1]], right, 0))
    side = moved(donor, drop)
    away = np.maximum(np.maximum(x[ends[0]] - x, x - x[ends[1]]), 0)
    side[..., :3] *= (_SIDES * np.exp(-away / _SIDES_FADE))[:, None]
    share = np.asarray(atlas[..., 3].max(0), np.float32)
    own_row = np.dstack([atlas[..., :3], atlas[..., 3] / np.maximum(share, 0.01)])
    return _shaded_ends(np.asarray(side + (own_row - side) * share[:, None], np.float32))


def _in_one_piece(atlas: Array, course: Array) -> Array:
    """The row as far as its edge runs on to both sides; beyond, shreds of shaded teeth."""
    x, rows = _columns(), np.arange(len(atlas))[:, None]
    edge = np.where(atlas[..., 3] > 0.5, rows, 0).max(0) / PX_MM - course
    own = atlas[..., 3].max(0) > 0.9
    if not own.any():
        return atlas
    lost = own & (edge < float(np.median(edge[own])) - _LOST) & (np.abs(x) > _FRONT)
    start = max(x[lost & (x < 0)], default=-np.inf)
    end = min(x[lost & (x > 0)], default=np.inf)
    kept = smoothstep(start + 0.5, start + 1.5, x) if np.isfinite(start) else np.ones_like(x)
    if np.isfinite(end):
        kept = kept * (1 - smoothstep(end - 1.5, end - 0.5, x))
    return np.asarray(np.dstack([atlas[..., :3], atlas[..., 3] * kept]), np.float32)


def _shaded_ends(row: Array) -> Array:
    """The row darker towards its ends and without a hard edge there."""
    away = np.abs(_columns())
    light = 1 - _ENDS_DARK * smoothstep(*_ENDS, away)
    kept = 1 - smoothstep(*_ENDS_FADE, away)
    return np.asarray(np.dstack([row[..., :3] * light[:, None], row[..., 3] * kept]), np.float32)
