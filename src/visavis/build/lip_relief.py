"""Form and creases of lips that had to be made up: a fill from around them is flat.

Comes in: masks of the lips round an open mouth. Goes out: a gain. Towards the seam the upper lip
turns into its own shadow; the lower one bulges into the light before it does, and both have fine
upright creases.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from visavis.build.window import Window, smoothstep

Array = npt.NDArray[np.float32]

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
