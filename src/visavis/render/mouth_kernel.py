"""The inside of the mouth, compiled.

Comes in and goes out: as in ``mouth``, which says where everything lies and how light it is; the
pixels are the kernel's.
"""

from __future__ import annotations

from ctypes import byref
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from visavis import native
from visavis.imx import AvatarModel
from visavis.render.geometry import FaceGeometry, Float
from visavis.render.mouth import (
    LOWER_SHADOW,
    LOWER_SHADOW_MM,
    UPPER_SHADOW_MM,
    WET_ABOVE,
    WET_BELOW,
    MouthInterior,
    Shade,
    Texels,
    lens_px,
)
from visavis.render.strips import Strip, Texture
from visavis.render.warp import Box

LINE = 1024
"""Floats beside the planes of a box, besides four a column."""


class CompiledMouth(MouthInterior):
    """Draws one avatar's mouth interior; see :class:`MouthInterior`."""

    def __init__(self, kernel: native.Kernel, model: AvatarModel, px_per_mm: float) -> None:
        super().__init__(model, px_per_mm)
        self._run = kernel.mouth
        self._scratch: Float = np.empty(0, np.float32)
        self.textures = {name: np.ascontiguousarray(t) for name, t in self.textures.items()}
        self._look = native.MouthLook(
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
            getattr(self._look, name)[:] = [float(c) for c in colour]
        self._addresses = {name: native.address(self.textures[name]) for name in get_args(Texture)}

    def _put(
        self,
        geometry: FaceGeometry,
        box: Box,
        strips: list[Strip],
        shade: Shade,
        mask: Float,
        picture: Texels,
    ) -> None:
        width, height = box[2] - box[0], box[3] - box[1]
        needed = 6 * width * height + 4 * width + LINE
        if len(self._scratch) < needed:
            self._scratch = np.empty(needed, np.float32)
        look, mm = self._look, geometry.px_per_mm
        columns = np.empty((6, width), np.float32)
        columns[0], columns[1] = shade.top - box[1], shade.bottom - box[1]
        columns[2], columns[3], columns[4], columns[5] = (
            shade.light, shade.corner, shade.fade, shade.seam,
        )  # fmt: skip
        at = native.address(columns)
        for i, name in enumerate(("top", "bottom", "light", "corner_share", "fade", "seam_share")):
            setattr(look, name, at + 4 * width * i)
        look.per_mm, look.sigma = 1 / mm, lens_px(mm)
        look.wet_above, look.wet_below = 1 / shade.wet_above_mm, 1 / shade.wet_below_mm
        kept: list[npt.NDArray[Any]] = [columns]
        ribbons = (native.Strip * max(len(strips), 1))()
        for ribbon, strip in zip(ribbons, strips, strict=False):
            points, texels = self.ribbon(geometry, box, strip)
            kept += [points, texels]
            ribbon.pixels = self._addresses[strip.texture]
            ribbon.points, ribbon.texels = native.address(points), native.address(texels)
            ribbon.height, ribbon.width = self.textures[strip.texture].shape[:2]
            ribbon.columns = len(strip.x)
        stride = picture.shape[1]
        self._run(
            byref(look), ribbons, len(strips), native.address(mask), width, height,
            native.address(picture) + 4 * (box[1] * stride + box[0]), stride,
            native.address(self._scratch),
        )  # fmt: skip
