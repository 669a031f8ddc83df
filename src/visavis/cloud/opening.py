"""Avatars of the cloud, opened; and the voices that fit them.

Comes in: rows that the caller sees. Goes out: opened avatars, their tags, names of voices.
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from sqlalchemy import select

from visavis import library
from visavis.avatar import Avatar as OpenedAvatar
from visavis.cloud.context import Cloud
from visavis.cloud.database import Avatar, AvatarTag, Scope
from visavis.cloud.problems import not_found
from visavis.talk.cast import VOICES

_WOMAN, _MAN = "en-us+f4", "en-us+m3"
_WOMEN = {"woman", "women", "female", "girl", "she"}


def voice_of(name: str, tags: list[str]) -> str:
    """The espeak-ng voice that fits a character, as far as its tags tell."""
    known = VOICES.get(name.strip().lower())
    return known or (_WOMAN if _WOMEN.intersection(tags) else _MAN)


async def tags_of(cloud: Cloud, row: Avatar) -> list[str]:
    """Tags of an avatar that the caller sees."""
    async with cloud.database.read(Scope.organisation(row.org_id)) as db:
        found = await db.scalars(select(AvatarTag.tag).where(AvatarTag.avatar_id == row.id))
        return list(found.all())


async def opened(cloud: Cloud, row: Avatar) -> OpenedAvatar:
    """An avatar, its file read and checked.

    Raises:
        Problem: 404, it was deleted meanwhile.
    """
    local = cloud.files.local(row.file_key)
    try:
        if local is not None:
            return await asyncio.to_thread(library.open, local)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "avatar.imx"
            await cloud.files.fetch(row.file_key, path)
            return await asyncio.to_thread(library.open, path)
    except FileNotFoundError:
        raise not_found("avatar", row.id) from None
