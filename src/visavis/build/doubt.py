"""What the segmentation has not made up its mind about: is it person, or behind?

Comes in: the framed picture, the segmentation's answer, the landmarks. Goes out: an answer without
wide doubtful areas where they can be told: half a person is a ghost, and somebody else's arm would
move along.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from visavis.build.filling import carried
from visavis.build.indices import OVAL

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

_DOUBT = (0.06, 0.85)
"""Segmentation that has not made up its mind."""
_DOUBT_MM = 6.0
"""A doubtful strip up to twice as wide is the soft edge every outline has."""
_LIKE = (0.7, 1.15)
"""Distance from the background's colour over that from the person's: less is background, more is
person."""
_SHORE = 0.02
"""A doubtful area with less background than this on its shore lies within the person."""
_EAR_MM, _EAR_PART, _EAR_LIKE = 26.0, 0.5, (0.16, -0.7, 0.75)
"""Ears are so far beside the face's oval at most; a doubtful area is one if this share of it is
like skin: hue off by less than the first, and this much darker or lighter, in logs."""
_FOCUS_MM, _FOCUS, _BLURRED_MM = (0.6, 1.2), 0.62, 4.0
"""Detail (finer than the first, looked at over the second) by that of the person's plainest quarter
below which a doubtful area is out of focus; it is more than the last across, each way."""
_OTHER = 30.0
"""Grey levels by which it differs from the person beside it (RGB distance)."""
_DOUBTFUL = 0.985
"""Of an area out of focus the segmentation must be this sure."""


def decided(
    picture: Bytes, probability: Floats, landmarks: npt.NDArray[np.float64], mm: float
) -> Floats:
    """The segmentation's answer, its wide doubtful areas decided.

    Args:
        picture: uint8 (H, W, 3) RGB.
        probability: float32 (H, W), 0..1.
        landmarks: float64 (478, 3), canvas px.
        mm: canvas px per millimetre.

    Returns:
        float32 (H, W), 0..1.
    """
    ears = _ears(picture, landmarks, mm)
    return _by_colour(picture, _in_focus(picture, probability, mm, ears), mm, ears)


def _ears(picture: Bytes, landmarks: npt.NDArray[np.float64], mm: float) -> Floats:
    """Where there is skin beside the face from brows to mouth, float32 (H, W), 0..1."""
    oval = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(oval, [np.round(landmarks[OVAL, :2]).astype(np.int32)], 1)
    side = int(2 * _EAR_MM * mm) | 1
    beside = cv2.dilate(oval, np.ones((1, side), np.uint8)) > 0
    rows = np.arange(len(oval))[:, None]
    beside &= (oval == 0) & (rows > landmarks[105, 1]) & (rows < landmarks[17, 1])
    colours = cv2.GaussianBlur(picture, (0, 0), mm).astype(np.float32) + 8
    skin = np.median(colours[oval > 0], axis=0)
    log = np.log(colours / skin)
    light = log.mean(2)
    off = np.abs(log - light[..., None]).max(2)
    alike = (off < _EAR_LIKE[0]) & (light > _EAR_LIKE[1]) & (light < _EAR_LIKE[2])
    return np.asarray(beside & alike, np.float32)


def _in_focus(picture: Bytes, probability: Floats, mm: float, ears: Floats) -> Floats:
    """The segmentation's answer without what is out of focus while the person is sharp.

    The arm of somebody behind, or leaves like cloth, are half taken for the person.
    """
    light = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine = light - cv2.GaussianBlur(light, (0, 0), _FOCUS_MM[0] * mm)
    energy = np.sqrt(cv2.GaussianBlur(fine * fine, (0, 0), _FOCUS_MM[1] * mm))
    sure = probability > _DOUBTFUL
    if not sure.any():
        return probability
    limit = _FOCUS * float(np.percentile(energy[sure], 25))
    blurred = (energy < limit) & ~sure & (probability > 0) & (ears < 0.5)
    side = int(2 * _BLURRED_MM * mm) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    core = cv2.morphologyEx(blurred.astype(np.uint8), cv2.MORPH_OPEN, kernel)
    if not core.any():
        return probability
    # A plain shirt is as soft, but goes on in its own colour.
    unlike = np.linalg.norm(
        cv2.GaussianBlur(picture, (0, 0), mm) - carried(picture.astype(np.float32), sure), axis=2
    )
    count, labels = cv2.connectedComponents(core)
    for k in range(1, count):
        if float(unlike[labels == k].mean()) < _OTHER:
            core[labels == k] = 0
    # Next to the person's outline it looks sharp.
    wide = cv2.dilate(core, kernel) * ~sure
    keep = 1 - cv2.GaussianBlur(wide.astype(np.float32), (0, 0), 0.4 * mm)
    kept = (probability * keep).astype(np.float32)
    # What is left of it hangs on the person by a neck, if at all.
    solid = np.asarray(kept > 0.5, np.uint8)
    opened = cv2.morphologyEx(solid, cv2.MORPH_OPEN, kernel, iterations=2)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(opened)
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])) if count > 1 else 0
    body = cv2.dilate(np.asarray(labels == largest, np.uint8), kernel, iterations=2)
    near = cv2.dilate(core, kernel, iterations=3) > 0
    return np.asarray(np.where(near, kept * body, kept), np.float32)


def _by_colour(picture: Bytes, probability: Floats, mm: float, ears: Floats) -> Floats:
    """Wide doubtful areas decided by their colour, where it is clearly one side's.

    Half a person would be a ghost: both the picture's own and the moved one would show.
    """
    side = int(2 * _DOUBT_MM * mm) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    doubt = ((probability > _DOUBT[0]) & (probability < _DOUBT[1])).astype(np.uint8)
    core = cv2.morphologyEx(doubt, cv2.MORPH_OPEN, kernel)
    if not core.any():
        return probability
    wide = np.minimum(cv2.dilate(core, np.ones((5, 5), np.uint8)), doubt)
    colours = picture.astype(np.float32)
    smooth = cv2.GaussianBlur(colours, (0, 0), mm)
    to_person = np.linalg.norm(smooth - carried(colours, probability > 0.97), axis=2)
    to_behind = np.linalg.norm(smooth - carried(colours, probability < 0.02), axis=2)
    count, labels = cv2.connectedComponents(wide)
    decided = probability.copy()
    for k in range(1, count):
        part = labels == k
        shore = cv2.dilate(part.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool) & ~part
        if float(ears[part].mean()) > _EAR_PART:
            decided[part] = np.maximum(probability[part], ears[part])
            continue
        likeness = float(to_behind[part].mean() / max(float(to_person[part].mean()), 1e-3))
        if likeness > _LIKE[1] or (probability[shore] < _DOUBT[0]).mean() < _SHORE:
            decided[part] = 1
        elif likeness < _LIKE[0]:
            decided[part] = 0
    soft = cv2.GaussianBlur(wide.astype(np.float32), (0, 0), 0.7 * mm)
    return np.asarray(probability + (decided - probability) * np.maximum(wide, soft), np.float32)
