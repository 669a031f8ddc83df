"""Continues a background beyond the photo's sides, so that nobody sees where it was made up.

Comes in: the background of the photo's columns, where the person hides it. Goes out: the
background of the whole canvas.

Mirrored structure (a letter, a door, a branch) is seen at once, so only tones are continued:
mirrored for a few millimetres, then drawn out and blurred the more the farther away. A background
of one texture throughout (leaves, bricks, boards, grass) gets what the blur takes back from the
photo's other side, which follows on as the next tile does: nothing repeats beside itself.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from visavis.build.light import LUMA
from visavis.build.window import smoothstep

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

_DEPTH = 0.06
"""So much of the photo, in canvas heights, is drawn out over what is beyond it."""
_SLOPE = 0.8
"""Px of the photo taken per px filled, next to it."""
_GROWS, _SOFTEST = 0.32, 0.045
"""Blur (its sigma) per px of distance; and the most, in canvas heights."""
_LEVELS = (1 / 320, 1 / 160, 1 / 80, 1 / 40, 1 / 20)
"""Blurs that are really made, in canvas heights; what lies between is mixed."""
_ALIKE = (0.45, 0.58)
"""Contrast of the calmest places by that of the busiest from which on a texture goes on, fully."""
_COARSE, _AROUND = 1 / 60, 1 / 34
"""Texture is what is finer than the first, measured over the second, in canvas heights."""
_FLOOR = np.float32(24)
"""Grey levels below which contrast is not trusted."""
_KEPT = 0.9
"""Share of the texture that is given back."""


def continue_background(picture: Bytes, hidden: Floats, pads: tuple[int, int]) -> Bytes:
    """The background of a photo, continued at its sides.

    Args:
        picture: uint8 (H, w, 3) RGB of the photo's columns, the person painted over.
        hidden: float32 (H, w), 0..1, how much of it the person hides.
        pads: columns missing at the left and at the right.

    Returns:
        uint8 (H, pads[0] + w + pads[1], 3).
    """
    height, width = picture.shape[:2]
    x = np.arange(-pads[0], width + pads[1], dtype=np.float32)
    away = np.maximum(np.maximum(-0.5 - x, x - (width - 0.5)), 0)
    depth = _DEPTH * height
    into = depth * (1 - np.exp(-away * _SLOPE / depth))
    drawn_out = np.where(x < 0, into, np.where(x >= width, width - 1 - into, x))
    sigma = np.minimum(_GROWS * away, _SOFTEST * height)
    tones = _columns(picture, drawn_out)
    result = _blurred(tones, sigma)
    share = _KEPT * float(smoothstep(*_ALIKE, evenness(picture, hidden)))
    if share > 0:
        tiled = _columns(picture, np.mod(x, width))
        # as a ratio: what is dark in a bright hedge is no hole in a dark one
        contrast = (tiled + _FLOOR) / (_blurred(tiled, sigma) + _FLOOR)
        result = np.asarray((result + _FLOOR) * contrast**share - _FLOOR, np.float32)
    return np.asarray(np.clip(np.round(result), 0, 255), np.uint8)


def softened(picture: Bytes, away: Floats) -> Floats:
    """What is made up beyond a photo's side, out of focus the more the farther away.

    Args:
        picture: uint8 (H, w, C).
        away: float32 (w,), distance of the columns, px.

    Returns:
        float32 (H, w, C).
    """
    return _blurred(picture, np.minimum(_GROWS * away, _SOFTEST * picture.shape[0] / 2))


def evenness(picture: Bytes, hidden: Floats) -> float:
    """Whether a background is of one texture: contrast of its calm places by its busy ones.

    Args:
        picture: uint8 (H, w, 3) RGB.
        hidden: float32 (H, w), 0..1; what is hidden does not count.

    Returns:
        0 (plain here, busy there, or nothing to be seen) to 1 (the same everywhere).
    """
    height = picture.shape[0]
    light = np.asarray(picture @ LUMA, np.float32)
    fine = light - cv2.GaussianBlur(light, (0, 0), _COARSE * height)
    free = np.asarray(hidden < 0.02, np.float32)
    sigma, size = _AROUND * height / 4, (picture.shape[1] // 4, height // 4)
    # what is looked at is coarse by now
    energy, shown = (
        np.asarray(cv2.resize(x, size, interpolation=cv2.INTER_AREA), np.float32)
        for x in (fine * fine * free, free)
    )
    seen = np.asarray(cv2.GaussianBlur(shown, (0, 0), sigma), np.float32)
    energy = np.asarray(cv2.GaussianBlur(energy, (0, 0), sigma), np.float32)
    where = (shown > 0) & (seen > 0.5)
    if not where.any():
        return 0.0
    calm, busy = np.percentile(energy[where] / seen[where], (15, 85))
    return float(np.sqrt(calm / max(float(busy), 1e-3)))


def _columns(picture: Bytes, columns: Floats) -> Bytes:
    """The picture's columns at the given places."""
    shape = (picture.shape[0], len(columns))
    map_x = np.ascontiguousarray(np.broadcast_to(columns, shape), np.float32)
    rows = np.arange(shape[0], dtype=np.float32)[:, None]
    map_y = np.ascontiguousarray(np.broadcast_to(rows, shape))
    laid = cv2.remap(picture, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(laid, np.uint8)


def _blurred(picture: Bytes, sigma: Floats) -> Floats:
    """The picture, each column blurred by its own sigma, px."""
    result = picture.astype(np.float32)
    reach = int(3 * _LEVELS[-1] * picture.shape[0])
    blurred = np.flatnonzero(sigma > 0)
    # the two sides apart: between them nothing is blurred
    for side in np.split(blurred, np.flatnonzero(np.diff(blurred) > 1) + 1):
        if len(side):
            part = slice(max(int(side[0]) - reach, 0), int(side[-1]) + reach + 1)
            _blur(result[:, part], picture[:, part], sigma[part])
    return result


def _blur(result: Floats, picture: Bytes, sigma: Floats) -> None:
    """Blur the picture's columns into ``result``, which is the picture."""
    height, width = picture.shape[:2]
    less = 0.0
    for level in _LEVELS:
        more = level * height
        share = np.clip((sigma - less) / (more - less), 0, 1)[None, :, None]
        factor = max(int(more // 3), 1)
        size = (max(width // factor, 1), max(height // factor, 1))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), more / factor, borderType=cv2.BORDER_REPLICATE)
        soft = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
        result += (soft.astype(np.float32) - result) * share
        less = more
