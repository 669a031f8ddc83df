"""An avatar on a picture to be measured, and where its parts lie on it.

Comes in: an avatar, an output size. Goes out: :class:`Stage`: pictures of poses as grey levels,
and masks of background, upper face, mouth and eyes at rest.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

from visavis.pose import Pose, make

if TYPE_CHECKING:
    from visavis.avatar import Avatar
    from visavis.render.geometry import FaceGeometry

Grey = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Picture = npt.NDArray[np.uint8]
Points = npt.NDArray[np.float32]

FAR_MM = 8.0
"""Background further than this from the person must not change."""
WISP, WISP_MM = 0.05, 30.0
"""Opacity from which on a pixel so near the person is a wisp of its hair."""
EYE_MM = 6.0
"""Around the eyes' openings: lids and lashes."""
MOUTH_MM = 5.0
"""Around the lips: what a closed mouth may change."""
NOSE_MM = 26.0
"""The upper face ends this far above the mouth: under the nose."""


class Stage:
    """One avatar drawn at one size.

    Args:
        avatar: whom.
        size: width and height, px.

    Attributes:
        renderer: RGB, framed "auto".
        rest: the geometry at rest.
        mm: output px per millimetre.
    """

    def __init__(self, avatar: Avatar, size: tuple[int, int] = (512, 512)) -> None:
        self.avatar = avatar
        self.size = size
        self.renderer = avatar.renderer(size)
        self.rest: FaceGeometry = self.renderer.geometry(make())
        self.mm = self.rest.px_per_mm

    def draw(self, pose: Pose) -> Picture:
        """The picture of a pose, uint8 (h, w, 3) RGB."""
        return self.renderer.draw(pose)

    def grey(self, pose: Pose) -> Grey:
        """The picture of a pose as luma 0..255, float32 (h, w)."""
        return luma(self.draw(pose))

    def contour(self, name: str) -> Points:
        """A contour of the rig at rest, (n, 2) output px."""
        return self.rest.points[self.avatar.model.rig[name].astype(np.int64)]

    @cached_property
    def face_height(self) -> float:
        """Height of the face's oval along its own axis, mm."""
        along = self._down(self.contour("oval"))
        return float(along.max() - along.min()) / self.mm

    @cached_property
    def alpha(self) -> Grey:
        """The person's opacity at rest, 0..1, float32 (h, w)."""
        clear = self.avatar.renderer(self.size, "rgba", background="transparent")
        return np.asarray(clear.draw(make())[..., 3] / np.float32(255), np.float32)

    @cached_property
    def background(self) -> Mask:
        """Where nothing of the person is, not a wisp of hair, at rest and FAR_MM around it."""
        wisps = (self.alpha > WISP) & grown(self.alpha > 0.5, WISP_MM * self.mm)
        return ~grown(wisps, FAR_MM * self.mm)

    @cached_property
    def face(self) -> Mask:
        """The face's oval, a little inside its outline."""
        return ~grown(~filled(self.contour("oval"), self.size), 4 * self.mm)

    @cached_property
    def eyes(self) -> Mask:
        """Both eyes, with lids and lashes."""
        mask = np.zeros(self.size[::-1], bool)
        for side in ("left", "right"):
            mask |= self.opening(side)
        return grown(mask, EYE_MM * self.mm)

    def opening(self, side: str) -> Mask:
        """An eye's opening at rest."""
        upper, lower = (self.contour(f"eye_{side}_{lid}") for lid in ("upper", "lower"))
        return filled(np.concatenate([upper, lower[::-1]]), self.size)

    @cached_property
    def mouth(self) -> Mask:
        """The lips and MOUTH_MM around them."""
        return grown(filled(self.contour("lip_outer"), self.size), MOUTH_MM * self.mm)

    @cached_property
    def upper_face(self) -> Mask:
        """Forehead, brows, temples, nose and upper cheeks, without the eyes."""
        width, height = self.size
        x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
        grid = np.stack([x, y], -1).astype(np.float32).reshape(-1, 2)
        above = self._down(grid) < self._down(self.rest.mouth_origin[None]) - NOSE_MM * self.mm
        return self.face & above.reshape(height, width) & ~self.eyes

    def _down(self, points: Points) -> Points:
        """How far down the face's own axis points lie, px."""
        axis = np.asarray(self.avatar.model.rig["frame"], np.float32)[:2, 1]
        return np.asarray(points @ (axis / np.linalg.norm(axis)), np.float32)


def luma(picture: npt.NDArray[np.uint8]) -> Grey:
    """RGB (h, w, 3) as luma 0..255, float32."""
    return np.asarray(cv2.cvtColor(picture.astype(np.float32), cv2.COLOR_RGB2GRAY), np.float32)


def gradient(grey: Grey) -> Grey:
    """Steepness, grey levels per px."""
    x = cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=0.125)
    y = cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=0.125)
    return np.asarray(cv2.magnitude(x, y), np.float32)


def filled(points: npt.ArrayLike, size: tuple[int, int]) -> Mask:
    """The inside of a closed contour (n, 2), px, on a picture of the given size."""
    mask = np.zeros(size[::-1], np.uint8)
    cv2.fillPoly(mask, [np.round(np.asarray(points, np.float32)).astype(np.int32)], (1,))
    return mask > 0


def grown(mask: Mask, px: float) -> Mask:
    """A mask and everything nearer to it than some px."""
    if not mask.any():
        return mask
    away = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
    return np.asarray(away <= px, bool)
