"""The far side of a turned head: triangles that are never drawn.

Comes in: the mesh, and the faces it can make. Goes out: which of its triangles can be seen.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from .indices import LIP_RINGS
from .mesh import FACE, Array, Ids, Mesh

_HIDDEN_MM2 = 1.0
"""Face triangles that show this much of their back are the far side of a turned head."""


def seen_triangles(mesh: Mesh, faces: Iterable[Array], mm: float) -> npt.NDArray[np.bool_]:
    """Triangles to draw (T,): all but the far side of a turned head, which the near side hides.

    It has the near side's texels, and moving otherwise it would come through, at worst at the
    corner of the mouth. Lips, and what shows its front in any of the faces (N, 3), are no far side.
    All four parts of a divided triangle are seen, or none.
    """
    whole = np.repeat(_areas(mesh.triangles, mesh.source).reshape(-1, 4).sum(1), 4)
    hidden = (mesh.kind == FACE) & (whole < -_HIDDEN_MM2 * mm**2)
    hidden &= ~np.isin(mesh.triangles, LIP_RINGS).any(1)
    for face in faces:
        hidden[hidden] = _areas(mesh.triangles[hidden], face) < 0
    return np.asarray(~np.repeat(hidden.reshape(-1, 4).all(1), 4))


def _areas(triangles: Ids, points: Array) -> Array:
    """Areas in the picture (T,), negative where a triangle shows its back."""
    a, b, c = (points[triangles[:, i], :2] for i in range(3))
    one, other = b - a, c - a
    return np.asarray((one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]) / 2)
