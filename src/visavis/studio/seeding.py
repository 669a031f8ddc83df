"""The characters that come with Visavis, in the gallery of a new cloud.

Comes in: a cloud without them. Goes out: an organisation "Visavis" that nobody is in, with public
avatars. Once: an operator who deletes one is not given it again.
"""

from __future__ import annotations

import asyncio
import hashlib
import io

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from visavis import library
from visavis.cloud import ids
from visavis.cloud.context import Cloud
from visavis.cloud.database import Avatar, AvatarTag, Organisation, Scope
from visavis.cloud.making.submission import searchable

ORG_ID = "org_v1sav1scharacter"
PREVIEW_PX = 512
_ABOUT = {
    "ada": ("Friendly and clear, drawn flat. Good at explaining things.",
            ["drawn", "woman", "friendly"]),
    "mei": ("A painted panda: calm, attentive, a good listener.", ["painted", "animal", "calm"]),
    "otto": ("A robot with a face on a screen. Always on, never tired.", ["robot", "screen"]),
    "rufus": ("An inked fox with opinions. For stories and games.", ["animal", "drawn", "playful"]),
}  # fmt: skip
_SCOPE = Scope.system("characters that come with Visavis")


class Seeding:
    """See :class:`visavis.cloud.context.Service`.

    Args:
        cloud: whose gallery.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    async def start(self) -> None:
        """Put them in, if they never were."""
        cloud, now = self._cloud, self._cloud.now()
        async with cloud.database.read(_SCOPE) as db:
            if await db.scalar(select(Organisation.id).where(Organisation.id == ORG_ID)):
                return
        found = [await self._kept(name) for name in library.characters() if name in _ABOUT]
        try:
            async with cloud.database.write(_SCOPE) as db:
                db.add(Organisation(id=ORG_ID, name="Visavis", created_at=now))
                await db.flush()
                db.add_all(found)
                await db.flush()
                for avatar in found:
                    tags = _ABOUT[avatar.name.lower()][1]
                    db.add_all(
                        AvatarTag(org_id=ORG_ID, avatar_id=avatar.id, tag=tag) for tag in tags
                    )
        except IntegrityError:  # another process was faster
            for avatar in found:
                await cloud.files.remove(avatar.file_key)
                await cloud.files.remove(avatar.preview_key)

    async def close(self) -> None:
        """Nothing to do."""

    async def _kept(self, name: str) -> Avatar:
        data, preview, kind, shown = await asyncio.to_thread(_drawn, name)
        about, tags = _ABOUT[name]
        new, now = ids.avatar_id(), self._cloud.now()
        key = f"avatars/{new}/character"
        await self._cloud.files.put(f"{key}.imx", data)
        await self._cloud.files.put(f"{key}.webp", preview)
        return Avatar(
            id=new, org_id=ORG_ID, name=shown, description=about, visibility="public",
            search=searchable(shown, about, tags), status="ready", kind=kind,
            licence="Apache-2.0", consent="no_person", source="drawn by Visavis",
            file_key=f"{key}.imx", preview_key=f"{key}.webp", size=len(data),
            sha256=hashlib.sha256(data).hexdigest(), created_at=now, updated_at=now,
        )  # fmt: skip


def _drawn(name: str) -> tuple[bytes, bytes, str, str]:
    """A character's file, its picture (WebP), kind and name."""
    from PIL import Image

    from visavis.pose import make

    path = library.find(name)
    with library.open(path) as avatar:
        picture = avatar.renderer(PREVIEW_PX).draw(make())
        kind, shown = avatar.kind, avatar.name
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "WEBP", quality=85)
    return path.read_bytes(), out.getvalue(), kind, shown.title()
