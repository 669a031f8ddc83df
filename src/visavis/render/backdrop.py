"""What lies behind the person in the output picture.

Comes in: the avatar's background and the caller's wish. Goes out: a premultiplied RGBA picture of
the output's size. Where the output is larger than the canvas, the picture is mirrored outwards and
grows softer with the distance.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from visavis.errors import InvalidOption
from visavis.render.opencv import cv2
from visavis.render.view import View

Picture = npt.NDArray[np.uint8]
Background = Literal["still", "transparent"] | tuple[int, int, int] | Picture | None
"""None or "still": the avatar's own; a colour; a picture (h, w, 3) that fills the output."""

SHOULDER_SHARE = 0.14
"""Beyond the canvas the person fades out over this share of the height."""

STRETCH = 0.62
"""Px of the picture taken per px filled beyond it; less than 1 makes the mirror less plain."""

_POSSIBLE = '"still", "transparent", an (r, g, b) colour or an RGB picture (h, w, 3)'


def backdrop(own: Picture, view: View, wish: Background) -> Picture:
    """The picture behind the person.

    Args:
        own: (H, W, 3) uint8 RGB, the avatar's background at canvas resolution.
        view: the output.
        wish: see :data:`Background`.

    Returns:
        (h, w, 4) uint8 premultiplied RGBA.

    Raises:
        InvalidOption: neither of what is possible.
    """
    if isinstance(wish, str) and wish not in ("still", "transparent"):
        raise InvalidOption(f"background {wish!r}: {_POSSIBLE}")
    if isinstance(wish, np.ndarray) and (wish.ndim != 3 or wish.shape[2] != 3):
        raise InvalidOption(f"background of shape {wish.shape}: {_POSSIBLE}")
    width, height = view.size
    result = np.full((height, width, 4), 255, np.uint8)
    if wants_own(wish):
        result[..., :3] = _on_view(own, view)
    elif isinstance(wish, str):
        result[:] = 0
    elif isinstance(wish, np.ndarray):
        result[..., :3] = _cover(wish, width, height)
    elif wish is not None:
        result[..., :3] = np.array(wish, np.uint8)
    return result


def wants_own(wish: Background) -> bool:
    """Whether the avatar's own background is asked for."""
    return wish is None or (isinstance(wish, str) and wish == "still")


def _on_view(own: Picture, view: View) -> Picture:
    height, width = own.shape[:2]
    if (view.scale, *view.size, *view.offset) == (1, width, height, 0, 0):
        return own
    shift = (view.scale - 1) / 2  # pixel centres, not edges
    matrix = np.array(
        [[view.scale, 0, view.offset[0] + shift], [0, view.scale, view.offset[1] + shift]]
    )
    flags = cv2.INTER_LINEAR if view.scale < 1 else cv2.INTER_CUBIC
    moved: Picture = cv2.warpAffine(
        own, matrix, view.size, flags=flags, borderMode=cv2.BORDER_REFLECT
    )
    return moved


def _cover(picture: Picture, width: int, height: int) -> Picture:
    scale = max(width / picture.shape[1], height / picture.shape[0])
    size = (
        max(width, round(picture.shape[1] * scale)),
        max(height, round(picture.shape[0] * scale)),
    )
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    large: Picture = cv2.resize(picture, size, interpolation=interpolation)
    x, y = (size[0] - width) // 2, (size[1] - height) // 2
    return large[y : y + height, x : x + width]


def covered(view: View, canvas: tuple[int, int]) -> tuple[int, int, int, int]:
    """The part of the output that the canvas covers: x0, y0, x1, y1."""
    width, height = view.size
    x0 = max(round(view.offset[0]), 0)
    x1 = min(round(view.offset[0] + canvas[0] * view.scale), width)
    y0 = max(round(view.offset[1]), 0)
    y1 = min(round(view.offset[1] + canvas[1] * view.scale), height)
    return x0, y0, x1, y1


def continue_sides(still: Picture, behind: Picture, view: View, canvas: tuple[int, int]) -> None:
    """Fill what lies beyond the canvas with the still picture, mirrored, stretched and softened.

    The person fades away soon: a second one must not appear.

    Args:
        still: (h, w, 4) the avatar at rest over its background.
        behind: (h, w, 4) the backdrop, changed in place.
        view: the output.
        canvas: canvas width and height, px.
    """
    width, height = view.size
    x0, y0, x1, y1 = covered(view, canvas)
    x, beside = _mirrored(width, x0, x1)
    y, above = _mirrored(height, y0, y1)
    map_x = np.ascontiguousarray(np.broadcast_to(x, (height, width)))
    map_y = np.ascontiguousarray(np.broadcast_to(y[:, None], (height, width)))
    person, empty = (
        cv2.remap(picture, map_x, map_y, cv2.INTER_LINEAR).astype(np.float32)
        for picture in (still, behind)
    )
    beyond = np.maximum(beside[None], above[:, None])[..., None]
    gone = np.clip(beyond / (SHOULDER_SHARE * height), 0, 1)
    mirrored = person + (empty - person) * (gone * gone * (3 - 2 * gone))
    result = mirrored.copy()
    for sigma in (height / 400, height / 160, height / 70):
        # each softer copy takes over further out
        soft = cv2.GaussianBlur(mirrored, (0, 0), sigma)
        result += (soft - result) * np.clip(beyond / (sigma * 8), 0, 1)
    outside = beyond[..., 0] > 0
    behind[outside] = np.clip(result[outside] + 0.5, 0, 255).astype(np.uint8)


def _mirrored(
    length: int, start: int, end: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Where each px of a line looks inside start..end, and how far outside it lies, px."""
    at = np.arange(length, dtype=np.float32)
    before, after = np.maximum(start - at, 0), np.maximum(at - (end - 1), 0)
    inside = np.where(before > 0, start + (before - 1) * STRETCH, at)
    inside = np.where(after > 0, end - 1 - (after - 1) * STRETCH, inside)
    return np.clip(inside, start, end - 1).astype(np.float32), np.maximum(before, after)
