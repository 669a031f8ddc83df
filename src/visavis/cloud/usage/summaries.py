"""What an organisation used: by month, day, API secret and avatar, and as CSV.

Comes in: a session of the database within the organisation's scope, a month. Goes out: sums. They
come from the sums of days, never from the ledger itself, so they take as long after a million
entries as after one.
"""

from __future__ import annotations

import csv
import datetime
import io
import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from visavis.cloud.database import ApiSecret, Avatar, UsageDay
from visavis.cloud.problems import Problem

_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


class Amount(BaseModel):
    """What was used."""

    sessions: int = Field(0, description="Begun.")
    seconds: int = Field(0, description="Of session time.")
    micro_credits: int = Field(0, description="Millionths of a credit, spent.")


class Part(Amount):
    """What one of them used."""

    id: str = Field(description='A day, or an id; "": none.')
    name: str = ""


class Month(Amount):
    """A month's usage."""

    month: str
    granted: int = Field(0, description="Credits given in it, millionths.")
    balance: int = Field(0, description="Credits left, all months together, millionths.")
    days: list[Part]
    secrets: list[Part]
    avatars: list[Part]


def this_month(now: datetime.datetime) -> str:
    """The month of a moment, "2026-01"."""
    return f"{now:%Y-%m}"


def bounds(month: str) -> tuple[str, str]:
    """First and last day of a month, as texts.

    Raises:
        Problem: 422, it is no month.
    """
    if not _MONTH.fullmatch(month):
        raise Problem(422, "wrong_month", "A month looks like 2026-01.")
    return f"{month}-01", f"{month}-31"


async def month_of(db: AsyncSession, month: str) -> Month:
    """A month's usage.

    Args:
        db: within an organisation's scope.
        month: "2026-01".

    Raises:
        Problem: 422, it is no month.
    """
    within = UsageDay.day.between(*bounds(month))
    sums = [func.coalesce(func.sum(getattr(UsageDay, name)), 0).label(name)
            for name in ("sessions", "seconds", "micro_credits", "granted")]  # fmt: skip
    total = (await db.execute(select(*sums).where(within))).one()

    async def by(column: Any) -> Sequence[Any]:
        statement = select(column.label("id"), *sums).where(within).group_by(column)
        used = (await db.execute(statement.order_by(column))).all()
        return [row for row in used if row.sessions or row.seconds or row.micro_credits]

    secrets, avatars = await by(UsageDay.secret_id), await by(UsageDay.avatar_id)
    names: dict[str, str] = {}
    for table, used in ((ApiSecret, secrets), (Avatar, avatars)):
        named = select(table.id, table.name).where(table.id.in_([row.id for row in used]))
        names |= {row.id: row.name for row in await db.execute(named)}

    def parts(rows: Sequence[Any]) -> list[Part]:
        return [
            Part(id=row.id, name=names.get(row.id, ""), sessions=row.sessions,
                 seconds=row.seconds, micro_credits=row.micro_credits)
            for row in rows
        ]  # fmt: skip

    return Month(
        month=month, sessions=total.sessions, seconds=total.seconds,
        micro_credits=total.micro_credits, granted=total.granted, balance=await balance(db),
        days=parts(await by(UsageDay.day)), secrets=parts(secrets), avatars=parts(avatars),
    )  # fmt: skip


async def balance(db: AsyncSession, org_id: str | None = None) -> int:
    """Credits given and not spent, millionths; below 0: spent beyond what was given.

    Args:
        db: within the organisation's scope; or a system's, with
        org_id: the organisation.
    """
    left = select(func.coalesce(func.sum(UsageDay.granted - UsageDay.micro_credits), 0))
    if org_id is not None:
        left = left.where(UsageDay.org_id == org_id)
    return int(await db.scalar(left) or 0)


async def spent(db: AsyncSession, org_id: str, month: str) -> int:
    """What an organisation spent in a month, micro-credits."""
    total = select(func.coalesce(func.sum(UsageDay.micro_credits), 0)).where(
        UsageDay.org_id == org_id, UsageDay.day.between(*bounds(month))
    )
    return int(await db.scalar(total) or 0)


async def as_csv(db: AsyncSession, month: str) -> str:
    """A month's usage as CSV: a line for each day, secret and avatar.

    Raises:
        Problem: 422, it is no month.
    """
    rows = await db.execute(
        select(UsageDay)
        .where(UsageDay.day.between(*bounds(month)))
        .order_by(UsageDay.day, UsageDay.secret_id, UsageDay.avatar_id)
    )
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(["day", "secret_id", "avatar_id", "sessions", "seconds", "credits", "granted"])
    for row in rows.scalars():
        table.writerow(
            [row.day, row.secret_id, row.avatar_id, row.sessions, row.seconds,
             f"{row.micro_credits / 1e6:.6f}", f"{row.granted / 1e6:.6f}"]
        )  # fmt: skip
    return text.getvalue()
