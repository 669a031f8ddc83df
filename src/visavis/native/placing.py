"""Structures of the kernel for a whole picture: what an eye, an avatar, a picture are to it.

Comes in: nothing. Goes out: ``EyeRig`` of lids.h, ``MouthRig`` of mouth.h, ``Scene`` and ``Places``
of scene.c, for ctypes.
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
            "most_wide", "slack", "most_lowered", "resting",
        )),
        ("down", c_double * 2), ("corners", c_double * 4), ("frame", c_double * 4),
        ("mm", c_double), ("scale", c_double), ("origin", c_double * 2),
        ("px_per_mm", c_double), ("reach", c_double * 12),
        ("turns", c_double * 2), ("shows", c_double * 2),
        *((name, c_double) for name in ("fully_shut", "shadowless", "glint")),
        ("bulge", c_double * 3), ("shadow", c_double), ("lash_opacity", c_double),
        ("lashes", c_float * 2), ("oversample", c_float),
    ]  # fmt: skip


class MouthRig(Structure):
    """``MouthRig`` of mouth.h."""

    _fields_ = [
        *((name, c_void_p) for name in ("least", "dome", "squared", "room", "strips")),
        ("rows", c_void_p * 4),
        *((name, c_int32) for name in ("upper", "lower", "count")),
        ("entries", c_int32 * 6),
        *((name, c_double) for name in ("px_per_mm", "margin", "shut_mm", "seam_mm")),
        ("seen", c_double * 4), ("dim", c_double * 3), ("pursed", c_double * 3),
        ("jaw_mm", c_double), ("shown_mm", c_double), ("shown_from", c_double * 2),
        *((name, c_double) for name in ("rounded", "funnel_rounds", "lower_edge", "tongue_rises")),
        ("tongue_back", c_double * 2),
        *((name, c_double) for name in ("tongue_raised", "tongue_front", "rough")),
        ("row", c_double * 2), ("tip", c_double * 3), ("tip_share", c_double), ("bend", c_double),
        ("upper_row", c_float * 2),
    ]  # fmt: skip


class Scene(Structure):
    """``Scene`` of scene.c."""

    _fields_ = [
        *((name, c_void_p) for name in (
            "person", "planes", "behind", "picture", "lips", "outer",
        )),
        *((name, c_void_p * 2) for name in ("textures", "rigs", "eyes")),
        *((name, c_void_p) for name in ("mouth", "look", "strips")),
        ("lip_count", c_int32), ("outer_count", c_int32), ("roi", c_int32 * 4),
        ("lip_margin", c_double), ("least_gain", c_double),
    ]  # fmt: skip


class Places(Structure):
    """``Places`` of scene.c."""

    _fields_ = [
        ("boxes", c_int32 * 16), ("mouth", c_int32 * 4), ("eyes", c_int32 * 2),
        *((name, c_int32) for name in ("count", "shaded", "strips", "kept", "more")),
    ]  # fmt: skip
