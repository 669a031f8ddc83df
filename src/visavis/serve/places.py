"""Places for sessions, and the line of those who wait for one.

Comes in: who wants a place, who gives one back. Goes out: places, in the order of asking, never
more than there are.
"""

from __future__ import annotations

import asyncio
from collections import deque


class Places:
    """So many places.

    Args:
        count: how many.

    Attributes:
        count: how many there are.
        taken: how many are in use.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self.taken = 0
        self._line: deque[asyncio.Future[None]] = deque()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(not future.done() for future in self._line)

    async def take(self, patience: float) -> bool:
        """Take a place.

        Args:
            patience: seconds to wait for one.

        Returns:
            Whether there is one; it has to be given back.
        """
        if self.taken < self.count:
            self.taken += 1
            return True
        given: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._line.append(given)
        try:
            await asyncio.wait_for(asyncio.shield(given), patience)
        except TimeoutError:
            # It may have been given in the same turn of the loop; then it is ours.
            return self._step_out(given)
        except BaseException:
            if self._step_out(given):
                self.give_back()
            raise
        return True

    def take_anyway(self) -> None:
        """Take a place even if there is none, for one who had it before."""
        self.taken += 1

    def give_back(self) -> None:
        """Give a place back: to the first in the line, if there is one."""
        self.taken -= 1
        while self._line and self.taken < self.count:
            given = self._line.popleft()
            if not given.done():
                given.set_result(None)
                self.taken += 1

    def _step_out(self, given: asyncio.Future[None]) -> bool:
        """Leave the line; whether a place was already given."""
        if given.done():
            return True
        given.cancel()
        self._line.remove(given)
        return False
