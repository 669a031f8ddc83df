"""Eyes: the iris that moves, the lid that closes, its lashes and shadow.

Comes in: a :class:`FaceGeometry`, the eye textures and the person's inverse map. Goes out: changed
pixels in a small box. A blink never moves the skin: a second texture, in which eye and lashes are
erased, lies still in the skin and is uncovered as the lid's margin slides down.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from visavis.imx import AvatarModel
from visavis.render.geometry import EyeGeometry, Float
from visavis.render.opencv import cv2
from visavis.render.warp import Box, polygon_mask, rasterize, ribbon_triangles

Texture = npt.NDArray[np.uint8]

OPENING_BLUR_MM = 0.35
GLINT_SHARE = 0.35
"""A catch light moves this share of the iris' way: it belongs to the lamp."""
LASH_ABOVE_MM, LASH_BELOW_MM = 0.8, 3.0
"""The lash strip's reach from the margin, against and along the lid's closing."""
LOWER_LID_RISE = 0.02
"""Where lids meet, as a share of the opening above the lower lid: more leaves a slit of eye."""
OVERSAMPLE = 2


def _smooth(low: float, high: float, value: float) -> float:
    t = min(max((value - low) / (high - low), 0.0), 1.0)
    return t * t * (3 - 2 * t)


@dataclass(frozen=True)
class EyeLayers:
    """One eye's textures, uint8 RGBA at texture scale.

    Attributes:
        lid: (h, w, 4) premultiplied; ``lid_origin``: its corner, texels of the person.
        lashes: (h, w) opacity, row 0 above the margin, last row beyond it.
        lash_colour: (3,) RGB.
        white: (h, w, 4) the eyeball without iris; alpha where the eye is open.
        iris: (h, w, 4) premultiplied; glint: (h, w, 4) light to add.
        patch_origin: corner of these three, texels.
    """

    lid: Texture
    lid_origin: tuple[float, float]
    lashes: Texture
    lash_colour: Float
    white: Texture
    iris: Texture
    glint: Texture
    patch_origin: tuple[int, int]


def eye_layers(model: AvatarModel, side: str) -> EyeLayers | None:
    """Unpack one eye of an avatar; None where it is left as it is.

    Args:
        model: the avatar.
        side: "left" or "right", the character's own.

    Returns:
        The layers at texture scale.
    """
    eye = model.face.eyes.left if side == "left" else model.face.eyes.right
    if eye is None:
        return None
    scale = float(model.manifest.texture_scale)
    white, iris, glint = (model.images[f"eye_{side}_{name}"] for name in ("white", "iris", "glint"))
    x0, y0 = (round(v * scale) for v in eye.patch[:2])
    height, width = white.shape[:2]
    uv = model.rig["uv"]
    upper = uv[model.rig[f"eye_{side}_upper"].astype(np.int64)]
    lower = uv[model.rig[f"eye_{side}_lower"].astype(np.int64)]
    outline = (np.concatenate([lower, upper[::-1]]) * scale).astype(np.float32)
    softness = max(OPENING_BLUR_MM * model.face.mm * scale, 0.3)
    opening = polygon_mask(outline, (x0, y0, x0 + width, y0 + height), softness)
    return EyeLayers(
        lid=model.images[f"lid_{side}"],
        lid_origin=(eye.lid[0] * scale, eye.lid[1] * scale),
        lashes=model.images[f"lashes_{side}"],
        lash_colour=np.array(eye.lash, np.float32),
        white=np.dstack([white, np.round(opening * 255).astype(np.uint8)]),
        iris=iris,
        glint=np.dstack([glint, np.zeros((height, width), np.uint8)]),
        patch_origin=(x0, y0),
    )


def draw_gaze(
    layers: EyeLayers, gaze: Float, uv: Float, gain: Float, texture_scale: float, picture: Float
) -> None:
    """Move the iris: draw the eyeball anew where the eye is open.

    Args:
        layers: the eye.
        gaze: (2,) iris shift, canvas px.
        uv: (h, w, 2) person texels of the box.
        gain: (h, w) brightness.
        texture_scale: texels per canvas px.
        picture: (h, w, 3) float32 RGB 0..255, changed in place.
    """
    local = uv - np.array(layers.patch_origin, np.float32)
    shift = gaze * np.float32(texture_scale)
    white = _sample(layers.white, local)
    iris = _sample(layers.iris, local - shift)
    glint = _sample(layers.glint, local - shift * np.float32(GLINT_SHARE))
    eye = white[..., :3] * (1 - iris[..., 3:] * np.float32(1 / 255))
    eye += iris[..., :3]
    eye += glint[..., :3]
    eye *= gain[..., None]
    eye -= picture
    eye *= white[..., 3:] * np.float32(1 / 255)
    picture += eye


def _sample(texture: Texture, uv: Float) -> Float:
    """(h, w, 4) float32 of an RGBA texture; nothing outside it."""
    texels = cv2.remap(texture, uv, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
    return np.asarray(texels, np.float32)


def draw_lid(
    layers: EyeLayers,
    eye: EyeGeometry,
    uv: Float,
    gain: Float,
    mm: float,
    box: Box,
    picture: Float,
) -> None:
    """Close an eye as far as it blinks.

    Args:
        layers: the eye's textures.
        eye: its geometry, output px.
        uv: (h, w, 2) person texels of the box.
        gain: (h, w) brightness of the skin there.
        mm: output px per millimetre.
        box: what of the output ``picture`` is.
        picture: (h, w, 3) float32 RGB 0..255, changed in place.
    """
    shown = _smooth(0, 0.28, eye.blink)
    if shown <= 0:
        return
    resting = eye.lower + LOWER_LID_RISE * (eye.upper - eye.lower)
    margin = eye.upper + (resting - eye.upper) * min(1.0, eye.blink * 1.02)
    height, width = picture.shape[:2]
    order = np.argsort(margin[:, 0])
    x = np.arange(width, dtype=np.float32) + box[0] + 0.5
    y = np.arange(height, dtype=np.float32)[:, None] + box[1] + 0.5
    line = np.interp(x, margin[order, 0], margin[order, 1]).astype(np.float32)
    over_mm = (line[None] - y) / mm
    span = float(np.ptp(margin[:, 0]))
    bow = 1 - ((x - margin[:, 0].mean()) / (0.56 * span)) ** 2
    bow = np.clip(bow, 0, 1).astype(np.float32)[None]

    lid = _sample(layers.lid, uv - np.array(layers.lid_origin, np.float32))
    covered = polygon_mask(_above(margin, eye.down, mm), box, 0.45)[..., None] * shown
    bulge = np.exp(-(((over_mm - 3.8) / 2.4) ** 2))
    edge = np.exp(-(np.maximum(over_mm, 0) / 0.8))
    light = (1 + (0.05 * bulge - 0.10 * edge) * bow) * gain
    picture *= 1 - lid[..., 3:] * (covered / 255)
    picture += lid[..., :3] * light[..., None] * covered

    if eye.blink < 0.95:
        ball = polygon_mask(np.concatenate([eye.lower, margin[::-1]]), box, 0.0)
        under = np.exp(-((np.maximum(-over_mm, 0) / 1.1) ** 2)) * (over_mm < 0)
        picture *= 1 - (0.35 * shown * under * np.sqrt(bow) * ball)[..., None]
    _draw_lashes(layers, margin, eye, mm, box, picture)


def _above(margin: Float, down: Float, mm: float) -> Float:
    """Polygon of everything above the lid's margin, continued level beyond the corners."""
    first = np.array([margin[0, 0] - 20 * mm, margin[0, 1]], np.float32)
    last = np.array([margin[-1, 0] + 20 * mm, margin[-1, 1]], np.float32)
    up = -down * 30 * mm
    return np.concatenate([[first], margin, [last], [last + up], [first + up]]).astype(np.float32)


def _draw_lashes(
    layers: EyeLayers, margin: Float, eye: EyeGeometry, mm: float, box: Box, picture: Float
) -> None:
    shown = _smooth(0.06, 0.35, eye.blink)
    if shown <= 0:
        return
    height, width = picture.shape[:2]
    rows, columns = layers.lashes.shape
    n = len(margin)
    edges = [margin - eye.down * LASH_ABOVE_MM * mm, margin + eye.down * LASH_BELOW_MM * mm]
    points = np.concatenate(edges) - np.array(box[:2], np.float32)
    attributes = np.zeros((2 * n, 3), np.float32)
    attributes[:, 0] = np.tile(np.linspace(0, columns, n) - 0.5, 2)
    attributes[:n, 1], attributes[n:, 1] = -0.5, rows - 0.5
    uv = np.full((height * OVERSAMPLE, width * OVERSAMPLE, 3), -1e3, np.float32)
    rasterize((points * OVERSAMPLE).astype(np.float32), ribbon_triangles(n), attributes, uv)
    hairs = cv2.remap(
        layers.lashes, uv[..., :2], None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT
    )
    hairs = cv2.resize(hairs, (width, height), interpolation=cv2.INTER_AREA)
    opacity = hairs.astype(np.float32)[..., None] * (0.85 / 255 * shown)
    picture += (layers.lash_colour - picture) * opacity
