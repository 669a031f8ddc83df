"""What happens in a session, as its listeners are told.

Comes in: nothing. Goes out: one small class for each event.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UtteranceStarted:
    """The first sound of an utterance is handed out.

    Attributes:
        utterance: 0, 1, 2, … in the order in which they were pushed.
        time: of its first sample, seconds on the session's frame times.
        delay: seconds from its first push until now, by the session's clock.
    """

    utterance: int
    time: float
    delay: float


@dataclass(frozen=True, slots=True)
class UtteranceFinished:
    """An utterance is over: all of it was handed out, or it was interrupted.

    Exactly one for each utterance, also for one that was interrupted before its first sound.

    Attributes:
        utterance: see :class:`UtteranceStarted`.
        position: how much of its sound was handed out, seconds.
        interrupted: whether it was cut short.
    """

    utterance: int
    position: float
    interrupted: bool


Event = UtteranceStarted | UtteranceFinished
