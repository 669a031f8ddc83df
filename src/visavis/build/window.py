"""A box of the canvas, worked on at texture scale, and the few mask operations used there.

Comes in: a :class:`Subject` and canvas points. Goes out: crops, anti-aliased masks and coordinates
inside the box. Lengths are given in millimetres, so that nothing depends on the picture's size.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from visavis.build.subject import Subject

Array = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Points = npt.NDArray[np.float64]


def smoothstep(start: float, end: float, x: npt.ArrayLike) -> Array:
    """0 before ``start``, 1 after ``end``, with smooth ends; float32 of the shape of ``x``."""
    t = np.clip((np.asarray(x, np.float32) - start) / (end - start), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


@dataclass(frozen=True)
class Window:
    """A box of the canvas at texture scale.

    Attributes:
        box: x0, y0, x1, y1, canvas px, integers; the corners fall on whole texels.
        scale: texels per canvas px.
        mm: texels per millimetre.
    """

    box: tuple[int, int, int, int]
    scale: float
    mm: float

    @classmethod
    def around(cls, subject: Subject, points: npt.ArrayLike, margin: float) -> Window:
        """The smallest box round some canvas points.

        Args:
            subject: the picture the box must lie in.
            points: (n, 2) or (n, 3), canvas px.
            margin: added on all sides, mm.

        Returns:
            A window of at least one canvas px.
        """
        xy = np.asarray(points, np.float64)[:, :2]
        limit = np.array(subject.size)
        step = cls.step(subject.texture_scale)
        pad = margin * subject.mm
        low = np.floor((xy.min(0) - pad) / step) * step
        high = np.ceil((xy.max(0) + pad) / step) * step
        low = np.clip(low, 0, np.maximum(limit - step, 0))
        high = np.clip(high, low + step, limit)
        x0, y0, x1, y1 = (int(v) for v in (*low, *high))
        return cls((x0, y0, x1, y1), subject.texture_scale, subject.mm * subject.texture_scale)

    @staticmethod
    def step(scale: float) -> int:
        """Canvas px after which texel edges fall on canvas px again (1 for whole scales)."""
        return Fraction(scale).limit_denominator(16).denominator

    @cached_property
    def shape(self) -> tuple[int, int]:
        """Texel rows and columns."""
        x0, y0, x1, y1 = (round(v * self.scale) for v in self.box)
        return y1 - y0, x1 - x0

    @cached_property
    def texels(self) -> tuple[slice, slice]:
        """Where the box lies in a picture at texture scale."""
        x0, y0, x1, y1 = (round(v * self.scale) for v in self.box)
        return slice(y0, y1), slice(x0, x1)

    def cut(self, picture_hi: npt.NDArray[np.uint8]) -> Array:
        """The box's part of a picture at texture scale, float32 copy."""
        return picture_hi[self.texels].astype(np.float32)

    def local(self, points: npt.ArrayLike) -> Points:
        """Canvas points (n, 2+) as float64 (n, 2) texels of the box, texel centres at integers."""
        xy = np.asarray(points, np.float64)[:, :2]
        return np.asarray((xy - np.array(self.box[:2])) * self.scale - 0.5, np.float64)

    def away(self, point: npt.NDArray[np.float64]) -> Points:
        """How far every texel's centre is from a canvas point (2+,), px; of :attr:`shape`."""
        x, y = self.grid()
        return np.asarray(np.hypot(x - point[0], y - point[1]), np.float64)

    def grid(self) -> tuple[Array, Array]:
        """Canvas x and y of every texel's centre, two float32 arrays of :attr:`shape`."""
        rows, columns = self.shape
        x = (np.arange(columns, dtype=np.float32) + 0.5) / self.scale + self.box[0]
        y = (np.arange(rows, dtype=np.float32) + 0.5) / self.scale + self.box[1]
        return np.broadcast_to(x, self.shape), np.broadcast_to(y[:, None], self.shape)

    def polygon(self, points: npt.ArrayLike) -> Array:
        """Anti-aliased inside of a closed canvas polygon, float32 0..1."""
        mask = np.zeros(self.shape, np.uint8)
        corners = np.round(self.local(points) * 16).astype(np.int32)
        cv2.fillPoly(mask, [corners], 255, cv2.LINE_AA, 4)
        return np.asarray(mask / np.float32(255), np.float32)

    def stroke(self, points: npt.ArrayLike, width: float) -> Array:
        """An open canvas line drawn ``width`` mm wide, float32 0..1."""
        mask = np.zeros(self.shape, np.uint8)
        corners = np.round(self.local(points) * 16).astype(np.int32)
        thick = max(round(width * self.mm), 1)
        cv2.polylines(mask, [corners], False, 255, thick, cv2.LINE_AA, 4)
        return np.asarray(mask / np.float32(255), np.float32)

    def place(self, mask: Mask, other: Window) -> Mask:
        """A mask over another window of the same scale, as far as it lies in this one."""
        whole = np.zeros(self.shape, np.bool_)
        dx, dy = (round((other.box[i] - self.box[i]) * self.scale) for i in (0, 1))
        rows, columns = mask.shape
        y0, x0 = max(dy, 0), max(dx, 0)
        y1, x1 = min(dy + rows, whole.shape[0]), min(dx + columns, whole.shape[1])
        if y1 > y0 and x1 > x0:
            whole[y0:y1, x0:x1] = mask[y0 - dy : y1 - dy, x0 - dx : x1 - dx]
        return whole

    def grow(self, mask: npt.NDArray[np.generic], radius: float) -> Mask:
        """The mask and everything within ``radius`` mm of it."""
        inside = mask.astype(bool)
        if not inside.any():
            return inside
        away = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, 5)
        return np.asarray(away <= radius * self.mm + 0.25, np.bool_)

    def shrink(self, mask: npt.NDArray[np.generic], radius: float) -> Mask:
        """What of the mask lies more than ``radius`` mm inside it."""
        return ~self.grow(~mask.astype(bool), radius)

    def opened(self, mask: npt.NDArray[np.generic], radius: float) -> Mask:
        """The mask without what is thinner than twice ``radius`` mm."""
        opened = self.grow(self.shrink(mask, radius), radius) & mask.astype(bool)
        return np.asarray(opened, np.bool_)

    def blur(self, image: npt.NDArray[np.generic], sigma: float) -> Array:
        """Gaussian blur of ``sigma`` mm (wide ones on a reduced copy); edges are continued."""
        data = np.ascontiguousarray(image, np.float32)
        radius = sigma * self.mm
        factor = int(min(radius // 3, 8, min(self.shape) // 8))
        if factor < 2:
            out = cv2.GaussianBlur(data, (0, 0), max(radius, 0.1), borderType=cv2.BORDER_REPLICATE)
            return np.asarray(out, np.float32)
        rows, columns = self.shape
        small = cv2.resize(data, (columns // factor, rows // factor), interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), radius / factor, borderType=cv2.BORDER_REPLICATE)
        out = cv2.resize(small, (columns, rows), interpolation=cv2.INTER_LINEAR)
        return np.asarray(out, np.float32)

    def mean_within(self, image: Array, weight: npt.NDArray[np.generic], sigma: float) -> Array:
        """Blur of ``sigma`` mm that only counts pixels by their weight (H, W)."""
        share = np.asarray(weight, np.float32)
        total = np.maximum(self.blur(share, sigma), 1e-3)
        if image.ndim == 3:
            share, total = share[..., None], total[..., None]
        blurred = self.blur(image * share, sigma).reshape(image.shape)
        return np.asarray(blurred / total, np.float32)
