"""The drawer of encoders' pictures: the compiled kernel, straight into I420.

Comes in: as in ``cpu``, which says what is drawn where. Goes out: I420 planes in the caller's
buffer. The person is looked up as luma and chroma; only the boxes of lips and eyes are pictures in
between, since what is drawn there is defined in RGB.
"""

from __future__ import annotations

from ctypes import addressof, byref

import numpy as np
import numpy.typing as npt

from visavis import native
from visavis.pose import Pose
from visavis.render.compiled import CompiledDrawer
from visavis.render.cpu import LEAST_GAIN, LIP_MARGIN_MM
from visavis.render.eye_rig import MovedEye
from visavis.render.geometry import FaceGeometry
from visavis.render.mouth_kernel import CompiledMouth
from visavis.render.mouth_rig import MovedMouth
from visavis.render.opencv import cv2
from visavis.render.planes import to_i420
from visavis.render.rig_arrays import Float
from visavis.render.warp import Box

BAND_PX = 64
"""Rows of the still picture drawn at a time: their map has 16 bytes a px."""


class PlanarDrawer(CompiledDrawer):
    """Draws one avatar in one view into I420 planes; see :class:`~visavis.render.cpu.CpuDrawer`.

    Attributes:
        picture: uint8 (h, w, 4) RGBA, valid in the boxes of lips and eyes only; memory that is
            never touched is none.
    """

    _mouth: CompiledMouth

    def _begin(self, behind: npt.NDArray[np.uint8]) -> None:
        self._texture = self.layers.planes
        self._planes = self._texture.struct()
        self.picture = np.empty_like(behind)
        self._person = self._prepare()
        # encoders know no transparency: premultiplied colours are those over black
        self._back = to_i420(behind)
        self._scene = self._composed()
        self._places = native.Places()

    def _composed(self) -> native.Scene:
        """All that stays, for the kernel."""
        layers, rig = self.layers, self.layers.rig
        self._moving = {
            side: MovedEye(self._kernel, self._scratch, layers, side, self._mm)
            for side, textures in layers.eyes.items()
            if textures is not None
        }
        self._mouthing = MovedMouth(self._mouth, rig, self._mm)
        self._outer = np.ascontiguousarray(layers.lip_outer, np.int32)
        self._contours = rig.contour_count
        scene = native.Scene(
            person=addressof(self._person), planes=addressof(self._planes),
            behind=native.address(self._back), picture=native.address(self.picture),
            lips=native.address(self._lips), outer=native.address(self._outer),
            lip_count=len(self._lips), outer_count=len(self._outer),
            mouth=addressof(self._mouthing.rig), look=addressof(self._mouth.look),
            strips=addressof(self._mouth.ribbons),
            lip_margin=LIP_MARGIN_MM * self._mm, least_gain=LEAST_GAIN,
        )  # fmt: skip
        scene.roi[:] = self._roi
        for index, side in enumerate(("left", "right")):
            moved = self._moving.get(side)
            if moved is not None:
                scene.textures[index] = addressof(moved.drawn.textures)
                scene.rigs[index] = addressof(moved.rig)
                scene.eyes[index] = addressof(moved.drawn.values)
        return scene

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
        assert geometry.whole is not None
        self._draw(np.ascontiguousarray(geometry.pose, np.float32), geometry.whole, out)

    def draw_pose(self, pose: Pose, out: npt.NDArray[np.uint8]) -> None:
        """The same of a pose, float32 (POSE_SIZE,), contiguous, with nothing in between."""
        kernel = self.layers.rig.kernel
        assert kernel is not None
        self._draw(pose, kernel.whole(pose, self.view), out)

    def _draw(self, pose: Pose, whole: Float, out: npt.NDArray[np.uint8]) -> None:
        scene, places, made = byref(self._scene), byref(self._places), native.address(whole)
        self._kernel.places(scene, native.address(pose), made, self._contours, places)
        scratch = self._scratch.at(self._places.kept + self._places.more)
        self._kernel.scene(scene, places, made, scratch, native.address(out))
