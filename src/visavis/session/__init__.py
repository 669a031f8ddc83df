"""One avatar, live: sound in, pictures with exactly their sound out, at the clock.

Comes in: sound of utterances in pieces of any size, and interruptions. Goes out: a frame a tick,
idle or speaking, and events that say when each utterance began and ended. Made by
:meth:`visavis.Avatar.session`.
"""

from __future__ import annotations

from visavis.session.base import BaseSession
from visavis.session.clock import Clock, RealClock, VirtualClock
from visavis.session.events import Event, UtteranceFinished, UtteranceStarted
from visavis.session.frame import LiveFrame
from visavis.session.metrics import SessionMetrics
from visavis.session.session import Session

__all__ = [
    "BaseSession",
    "Clock",
    "Event",
    "LiveFrame",
    "RealClock",
    "Session",
    "SessionMetrics",
    "UtteranceFinished",
    "UtteranceStarted",
    "VirtualClock",
]
