"""The person's texture as encoders see colours: luma, and chroma beside it.

Comes in: premultiplied RGBA. Goes out: :class:`PersonPlanes` for the compiled kernel, which looks
luma up for every px, chroma for every four, and writes I420 without a picture in between; and what
does the same to a picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from visavis import native
from visavis.render.opencv import cv2

COVER = 16
"""Texels of a cell of the cover, as in planes.h."""

LINE = 64
"""Bytes that come into a processor's cache at once."""

ROWS_BEYOND = 8
"""The kernel may read, but not use, so many rows more."""

Texels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class PersonPlanes:
    """A person's texture, full range, premultiplied.

    Attributes:
        luma: (h, stride) in rows that begin with a :data:`LINE`.
        alpha: (h, stride)
        chroma: (h / 2 rounded up, stride, 2) blue and red difference about 128, of the mean of four
            texels.
        cover: (h / 16, w / 16) rounded up: what a look-up in these texels meets: 0 nothing, 1
            something, 2 nothing that shows what lies behind.
        width: of a row, texels.
    """

    luma: Texels
    alpha: Texels
    chroma: Texels
    cover: Texels
    width: int

    def struct(self) -> native.Planes:
        """For the kernel, as long as this lives."""
        height, stride = self.luma.shape
        at = map(native.address, (self.luma, self.alpha, self.chroma, self.cover))
        return native.Planes(*at, self.width, height, stride)


def to_i420(picture: Texels, out: Texels | None = None) -> Texels:
    """A picture as encoders take it: BT.601, limited range, chroma of the mean of 2 by 2 px.

    Args:
        picture: (h, w, 4) RGBA, h and w even.
        out: (h * 3 / 2, w), to be written to.

    Returns:
        (h * 3 / 2, w) luma, then both planes of chroma.
    """
    height, width = picture.shape[:2]
    # OpenCV takes chroma of one px in four: sharp edges of colour would crawl
    planes: Texels = cv2.cvtColor(picture, cv2.COLOR_RGBA2YUV_I420, dst=out)
    small = cv2.resize(picture, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    _, red, blue = cv2.split(cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb))
    for plane, colour in zip(_chroma_planes(planes, width), (blue, red), strict=True):
        # full range to limited range
        plane[:] = cv2.convertScaleAbs(colour, alpha=224 / 255, beta=128 - 128 * 224 / 255).ravel()
    return planes


def _chroma_planes(planes: Texels, width: int) -> Texels:
    height = planes.shape[0] * 2 // 3
    return planes[height:].reshape(2, height // 2 * (width // 2))


def split(person: Texels) -> PersonPlanes:
    """Split a texture.

    Args:
        person: (h, w, 4) premultiplied RGBA, 4 by 4 texels at least.

    Returns:
        The planes.
    """
    kernel = native.kernel()
    assert kernel is not None  # nobody else asks
    person = np.ascontiguousarray(person)
    height, width = person.shape[:2]
    # an odd number of lines, so that rows below each other do not compete for their place
    stride = (-(-width // LINE) | 1) * LINE
    shapes = (height, stride), (height, stride), (-(-height // 2), stride, 2)
    luma, alpha, chroma = (_roomy(shape) for shape in shapes)
    at = map(native.address, (luma, alpha, chroma))
    kernel.split(native.address(person), width, height, stride, *at)
    return PersonPlanes(luma, alpha, chroma, _cover(person[..., 3]), width)


def _roomy(shape: tuple[int, ...]) -> Texels:
    """Memory that the kernel may read a line before, and some rows and a line beyond."""
    size, more = math.prod(shape), ROWS_BEYOND * math.prod(shape[1:]) + LINE
    memory = np.empty(LINE + size + more + LINE, np.uint8)
    start = LINE + -native.address(memory) % LINE
    memory[start + size :] = 0
    return memory[start : start + size].reshape(shape)


def _cover(alpha: Texels) -> Texels:
    height, width = alpha.shape
    around = np.ones((3, 3), np.uint8)  # a look-up reaches the next texel
    beyond = ((0, -height % COVER), (0, -width % COVER))
    cells = -(-height // COVER), COVER, -(-width // COVER), COVER
    least, most = (
        np.pad(change(np.ascontiguousarray(alpha), around), beyond, mode="edge").reshape(cells)
        for change in (cv2.erode, cv2.dilate)
    )
    some, full = most.max((1, 3)) > 0, least.min((1, 3)) == 255
    return np.asarray(some.astype(np.uint8) + full, np.uint8)
