"""Which avatars somebody sees.

Comes in: a caller, or nobody; ids. Goes out: rows. Everything is read in the
caller's scope or the gallery's.
"""

from __future__ import annotations

from fastapi import Request
from sqlalchemy import select

from visavis.cloud.caller import COOKIE, Caller, identify
from visavis.cloud.context import Cloud
from visavis.cloud.database import Avatar, AvatarTag, Scope
from visavis.cloud.problems import Problem
from visavis.cloud.usable import usable


async def visitor(request: Request, cloud: Cloud) -> Caller | None:
    """Who looks at a page that needs no log-in; None: somebody unknown."""
    if COOKIE not in request.cookies:
        await cloud.limiter.request(request.client.host if request.client else "")
        return None
    try:
        caller = await identify(request, cloud)
    except Problem as error:
        if error.status == 401:
            return None
        raise
    return caller if caller.org_id and "read" in caller.rights else None


def scopes(caller: Caller | None) -> list[Scope]:
    """What somebody sees: their organisation's, and what is shown to all."""
    return [*([caller.scope] if caller else []), Scope.gallery()]


async def tags_of(cloud: Cloud, caller: Caller | None, ids: list[str]) -> dict[str, list[str]]:
    """Tags of avatars, as far as somebody sees them.

    Args:
        cloud: whose.
        caller: who looks.
        ids: of avatars.
    """
    tags: dict[str, list[str]] = {name: [] for name in ids}
    for scope in scopes(caller):
        async with cloud.database.read(scope) as db:
            found = await db.execute(
                select(AvatarTag.avatar_id, AvatarTag.tag).where(AvatarTag.avatar_id.in_(ids))
            )
            for avatar_id, tag in found:
                tags[avatar_id].append(tag)
    return tags


async def visible(cloud: Cloud, caller: Caller | None, avatar_id: str) -> Avatar:
    """An avatar of the caller's, or one that others show.

    Raises:
        Problem: 404 there is none; 409 it is not ready.
    """
    return await usable(cloud, scopes(caller), avatar_id)


async def all_visible(caller: Caller, most: int) -> list[Avatar]:
    """Avatars that are ready: the caller's own, newest first, then the gallery's.

    Args:
        caller: who looks.
        most: of each.
    """
    ready = select(Avatar).where(Avatar.status == "ready").order_by(Avatar.created_at.desc())
    async with caller.read() as db:
        own = (await db.scalars(ready.limit(most))).all()
    async with caller.cloud.database.read(Scope.gallery()) as db:
        shown = (await db.scalars(ready.where(Avatar.visibility == "public").limit(most))).all()
    return list({row.id: row for row in (*own, *shown)}.values())
