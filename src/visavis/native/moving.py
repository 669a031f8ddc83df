"""The structures of motion.h.

Comes in: nothing. Goes out: ctypes structures, field by field as in C.
"""

from __future__ import annotations

from ctypes import Structure, c_double, c_float, c_int32, c_void_p

SPAN, KEPT, PULSES, BLOCK = 7, 16, 32, 128
"""Rows of a blended shape, rows remembered, pulses at one time, rows of a block of drift."""
BETWEEN = 40
"""Numbers of ``visavis_motion_between``."""


class Glide(Structure):
    """``Glide`` of motion.h."""

    _fields_ = [(name, c_double) for name in "axyz"]


class Pulse(Structure):
    """``Pulse`` of motion.h."""

    _fields_ = [
        *((name, c_double) for name in ("start", "amount", "rise", "hold", "fall")),
        ("channel", c_int32), ("unused", c_int32),
    ]  # fmt: skip


class Hold(Structure):
    """``Hold`` of motion.h."""

    _fields_ = [
        ("value", c_double), ("certainty", c_double), ("full", c_int32), ("unused", c_int32),
    ]  # fmt: skip


class Mouth(Structure):
    """``Mouth`` of motion.h."""

    _fields_ = [
        ("mouth", c_double * 10), ("lips", c_double * 2), ("teeth", c_double * 2),
        ("speech", c_double), ("opening", c_double), ("vowel", c_double),
    ]  # fmt: skip


class Table(Structure):
    """``Table`` of motion.h."""

    _fields_ = [
        *((name, c_void_p) for name in ("blend", "kernel", "low", "high")),
        ("gap", c_double * 10), ("width", c_double * 10),
        *((name, c_double) for name in (
            "open_mm", "own_share", "width_share", "width_unit", "jaw_unit", "least_voiced",
            "least_open", "small", "sluggish",
            "jaw_shut", "jaw_tucked", "lead", "let_go",
        )),
        *((name, c_double * 2) for name in ("vowel", "narrow", "unlikely")),
        *((name, c_double) for name in (
            "press", "pucker_gap", "phrase_pause", "begin", "smooth", "slow", "turn",
            "attention", "blend_s", "hold_yaw", "hold_pitch", "eye_limit", "knee", "nod_limit",
            "large_shift",
        )),
        *((name, c_int32) for name in ("full_rows", "p", "m", "f", "w", "r", "vowels")),
        ("open", c_int32 * 4), ("expressed", c_int32 * 7), ("added_up", c_int32 * 12),
        ("life", c_int32 * 27),
        *((name, c_int32) for name in (
            "jaw", "pucker", "funnel", "roll", "tip", "tongue", "close",
        )),
        *((name, c_int32 * 2) for name in (
            "stretch", "upper", "lower", "pressed", "smile", "frown", "blink", "wide",
        )),
        *((name, c_int32) for name in ("gaze_x", "gaze_y", "head_yaw", "head_pitch")),
    ]  # fmt: skip


class Motion(Structure):
    """``Motion`` of motion.h."""

    _fields_ = [
        *((name, c_void_p) for name in ("table", "head_drift", "face_drift", "feel_drift")),
        *((name, c_double) for name in (
            "rest", "gain", "lips", "size", "width", "closure", "head_size", "expressive", "brows",
            "smile", "bias", "breath_depth", "blink_rate",
        )),
        ("follow_a", c_double * 6),
        ("rows", c_float * (SPAN * 20)), ("measured", c_double * 12), ("heard", c_double * 2),
        *((name, c_double) for name in ("silence", "vowel", "voiced", "wide", "opening", "speech")),
        ("hold", Hold * 2), ("now", c_double * 6),
        ("mouth", Mouth), ("stress", c_double), ("energy", c_double), ("shares", c_double * 4),
        ("feel", c_double * 14),
        *((name, c_double) for name in (
            "feel_head", "feel_brows", "feel_smiles", "feel_pace", "feel_blink",
            "pause", "spoken", "fast", "mean", "spread", "since_stress",
        )),
        ("level", c_double * 4),
        *((name, c_int32) for name in (
            "active", "began", "ended", "armed", "chosen", "current", "has_spoken", "settled",
        )),
        *((name, c_double) for name in (
            "gaze_left", "gaze_x", "gaze_y", "blink_waited", "blink_due", "blink_second",
            "blink_first", "head_left", "head_rest", "nod_left", "face_rest",
        )),
        *((name, c_int32) for name in (
            "gaze_lost", "blinks", "started", "pending", "moved", "unused",
        )),
        *((name, c_double * 6) for name in ("posture", "follow_x", "follow_y", "follow_z")),
        *((name, Glide) for name in ("beat", "mood", "breath", "talk")),
        *((name, c_double) for name in (
            "breath_target", "breath_goal", "breath_hold", "breath_speed",
        )),
        *((name, c_int32) for name in (
            "breath_inward", "head_at", "face_at", "feel_at", "nods", "raises",
        )),
        ("nod", Pulse * PULSES), ("raises_", Pulse * PULSES),
        ("mouths", Mouth * KEPT), ("lives", c_double * (KEPT * 27)),
        ("made", c_int32), ("feels", c_int32),
    ]  # fmt: skip
