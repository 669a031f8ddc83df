"""Motion instead of video: what a face does and says, in about 1 kB a second besides its sound.

Comes in: poses, sound and marks; or packets. Goes out: packets; or poses, sound and marks. The
format stands in docs/motion-stream.md.
"""

from __future__ import annotations

from visavis.stream.decoder import Decoder
from visavis.stream.encoder import Encoder
from visavis.stream.figures import MotionMetrics
from visavis.stream.records import (
    Bye,
    Caption,
    Codec,
    Finished,
    Hello,
    Interrupt,
    InvalidStream,
    Packet,
    Poses,
    Record,
    Rest,
    Sound,
    Started,
    State,
)
from visavis.stream.session import MotionSession, open_session

__all__ = [
    "Bye",
    "Caption",
    "Codec",
    "Decoder",
    "Encoder",
    "Finished",
    "Hello",
    "Interrupt",
    "InvalidStream",
    "MotionMetrics",
    "MotionSession",
    "Packet",
    "Poses",
    "Record",
    "Rest",
    "Sound",
    "Started",
    "State",
    "open_session",
]
