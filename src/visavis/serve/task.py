"""One launch's life: its session's process, and another whenever that dies.

Comes in: a launch, a nursery. Goes out: an avatar that stays in its room until there is a reason
to leave. When its process dies, another rejoins and first tells the agent that what it was saying
has ended; when that fails again and again, it is given up.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import time
from collections import Counter, deque
from pathlib import Path
from typing import Any, Literal

from visavis.live import RoomOptions
from visavis.serve.given_up import tell_given_up
from visavis.serve.processes import NurseryClient, SessionProcess
from visavis.serve.refusal import Refused
from visavis.serve.store import Launch, LaunchStore
from visavis.serve.timing import Timing

logger = logging.getLogger(__name__)

TaskState = Literal[
    "waiting", "preparing", "joining", "running", "recovering", "stopping", "ended", "failed"
]

CRASHES = 8
WITHIN = 60.0
"""An avatar that dies more often than that in so many seconds is given up."""
_PAUSES = (0.0, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
SILENCE = 15.0
"""Seconds without a word of life after which a process counts as dead."""
_FAREWELL = 7.0
COUNTED = ("frames", "dropped", "underruns", "utterances", "reconnects", "sound_gaps")
"""Those of a session's figures that only grow."""


class Task:
    """One launch.

    Args:
        launch: what was asked for.
        totals: is counted up by what its sessions do.
        idle: seconds without a word after which the avatar leaves; 0: never.
        room: how it appears.
        resumed: a worker before this one had it in its room already.

    Attributes:
        launch: what was asked for, and the avatar's file once that is known.
        state: see :data:`TaskState`.
        reason: why it ended, or what it is waiting for; "" if there is nothing to say.
        crashes: how often its process died.
        metrics: the session's latest figures.
        timing: how long it took to its first picture, for a trace.
        joined: done when it has joined for the first time; fails with :class:`Refused`.
    """

    def __init__(
        self,
        launch: Launch,
        totals: Counter[str],
        *,
        idle: float,
        room: RoomOptions,
        resumed: bool = False,
    ) -> None:
        self.launch = launch
        self._totals = totals
        self.state: TaskState = "waiting"
        self.reason = ""
        self.crashes = 0
        self.metrics: dict[str, Any] = {}
        self.recovered_s: float | None = None
        self.began = time.time()
        self.ended: float | None = None
        self.joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.joined.add_done_callback(lambda done: done.cancelled() or done.exception())
        self.over = asyncio.Event()
        self.timing = Timing()
        self._idle = idle
        self._options = {f.name: getattr(room, f.name) for f in dataclasses.fields(room)}
        self._resumed = resumed
        self._process: SessionProcess | None = None
        self._store: LaunchStore | None = None
        self._leave: tuple[str, str] | None = None
        self._deaths: deque[float] = deque(maxlen=CRASHES)
        self._heard = 0.0
        self._died: float | None = None
        self._joined_at: float | None = None
        self._over_at: float | None = None

    @property
    def seconds(self) -> float:
        """From its first joining to its end, s, with those under workers before this one."""
        if self._joined_at is None:
            return self.launch.seconds
        until = time.monotonic() if self._over_at is None else self._over_at
        return self.launch.seconds + until - self._joined_at

    @property
    def pid(self) -> int | None:
        """Of the session's process, if there is one."""
        return self._process.pid or None if self._process is not None else None

    @property
    def extra(self) -> dict[str, Any]:
        """What logs say about it."""
        return {"task_id": self.launch.task_id, "room": self.launch.room}

    def describe(self) -> dict[str, Any]:
        """What anybody with a secret may know about it."""
        launch = self.launch
        return {
            "task_id": launch.task_id,
            "status": self.state,
            "room_name": launch.room,
            "identity": launch.identity,
            "avatar": launch.avatar.partition("?")[0],  # what follows may be a key
            "reason": self.reason,
            "began": round(self.began, 3),
            "ended": None if self.ended is None else round(self.ended, 3),
            "joined": self._joined_at is not None or launch.seconds > 0,
            "seconds": round(self.seconds, 3),
            "crashes": self.crashes,
            "recovered_s": self.recovered_s,
            "pid": self.pid,
            "metrics": self.metrics,
        }

    async def run(self, path: Path, nursery: NurseryClient, store: LaunchStore) -> None:
        """Join, and stay; returns when it is over for good.

        Args:
            path: of the avatar's file.
            nursery: makes its processes.
            store: keeps the launch as long as this runs.
        """
        self.launch = dataclasses.replace(self.launch, path=str(path))
        store.save(self.launch)
        self._store = store
        while self._leave is None:
            self.state = "recovering" if self._resumed else "joining"
            if await self._once(path, nursery):
                break
            self._died = time.monotonic()
            self.crashes += 1
            self._totals["crashes"] += 1
            self._deaths.append(self._died)
            if len(self._deaths) == CRASHES and self._died - self._deaths[0] < WITHIN:
                self.fail(Refused(500, "crashed", f"its process died {CRASHES} times in a row"))
                logger.error("given up: %s", self.reason, extra=self.extra)
                await tell_given_up(self.launch, path, nursery)
                break
            if self.launch.expires <= time.time():
                self.fail(Refused(410, "token_expired", "its token has expired"))
                break
            self.state, self._resumed = "recovering", True
            recent = sum(self._died - death < WITHIN for death in self._deaths)
            await asyncio.sleep(_PAUSES[min(recent - 1, len(_PAUSES) - 1)])
        if self.state != "failed":
            self.reason = self.reason or (self._leave or ("", "ended"))[1]
            if not self.joined.done():
                why = f"ended before it joined: {self.reason}"
                self.joined.set_exception(Refused(409, "ended", why))
            self.state = "ended"

    def past(self, state: TaskState, reason: str, ended: float) -> None:
        """It was over before this worker began."""
        self.state, self.reason, self.ended = state, reason, ended
        self.joined.cancel()
        self.over.set()

    def fail(self, refusal: Refused) -> None:
        """It did not come to be, or cannot go on."""
        self.state, self.reason = "failed", str(refusal)
        if not self.joined.done():
            self.joined.set_exception(refusal)

    def finish(self) -> None:
        """It is over; nothing of it is left."""
        self.ended, self._over_at = time.time(), time.monotonic()
        self.timing.end("" if self.state == "ended" else "failed")
        self.over.set()

    def leave(self, reason: str, *, drain: bool = False) -> None:
        """Let the avatar leave; :attr:`over` a little later.

        Args:
            reason: told to whoever asks.
            drain: let it finish what it is saying.
        """
        self._leave = ("drain" if drain else "leave", reason)
        if self.state not in ("ended", "failed"):
            self.state = "stopping"
        if self._process is not None:
            self._process.order(self._leave[0], reason=reason)
            if not drain:
                asyncio.get_running_loop().call_later(_FAREWELL, self._process.kill)

    async def direct(self, what: str, text: str) -> None:
        """Have its avatar do something, see :func:`visavis.serve.directing.direct`."""
        process = self._process
        if process is None or self.state != "running":
            raise Refused(409, "not_running", f"the session is {self.state}, not running")
        try:
            error = await process.ask("direct", what=what, text=text)
        except TimeoutError:
            raise Refused(503, "no_answer", "the session does not answer", 2) from None
        if error:
            raise Refused(422, "not_possible", error)

    @property
    def leaving(self) -> bool:
        """Whether it was told to leave."""
        return self._leave is not None

    async def _once(self, path: Path, nursery: NurseryClient) -> bool:
        """One process's life; whether that was all."""
        try:
            self.timing.now("open model")
            process = await nursery.spawn(path)
        except OSError as error:
            self.reason = str(error)
            return False
        self._process = process
        self.metrics = {}
        launch = self.launch
        if self._leave is not None:
            process.close()
            return True
        process.order(
            "join",
            url=launch.livekit_url,
            token=launch.livekit_token,
            resumed=self._resumed,
            idle=self._idle,
            options=self._options,
        )
        self._heard = time.monotonic()
        watch = asyncio.create_task(self._watch(process))
        final = False
        try:
            async for event in process.events():
                self._heard = time.monotonic()
                final = self._take(event) or final
        finally:
            watch.cancel()
            process.close()
            self._process = None
        return final or self._leave is not None

    async def _watch(self, process: SessionProcess) -> None:
        while time.monotonic() - self._heard < SILENCE:
            await asyncio.sleep(1.0)
        logger.error("a session's process is silent and is ended", extra=self.extra)
        process.kill()
        process.close()

    def _take(self, event: dict[str, Any]) -> bool:
        """Take in an event; whether it ends the launch."""
        what = event.pop("event")
        self.timing.heard(what)
        if what == "beat":
            for name in COUNTED:
                self._totals[name] += max(event[name] - self.metrics.get(name, 0), 0)
            self.metrics = event
            if self._store is not None:
                self._store.mark(self.launch.task_id, self.seconds)
        elif what == "renewed":
            self.launch = self.launch.renewed(event["token"])
            if self._store is not None:
                self._store.save(self.launch)
        elif what == "joined":
            self._has_joined(event["seconds"])
        elif what == "left":
            self.reason = event["reason"]
            return not event["again"]
        elif what == "failed":
            self.reason = event["reason"]
            if event["final"]:
                self.fail(Refused(502, "not_joined", self.reason))
            return bool(event["final"])
        return False

    def _has_joined(self, seconds: float) -> None:
        if self._joined_at is None:
            self._joined_at = time.monotonic()
        if self._died is not None:
            self.recovered_s = round(time.monotonic() - self._died, 3)
        extra = {**self.extra, "pid": self.pid, "seconds": self.recovered_s or seconds}
        logger.info("back in the room" if self._resumed else "joined the room", extra=extra)
        self.reason = ""
        if self._leave is None:
            self.state = "running"
        if not self.joined.done():
            self.joined.set_result(None)
