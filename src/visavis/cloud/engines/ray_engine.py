"""The Ray engine: workers on the machines of a Ray cluster.

Comes in: a cloud. Goes out: as many workers as its sessions need and one more, each a named actor
that outlives us; Ray finds their machines, adds machines where it can, and makes workers anew when
theirs are lost. Sessions are launched, asked and stopped over HTTP, as on this machine. One
process of a cloud looks after the workers and their sessions, the others only launch.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import update

from visavis.cloud.context import Cloud
from visavis.cloud.database import Scope, Worker
from visavis.cloud.engines.calling import Calls
from visavis.cloud.engines.engine import Placement, Report, WorkerAway
from visavis.cloud.engines.leading import Leading
from visavis.cloud.engines.local import PROGRAM
from visavis.cloud.engines.ray_cluster import RayAway, RayCluster
from visavis.cloud.engines.ray_worker import (
    Making,
    RayWorker,
    actor_name,
    number_of,
    rows_of,
)
from visavis.serve.refusal import Refused

logger = logging.getLogger(__name__)

SESSIONS = 4
"""Of one worker, where the settings say nothing."""
_TURN = 0.5
_PATIENCE = 1.5
"""Seconds for an answer of a worker: it does nothing slow while it is asked."""
_IDLE = 300.0
"""Seconds after which a worker that nobody needs is ended, and Ray may give back its machine."""
_SYSTEM = Scope.system("workers in a Ray cluster")


class RayEngine:
    """Workers in a Ray cluster.

    Args:
        cloud: whose sessions they carry.
        program: arguments of Python that run a worker, to which its options are added.

    Raises:
        MissingDependency: Ray is not installed.
        InvalidOption: there is no cluster where the settings say.
    """

    def __init__(self, cloud: Cloud, program: Sequence[str] = PROGRAM[1:]) -> None:
        settings = cloud.settings
        mark = cloud.sealer.sign("engine", "ray")[:16]
        self.name = f"ray:{mark}"
        self.moves = True
        self.changed = asyncio.Event()
        self._cloud = cloud
        self._ray = RayCluster(settings.ray_address, f"visavis-{mark}")
        self._calls = Calls(cloud.sealer, _PATIENCE)
        self._leading = Leading(cloud, f"ray_{mark}")
        capacity = settings.sessions or SESSIONS
        options = {
            "sessions": str(capacity), "drain": str(settings.drain), "hold": "5",
            "downloads": settings.downloads, "log": settings.log,
        }  # fmt: skip
        share = {name: amount * capacity for name, amount in settings.ray_session.items()}
        self._making = Making(tuple(program), options, share, capacity)
        self._workers: dict[int, RayWorker] = {}
        self._keeping: dict[int, asyncio.Task[None]] = {}
        self._task: asyncio.Task[None] | None = None
        self._needed = 0.0

    @property
    def leads(self) -> bool:
        """Whether this process looks after the workers."""
        return self._leading.held

    async def start(self) -> None:
        """See :class:`Engine`."""
        self._task = asyncio.create_task(self._lead())

    async def close(self) -> None:
        """See :class:`Engine`: these workers go on, with their sessions."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._step_down()
        if self._leading.held:
            await self._leading.release()
        await self._calls.close()
        await self._ray.close()

    async def place(self, worker: Worker, placement: Placement, wait: bool) -> None:
        """See :class:`Engine`."""
        self._check(worker)
        avatar = placement.avatar
        if placement.file:
            avatar = placement.sha256
            try:
                await self._bring(actor_name(number_of(worker.id) or 0), placement)
            except RayAway:
                raise WorkerAway() from None
        await self._calls.launch(worker, placement, avatar, wait)

    async def reports(self, worker: Worker) -> dict[str, Report]:
        """See :class:`Engine`."""
        self._check(worker)
        return await self._calls.reports(worker)

    async def stop(self, worker: Worker, task_id: str) -> None:
        """See :class:`Engine`."""
        await self._calls.stop(worker, task_id)

    async def direct(self, worker: Worker, task_id: str, what: str, text: str) -> None:
        """See :class:`Engine`."""
        await self._calls.direct(worker, task_id, what, text)

    async def drain(self, worker: Worker) -> None:
        """See :class:`Engine`; returns at once, whichever process leads does it."""
        async with self._cloud.database.write(_SYSTEM) as db:
            await db.execute(
                update(Worker)
                .where(Worker.id == worker.id, Worker.state.in_(("ready", "starting")))
                .values(state="draining")
                .execution_options(synchronize_session=False)
            )

    def _check(self, worker: Worker) -> None:
        """Not to wait for one of which it is known that it does not answer.

        Raises:
            WorkerAway: it does not.
        """
        known = self._workers.get(number_of(worker.id) or 0)
        if known is not None and known.id == worker.id and known.away:
            raise WorkerAway()

    async def _bring(self, actor: str, placement: Placement) -> None:
        """Give a worker an avatar's file; its name is its content's hash."""
        if await self._ray.call(actor, "has", placement.sha256):
            return
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "avatar.imx"
            try:
                await self._cloud.files.fetch(placement.file, path)
            except FileNotFoundError:
                raise Refused(404, "no_such_avatar", "the avatar's file is gone") from None
            data = await asyncio.to_thread(path.read_bytes)
        await self._ray.call(actor, "bring", placement.sha256, data, within=30.0)

    # What the process does that leads

    async def _lead(self) -> None:
        while True:
            try:
                if await self._leading.hold():
                    await self._turn()
                else:
                    await self._step_down()
            except RayAway as error:
                logger.warning("Ray is away: %s", error)
                with contextlib.suppress(Exception):
                    await self._ray.connect_again()
            except Exception as error:  # the database, most likely; all is tried again
                logger.warning("workers are not looked after: %s", type(error).__name__)
            await asyncio.sleep(_TURN)

    async def _turn(self) -> None:
        """Take up the workers that there are, and have as many as are needed."""
        if not self._workers:
            for name in await self._ray.names():
                if name.startswith("worker-") and (number := number_of(name)) is not None:
                    self._take(number)
        for number, worker in list(self._workers.items()):
            if worker.ended:
                del self._workers[number]
                self._keeping.pop(number).cancel()
        rows = await rows_of(self._cloud, self.name)
        ours = {worker.id for worker in self._workers.values()}
        await self._forget([row.id for row in rows if row.id not in ours and row.state != "gone"])
        staying = {row.id: row for row in rows if row.id in ours and row.state != "draining"}
        there = len(ours - {row.id for row in rows} | set(staying))
        taken = sum(row.taken for row in rows)
        settings = self._cloud.settings
        needed = -(-taken // self._making.capacity) + 1
        wanted = min(max(needed, settings.workers), settings.workers_most)
        while there < wanted:
            self._take(next(n for n in range(wanted + len(ours) + 1) if n not in self._workers))
            there += 1
        if there <= wanted:
            self._needed = time.monotonic()
        elif time.monotonic() - self._needed > _IDLE:
            await self._less(staying)

    def _take(self, number: int) -> None:
        worker = RayWorker(
            self._cloud, self._ray, self._calls, self.name, number, self._making, self.changed.set
        )  # fmt: skip
        self._workers[number] = worker
        self._keeping[number] = asyncio.create_task(worker.keep())

    async def _less(self, rows: dict[str, Worker]) -> None:
        """End one worker without sessions; better one that has no machine yet."""
        free = [row for row in rows.values() if row.taken == 0]
        for row in sorted(free, key=lambda row: row.state == "ready"):
            if row.state == "ready":
                await self.drain(row)
            else:
                number = number_of(row.id) or 0
                self._keeping[number].cancel()
                await self._workers[number].give_up()
            return

    async def _forget(self, ids: Sequence[str]) -> None:
        """Workers whose actors are no more: Ray was started anew."""
        for row_id in ids:
            logger.warning("a worker is gone", extra={"worker": row_id})
            async with self._cloud.database.write(_SYSTEM) as db:
                row = await db.get(Worker, row_id, with_for_update=True)
                if row is not None:
                    row.state, row.address = "gone", ""
            self.changed.set()

    async def _step_down(self) -> None:
        keeping = list(self._keeping.values())
        self._workers.clear()
        self._keeping.clear()
        for task in keeping:
            task.cancel()
        await asyncio.gather(*keeping, return_exceptions=True)
