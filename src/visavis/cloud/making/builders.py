"""Takes jobs from the queue and makes avatars, some at once.

Comes in: jobs. Goes out: files in the store, avatars that are ready, or failed with the reason.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import os
import secrets
import tempfile
from pathlib import Path
from typing import Any

from visavis.cloud.context import Cloud
from visavis.cloud.database import Job
from visavis.cloud.making.process import MODULE, Specification
from visavis.cloud.making.queue import Queue
from visavis.cloud.making.submission import KIND
from visavis.serve.building import in_a_process
from visavis.serve.fetching import fetch
from visavis.serve.refusal import Refused

logger = logging.getLogger(__name__)

_LOOK_EVERY = 1.0
_TELL_EVERY = 0.5


class Builders:
    """The builders of one process of the cloud: a :class:`~visavis.cloud.context.Service`.

    Args:
        cloud: whose.
    """

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        settings = cloud.settings
        self._name = f"{os.uname().nodename}:{os.getpid()}:{secrets.token_hex(4)}"
        self._queue = Queue(cloud, KIND, self._name, settings.build_seconds + 30.0)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to take jobs."""
        self._tasks = [
            asyncio.create_task(self._work()) for _ in range(self._cloud.settings.builders)
        ]

    async def close(self) -> None:
        """End; what is being built is given back to the queue."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _work(self) -> None:
        while True:
            try:
                job = await self._queue.take()
                if job is None:
                    await asyncio.sleep(_LOOK_EVERY)
                else:
                    await self._do(job)
            except Exception:
                logger.exception("a builder stumbled")
                await asyncio.sleep(_LOOK_EVERY)

    async def _do(self, job: Job) -> None:
        key = str(job.input.get("key", ""))
        try:
            given = await self._given(job, key)
            with tempfile.TemporaryDirectory(prefix="visavis") as folder:
                await self._make(job, given, Path(folder))
        except Refused as refusal:
            await self._queue.failed(job, refusal.code, str(refusal))
        except asyncio.CancelledError:
            await asyncio.shield(self._queue.give_back(job))
            raise
        except Exception:
            logger.exception("making an avatar failed", extra={"task_id": job.id})
            await self._queue.failed(job, "failed", "unexpected; the operator's log says more")
        if key:
            await self._cloud.files.remove(key)

    async def _given(self, job: Job, key: str) -> bytes:
        if key:
            return await self._cloud.files.get(key)
        settings = self._cloud.settings
        await self._queue.alive(job, "fetching", 0.0)
        return await fetch(
            str(job.input["address"]), settings.downloads, most=int(settings.upload_mb * 1e6)
        )

    async def _make(self, job: Job, given: bytes, folder: Path) -> None:
        wanted = Specification(
            out=str(folder / "avatar.imx"), preview=str(folder / "preview.webp"),
            options=job.input["options"],
        )  # fmt: skip
        teller = _Teller(self._queue, job)
        try:
            said = await in_a_process(
                MODULE, json.dumps(wanted), given, self._cloud.settings.build_seconds, teller.told
            )
        finally:
            await teller.close()
        made = await asyncio.to_thread(Path(wanted["out"]).read_bytes)
        file_key = f"avatars/{job.avatar_id}/{secrets.token_hex(4)}.imx"
        preview_key = file_key.replace(".imx", ".webp")
        files = self._cloud.files
        await files.put(file_key, Path(wanted["out"]))
        await files.put(preview_key, Path(wanted["preview"]))
        avatar = {
            "status": "ready", "kind": said["kind"], "file_key": file_key,
            "preview_key": preview_key, "size": len(made),
            "sha256": hashlib.sha256(made).hexdigest(),
        }  # fmt: skip
        result = {"canvas": said["canvas"], "warnings": said["warnings"]}
        if not await self._queue.done(job, result, avatar):
            logger.info("an avatar was deleted while it was made", extra={"task_id": job.id})
            await files.remove(file_key)
            await files.remove(preview_key)


class _Teller:
    """Passes progress on to the database, not more often than is worth it."""

    def __init__(self, queue: Queue, job: Job) -> None:
        self._queue = queue
        self._job = job
        self._said: tuple[str, float] | None = None
        self._task = asyncio.create_task(self._tell())

    def told(self, said: dict[str, Any]) -> None:
        self._said = (str(said.get("step", ""))[:100], float(said.get("part", 0.0)))

    async def close(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    async def _tell(self) -> None:
        while True:
            if self._said is not None:
                step, part = self._said
                self._said = None
                await self._queue.alive(self._job, step, part)
            await asyncio.sleep(_TELL_EVERY)
