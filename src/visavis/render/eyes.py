"""Eyes: the iris that moves, the lid that closes, its lashes and shadow.

Comes in: a :class:`FaceGeometry`, the eye textures and the person's inverse map. Goes out: changed
pixels in a small box. A blink never moves the skin: a second texture, in which eye and lashes are
erased, lies still in the skin and is uncovered as the lid's margin slides down.
"""

from __future__ import annotations

import math

import numpy as np

from visavis.render.eye_layers import EyeLayers, Texture
from visavis.render.lids import EyeGeometry, Float
from visavis.render.opencv import cv2
from visavis.render.warp import Box, rasterize, ribbon_triangles

OPENING_BLUR_MM = 0.35
GLINT_SHARE = 0.35
"""A catch light moves this share of the iris' way: it belongs to the lamp."""
LASH_ABOVE_MM, LASH_BELOW_MM = 0.8, 3.0
"""The lash strip's reach from the margin, against and along the lid's closing."""
LASHES_TURN = (0.08, 0.55)
"""Between these shares of a blink the open eye's lashes give way to the closed one's."""
SHOWN_BY = (0.0, 0.03)
"""Between these a lid that does not roll begins to be seen."""
RELIEF = (0.45, 0.55, 1.0)
"""A lid bulges so much of the opening over its margin; so widely, of that, and mm more."""
UNDER_LID_MM = 0.6
"""White this far below the lid is shaded by it."""
EYE_REACH_MM = (1.5, 1.5, 1.5, 1.5)
STILL_REACH_MM = (9.0, 13.0, 9.0, 6.0)
LASH_REACH_MM = 7.0
LID_SHADOW, SHADOWLESS = 0.35, 0.95
"""Of the upper lid on the ball; from this share of a blink on there is none."""
LASH_OPACITY = 0.85
BULGE, EDGE = 0.07, 0.12
"""Light on the ball under the lid, shade at its margin."""
OVERSAMPLE = 2


def _smooth(low: float, high: float, value: float) -> float:
    t = min(max((value - low) / (high - low), 0.0), 1.0)
    return t * t * (3 - 2 * t)


def reach_mm(layers: EyeLayers, blink: float) -> tuple[float, float, float, float]:
    """How far left, up, right and down of its margins an eye is drawn in a blink, mm."""
    if layers.roll[1] <= 0:
        return STILL_REACH_MM if blink else EYE_REACH_MM
    up = layers.roll[1] + 1.5 if blink else EYE_REACH_MM[1]
    if blink <= LASHES_TURN[0]:
        return EYE_REACH_MM[0], up, EYE_REACH_MM[2], EYE_REACH_MM[3]
    return LASH_REACH_MM, up, LASH_REACH_MM, LASH_BELOW_MM + 1


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
    # Of the lids' box only the rows of the opening.
    lids = np.concatenate([eye.upper, eye.lower, eye.margin])[:, 1] - box[1]
    first = max(int(lids.min() - mm), 0)
    height = min(int(lids.max() + mm) + 2, height) - first
    if height < 1:
        return
    picture, gain = picture[first : first + height], gain[first : first + height]
    x = np.arange(width, dtype=np.float32) + box[0] + 0.5
    y = np.arange(height, dtype=np.float32)[:, None] + (box[1] + first + 0.5)
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
    soft = opening_softness(mm)
    opening = np.clip((y - _line(lid, x)) * soft + 0.5, 0, 1)
    opening *= np.clip((_line(eye.lower, x) - y) * soft + 0.5, 0, 1)
    ball = white[..., :3] * (1 - iris[..., 3:] * np.float32(1 / 255))
    ball += iris[..., :3]
    ball += glint[..., :3]
    ball *= gain[..., None]
    ball -= picture
    ball *= white[..., 3:] * (opening[..., None] * np.float32(1 / 255))
    picture += ball


def opening_softness(mm: float) -> float:
    """How fast the opening's edge fades, 1 / px."""
    return 1 / max(2.5 * OPENING_BLUR_MM * mm, 1)


def lid_shares(layers: EyeLayers, eye: EyeGeometry) -> tuple[float, float, float]:
    """How much of a lid is seen, of its skin without lashes, of what a closing lid has; 0..1."""
    closing = _smooth(*LASHES_TURN, eye.blink)
    if layers.roll[1] > 0:
        return 1.0, closing, closing
    shown = _smooth(*SHOWN_BY, eye.blink)
    return shown, 1.0, shown  # a lid drawn as it is: its line comes with it


def _line(contour: Float, x: Float) -> Float:
    """Height of a contour at each x, level beyond its ends."""
    order = np.argsort(contour[:, 0])
    line: Float = np.interp(x, contour[order, 0], contour[order, 1]).astype(np.float32)
    return line


def _sample(texture: Texture, uv: Float) -> Float:
    """(h, w, 4) float32 of a bordered texture; nothing outside it."""
    texels = cv2.remap(texture, uv + 1, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
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
    over: Float = (line - y).astype(np.float32)
    here = uv - np.array(layers.lid_origin, np.float32)
    source = here
    shown, turned, closing = lid_shares(layers, eye)
    if layers.roll[1] > 0:
        moved = line - _line(eye.upper, x)
        down = (uv[-1, width // 2] - uv[0, width // 2]) / np.float32(height - 1)
        source = here - _unrolled(over, moved, layers.roll, mm)[..., None] * down
    skin = _sample(layers.lid if turned > 0 else layers.photo, source)[..., :3]
    if 0 < turned < 1:
        skin += (_sample(layers.photo, source)[..., :3] - skin) * np.float32(1 - turned)
    covered = (
        _sample(layers.lid, here)[..., 3] * np.clip(over + 0.5, 0, 1) * np.float32(shown / 255)
    )
    bow = _bow(eye.margin, x)
    if layers.roll[1] > 0:
        gain = (1 + closing * _relief(over / np.float32(mm), eye, mm) * bow) * gain
    skin *= gain[..., None]
    skin -= picture
    skin *= covered[..., None]
    picture += skin
    if closing <= 0:
        return
    if eye.blink < SHADOWLESS:
        ball = np.clip(_line(eye.lower, x) - y + 0.5, 0, 1) * np.clip(0.5 - over, 0, 1)
        under = np.exp(-((np.minimum(over, 0) / (1.1 * mm)) ** 2))
        picture *= 1 - (LID_SHADOW * closing * under * np.sqrt(bow) * ball)[..., None]
    _draw_lashes(layers, eye, closing, mm, box, picture)


def _bow(margin: Float, x: Float) -> Float:
    """(w,) 1 over the middle of an eye, 0 at its corners."""
    half = 0.56 * float(np.ptp(margin[:, 0]))
    bow: Float = np.clip(1 - ((x - margin[:, 0].mean()) / half) ** 2, 0, 1).astype(np.float32)
    return bow


def _unrolled(over: Float, moved: Float, roll: tuple[float, float], mm: float) -> Float:
    """How far each pixel's skin has come down, px.

    Args:
        over: (h, w) height over the margin, px.
        moved: (w,) way of the margin, px.
        roll: what follows it, and where nothing moves any more, mm above it.
        mm: output px per millimetre.
    """
    fixed, top = roll[0] * mm, roll[1] * mm
    above = np.maximum(over - fixed, 0)
    room = top - fixed
    return np.asarray(moved * (1 - np.minimum(above / np.maximum(room + moved, 1), 1)), np.float32)


def relief_mm(eye: EyeGeometry, mm: float) -> tuple[float, float]:
    """Where over its margin a lid bulges and how widely, mm."""
    middle = len(eye.margin) // 2
    opening = math.dist(eye.lower[middle].tolist(), eye.upper[middle].tolist()) / mm
    at = RELIEF[0] * opening
    return at, RELIEF[1] * at + RELIEF[2]


def _relief(over: Float, eye: EyeGeometry, mm: float) -> Float:
    """Light of a lid ``over`` mm above its margin: a bulge, an edge in shade; around 0."""
    at, width = relief_mm(eye, mm)
    bulge = np.exp(-(((over - at) / width) ** 2))
    edge = np.exp(-(np.maximum(over, 0) / 0.8))
    return np.asarray(BULGE * bulge - EDGE * edge, np.float32)


def lash_ribbon(layers: EyeLayers, eye: EyeGeometry, mm: float, box: Box) -> tuple[Float, Float]:
    """The lashes' two edges: (2 n, 2) px of the box, and (2 n, 2) texels."""
    n = len(eye.margin)
    points = np.empty((2 * n, 2), np.float32)
    local = eye.margin - np.array(box[:2], np.float32)
    points[:n] = local - eye.down * np.float32(LASH_ABOVE_MM * mm)
    points[n:] = local + eye.down * np.float32(LASH_BELOW_MM * mm)
    return points, lash_texels(layers, n)


def lash_texels(layers: EyeLayers, count: int) -> Float:
    """(2 count, 2) texels of the edges of a ribbon of lashes over so many points of a margin."""
    rows, columns = layers.lashes.shape[0] - 2, layers.lashes.shape[1] - 2
    texels = np.empty((2 * count, 2), np.float32)
    texels[:count, 0] = texels[count:, 0] = np.linspace(0, columns, count) - 0.5
    texels[:count, 1], texels[count:, 1] = -0.5, rows - 0.5
    return texels


def _draw_lashes(
    layers: EyeLayers, eye: EyeGeometry, shown: float, mm: float, box: Box, picture: Float
) -> None:
    height, width = picture.shape[:2]
    points, texels = lash_ribbon(layers, eye, mm, box)
    attributes = np.zeros((len(points), 3), np.float32)
    attributes[:, :2] = texels
    uv = np.full((height * OVERSAMPLE, width * OVERSAMPLE, 3), -1e3, np.float32)
    rasterize(points * np.float32(OVERSAMPLE), ribbon_triangles(len(eye.margin)), attributes, uv)
    hairs = _sample(layers.lashes, uv[..., :2])[..., 3]
    hairs = cv2.resize(hairs, (width, height), interpolation=cv2.INTER_AREA)
    opacity = np.asarray(hairs)[..., None] * np.float32(LASH_OPACITY / 255 * shown)
    picture += (layers.lash_colour - picture) * opacity
