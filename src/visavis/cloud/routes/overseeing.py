"""What the operator sees of people and organisations; who changed what.

Comes in: an administrator, or an owner for their own organisation's log. Goes out: accounts,
organisations, the audit log. Nothing of a password, a secret or an avatar's file is in it.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import Select, delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from visavis.cloud.caller import Caller, needs
from visavis.cloud.database import (
    Account,
    AuditEntry,
    Avatar,
    Login,
    Membership,
    Organisation,
    Scope,
)
from visavis.cloud.finding import find
from visavis.cloud.idempotency import IdempotentRoute
from visavis.cloud.paging import Cursor, Limit, Page, page
from visavis.cloud.problems import Problem
from visavis.cloud.texts import Line, path_id

router = APIRouter(prefix="/v1", tags=["operation"], route_class=IdempotentRoute)
Admin = Annotated[Caller, needs("admin")]
Owner = Annotated[Caller, needs("members")]
Search = Annotated[Line | None, Query(description="In names and addresses.")]
NumberCursor = Annotated[
    int | None, Query(ge=0, lt=2**63, description="`next` of the page before.")
]
_ALL = Scope.system("the operator looks after all")


class AccountShown(BaseModel):
    """An account."""

    id: str = Field(examples=["acc_7h2k4m6n8p0q2r4s"])
    email: str
    name: str
    is_admin: bool
    created_at: datetime.datetime
    disabled_at: datetime.datetime | None
    organisations: list[str] = Field(description="Names.")


class AccountChange(BaseModel):
    """Whether it may log in."""

    disabled: bool


class OrganisationSeen(BaseModel):
    """An organisation."""

    id: str = Field(examples=["org_7h2k4m6n8p0q2r4s"])
    name: str
    created_at: datetime.datetime
    suspended_at: datetime.datetime | None
    members: int
    avatars: int


class OrganisationChange(BaseModel):
    """Whether it may do anything."""

    suspended: bool


class Change(BaseModel):
    """A line of the audit log."""

    id: int
    at: datetime.datetime
    actor: str = Field(description="Id of an account or a secret.")
    action: str = Field(examples=["secret.created"])
    target: str
    detail: dict[str, Any]
    org_id: str | None
    address: str


@router.get("/admin/accounts")
async def accounts(
    caller: Admin, q: Search = None, cursor: Cursor = None, limit: Limit = 50
) -> Page[AccountShown]:
    """All accounts, the newest first."""
    wanted = select(Account)
    if q:
        found = Account.email.contains(q.lower(), autoescape=True)
        wanted = wanted.where(found | Account.name.icontains(q, autoescape=True))
    async with caller.cloud.database.read(_ALL) as db:
        rows, further = await page(db, wanted, Account, cursor, limit)
        return Page(items=await _accounts(db, list(rows)), next=further)


@router.patch("/admin/accounts/{account_id}")
async def change_account(
    account_id: Annotated[str, path_id("acc")], caller: Admin, form: AccountChange
) -> AccountShown:
    """Disable an account, which logs it out everywhere, or take it up again."""
    if account_id == caller.account_id:
        raise Problem(409, "oneself", "This is you.", "Ask another administrator.")
    async with caller.cloud.database.write(_ALL) as db:
        row = await find(db, Account, account_id, "account")
        row.disabled_at = caller.cloud.now() if form.disabled else None
        if form.disabled:
            await db.execute(delete(Login).where(Login.account_id == account_id))
        db.add(caller.audit("account.disabled" if form.disabled else "account.enabled", row.id))
        await db.flush()
        return (await _accounts(db, [row]))[0]


@router.get("/admin/organisations")
async def organisations(
    caller: Admin, q: Search = None, cursor: Cursor = None, limit: Limit = 50
) -> Page[OrganisationSeen]:
    """All organisations, the newest first."""
    wanted = select(Organisation)
    if q:
        wanted = wanted.where(Organisation.name.icontains(q, autoescape=True))
    async with caller.cloud.database.read(_ALL) as db:
        rows, further = await page(db, wanted, Organisation, cursor, limit)
        return Page(items=await _organisations(db, list(rows)), next=further)


@router.patch("/admin/organisations/{org_id}")
async def change_organisation(
    org_id: Annotated[str, path_id("org")], caller: Admin, form: OrganisationChange
) -> OrganisationSeen:
    """Suspend an organisation: its members and secrets are refused. Or take it up again."""
    if form.suspended and org_id == caller.org_id:
        raise Problem(409, "oneself", "You are in it, and would be refused, too.")
    async with caller.cloud.database.write(_ALL) as db:
        row = await find(db, Organisation, org_id, "organisation")
        row.suspended_at = caller.cloud.now() if form.suspended else None
        action = "organisation.suspended" if form.suspended else "organisation.resumed"
        db.add(caller.audit(action, org_id))
        await db.flush()
        return (await _organisations(db, [row]))[0]


@router.get("/admin/audit")
async def audit(caller: Admin, cursor: NumberCursor = None, limit: Limit = 50) -> Page[Change]:
    """Every change, of all organisations and the operator's own, the newest first."""
    async with caller.cloud.database.read(_ALL) as db:
        return await _log(db, select(AuditEntry), cursor, limit)


@router.get("/audit")
async def own_audit(caller: Owner, cursor: NumberCursor = None, limit: Limit = 50) -> Page[Change]:
    """Every change in the organisation, the newest first."""
    async with caller.read() as db:
        return await _log(db, select(AuditEntry), cursor, limit)


async def _log(
    db: AsyncSession, wanted: Select[tuple[AuditEntry]], cursor: int | None, limit: int
) -> Page[Change]:
    if cursor is not None:
        wanted = wanted.where(AuditEntry.id < cursor)
    rows = (await db.scalars(wanted.order_by(AuditEntry.id.desc()).limit(limit + 1))).all()
    items = [Change.model_validate(row, from_attributes=True) for row in rows[:limit]]
    return Page(items=items, next=str(items[-1].id) if len(rows) > limit else None)


async def _accounts(db: AsyncSession, rows: list[Account]) -> list[AccountShown]:
    names: dict[str, list[str]] = {row.id: [] for row in rows}
    found = await db.execute(
        select(Membership.account_id, Organisation.name)
        .join(Organisation, Organisation.id == Membership.org_id)
        .where(Membership.account_id.in_(list(names)))
        .order_by(Membership.created_at)
    )
    for account_id, name in found:
        names[account_id].append(name)
    return [
        AccountShown(
            id=row.id, email=row.email, name=row.name, is_admin=row.is_admin,
            created_at=row.created_at, disabled_at=row.disabled_at, organisations=names[row.id],
        )
        for row in rows
    ]  # fmt: skip


async def _organisations(db: AsyncSession, rows: list[Organisation]) -> list[OrganisationSeen]:
    ids = [row.id for row in rows]
    counts: list[dict[str, int]] = []
    for table in (Membership, Avatar):
        found = await db.execute(
            select(table.org_id, func.count()).where(table.org_id.in_(ids)).group_by(table.org_id)
        )
        counts.append({org_id: int(count) for org_id, count in found})
    return [
        OrganisationSeen(
            id=row.id, name=row.name, created_at=row.created_at, suspended_at=row.suspended_at,
            members=counts[0].get(row.id, 0), avatars=counts[1].get(row.id, 0),
        )
        for row in rows
    ]  # fmt: skip
