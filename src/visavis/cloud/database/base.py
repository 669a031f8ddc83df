"""What tables are made of: the base, column types that mean the same on both databases, owners.

Comes in: nothing. Goes out: :class:`Base`, types, and the kinds of owners that the scope knows.
Every table is exactly one of :class:`OrgOwned`, :class:`AccountOwned`, :class:`Shared` and
:class:`Operators`, or has a rule of its own in `scope.py`; a test holds every table to it.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, ForeignKey, Integer, MetaData, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator


class UtcTime(TypeDecorator[datetime.datetime]):
    """A moment; always aware, always UTC, to the microsecond."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self, value: datetime.datetime | None, dialect: Dialect
    ) -> datetime.datetime | None:
        """To the database."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        utc = value.astimezone(datetime.UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(
        self, value: datetime.datetime | None, dialect: Dialect
    ) -> datetime.datetime | None:
        """From the database."""
        if value is None:
            return None
        if value.tzinfo is None:
            return value.replace(tzinfo=datetime.UTC)
        return value.astimezone(datetime.UTC)


def utc_now() -> datetime.datetime:
    """Now, aware."""
    return datetime.datetime.now(datetime.UTC)


Json = JSON().with_variant(JSONB(), "postgresql")
Count = BigInteger().with_variant(Integer(), "sqlite")
"""A 64-bit whole number; SQLite counts up primary keys of the type Integer only."""

Id = Annotated[str, mapped_column(String(32), primary_key=True)]
Name = Annotated[str, mapped_column(String(200))]
Short = Annotated[str, mapped_column(String(64))]
Moment = Annotated[datetime.datetime, mapped_column(UtcTime())]
Created = Annotated[datetime.datetime, mapped_column(UtcTime(), default=utc_now)]
"""When a row was made; indexed where lists are sorted by it."""
Serial = Annotated[int, mapped_column(Count, primary_key=True, autoincrement=True)]


class Base(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own way
        dict[str, Any]: Json,
        list[str]: Json,
        list[dict[str, Any]]: Json,
    }


class OrgOwned:
    """Rows of one organisation: seen and changed in its scope only."""

    @declared_attr
    def org_id(cls) -> Mapped[str]:
        """The organisation."""
        return mapped_column(
            String(32), ForeignKey("organisation.id", ondelete="CASCADE"), index=True
        )


class AccountOwned:
    """Rows of one person: seen and changed in the scope of that account only."""

    @declared_attr
    def account_id(cls) -> Mapped[str]:
        """The account."""
        return mapped_column(String(32), ForeignKey("account.id", ondelete="CASCADE"), index=True)


class Shared:
    """Rows that everybody may read (prices, plans); changed by the operator."""


class Operators:
    """Rows that are the operator's: no tenant sees them."""
