"""The local engine: one worker on this machine, as a process that outlives its cloud's accidents.

Comes in: a cloud. Goes out: a running `visavis serve` on a loopback port, with a secret made for
each start; started again whenever it ends. When the cloud's process is killed the worker goes on,
and the next one takes it over; of several processes with one data folder, the one that holds the
lock has the worker.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from visavis.cloud.database import Scope, Worker
from visavis.cloud.engines.calling import Calls, secret_of
from visavis.cloud.engines.engine import Placement, Report
from visavis.cloud.engines.processes import began
from visavis.serve.refusal import Refused
from visavis.serve.settings import default_sessions
from visavis.serve.store import private_folder

if TYPE_CHECKING:
    from visavis.cloud.context import Cloud

logger = logging.getLogger(__name__)

START = 180.0
"""Seconds a worker may take to answer after its start, on a machine that has much else to do."""
_LOOK = 0.25
_SILENT = 15.0
"""Seconds without an answer after which a worker that still has a process is ended."""
_SYSTEM = Scope.system("the engine's worker")
PROGRAM = (sys.executable, "-m", "visavis.cli", "serve")


class LocalEngine:
    """One worker on this machine.

    Args:
        cloud: whose sessions it carries.
        program: that runs it, to which the options of `visavis serve` are added.
    """

    def __init__(self, cloud: Cloud, program: Sequence[str] = PROGRAM) -> None:
        self._cloud = cloud
        self._program = program
        folder = private_folder(cloud.settings.data / "worker")
        place = f"{socket.gethostname()}:{folder.resolve()}"
        self.name = f"local:{hashlib.sha256(place.encode()).hexdigest()[:16]}"
        self._id = f"wrk_{self.name[6:]}"
        self._state, self._avatars = folder / "state", private_folder(folder / "avatars")
        self._pid_file, self._lock_file = folder / "pid", folder / "lock"
        self._calls = Calls(cloud.sealer)
        self.moves = False
        self.changed = asyncio.Event()
        self._lock: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._keeping: asyncio.Task[None] | None = None

    @property
    def leads(self) -> bool:
        """Whether this process has the worker."""
        return self._lock is not None

    async def start(self) -> None:
        """See :class:`Engine`."""
        self._keeping = asyncio.create_task(self._keep())

    async def close(self) -> None:
        """See :class:`Engine`."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
        if self._lock is not None:
            worker = await self._row()
            if worker is not None:
                await self.drain(worker)
                await self._note(state="gone", address="")
            os.close(self._lock)
            self._lock = None
        await self._calls.close()

    async def place(self, worker: Worker, placement: Placement, wait: bool) -> None:
        """See :class:`Engine`."""
        avatar = placement.avatar
        if placement.file:
            avatar = placement.sha256
            await self._bring(placement.file, self._avatars / f"{avatar}.imx")
        await self._calls.launch(worker, placement, avatar, wait)

    async def reports(self, worker: Worker) -> dict[str, Report]:
        """See :class:`Engine`."""
        return await self._calls.reports(worker)

    async def stop(self, worker: Worker, task_id: str) -> None:
        """See :class:`Engine`."""
        await self._calls.stop(worker, task_id)

    async def direct(self, worker: Worker, task_id: str, what: str, text: str) -> None:
        """See :class:`Engine`."""
        await self._calls.direct(worker, task_id, what, text)

    async def drain(self, worker: Worker) -> None:
        """See :class:`Engine`."""
        pid = self._pid()
        if pid is None:
            return
        await self._note(state="draining")
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + self._cloud.settings.drain + 15.0
        while self._runs(pid) and time.monotonic() < end:
            await asyncio.sleep(0.05)
        self._kill(pid)

    async def _bring(self, key: str, path: Path) -> None:
        """Copy an avatar's file to where the worker finds it; its name is its content's hash."""
        if not path.is_file():
            part = path.with_suffix(f".{os.getpid()}.{time.monotonic_ns()}.part")
            try:
                await self._cloud.files.fetch(key, part)
                os.replace(part, path)
            except FileNotFoundError:
                raise Refused(404, "no_such_avatar", "the avatar's file is gone") from None
            finally:
                part.unlink(missing_ok=True)

    # The worker's process

    async def _keep(self) -> None:
        while not self._take_lock():
            await asyncio.sleep(_LOOK)
        pause = _LOOK
        while True:
            try:
                await self._live()
                pause = _LOOK
            except (OSError, Refused) as error:
                logger.warning("the worker does not start: %s", error)
            except Exception:  # the database, most likely; the worker goes on
                logger.exception("the worker is not looked after at the moment")
            await asyncio.sleep(pause)
            pause = min(2 * pause, 5.0)

    def _take_lock(self) -> bool:
        handle = os.open(self._lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return False
        self._lock = handle
        return True

    async def _live(self) -> None:
        """One life of the worker's process, from its start or from being taken over."""
        worker = await self._row()
        if worker is None or not self._runs(self._pid()) or not await self._calls.alive(worker):
            worker = await self._begin()
            logger.info("worker started", extra={"pid": self._pid()})
        pid = self._pid()
        end = time.monotonic() + START
        while not await self._calls.alive(worker, "/ready"):
            if not self._runs(pid) or time.monotonic() > end:
                self._kill(pid)
                raise OSError("it ended, or did not answer")
            await asyncio.sleep(_LOOK)
        await self._note(state="ready")
        heard = noted = time.monotonic()
        while self._runs(pid) and time.monotonic() - heard < _SILENT:
            await asyncio.sleep(_LOOK)
            if time.monotonic() - noted > 5.0:
                noted = time.monotonic()
                if await self._calls.alive(worker):
                    heard = time.monotonic()
                    await self._note()
        self._kill(pid)
        await self._note(state="starting")

    async def _begin(self) -> Worker:
        """Start the process, whatever there was before."""
        self._kill(self._pid())
        settings = self._cloud.settings
        capacity = settings.sessions or default_sessions()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        async with self._cloud.database.write(_SYSTEM) as db:
            worker = await db.get(Worker, self._id, with_for_update=True)
            if worker is None:
                worker = Worker(id=self._id, engine=self.name, start=0)
                db.add(worker)
            worker.start += 1
            worker.state, worker.capacity = "starting", capacity
            worker.address = f"http://127.0.0.1:{port}"
            worker.seen_at = self._cloud.now()
        options = {
            "host": "127.0.0.1", "port": port, "sessions": capacity, "state": self._state,
            "avatars": self._avatars, "drain": settings.drain, "downloads": settings.downloads,
            "log": settings.log, "hold": 5,
        }  # fmt: skip
        arguments = [text for name, value in options.items() for text in (f"--{name}", str(value))]
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith("VISAVIS_CLOUD_")}  # fmt: skip
        secret = secret_of(self._cloud.sealer, worker.id, worker.start)
        self._process = subprocess.Popen(
            [*self._program, *arguments],
            env={**kept, "VISAVIS_API_SECRET": secret},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._pid_file.write_text(f"{self._process.pid} {began(self._process.pid)}")
        return worker

    async def _row(self) -> Worker | None:
        async with self._cloud.database.read(_SYSTEM) as db:
            found: Worker | None = await db.scalar(select(Worker).where(Worker.id == self._id))
            return found

    async def _note(self, **values: str) -> None:
        async with self._cloud.database.write(_SYSTEM) as db:
            worker = await db.get(Worker, self._id, with_for_update=True)
            if worker is not None:
                worker.seen_at = self._cloud.now()
                for name, value in values.items():
                    setattr(worker, name, value)
        if values:
            self.changed.set()

    def _pid(self) -> int | None:
        """The worker's process, if it is still the one that was started."""
        try:
            pid, since = self._pid_file.read_text().split()
        except (OSError, ValueError):
            return None
        return int(pid) if began(int(pid)) == since else None

    def _runs(self, pid: int | None) -> bool:
        if self._process is not None and self._process.pid == pid:
            return self._process.poll() is None
        return pid is not None and pid == self._pid()

    def _kill(self, pid: int | None) -> None:
        if pid is not None and self._runs(pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            if self._process is not None and self._process.pid == pid:
                self._process.wait()
