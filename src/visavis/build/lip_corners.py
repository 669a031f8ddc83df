"""The corners of a shut mouth without black spots and deep shade.

Comes in: a :class:`Subject` whose mouth is shut. Goes out: its texture-scale picture. Both would be
drawn out wide as the mouth opens, or left behind on the cheek as it rounds.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from visavis.build.filling import push_pull
from visavis.build.indices import LIP_RINGS
from visavis.build.light import luminance
from visavis.build.subject import Subject
from visavis.build.window import Window, smoothstep

Array = npt.NDArray[np.float32]

_SPOT, _SEAM_MM, _SPOT_MM2, _SPOT_WIDE_MM, _SPOT_FILLED = 0.08, 0.7, 2.5, 3.0, 0.85
"""A hole at a shut corner: so dark against its surroundings; of this area at least and this width
at most once everything less than twice as thick as a seam is gone; how far it is filled."""
_HOLLOW, _SHALLOWER, _HOLLOW_MM = 0.35, 0.7, (4.0, 7.0)
"""Beside a shut corner skin may be so much darker, in log of the encoded value, than that about it;
of what goes beyond, this share is taken, wholly within the first, not at all from the last, mm."""
_LAUGH, _LAUGH_SHALLOWER, _LAUGH_MM = 0.2, 0.8, (6.0, 11.0)
"""The same beside a laugh's corners, which have moved inwards,"""
_HAIRY = (0.07, 0.13)
"""but not where light finer than 0.8 mm varies in log by the first of these, or at all by the
second: in a beard.
"""


def clear_corners(subject: Subject) -> npt.NDArray[np.uint8]:
    """Lighten what is black or in deep shade at the corners of a shut mouth.

    Args:
        subject: the framed picture.

    Returns:
        uint8 (H*s, W*s, 3): ``subject.picture_hi``, itself where nothing had to be done.
    """
    ring = LIP_RINGS[0]
    window = Window.around(subject, subject.landmarks[ring], 13)
    pixels = window.cut(subject.picture_hi)
    light = luminance(pixels)
    repaired = subject.picture_hi
    for corner in (61, 291):
        away = window.away(subject.landmarks[corner]) / subject.mm
        usual = float(np.median(light[(away > 4) & (away < 9)]))
        # thicker than a seam's line is
        spot = window.shrink((away < 8) & (light < _SPOT * usual), _SEAM_MM)
        columns = np.flatnonzero(spot.any(0))
        if len(columns) == 0 or np.ptp(columns) > _SPOT_WIDE_MM * window.mm:
            continue
        if spot.sum() < _SPOT_MM2 * window.mm**2:
            continue
        damaged = window.grow(spot, _SEAM_MM + 0.9)
        fill = push_pull(pixels, ~damaged)
        share = _SPOT_FILLED * window.blur(damaged, 0.4)[..., None]
        pixels = pixels + (fill - pixels) * share
        repaired = subject.picture_hi.copy()
    if subject.kind == "photo":
        lighter = _hollow_gain(window, pixels, subject)
        if float(lighter.max()) > 1.01:
            pixels = pixels * lighter[..., None]
            repaired = subject.picture_hi.copy()
    if repaired is not subject.picture_hi:
        repaired[window.texels] = np.clip(pixels + 0.5, 0, 255).astype(np.uint8)
    return repaired


def laugh_gain(window: Window, pixels: Array, subject: Subject) -> Array:
    """Gain (h, w) that takes most of a laugh's shade from beside its corners, drawn in by now.

    Args:
        window: the mouth's.
        pixels: (h, w, 3) encoded, the mouth shut.
        subject: the framed picture.
    """
    gain = _hollow_gain(window, pixels, subject, _LAUGH, _LAUGH_SHALLOWER, _LAUGH_MM)
    light = np.log(pixels.mean(2) + 6)
    fine = light - window.blur(light, 0.8)
    beard = smoothstep(*_HAIRY, np.sqrt(window.blur(fine * fine, 3.0)))
    return np.asarray(1 + (gain - 1) * (1 - beard), np.float32)


def _hollow_gain(
    window: Window,
    pixels: Array,
    subject: Subject,
    hollow: float = _HOLLOW,
    shallower: float = _SHALLOWER,
    reach: tuple[float, float] = _HOLLOW_MM,
) -> Array:
    """Gain (h, w) that makes deep shade beside shut corners shallower.

    Lips that round leave it behind, a smudge on the cheek.
    """
    log = np.log(pixels.mean(2) + 6)
    outside = ~window.grow(window.polygon(subject.landmarks[LIP_RINGS[0]]) > 0.5, 0.3)
    lift = np.zeros(window.shape, np.float32)
    for corner in (61, 291):
        away = window.away(subject.landmarks[corner]) / subject.mm
        skin = outside & (away > reach[0]) & (away < reach[1] + 3)
        if not skin.any():
            continue
        depth = float(np.median(log[skin])) - window.mean_within(log, outside, 0.5)
        near = 1 - smoothstep(*reach, away)
        lift = np.maximum(lift, shallower * np.maximum(depth - hollow, 0) * near)
    return np.asarray(np.exp(window.blur(lift * outside, 0.4)), np.float32)
