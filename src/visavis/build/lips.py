"""The lips' texture with the open mouth taken out.

Comes in: a :class:`Subject` and its rig. Goes out: the texture-scale picture in which the hole
between the lips, its fringe of teeth and shadow, and the dark corners of a smile are lip and skin,
so that nothing of them is drawn along when the mouth shuts.

Upper lip, lower lip and skin are filled each from itself: one common fill streaks across the seam
and eats the ends of the lips.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from visavis.build.filling import mirrored_detail, push_pull
from visavis.build.indices import LIP_RINGS
from visavis.build.light import is_grey, luminance
from visavis.build.lip_corners import clear_corners, laugh_gain
from visavis.build.lip_evenness import evened, patchiness
from visavis.build.lip_relief import relief, set_off
from visavis.build.outlines import FaceShape, Points
from visavis.build.subject import Subject
from visavis.build.window import Window, smoothstep

Array = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_SHUT = 1.2
"""Lips closer than this, mm, are left as they are."""
_WIDE = 4.0
"""From this gap, mm, the fringe round the hole is wide and has teeth in it."""
_PARTED = (6.0, 7.5)
"""Up to the first of these gaps, mm, parted lips are lit as if shut; from the second on they are
turned out by a laugh."""
_COLOURLESS = 0.06
"""Lips less saturated than this (a grey picture) differ from teeth by brightness alone."""
_LINE, _LINE_MM = 0.8, 2.5
"""Under a wide gap, what is so dark against the lower lip within so many mm is the teeth's
shadow. The upper lip lies in shade itself."""
_SMILE = 0.4
"""From this much smile the corners are searched for shadow."""

_ENDS_MM = (2.0, 9.0)
"""Within these of a corner made-up lips lose what sets them apart."""
_CORNER = np.array([0.09, 0.17, 0.17], np.float32)
"""Darkest shade of a made-up corner; shadow on skin is warm, an even one looks like dirt."""


@dataclass(frozen=True)
class _Lips:
    """Masks over a window.

    The hole, both lips with it, where a fill is lip, the upper half, how near to a made-up corner.
    """

    hole: Array
    both: Array
    filled: Array
    upper: Array
    ends: Array


def repair_lips(subject: Subject, rig: FaceShape) -> npt.NDArray[np.uint8]:
    """Take the open mouth out of the picture.

    Args:
        subject: the framed picture.
        rig: the rig fitted to it.

    Returns:
        uint8 (H*s, W*s, 3): ``subject.picture_hi`` with the mouth repaired; where the lips are
        shut (gap up to 1.2 mm) at most black spots and deep shade at the corners are lightened.
    """
    if rig.gap <= _SHUT:
        return clear_corners(subject)
    ring = LIP_RINGS[0]
    window = Window.around(subject, subject.landmarks[ring], 13)
    pixels = window.cut(subject.picture_hi)
    lips = _lip_masks(window, subject, rig)
    damaged = _damage(window, pixels, lips, subject, rig)
    made_up = rig.gap > _WIDE and subject.kind == "photo"
    if made_up:
        patchy = patchiness(window, pixels, lips.both)
        patchy = max(patchy, 1 - float(smoothstep(*_PARTED, rig.gap)))
        for half in (lips.upper > 0.5, lips.upper <= 0.5):
            lip = (lips.both > 0.5) & (lips.hole < 0.5) & half
            pixels = evened(window, pixels, lip, ~damaged, lips.hole, lips.ends, patchy)
    # Beside a narrow gap the lips' light is known: a shadow's edge runs on through what is filled.
    light = _light(window, pixels, lips, damaged) if rig.gap <= _WIDE else np.float32(1)
    fill = light * _fill(window, pixels / light, lips, damaged, subject.kind == "photo")
    if rig.smile > _SMILE:
        fill = fill * _corner_shade(window, subject)
    if made_up:
        fill = fill * relief(window, lips.hole, lips.both, lips.upper, lips.ends)[..., None]
    share = np.maximum(window.blur(damaged, 0.35), lips.hole > 0)[..., None]
    repaired = subject.picture_hi.copy()
    mixed = pixels + (fill - pixels) * share
    if made_up:
        below = (lips.both > 0.5) & (lips.upper < 0.5)
        mixed = mixed * set_off(window, pixels, ~damaged, below)[..., None]
        mixed = mixed * laugh_gain(window, mixed, subject)[..., None]
    repaired[window.texels] = np.clip(mixed + 0.5, 0, 255).astype(np.uint8)
    return repaired


def _lip_masks(window: Window, subject: Subject, rig: FaceShape) -> _Lips:
    upper = rig.source[rig.lip_upper, :2].astype(np.float64)
    lower = rig.source[rig.lip_lower, :2].astype(np.float64)
    ring = LIP_RINGS[0]
    outer = subject.landmarks[ring, :2]
    top = subject.landmarks[[ring[0], *ring[:10:-1], ring[10]], :2]
    seam = (upper + lower) / 2
    both = window.polygon(outer)
    made_up = rig.gap > _WIDE or rig.smile > _SMILE
    return _Lips(
        hole=window.polygon(np.concatenate([lower, upper[::-1]])),
        both=both,
        filled=both * _away_from_corners(window, subject, 0.2, 4.0) if made_up else both,
        upper=window.polygon(np.concatenate([top, seam[::-1]])),
        ends=1 - _away_from_corners(window, subject, *_ENDS_MM) if made_up else both * 0,
    )


def _away_from_corners(window: Window, subject: Subject, near: float, far: float) -> Array:
    """0 within ``near`` mm of the lips' outer corners, 1 from ``far`` mm on.

    Made-up lips end in a point.
    """
    share = np.ones(window.shape, np.float32)
    for corner in (61, 291):
        away = window.away(subject.landmarks[corner]) / subject.mm
        share = share * smoothstep(near, far, away)
    return share


def _corner_shade(window: Window, subject: Subject) -> Array:
    """The small shadow in which a shut mouth ends, in place of a smile's deep one: (h, w, 3)."""
    depth = np.zeros(window.shape, np.float32)
    for inner, outer in ((78, 61), (308, 291)):
        at = subject.landmarks[[inner, outer], :2].mean(0)
        away = window.away(at) / subject.mm
        depth = np.maximum(depth, np.exp(-((away / 2.2) ** 2)))
    shade = np.full(3, _CORNER.mean()) if is_grey(subject) else _CORNER
    return np.asarray(1 - depth[..., None] * shade, np.float32)


def _light(window: Window, pixels: Array, lips: _Lips, damaged: Mask) -> Array:
    """The light on lips and skin (h, w, 1), smooth, 1 in the mean over the lips."""
    known = ~window.grow(damaged, 0.3)
    log = np.log(pixels.mean(2) + 4)
    log = log - float(np.median(log[known & (lips.both > 0.5)])) if known.any() else log * 0
    near = window.mean_within(log, known, 1.6)
    far = window.mean_within(log, known, 4.0)
    trust = np.clip(window.blur(known, 1.6) / 0.1, 0, 1)
    return np.asarray(np.exp(far + (near - far) * trust)[..., None], np.float32)


def _damage(window: Window, pixels: Array, lips: _Lips, subject: Subject, rig: FaceShape) -> Mask:
    """What has to be filled: the hole, what shows of teeth and shadow beside it, dark corners."""
    wide = rig.gap > _WIDE
    inside = lips.hole > 0.02
    light = luminance(pixels)
    brightest = pixels.max(2)
    colourful = (brightest - pixels.min(2)) / np.maximum(brightest, 1)
    plain = (lips.both > 0) & ~window.grow(inside, 1.5)
    if not plain.any():
        plain = lips.both > 0
    lip_light, lip_colour = float(np.median(light[plain])), float(np.median(colourful[plain]))
    fringe = window.grow(inside, 2.3 if wide else 0.9) & (lips.hole < 0.5)
    dark = light < 0.42 * lip_light
    if lip_colour > _COLOURLESS:
        tooth = (colourful < 0.62 * lip_colour) & (light > 1.15 * lip_light)
    else:
        tooth = light > 1.6 * lip_light
    tooth &= lips.both > 0
    junk = fringe & (dark | tooth)
    if wide:
        below = (lips.both > 0.5) & (lips.upper < 0.5)
        around = window.mean_within(light, plain & below, _LINE_MM)
        junk |= fringe & below & (light < _LINE * around)
    # The outline often runs inside the gap: what is as dark as the gap itself belongs to it.
    if inside.any():
        deep = light < max(1.6 * float(np.percentile(light[inside], 25)), 0.06 * lip_light)
        deep &= window.grow(inside, 2.3) & (lips.both > 0.5) & (light < 0.25 * lip_light)
        junk |= _touching(deep, window.grow(inside, 0.3))
    if rig.smile > _SMILE:
        for outer, inner in ((61, 78), (291, 308)):
            junk |= _dark_corner(window, light, lips, subject.landmarks[[outer, inner], :2])
    return window.grow(inside, 0.8 if wide else 0.45) | window.grow(junk, 0.5)


def _touching(mask: Mask, core: Mask) -> Mask:
    """The connected parts of a mask that touch the core."""
    count, labels = cv2.connectedComponents((mask | core).astype(np.uint8))
    reached = np.zeros(count, np.bool_)
    reached[np.unique(labels[core])] = True
    reached[0] = False
    return np.asarray(mask & reached[labels], np.bool_)


def _dark_corner(window: Window, light: Array, lips: _Lips, corner: Points) -> Mask:
    """The shadow a smile has at a mouth corner, within 5.2 x 4.2 mm of it."""
    outer, inner = window.local(corner)
    along = (outer - inner) / max(float(np.linalg.norm(outer - inner)), 1e-3)
    centre = inner + along * 1.2 * window.mm
    rows, columns = window.shape
    x = np.arange(columns) - centre[0]
    y = np.arange(rows)[:, None] - centre[1]
    lengthwise = (x * along[0] + y * along[1]) / (5.2 * window.mm)
    crosswise = (y * along[0] - x * along[1]) / (4.2 * window.mm)
    near = lengthwise**2 + crosswise**2 < 1
    ring = window.grow(near, 3) & ~near & (lips.hole == 0)
    if not ring.any():
        return np.zeros(window.shape, np.bool_)
    return np.asarray(near & (light < 0.62 * float(np.median(light[ring]))), np.bool_)


def _fill(window: Window, pixels: Array, lips: _Lips, damaged: Mask, textured: bool) -> Array:
    """Colour for the damaged part, and the neighbours' fine texture."""
    known = ~damaged
    core = known & window.shrink(lips.both > 0.5, 0.3)
    parts = (
        core & (lips.upper > 0.5),
        core & (lips.upper <= 0.5),
        known & ~window.grow(lips.both > 0.5, 0.8),
    )
    upper, lower, skin = (_fill_part(window, pixels, part, textured) for part in parts)
    above = window.blur(lips.upper, 0.4)[..., None]
    within = window.blur(lips.filled, 0.5)[..., None]
    lip = lower + (upper - lower) * above
    # Towards the corners both lips are one; a pale end of one of them looks like a tag of skin.
    end = (0.5 * (upper + lower) + skin) / 2
    lip = lip + (end - lip) * lips.ends[..., None]
    return skin + (lip - skin) * within


def _fill_part(window: Window, pixels: Array, known: Mask, textured: bool) -> Array:
    smooth = push_pull(pixels, known)
    if not textured:
        return smooth
    fine = mirrored_detail(pixels, known, 0.7 * window.mm, reach=4.0 * window.mm)
    return np.asarray(smooth + np.clip(fine, -40, 40), np.float32)
