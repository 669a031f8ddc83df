"""The drawer for a plain CPU: OpenCV, one thread.

Comes in: an avatar's layers, a view, a :class:`FaceGeometry` per frame. Goes out: the picture,
premultiplied RGBA. The person is one remap through a coarse inverse map; mouth and eyes are drawn
in floats in their own small boxes at full resolution.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis.pose import POSE_SIZE
from visavis.render.backdrop import Background, backdrop, continue_sides, covered, wants_own
from visavis.render.eye_layers import EyeLayers
from visavis.render.eyes import draw_gaze, draw_lid, reach_mm
from visavis.render.geometry import FaceGeometry
from visavis.render.layers import AvatarLayers
from visavis.render.lids import EyeGeometry
from visavis.render.mouth import MouthInterior
from visavis.render.opencv import cv2
from visavis.render.planes import to_i420
from visavis.render.rig_arrays import Float
from visavis.render.tiles import tile
from visavis.render.view import View
from visavis.render.warp import STEP, Box, PersonWarp, clip_box, even_box

REACHES_MM = (7.0, 14.0, 28.0, 80.0)
"""How far anything moves from where it rests: one set of tiles for each."""
LIP_MARGIN_MM = 3.0
FULLY_SHUT = 0.97
"""Nothing of the eye is seen."""
GAIN_ONE = 196
"""Fixed point for brightness: 1.3 still fits 8 bits, a step is half a percent."""
LEAST_GAIN = 0.012
"""Smaller changes of brightness (three grey levels at most) are not worth drawing."""


class CpuDrawer:
    """Draws one avatar in one view into its own picture.

    Attributes:
        picture: uint8 (h, w, 4) premultiplied RGBA, valid after :meth:`draw`.
    """

    _split: Callable[..., Any] = staticmethod(tile)
    """Splits what the person may cover into boxes."""

    def __init__(self, layers: AvatarLayers, view: View, background: Background = None) -> None:
        self.layers = layers
        self.view = view
        self._mouth = self._mouth_interior()
        self._warp = PersonWarp(
            layers.coarse_triangles, layers.uv, layers.texture_scale, view, self._person_box()
        )
        x0, y0, x1, y1 = self._warp.roi
        # the coarse grid may end beyond the picture
        self._roi: Box = (max(x0, 0), max(y0, 0), min(x1, view.size[0]), min(y1, view.size[1]))
        rest = layers.rig.geometry(np.zeros(POSE_SIZE, np.float32), view)
        self._rest = rest.points
        self._mm = rest.px_per_mm
        self._cut = np.array(layers.person_origin, np.float32)
        low, high = view.to_output(np.array([[0, 0], layers.canvas], np.float32))
        self._is_cut = bool((low < -0.5).any() or (high > np.array(view.size) + 0.5).any())
        self._tiles: dict[int, Any] = {}
        self._reached = 0
        self._patched: list[Box] = []
        self._shaded = False
        behind = backdrop(layers.background, view, background)
        self._begin(behind)
        if wants_own(background) and covered(view, layers.canvas) != (0, 0, *view.size):
            continue_sides(self._still(rest), behind, view, layers.canvas)
            self._begin(behind)

    def _begin(self, behind: npt.NDArray[np.uint8]) -> None:
        """Start over with what lies behind the person, (h, w, 4) premultiplied RGBA."""
        self._behind = behind
        self.picture: npt.NDArray[np.uint8] = behind.copy()

    def _still(self, rest: FaceGeometry) -> npt.NDArray[np.uint8]:
        """(h, w, 4) the picture at rest."""
        self.draw(rest)
        return self.picture

    def _mouth_interior(self) -> MouthInterior:
        return MouthInterior(self.layers.model, self.layers.face.mm * self.view.scale)

    def _person_box(self) -> Box:
        canvas = np.array([[0, 0], self.layers.canvas], np.float32)
        low, high = self.view.to_output(canvas)
        return clip_box(low, high, 0, (0, 0, *self.view.size))

    def _coverage(self) -> npt.NDArray[np.uint8]:
        """(h, w) the person's alpha at rest, output px."""
        ratio = self.view.scale / self.layers.texture_scale
        left, top = self.layers.person_origin
        x, y = self.view.offset
        matrix = np.array([[ratio, 0, x + left * ratio], [0, ratio, y + top * ratio]])
        alpha = cv2.extractChannel(self.layers.person, 3)
        moved: npt.NDArray[np.uint8] = cv2.warpAffine(alpha, matrix, self.view.size)
        return moved

    def draw(self, geometry: FaceGeometry) -> None:
        """Draw one frame into :attr:`picture`."""
        warp = self._warp
        attributes = warp.attributes(geometry.gain)
        coarse = warp.coarse(geometry.points, geometry.depth, attributes)
        self._shaded = bool(np.abs(geometry.gain - 1).max() >= LEAST_GAIN)
        self._draw_person(geometry, coarse)
        self._draw_mouth(geometry, coarse, attributes)
        for side, eye in geometry.eyes.items():
            if eye is not None:
                self._draw_eye(side, eye, geometry, coarse)

    def _enlarge(self, coarse: npt.NDArray[Any], box: Box) -> npt.NDArray[Any]:
        """A part of the coarse map at full resolution.

        Args:
            coarse: (h, w) or (h, w, c) over the warp's grid.
            box: in output px.

        Returns:
            (box height, box width) or with channels.
        """
        left, top = self._warp.roi[0] - STEP, self._warp.roi[1] - STEP
        # a cell more on every side, so that parts equal the whole
        x0, y0 = (box[0] - left) // STEP - 1, (box[1] - top) // STEP - 1
        x0, y0 = max(x0, 0), max(y0, 0)
        x1, y1 = -(-(box[2] - left) // STEP) + 1, -(-(box[3] - top) // STEP) + 1
        part = np.ascontiguousarray(coarse[y0:y1, x0:x1])
        size = (part.shape[1] * STEP, part.shape[0] * STEP)
        full: npt.NDArray[Any] = cv2.resize(part, size, interpolation=cv2.INTER_LINEAR)
        x, y = box[0] - left - x0 * STEP, box[1] - top - y0 * STEP
        return full[y : y + box[3] - box[1], x : x + box[2] - box[0]]

    def _look_up(
        self, uv: Float, out: npt.NDArray[np.uint8] | None = None
    ) -> npt.NDArray[np.uint8]:
        texels: npt.NDArray[np.uint8] = cv2.remap(
            self.layers.person, uv, None, cv2.INTER_LINEAR, out, cv2.BORDER_REPLICATE
        )
        return texels

    def _draw_person(self, geometry: FaceGeometry, coarse: Float) -> None:
        for part in self._reachable(geometry):
            self._put_person(part.box, self._enlarge(coarse, part.box), part.mixed)

    def _reachable(self, geometry: FaceGeometry) -> Any:
        """The boxes to draw; what earlier pictures left outside them is wiped."""
        moved = self._moved(geometry) / geometry.px_per_mm
        level = bisect.bisect_left(REACHES_MM, moved, 0, len(REACHES_MM) - 1)
        if level < self._reached:
            np.copyto(self.picture, self._behind)
        self._reached = level
        # a lid or lip may have reached beyond the person
        for x0, y0, x1, y1 in self._patched:
            self.picture[y0:y1, x0:x1] = self._behind[y0:y1, x0:x1]
        self._patched.clear()
        if level not in self._tiles:
            reach = REACHES_MM[level] * self._mm
            self._tiles[level] = self._split(self._coverage(), self._roi, reach, self._is_cut)
        return self._tiles[level]

    def _moved(self, geometry: FaceGeometry) -> float:
        """How far any vertex is from where it rests, px."""
        return float(np.abs(geometry.points - self._rest).max())

    def _put_person(self, box: Box, maps: Float, mixed: bool) -> None:
        """Look a box up in the person's texture; ``mixed`` if the backdrop may show through."""
        x0, y0, x1, y1 = box
        target = self.picture[y0:y1, x0:x1]
        uv = maps[..., :2] - self._cut
        person = self._look_up(uv, None if mixed else target)
        if self._shaded and (maps[..., 2] != 1).any():
            factor = (maps[..., 2] * np.float32(GAIN_ONE) + np.float32(0.5)).astype(np.uint8)
            gain = cv2.merge([factor, factor, factor, np.full_like(factor, GAIN_ONE)])
            cv2.multiply(person, gain, dst=person, scale=1 / GAIN_ONE)
        if not mixed:
            return
        through = cv2.bitwise_not(cv2.extractChannel(person, 3))
        # its alpha becomes 255: behind is opaque (the sum saturates) or empty
        through = cv2.cvtColor(through, cv2.COLOR_GRAY2RGBA)
        behind = cv2.multiply(self._behind[y0:y1, x0:x1], through, dst=through, scale=1 / 255)
        cv2.add(person, behind, dst=target)

    def _draw_mouth(self, geometry: FaceGeometry, coarse: Float, attributes: Float) -> None:
        box = self._lip_box(geometry)
        fine = self._enlarge(coarse, box).copy()
        self.layers.mouth_triangles.draw(geometry.points, attributes, fine, box)
        self._put_person(box, fine, True)
        self._mouth.draw(geometry, box, self.picture)

    def _lip_box(self, geometry: FaceGeometry) -> Box:
        """Where lips are, with a margin; it is noted as patched."""
        lips = geometry.points.take(self.layers.lip_outer, 0)
        margin = LIP_MARGIN_MM * geometry.px_per_mm
        x0, y0, x1, y1 = self._bounds(lips)
        box = even_box(clip_box((x0, y0), (x1, y1), margin, self._roi))
        self._patched.append(box)
        return box

    def _draw_eye(self, side: str, eye: EyeGeometry, geometry: FaceGeometry, coarse: Float) -> None:
        layers = self.layers.eyes[side]
        if layers is None or not (eye.blink or eye.gaze.any()):
            return
        mm = geometry.px_per_mm
        box = self._eye_box(layers, eye, mm)
        self._patched.append(box)
        self._put_eye(side, layers, eye, mm, box, self._enlarge(coarse, box))

    def _put_eye(
        self,
        side: str,
        layers: EyeLayers,
        eye: EyeGeometry,
        mm: float,
        box: Box,
        maps: Float,
    ) -> None:
        """Draw an eye into its box; ``maps`` (h, w, 3): texel x, y and gain of the person there."""
        uv, gain = maps[..., :2], maps[..., 2]
        target = self.picture[box[1] : box[3], box[0] : box[2], :3]
        picture = target.astype(np.float32)
        if eye.blink < FULLY_SHUT:
            draw_gaze(layers, eye, gain, self.layers.texture_scale, mm, box, picture)
        draw_lid(layers, eye, uv, gain, mm, box, picture)
        target[:] = np.clip(picture + np.float32(0.5), 0, 255)

    def _bounds(self, points: Float) -> list[float]:
        """The box around points (n, 2): x0, y0, x1, y1."""
        return [*points.min(0).tolist(), *points.max(0).tolist()]

    def _eye_box(self, layers: EyeLayers, eye: EyeGeometry, mm: float) -> Box:
        lids = np.concatenate([eye.upper, eye.lower, eye.margin])
        left, up, right, down = reach_mm(layers, eye.blink)
        x0, y0, x1, y1 = self._bounds(lids)
        low, high = (x0 - left * mm, y0 - up * mm), (x1 + right * mm, y1 + down * mm)
        return even_box(clip_box(low, high, 0, self._roi))

    def draw_i420(self, geometry: FaceGeometry, out: npt.NDArray[np.uint8]) -> None:
        """Draw one frame as I420 into (height * 3 / 2, width)."""
        self.draw(geometry)
        to_i420(self.picture, out)
