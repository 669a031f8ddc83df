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
from visavis.render.lids import EyeGeometry, Float
from visavis.render.opencv import cv2
from visavis.render.warp import Box, polygon_mask, rasterize, ribbon_triangles

Texture = npt.NDArray[np.uint8]

OPENING_BLUR_MM = 0.35
GLINT_SHARE = 0.35
"""A catch light moves this share of the iris' way: it belongs to the lamp."""
LASH_ABOVE_MM, LASH_BELOW_MM = 0.8, 3.0
"""The lash strip's reach from the margin, against and along the lid's closing."""
LASHES_TURN = (0.08, 0.55)
"""Between these shares of a blink the open eye's lashes give way to the closed one's."""
UNDER_LID_MM = 0.6
"""White this far below the lid is shaded by it."""
BULGE, EDGE = 0.07, 0.12
"""Light on the ball under the lid, shade at its margin."""
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
        white: (h, w, 4) the eyeball without iris; alpha where nothing hangs before it.
        iris: (h, w, 4) premultiplied; glint: (h, w, 4) light to add.
        patch_origin: corner of these three, texels.
        photo: (h, w, 4) the person where the lid is, premultiplied; ``photo_origin``: its corner.
        roll: what of the lid comes down with its margin, up to where it is stretched, mm.
    """

    lid: Texture
    lid_origin: tuple[float, float]
    lashes: Texture
    lash_colour: Float
    white: Texture
    iris: Texture
    glint: Texture
    patch_origin: tuple[int, int]
    photo: Texture
    photo_origin: tuple[int, int]
    roll: tuple[float, float]


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
    lid, lid_origin = model.images[f"lid_{side}"], (eye.lid[0] * scale, eye.lid[1] * scale)
    # What hangs before the lid hangs before the eye.
    place = np.array([[1, 0, lid_origin[0] - x0], [0, 1, lid_origin[1] - y0]], np.float32)
    alpha = np.ascontiguousarray(lid[..., 3])
    if eye.roll[1] > 0:
        alpha = np.clip(2 * alpha.astype(np.int16) - 255, 0, 255).astype(np.uint8)
    free = cv2.warpAffine(alpha, place, (width, height), borderMode=cv2.BORDER_REPLICATE)
    left, top = int(lid_origin[0]), int(lid_origin[1])
    right, bottom = (round(v * scale) for v in eye.lid[2:])
    return EyeLayers(
        lid=lid,
        lid_origin=lid_origin,
        lashes=model.images[f"lashes_{side}"],
        lash_colour=np.array(eye.lash, np.float32),
        white=np.dstack([white, free]),
        iris=iris,
        glint=np.dstack([glint, np.zeros((height, width), np.uint8)]),
        patch_origin=(x0, y0),
        photo=model.images["person"][top:bottom, left:right],
        photo_origin=(left, top),
        roll=eye.roll,
    )


def draw_gaze(
    layers: EyeLayers,
    eye: EyeGeometry,
    gain: Float,
    texture_scale: float,
    mm: float,
    box: Box,
    picture: Float,
) -> None:
    """Draw the eyeball anew between the lids: they may squeeze the skin, never the iris.

    Args:
        layers: the eye's textures.
        eye: its geometry, output px.
        gain: (h, w) brightness.
        texture_scale: texels per canvas px.
        mm: output px per millimetre.
        box: what of the output ``picture`` is.
        picture: (h, w, 3) float32 RGB 0..255, changed in place.
    """
    height, width = picture.shape[:2]
    x = np.arange(width, dtype=np.float32) + box[0] + 0.5
    y = np.arange(height, dtype=np.float32)[:, None] + box[1] + 0.5
    to_texels = eye.ball * np.float32(texture_scale)
    to_texels[:, 2] -= np.array(layers.patch_origin, np.float32) + np.float32(0.5)
    local = np.empty((height, width, 2), np.float32)
    for k in (0, 1):
        local[..., k] = to_texels[k, 0] * x + to_texels[k, 1] * y + to_texels[k, 2]
    shift = eye.gaze * np.float32(texture_scale)
    iris = _sample(layers.iris, local - shift)
    glint = _sample(layers.glint, local - shift * np.float32(GLINT_SHARE))
    lid = eye.upper
    if eye.blink < 0:
        # What a wide eye shows more of is white like that below it.
        lid = eye.margin
        hidden = np.maximum(_line(eye.upper, x) + UNDER_LID_MM * mm - y, 0)[..., None]
        local += hidden * to_texels[:, 1]
    white = _sample(layers.white, local)
    opening = polygon_mask(np.concatenate([eye.lower, lid[::-1]]), box, OPENING_BLUR_MM * mm)
    ball = white[..., :3] * (1 - iris[..., 3:] * np.float32(1 / 255))
    ball += iris[..., :3]
    ball += glint[..., :3]
    ball *= gain[..., None]
    ball -= picture
    ball *= white[..., 3:] * np.float32(1 / 255) * opening[..., None]
    picture += ball


def _line(contour: Float, x: Float) -> Float:
    """Height of a contour at each x, level beyond its ends."""
    order = np.argsort(contour[:, 0])
    line: Float = np.interp(x, contour[order, 0], contour[order, 1]).astype(np.float32)
    return line


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
    """Move an upper lid to where its margin is.

    Args:
        layers: the eye's textures.
        eye: its geometry, output px.
        uv: (h, w, 2) person texels of the box.
        gain: (h, w) brightness of the skin there.
        mm: output px per millimetre.
        box: what of the output ``picture`` is.
        picture: (h, w, 3) float32 RGB 0..255, changed in place.
    """
    if not eye.blink:
        return
    height, width = picture.shape[:2]
    x = np.arange(width, dtype=np.float32) + box[0] + 0.5
    y = np.arange(height, dtype=np.float32)[:, None] + box[1] + 0.5
    line = _line(eye.margin, x)
    over = line[None] - y
    middle = float(eye.margin[:, 0].mean())
    bow = 1 - ((x - middle) / (0.56 * float(np.ptp(eye.margin[:, 0])))) ** 2
    bow = np.clip(bow, 0, 1).astype(np.float32)[None]

    here = uv - np.array(layers.lid_origin, np.float32)
    shape = polygon_mask(_above(eye.margin, eye.down, mm), box, 0.45)
    if layers.roll[1] > 0:
        moved = line - _line(eye.upper, x)
        down = (uv[-1, width // 2] - uv[0, width // 2]) / np.float32(height - 1)
        way = _unrolled(over, moved[None], layers.roll, mm)[..., None] * down
        lid = _sample(layers.lid, here - way)
        alpha = np.maximum(lid[..., 3:], 1)
        skin = lid[..., :3] * (255 / alpha)
        own = 1 - _smooth(*LASHES_TURN, eye.blink)
        if own > 0:
            photo = _sample(layers.photo, uv - way - np.array(layers.photo_origin, np.float32))
            skin += (photo[..., :3] - skin) * _opacity(alpha) * own
        covered = shape[..., None] * _opacity(_sample(layers.lid, here)[..., 3:])
    else:
        lid = _sample(layers.lid, here)
        skin = lid[..., :3] * (255 / np.maximum(lid[..., 3:], 1))
        covered = (shape * _smooth(0, 0.28, eye.blink))[..., None] * (lid[..., 3:] / 255)
    light = (1 + max(eye.blink, 0) * _relief(over, eye, mm) * bow) * gain
    skin *= light[..., None]
    skin -= picture
    skin *= covered
    picture += skin

    if 0 < eye.blink < 0.95:
        ball = polygon_mask(np.concatenate([eye.lower, eye.margin[::-1]]), box, 0.0)
        under = np.exp(-((np.maximum(-over / mm, 0) / 1.1) ** 2)) * (over < 0)
        shadow = 0.35 * _smooth(0, 0.28, eye.blink)
        picture *= 1 - (shadow * under * np.sqrt(bow) * ball)[..., None]
    _draw_lashes(layers, eye, mm, box, picture)


def _opacity(alpha: Float) -> Float:
    """0..1 of a rolling lid's texture: behind what hangs before it is skin as well."""
    return np.asarray(np.maximum(alpha * np.float32(2 / 255) - 1, 0), np.float32)


def _unrolled(over: Float, moved: Float, roll: tuple[float, float], mm: float) -> Float:
    """How far each pixel's skin has come down, px.

    Args:
        over: (h, w) height over the margin, px.
        moved: (1, w) way of the margin, px.
        roll: what follows it, and where nothing moves any more, mm above it.
        mm: output px per millimetre.
    """
    fixed, top = roll[0] * mm, roll[1] * mm
    above = np.maximum(over - fixed, 0)
    room = top - fixed
    return np.asarray(moved * (1 - np.minimum(above / np.maximum(room + moved, 1), 1)), np.float32)


def _relief(height: Float, eye: EyeGeometry, mm: float) -> Float:
    """Light of a lid over its ball: a bulge, a shade at the margin; (h, w), around 0."""
    middle = len(eye.margin) // 2
    opening = float(np.linalg.norm(eye.lower[middle] - eye.upper[middle])) / mm
    at, over = 0.45 * opening, height / mm
    bulge = np.exp(-(((over - at) / (0.55 * at + 1)) ** 2))
    edge = np.exp(-(np.maximum(over, 0) / 0.8))
    return np.asarray(BULGE * bulge - EDGE * edge, np.float32)


def _above(margin: Float, down: Float, mm: float) -> Float:
    """Polygon of everything above the lid's margin, continued level beyond the corners."""
    first = np.array([margin[0, 0] - 20 * mm, margin[0, 1]], np.float32)
    last = np.array([margin[-1, 0] + 20 * mm, margin[-1, 1]], np.float32)
    up = -down * 30 * mm
    return np.concatenate([[first], margin, [last], [last + up], [first + up]]).astype(np.float32)


def _draw_lashes(layers: EyeLayers, eye: EyeGeometry, mm: float, box: Box, picture: Float) -> None:
    margin = eye.margin
    shown = _smooth(*LASHES_TURN, eye.blink)
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
