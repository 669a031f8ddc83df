"""Keeps sessions: asks workers how theirs are, enters what they used, ends what is over.

Comes in: a cloud. Goes out: a service. What it does depends only on what the database and the
workers say at that moment, so it may die anywhere and go on later, or run twice.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import logging
import time
from collections.abc import Callable, Sequence

from sqlalchemy import select

from visavis.cloud.context import Cloud
from visavis.cloud.database import LiveSession, Worker
from visavis.cloud.engines.engine import Engine, Report, WorkerAway
from visavis.cloud.sessions import ending, placing
from visavis.cloud.sessions.ending import SYSTEM
from visavis.cloud.usage.prices import price_list

logger = logging.getLogger(__name__)

_PLACING = 20.0
"""Seconds after which a session that no worker knows is placed again."""
_LAST = 30.0
"""Seconds for entering what the workers said last."""
_TURNS = 4
"""Sessions that are looked at at once: fewer than the database has connections."""
_SILENT = 60.0
"""Seconds, or four heartbeats if those are more, after which a silent session counts as over."""


class Keeper:
    """The service.

    Args:
        cloud: whose sessions are kept.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._task: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()
        self._began = time.monotonic()
        self._turns = asyncio.Semaphore(_TURNS)
        self._draining: dict[str, float] = {}

    async def start(self) -> None:
        """Begin; returns at once."""
        if self._cloud.engine is not None:
            await self._cloud.engine.start()
        self._began = time.monotonic()
        self._task = asyncio.create_task(self._run())

    async def close(self) -> None:
        """End; the engine's workers too, whose sessions are entered to their end."""
        engine = self._cloud.engine
        if engine is not None:
            await engine.close()
        self._closing.set()
        if self._task is not None:
            with contextlib.suppress(TimeoutError):  # what the workers said last is entered
                await asyncio.wait_for(self._task, _LAST)

    async def _run(self) -> None:
        pause = min(self._cloud.settings.heartbeat / 4, 1.0)
        while not self._closing.is_set():
            try:
                await self.look()
            except Exception as error:  # the database, most likely; all is tried again
                logger.warning("sessions are not looked after: %s", type(error).__name__)
            await self._rest(pause)

    async def _rest(self, seconds: float) -> None:
        """Until there is something to look at, at the latest after so long."""
        events = [self._closing]
        if self._cloud.engine is not None:
            events.append(self._cloud.engine.changed)
        waits = [asyncio.create_task(event.wait()) for event in events]
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        if self._cloud.engine is not None:
            self._cloud.engine.changed.clear()

    async def look(self) -> None:
        """Look at all sessions once."""
        engine = self._cloud.engine
        if engine is not None and engine.leads:
            async with self._cloud.database.read(SYSTEM) as db:
                workers = await db.scalars(select(Worker).where(Worker.engine == engine.name))
            looks = [self._look_at(engine, worker) for worker in workers.all()]
            for failed in await asyncio.gather(*looks, return_exceptions=True):
                if isinstance(failed, BaseException):
                    raise failed
        silent = max(_SILENT, 4 * self._cloud.settings.heartbeat)
        if time.monotonic() - self._began > silent:
            await self._reap(silent)

    async def _look_at(self, engine: Engine, worker: Worker) -> None:
        if worker.state != "draining":
            self._draining.pop(worker.id, None)
        reports: dict[str, Report] = {}
        if worker.state != "gone":
            try:
                reports = await engine.reports(worker)
            except WorkerAway:
                return
        async with self._turns:
            sessions = await self._open_ones(worker)
        await asyncio.gather(
            *(self._keep(engine, worker, session, reports.get(session.task_id), self._cloud.now())
              for session in sessions)
        )  # fmt: skip
        ours = {session.task_id for session in sessions}
        for report in reports.values():
            if not report.ended and report.task_id not in ours:
                self._stop(engine, worker, report.task_id)

    async def _open_ones(self, worker: Worker) -> Sequence[LiveSession]:
        async with self._cloud.database.read(SYSTEM) as db:
            found = await db.scalars(
                select(LiveSession).where(
                    LiveSession.worker_id == worker.id, LiveSession.state != "ended"
                )
            )
        return found.all()

    async def _keep(
        self, engine: Engine, worker: Worker, session: LiveSession, report: Report | None,
        at: datetime.datetime,
    ) -> None:  # fmt: skip
        """Do what is due for a session of a worker, of which that says so."""
        leaves = worker.state == "draining" and engine.moves
        async with self._turns:
            if report is None:
                await self._missing(session, at, leaves or worker.state == "gone")
            elif leaves and not report.ended and self._may_move(worker, report):
                await placing.move(self._cloud, session.id, report, at)
            elif self._news(session, report, at):
                await ending.settle(self._cloud, session.id, report, at)
        if report is not None and not report.ended and self._over(session, report):
            self._stop(engine, worker, report.task_id)

    def _may_move(self, worker: Worker, report: Report) -> bool:
        """Whether an avatar is silent, or has spoken for as long as it may."""
        since = self._draining.setdefault(worker.id, time.monotonic())
        return not report.speaking or time.monotonic() - since > self._cloud.settings.drain

    def _news(self, session: LiveSession, report: Report, at: datetime.datetime) -> bool:
        if report.ended or (report.joined and session.joined_at is None):
            return True
        return report.joined and ending.due(self._cloud, session, at)

    def _over(self, session: LiveSession, report: Report) -> bool:
        limit = session.limit_seconds
        return limit > 0 and session.base_seconds + report.seconds >= limit

    async def _missing(self, session: LiveSession, at: datetime.datetime, gone: bool) -> None:
        """One that its worker does not know."""
        age = (at - session.created_at).total_seconds()
        if gone or session.joined_at is not None or age > _PLACING:
            await placing.again(self._cloud, session.id, gone)

    def _stop(self, engine: Engine, worker: Worker, task_id: str) -> None:
        async def stop() -> None:
            with contextlib.suppress(WorkerAway):
                await engine.stop(worker, task_id)

        self._cloud.begin(stop())

    async def _reap(self, silent: float) -> None:
        """End sessions of which nobody has heard for long: at their last entry."""
        now = self._cloud.now()
        before = now - datetime.timedelta(seconds=silent)
        async with self._cloud.database.read(SYSTEM) as db:
            found = await db.scalars(
                select(LiveSession.id).where(
                    LiveSession.state != "ended",
                    LiveSession.created_at < before,
                    LiveSession.heartbeat_at.is_(None) | (LiveSession.heartbeat_at < before),
                )
            )
        for session_id in found.all():
            async with self._cloud.database.write(SYSTEM) as db:
                session = await ending.hold(db, session_id)
                if session is None or (session.heartbeat_at or session.created_at) >= before:
                    continue
                last = session.heartbeat_at or now
                await ending.end(db, session, "not heard of any more", last, await price_list(db))


def keeper_of(make: Callable[[Cloud], Engine | None]) -> Callable[[Cloud], Keeper]:
    """Makes a cloud's keeper, and its engine unless it has one."""

    def keeper(cloud: Cloud) -> Keeper:
        if cloud.engine is None:
            cloud.engine = make(cloud)
        return Keeper(cloud)

    return keeper
