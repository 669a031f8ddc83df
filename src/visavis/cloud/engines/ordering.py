"""What an operator orders of workers from the command line, through the database.

Comes in: settings, ids. Goes out: lists of workers; workers that are drained one after the other,
which the process that looks after them does.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from sqlalchemy import select

from visavis.cloud.database import Database, Scope, Worker
from visavis.cloud.settings import CloudSettings
from visavis.errors import InvalidOption, ServiceError

_SYSTEM = Scope.system("the operator's orders to workers")
_LOOK = 0.5
_REPLACED = 300.0
"""Seconds for another worker in place of one that was drained, beside those for its sessions."""


async def workers(settings: CloudSettings) -> list[Worker]:
    """All workers that are not gone."""
    async with _opened(settings) as database:
        return [row for row in await _rows(database) if row.state != "gone"]


async def drain(settings: CloudSettings, ids: Sequence[str] = ()) -> AsyncIterator[str]:
    """Drain workers one after the other: sessions go on under others, then it is replaced.

    Args:
        settings: of the cloud, which has to run.
        ids: which workers; none: all that are ready.

    Yields:
        The id of each as soon as as many are ready as were before.

    Raises:
        InvalidOption: there is no such worker in a Ray cluster, or none that is ready.
        ServiceError: no other is ready in its place; those after it are left alone.
    """
    async with _opened(settings) as database:
        rows = {row.id: row for row in await _rows(database) if row.engine.startswith("ray:")}
        able = [row.id for row in rows.values() if row.state == "ready"]
        for name in ids:
            if name not in rows or rows[name].state == "gone":
                raise InvalidOption(
                    f"{name}: no worker in a Ray cluster; `visavis cloud workers` lists them"
                )
        if not ids and not able:
            raise InvalidOption("no worker in a Ray cluster is ready; that of one machine is "
                                "replaced by starting `visavis cloud` again")  # fmt: skip
        for name in ids or able:
            async with database.write(_SYSTEM) as db:
                row = await db.get(Worker, name, with_for_update=True, populate_existing=True)
                if row is not None and row.state in ("ready", "starting"):
                    row.state = "draining"
            await _replaced(database, name, len(able), settings.drain + _REPLACED)
            yield name


async def _replaced(database: Database, name: str, ready: int, within: float) -> None:
    end = time.monotonic() + within
    while True:
        rows = await _rows(database)
        drained = all(row.state != "draining" for row in rows if row.id == name)
        if drained and sum(row.state == "ready" for row in rows) >= ready:
            return
        if time.monotonic() > end:
            raise ServiceError(
                f"{name} is told to drain, but fewer workers than before are ready; is "
                "`visavis cloud --engine ray` running, and has Ray room for another?"
            )
        await asyncio.sleep(_LOOK)


async def _rows(database: Database) -> list[Worker]:
    async with database.read(_SYSTEM) as db:
        return list(await db.scalars(select(Worker).order_by(Worker.id)))


@asynccontextmanager
async def _opened(settings: CloudSettings) -> AsyncIterator[Database]:
    database = Database(settings.database_url)
    try:
        yield database
    finally:
        await database.close()
