"""Talks on embedding pages: a motion stream each, counted in the ledger like any session.

Comes in: accepted WebSockets with their tokens. Goes out: packets; a session's row and entries. A
talk lives in the process that its page has reached; if that dies, it is ended at its last entry.
"""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.websockets import WebSocket

from visavis.cloud import ids
from visavis.cloud.context import Cloud
from visavis.cloud.database import Avatar, EmbedToken, LiveSession, Organisation
from visavis.cloud.embedding.tokens import avatar_of
from visavis.cloud.engines.engine import Report
from visavis.cloud.opening import opened, tags_of, voice_of
from visavis.cloud.problems import Problem
from visavis.cloud.recurring import Recurring, wait
from visavis.cloud.sessions import ending
from visavis.cloud.sessions.ending import SYSTEM
from visavis.cloud.sessions.launching import check_limit
from visavis.cloud.usage import budgets
from visavis.play.visit import Visit
from visavis.stream import Codec, open_session

logger = logging.getLogger(__name__)

_EVERY_S = 1.0
_FPS, _RATE = 25.0, 24_000


@dataclass
class _Talk:
    """One that goes on.

    Attributes:
        session_id: of its row.
        embed_id: of its token.
        limit: seconds at most.
        visit: of the page.
        reason: why it is to end.
    """

    session_id: str
    embed_id: str
    limit: int
    visit: Visit
    reason: str = "the page was closed"
    began: float = field(default_factory=time.monotonic)
    told: float = field(default_factory=time.monotonic)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    def end(self, reason: str) -> None:
        self.reason = reason
        self.visit.close()

    def report(self, ended: bool, figures: dict[str, Any] | None = None) -> Report:
        seconds = time.monotonic() - self.began
        reason = self.reason if ended else ""
        return Report(self.session_id, True, seconds, ended, "", reason, figures or {})


class Talks(Recurring):
    """The talks of this process; see :class:`visavis.cloud.context.Service`.

    Args:
        cloud: whose.
    """

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud, _EVERY_S)
        cloud.talks = self
        self._here: dict[str, _Talk] = {}
        self._over: dict[str, Report] = {}
        """Ended, and not yet entered: the database was away."""

    def __len__(self) -> int:
        """How many go on."""
        return len(self._here)

    async def stay(self, socket: WebSocket, token: EmbedToken, codec: Codec) -> None:
        """Hold a talk until its page is closed, or its time is over.

        Args:
            socket: accepted.
            token: that was checked.
            codec: of the sound.

        Raises:
            Problem: it cannot begin.
        """
        from visavis.agent.voices import open_voice

        cloud = self._cloud
        if len(self._here) >= cloud.settings.embedded:
            raise Problem(503, "at_capacity", "All places are taken.",
                          "Try again in a few seconds.", retry_after=5)  # fmt: skip
        row = await avatar_of(cloud, token.org_id, token.avatar_id)
        tags = await tags_of(cloud, row)
        avatar = await opened(cloud, row)
        stream = open_session(avatar, fps=_FPS, sample_rate=_RATE, codec=codec)
        try:
            visit = Visit(socket, stream, open_voice(voice_of(row.name, tags)))
            session = await self._begin(token, row)
            talk = _Talk(session.id, token.id, session.limit_seconds, visit)
            self._here[session.id] = talk
            try:
                await ending.settle(cloud, session.id, talk.report(False), cloud.now())
                await visit.run()
            finally:
                del self._here[session.id]
                self._over[session.id] = talk.report(True, asdict(stream.metrics))
                await asyncio.shield(self._try_to_settle())
                talk.over.set()
        finally:
            stream.close()
            avatar.close()

    async def turn(self) -> bool:
        """Enter what is due, end what is over or shall be."""
        await self._settle_over()
        if not self._here:
            return False
        cloud, now = self._cloud, time.monotonic()
        over = await self._told_to_end()
        for talk in list(self._here.values()):
            if talk.session_id in over:
                talk.end(over[talk.session_id])
            elif now - talk.began >= talk.limit:
                talk.end("its time is over")
            elif now - talk.told >= cloud.settings.heartbeat:
                talk.told = now
                await ending.settle(cloud, talk.session_id, talk.report(False), cloud.now())
        return False

    def failed(self, error: Exception) -> None:
        """The database, most likely; the next turn tries again."""
        wait(logger, "talks are not looked after", error)

    async def close(self) -> None:
        """End all talks, and enter them."""
        await super().close()
        talks = list(self._here.values())
        for talk in talks:
            talk.end("the cloud is restarted")
        waiting = [asyncio.ensure_future(talk.over.wait()) for talk in talks]
        if waiting:
            await asyncio.wait(waiting, timeout=5.0)
        await self._try_to_settle()

    async def _begin(self, token: EmbedToken, avatar: Avatar) -> LiveSession:
        cloud = self._cloud
        async with cloud.database.read(SYSTEM) as db:
            await budgets.check(cloud, db, token.org_id)
        async with cloud.database.write(SYSTEM) as db:
            # One after the other, so that limits hold.
            await db.execute(
                select(Organisation.id)
                .where(Organisation.id == token.org_id)
                .with_for_update(key_share=True)
            )
            await check_limit(cloud, db, token.org_id)
            limit = min(token.limit_seconds, 60 * cloud.settings.session_minutes)
            if token.total_seconds:
                limit = min(limit, token.total_seconds - await used(db, token.id))
            if limit <= 0:
                raise Problem(402, "embed_spent", "The time that this token is for is used up.",
                              "Make a new one.")  # fmt: skip
            named = ids.new_id("ses")
            session = LiveSession(
                id=named, org_id=token.org_id, secret_id=token.secret_id,
                account_id=token.account_id, embed_id=token.id, avatar_id=avatar.id,
                wanted=f"avatar:{avatar.id}", task_id=named, limit_seconds=limit,
                placement=0, created_at=cloud.now(),
            )  # fmt: skip
            db.add(session)
        return session

    async def _told_to_end(self) -> dict[str, str]:
        """Talks of this process that were ended elsewhere, or whose tokens are over."""
        async with self._cloud.database.read(SYSTEM) as db:
            found = await db.execute(
                select(LiveSession.id, LiveSession.state, LiveSession.reason,
                       EmbedToken.revoked_at, EmbedToken.id)
                .outerjoin(EmbedToken, EmbedToken.id == LiveSession.embed_id)
                .where(LiveSession.id.in_(list(self._here)))
            )  # fmt: skip
            rows = {row[0]: row for row in found}
        over = {}
        for session_id in self._here:
            row = rows.get(session_id)
            if row is None or row[1] == "ended":
                over[session_id] = row[2] if row else "its organisation was deleted"
            elif row[3] is not None or row[4] is None:
                over[session_id] = "its token is revoked"
        return over

    async def _try_to_settle(self) -> None:
        try:
            await self._settle_over()
        except Exception as error:  # the next turn tries again
            self.failed(error)

    async def _settle_over(self) -> None:
        for session_id, report in list(self._over.items()):
            await ending.settle(self._cloud, session_id, report, self._cloud.now())
            self._over.pop(session_id, None)


async def used(db: AsyncSession, embed_id: str) -> int:
    """Seconds that a token's talks have taken, as far as they are entered."""
    count = select(func.coalesce(func.sum(LiveSession.seconds), 0)).where(
        LiveSession.embed_id == embed_id
    )
    return int(await db.scalar(count) or 0)
