"""Smooth curves through a few points.

Comes in: float64 points (n, 2). Goes out: points on the curves.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]

_STEPS = 101


def along(points: Points, shares: Points | None) -> Points:
    """Points of a smooth open curve, at shares of its length.

    Args:
        points: (n, 2), n >= 2: the first and last are the ends; those between are put in order
            by where they lie on the way from one end to the other.
        shares: 0..1, or None for 101 even steps.

    Returns:
        (len(shares), 2).
    """
    ends, between = points[[0, -1]], points[1:-1]
    across = ends[1] - ends[0]
    between = between[np.argsort(between @ across, kind="stable")]
    points = np.vstack([ends[:1], between, ends[1:]])
    distinct = np.r_[True, np.linalg.norm(np.diff(points, axis=0), axis=1) > 1e-6]
    points = points[distinct]
    if shares is None:
        shares = np.linspace(0, 1, _STEPS)
    if len(points) < 2:
        return np.repeat(points, len(shares), axis=0)
    dense = _interpolated(points)
    length = np.r_[0, np.cumsum(np.linalg.norm(np.diff(dense, axis=0), axis=1))]
    at = np.asarray(shares) * length[-1]
    return np.stack([np.interp(at, length, dense[:, i]) for i in (0, 1)], 1)


def _interpolated(points: Points) -> Points:
    """Dense points of a monotone cubic curve (PCHIP) over the chord length: never overshoots."""
    if len(points) == 2:
        return np.linspace(points[0], points[1], _STEPS)
    from scipy.interpolate import CubicSpline, PchipInterpolator

    chord = np.r_[0, np.cumsum(np.sqrt(np.linalg.norm(np.diff(points, axis=0), axis=1)))]
    if len(points) <= 4:
        return np.asarray(CubicSpline(chord, points)(np.linspace(0, chord[-1], _STEPS)))
    return np.asarray(PchipInterpolator(chord, points)(np.linspace(0, chord[-1], 4 * _STEPS)))


def ring_at_angles(ring: Points, centre: Points, directions: Points) -> Points | None:
    """Where rays from a centre leave a smooth closed ring.

    Args:
        ring: (n, 2), in order, either way round.
        centre: (2,), inside.
        directions: (m, 2), of any length; each is stretched like the ring's bounds first.

    Returns:
        (m, 2), or None where the ring does not go once around its centre.
    """
    from scipy.interpolate import CubicSpline

    closed = np.vstack([ring, ring[:1]])
    steps = np.linalg.norm(np.diff(closed, axis=0), axis=1)
    if (steps < 1e-6).any():
        return None
    chord = np.r_[0, np.cumsum(np.sqrt(steps))]
    dense = CubicSpline(chord, closed, bc_type="periodic")(np.linspace(0, chord[-1], 721)[:-1])
    offsets = dense - centre
    angle = np.unwrap(np.arctan2(offsets[:, 1], offsets[:, 0]))
    if abs(abs(angle[-1] - angle[0]) - 2 * np.pi) > 0.2:
        return None
    stretch = np.ptp(dense, axis=0) / np.maximum(np.ptp(directions, axis=0), 1e-9)
    wanted = np.arctan2(directions[:, 1] * stretch[1], directions[:, 0] * stretch[0])
    order = np.argsort(angle % (2 * np.pi))
    turned, radius = (angle % (2 * np.pi))[order], np.linalg.norm(offsets, axis=1)[order]
    reach = np.interp(wanted % (2 * np.pi), turned, radius, period=2 * np.pi)
    unit = np.stack([np.cos(wanted), np.sin(wanted)], 1)
    return np.asarray(centre + unit * reach[:, None])
