"""Eyes: the iris that moves, the lid that closes, its lashes and shadow.

Comes in: a :class:`FaceGeometry`, the eye textures and the person's inverse map. Goes out: changed
pixels in a small box. A blink never moves the skin: a second texture, in which eye and lashes are
erased, lies still in the skin and is uncovered as the lid's margin slides down.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from visavis.imx import AvatarModel
from visavis.render.geometry import GAZE_LIMIT_MM, EyeGeometry, Float
from visavis.render.opencv import cv2
from visavis.render.warp import Box, polygon_mask, rasterize, ribbon_triangles

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
    """One eye's textures.

    Attributes:
        lid: (h, w, 4) premultiplied RGBA; ``lid_origin``: its corner, texels of the person.
        lashes: (h, w) opacity, row 0 above the margin, last row beyond it.
        lash_colour: (3,) RGB.
        white: (h, w, 3) the eyeball without iris; iris: (h, w, 4) premultiplied; glint: (h, w, 3).
        patch: (h, w, 4) the person's texture there; ``opening``: (h, w, 1) where the eye is open;
            ``patch_origin``: corner, texels.
    """

    lid: npt.NDArray[np.uint8]
    lid_origin: tuple[float, float]
    lashes: npt.NDArray[np.uint8]
    lash_colour: Float
    white: Float
    iris: Float
    glint: Float
    patch: Float
    opening: Float
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
    images = model.images
    x0, y0 = (round(v * scale) for v in eye.patch[:2])
    height, width = images[f"eye_{side}_white"].shape[:2]
    uv = model.rig["uv"]
    upper = uv[model.rig[f"eye_{side}_upper"].astype(np.int64)]
    lower = uv[model.rig[f"eye_{side}_lower"].astype(np.int64)]
    outline = (np.concatenate([lower, upper[::-1]]) * scale).astype(np.float32)
    opening = polygon_mask(
        outline, (x0, y0, x0 + width, y0 + height), max(0.35 * model.face.mm * scale, 0.3)
    )
    # only what the opening can show is ever blended
    seen = opening > 0
    if not seen.any():
        return None
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    travel = math.ceil(GAZE_LIMIT_MM * model.face.mm * scale) + 1
    top, left = max(int(rows[0]) - travel, 0), max(int(columns[0]) - travel, 0)
    part = np.s_[top : int(rows[-1]) + 1 + travel, left : int(columns[-1]) + 1 + travel]
    x0, y0 = x0 + left, y0 + top
    opening = opening[part]
    height, width = opening.shape
    patch = images["person"][y0 : y0 + height, x0 : x0 + width].astype(np.float32)

    def floats(name: str) -> Float:
        return np.ascontiguousarray(images[f"eye_{side}_{name}"][part], np.float32)

    return EyeLayers(
        lid=images[f"lid_{side}"],
        lid_origin=(eye.lid[0] * scale, eye.lid[1] * scale),
        lashes=images[f"lashes_{side}"],
        lash_colour=np.array(eye.lash, np.float32),
        white=floats("white"),
        iris=floats("iris"),
        glint=floats("glint"),
        patch=patch,
        opening=opening[..., None],
        patch_origin=(x0, y0),
    )


def gaze_patch(layers: EyeLayers, gaze: Float, texture_scale: float) -> npt.NDArray[np.uint8]:
    """The person's texture around an eye with the iris moved.

    Args:
        layers: the eye.
        gaze: (2,) iris shift, canvas px.
        texture_scale: texels per canvas px.

    Returns:
        (h, w, 4) uint8 premultiplied RGBA.
    """
    height, width = layers.opening.shape[:2]
    dx, dy = float(gaze[0]) * texture_scale, float(gaze[1]) * texture_scale

    def moved(image: Float, share: float) -> Float:
        matrix = np.array([[1, 0, dx * share], [0, 1, dy * share]], np.float32)
        shifted: Float = cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR)
        return shifted

    iris, glint = moved(layers.iris, 1.0), moved(layers.glint, GLINT_SHARE)
    eye = layers.white * (1 - iris[..., 3:] * (1 / 255)) + iris[..., :3] + glint
    patch = layers.patch.copy()
    patch[..., :3] += (eye * (patch[..., 3:] * (1 / 255)) - patch[..., :3]) * layers.opening
    return np.asarray(np.clip(patch + 0.5, 0, 255), np.uint8)


def draw_lid(
    layers: EyeLayers, eye: EyeGeometry, uv: Float, mm: float, box: Box, picture: Float
) -> None:
    """Close an eye as far as it blinks.

    Args:
        layers: the eye's textures.
        eye: its geometry, output px.
        uv: (h, w, 2) person texels of the box.
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

    local = uv - np.array(layers.lid_origin, np.float32)
    lid = cv2.remap(
        layers.lid, local, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT
    ).astype(np.float32)
    covered = polygon_mask(_above(margin, eye.down, mm), box, 0.45)[..., None] * shown
    bulge = np.exp(-(((over_mm - 3.8) / 2.4) ** 2))
    edge = np.exp(-(np.maximum(over_mm, 0) / 0.8))
    gain = 1 + (0.05 * bulge - 0.10 * edge) * bow
    picture *= 1 - lid[..., 3:] * (covered / 255)
    picture += lid[..., :3] * gain[..., None] * covered

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
