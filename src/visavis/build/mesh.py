"""The mesh over a picture: the face's own triangles, a skirt around it, strips closing its holes.

Comes in: 468 face landmarks, the canvas' size, the face's triangles. Goes out: :class:`Mesh`, with
vertices at the picture's own positions, triangles in painter's order and the contours that the
renderer draws lips and lids by. Every triangle is split in four; along lips, lids and oval the new
vertices lie on a smooth curve (4-point scheme of Dyn, Levin and Gregory, 1987).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
from scipy.spatial import Delaunay

from .indices import EYE_LEFT, EYE_RIGHT, LIP_RINGS, OVAL

Array = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int32]

FACE_POINTS = 468
OUTSIDE, FACE, MOUTH, EYE = 0, 1, 2, 3
"""Kinds of triangle."""
_PAINTER = (OUTSIDE, MOUTH, EYE, FACE)
_RINGS = (1.10, 1.22, 1.38, 1.6)
"""Rings of vertices around the oval, as multiples of it."""
_GRID_FROM = 1.75
_GRID_MM = 20.0


@dataclass(frozen=True)
class Mesh:
    """A picture cut into triangles.

    Attributes:
        source: float64 (N, 3) vertices where the picture has them, canvas px; the first 468 are
            the landmarks.
        triangles: int32 (T, 3), painter's order: around the face, holes, face.
        kind: uint8 (T,) OUTSIDE, FACE, MOUTH (strip closing the mouth) or EYE.
        in_face: bool (N,) vertices of the face and its holes.
        oval_distance: float64 (N,) px from the nearest corner of the oval; 0 in the face.
        border: int32 vertices at the canvas' edges.
        lip_upper, lip_lower: int32 (21,) inner contours, image-left to image-right.
        lip_outer: int32 (40,) closed.
        bridges: int32 (B, 3): vertices in the middle of a hole, on an edge between two vertices of
            its border, and these two.
        eyes: "right" and "left" (the character's) to (upper, lower), int32 (17,) each, image-left
            to image-right.
    """

    source: Array
    triangles: Ids
    kind: npt.NDArray[np.uint8]
    in_face: npt.NDArray[np.bool_]
    oval_distance: Array
    border: Ids
    lip_upper: Ids
    lip_lower: Ids
    lip_outer: Ids
    bridges: Ids
    eyes: dict[str, tuple[Ids, Ids]]


def inside(points: Array, polygon: Array) -> npt.NDArray[np.bool_]:
    """Which points (n, 2) lie in a closed polygon (m, 2); even-odd rule."""
    x, y = points[:, :1], points[:, 1:2]
    x0, y0 = polygon[:, 0], polygon[:, 1]
    x1, y1 = np.roll(x0, -1), np.roll(y0, -1)
    straddles = (y0 > y) != (y1 > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        at = x0 + (y - y0) * (x1 - x0) / (y1 - y0)
    return np.asarray((np.where(straddles, x < at, False).sum(1) % 2).astype(bool))


def distance_to(points: Array, line: Array) -> Array:
    """Distance of points (n, 2) to an open line of points (m, 2), px (n,)."""
    a, b = line[:-1], line[1:]
    along = b - a
    rel = points[:, None] - a[None]
    t = np.einsum("nmk,mk->nm", rel, along) / np.maximum((along**2).sum(1), 1e-9)
    away = rel - np.clip(t, 0, 1)[..., None] * along
    return np.asarray(np.sqrt((away**2).sum(2)).min(1))


def depth_in(points: Array, polygon: Array) -> Array:
    """Signed distance to a closed polygon, px (n,): positive inside."""
    closed = np.concatenate([polygon, polygon[:1]])
    return np.where(inside(points, polygon), 1.0, -1.0) * distance_to(points, closed)


def contour(ring: list[int], upper: bool) -> list[int]:
    """Half of a lip or lid loop, from its entry 0 to its middle entry."""
    half = len(ring) // 2
    return [ring[0], *ring[:half:-1], ring[half]] if upper else ring[: half + 1]


def oriented(triangles: npt.ArrayLike, points: Array) -> Ids:
    """The same triangles, all wound the same way round.

    Lists of face triangles come in any winding; normals need one.

    Args:
        triangles: int (T, 3).
        points: (n, 2) or more columns; most triangles will be clockwise in the picture.

    Returns:
        int32 (T, 3), in the same order.
    """
    out = np.array(triangles, np.int32)
    beside: dict[tuple[int, int], list[int]] = {}
    for t, corners in enumerate(out.tolist()):
        for i in range(3):
            a, b = corners[i], corners[(i + 1) % 3]
            beside.setdefault((min(a, b), max(a, b)), []).append(t)
    rows: list[list[int]] = out.tolist()
    seen = [False] * len(rows)
    for start in range(len(rows)):
        if seen[start]:
            continue
        seen[start], queue, piece = True, [start], [start]
        while queue:
            one = rows[queue.pop()]
            for i in range(3):
                a, b = one[i], one[(i + 1) % 3]
                for t in beside[min(a, b), max(a, b)]:
                    if seen[t]:
                        continue
                    other = rows[t]
                    if other[(other.index(a) + 1) % 3] == b:  # both run along it the same way
                        other[1], other[2] = other[2], other[1]
                    seen[t] = True
                    queue.append(t)
                    piece.append(t)
        corner = points[np.array([rows[t] for t in piece]), :2]
        one_way, other_way = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
        if np.sum(one_way[:, 0] * other_way[:, 1] - one_way[:, 1] * other_way[:, 0]) < 0:
            for t in piece:
                rows[t] = rows[t][::-1]
    return np.array(rows, np.int32)


def _skirt(oval: Array, size: tuple[int, int], mm: float) -> Array:
    """Vertices around the oval and to the canvas' edges, (n, 2)."""
    width, height = size
    centre = oval.mean(0)
    rings = np.concatenate([(centre + (oval - centre) * k)[:: 1 if k < 1.3 else 2] for k in _RINGS])
    rings = rings[((rings > 3) & (rings < np.array(size) - 3.0)).all(1)]
    gx = np.linspace(0, width, int(width / mm / _GRID_MM) + 2)
    gy = np.linspace(0, height, int(height / mm / _GRID_MM) + 2)
    grid = np.stack(np.meshgrid(gx, gy), -1).reshape(-1, 2)
    edge = ((grid == 0) | (grid == np.array(size))).any(1)
    grid = grid[edge | ~inside(grid, centre + (oval - centre) * _GRID_FROM)]
    skirt = np.unique(np.round(np.concatenate([rings, grid]), 2), axis=0)
    near = np.linalg.norm(skirt[:, None] - oval[None], axis=2).min(1)
    return np.asarray(skirt[~inside(skirt, oval) & (near > 3 * mm)])


def _strip(ring: list[int]) -> list[tuple[int, int, int]]:
    """Triangles between the two halves of a loop."""
    low, up = contour(ring, upper=False), contour(ring, upper=True)
    out = []
    for i in range(len(low) - 1):
        if low[i] != up[i]:
            out.append((low[i], low[i + 1], up[i]))
        if low[i + 1] != up[i + 1]:
            out.append((low[i + 1], up[i + 1], up[i]))
    return out


def _on_curves(points: Array, key: npt.NDArray[np.int64], middle: Array) -> None:
    """Move the new vertices of lips, lids and oval onto smooth curves; changes ``middle``."""
    n = len(points)
    for loop, cornered in [(r, True) for r in (*LIP_RINGS, EYE_RIGHT, EYE_LEFT)] + [(OVAL, False)]:
        m = len(loop)
        a, b = np.array(loop), np.roll(loop, -1)
        before, after = points[np.roll(loop, 1)], points[np.roll(loop, -2)]
        curve = 9 / 16 * (points[a] + points[b]) - 1 / 16 * (before + after)
        if cornered:  # a curve does not go round the corners of a mouth or an eye
            at_corner = np.isin(a, [loop[0], loop[m // 2]]) | np.isin(b, [loop[0], loop[m // 2]])
            curve[at_corner] = ((points[a] + points[b]) / 2)[at_corner]
        middle[np.searchsorted(key, np.minimum(a, b) * n + np.maximum(a, b))] = curve


def _bridges(
    triangles: Ids, kind: npt.NDArray[np.uint8], key: npt.NDArray[np.int64], n: int
) -> Ids:
    """Vertices only a hole's strip has, with the ends of the edge they halve; see Mesh."""
    hole = (kind == MOUTH) | (kind == EYE)
    only = np.setdiff1d(triangles[hole], triangles[~hole])
    edge = key[only[only >= n] - n]
    return np.stack([only[only >= n], edge // n, edge % n], 1).astype(np.int32)


def build_mesh(landmarks: Array, size: tuple[int, int], mm: float, topology: Ids) -> Mesh:
    """Cut a picture into triangles.

    Args:
        landmarks: (>= 468, 3) canvas px.
        size: canvas width and height, px.
        mm: px per millimetre at the face.
        topology: int (T, 3) the face's triangles over the first 468 landmarks.

    Returns:
        The mesh; about 2700 vertices and 5200 triangles on a square canvas.
    """
    face = np.asarray(landmarks[:FACE_POINTS], np.float64)
    oval = face[OVAL, :2]
    skirt = _skirt(oval, size, mm)
    points = np.concatenate([face, np.pad(skirt, ((0, 0), (0, 1)))])
    ids = np.array([*OVAL, *range(FACE_POINTS, len(points))])
    around = ids[Delaunay(points[ids, :2]).simplices]
    around = around[~inside(points[around, :2].mean(1), oval)]
    parts = {
        OUTSIDE: around,
        MOUTH: np.array(_strip(LIP_RINGS[3])),
        EYE: np.array(_strip(EYE_RIGHT) + _strip(EYE_LEFT)),
        FACE: oriented(topology, face),
    }
    coarse = np.concatenate([parts[k] for k in _PAINTER]).astype(np.int64)
    kind = np.concatenate([np.full(len(parts[k]), k, np.uint8) for k in _PAINTER])

    n = len(points)
    pairs = coarse[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 3, 2)
    edge = pairs.min(2) * n + pairs.max(2)
    key = np.unique(edge)
    loops = [*LIP_RINGS, EYE_RIGHT, EYE_LEFT, OVAL]  # in any face mesh these are edges; make sure
    ends = np.array([(a, b) for r in loops for a, b in zip(r, r[1:] + r[:1], strict=True)])
    key = np.union1d(key, ends.min(1) * n + ends.max(1))
    middle = (points[key // n] + points[key % n]) / 2
    _on_curves(points, key, middle)
    ab, bc, ca = (n + np.searchsorted(key, edge[:, i]) for i in range(3))
    a, b, c = coarse.T
    quads = [np.stack(t, 1) for t in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))]
    triangles = np.stack(quads, 1).reshape(-1, 3).astype(np.int32)
    kind = np.repeat(kind, 4)
    source = np.concatenate([points, middle])

    def fine(half: list[int]) -> Ids:
        out = [half[0]]
        for i, j in pairwise(half):
            out += [n + int(np.searchsorted(key, min(i, j) * n + max(i, j))), j]
        return np.array(out, np.int32)

    in_face = np.zeros(len(source), bool)
    in_face[triangles[kind != OUTSIDE]] = True
    near = np.linalg.norm(source[:, None, :2] - oval[None], axis=2)
    distance = np.where(in_face, 0.0, near.min(1))
    # first depth around the face: that of the oval beside it, its mean further away
    z = face[OVAL, 2]
    t = np.clip(distance / (25 * mm), 0, 1)
    t = t * t * (3 - 2 * t)
    around_z = z.mean() * t + z[near.argmin(1)] * (1 - t)
    source[:, 2] = np.where(in_face, source[:, 2], around_z)
    edges = ((source[:, :2] < 2) | (source[:, :2] > np.array(size) - 2)).any(1) & ~in_face
    right = [fine(contour(EYE_RIGHT, up)) for up in (True, False)]
    left = [fine(contour(EYE_LEFT, up))[::-1].copy() for up in (True, False)]
    return Mesh(
        source=source,
        triangles=triangles,
        kind=kind,
        in_face=in_face,
        oval_distance=distance,
        border=np.flatnonzero(edges).astype(np.int32),
        lip_upper=fine(contour(LIP_RINGS[3], upper=True)),
        lip_lower=fine(contour(LIP_RINGS[3], upper=False)),
        lip_outer=fine([*LIP_RINGS[0], LIP_RINGS[0][0]])[:-1],
        bridges=_bridges(triangles, kind, key, n),
        eyes={"right": (right[0], right[1]), "left": (left[0], left[1])},
    )
