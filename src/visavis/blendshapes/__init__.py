"""The face as numbers: 52 ARKit weights, head, gaze and 15 visemes a frame, out and in.

Comes in: sound, or a recording of a face-tracking phone. Goes out: :class:`BlendshapeFrame` after
frame, JSON lines and Live Link Face CSV; or a :class:`Recording` that drives a character.
The mapping stands in docs/blendshapes.md.
"""

from __future__ import annotations

from visavis.blendshapes.frame import VISEME_NAMES, BlendshapeFrame, frame_of
from visavis.blendshapes.names import LIVE_LINK_COLUMNS, LIVE_LINK_SHAPES
from visavis.blendshapes.read import Recording, read
from visavis.blendshapes.stream import BlendshapeStream, live, stream
from visavis.blendshapes.write import csv_header, csv_row, json_line

__all__ = [
    "LIVE_LINK_COLUMNS",
    "LIVE_LINK_SHAPES",
    "VISEME_NAMES",
    "BlendshapeFrame",
    "BlendshapeStream",
    "Recording",
    "csv_header",
    "csv_row",
    "frame_of",
    "json_line",
    "live",
    "read",
    "stream",
]
