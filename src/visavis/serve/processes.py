"""The worker's side of its session processes: the nursery, and a connection to each session.

Comes in: paths of avatars, orders. Goes out: processes, and what they tell.
"""

from __future__ import annotations

import array
import asyncio
import contextlib
import itertools
import json
import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

START = 60.0
"""Seconds a nursery may take to load everything, on a machine that has much else to do."""


ANSWER = 10.0
"""Seconds a session's process has to do as it is told, or to say why not."""


class SessionProcess:
    """One session's process, and the line to it.

    Args:
        reader: what it tells.
        writer: what it is told.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.pid = 0
        self._reader = reader
        self._writer = writer
        self._questions = itertools.count(1)
        self._answers: dict[int, asyncio.Future[str]] = {}

    def order(self, what: str, /, **more: Any) -> None:
        """Tell it something; nothing happens if it has ended."""
        if not self._writer.is_closing():
            self._writer.write(json.dumps({"order": what, **more}).encode() + b"\n")

    async def ask(self, what: str, /, **more: Any) -> str:
        """Tell it something and wait for what it says to that; somebody must read the events.

        Returns:
            Why it cannot do it; "": it is done.

        Raises:
            TimeoutError: it says nothing.
        """
        number = next(self._questions)
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._answers[number] = answer
        self.order(what, number=number, **more)
        try:
            return await asyncio.wait_for(answer, ANSWER)
        finally:
            self._answers.pop(number, None)

    async def events(self) -> AsyncIterator[dict[str, Any]]:
        """What it tells, until it ends, in whatever way."""
        with contextlib.suppress(OSError, ValueError):
            async for line in self._reader:
                event = json.loads(line)
                if event["event"] == "ready":
                    self.pid = int(event["pid"])
                if event["event"] != "answer":
                    yield event
                    continue
                waiting = self._answers.get(event["number"])
                if waiting is not None and not waiting.done():
                    waiting.set_result(str(event["error"]))

    def kill(self) -> None:
        """End it at once, whatever it does."""
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Give up the line; a process that is still there takes its leave."""
        self._writer.close()


class NurseryClient:
    """Starts the nursery, again whenever it ends, and orders sessions from it.

    Args:
        log_format: for the processes' logs.
    """

    def __init__(self, log_format: str = "auto") -> None:
        self._log_format = log_format
        self._process: subprocess.Popen[bytes] | None = None
        self._orders: socket.socket | None = None
        self._warm = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def warm(self) -> bool:
        """Whether sessions start at once."""
        return self._warm.is_set()

    @property
    def pid(self) -> int | None:
        """Of the nursery's process."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Start it; :attr:`warm` a little later."""
        self._watching = asyncio.create_task(self._keep())

    async def spawn(self, path: Path) -> SessionProcess:
        """A new session's process, for an avatar.

        Raises:
            OSError: there is no nursery, also after waiting for one.
        """
        try:
            await asyncio.wait_for(self._warm.wait(), START)
        except TimeoutError:
            raise OSError("the sessions' nursery does not start") from None
        ours, theirs = socket.socketpair()
        try:
            ours.setblocking(False)
            assert self._orders is not None
            rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [theirs.fileno()]))]
            order = json.dumps({"path": str(path)}).encode()
            while True:
                try:
                    self._orders.sendmsg([order], rights)
                    break
                except BlockingIOError:  # it opens an avatar, and others wait for it already
                    await asyncio.sleep(0.01)
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return SessionProcess(*await asyncio.open_connection(sock=ours, limit=1 << 24))

    async def close(self) -> None:
        """End it."""
        self._closed = True
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        self._end()

    def _end(self) -> None:
        self._warm.clear()
        if self._orders is not None:
            self._orders.close()
            self._orders = None
        if self._process is not None:
            try:
                self._process.wait(1.0)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    async def _keep(self) -> None:
        pause = 0.1
        while not self._closed:
            began = asyncio.get_running_loop().time()
            self._launch()
            try:
                await self._listen()
            finally:
                self._end()
            if asyncio.get_running_loop().time() - began > 60:
                pause = 0.1
            logger.warning("the sessions' nursery has ended; starting another")
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)

    def _launch(self) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        single = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "visavis.serve.nursery", self._log_format],
                stdin=theirs.fileno(),
                env={**os.environ, **dict.fromkeys(single, "1")},
                start_new_session=True,
            )
        ours.setblocking(False)
        self._orders = ours

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        assert self._orders is not None
        while True:
            message = await loop.sock_recv(self._orders, 65_536)
            if not message:
                return
            event = json.loads(message)
            if event["event"] == "warm":
                self._warm.set()
            elif event["code"] != 0:
                extra = {"pid": event["pid"], "reason": _how(event["code"])}
                logger.warning("a session's process ended by accident", extra=extra)


def _how(code: int) -> str:
    try:
        return f"killed by {signal.Signals(-code).name}" if code < 0 else f"status {code}"
    except ValueError:
        return f"killed by signal {-code}"
