"""Speaking, listening, thinking or idle: which one, and how much while one turns into another.

Comes in: the voice, and what the program says. Goes out: a share of each activity, sum 1.
"""

from __future__ import annotations

from typing import NamedTuple

from visavis.errors import InvalidOption
from visavis.motion.curves import ROW, ease
from visavis.motion.voice import Voice

STATES: tuple[str, ...] = ("idle", "listening", "thinking", "speaking")
TURN = 0.7
"""A silence this long ends speaking, seconds."""
ATTENTION = 6.0
"""After speaking one listens this long, seconds, then idles (unless the program says)."""
BLEND = 0.5
"""Seconds from one activity to another."""


class Shares(NamedTuple):
    """How much a person is in each activity, 0..1 each, sum 1."""

    idle: float
    listening: float
    thinking: float
    speaking: float

    def mix(self, idle: float, listening: float, thinking: float, speaking: float) -> float:
        """A value that differs by activity."""
        a, b, c, d = self
        return a * idle + b * listening + c * thinking + d * speaking


_ALL_OF = {state: Shares(*(float(s == state) for s in STATES)) for state in STATES}


class Activity:
    """Which activity holds, row by row."""

    def __init__(self) -> None:
        self.current = "idle"
        self.chosen: str | None = None
        self._has_spoken = False
        self._level = {state: float(state == "idle") for state in STATES}
        self._settled = "idle"

    def choose(self, state: str) -> None:
        """Say what is done while nothing is said; "auto" leaves it to the rows again.

        Raises:
            InvalidOption: an unknown state.
        """
        if state != "auto" and state not in STATES:
            raise InvalidOption(f"state {state!r}: {', '.join(STATES)} or auto is possible")
        self.chosen = None if state == "auto" else state
        if self.chosen and self.current != "speaking":
            self.current = self.chosen

    def step(self, voice: Voice) -> Shares:
        """Shares at the next row."""
        self._has_spoken |= voice.active
        if voice.active or (self._has_spoken and voice.pause < TURN):
            self.current = "speaking"
        elif self.chosen:
            self.current = self.chosen
        elif self._has_spoken and voice.pause < TURN + ATTENTION:
            self.current = "listening"
        else:
            self.current = "idle"
        if self._settled == self.current:
            return _ALL_OF[self.current]
        level = self._level
        for state in STATES:
            step = ROW / BLEND if state == self.current else -ROW / BLEND
            level[state] = min(max(level[state] + step, 0.0), 1.0)
        self._settled = self.current if sum(level.values()) == level[self.current] == 1.0 else ""
        soft = [ease(level[state]) for state in STATES]
        total = sum(soft) or 1.0
        return Shares(*(x / total for x in soft))
