"""Removes what is over: answers kept for repeated requests, log-ins, invitations, embed tokens.

Comes in: a cloud. Goes out: fewer rows, once an hour. Nothing depends on it: what is over is
refused whether it is still there or not.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import logging

from sqlalchemy import delete

from visavis.cloud.context import Cloud
from visavis.cloud.database import EmbedToken, IdempotentAnswer, Invitation, Login, Scope
from visavis.cloud.idempotency import KEPT

logger = logging.getLogger(__name__)

_EVERY_S = 3600.0
_LEFT = datetime.timedelta(days=30)
"""For how long invitations and embed tokens that are over can still be looked up."""


class Tidying:
    """A :class:`~visavis.cloud.context.Service`.

    Args:
        cloud: whose.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._work())

    async def close(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _work(self) -> None:
        while True:
            try:
                await tidy(self._cloud)
            except Exception:
                logger.exception("tidying failed")
            await asyncio.sleep(_EVERY_S)


async def tidy(cloud: Cloud) -> None:
    """Remove what is over, once."""
    now = cloud.now()
    async with cloud.database.write(Scope.system("what is over")) as db:
        await db.execute(delete(IdempotentAnswer).where(IdempotentAnswer.created_at < now - KEPT))
        await db.execute(delete(Login).where(Login.expires_at < now))
        await db.execute(delete(Invitation).where(Invitation.expires_at < now - _LEFT))
        await db.execute(delete(EmbedToken).where(EmbedToken.expires_at < now - _LEFT))
