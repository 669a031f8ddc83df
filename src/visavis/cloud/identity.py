"""Finds who a secret or a cookie belongs to. The only way from a credential to a scope.

Comes in: a secret or a cookie's token. Goes out: a caller, or why there is none. Looked up in the
database every time, so that what is revoked is refused at once, everywhere.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import re

from sqlalchemy import select, update

from visavis.cloud import ids
from visavis.cloud.caller import ROLE_RIGHTS, Caller, Right
from visavis.cloud.context import Cloud
from visavis.cloud.database import Account, ApiSecret, Login, Membership, Organisation, Scope
from visavis.cloud.problems import Problem

_SECRET = re.compile(r"vv_([a-z0-9]{8})_[A-Za-z0-9_-]{43}")
_NOTED_EVERY = datetime.timedelta(seconds=60)
_LOOKING = Scope.system("who is asking")


def new_secret() -> tuple[str, str]:
    """A new API secret and its prefix."""
    prefix = ids.new_id("x")[2:10]
    return f"vv_{prefix}_{ids.token()}", prefix


def digest(secret: str) -> str:
    """SHA-256, hex. Secrets and tokens are random, so they need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


async def by_secret(cloud: Cloud, secret: str, address: str) -> Caller:
    """The caller an API secret stands for.

    Raises:
        Problem: 401, with nothing that tells a wrong secret from a revoked one's neighbour; 403
            where its organisation is suspended.
    """
    form = _SECRET.fullmatch(secret)
    row = None
    if form:
        async with cloud.database.read(_LOOKING) as db:
            found = await db.execute(
                select(ApiSecret, Organisation.suspended_at)
                .join(Organisation, Organisation.id == ApiSecret.org_id)
                .where(ApiSecret.prefix == form[1])
            )
            row = found.one_or_none()
    if row is None or not hmac.compare_digest(row[0].digest, digest(secret)):
        await cloud.limiter.request(address)
        raise Problem(401, "wrong_secret", "This API secret is not one of ours.",
                      "Copy it again from API Keys, or make a new one.")  # fmt: skip
    known, suspended = row
    now = cloud.now()
    if known.revoked_at is not None or (known.expires_at is not None and known.expires_at <= now):
        ended = "revoked" if known.revoked_at is not None else "expired"
        raise Problem(401, f"secret_{ended}", f"The API secret {known.name!r} is {ended}.",
                      "Make a new one.")  # fmt: skip
    _refuse_suspended(suspended)
    if known.used_at is None or now - known.used_at >= _NOTED_EVERY:
        async with cloud.database.write(_LOOKING) as db:
            await db.execute(update(ApiSecret).where(ApiSecret.id == known.id).values(used_at=now))
    rights: frozenset[Right] = frozenset(known.rights)  # type: ignore[arg-type]
    return Caller(cloud, known.id, known.org_id, rights, secret_id=known.id, address=address)


async def by_cookie(cloud: Cloud, cookie: str, address: str) -> Caller:
    """The caller a browser's cookie stands for.

    Raises:
        Problem: 401 it is logged out; 403 the account is disabled.
    """
    now = cloud.now()
    async with cloud.database.read(_LOOKING) as db:
        found = await db.execute(
            select(Login, Account, Membership.role, Organisation.suspended_at)
            .join(Account, Account.id == Login.account_id)
            .outerjoin(
                Membership,
                (Membership.account_id == Login.account_id) & (Membership.org_id == Login.org_id),
            )
            .outerjoin(Organisation, Organisation.id == Membership.org_id)
            .where(Login.digest == digest(cookie))
        )
        row = found.one_or_none()
    if row is None or row[0].expires_at <= now or row[1].disabled_at is not None:
        await cloud.limiter.request(address)
        raise Problem(401, "logged_out", "You are logged out.", "Log in again.")
    login, account, role, suspended = row
    _refuse_suspended(suspended)
    if now - login.seen_at >= _NOTED_EVERY:
        async with cloud.database.write(_LOOKING) as db:
            await db.execute(update(Login).where(Login.id == login.id).values(seen_at=now))
    rights: frozenset[Right] = ROLE_RIGHTS.get(role or "", frozenset(("account",)))
    if account.is_admin:
        rights |= {"admin"}
    return Caller(
        cloud, account.id, (login.org_id or "") if role else "", rights, account_id=account.id,
        login_id=login.id, role=role, address=address, csrf=login.csrf,
    )  # fmt: skip


def _refuse_suspended(moment: datetime.datetime | None) -> None:
    if moment is not None:
        raise Problem(403, "suspended", "This organisation is suspended.", "Ask the operator.")
