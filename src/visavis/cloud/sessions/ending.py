"""The end of a session, and what its worker says of it until then.

Comes in: a session's row, held by the transaction. Goes out: its ledger entries, its state, its
place given back; each once, however often it is told.
"""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from visavis.cloud.context import Cloud
from visavis.cloud.database import LiveSession, Scope
from visavis.cloud.engines.engine import Report
from visavis.cloud.sessions import places
from visavis.cloud.usage import budgets, ledger
from visavis.cloud.usage.prices import PriceList, price_list
from visavis.cloud.webhooks import outbox

SYSTEM = Scope.system("sessions and their ledger")
_REASON = 500


async def hold(db: AsyncSession, session_id: str) -> LiveSession | None:
    """A session's row, held until the transaction ends; None: it is not there, or over."""
    session = await db.get(LiveSession, session_id, with_for_update=True, populate_existing=True)
    return None if session is None or session.state == "ended" else session


async def settle(
    cloud: Cloud, session_id: str, report: Report, at: datetime.datetime, enter: bool = False
) -> None:
    """Take in what a worker says of a session.

    Args:
        cloud: where.
        session_id: of which.
        report: what it says.
        at: when it said so.
        enter: what it used, even if it is not time for it yet.
    """
    async with cloud.database.write(SYSTEM) as db:
        session = await hold(db, session_id)
        if session is None or session.task_id != report.task_id:
            return
        prices = await price_list(db)
        entered = 0
        if report.figures:
            session.figures = report.figures
        if report.joined:
            if session.joined_at is None:
                session.joined_at = at - datetime.timedelta(seconds=report.seconds)
                await ledger.enter(db, session, "started", 0, session.joined_at, prices)
                await outbox.tell(db, session.org_id, "session.started", facts(session), at)
            session.state = "running"
            if not report.ended and (enter or due(cloud, session, at)):
                entered = await ledger.enter(db, session, "heartbeat", report.seconds, at, prices)
        if report.ended:
            entered = await end(db, session, report.reason, at, prices, report.seconds)
        if entered:
            await budgets.tell_soft(db, session.org_id, at)


async def end_talk(cloud: Cloud, session_id: str, reason: str) -> None:
    """End a talk on a page: it runs by the clock, from its beginning on."""
    now = cloud.now()
    async with cloud.database.write(SYSTEM) as db:
        session = await hold(db, session_id)
        if session is not None:
            began = session.joined_at or now
            await end(db, session, reason, now, await price_list(db), (now - began).total_seconds())


def due(cloud: Cloud, session: LiveSession, at: datetime.datetime) -> bool:
    """Whether it is time for another entry of a session."""
    last = session.heartbeat_at or session.created_at
    return (at - last).total_seconds() >= cloud.settings.heartbeat


async def end(
    db: AsyncSession,
    session: LiveSession,
    reason: str,
    at: datetime.datetime,
    prices: PriceList,
    seconds: float = 0.0,
) -> int:
    """End a session.

    Args:
        db: that holds its row.
        session: the row, not ended.
        reason: why, for people.
        at: when.
        prices: that hold.
        seconds: under its present worker in all, where that is known; else what is entered stands.

    Returns:
        The seconds entered.
    """
    entered = 0
    if session.joined_at is not None:
        entered = await ledger.enter(db, session, "ended", seconds, at, prices)
    session.state, session.reason, session.ended_at = "ended", reason[:_REASON], at
    session.token = ""  # lives no longer than the session
    if session.worker_id is not None:
        await places.give_back(db, session.worker_id)
    await outbox.tell(db, session.org_id, "session.ended", facts(session), at)
    return entered


def facts(session: LiveSession) -> dict[str, Any]:
    """What webhooks tell of a session."""
    return {
        "session_id": session.id,
        "avatar_id": session.avatar_id,
        "secret_id": session.secret_id,
        "room": session.room,
        "seconds": session.seconds,
        "micro_credits": session.sixtieths // 60,
        "reason": session.reason,
    }
