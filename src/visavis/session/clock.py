"""The clock a session runs by: the real one, or one that a test moves.

Comes in: nothing. Goes out: seconds.
"""

from __future__ import annotations

import asyncio
import time
from fractions import Fraction
from typing import Protocol


class Clock(Protocol):
    """What a session needs of a clock."""

    def now(self) -> float:
        """Seconds, never going back."""
        ...

    def wait_until(self, moment: float) -> None:
        """Return at that moment, or at once if it has gone by; blocks the thread."""
        ...

    async def sleep_until(self, moment: float) -> None:
        """The same without blocking the event loop."""
        ...


class RealClock:
    """The machine's monotonic clock."""

    def now(self) -> float:
        """Seconds since some fixed moment."""
        return time.monotonic()

    def wait_until(self, moment: float) -> None:
        """Sleep until then."""
        left = moment - time.monotonic()
        if left > 0:
            time.sleep(left)

    async def sleep_until(self, moment: float) -> None:
        """Sleep until then; lets others run even if it has gone by."""
        await asyncio.sleep(max(moment - time.monotonic(), 0.0))


class VirtualClock:
    """A clock that stands still until it is moved; whoever waits for a moment moves it there.

    Args:
        now: where it begins, seconds.
    """

    def __init__(self, now: float = 0.0) -> None:
        self._now = now

    def now(self) -> float:
        """Seconds."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move it on."""
        self._now += seconds

    def wait_until(self, moment: float) -> None:
        """Move it there, unless it is beyond."""
        self._now = max(self._now, moment)

    async def sleep_until(self, moment: float) -> None:
        """The same; others may run."""
        self.wait_until(moment)
        await asyncio.sleep(0)


CATCH_UP_S = 0.5
"""Whoever is later than this does not catch up: the frames go on from now."""


class Pace:
    """When each frame is due.

    Args:
        clock: what it runs by; the first frame is due when it is first asked for.
        fps: frames per second.
    """

    def __init__(self, clock: Clock, fps: Fraction) -> None:
        self.resyncs = 0
        self._clock = clock
        self._frame_s = float(1 / fps)
        self._origin: float | None = None

    def due(self, index: int) -> float:
        """The moment of a frame, seconds by the clock."""
        if self._origin is None:
            self._origin = self._clock.now() - index * self._frame_s
        return self._origin + index * self._frame_s

    def late(self, index: int) -> float:
        """By how many seconds its moment has gone by; not below 0."""
        return max(self._clock.now() - self.due(index), 0.0)

    def gone_by(self, index: int) -> int:
        """Whole frames whose time has passed; none after a stop of the machine."""
        late = self.late(index)
        if late > CATCH_UP_S:
            self.resyncs += 1
            self._origin = self._clock.now() - index * self._frame_s
            return 0
        return int(late / self._frame_s)
