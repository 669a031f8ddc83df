"""The person's own upper teeth, where the picture shows them.

Comes in: a :class:`Subject`. Goes out: :class:`Teeth` with the incisal edge (which decides where a
toothy smile closes) and the teeth as a texture; None where none can be made out.

The mouth is looked at as a straightened picture, :class:`MouthView`: x mm from the middle along the
mouth, y mm down from the middle between the inner lips, 8 px/mm.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from visavis.build.indices import LIP_RINGS
from visavis.build.light import colours_at, luminance, to_linear
from visavis.build.subject import Subject
from visavis.build.window import smoothstep

Array = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

PX_MM = 8
"""Texels per millimetre of every tooth and tongue texture."""
UPPER_SIZE = (48, 16)
"""Width and height of the upper teeth's texture, mm."""
UPPER_EDGE = 14
"""The incisal edge lies this far below the texture's top, mm."""
LOWER_SIZE = (48, 12)
LOWER_EDGE = 2
"""The same of the lower teeth."""
GUM = np.array([0.50, 0.19, 0.17], np.float32)
"""Gum above the teeth, linear, relative to the tooth white."""

_VIEW_SIZE = (56, 40)
_VIEW_TOP = -14
_MIN_GAP = 4.5
_STEP_COST = 0.035


@dataclass(frozen=True)
class MouthView:
    """The mouth straightened.

    Attributes:
        pixels: float32 (320, 448, 3), encoded.
        x: (448,) mm of the columns, y: (320,) mm of the rows.
        upper: (448,) y of the upper inner lip in each column; lower: of the lower.
        gap: widest opening between the inner lips, mm.
    """

    pixels: Array
    x: Array
    y: Array
    upper: Array
    lower: Array
    gap: float


@dataclass(frozen=True)
class Teeth:
    """The upper teeth a picture shows.

    Attributes:
        tooth_h: height of teeth showing, upper inner lip to incisal edge in the middle, mm.
        arc: the edge's curvature, y = arc * x**2, 1/mm; 0 or less (a smile seen from above).
        mouth_angle: of the mouth's axis against the picture's rows, rad.
        white: linear (3,) tooth white as lit here; None if too few clean pixels.
        atlas: float32 (128, 384, 4): linear colour relative to ``white``, and alpha; None with it.
    """

    tooth_h: float
    arc: float
    mouth_angle: float
    white: Array | None
    atlas: Array | None


def mouth_angle(subject: Subject) -> float:
    """Angle of the mouth's axis in the picture, rad: 70 % mouth corners, 30 % eyes."""
    marks = subject.landmarks
    corners = marks[LIP_RINGS[0][10], :2] - marks[LIP_RINGS[0][0], :2]
    eyes = float(np.arctan2(subject.frame[1, 0], subject.frame[0, 0]))
    return eyes + 0.7 * (float(np.arctan2(corners[1], corners[0])) - eyes)


def straighten(subject: Subject) -> MouthView:
    """Cut the mouth out of the texture-scale picture, straight, 8 px/mm."""
    marks, mm, scale = subject.landmarks, subject.mm, subject.texture_scale
    angle = mouth_angle(subject)
    across = np.array([np.cos(angle), np.sin(angle)])
    down = np.array([-across[1], across[0]])
    inner = LIP_RINGS[3]
    centre = (marks[13, :2] + marks[14, :2]) / 2
    width, height = (v * PX_MM for v in _VIEW_SIZE)
    x = (np.arange(width) + 0.5) / PX_MM - _VIEW_SIZE[0] / 2
    y = (np.arange(height) + 0.5) / PX_MM + _VIEW_TOP
    origin = (centre + (across * x[0] + down * y[0]) * mm) * scale - 0.5
    step = mm * scale / PX_MM
    matrix = np.column_stack([across * step, down * step, origin])
    pixels = cv2.warpAffine(
        subject.picture_hi, matrix, (width, height),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    local = (marks[:, :2] - centre) @ np.column_stack([across, down]) / mm
    top = local[[inner[0], *inner[:10:-1], inner[10]]]
    bottom = local[inner[:11]]
    upper = np.interp(x, top[:, 0], top[:, 1])
    lower = np.interp(x, bottom[:, 0], bottom[:, 1])
    return MouthView(
        pixels.astype(np.float32), x.astype(np.float32), y.astype(np.float32),
        upper.astype(np.float32), lower.astype(np.float32), float((lower - upper).max()),
    )  # fmt: skip


def find_teeth(subject: Subject) -> Teeth | None:
    """Find the upper teeth of an open mouth.

    Args:
        subject: the framed picture; its texture-scale pixels are used.

    Returns:
        The teeth, or None where the mouth is shut (gap under 4.5 mm), where less than 30 % of its
        middle looks like teeth, or where they are darker than 0.8 of the cheek.
    """
    view = straighten(subject)
    if view.gap < _MIN_GAP:
        return None
    soft = np.asarray(cv2.GaussianBlur(view.pixels, (0, 0), 1.5), np.float32)
    light = luminance(soft)
    redness = np.asarray((soft[..., 0] - soft[..., 1]) / np.maximum(soft[..., 0], 1), np.float32)
    hole = (view.y[:, None] > view.upper + 0.4) & (view.y[:, None] < view.lower - 0.2)
    middle = hole & (np.abs(view.x) < 10)
    if middle.sum() < 100:
        return None
    bright = float(np.percentile(light[middle], 75))
    looks = hole & (light > 0.45 * bright) & (redness < 0.22)
    cheek = float(np.median(luminance(colours_at(subject, subject.landmarks[[205, 425, 50, 280]]))))
    if looks[middle].mean() < 0.3 or bright < 0.8 * cheek:
        return None
    columns = np.nonzero(looks.any(0) & (np.abs(view.x) < 24))[0]
    first, last = int(columns.min()), int(columns.max())
    cost = _edge_cost(view, light, redness, looks, bright)
    edge, arc = _trace_edge(view, cost[:, first : last + 1], first)
    central = np.abs(view.x) < 6
    at_middle = float(np.median(edge[central]))
    shown = at_middle - float(np.median(view.upper[central]))
    white = _white(view, looks, edge)
    ends = (float(view.x[first]), float(view.x[last]))
    atlas = None if white is None else _atlas(view, edge, at_middle, white, ends)
    return Teeth(shown, float(np.clip(arc, -0.02, 0)), mouth_angle(subject), white, atlas)


def _edge_cost(view: MouthView, light: Array, redness: Array, looks: Mask, bright: float) -> Array:
    """How unlike the incisal edge each pixel is.

    Low where it gets darker or redder downwards, in a thin dark valley between the rows of teeth,
    and near the expected height of a tooth.
    """
    above = ndimage.uniform_filter1d(light, 2 * PX_MM, axis=0, origin=PX_MM - 1)
    drop = np.clip((above - light) / np.maximum(above, 1e-3), -0.2, 0.8)
    red = np.clip(redness - 0.06, 0, 0.3)
    sharp = luminance(cv2.GaussianBlur(view.pixels, (0, 0), 1.0))
    reach = int(0.9 * PX_MM)
    over, under = np.roll(sharp, reach, 0), np.roll(sharp, -reach, 0)
    valley = np.clip((np.minimum(over, under) - sharp) / max(bright, 1e-3), 0, 0.25)
    valley = valley * (under > 0.5 * bright)
    # The lower lip's own edge drops the light as well: evidence beside it counts for less.
    near_lip = view.y[:, None] > view.lower - 1.0
    cost = -(drop + red) * np.where(near_lip, 0.55, 1) - 3.2 * valley
    below_lip = view.y[:, None] - view.upper
    rows = len(view.y)
    last = np.where(looks.any(0), rows - 1 - looks[::-1].argmax(0), 0) / PX_MM + _VIEW_TOP
    gum = _gum(view, looks)
    expected = np.minimum(9.8 + gum - 0.012 * view.x**2, last - view.upper)
    cost = cost + 0.0072 * np.abs(below_lip - expected) ** 1.5
    cost = cost + 0.035 * np.maximum(below_lip - 10.8 - gum, 0) ** 2
    cost[(below_lip < 2.2) | (view.y[:, None] > view.lower + 0.3)] = 5
    return np.asarray(cost, np.float32)


def _gum(view: MouthView, looks: Mask) -> float:
    """Height of the gum that shows above the middle teeth, mm."""
    columns = (np.abs(view.x) < 8) & looks.any(0)
    if columns.sum() < 20:
        return 0.0
    top = looks[:, columns].argmax(0) / PX_MM + _VIEW_TOP
    return float(np.clip(np.median(top - view.upper[columns]) - 1.0, 0, 4.5))


def _trace_edge(view: MouthView, cost: Array, first: int) -> tuple[Array, float]:
    """Follow the edge twice, the second time held near a parabola.

    Returns:
        y of the edge in every column, mm (continued level beyond the teeth), and the parabola's
        coefficient, 1/mm.
    """
    x = view.x[first : first + cost.shape[1]].astype(np.float64)
    path = view.y[_cheapest_path(cost)].astype(np.float64)
    weight = np.ones_like(x)
    parabola = np.zeros(3)
    for _ in range(12):
        parabola = np.polyfit(x, path, 2, w=weight)
        weight = 1 / (1 + ((path - np.polyval(parabola, x)) / 0.5) ** 2)
    away = np.abs(view.y[:, None] - np.polyval(parabola, x)) - 0.35
    path = view.y[_cheapest_path(cost + 0.22 * np.maximum(away, 0) ** 2)].astype(np.float64)
    smooth = ndimage.gaussian_filter1d(path, 1.5)
    return np.interp(view.x, x, smooth).astype(np.float32), float(parabola[0])


def _cheapest_path(cost: npt.NDArray[np.floating]) -> npt.NDArray[np.int64]:
    """Row of the cheapest way from the first column to the last, at most one row a column."""
    total = np.array(cost[:, 0], np.float64)
    steps = np.zeros(cost.shape, np.int8)
    rows = np.arange(len(total))
    for column in range(1, cost.shape[1]):
        choices = np.stack(
            [
                np.r_[9.0, total[:-1]] + _STEP_COST,
                total,
                np.r_[total[1:], 9.0] + _STEP_COST,
            ]
        )
        best = choices.argmin(0)
        steps[:, column] = best - 1
        total = choices[best, rows] + cost[:, column]
    path = np.zeros(cost.shape[1], np.int64)
    path[-1] = total.argmin()
    for column in range(cost.shape[1] - 1, 0, -1):
        row = path[column] + steps[path[column], column]
        path[column - 1] = np.clip(row, 0, len(total) - 1)
    return path


def _white(view: MouthView, looks: Mask, edge: Array) -> Array | None:
    """Linear white of the middle teeth, or None where fewer than 200 pixels are clean."""
    clean = looks & (view.y[:, None] < edge - 0.3) & (np.abs(view.x) < 9)
    if clean.sum() < 200:
        return None
    return to_linear(np.percentile(view.pixels[clean], 70, axis=0))


def _atlas(
    view: MouthView, edge: Array, at_middle: float, white: Array, ends: tuple[float, float]
) -> Array:
    """The teeth as a texture with its incisal edge at UPPER_EDGE, gum above, relative to white."""
    width, height = (v * PX_MM for v in UPPER_SIZE)
    x = (np.arange(width) + 0.5) / PX_MM - UPPER_SIZE[0] / 2
    below = (np.arange(height)[:, None] + 0.5) / PX_MM - UPPER_EDGE
    local_edge = np.interp(x, view.x, edge)
    seen_from = np.interp(x, view.x, view.upper) + 0.7
    y = np.broadcast_to(below + at_middle, (height, width))
    # Tooth colour is continued past the lip above and past the edge below, so that resampling
    # never mixes in lip or shadow.
    inside = np.clip(y, seen_from, np.maximum(local_edge - 0.35, seen_from))
    across = np.broadcast_to((x - view.x[0]) * PX_MM, (height, width))
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
    alpha = np.clip((local_edge - at_middle - below) * PX_MM * 0.5 + 0.5, 0, 1) * side
    return np.dstack([np.clip(colour, 0, 1.5), alpha]).astype(np.float32)
