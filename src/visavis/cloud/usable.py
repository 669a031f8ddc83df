"""Avatars that may be used: one's own, and those that others show.

Comes in: the scopes of whoever asks, an id. Goes out: the row, or a refusal. Read in those scopes
and no other.
"""

from __future__ import annotations

from collections.abc import Iterable

from visavis.cloud.context import Cloud
from visavis.cloud.database import Avatar, Scope
from visavis.cloud.problems import Problem, not_found


async def first_seen(cloud: Cloud, scopes: Iterable[Scope], avatar_id: str) -> Avatar | None:
    """An avatar as the first scope that holds it shows it; None: none does."""
    for scope in scopes:
        async with cloud.database.read(scope) as db:
            row: Avatar | None = await db.get(Avatar, avatar_id)
        if row is not None:
            return row
    return None


async def usable(cloud: Cloud, scopes: Iterable[Scope], avatar_id: str) -> Avatar:
    """An avatar to talk to.

    Raises:
        Problem: 404 there is none; 409 it is not ready.
    """
    row = await first_seen(cloud, scopes, avatar_id)
    if row is None:
        raise not_found("avatar", avatar_id)
    if row.status != "ready":
        raise Problem(409, "not_ready", "It is not ready.", "Wait until it is made.")
    return row
