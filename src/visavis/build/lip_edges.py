"""Moves the inner edge of the lower lip onto the edge that the picture shows.

Comes in: uint8 RGB and landmarks with the mouth open. Goes out: the landmarks, their lower lip
corrected by up to 2.6 mm. The networks draw this edge too high where lower teeth or a shadow
touch the lip; what is left of the teeth would stay on the closed lip.

Along nine lines from the inner to the outer edge, each pixel is compared with the colours of the
lip and with those of the mouth's inside; the best step from inside to lip is found on all lines at
once by dynamic programming.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from visavis.build.indices import LIP_RINGS
from visavis.build.subject import EYE_CORNERS_MM

Points = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]

_OPEN_MM = 1.5
"""Gap between the lips from which there is an inside to see."""
_STEPS = np.arange(-1.5, 3.0, 0.15)
"""Places looked at, mm from the given edge into the lip."""
_SIDE = 6
"""How many places before and after an edge are compared."""
_COUNTS = 3.0
"""Distance from which a colour is simply another one."""
_SHARES = {3: 1.0, 2: 0.7, 1: 0.35}
"""How far each ring of the lip (3 the innermost) goes along."""


def snap_lower_lip(picture: npt.NDArray[np.uint8], landmarks: Points) -> Points:
    """Landmarks with the inner edge of the lower lip where the picture has it.

    Args:
        picture: uint8 (H, W, 3) RGB.
        landmarks: float64 (478, 3), picture px.

    Returns:
        float64 (478, 3); unchanged where the mouth is shut or no clear edge is seen.
    """
    mm = float(np.linalg.norm(landmarks[33] - landmarks[263])) / EYE_CORNERS_MM
    if np.linalg.norm(landmarks[13] - landmarks[14]) < _OPEN_MM * mm:
        return landmarks
    upper = landmarks[LIP_RINGS[3][:10:-1], :2]
    inner = landmarks[LIP_RINGS[3][1:10], :2]
    across = landmarks[LIP_RINGS[0][1:10], :2] - inner
    thick = np.linalg.norm(across, axis=1)
    if thick.min() < 1.0 * mm:
        return landmarks
    colours, origin = _lab(picture, landmarks, mm)
    places = inner - origin + (_STEPS[:, None, None] * mm) * (across / thick[:, None])
    likeness = _likeness(colours, inner - origin, upper - origin, across, places)
    shifts = _best_edge(likeness, np.minimum(2.6, 0.5 * thick / mm))
    moved = landmarks.copy()
    for ring, share in _SHARES.items():
        moved[LIP_RINGS[ring][1:10], :2] += (share * shifts * mm / thick)[:, None] * across
    return moved


def _lab(picture: npt.NDArray[np.uint8], landmarks: Points, mm: float) -> tuple[Floats, Points]:
    """The surroundings of the mouth in CIELAB, slightly blurred, and where they begin."""
    ring = landmarks[LIP_RINGS[0], :2]
    low = np.maximum(np.floor(ring.min(0) - 4 * mm).astype(int), 0)
    high = np.maximum(np.ceil(ring.max(0) + 4 * mm).astype(int), low + 4)
    part = picture[low[1] : high[1], low[0] : high[0]].astype(np.float32) / 255
    part = cv2.GaussianBlur(part, (0, 0), max(0.3, 0.3 * mm)).astype(np.float32)
    return np.asarray(cv2.cvtColor(part, cv2.COLOR_RGB2LAB), np.float32), low.astype(float)


def _sampled(image: Floats, places: Points) -> Floats:
    """Colours at places (…, 2) in pixel edges."""
    x, y = (places[..., k].astype(np.float32) - np.float32(0.5) for k in (0, 1))
    found = cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.float32)


def _likeness(
    colours: Floats, inner: Points, upper: Points, across: Points, places: Points
) -> npt.NDArray[np.float64]:
    """How much more each place looks like lip than like the mouth's inside, (steps, lines)."""
    depths = np.linspace(0.4, 0.75, 8)[:, None, None]
    lip = _sampled(colours, inner + depths * across).astype(np.float64)
    line_means = np.pad(lip.mean(0), ((2, 2), (0, 0)), "edge")
    weights = (0.1, 0.2, 0.4, 0.2, 0.1)
    means = sum(w * line_means[k : k + 9] for k, w in enumerate(weights))
    spread = 2 * np.maximum(lip.std((0, 1)), [5.0, 3.0, 3.0])
    depths = np.linspace(0.25, 0.8, 9)[:, None, None]
    inside = _sampled(colours, upper + depths * (inner - upper))[:, 1:8].reshape(-1, 3)
    inside = inside[np.argsort(inside[:, 0], kind="stable")].astype(np.float64)
    kinds = [part.mean(0) for part in np.array_split(inside, 3)]  # dark, between, teeth
    seen = _sampled(colours, places).astype(np.float64)
    to_lip = np.linalg.norm((seen - means) / spread, axis=2)
    to_inside = np.min(
        [np.linalg.norm((seen - kind) / [14.0, 6.0, 6.0], axis=2) for kind in kinds], axis=0
    )
    return np.asarray(np.minimum(to_inside, _COUNTS) - np.minimum(to_lip, _COUNTS))


def _best_edge(
    likeness: npt.NDArray[np.float64], limits: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Shift of each line's edge, mm: the clearest steps that lie near one another."""
    steps, lines = likeness.shape
    sums = np.cumsum(np.pad(likeness, ((1, 0), (0, 0))), 0)
    gain = np.full((steps, lines), -9.0)
    for at in range(2, steps - 1):
        low, high = max(0, at - _SIDE), min(steps, at + _SIDE)
        after = (sums[high] - sums[at]) / (high - at)
        gain[at] = after - (sums[at] - sums[low]) / (at - low)
    gain -= 0.25 * np.abs(_STEPS)[:, None]
    gain[_STEPS[:, None] > limits] = -9.0
    bend = 1.6 * np.minimum(np.abs(_STEPS[:, None] - _STEPS), 2)
    cost, back = -gain[:, 0], []
    for line in range(1, lines):
        total = cost + bend
        back.append(total.argmin(1))
        cost = total.min(1) - gain[:, line]
    path = [int(cost.argmin())]
    for before in reversed(back):
        path.append(int(before[path[-1]]))
    chosen = np.array(path[::-1])
    clear = np.clip((gain[chosen, np.arange(lines)] - 0.6) / 1.2, 0, 1)
    shifts = np.maximum(_STEPS[chosen], -0.3) * clear
    shifts = np.convolve(np.pad(shifts, 1, "edge"), [0.25, 0.5, 0.25], "valid")
    return np.asarray(shifts * [0.6, 0.9, 1, 1, 1, 1, 1, 0.9, 0.6], np.float64)
