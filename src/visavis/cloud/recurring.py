"""Work that is done again and again beside requests, whatever fails.

Comes in: a cloud, and what a turn does. Goes out: a :class:`~visavis.cloud.context.Service`.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod

from visavis.cloud.context import Cloud


class Recurring(ABC):
    """A service that takes one turn after the other.

    Args:
        cloud: whose.
        every: seconds between turns.
    """

    def __init__(self, cloud: Cloud, every: float) -> None:
        self._cloud = cloud
        self._every = every
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin; returns at once."""
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """End, in the middle of a turn too: what it left undone is done by a later one."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @abstractmethod
    async def turn(self) -> bool:
        """Do what is due; whether there is more to do at once."""

    @abstractmethod
    def failed(self, error: Exception) -> None:
        """Say in the log that a turn failed; the next one tries again."""

    async def _run(self) -> None:
        while True:
            more = False
            try:
                more = await self.turn()
            except Exception as error:  # the database, most likely
                self.failed(error)
            if not more:
                await asyncio.sleep(self._every)


def wait(logger: logging.Logger, what: str, error: Exception) -> None:
    """One line, without what the error says: that can hold addresses and parameters."""
    logger.warning("%s: %s", what, type(error).__name__)
