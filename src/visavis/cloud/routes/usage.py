"""Usage: a month's sums, the ledger itself, CSV, the budget, prices.

Comes in: a month. Goes out: what was used in it, in whole seconds and millionths of a credit.
"""

from __future__ import annotations

import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field, model_validator
from sqlalchemy import select

from visavis.cloud import ids
from visavis.cloud.caller import Caller, needs
from visavis.cloud.context import Cloud
from visavis.cloud.database import Budget, LedgerEntry, Price
from visavis.cloud.idempotency import IdempotentRoute
from visavis.cloud.paging import Limit, Page
from visavis.cloud.problems import Problem
from visavis.cloud.usage import prices, summaries

router = APIRouter(prefix="/v1", tags=["usage"], route_class=IdempotentRoute)
Reader = Annotated[Caller, needs("read", "billing")]
Payer = Annotated[Caller, needs("billing")]
MonthAsked = Annotated[
    str | None, Query(max_length=7, examples=["2026-01"], description="Without: this one.")
]
_LARGEST = 10**15


class Entry(BaseModel):
    """A line of the ledger."""

    id: int
    kind: str = Field(description="started, heartbeat, ended; grant.")
    source: str
    sequence: int
    at: datetime.datetime
    session_id: str | None
    secret_id: str | None
    avatar_id: str | None
    seconds: int
    micro_credits: int = Field(description="Cost; below 0: given.")
    note: str


class BudgetForm(BaseModel):
    """What may be spent in a month, in millionths of a credit; null: no limit."""

    soft: int | None = Field(None, ge=0, le=_LARGEST, description="Tells its webhooks.")
    hard: int | None = Field(None, ge=0, le=_LARGEST, description="No launch beyond it: 402.")

    @model_validator(mode="after")
    def _in_order(self) -> BudgetForm:
        if self.soft is not None and self.hard is not None and self.soft > self.hard:
            raise ValueError("soft is at most hard")
        return self


class BudgetShown(BudgetForm):
    """The budget, and what is spent of it."""

    month: str
    spent: int


class PriceShown(BaseModel):
    """A price, and since when it holds."""

    item: str
    micro_credits: int = Field(description="For a minute.")
    valid_from: datetime.datetime | None = Field(description="null: since ever.")


@router.get("/usage")
async def usage(caller: Reader, month: MonthAsked = None) -> summaries.Month:
    """A month's usage: in all, by day, by API secret, by avatar."""
    async with caller.read() as db:
        return await summaries.month_of(db, month or _now(caller.cloud))


@router.get("/usage.csv", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
async def usage_csv(caller: Reader, month: MonthAsked = None) -> Response:
    """The same as CSV: a line for each day, secret and avatar."""
    month = month or _now(caller.cloud)
    async with caller.read() as db:
        text = await summaries.as_csv(db, month)
    name = f'attachment; filename="visavis-{month}.csv"'
    return Response(text, media_type="text/csv", headers={"Content-Disposition": name})


@router.get("/usage/entries")
async def entries(
    caller: Reader,
    session_id: Annotated[str | None, Query(max_length=32)] = None,
    cursor: Annotated[str | None, Query(max_length=20)] = None,
    limit: Limit = 50,
) -> Page[Entry]:
    """The ledger, the newest line first."""
    statement = select(LedgerEntry).order_by(LedgerEntry.id.desc()).limit(limit + 1)
    if session_id is not None:
        if "\0" in session_id:
            raise Problem(422, "wrong_session", "This is no session's id.")
        statement = statement.where(LedgerEntry.source == session_id)
    if cursor is not None:
        if not (cursor.isascii() and cursor.isdigit()) or int(cursor) >= 2**63:
            raise Problem(422, "wrong_cursor", "This is no cursor.", "Begin again without one.")
        statement = statement.where(LedgerEntry.id < int(cursor))
    async with caller.read() as db:
        rows = (await db.scalars(statement)).all()
    further = str(rows[limit - 1].id) if len(rows) > limit else None
    items = [Entry.model_validate(row, from_attributes=True) for row in rows[:limit]]
    return Page(items=items, next=further)


@router.get("/budget")
async def budget(caller: Reader) -> BudgetShown:
    """What may be spent this month, and what is."""
    async with caller.read() as db:
        row = await db.scalar(select(Budget))
        spent = await summaries.spent(db, caller.org_id, _now(caller.cloud))
    soft, hard = (row.soft, row.hard) if row is not None else (None, None)
    return BudgetShown(soft=soft, hard=hard, month=_now(caller.cloud), spent=spent)


@router.put("/budget")
async def set_budget(caller: Payer, form: BudgetForm) -> BudgetShown:
    """Set what may be spent in a month."""
    async with caller.write() as db:
        row = await db.scalar(select(Budget))
        if row is None:
            row = Budget(id=ids.new_id("bud"))
            db.add(row)
        row.soft, row.hard, row.told = form.soft, form.hard, ""
        row.updated_at = caller.cloud.now()
        db.add(caller.audit("budget.set", soft=form.soft, hard=form.hard))
    return await budget(caller)


@router.get("/prices")
async def price_table(caller: Annotated[Caller, needs("read", "billing", "account")],
                      ) -> list[PriceShown]:  # fmt: skip
    """What a minute costs, since when; also what it will cost, where that is known."""
    async with caller.read() as db:
        rows = (await db.scalars(select(Price).order_by(Price.valid_from))).all()
    first = PriceShown(item=prices.SESSION_MINUTE, micro_credits=prices.STANDARD, valid_from=None)
    return [first, *(PriceShown.model_validate(row, from_attributes=True) for row in rows)]


def _now(cloud: Cloud) -> str:
    return summaries.this_month(cloud.now())
