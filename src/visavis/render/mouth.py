"""The inside of the mouth: cavity, tongue, teeth, their shade and the wet edge of the lips.

Comes in: a :class:`FaceGeometry` and the mouth's textures. Goes out: colours and coverage for the
hole between the lips: the strips of ``strips``, then shade, an analytic function of the distance to
both lips.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import numpy as np
import numpy.typing as npt

from visavis.imx import AvatarModel
from visavis.render.geometry import FaceGeometry
from visavis.render.hole import (
    ALWAYS_SEAM_MM,
    SEAM_MM,
    SHUT_MM,
    edge_px,
    hole_margin,
    least_apart,
    lens_px,
    light_inside,
    seen_share,
)
from visavis.render.opencv import cv2
from visavis.render.rig_arrays import Float
from visavis.render.strips import PX_PER_MM, Strip, Texture, mouth_strips
from visavis.render.warp import Box, clip_box, polygon_mask, rasterize, ribbon_triangles

Texels = npt.NDArray[np.uint8]

WARM = np.array([0.72, 1.04, 1.10], np.float32)
"""Exponents of shade per channel: shadow in a mouth is warm, red light bounces. Not in a grey
picture."""


def _low_pass(texture: npt.NDArray[np.uint8], texels_per_px: float) -> npt.NDArray[np.uint8]:
    sigma = 0.4 * texels_per_px
    if sigma < 0.4:
        return texture
    soft: npt.NDArray[np.uint8] = cv2.GaussianBlur(
        texture, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE
    )
    return soft


UPPER_SHADOW, UPPER_SHADOW_MM = (0.52, 0.38), 1.7
"""How dark it is under the upper lip, with drawn teeth and with a photo's own, and how far down."""
LOWER_SHADOW, LOWER_SHADOW_MM = 0.18, 0.9
WET_ABOVE, WET_BELOW = 0.8, 0.7
"""How much is seen of the lining of the lower and the upper lip."""


@dataclass(frozen=True)
class Aperture:
    """The hole between the lips.

    Attributes:
        upper, lower: (L, 2) its edges, output px.
        sigma: how soft they are, px.
        seen: 0..1, how much of the inside is seen.
    """

    upper: Float
    lower: Float
    sigma: float
    seen: float


@dataclass(frozen=True)
class Shade:
    """What light does in each column of a box.

    Attributes:
        top, bottom: (w,) edges of the lips, output px.
        light: (w,) brightness of everything inside.
        corner, seam: (w,) how much of the corners' and the seam's colour is seen.
        fade: (w,) brightness of the lips' lining.
        wet_above_mm, wet_below_mm: how far the lining of the lower and the upper lip reaches.
    """

    top: Float
    bottom: Float
    light: Float
    corner: Float
    fade: Float
    seam: Float
    wet_above_mm: float
    wet_below_mm: float


class MouthInterior:
    """Draws one avatar's mouth interior; holds nothing between pictures.

    Args:
        model: the avatar.
        px_per_mm: output px per millimetre; textures are low-passed for it, since a bilinear
            look-up of a finer texture leaves jagged teeth.
    """

    def __init__(self, model: AvatarModel, px_per_mm: float) -> None:
        self.mouth = model.face.mouth
        self.always = self.mouth.gap > ALWAYS_SEAM_MM
        self.textures = {
            name: _low_pass(model.images[name], PX_PER_MM / px_per_mm) for name in get_args(Texture)
        }
        self.lip = np.array(self.mouth.lip, np.float32)
        self.cavity = np.array([*np.round(self.mouth.cavity), 255], np.uint8)
        self.seam = np.array(self.mouth.seam, np.float32)
        coloured = np.ptp(self.lip) > 0.5
        self.shadow = (WARM if coloured else np.ones(3, np.float32)) * np.float32(self.mouth.shade)
        self.depth = UPPER_SHADOW[self.mouth.own_teeth]
        self.wet_above, self.wet_below = self.lip * 0.80, self.lip * 0.52
        dark = (
            np.array([0.46, 0.28, 0.27], np.float32) if coloured else np.full(3, 0.32, np.float32)
        )
        self.corner = self.lip * dark

    def draw(self, geometry: FaceGeometry, box: Box, picture: Texels) -> None:
        """Put the interior into the picture.

        Args:
            geometry: of this frame.
            box: where lips can be, output px; nothing outside it is touched.
            picture: (h, w, 4) uint8 RGBA, the whole output, changed in place.
        """
        placed = self._placed(geometry, box)
        if placed is not None:
            hole, strips, aperture = placed
            self._put(geometry, hole, strips, aperture, picture)

    def _placed(self, geometry: FaceGeometry, box: Box) -> tuple[Box, list[Strip], Aperture] | None:
        """The part of a box that changes, and what is seen there; None: the mouth is shut."""
        always, open_mm = self.always, geometry.open_mm
        if open_mm <= SHUT_MM and not always:
            return None
        upper, lower = self._aperture(geometry, always)
        sigma = edge_px(geometry.px_per_mm)
        outline = np.concatenate([upper, lower])
        low, high = outline.min(0).tolist(), outline.max(0).tolist()
        hole = clip_box(low, high, hole_margin(sigma), box)
        seen = seen_share(open_mm, always)
        strips: list[Strip] = []
        if open_mm > SEAM_MM:  # else the seam covers everything
            strips = mouth_strips(self.mouth, geometry.pose, self._lip_mm(geometry, lower))
        return hole, strips, Aperture(upper, lower, sigma, seen)

    def _put(
        self,
        geometry: FaceGeometry,
        box: Box,
        strips: list[Strip],
        aperture: Aperture,
        picture: Texels,
    ) -> None:
        """Draw strips and shade into a box of the picture where the lips let see."""
        outline = np.concatenate([aperture.upper, aperture.lower[::-1]])
        mask = polygon_mask(outline, box, aperture.sigma) * np.float32(aperture.seen)
        shade = self._shade(geometry, box, aperture.upper, aperture.lower)
        inside = self._strips(geometry, box, strips)
        self._shaded(box, shade, geometry.px_per_mm, inside)
        # the lens softens teeth as it softens lips
        inside = cv2.GaussianBlur(inside, (0, 0), lens_px(geometry.px_per_mm))
        target = picture[box[1] : box[3], box[0] : box[2], :3]
        inside -= target
        inside *= mask[..., None]
        inside += target
        target[:] = inside + np.float32(0.5)

    def _aperture(self, geometry: FaceGeometry, always: bool) -> tuple[Float, Float]:
        """Upper and lower edge of the hole; at least a hairline where the seam is ours."""
        upper, lower = geometry.lip_upper.copy(), geometry.lip_lower.copy()
        if always:
            least = least_apart(len(upper), geometry.px_per_mm)
            half = np.maximum(0, least - (lower[:, 1] - upper[:, 1])) / 2
            upper[:, 1] -= half
            lower[:, 1] += half
        return upper, lower

    def _lip_mm(self, geometry: FaceGeometry, lower: Float) -> float:
        """How far the lower lip begins below the place the seam has on the lowered jaw."""
        down = geometry.mouth_axes[1]
        lowered = geometry.mouth_origin + geometry.jaw_shift
        way = float((lower @ down).max()) - float(lowered @ down)
        return way / max(float(down @ down), 1e-12)  # a pose may shrink the head to nothing

    def _ribbon(self, geometry: FaceGeometry, box: Box, strip: Strip) -> tuple[Float, Float]:
        """A strip's two edges: (2 n, 2) px of the box, and (2 n, 2) texels."""
        axis_x, axis_y, axis_z = geometry.mouth_axes
        base = geometry.mouth_origin + geometry.jaw_shift * strip.jaw
        base = base - np.array(box[:2], np.float32)
        flat = strip.x[:, None] * axis_x + strip.z[:, None] * axis_z + base
        n = len(strip.x)
        points, texels = np.empty((2 * n, 2), np.float32), np.empty((2 * n, 2), np.float32)
        points[:n] = flat + strip.top[:, None] * axis_y
        points[n:] = flat + strip.bottom[:, None] * axis_y
        texels[:n, 0] = texels[n:, 0] = (strip.x - strip.x[0]) * PX_PER_MM - 0.5
        texels[:n, 1], texels[n:, 1] = -0.5, len(self.textures[strip.texture]) - 0.5
        return points, texels

    def _sample(self, geometry: FaceGeometry, box: Box, strip: Strip) -> Texels:
        """(h, w, 4) premultiplied RGBA of a strip in a box."""
        points, texels = self._ribbon(geometry, box, strip)
        attributes = np.zeros((len(points), 3), np.float32)
        attributes[:, :2] = texels
        uv = np.full((box[3] - box[1], box[2] - box[0], 3), -1e3, np.float32)
        rasterize(points, ribbon_triangles(len(strip.x)), attributes, uv)
        seen: Texels = cv2.remap(
            self.textures[strip.texture],
            uv[..., :2],
            None,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
        )
        return seen

    def _strips(self, geometry: FaceGeometry, box: Box, strips: list[Strip]) -> Float:
        """(h, w, 3) the cavity and the strips in it."""
        layers = np.empty((box[3] - box[1], box[2] - box[0], 4), np.uint8)
        layers[:] = self.cavity
        for strip in strips:
            layer = self._sample(geometry, box, strip)
            through = cv2.cvtColor(
                cv2.bitwise_not(cv2.extractChannel(layer, 3)), cv2.COLOR_GRAY2RGBA
            )
            cv2.multiply(layers, through, dst=layers, scale=1 / 255)
            cv2.add(layers, layer, dst=layers)
        return layers[..., :3].astype(np.float32)

    def _shade(self, geometry: FaceGeometry, box: Box, upper: Float, lower: Float) -> Shade:
        """What light does in each column of a box."""
        mm = geometry.px_per_mm
        x = np.arange(box[0] + 0.5, box[2], dtype=np.float32)
        top = np.interp(x, upper[:, 0], upper[:, 1]).astype(np.float32)
        bottom = np.interp(x, lower[:, 0], lower[:, 1]).astype(np.float32)
        gap = np.maximum(bottom - top, 0) / np.float32(mm)
        middle = 0.5 * (upper[0, 0] + upper[-1, 0])
        half = max(0.5 * float(upper[-1, 0] - upper[0, 0]), 1.0)
        t = np.abs((x - middle) * np.float32(1 / half))
        inside = np.minimum(t, 1)
        opened = min(max(float(gap.max()) / 7, 0.0), 1.0)
        return Shade(
            top=top,
            bottom=bottom,
            light=(1 - 0.62 * inside**2.6)
            * np.float32((0.88 + 0.12 * opened) * light_inside(geometry.pose)),
            corner=np.clip((t - 0.68) / 0.32, 0, 1) ** 1.5 * np.float32(0.85),
            fade=1 - 0.5 * inside**3,
            # wider towards the corners, where lips part with a round edge
            seam=1 - np.clip((gap - SEAM_MM) / (1.1 + 1.3 * opened * inside**4), 0, 1),
            wet_above_mm=0.25 + 0.35 * opened,
            wet_below_mm=0.2 + 0.35 * opened,
        )

    def _shaded(self, box: Box, shade: Shade, mm: float, picture: Float) -> None:
        """Shadow of the lips, dark corners, wet lining, the seam where lips nearly touch."""
        y = np.arange(box[1] + 0.5, box[3], dtype=np.float32)[:, None]
        below = np.maximum(y - shade.top, 0) * np.float32(1 / mm)
        above = np.maximum(shade.bottom - y, 0) * np.float32(1 / mm)
        dark = 1 - np.float32(self.depth) * np.exp(below * np.float32(-1 / UPPER_SHADOW_MM))
        dark -= np.float32(LOWER_SHADOW) * np.exp(above * np.float32(-1 / LOWER_SHADOW_MM))
        dark *= shade.light
        np.clip(dark, 0.06, 1, out=dark)
        np.log(dark, out=dark)
        picture *= np.exp(dark[..., None] * self.shadow)

        def blend(colour: Float, amount: Float) -> None:
            picture[:] += (colour - picture) * amount[..., None]

        blend(self.corner, shade.corner)
        fade = shade.fade[:, None]
        wet = np.exp(-((above * np.float32(1 / shade.wet_above_mm)) ** 2))
        blend(self.wet_above * fade, wet * np.float32(WET_ABOVE))
        wet = np.exp(-((below * np.float32(1 / shade.wet_below_mm)) ** 2))
        blend(self.wet_below * fade, wet * np.float32(WET_BELOW))
        blend(self.seam, shade.seam)
