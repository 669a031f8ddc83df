"""Tokens with which a page talks to an avatar: made, shown once, found by whoever shows them.

Comes in: a token and the site it is shown by. Goes out: its row, or a refusal. A token is an id and
256 random bits; only its hash is kept. Looked up every time: what is revoked is refused at once.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from sqlalchemy import select

from visavis.cloud import ids
from visavis.cloud.context import Cloud
from visavis.cloud.database import Avatar, EmbedToken, Organisation, Scope
from visavis.cloud.identity import digest
from visavis.cloud.problems import Problem, not_found
from visavis.cloud.usable import usable
from visavis.talk.origins import origin

_LOOKING = Scope.system("which page shows an embed token")
_TOKEN = re.compile(r"(emb_[0-9a-z]{16})\.[A-Za-z0-9_-]{43}")
_HOST = re.compile(r"[a-z0-9.:\[\]-]{1,260}")


def new_token() -> tuple[str, str]:
    """A new token and its id."""
    named = ids.new_id("emb")
    return f"{named}.{ids.token()}", named


def site(text: str) -> str:
    """A site as browsers name it, fit for a policy of frames.

    Raises:
        InvalidOption: it is none.
    """
    found = origin(text)
    if not _HOST.fullmatch(found.partition("://")[2]):
        raise Problem(422, "no_site", f"{text[:100]!r} is no site.", "Write https://example.org.")
    scheme, _, host = found.partition("://")
    return f"{scheme}://{host.removesuffix({'http': ':80', 'https': ':443'}[scheme])}"


async def shown_by(cloud: Cloud, embed_id: str) -> EmbedToken:
    """The token of an id, that is still good.

    Raises:
        Problem: 404 there is none; 410 it is over.
    """
    async with cloud.database.read(_LOOKING) as db:
        row = await db.get(EmbedToken, embed_id)
        suspended = row and await db.scalar(
            select(Organisation.suspended_at).where(Organisation.id == row.org_id)
        )
    if row is None:
        raise not_found("embed token", embed_id)
    if suspended is not None:
        raise Problem(403, "suspended", "This organisation is suspended.", "Ask the operator.")
    if row.revoked_at is not None or row.expires_at <= cloud.now():
        ended = "revoked" if row.revoked_at is not None else "expired"
        raise Problem(410, f"embed_{ended}", f"The embed token is {ended}.", "Make a new one.")
    return row


async def checked(
    cloud: Cloud, embed_id: str, token: str, headers: Mapping[str, str]
) -> EmbedToken:
    """The row of a token that a page shows.

    Args:
        cloud: where.
        embed_id: from the address.
        token: as it is shown, whole.
        headers: of the page's request.

    Raises:
        Problem: 401 no such token; 403 another site's page; 410 it is over.
    """
    form = _TOKEN.fullmatch(token)
    if form is None or form[1] != embed_id:
        raise _unknown()
    try:
        row = await shown_by(cloud, embed_id)
    except Problem as error:
        if error.status == 404:
            raise _unknown() from None
        raise
    if not hmac.compare_digest(row.digest, digest(token)):
        raise _unknown()
    asking = headers.get("origin", "").lower()
    if asking not in row.origins.split() and not _ours(cloud, asking, headers):
        raise Problem(403, "other_site", "This page is of a site that the token is not for.",
                      "Name its site when you make the token.")  # fmt: skip
    return row


async def avatar_of(cloud: Cloud, org_id: str, avatar_id: str) -> Avatar:
    """An avatar that an organisation may use: its own, or one that others show.

    Raises:
        Problem: 404 there is none; 409 it is not ready.
    """
    return await usable(cloud, (Scope.organisation(org_id), Scope.gallery()), avatar_id)


def _ours(cloud: Cloud, asking: str, headers: Mapping[str, str]) -> bool:
    """Whether a page of this cloud asks: the one in a frame, which other sites cannot frame."""
    if not asking:  # browsers name no site in what a page reads from its own
        return headers.get("sec-fetch-site") == "same-origin"
    return asking == cloud.url or urlsplit(asking).netloc == headers.get("host", "").lower()


def _unknown() -> Problem:
    return Problem(401, "no_embed_token", "There is no such embed token.", "Make a new one.")
