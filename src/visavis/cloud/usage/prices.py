"""What a minute costs, and since when: a list of prices to which new ones are added.

Comes in: seconds and when they were. Goes out: their cost, exact: in sixtieths of a micro-credit,
since a price is one of whole micro-credits a minute and usage is one of whole seconds.
"""

from __future__ import annotations

import datetime
import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from visavis.cloud.database import Price

SESSION_MINUTE = "session_minute"
STANDARD = 1_000_000
"""Micro-credits for a minute as long as the operator says nothing: one credit."""
_EVER = datetime.datetime.min.replace(tzinfo=datetime.UTC)


@dataclass(frozen=True, slots=True)
class PriceList:
    """Prices of one thing.

    Attributes:
        since: when each begins, ascending; the first one "ever".
        prices: micro-credits a minute, from then on.
        ids: of their rows; None: the standard price.
    """

    since: tuple[datetime.datetime, ...] = (_EVER,)
    prices: tuple[int, ...] = (STANDARD,)
    ids: tuple[str | None, ...] = (None,)

    @classmethod
    def of(cls, rows: Iterable[Price]) -> PriceList:
        """The list that rows make; before the first of them the standard price holds."""
        rows = sorted(rows, key=lambda row: row.valid_from)
        return cls(
            (_EVER, *(row.valid_from for row in rows)),
            (STANDARD, *(row.micro_credits for row in rows)),
            (None, *(row.id for row in rows)),
        )

    def at(self, moment: datetime.datetime) -> tuple[int, str | None]:
        """The price at a moment, and its row's id."""
        index = bisect_right(self.since, moment) - 1
        return self.prices[index], self.ids[index]

    def cost(self, until: datetime.datetime, seconds: int) -> int:
        """What the seconds before a moment cost.

        Args:
            until: their end.
            seconds: how many. One that begins before a new price has the old one.

        Returns:
            Sixtieths of a micro-credit.
        """
        total, left, index = 0, seconds, bisect_right(self.since, until) - 1
        while left > 0:
            begin = self.since[index]
            inside = left
            if index > 0:
                inside = min(left, max(math.floor((until - begin).total_seconds()), 0))
            total += inside * self.prices[index]
            left -= inside
            until -= datetime.timedelta(seconds=inside)
            index -= 1
        return total


async def price_list(db: AsyncSession, item: str = SESSION_MINUTE) -> PriceList:
    """The prices of something, as they are now."""
    return PriceList.of((await db.scalars(select(Price).where(Price.item == item))).all())
