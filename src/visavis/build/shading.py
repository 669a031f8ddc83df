"""How brightness changes with the shape of the face: one number a vertex a weight.

Comes in: the picture, its rig, what the texture repair did to the folds of a smile. Goes out: the
``gains`` of ``face/rig.safetensors``: gain = clip(1 + sum of weight * gains, .75, 1.3), rows as the
bases, then one each for a degree of yaw and of pitch.

The light is read off the face itself: luminance = a + b.n over its vertices (Lambert's law with an
ambient term), and the change that the fit foretells is damped by an exponent, since half of what
the fit calls light is skin.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from visavis import imx

from .mesh import EYE, FACE, MOUTH, Array, depth_in, distance_to
from .rig import FittedRig, smooth
from .subject import Subject

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
_GAMMA = 2.2
_DAMPING = 0.45
_LOW, _HIGH = 0.80, 1.22
"""Range of the undamped change."""
_LEAST_LIGHT = 0.25
"""Share of the mean brightness that no turn of the skin falls below."""
_PROBE = {"jawOpen": 0.5, "sourceExpression": 1.0}
"""Weight at which a basis' change is read off (else .8); it is taken as linear from 0 to there."""
_PROBE_DEGREES = 4.0
_STEP = 1 / 1024
"""Smallest change of brightness worth keeping; a few degrees of yaw are several."""
_FOLD = -0.08
_FOLD_MM = 3.2
_FOLD_LINES = ([129, 203, 206, 216, 212], [358, 423, 426, 436, 432])
_SMILE_TAKEN = 0.85
"""mouthSmile of this much of the picture's own smile is what was taken out of it."""
_FASTEST_RETURN = 1.25


@dataclass(frozen=True)
class _Light:
    """The light on a face: luminance = ambient + direction . normal."""

    ambient: float
    direction: Array
    floor: float

    def on(self, normals: Array) -> Array:
        return np.asarray(np.maximum(self.ambient + normals @ self.direction, self.floor))


class _Surface:
    """Normals of the face for any position of its vertices."""

    def __init__(self, rig: FittedRig) -> None:
        self._triangles = rig.triangles[rig.kind == FACE]
        rows = self._triangles.T.reshape(-1)
        columns = np.tile(np.arange(len(self._triangles)), 3)
        shape = (len(rig.source), len(self._triangles))
        self._gather = sp.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)
        self._towards = -rig.frame[:, 2]

    def normals(self, points: Array) -> Array:
        """Unit normals towards the viewer, (N, 3); 0 where no face triangle is."""
        a, b, c = (points[self._triangles[:, i]] for i in range(3))
        n = self._gather @ np.cross(b - a, c - a)
        n /= np.maximum(np.linalg.norm(n, axis=1, keepdims=True), 1e-9)
        return np.asarray(n * np.sign((n @ self._towards).sum()))


def _light(subject: Subject, rig: FittedRig, surface: _Surface) -> _Light:
    """Fit the light, leaving out the darkest and the brightest (hair, nostrils, highlights)."""
    picture = cv2.GaussianBlur(subject.picture, (0, 0), 1.5 * rig.mm)
    at = np.floor(rig.source[rig.in_face, :2]).astype(int)
    at = np.clip(at, 0, np.array(subject.size) - 1)
    y = (picture[at[:, 1], at[:, 0]] / 255.0) ** _GAMMA @ _LUMINANCE
    normals = surface.normals(rig.source)[rig.in_face]
    keep = (y >= np.percentile(y, 15)) & (y <= np.percentile(y, 97))
    columns = np.c_[np.ones(keep.sum()), normals[keep]]
    fit = np.linalg.lstsq(columns, y[keep], rcond=None)[0]
    return _Light(float(fit[0]), fit[1:], max(_LEAST_LIGHT * float(y.mean()), 1e-4))


def _change(before: Array, after: Array) -> Array:
    """Damped relative change of brightness, minus 1."""
    return np.asarray(np.clip(after / before, _LOW, _HIGH) ** _DAMPING - 1)


def _turned(rig: FittedRig, yaw: float, pitch: float) -> Array:
    """The neutral face turned by degrees, as :mod:`visavis.pose` counts them."""
    a, b = np.radians([yaw, pitch])
    about_y = np.array([[np.cos(a), 0, -np.sin(a)], [0, 1, 0], [np.sin(a), 0, np.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    turn = rig.frame @ about_x @ about_y @ rig.frame.T
    return np.asarray((rig.neutral - rig.pivot) @ turn.T + rig.pivot)


def fold_weight(rig: FittedRig) -> Array:
    """1 on the folds from the nose to the corners of the mouth, fading over 3 mm, (N,)."""
    points = rig.source[:, :2]
    away = np.min([distance_to(points, points[line]) for line in _FOLD_LINES], 0) / rig.mm
    return np.asarray(np.where(rig.in_face, np.exp(-((away / _FOLD_MM) ** 2)), 0.0))


def _fold_return(rig: FittedRig, fold_gain: npt.NDArray[np.float32]) -> Array:
    """What undoes the repair's fill at each vertex, minus 1."""
    height, width = fold_gain.shape[:2]
    fill = cv2.GaussianBlur(fold_gain.astype(np.float32) @ _LUMINANCE.astype(np.float32), (0, 0), 1)
    at = np.clip(np.floor(rig.source[:, :2]).astype(int), 0, [width - 1, height - 1])
    return np.asarray(np.where(rig.in_face, 1 / fill[at[:, 1], at[:, 0]] - 1, 0.0))


def vertex_gains(
    subject: Subject, rig: FittedRig, fold_gain: npt.NDArray[np.float32] | None
) -> Array:
    """The gains before they are packed, float64 (K + 2, N); see :func:`gains`."""
    surface = _Surface(rig)
    light = _light(subject, rig, surface)
    neutral = light.on(surface.normals(rig.neutral))
    names = [name for name, _ in rig.bases]
    holes = np.unique(rig.triangles[(rig.kind == MOUTH) | (rig.kind == EYE)])
    # the skin beside the face is not lit anew: let the change fade towards the oval
    oval = rig.source[rig.tensors["oval"].astype(int), :2]
    fade = np.where(rig.in_face, smooth(0, 12 * rig.mm, depth_in(rig.source[:, :2], oval)), 0.0)

    rows = []
    for name, moves in zip(names, rig.moves, strict=True):
        weight = _PROBE.get(name, 0.8)
        after = light.on(surface.normals(rig.neutral + weight * moves))
        rows.append(np.where(rig.in_face, _change(neutral, after) / weight, 0.0))
    for yaw, pitch in ((_PROBE_DEGREES, 0.0), (0.0, _PROBE_DEGREES)):
        ahead = _change(neutral, light.on(surface.normals(_turned(rig, yaw, pitch))))
        back = _change(neutral, light.on(surface.normals(_turned(rig, -yaw, -pitch))))
        rows.append((ahead - back) / (2 * _PROBE_DEGREES) * fade)
    out = np.stack(rows)

    smile = names.index("mouthSmile")
    taken = _SMILE_TAKEN * rig.smile
    if subject.kind == "photo":
        out[smile] += _FOLD * fold_weight(rig) * max(0.0, 1 - taken)
    if fold_gain is not None:
        back_again = _fold_return(rig, fold_gain)
        out[names.index("sourceExpression")] += back_again
        out[smile] += back_again * min(1 / max(taken, 1e-3), _FASTEST_RETURN)
    out[:, holes[~np.isin(holes, rig.triangles[rig.kind == FACE])]] = 0.0
    return out


def gains(
    subject: Subject, rig: FittedRig, fold_gain: npt.NDArray[np.float32] | None
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float32]]:
    """Brightness change of every vertex for every weight.

    Args:
        subject: the picture.
        rig: its rig.
        fold_gain: float32 (H, W, 3) what the texture repair multiplied the picture with to fill
            the folds of a smile; None where it did not.

    Returns:
        int8 (K + 2, N) and float32 (K + 2,) change per step: rows as the rig's bases for weight 1,
        then headYaw and headPitch per degree.
    """
    change = vertex_gains(subject, rig, fold_gain)
    if subject.kind == "drawn":  # its shades are shapes: a light fitted to them would mottle it
        change = np.zeros_like(change)
    packed, scale = imx.quantise(change, np.int8, _STEP)
    return packed.astype(np.int8), scale
