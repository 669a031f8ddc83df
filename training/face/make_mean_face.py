"""Averages the landmarks of shut-mouthed, frontal portraits into one face.

Comes in: a folder of portraits (CC0). Goes out: ``src/visavis/build/assets/mean_face.npy``,
int16 (478, 3), hundredths of a millimetre, symmetric; used to fill in hand-placed landmarks.

    python training/face/make_mean_face.py ../shared/data/portraits
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np

from visavis.build import detect, landmarks
from visavis.build.indices import LIP_RINGS
from visavis.build.subject import EYE_CORNERS_MM

OUT = Path(__file__).resolve().parents[2] / "src/visavis/build/assets/mean_face.npy"


def in_millimetres(points: np.ndarray) -> np.ndarray:
    """Landmarks along the face's own axes, mm, origin between the outer eye corners."""
    x = points[263] - points[33]
    mm = np.linalg.norm(x) / EYE_CORNERS_MM
    x = x / np.linalg.norm(x)
    y = points[152] - points[10]
    y = y - x * (x @ y)
    y /= np.linalg.norm(y)
    frame = np.stack([x, y, np.cross(x, y)], 1)
    return (points - (points[33] + points[263]) / 2) @ frame / mm


def mirror_of(face: np.ndarray) -> np.ndarray:
    """For each landmark the one on the other side, found by place."""
    mirrored = face * [-1, 1, 1]
    distance = np.linalg.norm(mirrored[:, None] - face[None], axis=2)
    distance[:468, 468:] = distance[468:, :468] = np.inf
    partner = distance.argmin(1)
    for ring in LIP_RINGS:  # at the corners the rings nearly touch
        for k in range(20):
            partner[ring[k]] = ring[(10 - k) % 20]
    if not np.array_equal(partner[partner], np.arange(len(face))):
        wrong = np.flatnonzero(partner[partner] != np.arange(len(face)))
        raise SystemExit(f"no clear mirror partner: {wrong.tolist()}")
    return partner


def main(folder: Path) -> None:
    """Makes the mean face of the portraits in a folder."""
    shut, smiling = [], []
    for path in sorted(folder.glob("*.jpg")):
        picture = np.ascontiguousarray(cv2.imread(str(path))[..., ::-1])
        found = detect.find_faces(picture)
        if not found:
            continue
        points, sure = landmarks.find_landmarks(picture, found[0])
        mm = np.linalg.norm(points[33] - points[263]) / EYE_CORNERS_MM
        gap = np.linalg.norm(points[13] - points[14]) / mm
        yaw = np.degrees(np.arctan2(points[263, 2] - points[33, 2], points[263, 0] - points[33, 0]))
        if sure > 0.95 and abs(yaw) < 22 and gap < 0.9:
            shut.append(in_millimetres(points))
        if sure > 0.95 and abs(yaw) < 25 and gap > 4:
            smiling.append(in_millimetres(points))
    mean = np.mean(shut, axis=0)
    # the rings of shut lips lie on one another: partners are found on open mouths
    partner = mirror_of(np.mean(smiling, axis=0))
    mean = (mean + mean[partner] * [-1, 1, 1]) / 2
    np.save(OUT, np.round(mean * 100).astype(np.int16))
    print(f"{len(shut)} faces -> {OUT} ({OUT.stat().st_size} bytes)")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
