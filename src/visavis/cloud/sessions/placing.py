"""Getting a session that has a place onto its worker, and onto another when that one has lost it.

Comes in: a session's row. Goes out: a worker that carries it, or its end with the reason.
"""

from __future__ import annotations

import datetime
import time
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from visavis.cloud.context import Cloud
from visavis.cloud.database import Avatar, LiveSession, Worker
from visavis.cloud.engines.engine import Engine, Placement, Report, WorkerAway
from visavis.cloud.problems import Problem
from visavis.cloud.sessions import ending, pictures, places
from visavis.cloud.sessions.ending import SYSTEM
from visavis.cloud.usage.prices import price_list
from visavis.live.token import claims
from visavis.serve.refusal import Refused


def engine_of(cloud: Cloud) -> Engine:
    """The engine.

    Raises:
        Problem: 501, this process has none: asking again changes nothing.
    """
    if cloud.engine is None:
        raise Problem(501, "no_engine", "This cloud launches no sessions.",
                      "Its operator decides that: visavis cloud --engine local.")  # fmt: skip
    return cloud.engine


def task_name(session: LiveSession) -> str:
    """What a session's present worker is to call it."""
    return f"{session.id.replace('_', '')}{session.placement}"


async def place(
    cloud: Cloud, session: LiveSession, worker: Worker, placement: Placement, wait: bool
) -> None:
    """Have the worker carry it. One that does not answer is asked again by the keeper.

    Raises:
        Refused: it cannot be; the session has ended.
        WorkerAway: the worker does not answer, where `wait`.
    """
    engine = engine_of(cloud)
    if placement.kept:
        picture = await pictures.fetch(cloud, session.id)
        if picture is None:
            await give_up(cloud, session.id, placement.task_id, "lost with its worker")
            return
        placement = replace(placement, picture=picture)
    try:
        await engine.place(worker, placement, wait)
        reports = await engine.reports(worker)
    except WorkerAway:
        if wait:
            raise
        return
    except Refused as refusal:
        await give_up(cloud, session.id, placement.task_id, str(refusal))
        if wait:
            raise
        return
    report = reports.get(placement.task_id)
    if report is not None:
        await ending.settle(cloud, session.id, report, cloud.now())


async def give_up(cloud: Cloud, session_id: str, task_id: str, reason: str) -> None:
    """End a session that its worker does not have."""
    async with cloud.database.write(SYSTEM) as db:
        session = await ending.hold(db, session_id)
        if session is not None and session.task_id == task_id:
            await ending.end(db, session, reason, cloud.now(), await price_list(db))


async def again(cloud: Cloud, session_id: str, gone: bool) -> None:
    """Place a session again that its worker does not know, if that can be.

    Args:
        cloud: where.
        session_id: which.
        gone: whether that worker is gone, so that another one has to be found.
    """
    engine = engine_of(cloud)
    async with cloud.database.write(SYSTEM) as db:
        session = await ending.hold(db, session_id)
        if session is None or session.worker_id is None:
            return
        placement = await known(cloud, db, session)
        if placement is None:
            await ending.end(db, session, "lost with its worker", cloud.now(), await price_list(db))
            return
        worker = await db.get(Worker, session.worker_id)
        if gone or worker is None:
            try:
                worker = await places.take(db, engine.name)
            except Problem:
                return  # as soon as there is a place, or until it is reaped
            await places.give_back(db, session.worker_id)
            session.worker_id = worker.id
        if session.joined_at is not None:  # the same name is never launched twice
            session.placement += 1
            session.base_seconds = session.seconds
            session.task_id = task_name(session)
            placement = await known(cloud, db, session)
    if placement is not None:
        await place(cloud, session, worker, placement, wait=False)


async def move(cloud: Cloud, session_id: str, report: Report, at: datetime.datetime) -> None:
    """Let a session go on under another worker than the one that has it, if there is a place.

    The room's server ends the avatar that it had before as soon as the new one has joined.

    Args:
        cloud: where.
        session_id: which.
        report: what its worker says: what it used there is entered to the second.
        at: when it said so.
    """
    await ending.settle(cloud, session_id, report, at, enter=True)
    await again(cloud, session_id, gone=True)


async def known(cloud: Cloud, db: AsyncSession, session: LiveSession) -> Placement | None:
    """What a worker has to know of a session, as far as its row tells; None: not all of it."""
    try:
        token = cloud.sealer.open(session.token)
        expires = float(claims(token).get("exp", 0))
    except ValueError:
        return None
    if expires <= time.time():
        return None
    basis = Placement(
        session.task_id, session.livekit_url, token, session.room,
        resumed=session.joined_at is not None,
    )  # fmt: skip
    if pictures.was_sent(session):
        return replace(basis, kept=True) if engine_of(cloud).moves else None
    if session.wanted.startswith(pictures.SENT):
        return replace(basis, picture_url=session.wanted.removeprefix(pictures.SENT))
    avatar = await db.get(Avatar, session.avatar_id) if session.avatar_id else None
    if avatar is None:
        return replace(basis, avatar=session.wanted.partition(":")[2])
    return replace(basis, file=avatar.file_key, sha256=avatar.sha256)


async def present(cloud: Cloud, session_id: str) -> tuple[Worker, Placement] | None:
    """A session's worker and what it has to know; None: there is not all of that."""
    async with cloud.database.read(SYSTEM) as db:
        session = await db.get(LiveSession, session_id)
        if session is None or session.state == "ended" or session.worker_id is None:
            return None
        worker = await db.get(Worker, session.worker_id)
        placement = await known(cloud, db, session)
    return None if worker is None or placement is None else (worker, placement)
