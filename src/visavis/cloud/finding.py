"""Rows that a request names. Comes in: a table and an id. Goes out: the row, or a refusal."""

from __future__ import annotations

import datetime
from typing import Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from visavis.cloud.problems import Problem, not_found

T = TypeVar("T")


class Revocable(Protocol):
    """What can be revoked, once."""

    revoked_at: datetime.datetime | None


async def find(db: AsyncSession, table: type[T], named: str, what: str) -> T:
    """The row of an id, among those that the caller may see.

    Args:
        db: the caller's.
        table: where it would be.
        named: its id.
        what: "avatar", "secret" …

    Raises:
        Problem: 404, there is none.
    """
    row = await db.get(table, named)
    if row is None:
        raise not_found(what, named)
    return row


def mark_revoked(row: Revocable, now: datetime.datetime) -> None:
    """Revoke it from now on.

    Raises:
        Problem: 409, it is revoked already.
    """
    if row.revoked_at is not None:
        raise Problem(409, "revoked", "It is revoked already.")
    row.revoked_at = now
