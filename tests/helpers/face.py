"""A plausible face made by formulas: 478 landmarks, triangles over them, a picture.

Comes in: how the face is to be (how far the mouth is open, how broad the smile, how it is turned).
Goes out: what the build's steps take. Nothing is copied from any model of a face: named points lie
on ellipses and arcs in millimetres, all others fill the gaps between them.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.spatial import Delaunay

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
from visavis.build.subject import Subject

Array = npt.NDArray[np.float64]
MOUTH_Y = 67.0
_OVAL_HALF = (72.0, 88.0)
_OVAL_Y = 25.0
_MIDDLE = {
    10: -63, 151: -42, 9: -22, 8: -13, 168: -5, 6: 6, 197: 14, 195: 21, 5: 27, 4: 33, 1: 39, 19: 44,
    94: 48, 2: 52, 164: 56, 18: 86, 200: 92, 199: 99, 175: 106,
}  # fmt: skip
"""Points on the middle line, y in mm below the eyes."""
_RIGHT = {
    (98, 327): (12, 48), (97, 326): (6, 50), (64, 294): (16, 43), (129, 358): (19, 41),
    (48, 278): (17, 38), (45, 275): (5, 42), (220, 440): (8, 38), (49, 279): (13, 34),
    (102, 331): (14, 46), (171, 396): (9, 106), (208, 428): (11, 98.5), (83, 313): (8, 86),
    (201, 421): (10, 92), (108, 337): (12, -42), (69, 299): (30, -38), (117, 346): (40, 19),
    (118, 347): (32, 22), (119, 348): (24, 22), (50, 280): (46, 30), (205, 425): (40, 46),
    (36, 266): (29, 37), (203, 423): (21, 50), (206, 426): (29, 56), (216, 436): (34, 62),
    (212, 432): (35, 74), (57, 287): (31, 67), (202, 422): (31, 82), (190, 414): (19, -5),
    (56, 286): (23, -8), (28, 258): (28, -9.5), (27, 257): (33, -9.5), (29, 259): (38, -8.5),
    (30, 260): (43, -6), (247, 467): (48, -3), (112, 341): (19, 6), (26, 256): (24, 9),
    (22, 252): (29, 10), (23, 253): (34, 10), (24, 254): (39, 8.5), (110, 339): (44, 6),
    (230, 450): (33, 14),
}  # fmt: skip
"""Points right of the middle (the picture's left) and their twins, mm."""


def _lips(gap: float, smile: float) -> dict[int, tuple[float, float]]:
    out = {}
    for k, ring in enumerate(LIP_RINGS):
        half = 26 - 0.9 * k + 4 * smile
        for j, i in enumerate(ring):
            t = min(j, 20 - j) / 10
            s = -np.cos(np.pi * t) if j <= 10 else -np.cos(np.pi * (20 - j) / 10)
            hill = (1 - s * s) ** 0.8
            below = (gap / 2 + 9 * (1 - k / 3)) * hill
            above = (gap / 2 + 8 * (1 - k / 3)) * hill
            y = below if j < 10 else -above
            out[i] = (half * s, MOUTH_Y + y - 4.2 * smile * abs(s) ** 2.2)
    return out


def _eye(ring: list[int], sign: int) -> dict[int, tuple[float, float]]:
    out = {}
    for j, i in enumerate(ring):
        a = np.pi * j / 8
        x = 30.75 + 13.75 * np.cos(a)
        out[i] = (sign * x, (4.5 if j < 8 else 5.5) * np.sin(a))
    return out


def _named(gap: float, smile: float) -> dict[int, tuple[float, float]]:
    out: dict[int, tuple[float, float]] = {i: (0.0, float(y)) for i, y in _MIDDLE.items()}
    for (right, left), (x, y) in _RIGHT.items():
        out[right], out[left] = (-x, y), (x, y)
    for k, i in enumerate(OVAL):
        a = 2 * np.pi * k / len(OVAL)
        out[i] = (_OVAL_HALF[0] * np.sin(a), _OVAL_Y - _OVAL_HALF[1] * np.cos(a))
    for brow, sign in ((BROW_RIGHT, -1), (BROW_LEFT, 1)):
        for j, i in enumerate(brow):
            x = 50 - 10 * (j % 5)
            out[i] = (sign * x, (-23 if j < 5 else -17) - 3 * np.sin(np.pi * (x - 10) / 44))
    out |= _eye(EYE_RIGHT, -1) | _eye(EYE_LEFT, 1)
    return out | _lips(gap, smile)


@cache
def _fill() -> tuple[tuple[int, float, float], ...]:
    """The landmarks without a name, spread over what is free."""
    named = _named(8, 0)
    taken = np.array(list(named.values()))
    rest = [i for i in range(468) if i not in named]
    rows = np.arange(-60, 112, 4.6)
    grid = [(x + 2.6 * (n % 2), y) for n, y in enumerate(rows) for x in np.arange(-70, 70, 5.3)]
    free = []
    for x, y in grid:
        in_oval = (x / (_OVAL_HALF[0] - 4)) ** 2 + ((y - _OVAL_Y) / (_OVAL_HALF[1] - 4)) ** 2 < 1
        in_mouth = (x / 25) ** 2 + ((y - MOUTH_Y) / 12) ** 2 < 1
        in_eye = min((abs(x) - 30.75) ** 2 / 13.5**2 + y**2 / 25, 2) < 1
        near = np.hypot(*(taken - (x, y)).T).min() < 3.0
        if in_oval and not in_mouth and not in_eye and not near:
            free.append((x, y))
    if len(free) < len(rest):
        raise AssertionError(f"{len(rest)} points to place, {len(free)} places")
    step = len(free) / len(rest)
    return tuple((i, *free[int(k * step)]) for k, i in enumerate(rest))


def _depth(x: Array, y: Array) -> Array:
    """Away from the camera, mm: an egg with a nose."""
    egg = 55 * (x / 72) ** 2 + 22 * ((y - 30) / 88) ** 2 - 30
    nose = 22 * np.exp(-((x / 11) ** 2)) * np.exp(-(((y - 38) / 16) ** 2))
    return np.asarray(egg - nose)


def face_mm(gap: float = 0.0, smile: float = 0.0) -> Array:
    """The 478 landmarks, mm, (478, 3): x right, y down, z away, origin between the eyes.

    Args:
        gap: between the lips, in the middle, mm.
        smile: in weights of mouthSmile.
    """
    out = np.zeros((478, 3))
    for i, (x, y) in _named(gap, smile).items():
        out[i, :2] = x, y
    for i, x, y in _fill():
        out[i, :2] = x, y
    for sign, iris in ((-1, IRIS_RIGHT), (1, IRIS_LEFT)):
        ring = [(0, 0), (6, 0), (0, -6), (-6, 0), (0, 6)]
        out[iris, :2] = np.array(ring) + [sign * 30.75, 0]
    out[:, 2] = _depth(out[:, 0], out[:, 1])
    return out


@cache
def topology() -> npt.NDArray[np.int32]:
    """Triangles over the landmarks, int32 (T, 3), with holes for mouth and eyes; mixed winding."""
    points = face_mm(gap=8)[:468, :2]
    triangles = Delaunay(points).simplices
    for hole in (LIP_RINGS[3], EYE_RIGHT, EYE_LEFT):
        triangles = triangles[~np.isin(triangles, hole).all(1)]
    triangles = triangles.astype(np.int32)
    triangles[::2] = triangles[::2, ::-1]
    return triangles


def landmarks(
    size: tuple[int, int] = (512, 512),
    mm: float = 1.6,
    gap: float = 0.0,
    smile: float = 0.0,
    yaw: float = 0.0,
    roll: float = 0.0,
) -> Array:
    """The landmarks in a canvas, (478, 3) px: face in the middle, turned by degrees."""
    a, c = np.radians([yaw, roll])
    about_y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    points = (face_mm(gap, smile) - [0, _OVAL_Y, 0]) @ (about_z @ about_y).T * mm
    return np.asarray(points + [size[0] / 2, size[1] * 0.47, 0])


def subject(
    size: tuple[int, int] = (512, 512),
    mm: float = 1.6,
    gap: float = 0.0,
    smile: float = 0.0,
    yaw: float = 0.0,
    roll: float = 0.0,
    scale: int = 2,
) -> Subject:
    """A subject with this face, lit from the upper left of the picture."""
    points = landmarks(size, mm, gap, smile, yaw, roll)
    width, height = size
    y, x = np.mgrid[: height * scale, : width * scale]
    u = ((x + 0.5) / scale - width / 2) / (72 * mm)
    v = ((y + 0.5) / scale - height * 0.47) / (88 * mm)
    face = u * u + v * v < 1
    shade = 0.75 - 0.22 * np.clip(u, -1, 1) - 0.10 * np.clip(v, -1, 1)
    skin = shade[..., None] * [225, 180, 155]
    high = np.where(face[..., None], skin, [60.0, 75.0, 90.0]).astype(np.uint8)
    low = high.reshape(height, scale, width, scale, 3).mean((1, 3)).astype(np.uint8)
    body = v > 0.9 + 0.1 * u * u
    matte = (face | body).reshape(height, scale, width, scale).mean((1, 3)).astype(np.float32)
    return Subject(low, high, points, matte)
