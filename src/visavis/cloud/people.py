"""Accounts: made, logged in, logged out. The operator's own work on behalf of somebody unknown.

Comes in: e-mail addresses, passwords, tokens. Goes out: accounts, log-ins with their cookie.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from visavis.cloud import ids
from visavis.cloud.context import Cloud
from visavis.cloud.database import (
    Account,
    AuditEntry,
    Invitation,
    Login,
    Membership,
    Organisation,
    Scope,
    SetupLink,
)
from visavis.cloud.identity import digest
from visavis.cloud.passwords import hash_password, is_password
from visavis.cloud.problems import Problem

_FREE_TRIES = 8
_LONGEST_LOCK = 900


@dataclass(frozen=True, slots=True)
class Entered:
    """Somebody who is logged in now.

    Attributes:
        account_id: who.
        cookie: the token for their browser.
        csrf: the token for its scripts.
    """

    account_id: str
    cookie: str = field(repr=False)
    csrf: str = field(repr=False)


async def sign_up(
    cloud: Cloud, email: str, password: str, name: str, organisation: str,
    *, setup: str = "", invitation: str = "",
) -> str:  # fmt: skip
    """Make an account, with an organisation of its own or in the one that invited it.

    Args:
        cloud: where.
        email: in small letters.
        password: of their choice.
        name: theirs.
        organisation: name of the one to make.
        setup: the token of the first start's link: makes an administrator.
        invitation: the token of an invitation.

    Returns:
        The account's id.

    Raises:
        Problem: 403 sign-up is closed or a token is not good; 409 the address is taken.
    """
    hashed = await hash_password(password)
    now = cloud.now()
    account = Account(id=ids.new_id("acc"), email=email, name=name, password=hashed, created_at=now)
    try:
        async with cloud.database.write(Scope.system("sign up")) as db:
            invited = await _invitation(db, invitation, email, now) if invitation else None
            if setup:
                await _use_setup(db, setup, now)
                account.is_admin = True
            elif invited is None and cloud.settings.sign_up == "closed":
                raise Problem(403, "closed", "Sign-up is closed here.", "Ask for an invitation.")
            db.add(account)
            await db.flush()
            if invited is not None:
                invited.used_at = now
                org_id, role = invited.org_id, invited.role
            else:
                org_id, role = await _found(db, organisation, now), "owner"
            db.add(Membership(org_id=org_id, account_id=account.id, role=role, created_at=now))
            db.add(
                AuditEntry(org_id=org_id, actor=account.id, action="account.created",
                           target=account.id, detail={"role": role}, at=now)
            )  # fmt: skip
    except IntegrityError:
        raise Problem(
            409, "email_taken", "There is an account with this e-mail address.", "Log in."
        ) from None
    return account.id


async def log_in(cloud: Cloud, email: str, password: str, agent: str) -> Entered:
    """Log somebody in.

    Raises:
        Problem: 401 address and password do not belong together; 429 tried too often.
    """
    looking = Scope.system("log in")
    now = cloud.now()
    async with cloud.database.read(looking) as db:
        account = await db.scalar(select(Account).where(Account.email == email))
    if account is not None and account.locked_until is not None and account.locked_until > now:
        seconds = int((account.locked_until - now).total_seconds()) + 1
        raise Problem(429, "locked", "Too many wrong passwords for this account.",
                      f"Wait {seconds} s.", retry_after=seconds)  # fmt: skip
    good = await is_password(password, account.password if account is not None else None)
    if account is None or not good or account.disabled_at is not None:
        if account is not None and not good:
            await _failed(cloud, account.id, now)
        raise Problem(401, "wrong_password", "This address and password do not belong together.",
                      "Look for a typing mistake.")  # fmt: skip
    if account.failures:
        async with cloud.database.write(looking) as db:
            await db.execute(
                update(Account).where(Account.id == account.id)
                .values(failures=0, locked_until=None)
            )  # fmt: skip
    return await enter(cloud, account.id, agent)


async def enter(cloud: Cloud, account_id: str, agent: str) -> Entered:
    """Begin a log-in of an account whose password is known to be right."""
    now = cloud.now()
    cookie, csrf = ids.token(), ids.token()
    async with cloud.database.write(Scope.account(account_id)) as db:
        org_id = await db.scalar(
            select(Membership.org_id).order_by(Membership.created_at, Membership.org_id).limit(1)
        )
        db.add(
            Login(
                id=ids.new_id("log"), account_id=account_id, digest=digest(cookie), csrf=csrf,
                org_id=org_id, agent=agent[:200], created_at=now, seen_at=now,
                expires_at=now + datetime.timedelta(days=cloud.settings.login_days),
            )
        )  # fmt: skip
    return Entered(account_id, cookie, csrf)


async def change_password(cloud: Cloud, account_id: str, old: str, new: str) -> None:
    """Change a password, and log out everywhere.

    Raises:
        Problem: 403, the old one is wrong.
    """
    await confirm(cloud, account_id, old)
    hashed = await hash_password(new)
    async with cloud.database.write(Scope.account(account_id)) as db:
        await db.execute(update(Account).values(password=hashed))
        await db.execute(delete(Login))
        db_audit = AuditEntry(actor=account_id, action="account.password", target=account_id,
                              at=cloud.now())  # fmt: skip
    async with cloud.database.write(Scope.system("audit of an account")) as db:
        db.add(db_audit)


async def confirm(cloud: Cloud, account_id: str, password: str) -> None:
    """Ask for the password once more before something that cannot be undone.

    Raises:
        Problem: 403, it is wrong.
    """
    async with cloud.database.read(Scope.account(account_id)) as db:
        kept = await db.scalar(select(Account.password))
    if not await is_password(password, kept):
        raise Problem(403, "wrong_password", "The password is wrong.")


async def setup_link(cloud: Cloud) -> str | None:
    """A link that makes the first account an administrator; None if there are accounts."""
    async with cloud.database.write(Scope.system("first start")) as db:
        if await db.scalar(select(func.count()).select_from(Account)):
            return None
        token = ids.token()
        await db.execute(delete(SetupLink))
        db.add(SetupLink(digest=digest(token), created_at=cloud.now()))
    return f"{cloud.url}/sign-up?setup={token}"


async def _use_setup(db: AsyncSession, token: str, now: datetime.datetime) -> None:
    used = await db.execute(
        update(SetupLink)
        .where(SetupLink.digest == digest(token), SetupLink.used_at.is_(None))
        .values(used_at=now)
    )
    if not used.rowcount:  # type: ignore[attr-defined]
        raise Problem(403, "wrong_link", "This link has been used, or is an old one.",
                      "Start the cloud again; it prints a new one as long as there are no "
                      "accounts.")  # fmt: skip


async def _invitation(
    db: AsyncSession, token: str, email: str, now: datetime.datetime
) -> Invitation:
    found = await db.scalar(select(Invitation).where(Invitation.digest == digest(token)))
    if found is None or found.used_at is not None or found.expires_at <= now:
        raise Problem(403, "wrong_invitation", "This invitation has been used, or is over.",
                      "Ask for a new one.")  # fmt: skip
    if found.email != email:
        raise Problem(403, "wrong_invitation", "This invitation is for another e-mail address.")
    return found


async def _found(db: AsyncSession, name: str, now: datetime.datetime) -> str:
    made = Organisation(id=ids.new_id("org"), name=name, created_at=now)
    db.add(made)
    await db.flush()
    return made.id


async def _failed(cloud: Cloud, account_id: str, now: datetime.datetime) -> None:
    async with cloud.database.write(Scope.system("wrong password")) as db:
        await db.execute(
            update(Account).where(Account.id == account_id)
            .values(failures=Account.failures + 1)
        )  # fmt: skip
        failures = await db.scalar(select(Account.failures).where(Account.id == account_id)) or 0
        if failures >= _FREE_TRIES:
            seconds = min(2 ** (failures - _FREE_TRIES) * 15, _LONGEST_LOCK)
            until = now + datetime.timedelta(seconds=seconds)
            await db.execute(
                update(Account).where(Account.id == account_id).values(locked_until=until)
            )


async def accept(cloud: Cloud, account_id: str, token: str) -> str:
    """Join the organisation that invites.

    Returns:
        Its id.

    Raises:
        Problem: 403 the invitation is not good; 409 one is a member already.
    """
    now = cloud.now()
    try:
        async with cloud.database.write(Scope.system("accept an invitation")) as db:
            account = await db.get(Account, account_id)
            invited = await _invitation(db, token, account.email if account else "", now)
            invited.used_at = now
            db.add(Membership(org_id=invited.org_id, account_id=account_id, role=invited.role,
                              created_at=now))  # fmt: skip
            db.add(
                AuditEntry(org_id=invited.org_id, actor=account_id, action="member.joined",
                           target=account_id, detail={"role": invited.role}, at=now)
            )  # fmt: skip
            return invited.org_id
    except IntegrityError:
        raise Problem(409, "member", "You are a member of it already.") from None


async def found_organisation(cloud: Cloud, account_id: str, name: str) -> str:
    """Make an organisation, owned by an account; its id."""
    now = cloud.now()
    async with cloud.database.write(Scope.system("a new organisation")) as db:
        org_id = await _found(db, name, now)
        db.add(Membership(org_id=org_id, account_id=account_id, role="owner", created_at=now))
        db.add(AuditEntry(org_id=org_id, actor=account_id, action="organisation.created",
                          target=org_id, at=now))  # fmt: skip
    return org_id
