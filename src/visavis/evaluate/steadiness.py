"""What must hold still while a face speaks: background, skin, sharpness, a shut mouth.

Comes in: a :class:`~visavis.evaluate.stage.Stage`. Goes out: one figure each, larger is worse.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np

from visavis.evaluate.stage import Grey, Mask, Stage
from visavis.evaluate.utterance import utterance
from visavis.motion import Motion
from visavis.motion.articulation import silence
from visavis.pose import Pose, make

FPS = 25
SILENT_S = 10.0
LEAST_AREA = 0.01
"""Share of the picture under which a region is too small to say anything."""
STEADY_SIGMA = 0.8
"""Softening before a picture is laid back, px: interpolation then loses nothing more."""
HALF_CLOSED_S = 0.01
"""How far into its phone, from either end, a closure may be early or late."""


def background_change(stage: Stage, pictures: Sequence[Grey]) -> float | None:
    """How much the still background changes while the person speaks, grey levels.

    For every picture the 99th percentile, over all pixels further than FAR_MM from the person, of
    the difference from the first picture; of those the largest.

    Args:
        stage: whose.
        pictures: of some seconds of speech.

    Returns:
        Grey levels, or None where the person leaves less than 1 % of the picture.
    """
    seen = stage.background
    if seen.mean() < LEAST_AREA:
        return None
    first = pictures[0][seen]
    return max(float(np.percentile(np.abs(p[seen] - first), 99)) for p in pictures[1:])


def flicker(stage: Stage, poses: Sequence[Pose], pictures: Sequence[Grey]) -> tuple[float, float]:
    """Unrest of the upper face without the eyes: second differences in time, grey levels.

    |p(t-1) - 2 p(t) + p(t+1)|, averaged over the upper face and over all pictures. A head that
    slows down or speeds up makes some too, however well it is drawn; so each picture is first laid
    back on the face at rest, by the best affine map of the rig's upper face, a little softened
    (STEADY_SIGMA), or the laying back would be measured.

    Args:
        stage: whose.
        poses: from :func:`speech_poses`.
        pictures: of those poses.

    Returns:
        Laid back, and as seen.
    """
    seen = stage.upper_face
    steadied = np.stack(
        [steady(stage, p, picture)[seen] for p, picture in zip(poses, pictures, strict=True)]
    )
    raw = np.stack([picture[seen] for picture in pictures])
    drawn, viewed = (np.abs(np.diff(values, 2, axis=0)).mean() for values in (steadied, raw))
    return float(drawn), float(viewed)


def steady(stage: Stage, pose: Pose, picture: Grey) -> Grey:
    """A picture with its upper face where it is at rest."""
    rest, points = stage.rest.points, stage.renderer.geometry(pose).points
    place = np.floor(rest).astype(int)
    width, height = stage.size
    inside = np.asarray(((place >= 0) & (place < [width, height])).all(1))
    inside[inside] = stage.upper_face[place[inside, 1], place[inside, 0]]
    known = np.c_[rest[inside], np.ones(int(inside.sum()))]
    matrix = np.linalg.lstsq(known, points[inside], rcond=None)[0].T
    matrix[:, 2] += matrix[:, :2] @ [0.5, 0.5] - 0.5  # pixel edges to pixel centres
    soft = cv2.GaussianBlur(picture, (0, 0), STEADY_SIGMA)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(soft, matrix, stage.size, flags=flags), np.float32)


def sharpness_change(stage: Stage) -> float:
    """How far sharpness strays while the head moves by fractions of a pixel, 0.1 = 10 %.

    Sharpness is the root mean square of the Laplacian over the face without eyes and mouth; the
    largest departure from its median over shifts of 0 to 1 px and turns of 0 to 2°.
    """
    seen = stage.face & ~stage.eyes & ~stage.mouth
    shifts = [(k / 8, 0.0) for k in range(9)] + [(0.0, k / 8) for k in range(1, 9)]
    poses = [make(headX=x / stage.mm, headY=y / stage.mm) for x, y in shifts]
    poses += [make(headYaw=k / 4) for k in range(1, 9)]
    return spread([_sharpness(stage.grey(pose), seen) for pose in poses])


def spread(values: Sequence[float]) -> float:
    """Largest departure from the median, as a part of it."""
    middle = float(np.median(values))
    return max(abs(value / middle - 1) for value in values) if middle > 0 else 0.0


def _sharpness(picture: Grey, seen: Mask) -> float:
    laplacian = np.asarray(cv2.Laplacian(picture, cv2.CV_32F))
    return math.sqrt(float((laplacian[seen] ** 2).mean()))


def speech_poses(stage: Stage, seed: int = 1) -> list[Pose]:
    """Poses of the known utterance, FPS a second, with everything that moves besides the mouth."""
    said = utterance()
    motion = _motion(stage, seed)
    motion.push(said.rows)
    motion.finish()
    return [motion.next() for _ in range(int(said.seconds * FPS))]


def lip_gap(stage: Stage, poses: Sequence[Pose]) -> float:
    """Largest gap between the lips at a p, b or m of the known utterance, mm.

    Of every closure the picture within it that is shut best counts: a viewer needs to see one.

    Args:
        stage: whose.
        poses: from :func:`speech_poses`.
    """
    gaps = np.array([stage.renderer.geometry(pose).open_mm for pose in poses])
    middles = (np.arange(len(gaps)) + 0.5) / FPS
    worst = 0.0
    for begin, end in utterance().closures:
        inside = (middles > begin - HALF_CLOSED_S) & (middles < end + HALF_CLOSED_S)
        if inside.any():
            worst = max(worst, float(gaps[inside].min()))
    return worst


def mouth_in_silence(stage: Stage, seed: int = 1) -> float:
    """Range of the gap between the lips in ten silent seconds, in heights of the face."""
    motion = _motion(stage, seed)
    rows = np.tile(np.asarray(silence(), np.float32), (round(SILENT_S * 50), 1))
    motion.push(rows)
    motion.finish()
    poses = [motion.next() for _ in range(round(SILENT_S * FPS))]
    gaps = [stage.renderer.geometry(pose).open_mm for pose in poses]
    return (max(gaps) - min(gaps)) / stage.face_height


def _motion(stage: Stage, seed: int) -> Motion:
    return stage.avatar.motion(FPS, seed)
