"""The outbox: events that wait to be sent, written in the transaction that makes them true.

Comes in: what has happened to an organisation. Goes out: a message for each of its endpoints that
wants to know.
"""

from __future__ import annotations

import datetime
from typing import Any, Literal, get_args

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from visavis.cloud import ids
from visavis.cloud.database import OutboxMessage, WebhookEndpoint

Event = Literal[
    "session.started", "session.ended", "budget.reached", "invoice.created", "invoice.paid",
    "credit.added", "webhook.test",
]  # fmt: skip
EVENTS: tuple[str, ...] = get_args(Event)


async def tell(
    db: AsyncSession, org_id: str, event: Event, data: dict[str, Any], now: datetime.datetime
) -> int:
    """Write an event down for all endpoints of an organisation that want it.

    Args:
        db: for writing; of a system's scope, or the organisation's.
        org_id: whose.
        event: what.
        data: more of it; no secret.
        now: when.

    Returns:
        How many will be told.
    """
    found = await db.scalars(
        select(WebhookEndpoint).where(
            WebhookEndpoint.org_id == org_id, WebhookEndpoint.disabled_at.is_(None)
        )
    )
    wanting = [one for one in found if not one.events or event in one.events]
    name = ids.new_id("evt")
    for endpoint in wanting:
        db.add(message(endpoint, event, data, now, name))
    return len(wanting)


def message(
    endpoint: WebhookEndpoint, event: Event, data: dict[str, Any], now: datetime.datetime, name: str
) -> OutboxMessage:
    """An event for one endpoint.

    Args:
        endpoint: that is told.
        event: what.
        data: more of it.
        now: when.
        name: of the event, the same at all endpoints.
    """
    payload = {"type": event, "timestamp": now.isoformat(), "data": data}
    return OutboxMessage(
        id=ids.new_id("msg"), org_id=endpoint.org_id, endpoint_id=endpoint.id, event_id=name,
        event=event, payload=payload, next_at=now, created_at=now,
    )  # fmt: skip
