"""Tables of bills: plans, who has which, invoices, what Stripe told.

Comes in: nothing. Goes out: table classes. Money is whole cents.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from visavis.cloud.database.base import (
    Base,
    Created,
    Id,
    Moment,
    Name,
    Operators,
    OrgOwned,
    Shared,
    Short,
)


class Plan(Shared, Base):
    """What can be subscribed to."""

    __tablename__ = "plan"

    id: Mapped[Id]
    name: Mapped[Name]
    cents: Mapped[int] = mapped_column(BigInteger, default=0)
    currency: Mapped[str] = mapped_column(String(3), default="usd")
    micro_credits: Mapped[int] = mapped_column(BigInteger, default=0)
    sessions: Mapped[int] = mapped_column(default=0)
    limits: Mapped[dict[str, Any]] = mapped_column(default=dict)
    stripe_price: Mapped[Short] = mapped_column(default="")
    retired_at: Mapped[Moment | None]
    created_at: Mapped[Created]


class Subscription(OrgOwned, Base):
    """Which plan an organisation has, since when; the one without an end is the present one."""

    __tablename__ = "subscription"

    id: Mapped[Id]
    plan_id: Mapped[str] = mapped_column(String(32))
    since: Mapped[Moment]
    until: Mapped[Moment | None]
    stripe_customer: Mapped[Short] = mapped_column(default="")
    stripe_subscription: Mapped[Short] = mapped_column(default="")
    created_at: Mapped[Created]


class Invoice(OrgOwned, Base):
    """A bill for one month."""

    __tablename__ = "invoice"
    __table_args__ = (UniqueConstraint("number"), UniqueConstraint("org_id", "month"))

    id: Mapped[Id]
    number: Mapped[Short]
    month: Mapped[str] = mapped_column(String(7))
    lines: Mapped[list[dict[str, Any]]] = mapped_column(default=list)
    cents: Mapped[int] = mapped_column(BigInteger, default=0)
    currency: Mapped[str] = mapped_column(String(3), default="usd")
    state: Mapped[str] = mapped_column(String(10), default="open")
    stripe_invoice: Mapped[Short] = mapped_column(default="")
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[Created]
    paid_at: Mapped[Moment | None]


class MeterReport(OrgOwned, Base):
    """Usage of one day that is told to Stripe; its id makes telling it twice harmless.

    Attributes:
        day: "2026-01-31".
        micro_credits: that this report adds to what was told of the day before.
        sent_at: None: not yet.
    """

    __tablename__ = "meter_report"
    __table_args__ = (UniqueConstraint("org_id", "day", "sequence"),)

    id: Mapped[Id]
    day: Mapped[str] = mapped_column(String(10))
    sequence: Mapped[int]
    micro_credits: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[Created]
    sent_at: Mapped[Moment | None] = mapped_column(index=True)


class StripeEvent(Operators, Base):
    """An event Stripe has told of, so that the same one counts once."""

    __tablename__ = "stripe_event"

    id: Mapped[str] = mapped_column(String(255), primary_key=True)
    kind: Mapped[str] = mapped_column(String(100))
    created_at: Mapped[Created]
