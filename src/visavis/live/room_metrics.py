"""An avatar's figures in its room. Comes in: nothing. Goes out: :class:`RoomMetrics`."""

from __future__ import annotations

from dataclasses import dataclass

from visavis.live.membership import RoomState
from visavis.session import SessionMetrics


@dataclass(frozen=True, slots=True)
class RoomMetrics:
    """An avatar's figures at one moment.

    Attributes:
        session: see :class:`visavis.session.SessionMetrics`.
        state: see :attr:`RoomAvatar.state`.
        joined_s: seconds from :meth:`RoomAvatar.join` to the tracks being published.
        utterances: of the agent, begun.
        finished_sent: "finished" reports that reached the agent.
        reconnects: times the room was lost and found again.
        sound_gaps: times the sound ran dry in mid-speech.
        idle_s: seconds since anything was said, or since it joined.
    """

    session: SessionMetrics
    state: RoomState
    joined_s: float
    utterances: int
    finished_sent: int
    reconnects: int
    sound_gaps: int
    idle_s: float
