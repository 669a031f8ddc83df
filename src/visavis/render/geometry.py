"""A pose becomes geometry: the narrow seam every drawer shares.

Comes in: an avatar's rig and a pose. Goes out: :class:`FaceGeometry`, everything a drawer needs
besides textures: vertex positions in output px, a brightness gain per vertex, lip and lid
contours, the projected axes of the mouth, eye directions. The OpenCV drawer uses it; one on a GPU
or in a browser does the same arithmetic in its vertex stage.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis import native
from visavis.imx import AvatarModel
from visavis.pose import Pose
from visavis.render.lids import RISEN_LOWER_LID, EyeGeometry, eye_geometry
from visavis.render.rig_arrays import (
    BREATH_MM,
    DEPTH_PER_PX,
    GAIN_RANGE,
    HEAD_BREATH,
    Float,
    Placed,
    RigArrays,
)
from visavis.render.rig_kernel import RigKernel
from visavis.render.view import View


@dataclass(frozen=True)
class FaceGeometry:
    """What a pose makes of an avatar, in output px.

    Attributes:
        points: (N, 2) vertex positions.
        depth: (N,) distance from the camera, 1 at the head's centre and within 1 % of it: which
            of two overlapping surfaces is in front.
        gain: (N,) brightness factor per vertex, 0.75 … 1.3.
        lip_upper, lip_lower: (L, 2) inner lip contours, image-left to image-right; the lower
            never above the upper.
        mouth_origin: (2,) the closed mouth's seam, on the skull.
        mouth_axes: (3, 2) projected mouth axes x, y, z per millimetre (rows).
        jaw_shift: (2,) where the lower teeth have gone.
        px_per_mm: output px per millimetre at the face.
        open_mm: largest lip gap, millimetres.
        pose: the pose itself.
        whole: what the kernel made of it, in one array; None where there is no kernel.
    """

    points: Float
    depth: Float
    gain: Float
    lip_upper: Float
    lip_lower: Float
    mouth_origin: Float
    mouth_axes: Float
    jaw_shift: Float
    px_per_mm: float
    open_mm: float
    pose: Pose
    whole: Float | None
    _eye: Callable[[str], EyeGeometry | None] = field(repr=False)

    @cached_property
    def eyes(self) -> dict[str, EyeGeometry | None]:
        """Left and right, None where the avatar's eye stays as it is; made when asked for."""
        return {side: self._eye(side) for side in ("left", "right")}


class Rig(RigArrays):
    """An avatar's rig; shared by all renderers of the avatar.

    Attributes:
        kernel: the same, compiled; None where there is no kernel.
    """

    def __init__(self, model: AvatarModel) -> None:
        super().__init__(model)
        kernel = native.kernel()
        self.kernel = None if kernel is None else self._compiled(kernel, model.rig)

    def _compiled(
        self, kernel: native.Kernel, tensors: Mapping[str, npt.NDArray[Any]]
    ) -> RigKernel:
        """The same rig for the kernel."""
        edges = np.zeros(self.count, np.uint8)
        for bit, vertices in enumerate(self._edges):
            edges[vertices] |= 1 << bit
        arrays: dict[str, npt.NDArray[Any]] = {
            "edges": edges,
            "left": self.left.astype(np.int32),
            "right": self.right.astype(np.int32),
            "scale": np.ascontiguousarray(self.scale),
            # rows without any brightness are not summed up
            "gains_scale": np.ascontiguousarray(self.gains_scale * tensors["gains"].any(1)),
            "contours": self._contours.astype(np.int32),
        }
        face = self.face
        numbers: dict[str, float | list[float]] = {
            "frame": self._frame.ravel().tolist(),
            "limits": [face.yaw_limit, face.pitch_limit, face.roll_limit],
            "mm": face.mm,
            "breath_mm": BREATH_MM,
            "head_breath": HEAD_BREATH,
            "risen": RISEN_LOWER_LID,
            "pivot": self.pivot.tolist(),
            "mouth": self._mouth.ravel().tolist(),
            "depth_per_px": DEPTH_PER_PX,
            "least_gain": GAIN_RANGE[0],
            "most_gain": GAIN_RANGE[1],
        }
        width, height = self.canvas
        return RigKernel(kernel, tensors, arrays, (width, height), numbers)

    def geometry(self, pose: Pose, view: View) -> FaceGeometry:
        """Everything a drawer needs for one picture.

        Args:
            pose: float32 (POSE_SIZE,).
            view: where the canvas lies in the output.

        Returns:
            The geometry, in output px.
        """
        placed = (self.kernel or self.placed)(pose, view)
        px_per_mm = self.face.mm * view.scale
        return FaceGeometry(
            points=placed.points,
            depth=placed.depth,
            gain=placed.gain,
            lip_upper=placed.contours[self._cuts["lip_upper"]],
            lip_lower=placed.contours[self._cuts["lip_lower"]],
            mouth_origin=placed.mouth_origin,
            mouth_axes=placed.mouth_axes,
            jaw_shift=placed.jaw_shift,
            px_per_mm=px_per_mm,
            open_mm=placed.opening / px_per_mm,
            pose=pose,
            whole=placed.whole,
            _eye=partial(self._eye, placed, pose),
        )

    @property
    def lips(self) -> tuple[slice, slice]:
        """Where the inner contours of both lips lie among the contours, upper and lower."""
        return self._cuts["lip_upper"], self._cuts["lip_lower"]

    def lids(self, side: str) -> tuple[slice, slice, Float]:
        """Where an eye's lids lie among the contours, upper and lower, and its corners at rest.

        Args:
            side: "left" or "right".
        """
        upper, lower = (self._cuts[f"eye_{side}_{lid}"] for lid in ("upper", "lower"))
        return upper, lower, self._corners[side]

    def _eye(self, placed: Placed, pose: Pose, side: str) -> EyeGeometry | None:
        eye = self.face.eyes.left if side == "left" else self.face.eyes.right
        if eye is None:
            return None
        upper, lower, corners = self.lids(side)
        lids = placed.contours[upper], placed.contours[lower]
        return eye_geometry(side, eye, pose, lids, corners, placed.turn, self.frame, self.face.mm)
