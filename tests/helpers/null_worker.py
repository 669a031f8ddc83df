"""A worker whose sessions do nothing but live: `visavis serve` with a nursery that draws nothing.

    python -m tests.helpers.null_worker --port 8089 --sessions 100 …

Comes in: the options of `visavis serve`. Goes out: its whole HTTP surface, tasks, store, drain; a
"session" is a task that says what a session's process says. A room named `…~3.5` is left after
3.5 s. With $VISAVIS_NULL_ROOMS it is a participant of a real room, without picture and sound. In
the folder $VISAVIS_NULL_TRUTH it writes down what really was: when each session joined and ended,
and that the process still lives.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import time
from pathlib import Path
from typing import Any

from visavis.serve import worker
from visavis.serve.processes import SessionProcess
from visavis.serve.tokens import read_token

_ALIVE = 0.02
_BEAT = 0.25


class Truth:
    """What really was, as this process's sessions write it down."""

    def __init__(self) -> None:
        folder = os.environ.get("VISAVIS_NULL_TRUTH")
        self._log = self._alive = -1
        if folder:
            name = f"{os.getpid()}-{time.monotonic_ns()}"
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
            self._log = os.open(Path(folder) / f"{name}.log", flags, 0o600)
            self._alive = os.open(Path(folder) / f"{name}.alive", os.O_WRONLY | os.O_CREAT, 0o600)

    def write(self, what: str, identity: str) -> None:
        if self._log >= 0:
            os.write(self._log, f"{time.monotonic():.3f} {what} {identity}\n".encode())

    async def live(self) -> None:
        while self._alive >= 0:
            os.pwrite(self._alive, f"{time.monotonic():015.3f}".encode(), 0)
            await asyncio.sleep(_ALIVE)


def read_truth(folder: Path) -> dict[str, tuple[float, int]]:
    """Seconds that each identity was in its room, and how often it joined."""
    found: dict[str, tuple[float, int]] = {}
    for log in folder.glob("*.log"):
        last = float(log.with_suffix(".alive").read_text() or 0.0)
        joined: dict[str, float] = {}
        for line in log.read_text().splitlines():
            moment, what, identity = line.split(" ", 2)
            if what in ("joined", "rejoined"):
                joined[identity] = float(moment)
                seconds, times = found.get(identity, (0.0, 0))
                found[identity] = seconds, times + 1
            elif identity in joined:
                seconds, times = found[identity]
                found[identity] = seconds + float(moment) - joined.pop(identity), times
        for identity, began in joined.items():
            seconds, times = found[identity]
            found[identity] = seconds + max(last - began, 0.0), times
    return found


class NullNursery:
    """In place of :class:`visavis.serve.processes.NurseryClient`."""

    warm = True
    pid = None

    def __init__(self, log_format: str = "auto") -> None:
        self._truth = Truth()
        self._lives: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self._lives.add(asyncio.create_task(self._truth.live()))

    async def spawn(self, path: Path) -> SessionProcess:
        ours, theirs = socket.socketpair()
        process = SessionProcess(*await asyncio.open_connection(sock=ours))
        reader, writer = await asyncio.open_connection(sock=theirs)
        life = asyncio.create_task(_Life(reader, writer, self._truth).live())
        self._lives.add(life)
        life.add_done_callback(self._lives.discard)
        return process

    async def close(self) -> None:
        for life in list(self._lives):
            life.cancel()


class _Life:
    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, truth: Truth
    ) -> None:
        self._reader, self._writer, self._truth = reader, writer, truth
        self._over = asyncio.Event()
        self._identity = ""
        self._room: Any = None
        self._tasks: list[asyncio.Task[None]] = []

    async def live(self) -> None:
        self._tell("ready", pid=0)
        self._tasks.append(asyncio.create_task(self._obey()))
        try:
            await self._over.wait()
        finally:
            for task in self._tasks:
                task.cancel()
            self._writer.close()
            if self._room is not None:
                await self._room.disconnect()

    def _tell(self, event: str, **more: Any) -> None:
        if not self._writer.is_closing():
            self._writer.write(json.dumps({"event": event, **more}).encode() + b"\n")

    async def _obey(self) -> None:
        async for line in self._reader:
            order = json.loads(line)
            if order["order"] == "join":
                join = self._join(order["url"], order["token"], order["resumed"])
                self._tasks.append(asyncio.create_task(join))
            elif order["order"] == "direct":
                error = "" if order["text"] != "impossible" else "that is not possible"
                self._tell("answer", number=order["number"], error=error)
            else:
                self._leave(order["reason"])
        self._leave("its worker has gone")

    async def _join(self, url: str, token: str, resumed: bool) -> None:
        known = read_token(token)
        self._identity = known.identity
        if "refused" in known.room:
            self._tell("failed", reason="it does not take this token", final=True)
            self._over.set()
            return
        if os.environ.get("VISAVIS_NULL_ROOMS"):
            await self._enter(url, token)
        self._truth.write("rejoined" if resumed else "joined", self._identity)
        self._tell("joined", seconds=0.0)
        _, _, life = known.room.partition("~")
        until = time.monotonic() + float(life or 1e9)
        frames = 0
        while (left := until - time.monotonic()) > 0:
            frames += 1
            self._tell("beat", frames=frames, dropped=0, underruns=0, utterances=0, reconnects=0,
                       sound_gaps=0, draw_ms=0.0, late_ms_p95=0.0, memory_mb=0.0)  # fmt: skip
            await asyncio.sleep(min(left, _BEAT))
        self._leave("the agent has gone")

    async def _enter(self, url: str, token: str) -> None:
        from livekit import rtc

        self._room = room = rtc.Room()
        room.on("disconnected", lambda reason: self._leave("the room has ended it"))
        await room.connect(url, token)

    def _leave(self, reason: str) -> None:
        if not self._over.is_set():
            if self._identity:
                self._truth.write("ended", self._identity)
            self._tell("left", reason=reason, again=False)
            self._over.set()


PROGRAM = (sys.executable, "-m", "tests.helpers.null_worker")

if __name__ == "__main__":
    from visavis.cli import main

    worker.NurseryClient = NullNursery  # type: ignore[assignment,misc]
    sys.argv = ["visavis", "serve", *sys.argv[1:]]
    main()
