"""The drawer of encoders' pictures: the compiled kernel, straight into I420.

Comes in: as in ``cpu``, which says what is drawn where. Goes out: I420 planes in the caller's
buffer. The person is looked up as luma and chroma; only the boxes of lips and eyes are pictures in
between, since what is drawn there is defined in RGB.
"""

from __future__ import annotations

from ctypes import byref

import numpy as np
import numpy.typing as npt

from visavis import native
from visavis.render.compiled import CompiledDrawer
from visavis.render.eye_layers import EyeLayers
from visavis.render.geometry import FaceGeometry
from visavis.render.lids import EyeGeometry
from visavis.render.opencv import cv2
from visavis.render.planes import to_i420
from visavis.render.rig_arrays import Float
from visavis.render.warp import Box

BOX_BYTES = 16
BAND_PX = 64
"""Rows of the still picture drawn at a time: their map has 16 bytes a px."""


class PlanarDrawer(CompiledDrawer):
    """Draws one avatar in one view into I420 planes; see :class:`~visavis.render.cpu.CpuDrawer`.

    Attributes:
        picture: uint8 (h, w, 4) RGBA, valid in the boxes of lips and eyes only; memory that is
            never touched is none.
    """

    def _begin(self, behind: npt.NDArray[np.uint8]) -> None:
        self._texture = self.layers.planes
        self._planes = self._texture.struct()
        self.picture = np.empty_like(behind)
        self._person = self._prepare()
        # encoders know no transparency: premultiplied colours are those over black
        self._back = to_i420(behind)

    def _still(self, rest: FaceGeometry) -> npt.NDArray[np.uint8]:
        person = byref(self._person)
        self._draw_map(person, rest)
        picture: npt.NDArray[np.uint8] = cv2.cvtColor(self._back, cv2.COLOR_YUV2RGBA_I420)
        x0, y0, x1, y1 = self._roi
        for y in range(y0, y1, BAND_PX):
            box = (x0, y, x1, min(y + BAND_PX, y1))
            self._draw_box(self._enlarge(self._map, box), box, picture)
        return picture

    def _draw_box(self, maps: Float, box: Box, picture: npt.NDArray[np.uint8]) -> None:
        """The person in a box as RGBA, looked up through a map of its own."""
        corners = np.array(box, np.int32)
        self._kernel.box(
            byref(self._person), byref(self._planes), native.address(maps),
            native.address(corners), self._shaded, native.address(self._back),
            native.address(picture),
        )  # fmt: skip

    def draw_i420(self, geometry: FaceGeometry, out: npt.NDArray[np.uint8]) -> None:
        """Draw one frame as I420 into (height * 3 / 2, width)."""
        person, kernel = byref(self._person), self._kernel
        self._draw_map(person, geometry)
        lips, eyes = self._lip_box(geometry), self._seen_eyes(geometry)
        boxes = [lips, *(parts[4] for parts in eyes)]
        corners = np.array([self._roi, *boxes], np.int32)
        places, planes = native.address(corners), native.address(out)
        np.copyto(out, self._back)
        kernel.planes(person, byref(self._planes), places, len(boxes), self._shaded, planes)
        for parts in eyes:
            self._draw_box(parts[5], parts[4], self.picture)
        self._draw_box(self._lip_map(person, geometry, lips), lips, self.picture)
        self._mouth.draw(geometry, lips, self.picture)
        for parts in eyes:
            self._put_eye(*parts)
        width, height = self.view.size
        picture = native.address(self.picture)
        for index in range(1, 1 + len(boxes)):
            kernel.i420(picture, width, height, places + index * BOX_BYTES, planes)
        self._patched.clear()

    def _seen_eyes(
        self, geometry: FaceGeometry
    ) -> list[tuple[str, EyeLayers, EyeGeometry, float, Box, Float]]:
        """What :meth:`_put_eye` takes, of each eye that is not as photographed."""
        eyes = []
        for side, eye in geometry.eyes.items():
            layers = self.layers.eyes[side]
            if eye is not None and layers is not None and (eye.blink or eye.gaze.any()):
                box = self._eye_box(layers, eye, geometry.px_per_mm)
                eyes.append(
                    (side, layers, eye, geometry.px_per_mm, box, self._enlarge(self._map, box))
                )
        return eyes
