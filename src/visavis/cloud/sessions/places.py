"""Places on workers: one counter each, in the database.

Comes in: who needs a place, who gives one back. Goes out: a worker, never more than it has room
for: the counter goes up only where it is below the capacity, in the transaction of what needs it.
"""

from __future__ import annotations

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from visavis.cloud.database import Worker
from visavis.cloud.problems import Problem

_CHOICES = 4


async def free(db: AsyncSession, engine: str) -> int:
    """Places that are free on an engine's workers at this moment."""
    count = select(func.coalesce(func.sum(Worker.capacity - Worker.taken), 0)).where(
        Worker.engine == engine, Worker.state == "ready", Worker.taken < Worker.capacity
    )
    return int(await db.scalar(count) or 0)


async def take(db: AsyncSession, engine: str) -> Worker:
    """Take a place on the emptiest worker.

    Args:
        db: of a system's scope, for writing.
        engine: whose workers.

    Raises:
        Problem: 503, there is none.
    """
    room = Worker.taken < Worker.capacity, Worker.state == "ready", Worker.engine == engine
    choices = await db.scalars(
        select(Worker).where(*room).order_by(Worker.taken - Worker.capacity).limit(_CHOICES)
    )
    for worker in choices.all():
        taken = await db.execute(
            update(Worker)
            .where(Worker.id == worker.id, *room)
            .values(taken=Worker.taken + 1)
            .execution_options(synchronize_session=False)
        )
        if isinstance(taken, CursorResult) and taken.rowcount == 1:
            return worker
    raise at_capacity()


async def give_back(db: AsyncSession, worker_id: str) -> None:
    """Give a place back.

    Args:
        db: of a system's scope, for writing; the transaction in which the session leaves it.
        worker_id: the worker.
    """
    await db.execute(
        update(Worker)
        .where(Worker.id == worker_id, Worker.taken > 0)
        .values(taken=Worker.taken - 1)
        .execution_options(synchronize_session=False)
    )


def at_capacity() -> Problem:
    """For those who find no place."""
    return Problem(
        503, "at_capacity", "All places are taken.", "Try again in a few seconds.", retry_after=5
    )
