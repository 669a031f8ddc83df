"""Tables of what was used: the ledger, prices, budgets.

Comes in: nothing. Goes out: table classes. Amounts are whole numbers: seconds, and millionths of
a credit. Nothing in the ledger is ever changed or removed, but with its organisation.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from visavis.cloud.database.base import Base, Created, Id, Moment, OrgOwned, Serial, Shared, Short


class LedgerEntry(OrgOwned, Base):
    """One fact.

    Attributes:
        kind: "started", "heartbeat", "ended" of a session; "grant", "correction" of credits.
        source: what it is about: a session's id, an invoice's …
        sequence: counts up within its source; the same one is never entered twice.
        seconds: of session time that this entry adds.
        micro_credits: what it costs, or brings where negative.
        day: of `at` in UTC, "2026-01-31"; by which summaries are made.
    """

    __tablename__ = "ledger"
    __table_args__ = (
        UniqueConstraint("source", "sequence"),
        Index("ix_ledger_org_id_at", "org_id", "at"),
        Index("ix_ledger_org_id_day", "org_id", "day"),
        Index("ix_ledger_org_id_id", "org_id", "id"),
    )

    id: Mapped[Serial]
    kind: Mapped[str] = mapped_column(String(16))
    source: Mapped[Short]
    sequence: Mapped[int]
    at: Mapped[Moment]
    day: Mapped[str] = mapped_column(String(10))
    session_id: Mapped[str | None] = mapped_column(String(32))
    secret_id: Mapped[str | None] = mapped_column(String(32))
    avatar_id: Mapped[str | None] = mapped_column(String(10))
    seconds: Mapped[int] = mapped_column(BigInteger, default=0)
    micro_credits: Mapped[int] = mapped_column(BigInteger, default=0)
    price_id: Mapped[str | None] = mapped_column(String(32))
    note: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[Created]


class UsageDay(OrgOwned, Base):
    """What the ledger's entries of one day add up to; changed in the transaction that enters them.

    Attributes:
        day: in UTC, "2026-01-31".
        secret_id, avatar_id: whose; "" where there is none.
        sessions: begun on that day.
        seconds: of session time.
        micro_credits: spent.
        granted: credits given, millionths.
    """

    __tablename__ = "usage_day"
    __table_args__ = (UniqueConstraint("org_id", "day", "secret_id", "avatar_id"),)

    id: Mapped[Serial]
    day: Mapped[str] = mapped_column(String(10), index=True)
    secret_id: Mapped[str] = mapped_column(String(32), default="")
    avatar_id: Mapped[str] = mapped_column(String(32), default="")
    sessions: Mapped[int] = mapped_column(default=0)
    seconds: Mapped[int] = mapped_column(BigInteger, default=0)
    micro_credits: Mapped[int] = mapped_column(BigInteger, default=0)
    granted: Mapped[int] = mapped_column(BigInteger, default=0)


class Price(Shared, Base):
    """What a minute of something costs since when; rows are added, not changed.

    Attributes:
        item: "session_minute" …
    """

    __tablename__ = "price"
    __table_args__ = (UniqueConstraint("item", "valid_from"),)

    id: Mapped[Id]
    item: Mapped[Short]
    micro_credits: Mapped[int] = mapped_column(BigInteger)
    valid_from: Mapped[Moment]
    created_at: Mapped[Created]


class Budget(OrgOwned, Base):
    """How much an organisation lets itself spend in a month.

    Attributes:
        soft: tells its members; hard: no launch beyond. None: no such limit.
        told: the month, "2026-01", whose soft limit was told.
    """

    __tablename__ = "budget"
    __table_args__ = (UniqueConstraint("org_id", name="uq_budget_org_id"),)

    id: Mapped[Id]
    soft: Mapped[int | None] = mapped_column(BigInteger)
    hard: Mapped[int | None] = mapped_column(BigInteger)
    told: Mapped[str] = mapped_column(String(7), default="")
    updated_at: Mapped[Created]
