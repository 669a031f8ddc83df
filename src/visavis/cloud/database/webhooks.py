"""Tables of webhooks: where to, what is to be sent, what came of it.

Comes in: nothing. Goes out: table classes.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from visavis.cloud.database.base import Base, Created, Id, Moment, Name, OrgOwned, Short


class WebhookEndpoint(OrgOwned, Base):
    """An address that wants to be told.

    Attributes:
        secret: that signs, sealed (see `sealing.py`).
        events: kinds of events; empty: all.
        failures: in a row.
    """

    __tablename__ = "webhook_endpoint"

    id: Mapped[Id]
    url: Mapped[str] = mapped_column(Text)
    name: Mapped[Name] = mapped_column(default="")
    secret: Mapped[str] = mapped_column(Text)
    events: Mapped[list[str]] = mapped_column(default=list)
    failures: Mapped[int] = mapped_column(default=0)
    disabled_at: Mapped[Moment | None]
    disabled_why: Mapped[Name] = mapped_column(default="")
    created_at: Mapped[Created]


class OutboxMessage(OrgOwned, Base):
    """An event on its way to one endpoint; written with what it tells of, in one transaction.

    Attributes:
        event_id: the same for all endpoints that are told, and for every try.
        state: "waiting", "sent" or "given_up".
    """

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_state_next_at", "state", "next_at"),)

    id: Mapped[Id]
    endpoint_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("webhook_endpoint.id", ondelete="CASCADE"), index=True
    )
    event_id: Mapped[Short]
    event: Mapped[Short]
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[Moment]
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    claimed_until: Mapped[Moment | None]
    created_at: Mapped[Created]


class Delivery(OrgOwned, Base):
    """One try to deliver."""

    __tablename__ = "delivery"

    id: Mapped[Id]
    endpoint_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("webhook_endpoint.id", ondelete="CASCADE"), index=True
    )
    message_id: Mapped[str] = mapped_column(String(32), index=True)
    event: Mapped[Short]
    status: Mapped[int] = mapped_column(default=0)
    milliseconds: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[Created]
