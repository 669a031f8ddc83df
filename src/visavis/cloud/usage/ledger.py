"""The ledger: what happened, entered once, never changed.

Comes in: how long a session has been in its room, again and again; credits that are given. Goes
out: entries, and the sums of days that they change. An amount is never taken as told: it is the
difference between what is told in all and what is entered already, found and entered in one
transaction that holds the session's row. So telling something twice, in a wrong order, or again
after a crash, enters nothing twice and loses nothing.
"""

from __future__ import annotations

import datetime
import math
from typing import Any, Literal

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from visavis.cloud.database import LedgerEntry, LiveSession, UsageDay
from visavis.cloud.usage.prices import PriceList

Kind = Literal["started", "heartbeat", "ended"]
CREDIT = 1_000_000
"""Micro-credits."""
_SUMMED = ("sessions", "seconds", "micro_credits", "granted")
_ONE_DAY = ["org_id", "day", "secret_id", "avatar_id"]


async def enter(
    db: AsyncSession,
    session: LiveSession,
    kind: Kind,
    total: float,
    at: datetime.datetime,
    prices: PriceList,
) -> int:
    """Enter what a session has used since its last entry.

    Args:
        db: of a system's scope; the transaction that holds the session's row.
        session: that row, read in this transaction with ``with_for_update``.
        kind: of entry.
        total: seconds under its present worker, in all; whole ones count.
        at: when that was.
        prices: that hold.

    Returns:
        The seconds entered.
    """
    added = max(session.base_seconds + int(total) - session.seconds, 0)
    pieces = _days(at, added)
    for number, (end, seconds) in enumerate(pieces, 1):
        before = session.sixtieths // 60
        session.sixtieths += prices.cost(end, seconds)
        cost = session.sixtieths // 60 - before
        session.seconds += seconds
        session.sequence += 1
        named = number == (1 if kind == "started" else len(pieces))
        entry = LedgerEntry(
            org_id=session.org_id, kind=kind if named else "heartbeat", source=session.id,
            sequence=session.sequence, at=end, day=end.date().isoformat(), session_id=session.id,
            secret_id=session.secret_id, avatar_id=session.avatar_id, seconds=seconds,
            micro_credits=cost, price_id=prices.at(end)[1],
        )  # fmt: skip
        db.add(entry)
        await _sum(db, entry, sessions=int(entry.kind == "started"), spent=cost)
    session.heartbeat_at = at
    await db.flush()
    return added


async def give(
    db: AsyncSession, org_id: str, micro_credits: int, source: str, at: datetime.datetime, note: str
) -> bool:
    """Give an organisation credits.

    Args:
        db: of a system's scope.
        org_id: to whom.
        micro_credits: how many; negative ones take back.
        source: what for: an invoice's id, a payment's; it gives once.
        at: when.
        note: for people.

    Returns:
        Whether they were given now; False: they were before.
    """
    day = at.date().isoformat()
    entry = {
        "org_id": org_id, "kind": "grant", "source": source, "sequence": 1, "at": at, "day": day,
        "seconds": 0, "micro_credits": -micro_credits, "note": note, "created_at": at,
    }  # fmt: skip
    given = await db.scalar(
        _insert(db)(LedgerEntry)
        .values(**entry)
        .on_conflict_do_nothing(index_elements=["source", "sequence"])
        .returning(LedgerEntry.id)
    )
    if given is None:
        return False
    await _sum(db, LedgerEntry(**entry), granted=micro_credits)
    return True


def _days(at: datetime.datetime, seconds: int) -> list[tuple[datetime.datetime, int]]:
    """Seconds before a moment by the days (UTC) they end in: ends and seconds, the first first."""
    end = at.astimezone(datetime.UTC)
    pieces = [] if seconds else [(end, 0)]
    while seconds:
        inside = end - datetime.timedelta(microseconds=1)
        midnight = inside.replace(hour=0, minute=0, second=0, microsecond=0)
        here = min(seconds, math.ceil((end - midnight).total_seconds()))
        pieces.insert(0, (end if end.date() == inside.date() else inside, here))
        seconds -= here
        end = midnight
    return pieces


async def _sum(
    db: AsyncSession, entry: LedgerEntry, sessions: int = 0, spent: int = 0, granted: int = 0
) -> None:
    insert = _insert(db)(UsageDay).values(
        org_id=entry.org_id, day=entry.day, secret_id=entry.secret_id or "",
        avatar_id=entry.avatar_id or "", sessions=sessions, seconds=entry.seconds,
        micro_credits=spent, granted=granted,
    )  # fmt: skip
    await db.execute(
        insert.on_conflict_do_update(
            index_elements=_ONE_DAY,
            set_={name: getattr(UsageDay, name) + insert.excluded[name] for name in _SUMMED},
        )
    )


def _insert(db: AsyncSession) -> Any:
    return (sqlite if db.get_bind().dialect.name == "sqlite" else postgresql).insert
