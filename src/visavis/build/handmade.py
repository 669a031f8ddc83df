"""Landmarks from a few points placed by hand, for drawings and animals.

Comes in: the JSON described in docs/build.md. Goes out: float64 (478, 3), picture px, z in the
same scale. Eyes, brows, nose, lips and oval are laid along smooth curves through the given
points; the other landmarks follow by a thin-plate spline from the mean face, whose depth is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis.build import models
from visavis.build.curves import along, ring_at_angles
from visavis.build.indices import (
    BROW_LEFT,
    BROW_RIGHT,
    EYE_LEFT,
    EYE_RIGHT,
    IRIS_LEFT,
    IRIS_RIGHT,
    LIP_RINGS,
    OVAL,
)
from visavis.build.points_file import Kind, Points, PointsFile, load
from visavis.errors import InvalidMedia

_BROW_COLUMNS = 5
"""Both brow lists: five points of the upper edge, then five of the lower."""
_NOSE = {"tip": 4, "bridge": 168, "left_wing": 358, "right_wing": 129, "base": 2}
_RING_SHARES = (0.0, 0.34, 0.67, 1.0)
"""How far the four lip rings lie from the outer edge to the inner one."""


@dataclass(frozen=True)
class Handmade:
    """Hand-placed landmarks, filled up.

    Attributes:
        landmarks: float64 (478, 3), picture px.
        kind: "drawn" or "photo".
        rigid: whether the face's outline keeps its shape.
    """

    landmarks: Points
    kind: Kind
    rigid: bool = False


def read_landmarks(source: str | Path | dict[str, Any], size: tuple[int, int]) -> Handmade:
    """Reads hand-placed points and fills in the other landmarks.

    Args:
        source: path of a JSON file, or what is in one.
        size: the picture's width and height, px.

    Raises:
        InvalidMedia: the file is missing, no JSON, or a point in it is; the message names it.
    """
    given = source if isinstance(source, dict) else load(Path(source))
    reader = PointsFile(given, size)
    fixed, kind, rigid = _fixed(reader), reader.kind(), reader.flag("rigid")
    reader.finish()
    return Handmade(_filled(fixed), kind, rigid)


def _fixed(reader: PointsFile) -> dict[int, Points]:
    """The landmarks that the given points decide: number → x, y."""
    fixed: dict[int, Points] = {}
    _eye(reader, "right_eye", EYE_RIGHT, IRIS_RIGHT, fixed)
    _eye(reader, "left_eye", EYE_LEFT, IRIS_LEFT, fixed)
    if fixed[33][0] >= fixed[263][0] and abs(fixed[33][1] - fixed[263][1]) < abs(
        fixed[33][0] - fixed[263][0]
    ):
        raise InvalidMedia(
            "left_eye, right_eye: left and right are the character's own, so left_eye lies on the "
            "right of the picture"
        )
    span = float(np.linalg.norm(fixed[263] - fixed[33]))
    if span < 8:
        raise InvalidMedia("left_eye.outer, right_eye.outer: closer than 8 px to each other")
    down = _perpendicular(fixed[263] - fixed[33]) / span
    _mouth(reader, down, fixed)
    thickness = reader.length("brow_thickness") or 0.085 * span
    for name, brow in (("right_brow", BROW_RIGHT), ("left_brow", BROW_LEFT)):
        line = reader.points(name, 2)
        if line is not None:
            _brow(line, brow, down * thickness / 2, fixed)
    for name, landmark in _NOSE.items():
        place = reader.need("nose.tip") if name == "tip" else reader.point(f"nose.{name}")
        if place is not None:
            fixed[landmark] = place
    _oval(reader.need_points("oval", 6), fixed)
    return fixed


def _perpendicular(v: Points) -> Points:
    """Turned clockwise as seen in the picture: right becomes down."""
    return np.array([-v[1], v[0]])


def _eye(
    reader: PointsFile, name: str, eye: list[int], iris: list[int], fixed: dict[int, Points]
) -> None:
    outer, inner = reader.need(f"{name}.outer"), reader.need(f"{name}.inner")
    upper = reader.need_points(f"{name}.upper", 1)
    lower = reader.need_points(f"{name}.lower", 1)
    width = float(np.linalg.norm(inner - outer))
    if width < 3:
        raise InvalidMedia(f"{name}: outer and inner corner are less than 3 px apart")
    shares = np.linspace(0, 1, 9)
    low = along(np.vstack([outer, lower, inner]), shares)
    high = along(np.vstack([outer, upper, inner]), shares)
    if ((low - high)[1:-1] @ np.array([0.0, 1.0])).mean() <= 0 and abs(inner[0] - outer[0]) > abs(
        inner[1] - outer[1]
    ):
        raise InvalidMedia(f"{name}.upper: the upper lid lies under the lower one")
    for k in range(9):
        fixed[eye[k]] = low[k]
    for k in range(1, 8):
        fixed[eye[16 - k]] = high[k]
    centre = reader.point(f"{name}.iris.centre")
    radius = reader.length(f"{name}.iris.radius") or 0.25 * width
    if centre is None:
        centre = (low[4] + high[4]) / 2
    turns = ((1, 0), (0, -1), (-1, 0), (0, 1))
    fixed[iris[0]] = centre
    for k, turn in enumerate(turns):
        sign = 1 if eye is EYE_RIGHT else -1
        fixed[iris[k + 1]] = centre + radius * np.array(turn) * [sign, 1]


def _brow(line: Points, brow: list[int], half: Points, fixed: dict[int, Points]) -> None:
    """Five columns from the outer end to the inner one, upper and lower edge."""
    order = np.argsort(line @ _perpendicular(-half))
    line = line[order]
    outer_first = line if brow is BROW_RIGHT else line[::-1]
    middle = along(outer_first, np.linspace(0.0, 1.0, _BROW_COLUMNS))
    taper = np.array([0.35, 0.8, 1.0, 1.0, 0.85])[:, None]
    for k in range(_BROW_COLUMNS):
        fixed[brow[k]] = (middle - half * taper)[k]
        fixed[brow[_BROW_COLUMNS + k]] = (middle + half * taper)[k]


def _mouth(reader: PointsFile, down: Points, fixed: dict[int, Points]) -> None:
    left, right = reader.need("mouth.left"), reader.need("mouth.right")
    width = float(np.linalg.norm(left - right))
    if width < 6:
        raise InvalidMedia("mouth: left and right corner are less than 6 px apart")
    edges = {}
    for name in ("outer_upper", "outer_lower"):
        edges[name] = along(np.vstack([right, reader.need_points(f"mouth.{name}", 1), left]), None)
    seam = reader.points("mouth.seam", 1)
    inner = [reader.points(f"mouth.inner_{s}", 1) for s in ("upper", "lower")]
    if (inner[0] is None) != (inner[1] is None):
        missing = "upper" if inner[0] is None else "lower"
        raise InvalidMedia(f"mouth.inner_{missing}: missing, while the other inner edge is given")
    if seam is None and inner[0] is None:
        middle = 0.45 * edges["outer_upper"] + 0.55 * edges["outer_lower"]
        seam = middle[len(middle) // 5 : -len(middle) // 5 : 6]
    for side, sign in ((0, -1), (1, 1)):
        given = inner[side] if inner[side] is not None else seam
        assert given is not None
        # the inner ring's corners lie a little inside the outer one's
        ends = np.vstack([right + 0.06 * (left - right), left + 0.06 * (right - left)])
        on_seam = along(np.vstack([right, given, left]), None)
        ends = on_seam[[len(on_seam) * 6 // 100, len(on_seam) * 94 // 100]] * 0.5 + ends * 0.5
        outer = edges["outer_upper" if side == 0 else "outer_lower"]
        _lip(right, left, outer, np.vstack([ends[0], on_seam[8:-8], ends[1]]), side, fixed)
        gap = (outer - on_seam)[len(outer) // 2] @ down * sign
        if gap < -0.15 * width:
            name = "outer_upper" if side == 0 else "outer_lower"
            raise InvalidMedia(f"mouth.{name}: on the wrong side of the line between the lips")


def _lip(
    right: Points, left: Points, outer: Points, inner: Points, side: int, fixed: dict[int, Points]
) -> None:
    """Four rings between an outer and an inner edge; both run from the picture's left."""
    shares = np.linspace(0, 1, 11)
    across = left - right
    outer_at = _at_shares(outer, right, across, shares)
    inner_at = _at_shares(inner, right, across, 0.06 + 0.88 * shares)
    for ring, share in zip(LIP_RINGS, _RING_SHARES, strict=True):
        row = outer_at * (1 - share) + inner_at * share
        for k in range(11):
            index = ring[k] if side == 1 else ring[(20 - k) % 20]
            if index not in fixed or k not in (0, 10):
                fixed[index] = row[k]


def _at_shares(line: Points, start: Points, across: Points, shares: Points) -> Points:
    """Points of a line at given shares of the way across."""
    t = (line - start) @ across / (across @ across)
    t = np.maximum.accumulate(t) + np.arange(len(t)) * 1e-9
    return np.stack([np.interp(shares, t, line[:, i]) for i in (0, 1)], 1)


def _oval(ring: Points, fixed: dict[int, Points]) -> None:
    """The 36 landmarks of the oval: where rays from the face's middle leave the given ring."""
    mean = models.mean_face()[:, :2]
    target = np.array([fixed[33], fixed[263], (fixed[61] + fixed[291]) / 2])
    source = np.array([mean[33], mean[263], (mean[61] + mean[291]) / 2])
    m, *_ = np.linalg.lstsq(np.c_[source, np.ones(3)], target, rcond=None)
    centre = ring.mean(0)
    expected = np.c_[mean[OVAL], np.ones(len(OVAL))] @ m
    inside = np.array([fixed[33], fixed[263], fixed[61], fixed[291]])
    placed = ring_at_angles(ring, centre, expected - expected.mean(0))
    if placed is None:
        raise InvalidMedia("oval: the points must go once around the face, in order")
    reach = np.linalg.norm(placed - centre, axis=1).min()
    if np.linalg.norm(inside - centre, axis=1).min() > 4 * reach:
        raise InvalidMedia("oval: does not go around the eyes and the mouth")
    for index, place in zip(OVAL, placed, strict=True):
        fixed[index] = place


def _filled(fixed: dict[int, Points]) -> Points:
    """All landmarks: a thin-plate spline from the mean face through the decided ones."""
    from scipy.interpolate import RBFInterpolator

    mean = models.mean_face()
    numbers = np.array(sorted(fixed))
    places = np.array([fixed[n] for n in numbers])
    source = mean[numbers, :2] + _spread(numbers)
    spline = RBFInterpolator(source, places, kernel="thin_plate_spline", smoothing=1e-3)
    out = np.empty((478, 3))
    out[:, :2] = spline(mean[:, :2])
    out[numbers, :2] = places
    scale = np.linalg.norm(fixed[263] - fixed[33]) / np.linalg.norm(mean[263] - mean[33])
    out[:, 2] = mean[:, 2] * scale
    return out


def _spread(numbers: Sequence[int] | npt.NDArray[np.int64]) -> Points:
    """Tiny offsets that keep apart the rings of shut lips, which nearly coincide in the mean."""
    shift = np.zeros((len(numbers), 2))
    place = {n: k for k, n in enumerate(numbers)}
    for depth, ring in enumerate(LIP_RINGS):
        for k, n in enumerate(ring):
            if n in place and k not in (0, 10):
                shift[place[n], 1] = (0.2 if k < 10 else -0.2) * (3 - depth)
    return shift
