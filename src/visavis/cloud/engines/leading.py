"""Work that only one of several processes does, wherever they are: who has the lease on it.

Comes in: a cloud, the work's name. Goes out: whether this process has it. It has it for some
seconds and says so again before they are over; another one gets it when it does not.
"""

from __future__ import annotations

import datetime
import secrets
import time

from sqlalchemy import CursorResult, update
from sqlalchemy.dialects import postgresql, sqlite

from visavis.cloud.context import Cloud
from visavis.cloud.database import Lease, Scope

_SYSTEM = Scope.system("who does what only one may do")


class Leading:
    """This process's part in it.

    Args:
        cloud: in whose database it is written.
        work: its name, up to 32 characters.
        seconds: of a lease.
    """

    def __init__(self, cloud: Cloud, work: str, seconds: float = 6.0) -> None:
        self._cloud = cloud
        self._work = work
        self._seconds = seconds
        self._me = secrets.token_hex(16)
        self._until = 0.0

    @property
    def held(self) -> bool:
        """Whether this process has it at this moment."""
        return time.monotonic() < self._until

    async def hold(self) -> bool:
        """Get it, or keep it; whether this process has it."""
        asked = time.monotonic()
        if self._until - asked > 0.7 * self._seconds:
            return True
        now = self._cloud.now()
        insert = (sqlite if self._cloud.database.is_sqlite else postgresql).insert
        async with self._cloud.database.write(_SYSTEM) as db:
            await db.execute(
                insert(Lease)
                .values(id=self._work, holder="", until=now - datetime.timedelta(seconds=1))
                .on_conflict_do_nothing(index_elements=["id"])
            )
            taken = await db.execute(
                update(Lease)
                .where(Lease.id == self._work, (Lease.holder == self._me) | (Lease.until < now))
                .values(holder=self._me, until=now + datetime.timedelta(seconds=self._seconds))
                .execution_options(synchronize_session=False)
            )
            mine = isinstance(taken, CursorResult) and taken.rowcount == 1
        self._until = asked + self._seconds if mine else 0.0
        return mine

    async def release(self) -> None:
        """Let another process have it at once."""
        self._until = 0.0
        async with self._cloud.database.write(_SYSTEM) as db:
            await db.execute(
                update(Lease)
                .where(Lease.id == self._work, Lease.holder == self._me)
                .values(holder="", until=self._cloud.now() - datetime.timedelta(seconds=1))
                .execution_options(synchronize_session=False)
            )
