"""Form and creases of lips that had to be made up: a fill from around them is flat.

Comes in: masks of the lips round an open mouth. Goes out: gains. Towards the seam the upper lip
turns into its own shadow; the lower one bulges into the light before it does, and both have fine
upright creases. A lower lip of the skin's own colour is set off from it.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from visavis.build.light import luminance
from visavis.build.window import Window, smoothstep

Array = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_SHADOW = (0.24, 0.8)
"""Depth of the upper lip's shadow at its edge, and how far it reaches, mm."""
_TUCK = (0.16, 0.6)
"""The same of the lower lip, where it turns in."""
_BULGE = (0.08, 2.6, 1.3)
"""Light on the lower lip: how much, how far from its edge, how wide, mm."""
_CREASES = (0.022, 0.3)
"""Strength and half width of creases, mm."""
_CREASED_MM = (0.3, 1.6)
"""So far from the seam creases begin and are whole: across a dark edge they look like hairs."""

_LIKE_SKIN = (0.25, 0.12)
"""A lip is as its skin if it differs less than this in the logarithm of brightness, and in that of
how much redder than green it is."""
_SET_OFF, _UNDER, _UNDER_MM = 0.28, 0.15, (1.2, 1.3)
"""Shade of a lip that is as its skin, and of the hollow under it; where that lies below the lip's
outline, and half its height, mm."""


def relief(window: Window, hole: Array, both: Array, upper: Array, ends: Array) -> Array:
    """Brightness of made-up lips, 1 in the mean of a plain one.

    Args:
        window: the mouth's.
        hole: (h, w) 0..1, the open mouth.
        both: both lips with it.
        upper: what belongs to the upper lip.
        ends: how near to a corner, 0..1; there lips are flat.

    Returns:
        float32 (h, w).
    """
    away = cv2.distanceTransform((hole < 0.5).astype(np.uint8), cv2.DIST_L2, 5) / window.mm
    above = window.blur(upper, 0.3)
    over = 1 - _SHADOW[0] * np.exp(-((away / _SHADOW[1]) ** 2))
    under = 1 - _TUCK[0] * np.exp(-((away / _TUCK[1]) ** 2))
    under += _BULGE[0] * np.exp(-(((away - _BULGE[1]) / _BULGE[2]) ** 2))
    form = under + (over - under) * above
    # columns, and so all creases, are the same in every build
    noise = np.random.default_rng(7).normal(0, 1, (1, hole.shape[1])).astype(np.float32)
    lines = cv2.GaussianBlur(noise, (0, 0), max(_CREASES[1] * window.mm, 0.3))
    lines = np.clip(lines / max(float(lines.std()), 1e-3), -2, 2)
    lines = lines * smoothstep(*_CREASED_MM, away)
    gain = form * (1 + _CREASES[0] * lines) - 1
    return np.asarray(1 + gain * window.blur(both, 0.4) * (1 - ends), np.float32)


def set_off(window: Window, pixels: Array, known: Mask, lower: Mask) -> Array:
    """Brightness that makes a lower lip of the skin's own colour a lip, 1 where it is one already.

    A broad laugh draws it out until it has the colour of the chin; drawn together again, it would
    be none.

    Args:
        window: the mouth's.
        pixels: (h, w, 3) encoded.
        known: (h, w) what the picture shows.
        lower: (h, w) the lower lip.

    Returns:
        float32 (h, w).
    """
    columns = np.flatnonzero(lower.any(0))
    plain = np.ones(lower.shape, np.float32)
    if len(columns) == 0:
        return plain
    middle = np.abs(np.arange(lower.shape[1]) - columns.mean()) < 0.3 * len(columns)
    rows = np.arange(len(lower))[:, None]
    edge = np.where(lower, rows, -1).max(0)
    depth = (rows - edge) / window.mm
    lip, skin = lower & known & middle, (depth > 1) & (depth < 3.5) & known & middle & (edge >= 0)
    if lip.sum() < 50 or skin.sum() < 50:
        return plain
    ours, its = (np.maximum(pixels[part].mean(0), 1) for part in (lip, skin))
    bright = abs(float(np.log(luminance(ours) / luminance(its))))
    red = abs(float(np.log(ours[0] / ours[1] * its[1] / its[0])))
    alike = float(np.clip(1 - bright / _LIKE_SKIN[0] - red / _LIKE_SKIN[1], 0, 1))
    ends = np.clip(1 - np.abs(np.arange(len(middle)) - columns.mean()) / (0.5 * len(columns)), 0, 1)
    under = np.exp(-(((depth - _UNDER_MM[0]) / _UNDER_MM[1]) ** 2)) * (edge >= 0) * (depth > -1)
    shade = _SET_OFF * window.blur(lower, 0.5) + _UNDER * window.blur(under * np.sqrt(ends), 0.5)
    return np.asarray(1 - alike * shade, np.float32)
