"""The queue of jobs in the database: taken by one process each, given up by none.

Comes in: a cloud. Goes out: jobs, one at a time. A job whose process died is taken again when its
time is over, three times at most.
"""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import or_, select, update

from visavis.cloud.context import Cloud
from visavis.cloud.database import Avatar, Job, Scope

ATTEMPTS = 3
_ALL = Scope.system("the queue of jobs")


class Queue:
    """Jobs of one kind.

    Args:
        cloud: whose.
        kind: of job.
        name: of the process that takes them.
        seconds: after which a job without a sign of life is taken by another.
    """

    def __init__(self, cloud: Cloud, kind: str, name: str, seconds: float) -> None:
        self._cloud = cloud
        self._kind = kind
        self._name = name
        self._patience = datetime.timedelta(seconds=seconds)

    async def take(self) -> Job | None:
        """The next job; None if there is none."""
        now = self._cloud.now()
        free = or_(
            Job.state == "waiting", (Job.state == "running") & (Job.claimed_until < now)
        )  # fmt: skip
        next_one = (
            select(Job).where(Job.kind == self._kind, free)
            .order_by(Job.created_at, Job.id).limit(1).with_for_update(skip_locked=True)
        )  # fmt: skip
        async with self._cloud.database.read(_ALL) as db:  # most often there is none: no lock
            if await db.scalar(select(Job.id).where(Job.kind == self._kind, free).limit(1)) is None:
                return None
        async with self._cloud.database.write(_ALL) as db:
            job = await db.scalar(next_one)
            if job is None:
                return None
            job.state = "running"
            job.attempts += 1
            job.claimed_by = self._name
            job.claimed_until = now + self._patience
            job.started_at = now
            if job.attempts > ATTEMPTS:
                _fail(job, "gave_up", f"it failed {ATTEMPTS} times", now)
                await db.execute(
                    update(Avatar).where(Avatar.id == job.avatar_id).values(status="failed")
                )
        return job if job.state == "running" else None

    async def alive(self, job: Job, step: str, part: float) -> bool:
        """Say how far a job is; whether it is still ours to do."""
        return await self._change(
            job, step=step, progress=part, claimed_until=self._cloud.now() + self._patience
        )

    async def done(self, job: Job, result: dict[str, Any], avatar: dict[str, Any]) -> bool:
        """End a job well.

        Args:
            job: which.
            result: to be kept with it.
            avatar: what to change about its avatar.

        Returns:
            Whether the job was still ours, and the avatar still there.
        """
        now = self._cloud.now()
        values = {"state": "done", "progress": 1.0, "step": "", "ended_at": now, "result": result,
                  "input": {}}  # fmt: skip
        return await self._change(job, avatar, **values)

    async def failed(self, job: Job, code: str, reason: str) -> None:
        """End a job that cannot be done."""
        now = self._cloud.now()
        values = {"state": "failed", "code": code, "error": reason, "ended_at": now, "input": {}}
        await self._change(job, {"status": "failed"}, **values)

    async def give_back(self, job: Job) -> None:
        """Let another process do it: this one ends."""
        await self._change(job, state="waiting", attempts=job.attempts - 1, step="", progress=0.0)

    async def _change(
        self, job: Job, avatar: dict[str, Any] | None = None, **values: Any
    ) -> bool:  # fmt: skip
        async with self._cloud.database.write(_ALL) as db:
            changed = await db.execute(
                update(Job)
                .where(Job.id == job.id, Job.claimed_by == self._name, Job.state == "running",
                       Job.attempts == job.attempts)
                .values(**values)
            )  # fmt: skip
            if not changed.rowcount:  # type: ignore[attr-defined]
                return False
            if avatar:
                await db.execute(
                    update(Avatar).where(Avatar.id == job.avatar_id)
                    .values(updated_at=self._cloud.now(), **avatar)
                )  # fmt: skip
        return True


def _fail(job: Job, code: str, reason: str, now: datetime.datetime) -> None:
    job.state, job.code, job.error, job.ended_at, job.input = "failed", code, reason, now, {}
