"""Loads the compiled kernel, if there is one.

Comes in: the libraries that ``compiling`` made. Goes out: :func:`kernel`, their functions with
argument types, or None; then numpy and OpenCV do the same work, slower.
"""

from __future__ import annotations

import ctypes
import functools
import os
from ctypes import POINTER, Structure, c_double, c_float, c_int, c_int32, c_void_p
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis.native.compiling import FOLDER, VERSION, library_name
from visavis.native.moving import Motion, Table
from visavis.native.placing import Places, Scene


class Texture(Structure):
    """``Texture`` of kernel.h."""

    _fields_ = [("pixels", c_void_p), ("width", c_int32), ("height", c_int32)]


class Rig(Structure):
    """``Rig`` of kernel.h."""

    _fields_ = [
        *((name, c_void_p) for name in (
            "neutral", "bases", "gains", "side", "head", "breath", "edges", "lip_upper",
            "lip_lower",
        )),
        *((name, c_int32) for name in ("count", "basis_count", "gain_count", "lip_count")),
        ("width", c_float), ("height", c_float),
    ]  # fmt: skip


class Face(Structure):
    """``Face`` of geometry.c."""

    _fields_ = [
        ("rig", Rig),
        *((name, c_void_p) for name in ("left", "right", "scale", "gains_scale", "contours")),
        ("contour_count", c_int32), ("entries", c_int32 * 11),
        ("frame", c_double * 9), ("limits", c_double * 3),
        *((name, c_double) for name in ("mm", "breath_mm", "head_breath")),
        ("risen", c_float), ("pivot", c_float * 3), ("mouth", c_float * 15),
        *((name, c_float) for name in ("depth_per_px", "least_gain", "most_gain")),
    ]  # fmt: skip


class Person(Structure):
    """``Person`` of kernel.h."""

    _fields_ = [
        ("texture", Texture),
        *((name, c_void_p) for name in (
            "behind", "picture", "rest", "map", "triangles", "texels",
        )),
        *((name, c_int32) for name in (
            "width", "height", "left", "top", "columns", "rows", "triangle_count", "vertex_count",
        )),
        ("texture_left", c_float), ("texture_top", c_float),
    ]  # fmt: skip


class Planes(Structure):
    """``Planes`` of planes.h."""

    _fields_ = [
        *((name, c_void_p) for name in ("luma", "alpha", "chroma", "cover")),
        *((name, c_int32) for name in ("width", "height", "stride")),
    ]  # fmt: skip


class Strip(Structure):
    """``Strip`` of mouth.c."""

    _fields_ = [
        *((name, c_void_p) for name in ("pixels", "x", "rows")),
        *((name, c_int32) for name in ("width", "height", "columns")),
        ("jaw", c_float),
    ]


class MouthLook(Structure):
    """``MouthLook`` of mouth.c."""

    _fields_ = [
        ("upper", c_void_p), ("lower", c_void_p), ("count", c_int32),
        *((name, c_float * 3) for name in (
            "cavity", "corner", "wet_upper", "wet_lower", "seam", "warmth",
        )),
        ("axes", c_float * 6), ("origin", c_float * 2), ("jaw_shift", c_float * 2),
        *((name, c_float) for name in (
            "texels_per_mm", "per_mm", "depth_below", "depth_above", "reach_below", "reach_above",
            "share_above", "share_below", "seam_mm", "light", "seen", "lens", "edge",
        )),
    ]  # fmt: skip


class EyeTextures(Structure):
    """``EyeTextures`` of eyes.c."""

    _fields_ = [
        *((name, Texture) for name in (
            "lid", "photo", "cover", "white", "iris", "glint", "lashes",
        )),
        ("lid_left", c_float), ("lid_top", c_float), ("lash_colour", c_float * 3),
    ]  # fmt: skip


class Eye(Structure):
    """``Eye`` of eyes.c."""

    _fields_ = [
        *((name, c_void_p) for name in (
            "upper", "lower", "margin", "lash_points", "lash_texels",
        )),
        *((name, c_int32) for name in ("count", "with_ball", "with_lid")),
        ("ball", c_float * 6), ("iris", c_float * 2), ("glint", c_float * 2),
        *((name, c_float) for name in (
            "lid_line", "under", "soft", "mm", "rolls", "rigid", "reach", "shown", "turned",
            "closing", "bulge_at", "bulge_width", "bulge", "edge", "shadow", "lash_opacity",
        )),
    ]  # fmt: skip


class Speech(Structure):
    """``Speech`` of speech.c."""

    _fields_ = [
        *((name, c_void_p) for name in (
            "hann", "cosines", "sines", "filters", "places", "first", "wide", "back", "head",
            "dilations", "held", "frames", "normal", "past", "at",
        )),
        *((name, c_int32) for name in ("channels", "layers", "outputs")),
        *((name, c_float) for name in (
            "floor", "peak_fall", "quietest", "depth", "start", "keep", "prior",
        )),
    ]  # fmt: skip


class Mouthing(Structure):
    """``Mouthing`` of mouthing.c."""

    _fields_ = [
        ("silence", c_float), ("doubt", c_float), ("bilabial", c_float),
        ("ahead", c_float * 8), ("levels", c_float * 40),
        *((name, c_int32) for name in ("heard", "rows", "behind", "sil", "p", "m")),
        ("gain", c_float), ("closure", c_float * 2), ("closure_rest", c_float * 2),
        ("parting", c_float * 2), ("sure", c_float * 2), ("waiting", c_float * 2),
        ("still", c_float * 2), ("still_keep", c_float),
        ("stir_quiet", c_float * 2), ("stir_loud", c_float * 2),
        ("room", c_float * 2), ("budget", c_float), ("doubt_ramp", c_float * 2),
        *((name, c_float) for name in (
            "doubt_most", "doubt_loud", "doubt_keep", "doubt_keep_speech", "row_s",
            "log_floor", "log_scale", "before",
        )),
        ("phones", c_float * 28),
        ("readout", c_void_p), ("looked", c_float * 480),
    ]  # fmt: skip


_P = c_void_p
_ARGUMENTS: dict[str, list[Any]] = {
    "geometry": [POINTER(Face), _P, c_double * 3, _P],
    "map": [POINTER(Person), _P, _P, _P],
    "moved": [_P, _P, c_int],
    "bounds": [_P, c_int, _P],
    "paint": [POINTER(Person), _P, c_int, _P, _P, _P, c_int, c_int, c_int, c_int],
    "person": [POINTER(Person), _P, c_int, c_int],
    "patch": [POINTER(Person), _P, c_int, c_int, c_int, c_int, c_int],
    "enlarge": [POINTER(Person), c_int, c_int, c_int, c_int, _P],
    "mouth": [POINTER(MouthLook), POINTER(Strip), c_int, c_int, c_int, _P, c_int, _P],
    "eye": [
        POINTER(EyeTextures),
        POINTER(Eye),
        _P,
        c_int,
        c_int,
        c_int,
        c_int,
        _P,
        c_int,
        _P,
    ],
    "speech": [_P, _P, c_int, _P, _P, _P],
    "mouthing": [POINTER(Mouthing), _P, _P, c_int, _P],
    "resample": [_P, c_int, _P, _P, c_int, c_int, c_int, _P],
    "pack_poses": [_P, _P, c_int, c_int, _P],
    "motion_rows": [POINTER(Motion), _P, c_int, POINTER(c_int)],
    "motion_between": [POINTER(Motion), c_double, c_double, _P],
    "motion_pose": [POINTER(Table), _P, *[c_double] * 5, _P],
    "i420": [_P, c_int, c_int, _P, _P],
    "split": [_P, c_int, c_int, c_int, _P, _P, _P],
    "places": [POINTER(Scene), _P, _P, c_int, POINTER(Places)],
    "scene": [POINTER(Scene), POINTER(Places), _P, _P, _P],
    "box": [POINTER(Person), POINTER(Planes), _P, _P, c_int, _P, _P],
}

_RESULTS: dict[str, Any] = {
    "moved": c_float,
    "map": c_float,
    "mouthing": c_int,
    "motion_rows": c_int,
    "pack_poses": c_int,
}


class Kernel:
    """The functions of kernel.h, ``visavis_person`` as ``person`` and so on.

    Attributes:
        path: the library.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._library = ctypes.CDLL(str(path))
        if self._library.visavis_version() != VERSION:
            raise OSError(f"{path} is of another version")
        for name, arguments in _ARGUMENTS.items():
            function = self._library[f"visavis_{name}"]
            function.argtypes = arguments
            function.restype = _RESULTS.get(name)
            setattr(self, name, function)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)

    @property
    def level(self) -> int:
        """3 where the processor has AVX2 and what else x86-64-v3 means, else 1."""
        return int(self._library.visavis_level())


@functools.cache
def kernel() -> Kernel | None:
    """The compiled kernel; None if there is none here or ``VISAVIS_NATIVE=0``."""
    if os.environ.get("VISAVIS_NATIVE") == "0":
        return None
    try:
        plain = Kernel(FOLDER / library_name(""))
    except (OSError, AttributeError):
        return None
    if plain.level < 3 or os.environ.get("VISAVIS_NATIVE") == "1":
        return plain
    try:
        return Kernel(FOLDER / library_name("v3"))
    except (OSError, AttributeError):
        return plain


class Scratch:
    """Memory for a call's own use, shared by all that run one after the other."""

    def __init__(self) -> None:
        self._floats = np.empty(0, np.float32)
        self._at = 0

    def at(self, floats: int) -> int:
        """The address of at least so many float32."""
        if len(self._floats) < floats:
            self._floats = np.empty(floats, np.float32)
            self._at = address(self._floats)
        return self._at


def address(array: npt.NDArray[Any]) -> int:
    """Where an array's numbers lie; the caller keeps the array.

    Raises:
        ValueError: they do not lie one after the other.
    """
    try:
        buffer: Any = array
        return ctypes.addressof(ctypes.c_char.from_buffer(buffer))
    except (TypeError, ValueError, BufferError):
        # read-only, empty or with gaps: the longer way
        if not array.flags.c_contiguous:
            raise ValueError("a C-contiguous array is needed") from None
        return int(array.__array_interface__["data"][0])
