"""Structures of the kernel for a whole picture: what an eye, an avatar, a picture are to it.

Comes in: nothing. Goes out: ``EyeRig`` of lids.h, ``Scene`` and ``Places`` of scene.c, for ctypes.
"""

from __future__ import annotations

from ctypes import Structure, c_double, c_float, c_int32, c_void_p


class EyeRig(Structure):
    """``EyeRig`` of lids.h."""

    _fields_ = [
        *((name, c_void_p) for name in ("bow", "lash_texels", "room")),
        *((name, c_int32) for name in ("upper", "lower", "count")),
        ("entries", c_int32 * 9),
        *((name, c_double) for name in (
            "outwards", "turn", "per_degree", "most_gaze", "follow", "squint", "wide",
            "most_wide", "most_lowered", "resting",
        )),
        ("down", c_double * 2), ("corners", c_double * 4), ("frame", c_double * 4),
        ("mm", c_double), ("scale", c_double), ("origin", c_double * 2),
        ("px_per_mm", c_double), ("reach", c_double * 12),
        ("turns", c_double * 2), ("shows", c_double * 2),
        *((name, c_double) for name in ("fully_shut", "shadowless", "glint")),
        ("bulge", c_double * 3), ("shadow", c_double), ("lash_opacity", c_double),
        ("lashes", c_float * 2), ("oversample", c_float),
    ]  # fmt: skip


class Scene(Structure):
    """``Scene`` of scene.c."""

    _fields_ = [
        *((name, c_void_p) for name in (
            "person", "planes", "behind", "picture", "lips", "outer",
        )),
        *((name, c_void_p * 2) for name in ("textures", "rigs", "eyes")),
        ("lip_count", c_int32), ("outer_count", c_int32), ("roi", c_int32 * 4),
        ("lip_margin", c_double), ("least_gain", c_double),
    ]  # fmt: skip


class Places(Structure):
    """``Places`` of scene.c."""

    _fields_ = [
        ("boxes", c_int32 * 16), ("eyes", c_int32 * 2),
        *((name, c_int32) for name in ("count", "shaded", "kept", "more")),
    ]  # fmt: skip
