"""The rig's arithmetic, compiled.

Comes in: a rig's arrays once, then weights and the head's motion per picture. Goes out: vertices,
depth and gain, as ``geometry`` makes them with numpy.
"""

from __future__ import annotations

from collections.abc import Mapping
from ctypes import byref
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis import native

Float = npt.NDArray[np.float32]


class RigKernel:
    """One avatar's rig as the kernel wants it; used from any number of threads.

    Args:
        kernel: the compiled kernel.
        tensors: the avatar file's, by name.
        edges: (N,) uint8, bits 1, 2, 4, 8: vertices at the canvas' left, right, top, bottom edge.
        canvas: width and height, px.
        limits: depth per px, least and largest gain.
    """

    def __init__(
        self,
        kernel: native.Kernel,
        tensors: Mapping[str, npt.NDArray[Any]],
        edges: npt.NDArray[np.uint8],
        canvas: tuple[int, int],
        limits: tuple[float, float, float],
    ) -> None:
        self._run = kernel.geometry
        self._kept: dict[str, npt.NDArray[Any]] = {
            "edges": edges,
            "neutral": np.ascontiguousarray(tensors["vertices"], np.float32),
            "bases": np.ascontiguousarray(tensors["bases"], np.int16),
            "gains": np.ascontiguousarray(tensors["gains"], np.int8),
        }
        for name in ("side", "head", "breath"):
            self._kept[name] = np.ascontiguousarray(tensors[name], np.uint8)
        for name in ("lip_upper", "lip_lower"):
            self._kept[name] = tensors[name].astype(np.int32)
        self._count = len(self._kept["neutral"])
        self._rig = native.Rig(
            count=self._count,
            basis_count=len(tensors["bases"]),
            gain_count=len(tensors["gains"]),
            lip_count=len(tensors["lip_upper"]),
            width=canvas[0],
            height=canvas[1],
            **{name: native.address(array) for name, array in self._kept.items()},
        )
        self._limits = limits

    def __call__(
        self,
        weights: tuple[Float, Float, Float],
        head: tuple[Float, Float, Float],
        lift: tuple[float, float],
        view: tuple[float, float, float],
    ) -> tuple[Float, Float, Float]:
        """Vertices of one picture.

        Args:
            weights: per basis, times its scale, (B,) of the right side and for all, (B,) how much
                more the left has; (B + 2,) of brightness, times the gains' scale.
            head: rotation (3, 3), pivot (3,) and shift (3,).
            lift: how far the breath raises chest and head, canvas px.
            view: scale, and where the canvas' corner lies in the output.

        Returns:
            Points (N, 2) in output px, depth (N,), gain (N,).
        """
        placing = native.Placing(lift=lift[0], head_lift=lift[1])
        placing.rotation[:] = head[0].ravel().tolist()
        placing.pivot[:] = head[1].tolist()
        placing.shift[:] = head[2].tolist()
        placing.scale, placing.left, placing.top = view
        placing.depth_per_px, placing.least_gain, placing.most_gain = self._limits
        made = np.empty(4 * self._count, np.float32)
        at, size = native.address(made), made.itemsize * self._count
        right, more, light = (np.ascontiguousarray(w, np.float32) for w in weights)
        self._run(
            byref(self._rig), byref(placing), native.address(right), native.address(more),
            native.address(light), at, at + 2 * size, at + 3 * size,
        )  # fmt: skip
        count = self._count
        return made[: 2 * count].reshape(-1, 2), made[2 * count : 3 * count], made[3 * count :]
