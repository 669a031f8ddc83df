"""Lashes of a closed lid, as a strip along the lid's margin.

Comes in: a :class:`Subject`, an :class:`EyeOutline`, the glasses. Goes out: the lashes' colour and
their opacity as a grey picture of 160 x 48. Its columns run along the margin from image-left to
image-right, evenly by the contour's points (point k of E lies at column 160 * k / (E - 1), edge
convention). Its rows run down the face from 0.8 mm above the margin (top edge of the first row) to
3.0 mm below it (bottom edge of the last).
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from visavis.build.glasses import Glasses
from visavis.build.hair import hair_over
from visavis.build.light import colours_at, luminance, skin_colour
from visavis.build.outlines import EyeOutline
from visavis.build.subject import Subject
from visavis.build.window import Window, smoothstep

Array = npt.NDArray[np.float32]
Line = npt.NDArray[np.floating]

SIZE = (160, 48)
"""Columns and rows of the strip."""
ABOVE, BELOW = 0.8, 3.0
"""Millimetres it reaches above and below the margin."""

_LINED = 0.35
"""Contrast of the margin with the skin from which a drawing has a line there."""
_HAIRS = 46
_FINER = 4
"""Hairs are drawn this much larger and then reduced."""


def lash_colour(subject: Subject, eye: EyeOutline) -> Array:
    """The dark of the upper lid's margin in the picture, float32 (3,), encoded."""
    middle = eye.upper[3:-3]
    rows = [middle + eye.down * (mm * subject.mm) for mm in (-0.6, 0.0, 0.6)]
    colours = colours_at(subject, np.concatenate(rows), radius=0.2)
    return np.asarray(np.percentile(colours, 12, axis=0), np.float32)


def lash_strip(
    subject: Subject, eye: EyeOutline, colour: Array, glasses: Glasses
) -> npt.NDArray[np.uint8]:
    """Opacity of the lashes along the margin of the closed lid.

    Args:
        subject: the framed picture.
        eye: the eye's outline.
        colour: from :func:`lash_colour`; the darker against the skin, the stronger the lashes.
        glasses: lashes end where a frame (or hair) covers the margin.

    Returns:
        uint8 (48, 160), see the module's description.
    """
    skin = float(luminance(skin_colour(subject)))
    contrast = 1 - float(luminance(colour)) / max(0.6 * skin, 1e-3)
    u = (np.arange(SIZE[0]) + 0.5) / SIZE[0]
    from_outer = u if eye.outer_is_left else 1 - u
    down = (np.arange(SIZE[1])[:, None] + 0.5) / SIZE[1] * (ABOVE + BELOW) - ABOVE
    ends = np.minimum(1, 6 * np.minimum(u, 1 - u))
    if subject.kind == "drawn":
        strip = _drawn(subject, eye, down, from_outer, contrast > _LINED) * ends
    else:
        strength = float(np.clip(contrast, 0.25, 1))
        width = 0.26 + 0.16 * strength
        line = (0.45 + 0.4 * strength) * np.exp(-(((down - 0.05) / width) ** 2)) * ends
        length = float(np.linalg.norm(eye.upper[-1] - eye.upper[0])) / subject.mm
        hairs = _hairs(strength, length)
        if not eye.outer_is_left:
            hairs = hairs[:, ::-1]
        strip = np.maximum(line, hairs * 0.8 * strength) * (0.45 + 0.55 * strength)
        # Towards the nose lashes thin out.
        strip = strip * (1 - 0.25 * np.clip((from_outer - 0.75) / 0.25, 0, 1))
    strip = strip * (1 - _behind(subject, eye, glasses))
    return np.asarray(np.clip(strip, 0, 1) * 255 + 0.5, np.uint8)


def _drawn(subject: Subject, eye: EyeOutline, down: Line, from_outer: Line, lined: bool) -> Array:
    """A drawing's closed lid ends in a bold line, and in lashes if the open eye has some."""
    # Thickest in the outer third, like the line over the open eye.
    half = 0.38 + 0.3 * np.exp(-(((from_outer - 0.32) / 0.36) ** 2))
    line = 1 - smoothstep(half - 0.2, half + 0.25, np.abs(down - 0.25))
    if not lined:
        return np.asarray(0.55 * line, np.float32)
    amount = _drawn_lashes(subject, eye)
    if amount < 0.1:
        return line
    length = float(np.linalg.norm(eye.upper[-1] - eye.upper[0])) / subject.mm
    hairs = _hairs(amount, length)
    if not eye.outer_is_left:
        hairs = hairs[:, ::-1]
    inwards = 1 - smoothstep(0.5, 0.85, from_outer)
    return np.asarray(np.maximum(line, np.minimum(1.5 * hairs, 1) * inwards), np.float32)


def _drawn_lashes(subject: Subject, eye: EyeOutline) -> float:
    """How much lash is drawn over the outer half of the open eye, 0..1."""
    outer_first = eye.upper if eye.outer_is_left else eye.upper[::-1]
    at = np.linspace(0.06, 0.45, 40) * (len(outer_first) - 1)
    index = np.arange(len(outer_first))
    points = np.column_stack([np.interp(at, index, outer_first[:, k]) for k in (0, 1)])
    rows = [points - eye.down * (mm * subject.mm) for mm in (2.6, 3.2)]
    light = luminance(colours_at(subject, np.concatenate(rows), radius=0.15))
    dark = light < 0.5 * float(luminance(skin_colour(subject)))
    return float(np.clip(dark.mean() / 0.3, 0, 1))


def _hairs(strength: float, length: float) -> Array:
    """46 tapered hairs, 1.2 to 2.7 mm, fanning out from the outer corner at the left."""
    columns, rows = SIZE[0] * _FINER, SIZE[1] * _FINER
    across, up = columns / max(length, 1.0), rows / (ABOVE + BELOW)
    rng = np.random.default_rng(3)
    canvas = np.zeros((rows, columns), np.uint8)
    along = np.linspace(0, 1, 7)
    for hair in range(_HAIRS):
        t = (hair + 0.5) / _HAIRS + rng.normal(0, 0.006)
        size = (1.2 + 1.5 * (1 - t)) * strength * rng.uniform(0.75, 1.1)
        size *= min(1.0, 8 * min(t, 1 - t) + 0.25)
        x = t * columns - 1.3 * (0.62 - t) * size * along**1.5 * across
        y = ABOVE * up + size * up * (along - 0.12 * along**2)
        points = np.round(np.column_stack([x, y]) * 16).astype(np.int32)
        for i, thick in ((0, 3), (2, 2), (4, 1)):
            width = max(round(thick * 0.07 * up), 1)
            cv2.polylines(canvas, [points[i : i + 3]], False, 190, width, cv2.LINE_AA, 4)
    small = cv2.resize(canvas, SIZE, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return np.asarray(cv2.GaussianBlur(small, (0, 0), 0.8), np.float32)


def _behind(subject: Subject, eye: EyeOutline, glasses: Glasses) -> Array:
    """For each column, 0..1 how much frame or hair covers the closed lid's margin, (160,)."""
    window = Window.around(subject, eye.opening, 10)
    before = glasses.rim_in(window) | hair_over(subject, eye, window)
    if not before.any():
        return np.zeros(SIZE[0], np.float32)
    frame = window.blur(before, 0.3)
    covered = np.zeros(len(eye.lower))
    for mm in (0.0, 1.2):
        places = np.round(window.local(eye.lower + eye.down * (mm * subject.mm))).astype(int)
        x = np.clip(places[:, 0], 0, window.shape[1] - 1)
        y = np.clip(places[:, 1], 0, window.shape[0] - 1)
        covered = np.maximum(covered, frame[y, x])
    columns = (np.arange(SIZE[0]) + 0.5) / SIZE[0] * (len(covered) - 1)
    return np.interp(columns, np.arange(len(covered)), covered).astype(np.float32)
