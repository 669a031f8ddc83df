"""The inside of the mouth, compiled.

Comes in and goes out: as in ``mouth``, which says where everything lies and how light it is; the
pixels are the kernel's.
"""

from __future__ import annotations

from ctypes import byref
from typing import get_args

import numpy as np

from visavis import native
from visavis.imx import AvatarModel
from visavis.render.geometry import FaceGeometry
from visavis.render.hole import SEAM_MM, lens_px, light_inside
from visavis.render.mouth import (
    LOWER_SHADOW,
    LOWER_SHADOW_MM,
    UPPER_SHADOW_MM,
    WET_ABOVE,
    WET_BELOW,
    Aperture,
    MouthInterior,
    Texels,
)
from visavis.render.strips import PX_PER_MM, Strip, Texture
from visavis.render.warp import Box

LINE = 1024
"""Floats beside the planes of a box, besides seven a column."""


class CompiledMouth(MouthInterior):
    """Draws one avatar's mouth interior; see :class:`MouthInterior`.

    Attributes:
        look, ribbons: the kernel's, of the latest picture.
        pixels: address, width and height of each texture.
    """

    def __init__(
        self,
        kernel: native.Kernel,
        scratch: native.Scratch,
        model: AvatarModel,
        px_per_mm: float,
    ) -> None:
        super().__init__(model, px_per_mm)
        self._run = kernel.mouth
        self._scratch = scratch
        # with a border of nothing, so that a look-up beyond them finds nothing
        self.textures = {
            name: np.pad(texture, ((1, 1), (1, 1), (0, 0)))
            for name, texture in self.textures.items()
        }
        self.look = native.MouthLook(
            depth_below=self.depth,
            depth_above=LOWER_SHADOW,
            reach_below=1 / UPPER_SHADOW_MM,
            reach_above=1 / LOWER_SHADOW_MM,
            share_above=WET_ABOVE,
            share_below=WET_BELOW,
        )
        for name, colour in (
            ("cavity", self.cavity[:3]), ("corner", self.corner), ("wet_upper", self.wet_above),
            ("wet_lower", self.wet_below), ("seam", self.seam), ("warmth", self.shadow),
        ):  # fmt: skip
            getattr(self.look, name)[:] = [float(c) for c in colour]
        self.look.texels_per_mm, self.look.seam_mm = PX_PER_MM, SEAM_MM
        self.pixels = {
            name: (native.address(texture), texture.shape[1], texture.shape[0])
            for name, texture in self.textures.items()
        }
        self.ribbons = (native.Strip * len(get_args(Texture)))()

    def _put(
        self,
        geometry: FaceGeometry,
        box: Box,
        strips: list[Strip],
        aperture: Aperture,
        picture: Texels,
    ) -> None:
        width, height = box[2] - box[0], box[3] - box[1]
        look, mm = self.look, geometry.px_per_mm
        corner = np.array(box[:2], np.float32)
        edges = np.concatenate([aperture.upper, aperture.lower])
        edges -= corner
        look.count = len(aperture.upper)
        look.upper = native.address(edges)
        look.lower = look.upper + edges.nbytes // 2
        look.axes[:] = geometry.mouth_axes.ravel().tolist()
        look.origin[:] = (geometry.mouth_origin - corner).tolist()
        look.jaw_shift[:] = geometry.jaw_shift.tolist()
        look.per_mm, look.light = 1 / mm, light_inside(geometry.pose)
        look.lens, look.edge, look.seen = lens_px(mm), aperture.sigma, aperture.seen
        for ribbon, strip in zip(self.ribbons, strips, strict=False):
            ribbon.pixels, ribbon.width, ribbon.height = self.pixels[strip.texture]
            ribbon.x, ribbon.rows = native.address(strip.x), native.address(strip.rows)
            ribbon.columns, ribbon.jaw = len(strip.x), strip.jaw
        stride = picture.shape[1]
        self._run(
            byref(look), self.ribbons, len(strips), width, height,
            native.address(picture) + 4 * (box[1] * stride + box[0]), stride,
            self._scratch.at(8 * width * height + 7 * width + LINE),
        )  # fmt: skip
