"""Blendshape frames as text: JSON lines, and the CSV that Live Link Face writes.

Comes in: :class:`BlendshapeFrame`. Goes out: lines, without their ends.
"""

from __future__ import annotations

import json
import math
from fractions import Fraction
from typing import Any

from visavis.blendshapes.frame import VISEME_NAMES, BlendshapeFrame
from visavis.blendshapes.names import (
    LIVE_LINK_COLUMNS,
    LIVE_LINK_SHAPES,
    LIVE_LINK_TURNS,
)

_DIGITS = 4


def json_line(frame: BlendshapeFrame, *, blendshapes: bool = True, visemes: bool = False) -> str:
    """A frame as one line of JSON.

    Args:
        frame: what to write.
        blendshapes: with weights, head, shift and gaze.
        visemes: with the 15 viseme weights.
    """
    line: dict[str, Any] = {"index": frame.index, "time": round(frame.time, 6)}
    if blendshapes:
        line["blendshapes"] = {n: round(v, _DIGITS) for n, v in frame.named().items()}
        line["head"] = _named(("yaw", "pitch", "roll"), frame.head)
        line["shift"] = _named(("x", "y", "scale"), frame.shift)
        line["gaze"] = _named(("x", "y"), frame.gaze)
        line["tongueUp"] = round(float(frame.pose[len(frame.weights)]), _DIGITS)
    if visemes and frame.visemes is not None:
        line["visemes"] = _named(VISEME_NAMES, tuple(frame.visemes.tolist()))
    return json.dumps(line, separators=(",", ":"))


def _named(names: tuple[str, ...], values: tuple[float, ...]) -> dict[str, float]:
    return {name: round(value, _DIGITS) for name, value in zip(names, values, strict=True)}


def csv_header() -> str:
    """The first line of a Live Link Face CSV file."""
    return ",".join(LIVE_LINK_COLUMNS)


def csv_row(frame: BlendshapeFrame, fps: Fraction) -> str:
    """A frame as a line of a Live Link Face CSV file: 52 weights, 9 angles in radians."""
    weights = frame.named()
    yaw, pitch, roll = (math.radians(angle) for angle in frame.head)
    x, y = (math.radians(angle) for angle in frame.gaze)
    count = len(LIVE_LINK_SHAPES) + len(LIVE_LINK_TURNS)
    values = [*(weights[name] for name in LIVE_LINK_SHAPES), yaw, pitch, roll, x, y, 0.0, x, y, 0.0]
    return ",".join([timecode(frame.index, fps), str(count), *(f"{v:.6f}" for v in values)])


def timecode(index: int, fps: Fraction) -> str:
    """HH:MM:SS:FF.fff of a frame: whole seconds, then frames of the nominal rate."""
    seconds, part = divmod(Fraction(index) / fps, 1)
    frames = round(float(part * fps), 3)
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours % 24:02d}:{minute:02d}:{second:02d}:{frames:06.3f}"
