"""An avatar's textures and rig, unpacked once and shared by everything that draws it.

Comes in: an :class:`AvatarModel`. Goes out: :class:`AvatarLayers`, read-only, so that any number
of sessions of one avatar hold its textures once.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Mapping
from typing import get_args

import numpy as np
import numpy.typing as npt

from visavis.errors import InvalidOption
from visavis.imx import AvatarModel, Images
from visavis.render.eye_layers import EyeLayers, eye_layers
from visavis.render.geometry import Rig
from visavis.render.planes import PersonPlanes, split
from visavis.render.rig_arrays import Float
from visavis.render.strips import Texture as Strip
from visavis.render.warp import Box, OrderedTriangles

MOUTH_ZONE_MM = (35.0, 22.0)
"""Half axes of the ellipse around the mouth whose triangles are drawn at full resolution."""

_SEEN = int.from_bytes(bytes([0xFC, 0xFC, 0xFC, 0xFF]), sys.byteorder)
"""Bits of a texel of which one at least is set where it shows anything: without opacity, three
levels of a colour are none."""


def parent_triangles(triangles: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """The mesh before its midpoint subdivision.

    Four triangles a subdivided one, in the order corner, corner, corner, middle; each corner
    triangle has its corner first, second, third.

    Args:
        triangles: (T, 3).

    Returns:
        (T / 4, 3), or the triangles themselves if they are no subdivision.
    """
    if len(triangles) % 4:
        return triangles
    a, b, c, middle = (triangles[i::4] for i in range(4))
    ab, bc, ca = a[:, 1], b[:, 2], a[:, 2]
    expected = np.stack([ab, bc, ca], 1)
    fits = (
        np.array_equal(middle, expected)
        and np.array_equal(b[:, 0], ab)
        and np.array_equal(c[:, 0], ca)
        and np.array_equal(c[:, 1], bc)
    )
    return np.stack([a[:, 0], b[:, 1], c[:, 2]], 1) if fits else triangles


class AvatarLayers:
    """What a drawer reads.

    Attributes:
        rig: geometry.
        person_origin: where the person's cut texture lies in the file's, texels.
        coarse_triangles: int32 (T, 3), front to back (the file's painter's order reversed), as
            few as the coarse map needs.
        mouth_triangles: all triangles near the mouth.
        uv: float32 (N, 2) canvas px.
        texture_scale: texels per canvas px.
        lip_outer: int (M,) outer lip contour.
        model: the avatar itself, with the textures that each drawer prepares for itself.
        eyes: left and right, None where the eye is left alone.

    Raises:
        InvalidOption: the model is that of other layers, which hold its textures.
    """

    def __init__(self, model: AvatarModel) -> None:
        if "person" not in set(model.images):  # asking it itself would decode
            raise InvalidOption(
                "this model's textures are held by its avatar: give avatar.layers, or open it again"
            )
        self.rig = Rig(model)
        self.face = model.face
        self.canvas: tuple[int, int] = (model.manifest.canvas[0], model.manifest.canvas[1])
        self.texture_scale = float(model.manifest.texture_scale)
        whole = model.images["person"]
        self._person_box = _filled(whole)
        self.person_origin = self._person_box[:2]
        triangles = model.rig["triangles"].astype(np.int32)
        self.coarse_triangles = np.ascontiguousarray(parent_triangles(triangles)[::-1])
        self.uv: Float = model.rig["uv"].astype(np.float32)
        self.lip_outer = model.rig["lip_outer"].astype(np.int64)
        self.eyes: dict[str, EyeLayers | None] = {
            side: eye_layers(model, side) for side in ("left", "right")
        }
        away = self.rig.neutral[:, :2] - np.array(self.face.mouth.stomion[:2], np.float32)
        away /= np.array(MOUTH_ZONE_MM, np.float32) * self.face.mm
        close = np.linalg.norm(away, axis=1) < 1
        near = triangles[close[triangles].any(1)]
        self.mouth_triangles = OrderedTriangles(np.ascontiguousarray(near[::-1]))
        names = ("background", *get_args(Strip))
        images = model.images
        rest = images.only(names) if isinstance(images, Images) else {k: images[k] for k in names}
        self.model = dataclasses.replace(model, images=rest)
        self._source: Mapping[str, npt.NDArray[np.uint8]] | None = (
            images.only(("person",)) if isinstance(images, Images) else {"person": whole}
        )
        self._person: npt.NDArray[np.uint8] | None = None
        self._planes: PersonPlanes | None = None

    @property
    def person(self) -> npt.NDArray[np.uint8]:
        """(h, w, 4) premultiplied RGBA, cut to what is not empty; made when first asked for."""
        if self._person is None:
            self._person = self._cut()
            self._source = None  # planes can be made of these
        return self._person

    @property
    def planes(self) -> PersonPlanes:
        """The same for a drawer of I420."""
        if self._planes is None:
            self._planes = split(self._cut())
            source = self._source
            if isinstance(source, Images):  # for whoever wants colours yet
                self._source = source.deflated()
        return self._planes

    def _cut(self) -> npt.NDArray[np.uint8]:
        source = self._source
        if source is None:  # given up only when this is there, in whatever thread
            assert self._person is not None
            return self._person
        x0, y0, x1, y1 = self._person_box
        return _without_specks(source["person"][y0:y1, x0:x1])

    @property
    def background(self) -> npt.NDArray[np.uint8]:
        """(H, W, 3) RGB, canvas resolution."""
        return np.ascontiguousarray(self.model.images["background"])

    def forget(self) -> None:
        """Let go of what a drawer has made its own of; the next one decodes it anew."""
        for images in (self.model.images, self._source):
            if isinstance(images, Images):
                images.forget()


def _without_specks(texture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """A copy without the faint colours that WebP leaves beside the person.

    They would move with the person over the still background.
    """
    texels = np.ascontiguousarray(texture).view(np.uint32)
    seen: npt.NDArray[np.uint8] = (texels * ((texels & _SEEN) != 0)).view(np.uint8)
    return seen


def _filled(texture: npt.NDArray[np.uint8]) -> Box:
    """Where a texture is not empty, with a margin of a texel or two: x0, y0, x1, y1."""
    filled = (np.ascontiguousarray(texture).view(np.uint32)[..., 0] & _SEEN) != 0
    rows, columns = (np.flatnonzero(filled.any(axis)) for axis in (1, 0))
    height, width = filled.shape
    if not len(rows):
        return 0, 0, min(4, width), min(4, height)
    x0, y0 = max(int(columns[0]) - 2, 0), max(int(rows[0]) - 2, 0)
    return x0, y0, min(int(columns[-1]) + 3, width), min(int(rows[-1]) + 3, height)
