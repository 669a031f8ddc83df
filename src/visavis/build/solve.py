"""Spreading a few known displacements smoothly over a mesh: tension plus bending.

Comes in: a triangle mesh, seen flat, and what some of its vertices do. Goes out: what all of them
do. The mesh may have cuts (the lips): nothing is carried across a cut.

The energy is |L d|^2 / degree + tension * d'Ld with L the graph Laplacian weighted by inverse edge
length (bi-Laplacian surfaces as in Botsch and Sorkine, "On linear variational surface deformation
methods", 2008). Problems that share most of their constraints share one factorisation; the few
extra ones of each are met exactly by a Schur complement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.sparse.linalg import splu

Array = npt.NDArray[np.float64]
Targets = Mapping[int, Sequence[float] | Array]
"""What is known: vertex to its value (a number a column)."""

_TENSION_SHARE = 0.05
_REGULAR = 1e-9


class Membrane:
    """A mesh that bends and stretches.

    Args:
        points: (N, 2) or more columns; only x and y count, px.
        triangles: int (T, 3) that carry displacement (leave the strips that close a hole out).
        mm: px per millimetre; edges shorter than half of one count as that.
    """

    def __init__(self, points: Array, triangles: npt.NDArray[np.int32], mm: float) -> None:
        n = len(points)
        edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
        low, high = edges.min(1).astype(np.int64), edges.max(1).astype(np.int64)
        key = np.unique(low * n + high)
        low, high = key // n, key % n
        length = np.linalg.norm(points[low, :2] - points[high, :2], axis=1)
        weight = 1.0 / np.maximum(length, 0.5 * mm)
        w = sp.csr_matrix((weight, (low, high)), shape=(n, n))
        w = w + w.T
        degree = np.asarray(w.sum(1)).ravel()
        degree[degree == 0] = 1.0
        laplacian = sp.diags(degree) - w
        scaled = sp.diags(1.0 / degree) @ laplacian
        root = sp.diags(1.0 / np.sqrt(degree))
        self._n = n
        self._bending = (scaled.T @ scaled).tocsr()
        self._stretching = (root @ laplacian @ root).tocsr()

    def spread(self, problems: Sequence[Targets], tension: float) -> Array:
        """Solve several problems that share most of their known vertices.

        Args:
            problems: for each, vertex to value; every value has the same length C.
            tension: 0 bends only (round, overshooting), 1 and more pulls straight.

        Returns:
            float64 (len(problems), N, C); the known vertices have exactly their values.
        """
        width = len(next(iter(problems[0].values())))
        known = [np.fromiter(p.keys(), np.int64, len(p)) for p in problems]
        given = [np.array(list(p.values()), np.float64).reshape(-1, width) for p in problems]
        common = known[0]
        for ids in known[1:]:
            common = np.intersect1d(common, ids)
        free = np.setdiff1d(np.arange(self._n), common)
        place = np.full(self._n, -1)
        place[free] = np.arange(len(free))

        out = np.zeros((len(problems), self._n, width))
        base = np.zeros((len(problems), self._n, width))  # values at the shared vertices only
        extra: list[npt.NDArray[np.int64]] = []
        for i, (ids, values) in enumerate(zip(known, given, strict=True)):
            out[i, ids] = values
            shared = place[ids] < 0
            base[i, ids[shared]] = values[shared]
            extra.append(place[ids[~shared]])
        if not len(free):
            return out

        q = self._bending + tension * _TENSION_SHARE * self._stretching
        q = (q + _REGULAR * sp.eye(self._n)).tocsr()[free]
        right = -(q @ base.transpose(1, 0, 2).reshape(self._n, -1))
        pulled = np.unique(np.concatenate(extra)) if extra else np.zeros(0, np.int64)
        unit = np.zeros((len(free), len(pulled)))
        unit[pulled, np.arange(len(pulled))] = 1.0
        factor = splu(
            q[:, free].tocsc(),
            permc_spec="MMD_AT_PLUS_A",
            diag_pivot_thresh=0.0,
            options={"SymmetricMode": True},
        )
        solved = factor.solve(np.concatenate([right, unit], 1))
        count = len(problems) * width
        answers, answer_to_pull = solved[:, :count], solved[:, count:]
        for i, rows in enumerate(extra):
            answer = answers[:, i * width : (i + 1) * width]
            if len(rows):
                columns = np.searchsorted(pulled, rows)
                miss = out[i, free[rows]] - answer[rows]
                force = np.linalg.solve(answer_to_pull[np.ix_(rows, columns)], miss)
                answer = answer + answer_to_pull[:, columns] @ force
                answer[rows] = out[i, free[rows]]
            out[i, free] = answer
        return out
