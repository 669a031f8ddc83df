"""All the pictures of a character but person and background.

Comes in: a :class:`Subject`, its rig, its teeth. Goes out: the repaired picture from which person
and background are cut, and the layers of mouth and eyes with their parts of `face/face.json`.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from visavis.build.eyes import eye_layers
from visavis.build.folds import apply_gain, fold_gain
from visavis.build.lips import repair_lips
from visavis.build.mouth import mouth_layers
from visavis.build.outlines import FaceShape
from visavis.build.subject import Subject
from visavis.build.teeth import Teeth

Texture = npt.NDArray[np.uint8]


def repair(subject: Subject, rig: FaceShape, teeth: Teeth | None = None) -> Texture:
    """The picture as the texture of a shut, unsmiling mouth: see :func:`repair_with_folds`."""
    return repair_with_folds(subject, rig, teeth)[0]


def repair_with_folds(
    subject: Subject, rig: FaceShape, teeth: Teeth | None = None
) -> tuple[Texture, npt.NDArray[np.float32] | None]:
    """Take the open mouth and the smile's folds out of the picture.

    Args:
        subject: the framed picture.
        rig: the rig fitted to it.
        teeth: not needed today; where they end is already in the rig.

    Returns:
        uint8 (H*s, W*s, 3) the repaired picture; and float32 (H, W, 3) the gain by which the
        folds were filled, None where no smile was taken out.
    """
    picture = repair_lips(subject, rig)
    small = cv2.resize(picture, subject.size, interpolation=cv2.INTER_AREA)
    gain = fold_gain(subject, rig, np.asarray(small, np.uint8))
    if gain is not None:
        picture = apply_gain(picture, gain, subject.texture_scale)
    return picture, gain


def layers(
    subject: Subject, rig: FaceShape, teeth: Teeth | None
) -> tuple[dict[str, Texture], dict[str, Any]]:
    """The layers of mouth and eyes.

    Args:
        subject: the framed picture.
        rig: the rig fitted to it.
        teeth: of the same picture, or None where it shows none.

    Returns:
        Images by member name without folder and extension (teeth_upper, teeth_lower, tongue,
        tongue_tip, and per eye E that is animated lid_E, lashes_E, eye_E_white, eye_E_iris,
        eye_E_glint), uint8; and {"mouth": …, "eyes": {"left": …, "right": …}} of `face/face.json`.
    """
    images, mouth = mouth_layers(subject, rig, teeth)
    eye_images, eyes = eye_layers(subject, rig)
    return {**images, **eye_images}, {"mouth": mouth, "eyes": eyes}
