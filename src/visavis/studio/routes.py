"""What the pages need beyond the cloud's API: a character's line, tags, faces in a picture, talks.

Comes in: requests of the studio's own pages. Goes out: JSON. They are part of the pages, not of the
API, and are not in its description; rights and scopes are the same.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI, Request, Response, WebSocket
from fastapi import Path as InPath
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select
from starlette.requests import HTTPConnection

from visavis.cloud import ids
from visavis.cloud.caller import COOKIE, Caller, InCloud, needs
from visavis.cloud.context import Cloud
from visavis.cloud.database import Avatar, AvatarTag, Scope
from visavis.cloud.identity import by_cookie
from visavis.cloud.problems import Problem, answer
from visavis.cloud.routes.avatars import sent
from visavis.serve.building import in_a_process
from visavis.serve.refusal import Refused
from visavis.studio import finding
from visavis.studio.lines import Lines
from visavis.studio.seeing import tags_of, visible, visitor
from visavis.studio.talking import Talks
from visavis.talk.drawing import CODECS
from visavis.talk.messages import Offer

router = APIRouter(prefix="/v1/studio", include_in_schema=False)
AvatarId = Annotated[str, InPath(pattern=ids.AVATAR_ID)]
Maker = Annotated[Caller, needs("avatars")]
Talker = Annotated[Caller, needs("sessions", "read")]
_FINDING_SECONDS = 30.0
_AT_A_TIME, _WAITING = 1, 8
"""Pictures that are looked at, each in a process of its own; and that may wait for it."""


class Leave(BaseModel):
    """A page that is closed."""

    model_config = ConfigDict(extra="forbid")
    visit: str = Field(max_length=64)


class Queue:
    """So many at a time, so many waiting, and not one more."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(_AT_A_TIME)
        self._here = 0

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn.

        Raises:
            Problem: 503, too many wait already.
        """
        if self._here >= _AT_A_TIME + _WAITING:
            raise Problem(503, "taken", "Too many pictures at once.", "Try again in a moment.",
                          retry_after=10)  # fmt: skip
        self._here += 1
        try:
            async with self._turns:
                yield
        finally:
            self._here -= 1


class Closing:
    """Ends the talks when the cloud ends; see :class:`visavis.cloud.context.Service`.

    Args:
        app: the cloud's, with the studio.
    """

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def start(self) -> None:
        """Nothing to do."""

    async def close(self) -> None:
        """End them."""
        talks: Talks | None = getattr(self._app.state, "talks", None)
        if talks is not None:
            await talks.close()


def _made(request: HTTPConnection, name: str, make: Callable[..., Any]) -> Any:
    """Something there is one of, as long as the app lives."""
    state = request.app.state
    if not hasattr(state, name):
        setattr(state, name, make(state.cloud))
    return getattr(state, name)


@router.get("/tags")
async def tags(cloud: InCloud) -> list[str]:
    """Tags of the gallery, the commonest first."""
    count = func.count().label("count")
    async with cloud.database.read(Scope.gallery()) as db:
        found = await db.execute(
            select(AvatarTag.tag, count)
            .join(Avatar, Avatar.id == AvatarTag.avatar_id)
            .where(Avatar.visibility == "public")
            .group_by(AvatarTag.tag)
            .order_by(count.desc(), AvatarTag.tag)
            .limit(24)
        )
        return [tag for tag, _ in found]


@router.get("/avatars/{avatar_id}/line")
async def line(avatar_id: AvatarId, request: Request, cloud: InCloud) -> Response:
    """What it says when it is pointed at."""
    caller = await visitor(request, cloud)
    row = await visible(cloud, caller, avatar_id)
    has = (await tags_of(cloud, caller, [avatar_id]))[avatar_id]
    said = await _made(request, "lines", Lines).of(row, has)
    headers = {"Cache-Control": "private, max-age=600"}
    return Response(said, media_type="application/json", headers=headers)


@router.post("/faces")
async def faces(request: Request, caller: Maker) -> dict[str, Any]:
    """The faces in a picture, before an avatar is made of it. Nothing of it is kept."""
    picture = await request.body()
    if not picture:
        raise Problem(422, "empty", "The file is empty.")
    queue: Queue = _made(request, "faces", lambda cloud: Queue())
    async with queue.turn():
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "picture.webp"
            found = await in_a_process(finding.MODULE, str(out), picture, _FINDING_SECONDS)
            shown = base64.b64encode(out.read_bytes()).decode()
    return {
        "size": found["size"], "faces": found["faces"], "points": found["points"],
        "picture": f"data:image/webp;base64,{shown}",
    }  # fmt: skip


@router.get("/talk/{avatar_id}/cast")
async def cast(avatar_id: AvatarId, request: Request, caller: Talker) -> dict[str, Any]:
    """Whom one can talk to; the one asked for comes first."""
    talks: Talks = _made(request, "talks", Talks)
    return {**await talks.cast(caller, avatar_id), "headers": {"X-CSRF-Token": caller.csrf}}


@router.post("/talk/{avatar_id}/offer")
async def offer(
    avatar_id: AvatarId, request: Request, caller: Talker, wanted: Offer
) -> dict[str, str]:
    """Connect a browser."""
    talks: Talks = _made(request, "talks", Talks)
    return await talks.enter(caller, wanted)


@router.get("/talk/{avatar_id}/avatars/{character}.imx")
async def character_file(
    avatar_id: AvatarId, character: AvatarId, caller: Talker
) -> StreamingResponse:
    """The file of whom one talks to."""
    row = await visible(caller.cloud, caller, character)
    return await sent(caller.cloud, row, "application/octet-stream")


@router.websocket("/talk/{avatar_id}/motion/{character}")
async def motion(
    socket: WebSocket, avatar_id: AvatarId, character: AvatarId, codec: str = "pcm16"
) -> None:
    """A talk with a page that draws: of this cloud, with its cookie."""
    cloud: Cloud = socket.app.state.cloud
    asking, here = socket.headers.get("origin", ""), socket.headers.get("host", "")
    try:
        if codec not in CODECS or urlsplit(asking).netloc != here or not here:
            raise Problem(403, "other_site", "This is for pages of this cloud.")
        address = socket.client.host if socket.client else ""
        caller = await by_cookie(cloud, socket.cookies.get(COOKIE, ""), address)
        await cloud.limiter.request(caller.login_id or caller.actor)
        if not caller.rights.intersection(("sessions", "read")):
            raise Problem(403, "not_allowed", "This needs the right sessions or read.")
        talks: Talks = _made(socket, "talks", Talks)
        await talks.stay(socket, caller, character, CODECS[codec])
    except Refused as refusal:
        await socket.send_denial_response(answer(refusal))


@router.post("/talk/{avatar_id}/leave", status_code=204)
async def leave(avatar_id: AvatarId, request: Request, caller: Talker, who: Leave) -> None:
    """A page was closed."""
    talks: Talks = _made(request, "talks", Talks)
    talks.leave(who.visit)
