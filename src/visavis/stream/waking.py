"""A loop's sleep that ends at a moment, or when something comes.

Comes in: a session's turn, wake-ups from any thread. Goes out: nothing.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from visavis.stream.rounds import Rounds

if TYPE_CHECKING:
    from visavis.stream.session import MotionSession


class Waking:
    """Lets the loop that sends packets sleep until a moment, or until something comes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._come = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._sleeper: asyncio.Future[None] | None = None
        self._thread = 0

    def clear(self) -> None:
        """What came until now has been seen to."""
        self._come = False

    def wake(self) -> None:
        """End the sleep; from any thread."""
        with self._lock:
            self._come = True
            loop, sleeper = self._loop, self._sleeper
        if loop is None or sleeper is None:
            return
        if threading.get_ident() == self._thread:
            _over(sleeper)
        else:
            loop.call_soon_threadsafe(_over, sleeper)

    async def sleep(self, session: MotionSession, left: Callable[[], tuple[float, float]]) -> None:
        """Until a session's turn; not at all if something came since :meth:`clear`.

        Args:
            session: takes part in the rounds of this loop.
            left: seconds until its turn, and how many of them it may be early.
        """
        loop = asyncio.get_running_loop()
        with self._lock:
            come = self._come
            self._loop, self._thread = loop, threading.get_ident()
            sleeper = self._sleeper = loop.create_future()
        seconds, early = (0.0, 0.0) if come else left()
        rounds = Rounds.here()
        rounds.enter(session, seconds, early, sleeper)
        try:
            await sleeper
        finally:
            rounds.leave(session)
            with self._lock:
                self._sleeper = None


def _over(sleeper: asyncio.Future[None]) -> None:
    if not sleeper.done():
        sleeper.set_result(None)
