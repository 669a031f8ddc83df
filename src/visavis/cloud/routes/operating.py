"""What the operator looks at and changes: workers, live sessions, prices, credits.

Comes in: an administrator. Goes out: all organisations' rows; every change is in the audit log.
"""

from __future__ import annotations

import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from visavis.cloud import ids
from visavis.cloud.caller import Caller, needs
from visavis.cloud.database import LiveSession, Organisation, Price, Scope, Worker
from visavis.cloud.idempotency import IdempotentRoute
from visavis.cloud.paging import Cursor, Limit, Page, page
from visavis.cloud.problems import Problem, not_found
from visavis.cloud.routes.sessions import SessionShown, shown
from visavis.cloud.routes.usage import PriceShown
from visavis.cloud.texts import Line, path_id
from visavis.cloud.usage import ledger, prices, summaries

router = APIRouter(prefix="/v1/admin", tags=["operation"], route_class=IdempotentRoute)
Admin = Annotated[Caller, needs("admin")]
_ALL = Scope.system("the operator looks after all")


class WorkerShown(BaseModel):
    """A worker."""

    id: str
    engine: str
    state: str
    capacity: int = Field(description="Sessions at most.")
    taken: int = Field(description="Now.")
    seen_at: datetime.datetime


class SessionOfOrg(SessionShown):
    """A session, and whose it is."""

    org_id: str
    worker_id: str | None


class PriceForm(BaseModel):
    """A new price. Prices are added, never changed, and hold from now on at the earliest."""

    micro_credits: int = Field(ge=0, le=10**12, description="For a minute of a session.")
    valid_from: AwareDatetime | None = Field(None, description="null: now.")


class CreditForm(BaseModel):
    """Credits for an organisation."""

    micro_credits: int = Field(ge=-(10**15), le=10**15)
    note: Line = ""


class Credit(BaseModel):
    """What it has then."""

    balance: int


@router.get("/workers")
async def workers(caller: Admin) -> list[WorkerShown]:
    """All workers."""
    async with caller.cloud.database.read(_ALL) as db:
        rows = await db.scalars(select(Worker).order_by(Worker.id))
    return [WorkerShown.model_validate(row, from_attributes=True) for row in rows]


@router.get("/sessions")
async def live(caller: Admin, cursor: Cursor = None, limit: Limit = 50) -> Page[SessionOfOrg]:
    """Sessions of all organisations that have not ended."""
    async with caller.cloud.database.read(_ALL) as db:
        statement = select(LiveSession).where(LiveSession.state != "ended")
        rows, further = await page(db, statement, LiveSession, cursor, limit)
    items = [
        SessionOfOrg(**shown(row).model_dump(), org_id=row.org_id, worker_id=row.worker_id)
        for row in rows
    ]
    return Page(items=items, next=further)


@router.post("/prices", status_code=201)
async def set_price(caller: Admin, form: PriceForm) -> PriceShown:
    """Set what a minute costs from a moment on."""
    now = caller.cloud.now()
    since = form.valid_from or now
    if since < now:
        raise Problem(422, "past", "A price cannot begin in the past: that is billed already.")
    row = Price(id=ids.new_id("pri"), item=prices.SESSION_MINUTE, valid_from=since,
                micro_credits=form.micro_credits, created_at=now)  # fmt: skip
    try:
        async with caller.cloud.database.write(_ALL) as db:
            db.add(row)
            db.add(caller.audit("price.set", row.id, micro_credits=row.micro_credits,
                                valid_from=since.isoformat()))  # fmt: skip
    except IntegrityError:
        raise Problem(409, "taken", "There is a price that begins at that moment.") from None
    return PriceShown.model_validate(row, from_attributes=True)


@router.post("/organisations/{org_id}/credit")
async def give_credit(
    org_id: Annotated[str, path_id("org")], caller: Admin, form: CreditForm
) -> Credit:
    """Give an organisation credits, or take some back."""
    async with caller.cloud.database.write(_ALL) as db:
        if await db.get(Organisation, org_id) is None:
            raise not_found("organisation", org_id)
        source = ids.new_id("gift")
        await ledger.give(db, org_id, form.micro_credits, source, caller.cloud.now(), form.note)
        db.add(caller.audit("credit.given", org_id, micro_credits=form.micro_credits))
        return Credit(balance=await summaries.balance(db, org_id))
