"""The person's own upper teeth, where the picture shows them.

Comes in: a :class:`Subject`. Goes out: :class:`Teeth` with the incisal edge (which decides where a
toothy smile closes) and the teeth as a texture; None where none can be made out.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from visavis.build.light import colours_at, luminance, to_linear
from visavis.build.mouth_view import PX_MM, VIEW_TOP, MouthView, mouth_angle, straighten
from visavis.build.subject import Subject
from visavis.build.tooth_row import row_course, row_texture

Array = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_MIN_GAP = 4.5
_STEP_COST = 0.035
_MOST_OFF = (1.6, 1.0)
"""No tooth ends further above or below the row's parabola, mm; else it is lip, tongue or shadow."""


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
    atlas = None if white is None else row_texture(view, edge, at_middle, arc, white, ends)
    course = row_course(view, arc)
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
    last = np.where(looks.any(0), rows - 1 - looks[::-1].argmax(0), 0) / PX_MM + VIEW_TOP
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
    top = looks[:, columns].argmax(0) / PX_MM + VIEW_TOP
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
