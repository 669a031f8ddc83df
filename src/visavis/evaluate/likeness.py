"""Is it still the person in the photo? The face at rest held against its source.

Comes in: the rest picture and the source, framed alike. Goes out: structural similarity outside
the mouth, and how far the landmarks have drifted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from visavis.build import CANVAS_PX
from visavis.evaluate.stage import Grey, Mask, Stage, luma
from visavis.pose import make

if TYPE_CHECKING:
    from visavis.avatar import Avatar
    from visavis.build.prepare import Source

SIGMA, K1, K2 = 1.5, 0.01, 0.03
"""Wang, Bovik, Sheikh, Simoncelli: Image quality assessment: from error visibility to structural
similarity, 2004."""
CLOSED_MM = 1.5
"""A source whose lips are closer than this has its mouth shut."""


@dataclass(frozen=True)
class Reference:
    """What an avatar was made from, framed as its canvas is.

    Attributes:
        picture: uint8 (H, W, 3) RGB, canvas size.
        landmarks: float64 (478, 3), canvas px.
        columns: first and past-the-last column that the photo shows; the others are made up.
    """

    picture: npt.NDArray[np.uint8]
    landmarks: npt.NDArray[np.float64]
    columns: tuple[int, int]


@dataclass(frozen=True)
class Likeness:
    """How like its source a face at rest is.

    Attributes:
        ssim: structural similarity of the whole picture but the mouth, 1 = the same.
        ssim_face: of the face but the mouth alone.
        drift: mean distance of the landmarks outside mouth and chin, mm.
    """

    ssim: float
    ssim_face: float
    drift: float


def reference(photo: Source, size: int = CANVAS_PX, face: int = 1) -> Reference:
    """The source of an avatar, framed as building frames it.

    Args:
        photo: what it was built from.
        size: the canvas' height the build was given, px.
        face: the face the build was given.

    Raises:
        UnsuitablePicture: no character can be made of it.
        InvalidMedia: it cannot be read.
        MissingDependency: what building needs is not installed.
    """
    from visavis.build.prepare import prepare

    subject = prepare(photo, size=size, face=face).subject
    columns = subject.photo or (0, subject.size[0])
    return Reference(subject.picture, subject.landmarks, columns)


def likeness(avatar: Avatar, source: Reference) -> Likeness:
    """Hold the face at rest against its source.

    Args:
        avatar: built from it.
        source: of the avatar's canvas size.
    """
    from visavis.build.indices import LIP_RINGS, OVAL
    from visavis.build.landmarks import refine
    from visavis.build.subject import EYE_CORNERS_MM

    stage = Stage(avatar, avatar.size)
    rest = stage.draw(make())
    alike = ssim_map(luma(source.picture), luma(rest))
    outside = ~stage.mouth
    outside[:, : source.columns[0]] = outside[:, source.columns[1] :] = False
    before, _ = refine(source.picture, source.landmarks)
    after, _ = refine(rest, source.landmarks)
    mm = float(np.linalg.norm(before[33, :2] - before[263, :2])) / EYE_CORNERS_MM
    mouth = before[np.unique(np.concatenate(LIP_RINGS)), :2]
    low = mouth.min(0)[1] - 4 * mm  # mouth, chin and jaw follow the closing lips
    held = np.setdiff1d(np.flatnonzero(before[:, 1] < low), OVAL)
    moved = np.linalg.norm((after - before)[held, :2], axis=1) / mm
    return Likeness(
        ssim=float(alike[outside].mean()),
        ssim_face=float(alike[outside & stage.face].mean()),
        drift=float(moved.mean()),
    )


def ssim_map(a: Grey, b: Grey) -> Grey:
    """Structural similarity of two pictures around every pixel, -1..1.

    Args:
        a: float32 (h, w), 0..255.
        b: the same.
    """

    def mean(values: Grey) -> Grey:
        return np.asarray(cv2.GaussianBlur(values, (11, 11), SIGMA), np.float32)

    c1, c2 = (K1 * 255) ** 2, (K2 * 255) ** 2
    mean_a, mean_b = mean(a), mean(b)
    var_a, var_b = mean(a * a) - mean_a**2, mean(b * b) - mean_b**2
    common = mean(a * b) - mean_a * mean_b
    above = (2 * mean_a * mean_b + c1) * (2 * common + c2)
    return np.asarray(above / ((mean_a**2 + mean_b**2 + c1) * (var_a + var_b + c2)), np.float32)


def masked_ssim(a: Grey, b: Grey, mask: Mask) -> float:
    """Mean structural similarity inside a mask."""
    return float(ssim_map(a, b)[mask].mean())
