"""The figures of a motion session. Comes in: nothing. Goes out: :class:`MotionMetrics`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MotionMetrics:
    """A session's figures at one moment.

    Attributes:
        poses: made.
        packets: handed out.
        sent: bytes of them.
        slips: times it was so late that it went on from now.
        underruns: times a voice was slower than real time.
        utterances: that began to be heard.
        buffered: sound pushed and not yet heard, seconds.
    """

    poses: int
    packets: int
    sent: int
    slips: int
    underruns: int
    utterances: int
    buffered: float
