"""Eyes, compiled.

Comes in and goes out: as in ``eyes``, which says where everything lies; the pixels are drawn here.
"""

from __future__ import annotations

from ctypes import byref

import numpy as np

from visavis import native
from visavis.render.eye_layers import EyeLayers, Texture
from visavis.render.eyes import (
    BULGE,
    EDGE,
    GLINT_SHARE,
    LASH_OPACITY,
    LID_SHADOW,
    OVERSAMPLE,
    SHADOWLESS,
    UNDER_LID_MM,
    lash_ribbon,
    lid_shares,
    opening_softness,
    relief_mm,
)
from visavis.render.lids import EyeGeometry, Float
from visavis.render.warp import Box


class CompiledEye:
    """Draws one eye of an avatar.

    Args:
        kernel: the compiled kernel.
        scratch: memory for it.
        layers: the eye's textures.
        texture_scale: texels per canvas px.

    Attributes:
        textures, values: the kernel's, to draw it with.
    """

    def __init__(
        self,
        kernel: native.Kernel,
        scratch: native.Scratch,
        layers: EyeLayers,
        texture_scale: float,
    ) -> None:
        self._run = kernel.eye
        self._layers, self._scale = layers, float(texture_scale)
        self._origin = layers.patch_origin[0] + 0.5, layers.patch_origin[1] + 0.5
        self.textures = native.EyeTextures(*_textures(layers))
        self.textures.lid_left, self.textures.lid_top = layers.lid_origin
        self.textures.lash_colour[:] = layers.lash_colour.tolist()
        self.values = native.Eye(rolls=layers.roll[1] > 0)
        if layers.roll[1] > 0:
            self.values.bulge, self.values.edge = BULGE, EDGE
        self._scratch = scratch

    def settle(self, mm: float) -> None:
        """Set what only the output px per millimetre say."""
        values, roll = self.values, self._layers.roll
        values.under, values.soft, values.mm = UNDER_LID_MM * mm, opening_softness(mm), mm
        values.rigid, values.reach = roll[0] * mm, roll[1] * mm

    def draw(
        self,
        eye: EyeGeometry,
        mm: float,
        box: Box,
        maps: Float,
        picture: Texture,
        with_ball: bool,
    ) -> None:
        """Draw the eye into its box of the picture.

        Args:
            eye: its geometry.
            mm: output px per millimetre.
            box: of the output, what may change.
            maps: (h, w, 4) texel x, y, gain and depth of the person in the box.
            picture: (H, W, 4) uint8 RGBA, the whole output.
            with_ball: whether anything of the ball may be seen.
        """
        layers, scale = self._layers, self._scale
        width, height = box[2] - box[0], box[3] - box[1]
        values = self.values
        shown, turned, closing = lid_shares(layers, eye)
        contours = [np.ascontiguousarray(c) for c in (eye.upper, eye.lower, eye.margin)]
        values.upper, values.lower, values.margin = map(native.address, contours)
        values.count, values.with_ball, values.with_lid = len(eye.upper), with_ball, bool(eye.blink)
        # without lashes these are not looked at
        values.lash_points = values.lash_texels = values.upper
        if closing > 0:
            points, texels = lash_ribbon(layers, eye, mm, box)
            points *= np.float32(OVERSAMPLE)
            values.lash_points, values.lash_texels = native.address(points), native.address(texels)
        (ax, ay, at_x), (bx, by, at_y) = eye.ball.tolist()
        left, top = self._origin
        values.ball[:] = (
            ax * scale, ay * scale, at_x * scale - left, bx * scale, by * scale, at_y * scale - top,
        )  # fmt: skip
        x, y = eye.gaze.tolist()
        values.iris[:] = x * scale, y * scale
        values.glint[:] = x * scale * GLINT_SHARE, y * scale * GLINT_SHARE
        values.lid_line = eye.blink < 0
        self.settle(mm)
        values.shown, values.turned, values.closing = shown, turned, closing
        values.bulge_at, values.bulge_width = relief_mm(eye, mm)
        values.shadow = LID_SHADOW * closing if eye.blink < SHADOWLESS else 0.0
        values.lash_opacity = LASH_OPACITY * closing
        stride = picture.shape[1]
        self._run(
            byref(self.textures), byref(values), native.address(maps), box[0], box[1], width,
            height, native.address(picture) + 4 * (box[1] * stride + box[0]), stride,
            self._scratch.at(16 * width * height),
        )  # fmt: skip


def _textures(layers: EyeLayers) -> list[native.Texture]:
    """The textures in the kernel's order; of the third only the alpha is looked at."""
    return [
        native.Texture(native.address(texture), texture.shape[1], texture.shape[0])
        for texture in (
            layers.lid, layers.photo, layers.lid, layers.white, layers.iris, layers.glint,
            layers.lashes,
        )
    ]  # fmt: skip
