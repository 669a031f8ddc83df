"""Accounts: sign up, log in and out, oneself. Comes in: forms as JSON. Goes out: who one is."""

from __future__ import annotations

import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy import delete, select, update

from visavis.cloud import people, removing
from visavis.cloud.caller import COOKIE, Caller, InCloud, address_of, needs
from visavis.cloud.context import Cloud
from visavis.cloud.database import Account, Login, Membership, Organisation
from visavis.cloud.finding import find
from visavis.cloud.problems import Problem, not_found
from visavis.cloud.removing import Gone
from visavis.cloud.texts import Email, Name, Password, Token, path_id

router = APIRouter(prefix="/v1", tags=["accounts"])
Anybody = Annotated[Caller, needs("account", "read", "avatars", "sessions")]
Person = Annotated[Caller, needs("account")]


class SignUp(BaseModel):
    """A new account."""

    email: Email
    password: Password
    name: Name = Field(examples=["Ada"])
    organisation: Name | None = Field(None, examples=["Analytical Engines"])
    setup: Token | None = Field(None, description="Of the link that the first start prints.")
    invitation: Token | None = Field(None, description="Of the link one was sent.")


class LogIn(BaseModel):
    """Address and password."""

    email: Email
    password: str = Field(max_length=200, examples=["a long sentence of my own"])


class Mine(BaseModel):
    """An organisation one is in."""

    id: str = Field(examples=["org_7h2k4m6n8p0q2r4s"])
    name: str = Field(examples=["Analytical Engines"])
    role: str = Field(examples=["owner"])


class Me(BaseModel):
    """Who one is."""

    account_id: str | None = Field(examples=["acc_7h2k4m6n8p0q2r4s"])
    email: str | None = Field(examples=["ada@example.org"])
    name: str | None = Field(examples=["Ada"])
    is_admin: bool = False
    org_id: str = Field(
        description="The organisation looked at.", examples=["org_7h2k4m6n8p0q2r4s"]
    )
    role: str | None = Field(examples=["owner"])
    rights: list[str] = Field(examples=[["avatars", "read", "sessions"]])
    organisations: list[Mine] = []
    csrf: str | None = Field(None, description="For the header X-CSRF-Token, in a browser.")


class Change(BaseModel):
    """What to change about oneself."""

    name: Name | None = Field(None, examples=["Ada"])


class NewPassword(BaseModel):
    """A password, and the one before."""

    old: str = Field(max_length=200)
    new: Password


class Confirmation(BaseModel):
    """The password, once more."""

    password: str = Field(max_length=200)


class Choice(BaseModel):
    """Which organisation to look at."""

    org_id: str = Field(pattern="^org_[0-9a-z]{16}$", examples=["org_7h2k4m6n8p0q2r4s"])


class LoginShown(BaseModel):
    """A browser that is logged in."""

    id: str
    agent: str = Field(examples=["Firefox"])
    created_at: datetime.datetime
    seen_at: datetime.datetime
    is_this: bool


@router.post("/sign-up", status_code=201)
async def sign_up(form: SignUp, request: Request, response: Response, cloud: InCloud) -> Me:
    """Make an account, and log in."""
    await cloud.limiter.log_in(address_of(request))
    account_id = await people.sign_up(
        cloud, form.email, form.password, form.name, form.organisation or form.name,
        setup=form.setup or "", invitation=form.invitation or "",
    )  # fmt: skip
    entered = await people.enter(cloud, account_id, request.headers.get("user-agent", ""))
    return await _entered(cloud, entered, request, response)


@router.post("/log-in")
async def log_in(form: LogIn, request: Request, response: Response, cloud: InCloud) -> Me:
    """Log in: sets a cookie; the answer has the token that changes need."""
    await cloud.limiter.log_in(address_of(request))
    agent = request.headers.get("user-agent", "")
    entered = await people.log_in(cloud, form.email, form.password, agent)
    return await _entered(cloud, entered, request, response)


@router.post("/log-out", status_code=204)
async def log_out(caller: Person, response: Response) -> None:
    """Log this browser out."""
    async with caller.cloud.database.write(caller.own()) as db:
        await db.execute(delete(Login).where(Login.id == caller.login_id))
    _forget(caller.cloud, response)


@router.post("/log-out-everywhere", status_code=204)
async def log_out_everywhere(caller: Person, response: Response) -> None:
    """Log out all browsers, this one too."""
    async with caller.cloud.database.write(caller.own()) as db:
        await db.execute(delete(Login))
    _forget(caller.cloud, response)


@router.get("/me")
async def me(caller: Anybody) -> Me:
    """Who one is, in which organisation, and what one may."""
    return await _me(caller)


@router.patch("/me")
async def change(caller: Person, form: Change) -> Me:
    """Change what one is called."""
    if form.name is not None:
        async with caller.cloud.database.write(caller.own()) as db:
            await db.execute(update(Account).values(name=form.name))
    return await _me(caller)


@router.post("/me/password", status_code=204)
async def change_password(caller: Person, form: NewPassword, response: Response) -> None:
    """Change the password; logs out everywhere."""
    await caller.cloud.limiter.log_in(f"password {caller.actor}")
    await people.change_password(caller.cloud, caller.own().account_id, form.old, form.new)
    _forget(caller.cloud, response)


@router.post("/me/organisation")
async def choose(caller: Person, form: Choice) -> Me:
    """Look at another organisation one is in."""
    async with caller.cloud.database.write(caller.own()) as db:
        found = await db.scalar(select(Membership).where(Membership.org_id == form.org_id))
        if found is None:
            raise not_found("organisation", form.org_id)
        await db.execute(
            update(Login).where(Login.id == caller.login_id).values(org_id=form.org_id)
        )
    return await _me(caller, form.org_id, found.role)


@router.post("/me/delete")
async def delete_account(caller: Person, form: Confirmation, response: Response) -> Gone:
    """Delete one's account, with every organisation that nobody else is in. Cannot be undone."""
    await caller.cloud.limiter.log_in(f"password {caller.actor}")
    await people.confirm(caller.cloud, caller.own().account_id, form.password)
    gone = await removing.remove_account(caller.cloud, caller.own().account_id)
    _forget(caller.cloud, response)
    return gone


@router.get("/me/log-ins")
async def log_ins(caller: Person) -> list[LoginShown]:
    """The browsers that are logged in."""
    async with caller.cloud.database.read(caller.own()) as db:
        rows = (await db.scalars(select(Login).order_by(Login.created_at.desc()).limit(200))).all()
    return [
        LoginShown(id=row.id, agent=row.agent, created_at=row.created_at, seen_at=row.seen_at,
                   is_this=row.id == caller.login_id)
        for row in rows
    ]  # fmt: skip


@router.delete("/me/log-ins/{login_id}", status_code=204)
async def end_log_in(login_id: Annotated[str, path_id("log")], caller: Person) -> None:
    """Log one browser out."""
    async with caller.cloud.database.write(caller.own()) as db:
        row = await find(db, Login, login_id, "log-in")
        await db.delete(row)


async def _entered(
    cloud: Cloud, entered: people.Entered, request: Request, response: Response
) -> Me:
    from visavis.cloud.identity import by_cookie

    response.set_cookie(
        COOKIE, entered.cookie, max_age=cloud.settings.login_days * 86400, path="/",
        secure=cloud.is_https, httponly=True, samesite="lax",
    )  # fmt: skip
    return await _me(await by_cookie(cloud, entered.cookie, address_of(request)))


def _forget(cloud: Cloud, response: Response) -> None:
    response.delete_cookie(COOKIE, path="/", secure=cloud.is_https, httponly=True, samesite="lax")


async def _me(caller: Caller, org_id: str | None = None, role: str | None = None) -> Me:
    about = Me(
        account_id=caller.account_id, email=None, name=None, org_id=org_id or caller.org_id,
        role=role or caller.role, rights=sorted(caller.rights), csrf=caller.csrf or None,
    )  # fmt: skip
    if caller.account_id is None:
        async with caller.read() as db:
            own = await db.scalar(select(Organisation))
        if own is not None:
            about.organisations = [Mine(id=own.id, name=own.name, role="")]
        return about
    async with caller.cloud.database.read(caller.own()) as db:
        account = await db.scalar(select(Account))
        rows = await db.execute(
            select(Organisation.id, Organisation.name, Membership.role)
            .join(Membership, Membership.org_id == Organisation.id)
            .order_by(Membership.created_at)
        )
        about.organisations = [Mine(id=one, name=name, role=of) for one, name, of in rows]
    if account is None:
        raise Problem(401, "logged_out", "This account is gone.")
    about.email, about.name, about.is_admin = account.email, account.name, account.is_admin
    return about
