"""The worker: gives each launch a place, an avatar and a task, and lets go of all in the end.

Comes in: launch requests. Goes out: :class:`~visavis.serve.task.Task`. A launch is known by its
room and identity: asked for again, the one that there is, is answered; only another agent, or
another avatar, takes its place.
"""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import logging
import secrets
import time
from collections import Counter, OrderedDict
from pathlib import Path

from visavis.serve.avatars import Avatars
from visavis.serve.launch_request import LaunchRequest
from visavis.serve.places import Places
from visavis.serve.processes import NurseryClient
from visavis.serve.refusal import Refused, bad_request
from visavis.serve.settings import WorkerSettings
from visavis.serve.store import Launch, LaunchStore, private_folder
from visavis.serve.task import Task
from visavis.serve.timing import Timing
from visavis.serve.tokens import read_token

logger = logging.getLogger(__name__)

REMEMBERED = 200
"""Ended tasks that can still be asked for."""
_AFTER_DRAIN = 8.0


class Worker:
    """One worker.

    Args:
        settings: what the operator chose.
        log_format: for its processes.

    Raises:
        InvalidOption: its folder is used by another, or is not its own.

    Attributes:
        tasks: all that run, and the last that ended, by their ids.
        launches: how many launches ended up how: "joined", "repeated" or a refusal's code.
        totals: frames, dropped pictures … of all sessions there were; and "crashes".
        joined: how many launches joined,
        joined_s: and the seconds from request to room of all of them.
        draining: whether it takes no more launches.
        asked: when somebody last asked for its tasks, seconds of the monotonic clock.
    """

    def __init__(self, settings: WorkerSettings, log_format: str = "auto") -> None:
        self.settings = settings
        private_folder(settings.state)
        self._store = LaunchStore(settings.state / "launches")
        self.avatars = Avatars(settings)
        self.places = Places(settings.sessions)
        self.nursery = NurseryClient(log_format)
        self.tasks: OrderedDict[str, Task] = OrderedDict()
        self.launches: Counter[str] = Counter()
        self.joined = 0
        self.joined_s = 0.0
        self.totals: Counter[str] = Counter()
        self.draining = False
        self.asked = 0.0
        self._by_room: dict[tuple[str, str, str], Task] = {}
        self._running: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Load everything, and take up the launches of a worker that died here."""
        self.nursery.start()
        for launch, state, reason, ended in self._store.past(REMEMBERED):
            self._new(launch).past(state, reason, ended)  # type: ignore[arg-type]
        for launch in self._store.left_behind():
            task = self._new(launch, resumed=True)
            self.places.take_anyway()
            logger.info("taken up again", extra=task.extra)
            self._begin(self._resume(task))

    @property
    def ready(self) -> bool:
        """Whether a launch would be served at once, given a place."""
        return self.nursery.warm and not self.draining

    async def launch(self, request: LaunchRequest) -> Task:
        """Let an avatar join a room.

        Returns:
            Its task; in :attr:`LaunchRequest.async_mode` before it has joined.

        Raises:
            Refused: it cannot be, with the reason.
        """
        token = read_token(request.livekit_token)
        if request.room_name and request.room_name != token.room:
            raise bad_request("room_name is not the room that livekit_token is for")
        if self.draining:
            raise Refused(503, "draining", "this worker is shutting down", retry_after=5)
        if request.task_id in self.tasks:
            self.launches["repeated"] += 1
            return await self._joined(self.tasks[request.task_id], request.async_mode)
        key = (request.livekit_url, token.room, token.identity)
        before = self._by_room.get(key)
        if before is not None and not before.leaving:
            same = before.launch.agent == token.agent and before.launch.avatar == request.avatar
            if same:
                self.launches["repeated"] += 1
                return await self._joined(before, request.async_mode)
            before.leave("replaced by another launch for the same room and identity")
        launch = Launch(
            task_id=request.task_id or secrets.token_hex(8),
            livekit_url=request.livekit_url,
            livekit_token=request.livekit_token,
            room=token.room,
            identity=token.identity,
            agent=token.agent,
            avatar=request.avatar,
            expires=token.expires,
            created=time.time(),
        )
        task = self._new(launch, resumed=request.resumed)
        task.timing = Timing(request.trace)
        self._begin(self._serve(task, request, before))
        return await self._joined(task, request.async_mode)

    async def test_frame(self, name: str | None, size: tuple[int, int]) -> bytes:
        """A picture of an avatar, made as a session's is, as JPEG.

        Raises:
            Refused: there is no such avatar.
        """
        path = self.avatars.named(name) if name else self.avatars.any()
        try:
            process = await self.nursery.spawn(path)
        except OSError as error:
            raise Refused(503, "not_ready", str(error), retry_after=5) from None
        process.order("picture", size=size)
        try:
            async with asyncio.timeout(20.0):
                async for event in process.events():
                    if event["event"] == "picture":
                        return base64.b64decode(event["jpeg"])
                    if event["event"] == "failed":
                        raise Refused(500, "broken_avatar", event["reason"])
        except TimeoutError:
            pass
        finally:
            process.close()
        raise Refused(500, "no_picture", "the picture could not be drawn")

    async def drain(self, patience: float) -> None:
        """Take no more launches; speaking sessions may finish, the others leave at once.

        Args:
            patience: seconds for those that speak.
        """
        self.draining = True
        open_tasks = [task for task in self.tasks.values() if task.ended is None]
        for task in open_tasks:
            task.leave("the worker is shutting down", drain=patience > 0)
        if open_tasks:
            logger.info("draining %d sessions", len(open_tasks))
        if not await _all_over(open_tasks, patience or _AFTER_DRAIN):
            for task in open_tasks:
                if task.ended is None:
                    task.leave("the worker is shutting down")
            await _all_over(open_tasks, _AFTER_DRAIN)

    async def close(self) -> None:
        """Let go of everything that is left."""
        for running in self._running:
            running.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self.nursery.close()
        self._store.close()

    async def _joined(self, task: Task, hurry: bool) -> Task:
        if not hurry and not task.joined.cancelled():
            await asyncio.shield(task.joined)
        return task

    def _new(self, launch: Launch, resumed: bool = False) -> Task:
        settings = self.settings
        task = Task(launch, self.totals, idle=settings.idle, room=settings.room, resumed=resumed)
        self.tasks[launch.task_id] = task
        self._by_room[(launch.livekit_url, launch.room, launch.identity)] = task
        ended = [name for name, other in self.tasks.items() if other.ended is not None]
        for name in ended[: max(len(ended) - REMEMBERED, 0)]:
            del self.tasks[name]
            self._store.forget(name)
        return task

    async def _serve(self, task: Task, request: LaunchRequest, before: Task | None) -> None:
        placed = False
        began = time.monotonic()
        try:
            if before is not None:
                await before.over.wait()
            placed = await self.places.take(self.settings.hold)
            if not placed:
                raise Refused(
                    503,
                    "at_capacity",
                    f"all {self.places.count} places of this worker are taken",
                    retry_after=2,
                )
            task.state = "preparing"
            task.timing.now("choose avatar")
            path = await self.avatars.choose(
                request, [other.launch.path for other in self.tasks.values()]
            )
            task.joined.add_done_callback(lambda done: self._count(done, began))
            await task.run(path, self.nursery, self._store)
        except Refused as refusal:
            self.launches[refusal.code] += 1
            logger.info("launch refused", extra={**task.extra, "reason": str(refusal)})
            task.fail(refusal)
        finally:
            self._over(task, placed)

    async def _resume(self, task: Task) -> None:
        try:
            await task.run(Path(task.launch.path), self.nursery, self._store)
        finally:
            self._over(task, True)

    def _count(self, joined: asyncio.Future[None], began: float) -> None:
        if joined.cancelled():
            return
        error = joined.exception()
        self.launches[error.code if isinstance(error, Refused) else "joined"] += 1
        if error is None:
            self.joined += 1
            self.joined_s += time.monotonic() - began

    def _over(self, task: Task, placed: bool) -> None:
        if not task.joined.done():
            task.fail(Refused(500, "failed", "the launch failed; the worker's log says why"))
        kept = "failed" if task.state == "failed" else "ended"
        self._store.over(task.launch, task.seconds, kept, task.reason)
        # The token lives no longer than the launch, in memory too.
        task.launch = dataclasses.replace(task.launch, livekit_token="")
        if placed:
            self.places.give_back()
        key = (task.launch.livekit_url, task.launch.room, task.launch.identity)
        if self._by_room.get(key) is task:
            del self._by_room[key]
        task.finish()
        logger.info("left the room", extra={**task.extra, "reason": task.reason})

    def _begin(self, work: object) -> None:
        running = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._running.add(running)
        running.add_done_callback(self._done)

    def _done(self, running: asyncio.Task[None]) -> None:
        self._running.discard(running)
        if not running.cancelled() and (error := running.exception()) is not None:
            logger.error("a launch failed", exc_info=error)


async def _all_over(tasks: list[Task], seconds: float) -> bool:
    try:
        await asyncio.wait_for(asyncio.gather(*(task.over.wait() for task in tasks)), seconds)
    except TimeoutError:
        return False
    return True
