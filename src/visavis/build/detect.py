"""Finds faces in a picture of any size with BlazeFace.

Comes in: uint8 RGB. Goes out: :class:`Face` boxes with six key points, in picture px
(pixel-edge convention), largest first. Tried in turn until something is found: the full-range
network on the whole picture, the short-range one, overlapping crops, and turned pictures.

Sources: BlazeFace (Bazarevsky et al. 2019); anchors, decoding and weighted suppression as in
MediaPipe's ``face_detection_full_range`` and ``face_detection_short_range`` graphs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from visavis.build import models, networks

_View = tuple[npt.NDArray[np.uint8], npt.NDArray[np.float64]]
"""A crop or turned copy of the picture, and the (2, 3) map from its px back."""
_MIN_SCORE = 0.5
_MIN_SCORE_HARD = 0.6
"""For crops and turned pictures, where more is looked at and more is found by mistake."""
_UPRIGHT = 1.55
"""Agreement of both networks at which a picture is not tried turned."""
_CONFIRMED = 1.0
"""Agreement at which something is a face."""
_PREFERENCE = 0.2
"""What the picture as it is has ahead of its turned copies."""


@dataclass(frozen=True)
class Face:
    """A face found by the detector.

    Attributes:
        box: x0, y0, x1, y1 from brows to chin, picture px.
        points: float64 (6, 2): right eye, left eye (the person's own), nose tip, mouth, right ear,
            left ear.
        score: 0..1.
    """

    box: tuple[float, float, float, float]
    points: npt.NDArray[np.float64]
    score: float

    @property
    def side(self) -> float:
        """The longer side of the box, px."""
        return max(self.box[2] - self.box[0], self.box[3] - self.box[1])


@dataclass(frozen=True)
class _Kind:
    side: int
    grids: tuple[tuple[int, int], ...]
    """(cells a side, anchors a cell) of each output layer, finest first."""


_FAR = _Kind(192, ((48, 1),))
_NEAR = _Kind(128, ((16, 2), (8, 6)))


def find_faces(picture: npt.NDArray[np.uint8]) -> list[Face]:
    """All faces, largest first; an empty list where there is none.

    Args:
        picture: uint8 (H, W, 3) RGB.
    """
    nets = models.locate()
    straight = _both(picture, _MIN_SCORE)
    if _agreement(straight) >= _UPRIGHT:
        return straight[0] or straight[1]
    # Upside down the networks see faces too, but with less agreement than the right way up.
    best, best_back, most = straight, np.eye(2, 3), _agreement(straight) + _PREFERENCE
    for turned, back in _turned(picture):
        answer = _both(turned, _MIN_SCORE_HARD)
        if _agreement(answer) > most:
            best, best_back, most = answer, back, _agreement(answer)
    if best[0] or best[1]:
        return _mapped(best[0] or best[1], best_back)
    for crop, back in _crops(picture):
        faces = _detect(crop, nets.detector_far, _FAR, _MIN_SCORE_HARD)
        if faces:
            return _mapped(faces, back)
    return []


def confirmed(picture: npt.NDArray[np.uint8], crop: npt.NDArray[np.float64]) -> bool:
    """Whether both networks see a face in a level view of what was taken for one.

    In 31 portraits their scores added up to 1.5..1.9; in animals, patterns and profiles to 0.7 at
    most.

    Args:
        picture: uint8 (H, W, 3) RGB.
        crop: (2, 3) from the px of a square of side 256 to picture px.
    """
    m = crop.copy()
    m[:, 2] += m[:, :2] @ [0.5, 0.5] - 0.5
    flags = cv2.INTER_AREA | cv2.WARP_INVERSE_MAP
    view = cv2.warpAffine(picture, m, (256, 256), flags=flags).astype(np.uint8)
    return _agreement(_both(view, 0.05)) > _CONFIRMED


def _both(picture: npt.NDArray[np.uint8], min_score: float) -> tuple[list[Face], list[Face]]:
    """Answers of the full-range and of the short-range network."""
    nets = models.locate()
    far = _detect(picture, nets.detector_far, _FAR, min_score)
    return far, _detect(picture, nets.detector_near, _NEAR, min_score)


def _agreement(answers: tuple[list[Face], list[Face]]) -> float:
    """How sure both networks are together, 0..2."""
    return sum(max((face.score for face in faces), default=0.0) for faces in answers)


def _turned(
    picture: npt.NDArray[np.uint8],
) -> Iterator[_View]:
    """The picture turned by a few angles, each with the map back, (2, 3)."""
    height, width = picture.shape[:2]
    shrink = min(1.0, 512 / max(height, width))
    side = int(np.ceil(np.hypot(height, width) * shrink))
    for degrees in (-90, 90, 180, -35, 35):
        m = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), degrees, shrink), float)
        m[:, 2] += side / 2 - np.array([width / 2, height / 2])
        # warpAffine takes pixel centres, our convention is pixel edges
        centred = m.copy()
        centred[:, 2] += m[:, :2] @ [0.5, 0.5] - 0.5
        turned = cv2.warpAffine(picture, centred, (side, side), flags=cv2.INTER_AREA)
        yield turned.astype(np.uint8), np.asarray(cv2.invertAffineTransform(m), float)


def _crops(
    picture: npt.NDArray[np.uint8],
) -> Iterator[_View]:
    """Overlapping square crops of half the picture's shorter side, each with the map back."""
    height, width = picture.shape[:2]
    side = max(96, min(height, width) // 2)
    if min(height, width) < side:
        return
    for y in np.unique(np.linspace(0, height - side, max(1, 2 * height // side - 1)).astype(int)):
        for x in np.unique(np.linspace(0, width - side, max(1, 2 * width // side - 1)).astype(int)):
            back = np.array([[1.0, 0.0, x], [0.0, 1.0, y]])
            yield picture[y : y + side, x : x + side], back


def _mapped(faces: list[Face], back: npt.NDArray[np.float64]) -> list[Face]:
    """Faces found in a turned or cropped picture, in the picture's own px."""
    out = []
    for face in faces:
        x0, y0, x1, y1 = face.box
        corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]) @ back[:, :2].T + back[:, 2]
        low, high = corners.min(0), corners.max(0)
        # a turned square's bounds are wider than the square: keep its size, about its centre
        half = face.side * float(np.sqrt(abs(np.linalg.det(back[:, :2])))) / 2
        middle = (low + high) / 2
        box = (*(middle - half).tolist(), *(middle + half).tolist())
        out.append(Face(box, face.points @ back[:, :2].T + back[:, 2], face.score))
    return out


def _anchors(kind: _Kind) -> npt.NDArray[np.float64]:
    """Centres of the anchors, 0..1, (n, 2)."""
    layers = []
    for cells, count in kind.grids:
        y, x = np.mgrid[0:cells, 0:cells]
        centres = (np.stack([x, y], -1).reshape(-1, 2) + 0.5) / cells
        layers.append(np.repeat(centres, count, axis=0))
    return np.concatenate(layers)


def _detect(
    picture: npt.NDArray[np.uint8], path: Path, kind: _Kind, min_score: float
) -> list[Face]:
    height, width = picture.shape[:2]
    scale = kind.side / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    square = np.zeros((kind.side, kind.side, 3), np.float32)
    left, top = (kind.side - size[0]) // 2, (kind.side - size[1]) // 2
    square[top : top + size[1], left : left + size[0]] = small.astype(np.float32) / 127.5 - 1
    first, second = networks.load(path)(square[None])
    raw, logits = (first[0], second[0]) if first.shape[-1] > 1 else (second[0], first[0])
    scores = 1 / (1 + np.exp(-np.clip(logits[:, 0].astype(np.float64), -80, 80)))
    keep = scores > min_score
    if not keep.any():
        return []
    values = raw[keep].astype(np.float64)
    anchors = _anchors(kind)[keep] * kind.side
    points = values[:, 4:16].reshape(-1, 6, 2) + anchors[:, None]
    centre, extent = values[:, :2] + anchors, values[:, 2:4]
    boxes = np.concatenate([centre - extent / 2, centre + extent / 2], 1)
    faces = _suppress(boxes, points, scores[keep])
    offset, back = np.array([left, top], float), np.array([width / size[0], height / size[1]])
    out = []
    for box, pts, score in faces:
        corners = ((box.reshape(2, 2) - offset) * back).reshape(4)
        x0, y0, x1, y1 = corners.tolist()
        out.append(Face((x0, y0, x1, y1), (pts - offset) * back, float(score)))
    return sorted(out, key=lambda face: -face.side)


def _suppress(
    boxes: npt.NDArray[np.float64],
    points: npt.NDArray[np.float64],
    scores: npt.NDArray[np.float64],
) -> list[tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], float]]:
    """Merges overlapping answers (over 0.3 of their union) into their mean, weighted by score."""
    out = []
    left = np.argsort(-scores, kind="stable")
    while left.size:
        best = boxes[left[0]]
        low = np.maximum(boxes[left, :2], best[:2])
        high = np.minimum(boxes[left, 2:], best[2:])
        common = np.prod(np.clip(high - low, 0, None), axis=1)
        areas = np.prod(boxes[left, 2:] - boxes[left, :2], axis=1)
        overlap = common / np.maximum(areas + areas[0] - common, 1e-9)
        same = left[overlap > 0.3] if overlap[0] > 0.3 else left[:1]
        weight = scores[same] / scores[same].sum()
        out.append(
            (
                (boxes[same] * weight[:, None]).sum(0),
                (points[same] * weight[:, None, None]).sum(0),
                float(scores[left[0]]),
            )
        )
        left = np.setdiff1d(left, same, assume_unique=True)
        left = left[np.argsort(-scores[left], kind="stable")]
    return out
