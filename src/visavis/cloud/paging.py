"""Lists in pages, by a cursor that stays right while rows come and go.

Comes in: a statement, a cursor, a number. Goes out: rows, newest first, and the next cursor.
"""

from __future__ import annotations

import base64
import binascii
import datetime
from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field
from sqlalchemy import Select, String, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from visavis.cloud.database.base import UtcTime
from visavis.cloud.problems import Problem

T = TypeVar("T")

Cursor = Annotated[str | None, Query(description="`next` of the page before.", max_length=200)]
Limit = Annotated[int, Query(ge=1, le=200, description="Rows at most.")]


class Page(BaseModel, Generic[T]):
    """A page of a list."""

    items: list[T]
    next: str | None = Field(None, description="Pass on as `cursor`; null: this is the last page.")


async def page(
    db: AsyncSession, statement: Select[Any], table: Any, cursor: str | None, limit: int
) -> tuple[Sequence[Any], str | None]:
    """One page of a statement's rows, newest first.

    Args:
        db: a session.
        statement: selects `table`, without an order.
        table: has `created_at` and `id`, with an index on both.
        cursor: of the page before.
        limit: rows at most.

    Raises:
        Problem: 422, a cursor that is none.
    """
    key = tuple_(table.created_at, table.id)
    if cursor:
        moment, name = _read(cursor)
        statement = statement.where(
            key < tuple_(literal(moment, UtcTime()), literal(name, String()))
        )
    found = await db.execute(
        statement.order_by(table.created_at.desc(), table.id.desc()).limit(limit + 1)
    )
    rows = found.scalars().all()
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], _write(last.created_at, last.id)


def _write(moment: datetime.datetime, name: str) -> str:
    text = f"{moment.isoformat()} {name}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str) -> tuple[datetime.datetime, str]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        moment, _, name = text.partition(" ")
        read = datetime.datetime.fromisoformat(moment).astimezone(datetime.UTC)
        if not name or "\0" in name:
            raise ValueError
    except (ValueError, OverflowError, binascii.Error):
        raise Problem(
            422, "wrong_cursor", "This is no cursor.", "Begin again without one."
        ) from None
    return read, name
