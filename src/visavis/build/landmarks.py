"""Lays MediaPipe's 478 face landmarks over a face.

Comes in: uint8 RGB and where the face roughly is. Goes out: float64 (478, 3), picture px
(pixel-edge convention), z towards the back in the same scale.

The attention mesh (Grishchenko et al. 2020) finds 468 points, then looks again at the lips and at
each eye with its own small networks. Three operators between its parts exist only in MediaPipe;
they are a rotated crop of a feature map, and are done here. Crops as in MediaPipe's
``face_landmark`` graphs: 1.5 times the face, turned so that the eyes are level.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from visavis.build import models, networks
from visavis.build.detect import Face
from visavis.build.indices import EYE_LEFT, EYE_RIGHT, IRIS_LEFT, IRIS_RIGHT
from visavis.build.lip_edges import snap_lower_lip

Points = npt.NDArray[np.float64]
_SIDE = 192
"""Side of the network's input, px."""
_MAP = 48
"""Side of the feature map that lips and eyes are looked at in."""
_LOOK = 16
"""Side of the part of it that their networks take."""
_ROI = 1.5
"""Side of a crop in sizes of what is in it."""
_JITTER = ((0.0, 0.0, 1.0), (0.012, 0.008, 1.05), (-0.012, -0.008, 0.95), (-0.008, 0.012, 1.0),
           (0.008, -0.012, 1.0))  # fmt: skip
"""Crops whose answers are averaged: shift in sides, relative size."""


@dataclass(frozen=True)
class Crop:
    """A turned square: centre and side in picture px, angle in rad (clockwise in the picture)."""

    x: float
    y: float
    side: float
    angle: float

    def matrix(self, out: int) -> Points:
        """(2, 3): from the crop's px (0..out) to picture px."""
        k = self.side / out
        c, s = np.cos(self.angle) * k, np.sin(self.angle) * k
        m = np.array([[c, -s, 0.0], [s, c, 0.0]])
        m[:, 2] = np.array([self.x, self.y]) - m[:, :2] @ [out / 2, out / 2]
        return m


@dataclass(frozen=True)
class _Look:
    """Lips or an eye: which landmarks its networks answer, and what its crop is laid along."""

    indices: npt.NDArray[np.int64]
    left: int
    right: int


@dataclass(frozen=True)
class _Mesh:
    front: networks.Network
    heads: networks.Network
    looks: tuple[_Look, _Look, _Look]


def crop_of_face(face: Face) -> Crop:
    """The crop the mesh wants, from a detector's answer."""
    x0, y0, x1, y1 = face.box
    dx, dy = face.points[1] - face.points[0]
    return Crop((x0 + x1) / 2, (y0 + y1) / 2, face.side * _ROI, float(np.arctan2(dy, dx)))


def crop_of_points(points: Points) -> Crop:
    """The crop the mesh wants, from landmarks found before."""
    dx, dy = points[263, :2] - points[33, :2]
    angle = float(np.arctan2(dy, dx))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    level = points[:468, :2] @ turn
    low, high = level.min(0), level.max(0)
    x, y = turn @ ((low + high) / 2)
    return Crop(float(x), float(y), float((high - low).max()) * _ROI, angle)


def find_landmarks(picture: npt.NDArray[np.uint8], face: Face) -> tuple[Points, float]:
    """Landmarks of a face found by the detector.

    Args:
        picture: uint8 (H, W, 3) RGB.
        face: from :func:`visavis.build.detect.find_faces`.

    Returns:
        float64 (478, 3) px, and how sure the network is that this is a face, 0..1.
    """
    points, _ = answer(picture, crop_of_face(face))
    points, _ = answer(picture, crop_of_points(points))
    points, sure = refine(picture, points)
    return snap_lower_lip(picture, points), sure


def refine(picture: npt.NDArray[np.uint8], points: Points) -> tuple[Points, float]:
    """Landmarks once more from landmarks roughly right, as the mean of several crops' answers.

    The networks' answers move by some tenths of a px with the crop; the mean is steadier.
    """
    crop = crop_of_points(points)
    answers = []
    for dx, dy, size in _JITTER:
        moved = Crop(crop.x + dx * crop.side, crop.y + dy * crop.side, crop.side * size, crop.angle)
        answers.append(answer(picture, moved))
    return np.mean([p for p, _ in answers], axis=0), float(np.mean([s for _, s in answers]))


@lru_cache(maxsize=1)
def _mesh(path: Path) -> _Mesh:
    """The attention mesh in the two parts a public runtime can run."""
    data = path.read_bytes()
    front = networks.extract(data, ["input_1"], ["p_re_lu_3", "output_mesh", "conv_faceflag"])
    crops = [f"transform_tensor_bilinear_v2{k}" for k in ("", "_1", "_2")]
    answers = ["conv_lips", "conv_left_eye", "conv_left_iris", "conv_right_eye", "conv_right_iris"]
    heads = networks.extract(data, crops, answers)
    graph = networks.Graph(data)
    looks = []
    for suffix, left, right in (("", 61, 291), ("_1", 33, 133), ("_2", 362, 263)):
        options = graph.custom_options(f"landmarks_to_transform_matrix_v2{suffix}")
        at = options.index(b"subset_idxs\0") + len(b"subset_idxs\0")
        count = int(np.frombuffer(options, "<u2", 1, at)[0])
        indices = np.frombuffer(options, "<u2", count, at + 2).astype(np.int64)
        looks.append(_Look(indices, left, right))
    return _Mesh(networks.Network(front), networks.Network(heads), (looks[0], looks[1], looks[2]))


def answer(picture: npt.NDArray[np.uint8], crop: Crop) -> tuple[Points, float]:
    """What the networks say to one crop.

    Args:
        picture: uint8 (H, W, 3) RGB.
        crop: where the face is.

    Returns:
        float64 (478, 3) px, and how sure the network is that this is a face, 0..1.
    """
    mesh = _mesh(models.locate().mesh)
    features, raw, flag = mesh.front(_cut(picture, crop)[None])
    points = np.zeros((478, 3))
    points[:468] = raw.reshape(468, 3)
    views = [_view(points, look) for look in mesh.looks]
    parts = [_sample(features[0], view) for view in views]
    lips, eye_a, iris_a, eye_b, iris_b = mesh.heads(*(part[None] for part in parts))
    # MediaPipe calls the eye on the picture's left "left": it is the person's right
    for view, look, answer in zip(views, mesh.looks, (lips, eye_a, eye_b), strict=True):
        points[look.indices, :2] = _placed(answer, view)
    for view, iris, eye, answer in (
        (views[1], IRIS_RIGHT, EYE_RIGHT, iris_a),
        (views[2], IRIS_LEFT, EYE_LEFT, iris_b),
    ):
        points[iris, :2] = _placed(answer, view)
        points[iris, 2] = points[eye, 2].mean()
    m = crop.matrix(_SIDE)
    out = np.empty_like(points)
    out[:, :2] = points[:, :2] @ m[:, :2].T + m[:, 2]
    out[:, 2] = points[:, 2] * crop.side / _SIDE
    return out, float(1 / (1 + np.exp(-np.clip(flag.ravel()[0], -50, 50))))


def _cut(picture: npt.NDArray[np.uint8], crop: Crop) -> npt.NDArray[np.float32]:
    """The crop as float32 (192, 192, 3), 0..1, area-filtered where it is shrunk a lot."""
    shrink = crop.side / _SIDE
    reduced, k = picture, 1.0
    if shrink > 1.7:
        # cut out first, so that a large picture is not shrunk as a whole
        reach = int(crop.side * 0.75) + 4
        x0, y0 = max(0, int(crop.x) - reach), max(0, int(crop.y) - reach)
        part = picture[y0 : int(crop.y) + reach, x0 : int(crop.x) + reach]
        if min(part.shape[:2]) > 4:
            k = 1 / (shrink / 1.2)
            size = (max(1, round(part.shape[1] * k)), max(1, round(part.shape[0] * k)))
            reduced = cv2.resize(part, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
            kx, ky = size[0] / part.shape[1], size[1] / part.shape[0]
            m = crop.matrix(_SIDE)
            m[:, 2] -= [x0, y0]
            m *= np.array([[kx], [ky]])
            return _warp(reduced, m)
    return _warp(reduced, crop.matrix(_SIDE))


def _warp(picture: npt.NDArray[np.uint8], m: Points) -> npt.NDArray[np.float32]:
    centred = m.copy()  # pixel edges to pixel centres
    centred[:, 2] += m[:, :2] @ [0.5, 0.5] - 0.5
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    cut = cv2.warpAffine(picture, centred, (_SIDE, _SIDE), flags=flags)
    return np.asarray(cut.astype(np.float32) / 255, np.float32)


def _view(points: Points, look: _Look) -> Points:
    """(2, 3): from the px of a look (0..16) to those of the network's input (0..192)."""
    dx, dy = points[look.right, :2] - points[look.left, :2]
    angle = float(np.arctan2(dy, dx))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    level = points[look.indices, :2] @ turn
    low, high = level.min(0), level.max(0)
    m = np.empty((2, 3))
    m[:, :2] = turn * ((high - low) * _ROI / _LOOK)
    m[:, 2] = turn @ ((low + high) / 2) - m[:, :2] @ [_LOOK / 2, _LOOK / 2]
    return m


def _sample(features: npt.NDArray[np.float32], view: Points) -> npt.NDArray[np.float32]:
    """The part of the feature map (48, 48, C) that a look sees, (16, 16, C); 0 outside the map."""
    y, x = np.mgrid[0:_LOOK, 0:_LOOK] + 0.5
    m = view * (_MAP / _SIDE)
    sx = m[0, 0] * x + m[0, 1] * y + m[0, 2] - 0.5
    sy = m[1, 0] * x + m[1, 1] * y + m[1, 2] - 0.5
    inside = (sx >= 0) & (sx <= _MAP - 1) & (sy >= 0) & (sy <= _MAP - 1)
    sx, sy = np.clip(sx, 0, _MAP - 1), np.clip(sy, 0, _MAP - 1)
    ix, iy = np.minimum(sx.astype(int), _MAP - 2), np.minimum(sy.astype(int), _MAP - 2)
    fx, fy = (sx - ix)[..., None], (sy - iy)[..., None]
    upper = features[iy, ix] * (1 - fx) + features[iy, ix + 1] * fx
    lower = features[iy + 1, ix] * (1 - fx) + features[iy + 1, ix + 1] * fx
    mixed = (upper * (1 - fy) + lower * fy) * inside[..., None]
    return np.asarray(mixed, np.float32)


def _placed(answer: npt.NDArray[np.float32], view: Points) -> Points:
    """A look's answer (quarters of its px) in px of the network's input, (n, 2)."""
    points = answer.reshape(-1, 2).astype(np.float64) / 4
    return points @ view[:, :2].T + view[:, 2]
