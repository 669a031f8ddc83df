"""One session's process: an avatar in a room, as its worker orders.

Comes in: an opened avatar; by a socket, orders as lines of JSON (join, drain, leave, farewell,
picture).
Goes out: the avatar in the room; by the same socket, what happens to it. When the worker is gone,
the avatar takes its leave.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import io
import json
import logging
import os
import signal
import socket
import time
from typing import TYPE_CHECKING, Any

from visavis.errors import VisavisError
from visavis.live import RoomAvatar, RoomOptions
from visavis.serve.directing import direct

if TYPE_CHECKING:
    from visavis.avatar import Avatar

logger = logging.getLogger(__name__)

BEAT = 1.0
"""Seconds between words of life."""
_LEAVING = 5.0
_ACCIDENTS = ("connection lost", "failed")
"""How reasons begin for which the avatar is to come back."""


def run(avatar: Avatar, control: socket.socket) -> None:
    """Live until the orders end or the avatar has left its room.

    Args:
        avatar: who it is.
        control: connected to the worker.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(_Life(avatar).live(control))


class _Life:
    def __init__(self, avatar: Avatar) -> None:
        self._avatar = avatar
        self._face: RoomAvatar | None = None
        self._ended = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def live(self, control: socket.socket) -> None:
        control.setblocking(False)
        reader, self._writer = await asyncio.open_connection(sock=control, limit=1 << 20)
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(
            signal.SIGTERM, lambda: self._begin(self._leave("stopped by a signal"))
        )
        self._tell("ready", pid=os.getpid())
        self._begin(self._obey(reader))
        await self._ended.wait()
        with contextlib.suppress(OSError):
            await self._writer.drain()
            self._writer.close()
            await self._writer.wait_closed()

    def _begin(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.error("a session failed", exc_info=task.exception())
            self._tell("left", reason=f"failed: {type(task.exception()).__name__}", again=True)
            self._ended.set()

    def _tell(self, event: str, **more: Any) -> None:
        if not self._writer.is_closing():
            self._writer.write(json.dumps({"event": event, **more}).encode() + b"\n")

    async def _obey(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            async for line in reader:
                order = json.loads(line)
                what = order.pop("order")
                if what == "join":
                    self._begin(self._join(**order))
                elif what == "leave":
                    self._begin(self._leave(order["reason"]))
                elif what == "drain":
                    self._begin(self._drain(order["reason"]))
                elif what == "direct":
                    self._begin(self._direct(**order))
                elif what == "farewell":
                    self._begin(self._farewell(**order))
                elif what == "picture":
                    self._picture(order["size"])
        await self._leave("its worker has gone")

    async def _join(
        self, url: str, token: str, resumed: bool, idle: float, options: dict[str, Any]
    ) -> None:
        began = time.monotonic()
        face = self._face = RoomAvatar(self._avatar, RoomOptions(**options))
        try:
            await face.join(url, token, resumed=resumed)
        except VisavisError as error:
            self._tell("failed", reason=str(error), final=not resumed)
            self._ended.set()
            return
        self._tell("joined", seconds=round(time.monotonic() - began, 3))
        self._begin(self._picture_of(face))
        self._begin(self._beat(face, token, idle))
        reason = await face.wait_left()
        self._tell("left", reason=reason, again=reason.startswith(_ACCIDENTS))
        self._ended.set()

    async def _picture_of(self, face: RoomAvatar) -> None:
        await face.pictured.wait()
        self._tell("pictured")

    async def _farewell(self, url: str, token: str) -> None:
        from visavis.live.farewell import take_leave

        await take_leave(url, token)
        self._ended.set()

    async def _beat(self, face: RoomAvatar, token: str | None, idle: float) -> None:
        while True:
            if face.token != token:
                token = face.token
                self._tell("renewed", token=token)
            metrics = face.metrics
            session = metrics.session
            self._tell(
                "beat",
                state=metrics.state,
                speaking=face.session.speaking,
                idle_s=round(metrics.idle_s, 1),
                utterances=metrics.utterances,
                reconnects=metrics.reconnects,
                sound_gaps=metrics.sound_gaps,
                frames=session.frames,
                dropped=session.dropped,
                underruns=session.underruns,
                draw_ms=round(session.draw_ms, 2),
                late_ms_p95=round(session.late_ms_p95, 2),
                memory_mb=_own_memory(),
            )
            if idle and metrics.idle_s > idle:
                self._begin(self._leave(f"nothing was said for {idle:g} s"))
                return
            await asyncio.sleep(BEAT)

    async def _direct(self, number: int, what: str, text: str) -> None:
        try:
            await direct(self._face, what, text)
        except VisavisError as error:
            self._tell("answer", number=number, error=str(error))
        else:
            self._tell("answer", number=number, error="")

    async def _drain(self, reason: str) -> None:
        while self._face is not None and self._face.session.speaking:
            await asyncio.sleep(0.05)
        await self._leave(reason)

    async def _leave(self, reason: str) -> None:
        if self._face is None or self._face.state in ("new", "left"):
            self._ended.set()
            return
        try:
            # wait_left, in _join, tells the worker so
            await asyncio.wait_for(self._face.leave(reason), _LEAVING)
        except TimeoutError:
            self._tell("left", reason=reason, again=False)
            self._ended.set()

    def _picture(self, size: tuple[int, int]) -> None:
        from PIL import Image

        with self._avatar.session(size=(size[0], size[1]), pixel_format="rgb", seed=1) as session:
            frame = session.next()
        file = io.BytesIO()
        Image.fromarray(frame.image).save(file, "JPEG", quality=90)
        self._tell("picture", jpeg=base64.b64encode(file.getvalue()).decode("ascii"))


def _own_memory() -> float:
    """Memory that ends with this process, MB: what it does not share with the nursery."""
    try:
        with open("/proc/self/smaps_rollup", encoding="ascii") as file:
            rows = [line.split() for line in file if line.startswith("Private_")]
    except OSError:
        return 0.0
    return round(sum(int(row[1]) for row in rows) / 1024, 1)
