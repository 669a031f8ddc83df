"""What of glasses lies before a lid: a rim found in pieces, what lenses reflect, missed rims.

Comes in: a :class:`~visavis.build.lid_view.Lid`. Goes out: a mask of what stays in front of it, and
the height of the rim's lower edge over the eye.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from visavis.build.lid_view import Lid
from visavis.build.light import LUMA

Array = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_HIGHEST = 10.0
"""A rim is looked for up to this height over the margin, mm."""
_GLARE, _SURE = 1.12, 1.6
"""What is lighter than this share of the skin near a frame, and bluer, is a reflection; off the
frame it must be as light as the second somewhere."""
_SPOT = 5.0
"""A light smaller than this that does not touch a frame may lie on the skin, mm²."""
_OWN_FROM, _OWN_WITHIN, _OWN = 5.0, 8.0, 0.62
"""A frame is seen by itself from the first on, mm from the opening; nearer than the second, what
is not by the third's share of the way from skin to it is lash or fold."""
_RIM, _LINE, _RIM_CLEAR = 3.0, 0.25, 0.4
"""A rim is no higher than the first, mm; it differs from both sides by the second in log light,
half of it by the third."""
_RIM_FROM, _RIM_LONG = 1.4, 14.0
"""It is looked for from so far above the margin, and is at least this long, mm."""
_RIM_KNOWN = 0.75
"""Of an eye so much under a rim that was found, it is not looked for."""
_DARK = (75.0, 40.0)
"""Grey level of a frame that lashes may be taken for, and how far its channels differ, at most."""
_HANGING = (0.8, 0.4)
"""An edge so far below the expected one, mm, is that of lashes or a fold; the rim's is taken so far
below it."""
_RIM_LOWEST, _RIM_SEEN, _RIM_EVEN = 0.7, 0.4, 4.0
"""A rim's lower edge is at least so far above the margin, mm; it is one if it is seen over this
share of the eye; what is narrower than the last, mm, is no part of it."""


def in_front(lid: Lid) -> tuple[Mask, Mask]:
    """Frame, hair, and what a frame and its lenses reflect: lighter and bluer than skin.

    Returns:
        bool (h, w) of what stays in front of a lid, and of small lights that may as well lie on
        the skin: they neither stay nor come down with it.
    """
    if not (lid.frame & ~lid.hair).any():
        return lid.frame, np.zeros(lid.frame.shape, np.bool_)
    frame = _of_one_colour(lid)
    hue = np.log((lid.pixels[..., 0] + 8) / (lid.pixels[..., 2] + 8))
    ring = lid.face & ~lid.zone & ~lid.brow & ~lid.frame
    skin = float(np.median(hue[ring if ring.any() else ~lid.zone]))
    glare = (lid.light > _GLARE * lid.typical) & (hue < skin - 0.12)
    glare &= lid.window.grow(frame, 5) & ~lid.window.grow(lid.opening > 0.02, 0.5)
    glare = lid.window.opened(glare, 0.15)
    # A lid shines as well, but less, and away from the rim.
    at_frame = lid.window.grow(frame, 0.6)
    sure = (glare & (lid.light > _SURE * lid.typical)) | at_frame
    _, labels = cv2.connectedComponents(glare.astype(np.uint8))
    found = np.unique(labels[sure])
    small = np.bincount(labels.ravel()) < _SPOT * lid.window.mm**2
    small[np.unique(labels[at_frame])] = False
    spots = lid.window.grow(small[labels] & np.isin(labels, found[found > 0]), 0.5)
    before = frame | lid.window.grow(np.isin(labels, found[(found > 0) & ~small[found]]), 0.3)
    return np.asarray(before | _rim_above(lid), np.bool_), spots


def _of_one_colour(lid: Lid) -> Mask:
    """The frame without lashes, folds and shadows that hang together with it beside the eye."""
    rim = lid.frame & ~lid.hair
    eye = lid.opening > 0.1
    away = rim & ~lid.window.grow(eye, _OWN_FROM)
    skin = lid.face & ~lid.zone & ~lid.brow & ~lid.frame
    if away.sum() < 30 or skin.sum() < 30:
        return lid.frame
    log = np.log(np.maximum(lid.pixels, 0) + 8)
    seen = np.median(log[skin], axis=0)
    axis = np.median(log[away], axis=0) - seen
    alike = (log - seen) @ axis > _OWN * float(axis @ axis)
    own = lid.window.shrink(lid.window.grow(rim & alike, 0.4), 0.4)
    near = lid.window.grow(eye, _OWN_WITHIN)
    return np.asarray(lid.frame & (own | lid.hair | ~near), np.bool_)


def rim_line(lid: Lid, before: Mask, top: float) -> Array | None:
    """Height of a rim's lower edge over the margin in each column, mm; None without a rim.

    Pieces of a rim that were not found would come down with the lid: it counts as one line.
    """
    mm = lid.window.mm
    if not (before & ~lid.hair).any():
        return None
    rim = before & ~lid.hair & (lid.above > _RIM_LOWEST) & (lid.above < top + 3)
    lowest = np.where(rim, lid.above, np.inf).min(0)
    found = np.isfinite(lowest)
    if found[lid.beyond.min(0) < 0].mean() < _RIM_SEEN:
        return None
    x = np.arange(lid.window.shape[1], dtype=np.float32)
    line = np.interp(x, x[found], lowest[found])
    reach = round(0.5 * _RIM_EVEN * mm)
    padded = np.pad(line, reach, "edge")
    even = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1), axis=-1)
    soft = cv2.GaussianBlur(even[None].astype(np.float32), (0, 0), 0.8 * mm)[0]
    return np.asarray(soft, np.float32)


def like_lashes(lid: Lid) -> bool:
    """Whether a frame is as dark and grey as lashes, so that colour cannot tell them apart."""
    rim = lid.frame & ~lid.hair & ~lid.window.grow(lid.opening > 0.1, _OWN_FROM)
    if not rim.any():
        return False
    colour = np.median(lid.pixels[rim], axis=0)
    return float(colour @ LUMA) < _DARK[0] and float(np.ptp(colour)) < _DARK[1]


def without_hanging(own: Array, own_at: Array, other: Array, other_at: Array) -> Array:
    """A rim's lower edge without the lashes and folds that touch it, told by the other eye's rim.

    Two rims are mirror images. Whatever hangs together with one hangs below it, so the higher
    places of an edge say where the other rim would lie here.

    Args:
        own: float32 (w,), height of an eye's rim over its margin, mm.
        own_at: float32 (w,), place of its columns along the eye, -1 and 1 at the corners.
        other: float32 (v,), the other eye's.
        other_at: float32 (v,), place of its columns.

    Returns:
        float32 (w,), mm.
    """
    order = np.argsort(-other_at)
    mirrored = np.interp(own_at, -other_at[order], other[order]).astype(np.float32)
    within = np.abs(own_at) < 1
    if not within.any():
        return own
    expected = mirrored + np.percentile((own - mirrored)[within], 85).astype(np.float32)
    hanging = (expected - own > _HANGING[0]) & (np.abs(own_at) < 1.5)
    return np.asarray(np.where(hanging, expected - _HANGING[1], own), np.float32)


def _rim_above(lid: Lid) -> Mask:
    """Lines over the whole eye, darker or lighter than what is on both sides of them.

    A rim in another light than the bridge is not like it; it is told by its length and
    contrast. Where there is a rim already, it would be a fold.
    """
    mm = lid.window.mm
    over = lid.frame & (lid.above > 0) & (lid.above < 0.8 * _HIGHEST)
    between = lid.beyond.min(0) < 0
    if np.max(over, axis=0)[between].mean() > _RIM_KNOWN:
        return np.zeros(lid.frame.shape, np.bool_)
    light = np.log(lid.window.blur(lid.pixels, 0.15) @ LUMA + 6)
    high = cv2.getStructuringElement(cv2.MORPH_RECT, (1, round(_RIM * mm) | 1))
    darker = cv2.morphologyEx(light, cv2.MORPH_CLOSE, high) - light
    unlike = np.maximum(darker, light - cv2.morphologyEx(light, cv2.MORPH_OPEN, high))
    line = (lid.above > _RIM_FROM) & (lid.above < _HIGHEST) & (lid.beyond < 6)
    line &= unlike > _LINE
    count, labels, boxes, _ = cv2.connectedComponentsWithStats(line.astype(np.uint8))
    rims = np.zeros(line.shape, np.bool_)
    for label in range(1, count):
        if boxes[label, cv2.CC_STAT_WIDTH] > _RIM_LONG * mm:
            part = labels == label
            if float(np.median(unlike[part])) > _RIM_CLEAR:
                rims |= part
    return lid.window.grow(rims, 0.35)
