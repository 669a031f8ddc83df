"""Evens the light on lips that were parted widely, where the shut mouth has no reason for it.

Comes in: the mouth's pixels and masks of one lip. Goes out: the pixels, its glare dimmed, a
shadow's edge across it softened, its specks beside the teeth taken off.

A laugh turns a lip outwards and draws it thin: half of it lies in the sun, a gloss runs along it, a
corner of it is in shade. Drawn together again it would be a white half, a streak, a patch. A lip's
usual course of light from its inner to its outer edge is kept; what differs from that along the lip
is brought back to a little.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from visavis.build.light import LUMA
from visavis.build.window import Window, smoothstep

Array = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_DEPTHS = 8
"""Parts of the way from the inner to the outer edge, in each of which the usual light is found."""
_FINEST_MM, _SOFT_MM = 0.4, 1.2
"""What is finer is the lip's texture; how soft the rest of a light becomes that was mostly taken
off."""
_MOST, _MOST_RANGE = 4.0, (0.03, 0.12)
"""How far light may be from the usual, in log of the encoded value, of the texture's standard
deviation, and at least and at most: on a smooth lip a faint streak is seen."""
_MOST_TINT = 0.6
"""How far one colour of it may be, of that."""
_EDGE_MM = 1.2
"""Within so much of light that was taken off is its edge."""
_ABOUT_MM, _PATCHY, _STAYS = 8.0, (0.36, 0.48), (0.3, 0.3)
"""Where light on the skin so near varies in log by the first of these to the second, as under hard
sun, it does on lips: so much more of it and of its colour stays.
"""
_LEAST_AT_ENDS = 0.4
"""How much of that is left at the corners, where both lips are one."""
_SPECK = 3.0
"""Texture stands out by so many of its standard deviations at most: what stands out more is a rest
of teeth, or the edge of a light that was taken off."""
_FEWEST = 60
_FLOOR = 6.0
"""Added to values before their logarithm: noise in deep shade is no light."""


def patchiness(window: Window, pixels: Array, both: Array) -> float:
    """How patchy the light on the skin about the mouth is, 0 soft to 1 hard sun and shade.

    Args:
        window: the mouth's.
        pixels: (h, w, 3) encoded.
        both: (h, w) 0..1, the lips and what is between them.
    """
    lips = both > 0.5
    skin = window.grow(lips, _ABOUT_MM) & ~window.grow(lips, 1)
    light = window.blur(np.log(pixels @ LUMA + _FLOOR), _SOFT_MM)
    spread = float(np.std(light[skin])) if skin.any() else 0.0
    return float(smoothstep(*_PATCHY, spread))


def evened(
    window: Window,
    pixels: Array,
    lip: Mask,
    known: Mask,
    hole: Array,
    ends: Array,
    patchy: float = 0.0,
) -> Array:
    """Even the light on one lip.

    Args:
        window: the mouth's.
        pixels: (h, w, 3) encoded.
        lip: (h, w) the whole lip, without the hole.
        known: (h, w) what shows the lip as it is.
        hole: (h, w) 0..1, the open mouth.
        ends: (h, w) how near to a corner, 0..1.
        patchy: how much of such light the skin about has, see :func:`patchiness`.

    Returns:
        float32 (h, w, 3); as it was where the lip is not, or hardly seen.
    """
    seen = lip & known
    if seen.sum() < _FEWEST:
        return pixels
    light = np.log(pixels + _FLOOR)
    depth = _depth(lip, hole)
    odd = light - _usual(light, depth, seen)
    broad = window.mean_within(odd, seen, _FINEST_MM)
    bright = broad @ LUMA
    fine = odd - broad
    texture = 1.48 * float(np.median(np.abs(fine[seen])))
    free = float(np.clip(_MOST * texture, *_MOST_RANGE)) + _STAYS[0] * patchy
    most = np.float32(free) * (1 - (1 - _LEAST_AT_ENDS) * ends)
    tint = np.float32(_MOST_TINT + _STAYS[1] * patchy) * most
    kept = _limited(bright, most)[..., None]
    kept = kept + _limited(broad - bright[..., None], tint[..., None])
    # Where much was taken off, what is left ends in an edge.
    edged = window.blur(window.grow(seen & (np.abs(bright) > most), _EDGE_MM), 0.6)[..., None]
    kept = kept + (window.mean_within(kept, seen, _SOFT_MM) - kept) * edged
    speck = _SPECK * texture
    gain = kept - broad + np.clip(fine, -speck, speck) - fine
    where = window.blur(lip, 0.4)[..., None]
    return np.asarray((pixels + _FLOOR) * np.exp(gain * where) - _FLOOR, np.float32)


def _depth(lip: Mask, hole: Array) -> Array:
    """How far each pixel is from the inner edge (0) to the outer (1)."""
    beside = cv2.distanceTransform((hole < 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    inside = cv2.distanceTransform((lip | (hole >= 0.5)).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(beside / np.maximum(beside + inside, 1e-3), np.float32)


def _usual(light: Array, depth: Array, seen: Mask) -> Array:
    """The median light at each pixel's depth, (h, w, 3)."""
    part = np.minimum((depth * _DEPTHS).astype(int), _DEPTHS - 1)
    whole = np.median(light[seen], axis=0)
    course = np.empty((_DEPTHS, 3))
    for k in range(_DEPTHS):
        here = light[seen & (part == k)]
        trust = min(len(here) / _FEWEST, 1.0)
        course[k] = whole + trust * (np.median(here, axis=0) - whole) if len(here) else whole
    smooth = cv2.blur(course, (1, 3), borderType=cv2.BORDER_REPLICATE)
    at = depth * _DEPTHS - 0.5
    usual = [np.interp(at, np.arange(_DEPTHS), smooth[:, c]) for c in range(3)]
    return np.stack(usual, -1).astype(np.float32)


def _limited(value: Array, most: Array) -> Array:
    return np.asarray(most * np.tanh(value / most), np.float32)
