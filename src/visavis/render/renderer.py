"""The renderer: poses in, pictures in the caller's pixel format out.

Comes in: an avatar and poses, float32 (POSE_SIZE,). Goes out: uint8 pictures, into the caller's
buffer if one is given.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from visavis import native
from visavis.errors import InvalidOption
from visavis.imx import AvatarModel
from visavis.pose import POSE_SIZE, Pose
from visavis.render.backdrop import Background
from visavis.render.compiled import CompiledDrawer
from visavis.render.cpu import CpuDrawer
from visavis.render.geometry import FaceGeometry
from visavis.render.layers import AvatarLayers
from visavis.render.opencv import cv2
from visavis.render.planar import PlanarDrawer
from visavis.render.planes import to_i420
from visavis.render.view import Framing, View, frame_view

PixelFormat = Literal["rgb", "rgba", "i420"]
"""rgb (h, w, 3); rgba (h, w, 4), straight alpha; i420 (h * 3 // 2, w), BT.601 limited range."""


MOST_TEXELS_PER_PX = 2.6
LARGEST = 1000.0
"""Larger entries of a pose (weights, degrees, millimetres) are taken for this: far beyond any face,
near enough that sums stay finite."""


class Renderer:
    """Draws one avatar at one size. Not for use from two threads at once.

    The same pose gives the same picture, bit for bit, whatever was drawn before.

    Args:
        avatar: the avatar, or its layers when several renderers share them.
        size: output width and height, px; even, 64 to 4096.
        pixel_format: see :data:`PixelFormat`.
        framing: where the face sits, see :data:`Framing`.
        background: None for the avatar's own, "transparent", an (r, g, b) colour, or an RGB
            picture uint8 (h, w, 3) that fills the output.

    Raises:
        InvalidOption: an option outside what is possible.
    """

    def __init__(
        self,
        avatar: AvatarModel | AvatarLayers,
        size: tuple[int, int] = (512, 512),
        pixel_format: PixelFormat = "rgb",
        framing: Framing = "auto",
        background: Background = None,
    ) -> None:
        if pixel_format not in get_args(PixelFormat):
            choices = ", ".join(get_args(PixelFormat))
            raise InvalidOption(f"pixel format {pixel_format!r}: one of {choices}")
        self.layers = avatar if isinstance(avatar, AvatarLayers) else AvatarLayers(avatar)
        self.pixel_format = pixel_format
        box = self.layers.face.box
        self.view = frame_view(self.layers.canvas, (box[0], box[1], box[2], box[3]), size, framing)
        self._view = self._finer(self.view, self.layers.texture_scale)
        kernel = native.kernel()
        self._drawer: CpuDrawer
        self._planar = pixel_format == "i420" and self._view is self.view
        if kernel is None:
            self._drawer = CpuDrawer(self.layers, self._view, background)
        else:
            drawer = PlanarDrawer if self._planar else CompiledDrawer
            self._drawer = drawer(kernel, self.layers, self._view, background)
        self.layers.forget()

    @staticmethod
    def _finer(view: View, texture_scale: float) -> View:
        """A small output is drawn larger: a bilinear look-up of a much finer texture flickers."""
        factor = 1
        while texture_scale / (view.scale * factor) > MOST_TEXELS_PER_PX:
            factor *= 2
        if factor == 1:
            return view
        width, height = view.size
        offset = (view.offset[0] * factor, view.offset[1] * factor)
        return View((width * factor, height * factor), view.scale * factor, offset)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the uint8 array :meth:`draw` returns."""
        width, height = self.view.size
        if self.pixel_format == "i420":
            return (height * 3 // 2, width)
        return (height, width, 3 if self.pixel_format == "rgb" else 4)

    def geometry(self, pose: Pose) -> FaceGeometry:
        """What a pose makes of the rig, for :meth:`convert` and for measuring; output px."""
        return self.layers.rig.geometry(self._checked(pose), self._view)

    def draw(self, pose: Pose, out: npt.NDArray[np.uint8] | None = None) -> npt.NDArray[np.uint8]:
        """Draw one picture.

        Args:
            pose: float32 (POSE_SIZE,).
            out: uint8 array of :attr:`shape`, C-contiguous, to draw into.

        Returns:
            ``out``, or a new array.

        Raises:
            InvalidOption: a pose or buffer of the wrong shape or type, or a pose that is not
                finite.
        """
        if out is None:
            out = np.empty(self.shape, np.uint8)
        elif out.shape != self.shape or out.dtype != np.uint8 or not out.flags.c_contiguous:
            raise InvalidOption(f"out: a C-contiguous uint8 array of shape {self.shape} is needed")
        if isinstance(self._drawer, PlanarDrawer):
            self._drawer.draw_pose(self._checked(pose), out)
            return out
        return self.convert(self.geometry(pose), out)

    def convert(self, geometry: FaceGeometry, out: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Draw a geometry made by :meth:`geometry` into ``out`` (see :meth:`draw`)."""
        drawer = self._drawer
        if self._planar:
            drawer.draw_i420(geometry, out)
            return out
        drawer.draw(geometry)
        picture = drawer.picture
        if self._view is not self.view:
            picture = cv2.resize(picture, self.view.size, interpolation=cv2.INTER_AREA)
        if self.pixel_format == "rgb":
            cv2.cvtColor(picture, cv2.COLOR_RGBA2RGB, dst=out)
        elif self.pixel_format == "i420":
            to_i420(picture, out)
        else:
            _straight_alpha(picture, out)
        return out

    @staticmethod
    def _checked(pose: Pose) -> Pose:
        pose = np.asarray(pose, np.float32)
        if pose.shape == (POSE_SIZE,) and np.abs(pose).max() <= LARGEST:
            return pose.copy()  # as nearly all are
        if pose.shape != (POSE_SIZE,) or not np.isfinite(pose).all():
            raise InvalidOption(f"pose: {POSE_SIZE} finite numbers are needed, see visavis.pose")
        return np.ascontiguousarray(np.minimum(np.maximum(pose, -LARGEST), LARGEST))


def _straight_alpha(picture: npt.NDArray[np.uint8], out: npt.NDArray[np.uint8]) -> None:
    """Premultiplied RGBA to straight alpha; only the fringe costs a division."""
    np.copyto(out, picture)
    alpha = picture[..., 3]
    fringe = np.flatnonzero((alpha > 0) & (alpha < 255))
    if len(fringe):
        flat = out.reshape(-1, 4)
        edge = flat[fringe].astype(np.float32)
        edge[:, :3] = np.minimum(edge[:, :3] * (255 / edge[:, 3:]) + 0.5, 255)
        flat[fringe] = edge.astype(np.uint8)
