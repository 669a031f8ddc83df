"""The rig's arithmetic, compiled.

Comes in: a rig's arrays once, then a pose and a view per picture. Goes out: :class:`Placed`, as
``rig_arrays`` makes it with numpy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ctypes import byref, c_double
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis import native
from visavis.pose import INDEX, Pose
from visavis.render.rig_arrays import Placed
from visavis.render.view import View

ENTRIES = ("headYaw", "headPitch", "headRoll", "headScale", "headX", "headY", "breath", "jawOpen",
           "eyeBlinkLeft", "eyeBlinkRight", "eyeSquintLeft")  # fmt: skip
"""Of a pose, in the kernel's order."""
MADE = 20
"""Numbers beside vertices and contours: ``Made`` of geometry.c."""


class RigKernel:
    """One avatar's rig as the kernel wants it; used from any number of threads.

    Args:
        kernel: the compiled kernel.
        tensors: the avatar file's, by name.
        arrays: more of them: ``edges`` (N,) uint8, bits 1, 2, 4, 8: vertices at the canvas' left,
            right, top, bottom edge; ``left`` and ``right`` (B,) int32 entries of the pose;
            ``scale`` (B,) and ``gains_scale`` (G,) float32; ``contours`` (C,) int32 vertices, both
            lips' first.
        canvas: width and height, px.
        numbers: values of :class:`visavis.native.Face` by name, numbers or lists of them.
    """

    def __init__(
        self,
        kernel: native.Kernel,
        tensors: Mapping[str, npt.NDArray[Any]],
        arrays: Mapping[str, npt.NDArray[Any]],
        canvas: tuple[int, int],
        numbers: Mapping[str, float | Sequence[float]],
    ) -> None:
        self._run = kernel.geometry
        names = ("edges", "neutral", "bases", "gains", "side", "head", "breath")
        lips = {
            name: np.ascontiguousarray(tensors[name], np.int32)
            for name in ("lip_upper", "lip_lower")
        }
        self._kept: dict[str, npt.NDArray[Any]] = {
            "neutral": np.ascontiguousarray(tensors["vertices"], np.float32),
            "bases": np.ascontiguousarray(tensors["bases"], np.int16),
            "gains": np.ascontiguousarray(tensors["gains"], np.int8),
            **{n: np.ascontiguousarray(tensors[n], np.uint8) for n in ("side", "head", "breath")},
            **arrays,
            **lips,
        }
        at = {name: native.address(array) for name, array in self._kept.items()}
        count = self._count = len(self._kept["neutral"])
        bases, gains = len(tensors["bases"]), len(tensors["gains"])
        rig = native.Rig(
            count=count,
            basis_count=bases,
            gain_count=gains,
            lip_count=len(lips["lip_upper"]),
            width=canvas[0],
            height=canvas[1],
            **{name: at[name] for name in (*names, *lips)},
        )
        contours = len(arrays["contours"])
        rest = ("left", "right", "scale", "gains_scale", "contours")
        self._face = native.Face(
            rig=rig, contour_count=contours, **{name: at[name] for name in rest}
        )
        self._face.entries[:] = [INDEX[name] for name in ENTRIES]
        for name, value in numbers.items():
            if isinstance(value, (int, float)):
                setattr(self._face, name, value)
            else:
                getattr(self._face, name)[:] = value
        self._at = byref(self._face)
        self._seen: tuple[View | None, Any] = (None, None)  # the latest view, for the kernel
        past = 4 * count + MADE
        self._contours = slice(past, past + 2 * contours)
        self._size = past + 2 * contours + 2 * bases + gains  # the rest is the kernel's own

    def whole(self, pose: Pose, view: View) -> npt.NDArray[np.float32]:
        """What a pose, float32 (POSE_SIZE,), contiguous, makes in a view, in one array."""
        out = np.empty(self._size, np.float32)
        seen, numbers = self._seen
        if seen is not view:
            numbers = (c_double * 3)(view.scale, *view.offset)
            self._seen = (view, numbers)
        self._run(self._at, native.address(pose), numbers, native.address(out))
        return out

    def __call__(self, pose: Pose, view: View) -> Placed:
        """What a pose, float32 (POSE_SIZE,), makes of the rig in a view."""
        out = self.whole(np.ascontiguousarray(pose, np.float32), view)
        count = self._count
        made = out[4 * count : 4 * count + MADE]
        return Placed(
            points=out[: 2 * count].reshape(-1, 2),
            depth=out[2 * count : 3 * count],
            gain=out[3 * count : 4 * count],
            contours=out[self._contours].reshape(-1, 2),
            mouth_origin=made[:2],
            mouth_axes=made[2:8].reshape(3, 2),
            jaw_shift=made[8:10],
            opening=float(made[10]),
            turn=made[11:].reshape(3, 3),
            whole=out,
        )
