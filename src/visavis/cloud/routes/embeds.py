"""Embed tokens, and what pages get with them: the avatar's file, a talk.

Comes in: sites, an avatar, limits; then the token that a page shows. Goes out: the token, once;
files and motion streams for pages of those sites.
"""

from __future__ import annotations

import contextlib
import datetime
from html import escape
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from visavis.cloud import ids
from visavis.cloud.caller import Caller, InCloud, needs
from visavis.cloud.database import EmbedToken, LiveSession
from visavis.cloud.embedding import tokens
from visavis.cloud.finding import find, mark_revoked
from visavis.cloud.idempotency import IdempotentRoute
from visavis.cloud.identity import digest
from visavis.cloud.paging import Cursor, Limit, Page, page
from visavis.cloud.problems import Problem, answer
from visavis.cloud.routes.avatars import FILE, sent
from visavis.cloud.texts import Line, path_id
from visavis.errors import VisavisError
from visavis.live.motion_socket import FULL, SUBPROTOCOL
from visavis.serve.credentials import presented
from visavis.serve.refusal import Refused
from visavis.talk.drawing import CODECS

router = APIRouter(prefix="/v1/embeds", tags=["embedding"], route_class=IdempotentRoute)
Launcher = Annotated[Caller, needs("sessions")]
Reader = Annotated[Caller, needs("sessions", "read")]
EmbedId = Annotated[str, path_id("emb")]
TOKEN_PROTOCOL = "visavis-token."
"""Before the token among a WebSocket's subprotocols: browsers can send it no other way."""
_FINAL = 1008
"""Close code of a refusal that trying again does not change."""


class EmbedForm(BaseModel):
    """A new embed token."""

    avatar_id: str = Field(pattern=ids.AVATAR_ID, examples=["A1B2C3D4E5"])
    origins: list[Line] = Field(
        min_length=1, max_length=10, examples=[["https://example.org"]],
        description="Sites whose pages may talk with it, as browsers name them.",
    )  # fmt: skip
    name: Line = Field("", max_length=100, examples=["start page"])
    minutes: int = Field(5, ge=1, le=120, description="Of one talk, at most.")
    total_minutes: int | None = Field(
        None, ge=1, le=10_000_000, description="Of all talks together; null: no limit."
    )
    expires_in: int = Field(
        3600, ge=60, le=90 * 86_400, description="Seconds for which talks can be begun."
    )


class EmbedShown(BaseModel):
    """An embed token, but for its secret part."""

    id: str = Field(examples=["emb_7h2k4m6n8p0q2r4s"])
    name: str = Field(examples=["start page"])
    avatar_id: str = Field(examples=["A1B2C3D4E5"])
    origins: list[str] = Field(examples=[["https://example.org"]])
    state: Literal["good", "expired", "revoked"]
    minutes: int = Field(description="Of one talk, at most.", examples=[5])
    total_minutes: int | None = Field(examples=[None])
    used_seconds: int = Field(description="By talks, as far as they are entered.")
    secret_id: str | None = Field(description="Of the API secret that made it.")
    created_at: datetime.datetime
    expires_at: datetime.datetime


class EmbedMade(EmbedShown):
    """A new embed token, whole."""

    token: str = Field(description="Shown this once.", examples=["emb_7h2k4m6n8p0q2r4s.…"])
    page: str = Field(
        description="Address for a frame; the part after # stays in the browser.",
        examples=["https://cloud.example/embed/emb_7h2k4m6n8p0q2r4s#emb_7h2k4m6n8p0q2r4s.…"],
    )
    html: str = Field(description="The same as two lines for a page.")


@router.post("", status_code=201)
async def make(caller: Launcher, form: EmbedForm) -> EmbedMade:
    """Make a token that lets pages of your sites show an avatar and talk to it.

    Make it when a page is asked for, and it need live no longer than the page. The token is shown
    in this answer and never again.
    """
    cloud, now = caller.cloud, caller.cloud.now()
    origins = sorted({tokens.site(one) for one in form.origins})
    avatar = await tokens.avatar_of(cloud, caller.scope.org_id, form.avatar_id)
    token, named = tokens.new_token()
    row = EmbedToken(
        id=named, name=form.name, avatar_id=form.avatar_id, origins=" ".join(origins),
        digest=digest(token), secret_id=caller.secret_id, account_id=caller.account_id,
        limit_seconds=60 * form.minutes, total_seconds=60 * (form.total_minutes or 0),
        created_at=now, expires_at=now + datetime.timedelta(seconds=form.expires_in),
    )  # fmt: skip
    async with caller.write() as db:
        db.add(row)
        db.add(caller.audit("embed.created", named, avatar=row.avatar_id, origins=origins))
    called = escape(avatar.name)
    html = (f'<script type="module" src="{cloud.url}/embed.js"></script>\n'
            f'<visavis-embed name="{called}" token="{token}"></visavis-embed>')  # fmt: skip
    return EmbedMade(**_shown(row, 0, now).model_dump(), token=token, html=html,
                     page=f"{cloud.url}/embed/{named}#{token}")  # fmt: skip


@router.get("")
async def embeds(caller: Reader, cursor: Cursor = None, limit: Limit = 50) -> Page[EmbedShown]:
    """All embed tokens of the last months, newest first."""
    async with caller.read() as db:
        rows, further = await page(db, select(EmbedToken), EmbedToken, cursor, limit)
        used = await _used(db, [row.id for row in rows])
    now = caller.cloud.now()
    return Page(items=[_shown(row, used.get(row.id, 0), now) for row in rows], next=further)


@router.get("/{embed_id}")
async def embed(embed_id: EmbedId, caller: Reader) -> EmbedShown:
    """One of them."""
    async with caller.read() as db:
        row = await find(db, EmbedToken, embed_id, "embed token")
        used = await _used(db, [embed_id])
    return _shown(row, used.get(embed_id, 0), caller.cloud.now())


@router.post("/{embed_id}/revoke")
async def revoke(embed_id: EmbedId, caller: Launcher) -> EmbedShown:
    """Revoke it: nothing more begins with it, and talks that go on end within a second or two."""
    now = caller.cloud.now()
    async with caller.write() as db:
        row = await find(db, EmbedToken, embed_id, "embed token")
        mark_revoked(row, now)
        db.add(caller.audit("embed.revoked", embed_id, name=row.name))
        used = await _used(db, [embed_id])
    return _shown(row, used.get(embed_id, 0), now)


@router.get("/{embed_id}/file", responses=FILE, response_class=StreamingResponse)
async def file(embed_id: EmbedId, request: Request, cloud: InCloud) -> StreamingResponse:
    """The avatar's .imx file, for a page that shows the token as `Authorization: Bearer emb_…`.

    Only pages of its sites get it, by the `Origin` that browsers send.
    """
    await cloud.limiter.request(request.client.host if request.client else "")
    token = presented(request.headers) or ""
    row = await tokens.checked(cloud, embed_id, token, request.headers)
    avatar = await tokens.avatar_of(cloud, row.org_id, row.avatar_id)
    return await sent(cloud, avatar, "application/octet-stream")


@router.websocket("/{embed_id}/motion")
async def motion(
    socket: WebSocket, embed_id: Annotated[str, Path(max_length=40)], codec: str = "pcm16"
) -> None:
    """A talk, as docs/motion-stream.md has it; the token is a subprotocol."""
    cloud: Any = socket.app.state.cloud
    wanted = socket.scope.get("subprotocols", [])
    shown = [one for one in wanted if one.startswith(TOKEN_PROTOCOL)]
    token = shown[0].removeprefix(TOKEN_PROTOCOL) if shown else ""
    try:
        await cloud.limiter.request(socket.client.host if socket.client else "")
        row = await tokens.checked(cloud, embed_id, token, socket.headers)
        if codec not in CODECS:
            raise Problem(422, "no_codec", "There is no such codec.", "pcm16, opus or none.")
    except Refused as refusal:
        await socket.send_denial_response(answer(refusal))
        return
    await socket.accept(SUBPROTOCOL if SUBPROTOCOL in wanted else None)
    try:
        await cloud.talks.stay(socket, row, CODECS[codec])
    except (Refused, VisavisError) as refusal:
        later = getattr(refusal, "status", 400) in (429, 503)
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await socket.close(FULL if later else _FINAL, _short(str(refusal)))


def _short(text: str) -> str:
    """What a close frame holds."""
    return text.encode()[:120].decode(errors="ignore")


async def _used(db: AsyncSession, embed_ids: list[str]) -> dict[str, int]:
    """Seconds talked with each token; those without a talk are not in it."""
    found = await db.execute(
        select(LiveSession.embed_id, func.sum(LiveSession.seconds))
        .where(LiveSession.embed_id.in_(embed_ids))
        .group_by(LiveSession.embed_id)
    )
    return {str(embed_id): int(seconds) for embed_id, seconds in found}


def _shown(row: EmbedToken, used: int, now: datetime.datetime) -> EmbedShown:
    ended: Literal["good", "expired"] = "expired" if row.expires_at <= now else "good"
    return EmbedShown(
        id=row.id, name=row.name, avatar_id=row.avatar_id, origins=row.origins.split(),
        state="revoked" if row.revoked_at is not None else ended,
        minutes=row.limit_seconds // 60, total_minutes=row.total_seconds // 60 or None,
        used_seconds=used, secret_id=row.secret_id, created_at=row.created_at,
        expires_at=row.expires_at,
    )  # fmt: skip
