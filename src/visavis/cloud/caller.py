"""Who is asking, and what they may: an API secret or a browser that is logged in.

Comes in: a request. Goes out: :class:`Caller`, through whose scope a route reads and writes. A
route says what it needs by ``caller: Annotated[Caller, needs("avatars")]``.
"""

from __future__ import annotations

import hmac
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, APIKeyHeader, HTTPBearer
from sqlalchemy.ext.asyncio import AsyncSession

from visavis.cloud.context import Cloud
from visavis.cloud.database import AuditEntry, Scope
from visavis.cloud.problems import Problem
from visavis.serve.credentials import presented

Right = Literal["read", "avatars", "sessions", "secrets", "members", "billing", "account", "admin"]
SECRET_RIGHTS: tuple[Right, ...] = ("sessions", "avatars", "read")
"""What an API secret can be given; the rest is for people."""

ROLE_RIGHTS: dict[str, frozenset[Right]] = {
    "owner": frozenset(("read", "avatars", "sessions", "secrets", "members", "billing", "account")),
    "developer": frozenset(("read", "avatars", "sessions", "secrets", "account")),
    "billing": frozenset(("read", "billing", "account")),
}
COOKIE = "visavis_login"
CSRF_HEADER = "X-CSRF-Token"
_SAFE = ("GET", "HEAD", "OPTIONS")

_bearer = HTTPBearer(auto_error=False, scheme_name="secret", description="An API secret, `vv_…`.")
_header = APIKeyHeader(
    name="api-secret", auto_error=False, scheme_name="secret_header", description="The same."
)
_cookie = APIKeyCookie(
    name=COOKIE, auto_error=False, scheme_name="login",
    description=f"A browser that is logged in; changes need {CSRF_HEADER}, too.",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks.

    Attributes:
        cloud: where.
        actor: id of the secret or of the account, for the audit log.
        org_id: the organisation asked for; "" for a person who is in none.
        rights: what they may.
        account_id: of a person; None for a secret.
        secret_id: of a secret; None for a person.
        login_id: of the browser's log-in.
        role: in the organisation, of a person.
        address: the network's, where the request came from.
    """

    cloud: Cloud
    actor: str
    org_id: str
    rights: frozenset[Right]
    account_id: str | None = None
    secret_id: str | None = None
    login_id: str | None = None
    role: str | None = None
    address: str = ""
    csrf: str = field(default="", repr=False)

    @property
    def scope(self) -> Scope:
        """What this caller's queries reach: the organisation's rows and nothing else."""
        if not self.org_id:
            raise Problem(403, "no_organisation", "You are in no organisation.")
        return Scope.organisation(self.org_id)

    def read(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A session that reads the organisation's rows."""
        return self.cloud.database.read(self.scope)

    def write(self) -> AbstractAsyncContextManager[AsyncSession]:
        """A session that changes the organisation's rows; kept when the block ends."""
        return self.cloud.database.write(self.scope)

    def own(self) -> Scope:
        """The scope of the person."""
        if self.account_id is None:
            raise Problem(403, "not_a_person", "An API secret cannot do this.", "Log in.")
        return Scope.account(self.account_id)

    def audit(self, action: str, target: str = "", **detail: Any) -> AuditEntry:
        """A line for the audit log; add it to the session that makes the change.

        Args:
            action: "secret.created" …
            target: id of what is changed.
            **detail: what else; never a secret.
        """
        return AuditEntry(
            org_id=self.org_id or None, actor=self.actor, action=action, target=target,
            detail=detail, address=self.address, at=self.cloud.now(),
        )  # fmt: skip


def cloud_of(request: Request) -> Cloud:
    """The cloud a request came to."""
    cloud: Cloud = request.app.state.cloud
    return cloud


def address_of(request: Request) -> str:
    """Where a request came from; behind a proxy that is believed, what it says."""
    return request.client.host if request.client else ""


InCloud = Annotated[Cloud, Depends(cloud_of)]


class Needs:
    """A route's demand; FastAPI calls it with the request.

    Args:
        rights: any of which lets a caller pass.

    Attributes:
        rights: as given; the OpenAPI document shows them as ``x-rights``.
    """

    def __init__(self, rights: tuple[Right, ...]) -> None:
        self.rights = rights

    async def __call__(
        self,
        request: Request,
        cloud: InCloud,
        bearer: Annotated[Any, Security(_bearer)],
        header: Annotated[str | None, Security(_header)],
        cookie: Annotated[str | None, Security(_cookie)],
    ) -> Caller:
        """The caller of a request.

        Raises:
            Problem: 401 nobody we know, 403 not allowed, 429 too often.
        """
        caller = await identify(request, cloud)
        if not caller.rights.intersection(self.rights):
            raise Problem(
                403,
                "not_allowed",
                f"This needs the right {' or '.join(self.rights)}.",
                "Use a secret that has it, or ask an owner of the organisation.",
                more={"rights": sorted(caller.rights), "needed": list(self.rights)},
            )
        return caller


async def identify(request: Request, cloud: Cloud) -> Caller:
    """Who sends a request; found out once.

    Raises:
        Problem: 401 nobody we know, 403 sent by another site, 429 too often.
    """
    from visavis.cloud.identity import by_cookie, by_secret

    known: Caller | None = getattr(request.state, "caller", None)
    if known is not None:
        return known
    secret, address = presented(request.headers), address_of(request)
    cookie = request.cookies.get(COOKIE)
    if secret:
        caller = await by_secret(cloud, secret, address)
    elif cookie:
        caller = await by_cookie(cloud, cookie, address)
        if request.method not in _SAFE:
            _same_site(request, caller)
    else:
        await cloud.limiter.request(address)
        raise Problem(
            401,
            "no_secret",
            "No API secret, and nobody is logged in.",
            "Send an API secret as Authorization: Bearer or as header api-secret.",
        )
    await cloud.limiter.request(caller.login_id or caller.actor)
    request.state.caller = caller
    return caller


def needs(*rights: Right) -> Any:
    """What a route's caller must be allowed: any one of these."""
    return Depends(Needs(rights))


def _same_site(request: Request, caller: Caller) -> None:
    """Refuse what another site makes a browser send."""
    shown = request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(shown.encode(), caller.csrf.encode()) or not caller.csrf:
        raise Problem(
            403, "csrf", f"The header {CSRF_HEADER} is missing or wrong.", "Reload the page."
        )
