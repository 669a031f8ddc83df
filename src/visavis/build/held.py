"""Glasses are stiff: what keeps moving cheeks and brows from bending the frame over them.

Comes in: the picture and the mesh laid on it. Goes out: how freely each vertex follows mouth, jaw
and brows. The frame is part of the face's own texture, so the skin under it has to stay with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from .glasses import Glasses, find_glasses
from .indices import EYE_LEFT, EYE_RIGHT
from .mesh import Array
from .subject import Subject
from .window import Window, smoothstep

_FREE_MM = (7.0, 24.0)
"""Nothing moves up to the first beside a frame, everything beyond the second."""
_FREE_ABOVE_MM = (0.5, 6.5)
"""The same for brows, which lie right above the frame, and go up and down behind it."""
_LENS_MM = 13.0
"""How far lenses reach about the eyes at least, where their frame is not seen."""


@dataclass(frozen=True)
class Freedom:
    """How freely points move, (N,) 0..1 each.

    Attributes:
        below: with mouth and jaw.
        above: with the brows.
    """

    below: Array
    above: Array


def freedom(subject: Subject, points: Array) -> Freedom | None:
    """How freely points follow mouth, jaw and brows.

    Args:
        subject: the framed picture.
        points: (N, 2) or (N, 3), canvas px.

    Returns:
        For every point, or None where no glasses are seen.
    """
    glasses = find_glasses(subject)
    covered = _covered(glasses, subject)
    if covered is None:
        return None
    window = glasses.window
    away = cv2.distanceTransform((~covered).astype(np.uint8), cv2.DIST_L2, 5)
    places = np.round(window.local(points)).astype(np.int64)
    rows, columns = window.shape
    inside = np.clip(places, 0, [columns - 1, rows - 1])
    beyond = np.linalg.norm(places - inside, axis=1)
    distance = (away[inside[:, 1], inside[:, 0]] + beyond) / window.mm
    below, above = (
        np.asarray(smoothstep(*reach, distance), np.float64) for reach in (_FREE_MM, _FREE_ABOVE_MM)
    )
    return Freedom(below, above)


def _covered(glasses: Glasses, subject: Subject) -> npt.NDArray[np.bool_] | None:
    """The glasses with their lenses, over their window; None where there are none."""
    window: Window = glasses.window
    if not (glasses.present or glasses.opaque):
        return None
    lenses = np.zeros(window.shape, np.bool_)
    for eye in (EYE_RIGHT, EYE_LEFT):
        lenses |= window.grow(window.polygon(subject.landmarks[eye]) > 0.5, _LENS_MM)
    if not glasses.present:
        return lenses
    # of a frame often half is found, and not the same half on both sides
    down = subject.frame[:2, 1] / np.linalg.norm(subject.frame[:2, 1])
    middle = window.local(subject.landmarks[[133, 362]]).mean(0)
    half = np.argwhere(glasses.rim)[:, ::-1] - middle
    other = 2 * (half @ down)[:, None] * down - half
    outline = cv2.convexHull(np.round(np.concatenate([half, other]) + middle).astype(np.int32))
    whole = lenses.astype(np.uint8)
    cv2.fillConvexPoly(whole, outline, 1)
    return whole > 0
