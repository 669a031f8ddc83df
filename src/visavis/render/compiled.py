"""The drawer of the compiled kernel.

Comes in and goes out: as in ``cpu``, which says what is drawn where. The pixels are the kernel's,
fused: map, look-up, backdrop and gain in one pass over each row.
"""

from __future__ import annotations

from ctypes import byref, c_float
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis import native
from visavis.render.backdrop import Background
from visavis.render.cpu import FULLY_SHUT, LEAST_GAIN, CpuDrawer
from visavis.render.eye_kernel import CompiledEye
from visavis.render.eye_layers import EyeLayers
from visavis.render.geometry import FaceGeometry
from visavis.render.layers import AvatarLayers
from visavis.render.lids import EyeGeometry
from visavis.render.mouth import MouthInterior
from visavis.render.mouth_kernel import CompiledMouth
from visavis.render.rig_arrays import Float
from visavis.render.tiles import blocks
from visavis.render.view import View
from visavis.render.warp import Box

FAR = 1e30
"""Depth behind everything."""


class CompiledDrawer(CpuDrawer):
    """Draws one avatar in one view into its own picture; see :class:`CpuDrawer`."""

    _split = staticmethod(blocks)

    def __init__(
        self,
        kernel: native.Kernel,
        layers: AvatarLayers,
        view: View,
        background: Background = None,
    ) -> None:
        self._kernel = kernel
        self._scratch = native.Scratch()
        self._corners = (c_float * 4)()
        self._eyes: dict[str, CompiledEye] = {}
        super().__init__(layers, view, background)

    def _mouth_interior(self) -> MouthInterior:
        px_per_mm = self.layers.face.mm * self.view.scale
        return CompiledMouth(self._kernel, self._scratch, self.layers.model, px_per_mm)

    def _begin(self, behind: npt.NDArray[np.uint8]) -> None:
        super()._begin(behind)
        self._person = person = self._prepare()
        texture = self.layers.person
        person.texture = native.Texture(native.address(texture), *texture.shape[1::-1])
        person.behind, person.picture = map(native.address, (self._behind, self.picture))

    def _prepare(self) -> native.Person:
        """What any drawer of the kernel needs that stays: the map and the mesh."""
        warp, layers, view = self._warp, self.layers, self.view
        rest = np.full((*warp.rest.shape[:2], 4), FAR, np.float32)
        rest[..., :3] = warp.rest
        self._map: Float = np.empty_like(rest)
        self._lips = np.ascontiguousarray(layers.mouth_triangles.triangles[::-1], np.int32)
        kept: dict[str, npt.NDArray[Any]] = {
            "rest": rest, "map": self._map, "triangles": layers.coarse_triangles,
            "texels": warp.texels,
        }  # fmt: skip
        self._kept = kept
        left, top = warp.origin
        return native.Person(
            width=view.size[0],
            height=view.size[1],
            left=left,
            top=top,
            columns=rest.shape[1],
            rows=rest.shape[0],
            triangle_count=len(layers.coarse_triangles),
            vertex_count=len(warp.texels),
            texture_left=layers.person_origin[0],
            texture_top=layers.person_origin[1],
            **{name: native.address(array) for name, array in kept.items()},
        )

    def draw(self, geometry: FaceGeometry) -> None:
        """Draw one frame into :attr:`picture`."""
        person = byref(self._person)
        self._draw_map(person, geometry)
        boxes = self._reachable(geometry)
        self._kernel.person(person, native.address(boxes), len(boxes), self._shaded)
        box = self._lip_box(geometry)
        fine = self._lip_map(person, geometry, box)
        self._kernel.patch(person, native.address(fine), *box, self._shaded)
        self._mouth.draw(geometry, box, self.picture)
        for side, eye in geometry.eyes.items():
            if eye is not None:
                self._draw_eye(side, eye, geometry, self._map)

    def _moved(self, geometry: FaceGeometry) -> float:
        points, rest = native.address(geometry.points), native.address(self._rest)
        return float(self._kernel.moved(points, rest, self._rest.size))

    def _bounds(self, points: Float) -> list[float]:
        self._kernel.bounds(native.address(points), len(points), self._corners)
        return self._corners[:]

    def _put_eye(
        self,
        side: str,
        layers: EyeLayers,
        eye: EyeGeometry,
        mm: float,
        box: Box,
        maps: Float,
    ) -> None:
        if side not in self._eyes:
            self._eyes[side] = CompiledEye(
                self._kernel, self._scratch, layers, self.layers.texture_scale
            )
        self._eyes[side].draw(eye, mm, box, maps, self.picture, eye.blink < FULLY_SHUT)

    def _draw_map(self, person: Any, geometry: FaceGeometry) -> None:
        """The coarse map, and whether its gain is worth applying."""
        at = map(native.address, (geometry.points, geometry.depth, geometry.gain))
        self._shaded = self._kernel.map(person, *at) >= LEAST_GAIN

    def _lip_map(self, person: Any, geometry: FaceGeometry, box: Box) -> npt.NDArray[Any]:
        """(h, w, 4) the map of a box with the lips at full resolution."""
        fine = self._enlarge(self._map, box)
        points, gain = native.address(geometry.points), native.address(geometry.gain)
        self._kernel.paint(
            person, native.address(self._lips), len(self._lips), points, gain,
            native.address(fine), box[0], box[1], box[2] - box[0], box[3] - box[1],
        )  # fmt: skip
        return fine

    def _enlarge(self, coarse: npt.NDArray[Any], box: Box) -> npt.NDArray[Any]:
        full = np.empty((box[3] - box[1], box[2] - box[0], 4), np.float32)
        self._kernel.enlarge(byref(self._person), *box, native.address(full))
        return full
