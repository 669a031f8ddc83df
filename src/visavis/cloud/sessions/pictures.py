"""Pictures that were sent with a launch, kept while the session lives: another worker may need one.

Comes in: a session's id, a picture. Goes out: the picture again, from the store of files; a service
that removes those of sessions that are over. Only engines that move sessions need this: the worker
of this machine keeps what it has built from them.
"""

from __future__ import annotations

import datetime
import logging

from sqlalchemy import select

from visavis.cloud.context import Cloud
from visavis.cloud.database import LiveSession, Scope
from visavis.cloud.recurring import Recurring, wait

logger = logging.getLogger(__name__)

SENT = "picture:"
"""How `LiveSession.wanted` begins; after it the picture's address, or the hash of one sent."""
_EVERY_S = 30.0
_FIRST = datetime.timedelta(days=7)
"""How far back it is looked at the start, for those that a crash has left."""
_AGAIN = datetime.timedelta(minutes=10)
"""And later: a picture may be stored after its session has ended already."""


def was_sent(session: LiveSession) -> bool:
    """Whether a session's avatar is a picture that came with its launch."""
    return session.wanted.startswith(SENT) and "://" not in session.wanted


async def keep(cloud: Cloud, session_id: str, picture: bytes) -> None:
    """Keep a picture; without it its session ends with its worker, no more."""
    try:
        await cloud.files.put(_key(session_id), picture)
    except Exception as error:  # of any store
        wait(logger, "a picture is not kept", error)


async def fetch(cloud: Cloud, session_id: str) -> bytes | None:
    """A session's picture; None: it is not kept."""
    try:
        return await cloud.files.get(_key(session_id))
    except FileNotFoundError:
        return None


class Pictures(Recurring):
    """Removes those of sessions that are over; a :class:`~visavis.cloud.context.Service`.

    Args:
        cloud: whose.
    """

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud, _EVERY_S)
        self._back = _FIRST

    async def turn(self) -> bool:
        """Remove them."""
        since = self._cloud.now() - self._back
        async with self._cloud.database.read(Scope.system("pictures of ended sessions")) as db:
            over = await db.scalars(
                select(LiveSession).where(
                    LiveSession.ended_at > since, LiveSession.wanted.startswith(SENT)
                )
            )
        for session in over.all():
            if was_sent(session):
                await self._cloud.files.remove(_key(session.id))
        self._back = _AGAIN
        return False

    def failed(self, error: Exception) -> None:
        """One line."""
        wait(logger, "pictures of ended sessions are not removed", error)


def _key(session_id: str) -> str:
    return f"launches/{session_id}"
