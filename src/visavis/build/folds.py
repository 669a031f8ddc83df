"""The folds a smile cuts into the cheeks, filled where the smile is taken out.

Comes in: a :class:`Subject`, its rig, and the picture with its lips repaired. Goes out: a gain per
pixel, canvas size, by which the picture is multiplied. Only about half of a fold's depth is
lifted: more leaves a thin drawn line where the fold was.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from visavis.build.indices import LIP_RINGS, OVAL
from visavis.build.light import LUMA, LUMINANCE, to_linear
from visavis.build.outlines import FaceShape
from visavis.build.subject import Subject
from visavis.build.window import Window, smoothstep

Array = npt.NDArray[np.float32]

FOLDS = ((129, 203, 206, 216, 212, 202), (358, 423, 426, 436, 432, 422))
"""Landmarks along the nasolabial folds, from the nose down."""
MUZZLE = (
    129, 203, 206, 216, 212, 57, 61, 40, 37, 0, 267, 270, 291, 287, 432, 436, 426, 423, 358, 327,
    2, 98,
)  # fmt: skip
NOSE = (168, 129, 98, 2, 327, 358)

_FULL_SMILE = 0.8 / 0.85
"""So much smile taken out (``rig.smile``) fills the folds as far as they are ever filled."""
_MOST = 1.2
_HAIRY = (0.13, 0.22)
"""Unevenness finer than 0.8 mm, in log light, from which skin is taken for a beard, and surely."""
_DARK = (0.8, 1.3)
"""So much darker than skin, in log light, is a beard even where its hairs are hard to see."""
_PORE = 0.03
"""Dark spots shallower than this, in log light, stay in a fold."""
_DARKEST = 0.004
"""Luminance below which the logarithm is not trusted."""


def fold_share(rig: FaceShape) -> float:
    """How far the folds are filled, 0 (no smile taken out) to 1.2."""
    return float(np.clip(rig.smile / _FULL_SMILE, 0, _MOST))


def fold_gain(
    subject: Subject, rig: FaceShape, picture: npt.NDArray[np.uint8] | None = None
) -> Array | None:
    """The gain that fills the smile's folds.

    Args:
        subject: the framed picture.
        rig: the rig fitted to it; ``rig.smile`` decides how far the folds are filled.
        picture: uint8 (H, W, 3), the canvas with repaired lips; the picture as it is by default.

    Returns:
        float32 (H, W, 3), 1 where nothing changes: picture * gain (encoded values) is what the
        texture holds. None where no smile was taken out.
    """
    share = fold_share(rig)
    if share <= 0.02:
        return None
    window = Window.around(subject, subject.landmarks[OVAL], 2)
    canvas = Window(window.box, 1.0, subject.mm)
    pixels = canvas.cut(subject.picture if picture is None else picture)
    skin, near = _where(canvas, subject)
    log = np.log(np.maximum(to_linear(pixels), _DARKEST)).astype(np.float32)
    bald = 1 - _hairy(canvas, log, skin)
    skin, near = skin * bald, near * bald
    lift = _lift(canvas, log, skin, near)
    gain = np.ones((*subject.picture.shape[:2], 3), np.float32)
    gain[canvas.texels] = 1 + share * (_target(canvas, pixels, skin, lift) - 1)
    return gain


def _where(canvas: Window, subject: Subject) -> tuple[Array, Array]:
    """Plain skin of the face (0..1), and how near a fold each pixel lies (0..1)."""
    marks = subject.landmarks
    mouth = canvas.grow(canvas.polygon(marks[LIP_RINGS[0]]) > 0.5, 1.5).astype(np.float32)
    nose = canvas.polygon(marks[list(NOSE)])
    skin = canvas.polygon(marks[OVAL]) * (1 - np.clip(mouth + nose, 0, 1))
    lines = [canvas.stroke(marks[list(fold)], 9.0) for fold in FOLDS]
    near = canvas.blur(np.maximum(*lines), 3.0)
    muzzle = canvas.blur(canvas.polygon(marks[list(MUZZLE)]), 2.0)
    return skin, np.maximum(near, 0.7 * muzzle) * (1 - mouth)


def _hairy(canvas: Window, log: Array, skin: Array) -> Array:
    """Where a beard grows, 0..1: its hairs are no folds, and must not be lightened."""
    light = log @ LUMINANCE
    fine = light - canvas.blur(light, 0.8)
    rough = np.sqrt(canvas.blur(fine * fine, 3.0))
    typical = float(np.median(light[skin > 0.5])) if (skin > 0.5).any() else 0.0
    dark = smoothstep(*_DARK, typical - canvas.blur(light, 2.5)) * smoothstep(0.07, 0.12, rough)
    return canvas.blur(np.maximum(smoothstep(*_HAIRY, rough), dark), 1.0)


def _lift(canvas: Window, log: Array, skin: Array, near: Array) -> Array:
    """By how much, in log light, each fold pixel is raised towards its surroundings, (h, w)."""
    wide = canvas.mean_within(log, skin, 9.0)
    fine = canvas.mean_within(log, skin, 1.3)
    depth = np.clip(wide - fine, 0, 0.55) * 0.52 * np.clip(near, 0, 1)[..., None]
    return canvas.blur(depth @ LUMINANCE, 0.5) + _line(canvas, log @ LUMINANCE, skin, near)


def _line(canvas: Window, light: Array, skin: Array, near: Array) -> Array:
    """The same for the sharp line at a fold's bottom, which filling its width leaves behind."""
    around = canvas.mean_within(light, skin, 1.6)
    here = canvas.blur(light, 0.3)
    depth = np.clip(around - here - _PORE, 0, 0.6) * np.clip(near, 0, 1)
    return canvas.blur(depth * skin, 0.25)


def _target(canvas: Window, pixels: Array, skin: Array, lift: Array) -> Array:
    """Gain of a full filling: brighter by ``lift``, colour partly that of the skin around."""
    colour = pixels + 1
    bright = colour @ LUMA
    around = canvas.mean_within(colour, skin, 6.0)
    around = around / np.maximum(around @ LUMA, 1e-2)[..., None]
    mix = (np.clip(lift / 0.22, 0, 1) * 0.6)[..., None]
    own = colour / bright[..., None]
    target = (bright * np.exp(lift / 2.2))[..., None] * (own + (around - own) * mix)
    # Mixing must not reach where nothing is lifted or no skin is near.
    gain = np.clip(target / colour, 0.6, 2.2)
    return np.asarray(np.where(mix > 0.002, gain, 1), np.float32)


def apply_gain(
    picture_hi: npt.NDArray[np.uint8], gain: Array, scale: float
) -> npt.NDArray[np.uint8]:
    """Multiply a texture-scale picture by a canvas-size gain.

    The finest detail (which in a fold is the fold's own sharp line) is damped where the gain is
    large.

    Args:
        picture_hi: uint8 (H*s, W*s, 3).
        gain: float32 (H, W, 3), see :func:`fold_gain`.
        scale: s.

    Returns:
        uint8 (H*s, W*s, 3).
    """
    changed = np.abs(gain - 1).max(2) > 0.004
    if not changed.any():
        return picture_hi
    x, y, width, height = cv2.boundingRect(changed.astype(np.uint8))
    rows = slice(round(y * scale), round((y + height) * scale))
    columns = slice(round(x * scale), round((x + width) * scale))
    pixels = picture_hi[rows, columns].astype(np.float32)
    size = (pixels.shape[1], pixels.shape[0])
    local = cv2.resize(gain[y : y + height, x : x + width], size, interpolation=cv2.INTER_LINEAR)
    fine = pixels - cv2.GaussianBlur(pixels, (0, 0), 0.6 * scale)
    damp = 0.45 * np.clip(np.abs(local @ LUMA - 1) / 0.12, 0, 1)[..., None]
    repaired = picture_hi.copy()
    result = (pixels - fine * damp) * local
    repaired[rows, columns] = np.clip(result + 0.5, 0, 255).astype(np.uint8)
    return repaired
