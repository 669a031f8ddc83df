"""Talking to an avatar in the studio: the Talk page's conversation, with the cloud's avatars.

Comes in: callers, browsers' offers. Goes out: answers. A talk ends when its page is closed, or
after ten minutes: it is for trying an avatar out, costs no credits, and leaves places to rooms.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from starlette.websockets import WebSocket

from visavis.avatar import Avatar as OpenedAvatar
from visavis.cloud.caller import Caller
from visavis.cloud.context import Cloud
from visavis.cloud.database import Avatar
from visavis.cloud.opening import opened, voice_of
from visavis.cloud.problems import Problem
from visavis.errors import InvalidOption
from visavis.stream import Codec
from visavis.studio.seeing import all_visible, tags_of, visible
from visavis.talk.app import Visits
from visavis.talk.cast import Member, tint
from visavis.talk.messages import Offer
from visavis.talk.options import TalkOptions

LONGEST_S = 600.0
_SHOWN = 24
_EACH = 2
"""Talks of one person at a time."""


@dataclass(frozen=True)
class _CloudMember(Member):
    speaks: str = ""

    @property
    def voice(self) -> str:
        return self.speaks


class CloudCast:
    """The avatars one caller sees, as the Talk page's cast.

    Args:
        cloud: whose.
        rows: the avatars.
        tags: theirs, by id.
    """

    def __init__(self, cloud: Cloud, rows: list[Avatar], tags: dict[str, list[str]]) -> None:
        self._cloud = cloud
        self._rows = {row.id: row for row in rows}
        self._tags = tags

    def __getitem__(self, key: str) -> Member:
        """A member; see :class:`visavis.talk.cast.Characters`."""
        row = self._row(key)
        return _CloudMember(key, row.name, Path(row.file_key),
                            voice_of(row.name, self._tags.get(key, [])))  # fmt: skip

    async def open(self, key: str) -> OpenedAvatar:
        """The avatar of a member."""
        return await opened(self._cloud, self._row(key))

    def _row(self, key: str) -> Avatar:
        if key not in self._rows:
            raise InvalidOption("there is no such avatar among yours")
        return self._rows[key]


class Talks:
    """The talks of this process.

    Args:
        cloud: whose.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._visits = Visits(TalkOptions())
        self._of: dict[str, list[str]] = {}
        self._drawn: dict[str, list[asyncio.Task[None]]] = {}

    async def cast(self, caller: Caller, first: str) -> dict[str, Any]:
        """What the page asks first: whom it can show.

        Raises:
            Problem: 404, no such avatar.
        """
        rows = await self._rows(caller, first)
        tints = await asyncio.gather(*(self._tint(row) for row in rows))
        members = [
            {"key": row.id, "name": row.name, "tint": tinted,
             "poster": f"/v1/avatars/{row.id}/preview"}
            for row, tinted in zip(rows, tints, strict=True)
        ]  # fmt: skip
        return {"cast": members, "first": first, "drawing": True}

    async def enter(self, caller: Caller, offer: Offer) -> dict[str, str]:
        """Answer a browser's offer.

        Raises:
            Problem: 404 no such avatar; 503 everybody is taken.
        """
        rows = await self._rows(caller, offer.character)
        tags = await tags_of(self._cloud, caller, [row.id for row in rows])
        own = self._of.setdefault(caller.actor, [])
        while len(own) >= _EACH:  # pages left open: the newest counts
            self._visits.leave(own.pop(0))
        if len(self._visits) >= self._visits.most:
            raise Problem(503, "taken", "Everybody is taken.", "Try again in a moment.",
                          retry_after=10)  # fmt: skip
        visit, answer = await self._visits.enter(offer, CloudCast(self._cloud, rows, tags))
        own.append(visit.key)
        loop = asyncio.get_running_loop()
        loop.call_later(LONGEST_S, self._visits.leave, visit.key)
        return {"visit": visit.key, "sdp": answer}

    async def stay(self, socket: WebSocket, caller: Caller, character: str, codec: Codec) -> None:
        """A talk with a page that draws; returns when it is over.

        Args:
            socket: its connection, not yet accepted.
            caller: whose page it is.
            character: whom they talk to.
            codec: of the sound.

        Raises:
            Problem: 404 no such avatar.
        """
        rows = await self._rows(caller, character)
        tags = await tags_of(self._cloud, caller, [row.id for row in rows])
        own = self._drawn.setdefault(caller.actor, [])
        for other in own[: len(own) + 1 - _EACH]:  # pages left open: the newest counts
            other.cancel()
        talk = asyncio.create_task(
            self._visits.stay(socket, character, codec, CloudCast(self._cloud, rows, tags))
        )
        own.append(talk)
        try:
            await asyncio.wait({talk}, timeout=LONGEST_S)
        finally:
            talk.cancel()
            await asyncio.gather(talk, return_exceptions=True)
            own.remove(talk)
            if not own:
                self._drawn.pop(caller.actor, None)

    def leave(self, visit: str) -> None:
        """A page was closed; its visit's key is known to nobody else."""
        self._visits.leave(visit)

    async def close(self) -> None:
        """Everybody goes."""
        await self._visits.close()

    async def _rows(self, caller: Caller, first: str) -> list[Avatar]:
        one = await visible(self._cloud, caller, first)
        return [one, *(row for row in await all_visible(caller, _SHOWN) if row.id != one.id)]

    async def _tint(self, row: Avatar) -> str:
        try:
            picture = await self._cloud.files.get(row.preview_key)
        except (FileNotFoundError, ValueError):
            return "#3a6a70"
        return await asyncio.to_thread(_tint_of, picture)


@lru_cache(maxsize=256)
def _tint_of(picture: bytes) -> str:
    import io

    import numpy as np
    from PIL import Image

    with Image.open(io.BytesIO(picture)) as image:
        return tint(np.asarray(image.convert("RGB")))
