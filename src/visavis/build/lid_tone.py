"""A shut lid in the tone of the skin about it, so that no patch is seen.

Comes in: a :class:`~visavis.build.lid_view.Lid`, its rolled skin and opacity, what hangs before it.
Goes out: the skin, its wide tones drawn to those of the photo's own skin round the lid: wholly at
its edge, where a step would be seen, and less further in, where make-up and light may differ.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from visavis.build.filling import push_pull
from visavis.build.lid_view import Lid
from visavis.build.light import LUMA
from visavis.build.window import smoothstep

Array = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_RING, _BESIDE = 3.0, 6.0
"""Skin so near the lid says how light it is; skin so near, under the eye too, what hue, mm."""
_CLEAR = 2.5
"""Skin so near the eye's opening has lashes or the lower lid's rim on it, mm."""
_DARK, _LIGHT = 0.72, 1.45
"""What is darker or lighter than these shares of the ring's median is lash, line or shine."""
_INWARDS, _EDGE = 4.0, 2.5
"""So far from its edge a lid is free to differ as much as it may; within so much of it what the
photo shows there is right, mm."""
_LIGHTER, _DARKER = (0.0, 0.06), (0.03, 0.25)
"""How far a lid's log light may lie over and under the skin's about it, at its edge and inside."""
_HUE = (0.01, 0.05)
"""The same for its log ratios of red and blue to green."""
_OWN, _OWN_MM, _OWN_LIGHT = 0.5, (0.8, 3.5), 0.85
"""It may have this share of the hue that the lid itself shows in the photo, so far over its margin,
mm, where that is as light as the skin about it, by this share: lashes and liner have none.
"""
_RIM_SHADE, _RIM_SHADE_MM, _END_SHADE = 0.11, 2.5, 0.05
"""Shade of a lid right under a rim, how far it reaches, and its shade at the corners."""
_WIDE = 1.2
"""What is finer than this, mm, stays as it is."""


def toned(lid: Lid, skin: Array, alpha: Array, before: Mask) -> Array:
    """The skin in the tone of what is about it.

    Args:
        lid: the eye's surroundings.
        skin: float32 (h, w, 3), the lid rolled out.
        alpha: float32 (h, w) 0..1, where it counts.
        before: bool (h, w), rims and hair, whose colours say nothing.

    Returns:
        float32 (h, w, 3).
    """
    known, beside = _rings(lid, alpha, before)
    if beside.sum() < 30:
        return skin
    window = lid.window
    hues = window.blur(push_pull(lid.pixels, beside), _WIDE)
    lights = window.blur(push_pull(lid.pixels, known), _WIDE) if known.sum() >= 30 else hues
    wide, plain = window.blur(skin, _WIDE), window.blur(lid.pixels, 0.5 * _WIDE)
    inwards, edge = _inwards(lid, alpha, _INWARDS), 1 - _inwards(lid, alpha, _EDGE)
    bounds = -_between(_DARKER, inwards), _between(_LIGHTER, inwards)
    base = np.log(lights @ LUMA + 6)
    change = -_outside(
        np.log(wide @ LUMA + 6) - base, bounds, np.log(plain @ LUMA + 6) - base, edge
    )
    own = (lid.above > _OWN_MM[0]) & (lid.above < _OWN_MM[1]) & (lid.beyond < -2) & ~before
    own &= plain @ LUMA > _OWN_LIGHT * (lights @ LUMA)
    free = _between(_HUE, inwards)
    gains = []
    for channel in (0, 2):
        about = _hue(hues, channel)
        shown = _hue(plain, channel) - about
        shift = _OWN * float(np.median(shown[own])) if own.sum() > 30 else 0.0
        bounds = min(shift, 0.0) * inwards - free, max(shift, 0.0) * inwards + free
        gains.append(change - _outside(_hue(wide, channel) - about, bounds, shown, edge))
    gain = np.exp(np.dstack([gains[0], change, gains[1]]))
    # Hue changes no light.
    gain *= (np.exp(change) * (skin @ LUMA + 1) / ((skin * gain) @ LUMA + 1))[..., None]
    return np.asarray(skin * gain, np.float32)


def under_rim(lid: Lid, skin: Array, rim: Array) -> Array:
    """The skin in the soft shade that a rim of glasses leaves under itself.

    Args:
        lid: the eye's surroundings.
        skin: float32 (h, w, 3), the lid rolled out.
        rim: float32 (w,), height of the rim's lower edge over the margin, mm.

    Returns:
        float32 (h, w, 3).
    """
    below = np.maximum(rim - lid.above, 0)
    ends = smoothstep(-6.0, 0.0, lid.beyond)
    shade = np.maximum(_RIM_SHADE * np.exp(-((below / _RIM_SHADE_MM) ** 2)), _END_SHADE * ends)
    return np.asarray(skin * (1 - shade)[..., None], np.float32)


def _rings(lid: Lid, alpha: Array, before: Mask) -> tuple[Mask, Mask]:
    """Plain skin over and beside the lid, up to rim, brow and lashes; and with that below it."""
    window = lid.window
    skin = ~window.grow(before, 0.3) & ~window.grow(lid.brow, 0.2) & lid.face
    skin &= ((alpha < 0.5) | (lid.above < -1)) & ~window.grow(lid.opening > 0.02, _CLEAR)
    wide = skin & window.grow((alpha > 0.5) & (lid.above > 0) | (lid.opening > 0.5), _BESIDE)
    if wide.sum() < 30:
        return wide, wide
    light = window.blur(lid.pixels, 0.3) @ LUMA
    typical = float(np.median(light[wide]))
    wide &= (light > _DARK * typical) & (light < _LIGHT * typical)
    near = wide & window.grow((alpha > 0.5) & (lid.above > 0), _RING)
    return near & ((lid.above > 0) | (lid.beyond > 0.5)), wide


def _inwards(lid: Lid, alpha: Array, far: float) -> Array:
    """0 at the lid's edge to 1 so far inside, mm, float32 (h, w); its margin is no edge."""
    solid = (alpha > 0.5) | (lid.above < 0)
    away = cv2.distanceTransform(solid.astype(np.uint8), cv2.DIST_L2, 5)
    return smoothstep(0, far, away / lid.window.mm)


def _hue(pixels: Array, channel: int) -> Array:
    """Log ratio of a channel to green."""
    return np.asarray(np.log((pixels[..., channel] + 8) / (pixels[..., 1] + 8)), np.float32)


def _between(ends: tuple[float, float], share: Array) -> Array:
    return np.asarray(ends[0] + (ends[1] - ends[0]) * share, np.float32)


def _outside(value: Array, bounds: tuple[Array, Array], shown: Array, edge: Array) -> Array:
    """How far values lie outside bounds; at a lid's edge what the photo shows there is inside."""
    there = shown * edge
    low, high = np.minimum(bounds[0], there), np.maximum(bounds[1], there)
    return np.asarray(value - np.clip(value, low, high), np.float32)
