"""One worker in a Ray cluster, looked after by the process that leads.

Comes in: its number. Goes out: its row in the database, kept true: where it is, whether it is
ready, gone with its machine, being drained. Ray finds it a machine, and another one when that is
lost; here is only noticed that it is.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from visavis.cloud.context import Cloud
from visavis.cloud.database import Scope, Worker
from visavis.cloud.engines.calling import Calls, secret_of
from visavis.cloud.engines.ray_cluster import RayAway, RayCluster

logger = logging.getLogger(__name__)

START = 180.0
"""Seconds a worker may take to answer after its start, on a machine that has much else to do."""
REFUSED = 1.0
"""Seconds of calls that fail at once after which a worker is gone: nobody is there to take them."""
SILENT = 3.0
"""Seconds without any answer after which it is."""
_LOOK = 0.25
_SYSTEM = Scope.system("workers in a Ray cluster")


@dataclass(frozen=True, slots=True)
class Making:
    """What workers are made of.

    Attributes:
        program: arguments of Python that run one.
        options: of `visavis serve`, by name.
        share: what Ray keeps free for one.
        capacity: sessions at most.
    """

    program: tuple[str, ...]
    options: Mapping[str, str]
    share: Mapping[str, float]
    capacity: int


class RayWorker:
    """One of them.

    Args:
        cloud: whose sessions it carries.
        ray: where it runs.
        calls: to it.
        engine: name of the engine.
        number: its own in that.
        making: what it is made of.
        changed: is called when its state has.

    Attributes:
        id: of its row.
        away: whether it does not answer at the moment.
        ended: whether it has been drained and is no more.
    """

    def __init__(
        self,
        cloud: Cloud,
        ray: RayCluster,
        calls: Calls,
        engine: str,
        number: int,
        making: Making,
        changed: Callable[[], None],
    ) -> None:
        self.id = row_id(engine, number)
        self.away = False
        self.ended = False
        self._cloud, self._ray, self._calls = cloud, ray, calls
        self._engine, self._actor, self._making = engine, actor_name(number), making
        self._changed = changed

    async def keep(self) -> None:
        """Look after it until it has been drained."""
        pause = _LOOK
        while not self.ended:
            try:
                await self._live()
                pause = _LOOK
            except RayAway as error:  # it has no machine at the moment; Ray looks for one
                logger.info("a worker is waited for: %s", error, extra={"worker": self.id})
            except Exception:  # the database, most likely; the worker goes on
                logger.exception("a worker is not looked after at the moment")
            await asyncio.sleep(pause)
            pause = min(2 * pause, 2.0)

    async def give_up(self) -> None:
        """End it at once; sessions that it has are placed elsewhere."""
        self.ended = True
        await self._ray.kill(self._actor, again=False)
        await self._lost()

    async def _live(self) -> None:
        """One life of its process, from its start or from being taken over."""
        row = await self._row()
        making = self._making
        await self._ray.make(
            self._actor, making.share, making.program, dict(making.options)
        )  # fmt: skip
        there = await self._ray.call(self._actor, "where", within=None)
        if row.state == "draining":
            await self._drain()
            return
        here = there["runs"] and there["start"] == row.start and row.address
        if not here or not await self._calls.alive(row):
            row = await self._begin(max(row.start, there["start"]) + 1, there)
        end = time.monotonic() + START
        while not await self._calls.alive(row, "/ready"):
            there = await self._ray.call(self._actor, "where")
            if not there["runs"] or there["start"] != row.start or time.monotonic() > end:
                await self._lost()
                raise RayAway("it ended, or did not answer")
            await asyncio.sleep(_LOOK)
        self.away = False
        if (await self._note(state="ready")).state == "draining":
            await self._drain()
            return
        await self._watch(row)

    async def _begin(self, start: int, there: Mapping[str, Any]) -> Worker:
        """Start the process, whatever there was before."""
        secret = secret_of(self._cloud.sealer, self.id, start)
        address = await self._ray.call(self._actor, "begin", start, secret)
        logger.info("worker started", extra={"worker": self.id, "address": address})
        # Not its state: one that was lost stays so until it is ready, and its sessions move.
        return await self._note(start=start, address=address, version=there["version"],
                                capacity=there["sessions"])  # fmt: skip

    async def _watch(self, row: Worker) -> None:
        """Until it is lost, or drained."""
        heard = noted = time.monotonic()
        failed = 0
        while True:
            await asyncio.sleep(_LOOK)
            answers = await self._calls.alive(row)
            now = time.monotonic()
            heard, failed = (now, 0) if answers else (heard, failed + 1)
            self.away = failed > 0
            if now - heard > SILENT or (failed > 3 and now - heard > REFUSED):
                logger.warning("a worker is lost", extra={"worker": self.id})
                await self._lost()
                # If it is only we who do not reach it, it has to go all the same.
                await self._ray.kill(self._actor, again=True)
                return
            if answers and now - noted > 1.0:
                noted = now
                if (await self._note()).state == "draining":
                    await self._drain()
                    return

    async def _drain(self) -> None:
        """Wait until its sessions have moved, for as long as there is; then end it for good."""
        end = time.monotonic() + self._cloud.settings.drain + 15.0
        while (await self._note()).taken > 0 and time.monotonic() < end:
            await asyncio.sleep(_LOOK)
        try:
            await self._ray.call(self._actor, "end", 5.0, within=15.0)
        except RayAway as error:
            logger.info("a worker ended before it was told to: %s", error)
        await self.give_up()

    async def _lost(self) -> None:
        row = await self._note(state="gone", address="")
        await self._note(start=row.start + 1)  # its secret opens nothing any more
        self.away = True

    async def _row(self) -> Worker:
        """Its row, made if there is none."""
        async with self._cloud.database.write(_SYSTEM) as db:
            row: Worker | None = await db.get(Worker, self.id, with_for_update=True)
            if row is None:
                row = Worker(id=self.id, engine=self._engine, start=0, state="starting",
                             capacity=self._making.capacity, taken=0, address="",
                             seen_at=self._cloud.now())  # fmt: skip
                db.add(row)
            return row

    async def _note(self, **values: Any) -> Worker:
        """Write down what has changed, and that somebody looked; the row as it is then.

        One that is to be drained does not become ready any more: anybody may have said so.
        """
        async with self._cloud.database.write(_SYSTEM) as db:
            row = await db.get(Worker, self.id, with_for_update=True, populate_existing=True)
            if row is None:
                raise RayAway("its row is gone")
            row.seen_at = self._cloud.now()
            if row.state == "draining" and values.get("state") == "ready":
                del values["state"]
            for name, value in values.items():
                setattr(row, name, value)
        if "state" in values:
            self._changed()
        return row


def row_id(engine: str, number: int) -> str:
    """Id of a worker's row."""
    return f"wrk_{engine.partition(':')[2]}_{number}"


def actor_name(number: int) -> str:
    """Name of a worker's actor."""
    return f"worker-{number}"


def number_of(name: str) -> int | None:
    """The number in an actor's name, or a row's id."""
    number = name.replace("-", "_").rpartition("_")[2]
    return int(number) if number.isdecimal() else None


async def rows_of(cloud: Cloud, engine: str) -> list[Worker]:
    """All workers of an engine."""
    async with cloud.database.read(_SYSTEM) as db:
        found = await db.scalars(select(Worker).where(Worker.engine == engine).order_by(Worker.id))
        return list(found.all())
