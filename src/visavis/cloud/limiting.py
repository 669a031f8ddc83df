"""How often somebody may ask.

Comes in: who asks. Goes out: nothing, or a refusal with the seconds to wait. Counted in each
process by itself; what has to hold everywhere (locked accounts, budgets, places) is in the
database.
"""

from __future__ import annotations

import math
import time

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from visavis.cloud.problems import Problem
from visavis.cloud.settings import CloudSettings


class Limiter:
    """Counts requests.

    Args:
        settings: how many are too many.
    """

    def __init__(self, settings: CloudSettings) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._all = parse(settings.rate)
        self._log_in = parse(settings.rate_log_in)

    async def request(self, who: str) -> None:
        """Count a request.

        Args:
            who: id of a secret or a log-in; an address where there is neither.

        Raises:
            Problem: 429.
        """
        await self._count(self._all, "request", who)

    async def log_in(self, address: str) -> None:
        """Count an attempt to log in or sign up from an address.

        Raises:
            Problem: 429.
        """
        await self._count(self._log_in, "log_in", address)

    async def _count(self, limit: RateLimitItem, what: str, who: str) -> None:
        if not await self._limiter.hit(limit, what, who):
            window = await self._limiter.get_window_stats(limit, what, who)
            seconds = max(math.ceil(window.reset_time - time.time()), 1)
            raise Problem(
                429,
                "too_many_requests",
                f"More than {limit.amount} requests in {limit.get_expiry()} s.",
                f"Wait {seconds} s.",
                retry_after=seconds,
            )
