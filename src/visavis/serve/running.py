"""Runs a worker until it is told to end.

Comes in: settings. Goes out: an HTTP server; at SIGTERM or SIGINT sessions are drained while it
still answers, at a second one they leave at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import Iterator

import uvicorn

from visavis.errors import InvalidOption
from visavis.serve import logs, tracing
from visavis.serve.app import create_app
from visavis.serve.settings import WorkerSettings
from visavis.serve.worker import Worker

logger = logging.getLogger(__name__)

LINGER = 10.0
"""Seconds for which a worker waits, where somebody has asked for its tasks in as many before, until
they ask again, and so know how its last sessions ended."""


class _Server(uvicorn.Server):
    """Leaves signals to us."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def run(settings: WorkerSettings, log_format: logs.LogFormat = "auto") -> None:
    """Run a worker; returns when it has ended.

    Raises:
        InvalidOption: the address is taken, the folder is another worker's, or traces are wanted
            and cannot be made.
    """
    logs.set_up(log_format)
    tracing.set_up_traces("visavis-worker")
    try:
        asyncio.run(_run(settings, log_format))
    finally:
        tracing.end_traces()


async def _run(settings: WorkerSettings, log_format: str) -> None:
    worker = Worker(settings, log_format)
    config = uvicorn.Config(
        create_app(worker),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=5,
    )
    try:
        listening = config.bind_socket()
    except SystemExit:
        raise InvalidOption(
            f"{settings.host}:{settings.port} cannot be listened on; it may be taken"
        ) from None
    server = _Server(config)
    ending = _Ending(worker, server)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.signalled)
    host, port = listening.getsockname()[:2]
    logger.info("listening on http://%s:%d", host, port)
    worker.start()
    try:
        await server.serve(sockets=[listening])
    finally:
        await worker.close()
    logger.info("ended")


class _Ending:
    """What signals do."""

    def __init__(self, worker: Worker, server: uvicorn.Server) -> None:
        self._worker = worker
        self._server = server
        self._tasks: set[asyncio.Task[None]] = set()

    def signalled(self) -> None:
        """Once: drain. Again: at once."""
        patience = 0.0 if self._worker.draining else self._worker.settings.drain
        task = asyncio.create_task(self._drain(patience))
        self._tasks.add(task)

    async def _drain(self, patience: float) -> None:
        had_any = any(task.ended is None for task in self._worker.tasks.values())
        await self._worker.drain(patience)
        if had_any:
            await self._linger()
        self._server.should_exit = True

    async def _linger(self) -> None:
        drained = time.monotonic()
        if drained - self._worker.asked < LINGER:
            while self._worker.asked < drained and time.monotonic() - drained < LINGER:
                await asyncio.sleep(0.05)
