"""Organisations, members, invitations. Comes in: names and roles. Goes out: who is in."""

from __future__ import annotations

import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import select

from visavis.cloud import ids, people, removing
from visavis.cloud.caller import Caller, needs
from visavis.cloud.database import Account, Invitation, Membership, Organisation, Role
from visavis.cloud.finding import find
from visavis.cloud.idempotency import IdempotentRoute
from visavis.cloud.identity import digest
from visavis.cloud.problems import Problem, not_found
from visavis.cloud.removing import Gone
from visavis.cloud.routes.accounts import Confirmation
from visavis.cloud.texts import Email, Name, Token, path_id

router = APIRouter(prefix="/v1", tags=["organisations"], route_class=IdempotentRoute)
Reader = Annotated[Caller, needs("read", "members")]
Person = Annotated[Caller, needs("account")]
Owner = Annotated[Caller, needs("members")]
_DAYS = 7


class OrganisationShown(BaseModel):
    """An organisation."""

    id: str = Field(examples=["org_7h2k4m6n8p0q2r4s"])
    name: str = Field(examples=["Analytical Engines"])
    created_at: datetime.datetime


class OrganisationForm(BaseModel):
    """What it is called."""

    name: Name = Field(examples=["Analytical Engines"])


class Member(BaseModel):
    """Somebody in it."""

    account_id: str = Field(examples=["acc_7h2k4m6n8p0q2r4s"])
    email: str = Field(examples=["ada@example.org"])
    name: str = Field(examples=["Ada"])
    role: str = Field(examples=["developer"])
    since: datetime.datetime


class RoleForm(BaseModel):
    """A role."""

    role: Role = Field(examples=["developer"])


class InvitationForm(BaseModel):
    """Whom to invite."""

    email: Email
    role: Role = Field("developer", examples=["developer"])


class InvitationShown(BaseModel):
    """An invitation that nobody has used yet."""

    id: str
    email: str
    role: str
    expires_at: datetime.datetime


class InvitationMade(InvitationShown):
    """A new one."""

    link: str = Field(description="For the invited; shown this once.")


class Accepted(BaseModel):
    """The token of an invitation."""

    token: Token


@router.post("/organisations", status_code=201)
async def found(caller: Person, form: OrganisationForm) -> OrganisationShown:
    """Make another organisation; one is its owner."""
    org_id = await people.found_organisation(caller.cloud, caller.own().account_id, form.name)
    async with caller.cloud.database.read(caller.own()) as db:
        row = await find(db, Organisation, org_id, "organisation")
    return _shown(row)


@router.get("/organisation")
async def organisation(caller: Reader) -> OrganisationShown:
    """The organisation one looks at."""
    async with caller.read() as db:
        return _shown(await _own(caller, db.get(Organisation, caller.org_id)))


@router.patch("/organisation")
async def rename(caller: Owner, form: OrganisationForm) -> OrganisationShown:
    """Change its name."""
    async with caller.write() as db:
        row = await _own(caller, db.get(Organisation, caller.org_id))
        db.add(caller.audit("organisation.renamed", row.id, before=row.name, after=form.name))
        row.name = form.name
    return _shown(row)


@router.post("/organisation/delete")
async def remove(caller: Owner, form: Confirmation) -> Gone:
    """Delete it with everything it has: avatars, secrets, usage. Cannot be undone."""
    await people.confirm(caller.cloud, caller.own().account_id, form.password)
    return await removing.remove_organisation(caller.cloud, caller.org_id)


@router.get("/members")
async def members(caller: Reader) -> list[Member]:
    """Who is in it."""
    async with caller.read() as db:
        rows = await db.execute(
            select(Account, Membership)
            .join(Membership, Membership.account_id == Account.id)
            .order_by(Membership.created_at, Account.id)
        )
        return [_member(account, membership) for account, membership in rows]


@router.patch("/members/{account_id}")
async def change_role(
    account_id: Annotated[str, path_id("acc")], caller: Owner, form: RoleForm
) -> Member:
    """Give a member another role."""
    async with caller.write() as db:
        row = await db.get(Membership, (caller.org_id, account_id))
        account = await db.get(Account, account_id)
        if row is None or account is None:
            raise not_found("member", account_id)
        if row.role == "owner" and form.role != "owner":
            await _another_owner(db, account_id)
        db.add(caller.audit("member.role", account_id, before=row.role, after=form.role))
        row.role = form.role
        return _member(account, row)


@router.delete("/members/{account_id}", status_code=204)
async def leave(account_id: Annotated[str, path_id("acc")], caller: Person) -> None:
    """Take a member out; everybody may leave."""
    if "members" not in caller.rights and account_id != caller.account_id:
        raise Problem(403, "not_allowed", "Only an owner takes others out.")
    async with caller.write() as db:
        row = await db.get(Membership, (caller.org_id, account_id))
        if row is None:
            raise not_found("member", account_id)
        if row.role == "owner":
            await _another_owner(db, account_id)
        await db.delete(row)
        db.add(caller.audit("member.left", account_id))


@router.post("/invitations", status_code=201)
async def invite(caller: Owner, form: InvitationForm) -> InvitationMade:
    """Invite somebody; the answer has the link to send them."""
    token = ids.token()
    now = caller.cloud.now()
    row = Invitation(
        id=ids.new_id("inv"), email=form.email, role=form.role, digest=digest(token),
        invited_by=caller.actor, created_at=now, expires_at=now + datetime.timedelta(days=_DAYS),
    )  # fmt: skip
    async with caller.write() as db:
        db.add(row)
        db.add(caller.audit("member.invited", row.id, email=form.email, role=form.role))
    link = f"{caller.cloud.url}/sign-up?invitation={token}"
    return InvitationMade(**_invitation(row).model_dump(), link=link)


@router.get("/invitations")
async def invitations(caller: Owner) -> list[InvitationShown]:
    """Invitations that are open."""
    async with caller.read() as db:
        rows = await db.scalars(
            select(Invitation)
            .where(Invitation.used_at.is_(None), Invitation.expires_at > caller.cloud.now())
            .order_by(Invitation.created_at.desc())
            .limit(200)
        )
        return [_invitation(row) for row in rows]


@router.delete("/invitations/{invitation_id}", status_code=204)
async def take_back(invitation_id: Annotated[str, path_id("inv")], caller: Owner) -> None:
    """Take an invitation back."""
    async with caller.write() as db:
        row = await find(db, Invitation, invitation_id, "invitation")
        await db.delete(row)
        db.add(caller.audit("member.uninvited", row.id, email=row.email))


@router.post("/invitations/accept")
async def accept(caller: Person, form: Accepted) -> OrganisationShown:
    """Join the organisation that invited one."""
    org_id = await people.accept(caller.cloud, caller.own().account_id, form.token)
    async with caller.cloud.database.read(caller.own()) as db:
        return _shown(await _own(caller, db.get(Organisation, org_id)))


async def _own(caller: Caller, getting: object) -> Organisation:
    row: Organisation | None = await getting  # type: ignore[misc]
    if row is None:
        raise not_found("organisation", caller.org_id)
    return row


async def _another_owner(db: object, account_id: str) -> None:
    other = await db.scalar(  # type: ignore[attr-defined]
        select(Membership.account_id)
        .where(Membership.role == "owner", Membership.account_id != account_id)
        .limit(1)
    )
    if other is None:
        raise Problem(409, "last_owner", "An organisation has at least one owner.",
                      "Make another member an owner first.")  # fmt: skip


def _shown(row: Organisation) -> OrganisationShown:
    return OrganisationShown(id=row.id, name=row.name, created_at=row.created_at)


def _member(account: Account, membership: Membership) -> Member:
    return Member(account_id=account.id, email=account.email, name=account.name,
                  role=membership.role, since=membership.created_at)  # fmt: skip


def _invitation(row: Invitation) -> InvitationShown:
    return InvitationShown(id=row.id, email=row.email, role=row.role, expires_at=row.expires_at)
