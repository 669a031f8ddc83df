"""The hole between the lips: from when on it is seen, how soft its edge is, what light enters.

Comes in: how far lips are apart, a pose, the output's px per millimetre. Goes out: numbers that
every drawer of mouths shares.
"""

from __future__ import annotations

import numpy as np

from visavis.pose import INDEX, Pose
from visavis.render.rig_arrays import Float

SEAM_MM = 0.45
"""Where lips are this close, only their seam is seen."""
ALWAYS_SEAM_MM = 0.8
"""A source whose lips were parted further has no seam of its own: ours is always drawn."""
SHUT_MM = 0.15
"""Lips this close are shut."""
SEEN, SEEN_ALWAYS = (0.0, 1.0, 0.15, 0.7), (0.75, 0.25, 0.5, 1.0)
"""How much is seen of the inside: so much, and more as lips part from the third by the fourth, mm;
with a seam of its own, and with ours."""
DIM, PURSED = (0.16, 0.8, 0.25), (0.62, 0.35, 0.7)
"""Light that rounded lips keep out, by pucker and funnel; that pursed ones do, from the second on,
as far as the third."""


def edge_px(px_per_mm: float) -> float:
    """How soft the hole's edge is, px."""
    return max(0.55, 0.26 * px_per_mm)


def seen_share(open_mm: float, always: bool) -> float:
    """How much of the inside is seen, 0..1."""
    base, more, start, way = SEEN_ALWAYS if always else SEEN
    return base + more * min(max((open_mm - start) / way, 0.0), 1.0)


def hole_margin(sigma: float) -> float:
    """How far around its edges the hole's softness reaches, px."""
    return 3 * sigma + 2


def least_apart(count: int, px_per_mm: float) -> Float:
    """(count,) px that lips are apart where their seam is ours."""
    t = np.linspace(-1, 1, count, dtype=np.float32)
    least: Float = 0.8 * px_per_mm * (1 - t * t) ** 0.8 * (np.abs(t) < 0.93)
    return least


def lens_px(px_per_mm: float) -> float:
    """Blur of the whole interior, px."""
    return max(0.2 * px_per_mm, 0.3)


def light_inside(pose: Pose) -> float:
    """How much light rounded lips let in, 0..1."""
    pucker, funnel = float(pose[INDEX["mouthPucker"]]), float(pose[INDEX["mouthFunnel"]])
    dim = 1 - DIM[0] * min(max(DIM[1] * pucker + DIM[2] * funnel, 0.0), 1.0)
    return dim * (1 - PURSED[0] * min(max(pucker - PURSED[1], 0.0), PURSED[2]))
