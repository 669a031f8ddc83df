"""Removes what is over: answers kept for repeated requests, log-ins, invitations, embed tokens.

Comes in: a cloud. Goes out: fewer rows, once an hour. Nothing depends on it: what is over is
refused whether it is still there or not.
"""

from __future__ import annotations

import datetime
import logging

from sqlalchemy import delete

from visavis.cloud.context import Cloud
from visavis.cloud.database import EmbedToken, IdempotentAnswer, Invitation, Login, Scope
from visavis.cloud.idempotency import KEPT
from visavis.cloud.recurring import Recurring

logger = logging.getLogger(__name__)

_EVERY_S = 3600.0
_LEFT = datetime.timedelta(days=30)
"""For how long invitations and embed tokens that are over can still be looked up."""


class Tidying(Recurring):
    """A :class:`~visavis.cloud.context.Service`.

    Args:
        cloud: whose.
    """

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud, _EVERY_S)

    async def turn(self) -> bool:
        """Remove what is over."""
        await tidy(self._cloud)
        return False

    def failed(self, error: Exception) -> None:
        """With its trace: nothing of what is removed is in it."""
        logger.error("tidying failed", exc_info=error)


async def tidy(cloud: Cloud) -> None:
    """Remove what is over, once."""
    now = cloud.now()
    async with cloud.database.write(Scope.system("what is over")) as db:
        await db.execute(delete(IdempotentAnswer).where(IdempotentAnswer.created_at < now - KEPT))
        await db.execute(delete(Login).where(Login.expires_at < now))
        await db.execute(delete(Invitation).where(Invitation.expires_at < now - _LEFT))
        await db.execute(delete(EmbedToken).where(EmbedToken.expires_at < now - _LEFT))
