"""Which parts of the picture a person can reach, and which he covers whatever he does.

Comes in: the person's coverage at rest, in output px. Goes out: boxes to draw, so that empty parts
are never touched and opaque ones never blended.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from visavis.render.opencv import cv2
from visavis.render.warp import Box

BAND_PX = 256
"""Height of a row of tiles: fewer, larger calls beat a closer fit."""
LEAST_OPAQUE_PX = 64
"""A shorter opaque run is not worth a tile of its own."""
BLOCK_PX = 8
OPAQUE = 255


@dataclass(frozen=True)
class Tile:
    """A box to draw.

    Attributes:
        box: in output px.
        mixed: whether the background may show through.
    """

    box: Box
    mixed: bool


def _reached(
    coverage: npt.NDArray[np.uint8], reach: float, cut: bool
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """(h, w) not 0 where a person may be seen, and where he certainly covers everything."""
    size = 2 * int(np.ceil(reach)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (size, size))
    # whatever a cut leaves beyond the picture's edge may come in
    beyond = {"borderType": cv2.BORDER_CONSTANT}
    possible = cv2.dilate((coverage > 0).astype(np.uint8), kernel, borderValue=int(cut), **beyond)
    opaque = (coverage == OPAQUE).astype(np.uint8)
    return possible, cv2.erode(opaque, kernel, borderValue=int(not cut), **beyond)


def blocks(
    coverage: npt.NDArray[np.uint8], roi: Box, reach: float, cut: bool
) -> npt.NDArray[np.int32]:
    """The same as :func:`tile`, closer: runs of blocks of :data:`BLOCK_PX`.

    Returns:
        (n, 5) x0, y0, x1, y1 in output px, and whether the background may show through.
    """
    height, width = coverage.shape
    rows, columns = -(-height // BLOCK_PX), -(-width // BLOCK_PX)
    beyond = ((0, rows * BLOCK_PX - height), (0, columns * BLOCK_PX - width))
    possible, certain = (
        np.pad(mask, beyond, mode="edge").reshape(rows, BLOCK_PX, columns, BLOCK_PX)
        for mask in _reached(coverage, reach, cut)
    )
    state = possible.any((1, 3)).astype(np.int8) + certain.all((1, 3))
    # a column more, so that no run goes on into the next row
    state = np.pad(state, ((0, 0), (0, 1))).ravel()
    starts = np.flatnonzero(np.diff(state, prepend=0))
    ends = np.append(starts[1:], len(state))
    drawn = state[starts] > 0
    starts, ends = starts[drawn], ends[drawn]
    y, x = np.divmod(starts, columns + 1)
    runs = np.stack([x, y, x + ends - starts, y + 1], 1) * BLOCK_PX
    low, high = np.array(roi[:2] * 2), np.array(roi[2:] * 2)
    return np.column_stack([np.clip(runs, low, high), state[starts] < 2]).astype(np.int32)


def tile(coverage: npt.NDArray[np.uint8], roi: Box, reach: float, cut: bool) -> list[Tile]:
    """Split what a person may cover into boxes.

    Args:
        coverage: (h, w) alpha at rest, output px.
        roi: the part of the output to look at.
        reach: how far anything moves from where it rests, px.
        cut: whether the person may go on beyond the picture's edges.

    Returns:
        Tiles that do not overlap; outside them only background is seen.
    """
    possible, certain = _reached(coverage, reach, cut)
    tiles: list[Tile] = []
    x0, y0, x1, y1 = roi
    for top in range(y0, y1, BAND_PX):
        bottom = min(top + BAND_PX, y1)
        reached = np.flatnonzero(possible[top:bottom, x0:x1].any(0))
        if not len(reached):
            continue
        left, right = x0 + int(reached[0]), x0 + int(reached[-1]) + 1
        opaque = np.asarray(certain[top:bottom, left:right] > 0).all(0)
        start, end = _longest_run(np.asarray(opaque, np.bool_))
        if end - start < LEAST_OPAQUE_PX:
            tiles.append(Tile((left, top, right, bottom), True))
            continue
        start, end = start + left, end + left
        tiles.append(Tile((start, top, end, bottom), False))
        for a, b in ((left, start), (end, right)):
            if a < b:
                tiles.append(Tile((a, top, b, bottom), True))
    return tiles


def _longest_run(flags: npt.NDArray[np.bool_]) -> tuple[int, int]:
    """First and past-the-last index of the longest run of True; (0, 0) without any."""
    steps = np.diff(np.concatenate([[0], flags.astype(np.int8), [0]]))
    starts, ends = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1)
    if not len(starts):
        return 0, 0
    best = int((ends - starts).argmax())
    return int(starts[best]), int(ends[best])
