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
ARCH_FRONT, ARCH_BEND = 4.0, 9.0
"""The upper row lies ARCH_FRONT + ARCH_BEND (|x| / 17)^2.4 mm behind the lips' seam."""
LOWER_SIZE = (48, 12)
LOWER_EDGE = 2
"""The same of the lower teeth."""
GUM = np.array([0.50, 0.19, 0.17], np.float32)
"""Gum above the teeth, linear, relative to the tooth white."""

_VIEW_SIZE = (56, 40)
_VIEW_TOP = -14
_MIN_GAP = 4.5
_STEP_COST = 0.035
_MOST_OFF = (1.6, 1.0)
"""No tooth ends further above or below the row's parabola, mm; else it is lip, tongue or shadow."""
_SIDES = 0.8
"""Brightness of teeth that continue a row into the shade of the cheeks."""
_RIM = 0.6
"""Colour this near the incisal edge is mixed with what lies below it, mm."""
_DARK_TOOTH, _TINTED, _DARK_UP_TO = 0.22, 1.9, 4.0
"""What is darker or so much redder or yellower than the tooth white is no tooth, if within so many
mm of the edge."""


@dataclass(frozen=True)
class MouthView:
    """The mouth straightened.

    Attributes:
        pixels: float32 (320, 448, 3), encoded.
        x: (448,) mm of the columns, y: (320,) mm of the rows.
        upper: (448,) y of the upper inner lip in each column; lower: of the lower.
        gap: widest opening between the inner lips, mm.
        depth: (2,) where a step away from the camera leads in this view, mm per mm.
    """

    pixels: Array
    x: Array
    y: Array
    upper: Array
    lower: Array
    gap: float
    depth: Array


@dataclass(frozen=True)
class Teeth:
    """The upper teeth a picture shows.

    Attributes:
        tooth_h: height of teeth showing, upper inner lip to incisal edge in the middle, mm.
        arc: the edge's curvature, y = arc * x**2, 1/mm; 0 or less (a smile seen from above).
        mouth_angle: of the mouth's axis against the picture's rows, rad.
        white: linear (3,) tooth white as lit here; None if too few clean pixels.
        atlas: float32 (128, 384, 4): linear colour relative to ``white``, and alpha; None with it.
        course: float32 (384,) where the row as a whole runs in the atlas, mm below its middle;
            None with it.
    """

    tooth_h: float
    arc: float
    mouth_angle: float
    white: Array | None
    atlas: Array | None
    course: Array | None = None


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
        (subject.frame[:2, 2] @ np.column_stack([across, down])).astype(np.float32),
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
    arc = float(np.clip(arc, -0.02, 0))
    ends = (float(view.x[first]), float(view.x[last]))
    atlas = None if white is None else _atlas(view, edge, at_middle, arc, white, ends)
    deep = arch(_columns())
    course = np.asarray(arc * _columns() ** 2 - (deep - ARCH_FRONT) * view.depth[1], np.float32)
    return Teeth(shown, arc, mouth_angle(subject), white, atlas, course)


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
    fitted = np.polyval(parabola, x)
    path = np.clip(path, fitted - _MOST_OFF[0], fitted + _MOST_OFF[1])
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


def _columns() -> Array:
    """Columns of an upper row's texture, mm from the middle."""
    width = UPPER_SIZE[0] * PX_MM
    return np.asarray((np.arange(width) + 0.5) / PX_MM - UPPER_SIZE[0] / 2, np.float32)


def arch(x: Array) -> Array:
    """How far behind the lips' seam the renderer puts the upper row, mm."""
    return np.asarray(ARCH_FRONT + ARCH_BEND * (np.abs(x) / 17) ** 2.4, np.float32)


def _atlas(
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


def continued(teeth: Teeth, donor: Array) -> Array:
    """An own row of teeth, continued to both sides by a donor's in shade.

    A photo shows the back teeth dark or not at all; without them a mouth that opens otherwise
    than it smiled has black wedges at its corners.

    Args:
        teeth: the own row, with an atlas.
        donor: float32 (128, 384, 4) any whole row.

    Returns:
        float32 (128, 384, 4), whole from side to side; the donor where there is no own row.
    """
    atlas, course = teeth.atlas, teeth.course
    if atlas is None or course is None:
        return donor
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
