"""The inverse map: for each output pixel, which texel of the person it shows.

Comes in: vertex positions in output px. Goes out: float32 maps for ``cv2.remap``. Deformation is
smooth, so the map of the whole person is rasterised at an eighth of the resolution and enlarged;
only the lips, where it has kinks, get a map of their own at full resolution.

``cv2.triangleRasterizeColor`` interpolates three numbers per vertex (texel x, texel y, gain). Its
camera looks along -z with a field of view of 90 degrees; vertices on the plane z = -1 with y in
-1..1 (and x scaled by the aspect) land on pixel positions exactly. It keeps a depth buffer of its
own: where triangles overlap, as in the folds of a corner of the mouth, those in front must be
given a smaller depth, or rounding decides pixel by pixel.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis.render.opencv import cv2
from visavis.render.view import View

Float = npt.NDArray[np.float32]
Corner = Float | Sequence[float]
"""x, y in output px."""
Box = tuple[int, int, int, int]
"""x0, y0, x1, y1 in output px, the end excluded."""

STEP = 8
"""Output px per cell of the coarse map."""

SUBPIXELS = 4
"""Samples per px and direction for the edges of polygons."""

_CAMERA = np.eye(4, dtype=np.float32)


def _settings() -> Any:
    settings = cv2.TriangleRasterizeSettings()
    # the defaults cull everything and write white
    settings.setCullingMode(cv2.RASTERIZE_CULLING_NONE)
    settings.setShadingType(cv2.RASTERIZE_SHADING_SHADED)
    return settings


@functools.cache
def ribbon_triangles(columns: int) -> npt.NDArray[np.int32]:
    """Triangles of a ribbon whose first edge is vertices 0..columns-1, its second the next."""
    i = np.arange(columns - 1, dtype=np.int32)
    upper = np.stack([i, i + 1, i + columns], 1)
    return np.concatenate([upper, np.stack([i + 1, i + columns + 1, i + columns], 1)])


DEPTH_STEP = 1e-5
"""Depth between two triangles in painter's order; float32 resolves 1e-7 at depth 1."""


def rasterize(
    points: Float,
    triangles: npt.NDArray[np.int32],
    attributes: Float,
    buffer: Float,
    depth: Float | None = None,
) -> None:
    """Interpolate three attributes per vertex over a buffer.

    Args:
        points: (n, 2) vertex positions in px of the buffer (pixel-edge convention).
        triangles: (t, 3) vertex indices.
        attributes: (n, 3) float32, any range.
        buffer: (h, w, 3) float32, drawn into; pixels no triangle covers keep their content.
        depth: (n,) distance per vertex, near 1; the smaller is in front. None: nothing overlaps.
    """
    height, width = buffer.shape[:2]
    vertices = np.empty((len(points), 3), np.float32)
    vertices[:, 0] = (points[:, 0] * (2 / width) - 1) * (width / height)
    vertices[:, 1] = 1 - points[:, 1] * (2 / height)
    vertices[:, 2] = -1
    if depth is not None:
        vertices *= depth[:, None]
    cv2.triangleRasterizeColor(
        vertices, triangles, attributes, buffer, _CAMERA, np.pi / 2, 0.1, 10.0, _settings()
    )


class PersonWarp:
    """Maps of one avatar in one view.

    Attributes:
        roi: the part of the output a person can cover, aligned to the coarse grid.
        origin: where the coarse map's first cell begins, output px.
        rest: (h, w, 3) the coarse map where nothing moves.
        texels: (N, 2) texel positions of the vertices.
    """

    def __init__(
        self,
        triangles: npt.NDArray[np.int32],
        uv: Float,
        texture_scale: float,
        view: View,
        roi: Box,
    ) -> None:
        # only the vertices in use are worth transforming
        self._used, local = np.unique(triangles, return_inverse=True)
        self._triangles = np.ascontiguousarray(local.reshape(-1, 3).astype(np.int32))
        self.texels: Float = uv * np.float32(texture_scale) - np.float32(0.5)
        x0, y0, x1, y1 = roi
        self.roi: Box = (
            x0 // STEP * STEP, y0 // STEP * STEP, -(-x1 // STEP) * STEP, -(-y1 // STEP) * STEP
        )  # fmt: skip
        self.origin = (self.roi[0] - STEP, self.roi[1] - STEP)
        self._origin = np.array(self.origin, np.float32)
        width = (self.roi[2] - self.roi[0]) // STEP + 2
        height = (self.roi[3] - self.roi[1]) // STEP + 2
        self.rest = self._identity(width, height, view, texture_scale)

    def _identity(self, width: int, height: int, view: View, texture_scale: float) -> Float:
        """The map where nothing moves: what pixels outside the mesh show."""
        x = (np.arange(width) + 0.5) * STEP + self._origin[0]
        y = (np.arange(height) + 0.5) * STEP + self._origin[1]
        rest = np.ones((height, width, 3), np.float32)
        rest[..., 0] = ((x - view.offset[0]) / view.scale * texture_scale - 0.5)[None, :]
        rest[..., 1] = ((y - view.offset[1]) / view.scale * texture_scale - 0.5)[:, None]
        return rest

    def attributes(self, gain: Float) -> Float:
        """(N, 3): texel x, y and the gain."""
        return np.concatenate([self.texels, gain[:, None]], 1)

    def coarse(self, points: Float, depth: Float, attributes: Float) -> Float:
        """The coarse map, one cell wider than the roi on every side."""
        buffer = self.rest.copy()
        used = self._used
        local = (points.take(used, 0) - self._origin) * np.float32(1 / STEP)
        rasterize(local, self._triangles, attributes.take(used, 0), buffer, depth.take(used))
        return buffer


class OrderedTriangles:
    """Triangles drawn strictly in order, whatever overlaps: each has corners of its own.

    Args:
        triangles: (t, 3) vertex indices, front to back.
    """

    def __init__(self, triangles: npt.NDArray[np.int32]) -> None:
        self.triangles = triangles

    def draw(self, points: Float, attributes: Float, buffer: Float, box: Box) -> None:
        """Draw over a map at full resolution.

        Args:
            points: (N, 2) vertices in output px.
            attributes: (N, 3).
            buffer: (h, w, 3) of the box, changed in place.
            box: in output px.
        """
        corners = self.triangles.reshape(-1)
        loose = np.arange(len(corners), dtype=np.int32).reshape(-1, 3)
        order = np.repeat(np.arange(len(loose), dtype=np.float32), 3)
        local = points.take(corners, 0) - np.array(box[:2], np.float32)
        depth = 1 + order * np.float32(DEPTH_STEP)
        rasterize(local, loose, attributes.take(corners, 0), buffer, depth)


def clip_box(low: Corner, high: Corner, margin: float, inside: Box) -> Box:
    """Whole px around two corners with a margin, kept inside a box (at least one px)."""
    # plain floats: numpy's clip of a scalar takes longer than a small picture's remap
    left, top, right, bottom = inside
    x0 = min(max(math.floor(low[0] - margin), left), right - 1)
    y0 = min(max(math.floor(low[1] - margin), top), bottom - 1)
    x1 = min(max(math.ceil(high[0] + margin), x0 + 1), right)
    y1 = min(max(math.ceil(high[1] + margin), y0 + 1), bottom)
    return x0, y0, x1, y1


def even_box(box: Box) -> Box:
    """A box with its corners on even px, as chroma needs it; inside every box that has such."""
    x0, y0, x1, y1 = box
    return x0 & ~1, y0 & ~1, (x1 + 1) & ~1, (y1 + 1) & ~1


def polygon_mask(points: Float, box: Box, sigma: float) -> Float:
    """Anti-aliased inside of a polygon, softened.

    Args:
        points: (n, 2) output px, pixel-edge convention.
        box: the part of the output wanted.
        sigma: blur, px; 0 for none.

    Returns:
        (h, w) float32 0..1.
    """
    # OpenCV's own anti-aliasing misjudges slivers thinner than a px: count sub-pixels instead
    width, height = box[2] - box[0], box[3] - box[1]
    fine = np.zeros((height * SUBPIXELS, width * SUBPIXELS), np.uint8)
    local = (points - np.array(box[:2], np.float32)) * SUBPIXELS - 0.5
    cv2.fillPoly(fine, [np.round(local * 16).astype(np.int32)], 255, cv2.LINE_8, 4)
    mask = cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA)
    if sigma > 0:
        mask = cv2.GaussianBlur(mask, (0, 0), sigma)
    return np.asarray(mask, np.float32) * np.float32(1 / 255)
