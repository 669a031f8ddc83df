"""Where the lips of a shut mouth really meet.

Comes in: the picture and its landmarks. Goes out: landmarks whose inner lip contours, of a shut
mouth, both lie on the dark seam. Landmarks alone are off by up to 2 mm (and leave a slit, or
cross); lips that part beside their seam carry a piece of the other lip along.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from .indices import LIP_RINGS
from .mesh import Array, contour
from .subject import Subject

SHUT_MM = 1.2
"""A smaller gap between the inner contours is the landmarks' error, not an open mouth."""
_COLUMNS = 81
_REACH_MM, _STEP_MM = 2.2, 0.1
_BESIDE_MM = 0.9
"""A seam is darker than both lips this far beside it."""
_AWAY = 0.05
"""Cost of a mm^2 away from the landmarks, in logarithmic brightness."""
_BEND = 0.035
"""Cost of a step of 0.1 mm up or down from one column to the next."""
_RIM_MM = 0.7
"""Half the thickness of a seam, at most."""
_FAINT, _CLEAR = 0.04, 0.10
"""Mean darkness along the seam below which it is not believed, above which it is wholly."""


def shut_landmarks(subject: Subject) -> tuple[Array, float]:
    """Bring the inner lip contours of a shut mouth together on its seam.

    Args:
        subject: the picture.

    Returns:
        float64 (478, 3) the landmarks, as they were if the mouth is open; and the gap between the
        inner contours that they had, mm.
    """
    points = subject.landmarks.astype(np.float64)
    upper, lower = (contour(LIP_RINGS[3], upper) for upper in (True, False))
    gap = float(((points[lower] - points[upper]) @ subject.frame[:, 1]).max() / subject.mm)
    if gap > SHUT_MM:
        return points, gap
    middle = (points[upper] + points[lower]) / 2
    shift = find_seam(subject, middle[:, :2])[:, None] * subject.frame[:, 1]
    for k in (1, 2):  # the rings between follow, so that none crosses another
        for half in (True, False):
            points[contour(LIP_RINGS[k], half)] += shift * k / 3
    points[upper] = points[lower] = middle + shift
    return points, gap


def find_seam(subject: Subject, middle: Array) -> Array:
    """Find the seam of a shut mouth.

    Args:
        subject: the picture.
        middle: (n, 2) points from corner to corner where the seam should be, px.

    Returns:
        float64 (n,) px along the face's y axis from there down to the seam; 0 at the corners, and
        everywhere if no seam is seen.
    """
    n = len(middle)
    at = np.linspace(0, n - 1, _COLUMNS)
    line = np.stack([np.interp(at, np.arange(n), middle[:, c]) for c in range(2)], 1)
    down = subject.frame[:2, 1] / np.linalg.norm(subject.frame[:2, 1])
    margin = round(_BESIDE_MM / _STEP_MM)
    half = round(_REACH_MM / _STEP_MM)
    offset = np.arange(-half - margin, half + margin + 1) * _STEP_MM
    points = line[None] + (offset * subject.mm)[:, None, None] * down

    dark = _darkness(subject, points, margin)
    offset = offset[margin:-margin]
    fade = np.clip(np.minimum(at, n - 1 - at) / (0.15 * (n - 1)), 0, 1)
    path = _cheapest(-dark * fade + _AWAY * offset[:, None] ** 2)
    seen = float(dark[path, np.arange(_COLUMNS)].mean())
    trust = float(np.clip((seen - _FAINT) / (_CLEAR - _FAINT), 0, 1))
    kernel = np.ones(5) / 5
    shift = np.convolve(np.pad(offset[path], 2, mode="edge"), kernel, mode="valid") * fade
    shift += _below(dark, path) * np.clip(2 * fade, 0, 1)
    return np.asarray(np.interp(np.arange(n), at, shift) * trust * subject.mm)


def _below(dark: Array, path: npt.NDArray[np.int64]) -> float:
    """From the darkest line down to where the lower lip's own colour begins, mm.

    The seam's shadow goes with the upper lip: under it a dark rim is what one expects.
    """
    columns = np.arange(dark.shape[1])
    peak = dark[path, columns]
    depth = np.zeros(len(columns))
    for step in range(1, round(_RIM_MM / _STEP_MM) + 1):
        row = np.minimum(path + step, len(dark) - 1)
        depth += dark[row, columns] > 0.3 * peak
    clear = peak > _FAINT
    return float(np.median(depth[clear]) * _STEP_MM) if clear.any() else 0.0


def _darkness(subject: Subject, points: Array, margin: int) -> Array:
    """How much darker than the lips on both sides, logarithmic, rows without the margins."""
    scale = subject.texture_scale
    texels = (points * scale - 0.5).astype(np.float32)
    low = np.floor(texels.min((0, 1))).astype(int) - 4
    high = np.ceil(texels.max((0, 1))).astype(int) + 5
    low, high = np.maximum(low, 0), np.maximum(high, 1)
    patch = subject.picture_hi[low[1] : high[1], low[0] : high[0]].astype(np.float32)
    if patch.size == 0:
        return np.zeros((points.shape[0] - 2 * margin, points.shape[1]))
    grey = cv2.GaussianBlur(
        patch @ np.array([0.3, 0.59, 0.11], np.float32), (0, 0), 0.2 * subject.mm * scale
    )
    where = texels - low.astype(np.float32)
    seen = cv2.remap(
        grey, where[..., 0], where[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    light = 2.2 * np.log((seen + 3.0) / 255)
    above, here, below = light[: -2 * margin], light[margin:-margin], light[2 * margin :]
    return np.clip(np.minimum(above, below) - here, 0, 0.5).astype(np.float64)


def _cheapest(cost: Array) -> npt.NDArray[np.int64]:
    """The cheapest path from the first column to the last, one row a column."""
    total = cost.copy()
    came = np.zeros(cost.shape, np.int64)
    rows = np.arange(len(cost))
    for j in range(1, cost.shape[1]):
        before = np.pad(total[:, j - 1], 1, constant_values=1e9)
        steps = np.stack([before[:-2] + _BEND, before[1:-1], before[2:] + _BEND])
        best = steps.argmin(0)
        came[:, j] = np.clip(rows + best - 1, 0, len(cost) - 1)
        total[:, j] += steps[best, rows]
    path = np.zeros(cost.shape[1], np.int64)
    path[-1] = int(total[:, -1].argmin())
    for j in range(cost.shape[1] - 1, 0, -1):
        path[j - 1] = came[path[j], j]
    return path
