"""Colours under the picture's own light: skin, lips, the white of the eye, teeth.

Comes in: a :class:`Subject`. Goes out: colours, 8-bit sRGB scale (0..255) unless called linear.
Linear light is taken as (value / 255) ** 2.2, here and in the renderer.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from visavis.build.indices import CHEEKS, EYE_LEFT, EYE_RIGHT, IRIS_LEFT, IRIS_RIGHT, LIP_RINGS
from visavis.build.subject import Subject

Array = npt.NDArray[np.float32]

GAMMA = 2.2
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""Weights of linear R, G, B in luminance (ITU-R BT.709)."""
LUMA = np.array([0.3, 0.59, 0.11], np.float32)
"""Weights of encoded R, G, B in brightness as seen."""

_GREY = 4.0
"""A picture whose face differs less than this between red, green and blue is grey."""

_TABLE = ((np.arange(256) / 255.0) ** GAMMA).astype(np.float32)


def to_linear(colour: npt.ArrayLike) -> Array:
    """Encoded 0..255 (any shape, uint8 or float) to linear light 0..1, float32."""
    array = np.asarray(colour)
    if array.dtype == np.uint8:
        return np.asarray(_TABLE[array], np.float32)
    return np.asarray(np.power(np.clip(array, 0, 255).astype(np.float32) / 255, GAMMA), np.float32)


def to_encoded(linear: npt.ArrayLike) -> Array:
    """Linear light 0..1 (any shape) to encoded 0..255, float32."""
    clipped = np.clip(np.asarray(linear, np.float32), 0, 1)
    return np.asarray(255 * np.power(clipped, 1 / GAMMA), np.float32)


def luminance(colour: npt.ArrayLike) -> Array:
    """Linear luminance 0..1 of encoded colours (..., 3)."""
    return np.asarray(to_linear(colour) @ LUMINANCE, np.float32)


def colours_at(subject: Subject, points: npt.ArrayLike, radius: float = 0.4) -> Array:
    """Mean colours round canvas points.

    Args:
        subject: the picture.
        points: (n, 2) or (n, 3), canvas px; those outside take the nearest inside.
        radius: half side of the square that is averaged, mm.

    Returns:
        float32 (n, 3), encoded.
    """
    scale = subject.texture_scale
    height, width = subject.picture_hi.shape[:2]
    half = max(round(radius * subject.mm * scale), 1)
    result = []
    for x, y in np.asarray(points, np.float64)[:, :2] * scale:
        column = int(np.clip(x, 0, width - 1))
        row = int(np.clip(y, 0, height - 1))
        patch = subject.picture_hi[
            max(row - half, 0) : row + half + 1, max(column - half, 0) : column + half + 1
        ]
        result.append(patch.reshape(-1, 3).mean(0))
    return np.array(result, np.float32)


def skin_colour(subject: Subject) -> Array:
    """Median colour of the cheeks, float32 (3,), encoded."""
    return np.asarray(np.median(colours_at(subject, subject.landmarks[CHEEKS]), axis=0), np.float32)


def lip_colour(subject: Subject) -> Array:
    """Median colour of the lower lip, float32 (3,), encoded."""
    middle = [ring[i] for ring in LIP_RINGS[:2] for i in (3, 4, 5, 6, 7)]
    return np.asarray(np.median(colours_at(subject, subject.landmarks[middle]), axis=0), np.float32)


def sclera_colour(subject: Subject) -> Array | None:
    """White of the brighter eye as it is lit: median of its brightest quarter beside the iris.

    Returns:
        float32 (3,), encoded; None where no white shows (shut, covered or drawn eyes).
    """
    found = []
    for lids, iris in ((EYE_RIGHT, IRIS_RIGHT), (EYE_LEFT, IRIS_LEFT)):
        pixels = _white_pixels(subject, lids, iris)
        if len(pixels) >= 30:
            bright = pixels @ LUMA
            found.append(np.median(pixels[bright >= np.percentile(bright, 75)], axis=0))
    if not found:
        return None
    return np.asarray(max(found, key=lambda c: float(c.sum())), np.float32)


def _white_pixels(subject: Subject, lids: Sequence[int], iris: Sequence[int]) -> Array:
    """Colours inside the eye opening, away from lids and iris: float32 (n, 3)."""
    scale = subject.texture_scale
    outline = subject.landmarks[lids, :2] * scale
    low = np.maximum(np.floor(outline.min(0)).astype(int) - 2, 0)
    high = np.maximum(np.ceil(outline.max(0)).astype(int) + 2, low + 1)
    patch = subject.picture_hi[low[1] : high[1], low[0] : high[0]]
    mask = np.zeros(patch.shape[:2], np.uint8)
    if mask.size == 0:
        return np.zeros((0, 3), np.float32)
    # Texel centres lie at integer + 0.5, OpenCV's pixel centres at integers.
    cv2.fillPoly(mask, [np.round((outline - low - 0.5) * 16).astype(np.int32)], 255, 0, 4)
    kernel = np.ones((3, 3), np.uint8)
    inside = np.asarray(cv2.erode(mask, kernel, iterations=max(round(scale), 1)))
    centre = subject.landmarks[iris[0], :2] * scale
    rim = subject.landmarks[iris[1:], :2] * scale
    radius = float(np.linalg.norm(rim - centre, axis=1).mean())
    rows, columns = np.nonzero(inside)
    away = np.hypot(columns + low[0] + 0.5 - centre[0], rows + low[1] + 0.5 - centre[1])
    keep = away > 1.2 * radius
    return np.asarray(patch[rows[keep], columns[keep]], np.float32)


def is_grey(subject: Subject) -> bool:
    """Whether the picture has no colour at all."""
    x, y = np.clip(subject.landmarks[:, :2].astype(int), 0, np.array(subject.size) - 1).T
    face = subject.picture[y, x].astype(np.float32)
    return float(np.percentile(np.ptp(face, axis=1), 90)) < _GREY
