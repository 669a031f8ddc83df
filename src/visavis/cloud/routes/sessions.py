"""Sessions: launched into rooms, looked at, directed, stopped.

Comes in: a room with a token, an avatar. Goes out: how the session is; never the token.
"""

from __future__ import annotations

import asyncio
import datetime
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from sqlalchemy import select

from visavis.cloud.caller import Caller, InCloud, needs
from visavis.cloud.context import Cloud
from visavis.cloud.database import LiveSession, Worker
from visavis.cloud.engines.engine import WorkerAway
from visavis.cloud.finding import find
from visavis.cloud.idempotency import IdempotentRoute
from visavis.cloud.paging import Cursor, Limit, Page, page
from visavis.cloud.problems import Problem
from visavis.cloud.sessions import ending, launching, placing
from visavis.cloud.sessions.ending import SYSTEM
from visavis.cloud.texts import Lines, path_id
from visavis.serve.launch_request import parse_launch

router = APIRouter(prefix="/v1/sessions", tags=["sessions"], route_class=IdempotentRoute)
Launcher = Annotated[Caller, needs("sessions")]
Reader = Annotated[Caller, needs("read", "sessions")]
SessionId = Annotated[str, path_id("ses")]
_PATIENCE = 60.0
State = Literal["waiting", "joining", "running", "ended"]


class LaunchForm(BaseModel):
    """A room and who is to join it."""

    livekit_url: str = Field(examples=["wss://rooms.example"], max_length=2000)
    livekit_token: str = Field(
        repr=False, max_length=64_000, examples=["eyJ…"],
        description="The avatar's own: its identity, `roomJoin`, the room; attribute "
        "`lk.publish_on_behalf` names the agent that it speaks for.",
    )  # fmt: skip
    room_name: str = Field("", max_length=500, description="If given, it is the token's.")
    avatar_id: str = Field("", max_length=2000, examples=["A1B2C3D4E5"])
    avatar_image_url: str = Field("", max_length=2000, description="Of a picture, instead.")


class SessionShown(BaseModel):
    """How a session is."""

    id: str = Field(examples=["ses_7h2k4m6n8p0q2r4s"])
    state: State
    reason: str = Field(description="Why it has ended.")
    avatar_id: str | None
    secret_id: str | None
    embed_id: str | None = Field(description="Of the token that a page talks with; else null.")
    room: str
    identity: str
    seconds: int = Field(description="Entered in the ledger so far.")
    micro_credits: int = Field(description="That they cost.")
    created_at: datetime.datetime
    joined_at: datetime.datetime | None
    ended_at: datetime.datetime | None
    figures: dict[str, Any] = Field(description="Of frames and sound, at the last entry.")


class SayForm(BaseModel):
    """What to say."""

    text: Lines = Field(min_length=1, max_length=4000, examples=["Welcome back."])


class ContextForm(BaseModel):
    """What the agent should know."""

    text: Lines = Field(min_length=1, max_length=4000, examples=["The caller is called Mia."])


class GestureForm(BaseModel):
    """A gesture."""

    name: str = Field(max_length=40, examples=["nod"])
    strength: float = Field(1.0, ge=0, le=1.5, allow_inf_nan=False)


class StateForm(BaseModel):
    """What it does while it says nothing."""

    name: Literal["idle", "listening", "thinking", "speaking", "auto"]


async def _in_turn(cloud: InCloud) -> AsyncIterator[None]:
    """Wait for one's turn; before the database is asked who is asking."""
    try:
        await asyncio.wait_for(cloud.turns.acquire(), _PATIENCE)
    except TimeoutError:
        raise Problem(503, "busy", "Too many launches at once.", "Try again in a few seconds.",
                      retry_after=10) from None  # fmt: skip
    try:
        yield
    finally:
        cloud.turns.release()


@router.post("", status_code=202, dependencies=[Depends(_in_turn)])
async def launch(caller: Launcher, form: LaunchForm) -> SessionShown:
    """Let an avatar join a room. Answers as soon as it has a place; then look at its state.

    402: what may be spent is spent. 429: too many at once. 503: no place; with `Retry-After`.
    """
    wanted = await parse_launch("application/json", form.model_dump_json().encode())
    made = await launching.launch(caller, wanted)
    if made.worker is not None and made.placement is not None:
        cloud = caller.cloud
        cloud.begin(placing.place(cloud, made.session, made.worker, made.placement, wait=False))
    return shown(made.session)


@router.get("")
async def sessions(
    caller: Reader,
    state: Annotated[Literal["open", "ended"] | None, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[SessionShown]:
    """All sessions, the newest first."""
    statement = select(LiveSession)
    if state is not None:
        ended = LiveSession.state == "ended"
        statement = statement.where(ended if state == "ended" else ~ended)
    async with caller.read() as db:
        rows, further = await page(db, statement, LiveSession, cursor, limit)
    return Page(items=[shown(row) for row in rows], next=further)


@router.get("/{session_id}")
async def session(session_id: SessionId, caller: Reader) -> SessionShown:
    """One session."""
    return shown(await _mine(caller, session_id))


@router.post("/{session_id}/stop")
async def stop(session_id: SessionId, caller: Launcher) -> SessionShown:
    """Let it leave; answers when it has. One that has ended stays as it is."""
    row = await _mine(caller, session_id)
    if row.state != "ended":
        await _stop(caller.cloud, row)
        async with caller.write() as db:
            db.add(caller.audit("session.stopped", row.id))
    return shown(await _mine(caller, session_id))


@router.post("/{session_id}/say")
async def say(session_id: SessionId, caller: Launcher, form: SayForm) -> SessionShown:
    """Let it say a text with the offline voice; 422 while it is speaking. The agent goes first."""
    return await _direct(caller, session_id, "say", form.text)


@router.post("/{session_id}/context")
async def context(session_id: SessionId, caller: Launcher, form: ContextForm) -> SessionShown:
    """Tell its agent something: with our plugin, it is in the agent's chat context then.

    Others find it as a text stream of topic `visavis.context` in the room.
    """
    return await _direct(caller, session_id, "context", form.text)


@router.post("/{session_id}/gesture")
async def gesture(session_id: SessionId, caller: Launcher, form: GestureForm) -> SessionShown:
    """Let it make a gesture: nod, shake, smile, laugh, surprised or think."""
    return await _direct(caller, session_id, "gesture", form.model_dump_json())


@router.post("/{session_id}/emotion")
async def emotion(session_id: SessionId, caller: Launcher, form: GestureForm) -> SessionShown:
    """Let it go over to an emotion: neutral, happy, sad, serious or surprised."""
    return await _direct(caller, session_id, "emotion", form.model_dump_json())


@router.post("/{session_id}/state")
async def state(session_id: SessionId, caller: Launcher, form: StateForm) -> SessionShown:
    """What it does while it says nothing; "auto": as the agent does."""
    return await _direct(caller, session_id, "state", json.dumps({"name": form.name}))


def shown(row: LiveSession) -> SessionShown:
    """A session as its organisation sees it."""
    return SessionShown(
        id=row.id, state=row.state, reason=row.reason,  # type: ignore[arg-type]
        avatar_id=row.avatar_id, secret_id=row.secret_id, embed_id=row.embed_id, room=row.room,
        identity=row.identity,
        seconds=row.seconds or 0, micro_credits=(row.sixtieths or 0) // 60,
        created_at=row.created_at, joined_at=row.joined_at, ended_at=row.ended_at,
        figures=row.figures or {},
    )  # fmt: skip


async def _mine(caller: Caller, session_id: str) -> LiveSession:
    async with caller.read() as db:
        row = await find(db, LiveSession, session_id, "session")
    return row


async def _worker(cloud: Cloud, row: LiveSession) -> Worker:
    async with cloud.database.read(SYSTEM) as db:
        worker = await db.get(Worker, row.worker_id) if row.worker_id else None
    if worker is None:
        raise WorkerAway()
    return worker


async def _stop(cloud: Cloud, row: LiveSession) -> None:
    if row.embed_id is not None:  # the process that has it sees this within a second or two
        await ending.end_talk(cloud, row.id, "stopped by request")
        return
    engine = placing.engine_of(cloud)
    worker = await _worker(cloud, row)
    await engine.stop(worker, row.task_id)
    report = (await engine.reports(worker)).get(row.task_id)
    if report is not None:
        await ending.settle(cloud, row.id, report, cloud.now())
    else:
        await placing.give_up(cloud, row.id, row.task_id, "stopped by request")


async def _direct(caller: Caller, session_id: str, what: str, text: str) -> SessionShown:
    row = await _mine(caller, session_id)
    if row.state == "ended":
        raise Problem(409, "ended", "The session has ended.")
    if row.embed_id is not None:
        raise Problem(409, "on_a_page", "The page that it talks on directs it.")
    engine = placing.engine_of(caller.cloud)
    await engine.direct(await _worker(caller.cloud, row), row.task_id, what, text)
    return shown(row)
