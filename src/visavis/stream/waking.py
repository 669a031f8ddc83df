"""A loop's sleep that ends at a moment, or when something comes.

Comes in: seconds, wake-ups from any thread. Goes out: nothing.
"""

from __future__ import annotations

import asyncio
import threading


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

    async def sleep(self, seconds: float) -> None:
        """So long at most; not at all if something came since :meth:`clear`."""
        loop = asyncio.get_running_loop()
        with self._lock:
            if self._come:
                seconds = 0.0
            self._loop, self._thread = loop, threading.get_ident()
            sleeper = self._sleeper = loop.create_future()
        timer = loop.call_later(max(seconds, 0.0), _over, sleeper)
        try:
            await sleeper
        finally:
            timer.cancel()
            with self._lock:
                self._sleeper = None


def _over(sleeper: asyncio.Future[None]) -> None:
    if not sleeper.done():
        sleeper.set_result(None)
