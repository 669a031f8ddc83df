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
_RIM, _LINE, _RIM_CLEAR = 3.0, 0.25, 0.4
"""A rim is no higher than the first, mm; it differs from both sides by the second in log light,
half of it by the third."""
_RIM_FROM, _RIM_LONG = 1.4, 14.0
"""It is looked for from so far above the margin, and is at least this long, mm."""
_RIM_KNOWN = 0.75
"""Of an eye so much under a rim that was found, it is not looked for."""
_RIM_LOWEST, _RIM_SEEN, _RIM_EVEN = 0.7, 0.4, 4.0
"""A rim's lower edge is at least so far above the margin, mm; it is one if it is seen over this
share of the eye; what is narrower than the last, mm, is no part of it."""


def in_front(lid: Lid) -> Mask:
    """Frame, hair, and what a frame and its lenses reflect: lighter and bluer than skin."""
    if not (lid.frame & ~lid.hair).any():
        return lid.frame
    hue = np.log((lid.pixels[..., 0] + 8) / (lid.pixels[..., 2] + 8))
    ring = lid.face & ~lid.zone & ~lid.brow & ~lid.frame
    skin = float(np.median(hue[ring if ring.any() else ~lid.zone]))
    glare = (lid.light > _GLARE * lid.typical) & (hue < skin - 0.12)
    glare &= lid.window.grow(lid.frame, 5) & ~lid.window.grow(lid.opening > 0.02, 0.5)
    glare = lid.window.opened(glare, 0.15)
    # A lid shines as well, but less, and away from the rim.
    sure = (glare & (lid.light > _SURE * lid.typical)) | lid.window.grow(lid.frame, 0.6)
    _, labels = cv2.connectedComponents(glare.astype(np.uint8))
    found = np.unique(labels[sure])
    before = lid.frame | lid.window.grow(np.isin(labels, found[found > 0]), 0.3)
    return np.asarray(before | _rim_above(lid), np.bool_)


def rim_line(lid: Lid, before: Mask, top: float) -> Array | None:
    """Height of a rim's lower edge over the margin in each column, mm; None without a rim.

    Pieces of a rim that were not found would come down with the lid: it counts as one line.
    """
    mm = lid.window.mm
    if not (lid.frame & ~lid.hair).any():
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
