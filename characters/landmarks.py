"""A character's features as the landmark file that `visavis build --landmarks` takes.

Comes in: a :class:`characters.shape.Face`. Goes out: a dictionary ready for JSON, in the form
`docs/build.md` describes; every point is the drawing's own, so nothing has to be found.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from characters.brush import Points, resample, spline
from characters.picture import HEIGHT, WIDTH, to_canvas
from characters.shape import Eye, Face


def points_file(face: Face) -> dict[str, Any]:
    """The landmark file's content, in px of the whole canvas."""
    brow = (resample(spline(face.brow_upper), 7) + resample(spline(face.brow_lower), 7)) / 2
    thick = np.linalg.norm(
        resample(spline(face.brow_upper), 7) - resample(spline(face.brow_lower), 7), axis=1
    )
    wing = np.array(face.nostril)
    mirrored = np.array([-1.0, 1.0])
    return {
        "size": [WIDTH, HEIGHT],
        "kind": "drawn",
        "rigid": face.rigid,
        "left_eye": _eye(face.eye, 1),
        "right_eye": _eye(face.eye, -1),
        "left_brow": _list(brow),
        "right_brow": _list(brow * mirrored),
        "brow_thickness": round(float(np.median(thick)) * _scale(), 2),
        "nose": {
            "bridge": _point(face.bridge[0]),
            "tip": _point(face.nose_tip),
            "left_wing": _point(wing),
            "right_wing": _point(wing * mirrored),
            "base": _point(face.nose_base),
        },
        "mouth": {
            "left": _point(face.seam[-1]),
            "right": _point(face.seam[0]),
            "outer_upper": _between(face.lip_top, 13),
            "outer_lower": _between(face.lip_bottom, 13),
            "seam": _between(face.seam, 13),
        },
        "oval": _list(resample(spline(face.outline(), closed=True), 37)[:-1]),
    }


def _eye(eye: Eye, side: int) -> dict[str, Any]:
    flip = np.array([side, 1.0])
    return {
        "outer": _point(np.array(eye.upper[-1]) * flip),
        "inner": _point(np.array(eye.upper[0]) * flip),
        "upper": _between(np.array(eye.upper) * flip, 9),
        "lower": _between(np.array(eye.lower) * flip, 9),
        "iris": {
            "centre": _point(np.array(eye.iris) * flip),
            "radius": round(eye.radius * _scale(), 2),
        },
    }


def _scale() -> float:
    return float(to_canvas([(1, 0)])[0, 0] - to_canvas([(0, 0)])[0, 0])


def _point(place: Iterable[float]) -> list[float]:
    return _list(np.array([list(place)]))[0]


def _between(curve: Points, count: int) -> list[list[float]]:
    """Points evenly along a curve, its ends left out."""
    return _list(resample(spline(curve), count)[1:-1])


def _list(points: Points) -> list[list[float]]:
    return [[round(float(x), 2), round(float(y), 2)] for x, y in to_canvas(points)]
