"""Avatars: look, search, change, copy, delete, download.

Comes in: ids. Goes out: avatars and their files.
"""

from __future__ import annotations

import datetime
import secrets
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from fastapi.responses import StreamingResponse
from sqlalchemy import Select, delete, select

from visavis.cloud import ids
from visavis.cloud.caller import Caller, InCloud, needs
from visavis.cloud.context import Cloud
from visavis.cloud.database import Avatar, AvatarTag, Scope
from visavis.cloud.finding import find
from visavis.cloud.idempotency import IdempotentRoute
from visavis.cloud.making.submission import searchable
from visavis.cloud.paging import Cursor, Limit, Page, page
from visavis.cloud.problems import Problem, not_found
from visavis.cloud.removing import Gone, remove_avatar, remove_files
from visavis.cloud.routes.shown import AvatarChange, AvatarShown, CloneForm, shown
from visavis.cloud.texts import Line, Tag

router = APIRouter(prefix="/v1", tags=["avatars"], route_class=IdempotentRoute)
Reader = Annotated[Caller, needs("read", "avatars")]
Maker = Annotated[Caller, needs("avatars")]
AvatarId = Annotated[str, Path(pattern=ids.AVATAR_ID, examples=["A1B2C3D4E5"])]
Search = Annotated[Line | None, Query(description="In name, description and tags.")]
WithTag = Annotated[Tag | None, Query(description="That have this tag.")]
_OWN, _GALLERY = "/v1/avatars", "/v1/gallery"
_BYTES = {"schema": {"type": "string", "format": "binary"}}
FILE: dict[int | str, dict[str, Any]] = {200: {"content": {"application/octet-stream": _BYTES}}}
_PICTURE: dict[int | str, dict[str, Any]] = {200: {"content": {"image/webp": _BYTES}}}


@router.get("/avatars")
async def avatars(
    caller: Reader, q: Search = None, tag: WithTag = None,
    status: Annotated[Literal["making", "ready", "failed"] | None, Query()] = None,
    cursor: Cursor = None, limit: Limit = 50,
) -> Page[AvatarShown]:  # fmt: skip
    """The organisation's avatars, newest first."""
    wanted = _matching(q, tag)
    if status:
        wanted = wanted.where(Avatar.status == status)
    async with caller.read() as db:
        rows, further = await page(db, wanted, Avatar, cursor, limit)
        return Page(items=await shown(db, list(rows), _OWN), next=further)


@router.get("/avatars/{avatar_id}")
async def avatar(avatar_id: AvatarId, caller: Reader) -> AvatarShown:
    """An avatar of one's own, or one that others show."""
    row, scope, base = await _visible(caller, avatar_id)
    async with caller.cloud.database.read(scope) as db:
        return (await shown(db, [row], base))[0]


@router.patch("/avatars/{avatar_id}")
async def change(avatar_id: AvatarId, caller: Maker, form: AvatarChange) -> AvatarShown:
    """Change what it is called, who sees it, how it is found."""
    async with caller.write() as db:
        row = await find(db, Avatar, avatar_id, "avatar")
        if form.tags is not None:
            await db.execute(delete(AvatarTag).where(AvatarTag.avatar_id == avatar_id))
            db.add_all([AvatarTag(avatar_id=avatar_id, tag=tag) for tag in sorted(set(form.tags))])
        changes = form.model_dump(exclude_none=True, exclude={"tags"})
        for name, value in changes.items():
            setattr(row, name, value)
        row.updated_at = caller.cloud.now()
        db.add(caller.audit("avatar.changed", avatar_id, **form.model_dump(exclude_none=True)))
        await db.flush()
        result = (await shown(db, [row], _OWN))[0]
        row.search = searchable(row.name, row.description, result.tags)
    return result


@router.delete("/avatars/{avatar_id}")
async def remove(avatar_id: AvatarId, caller: Maker) -> Gone:
    """Delete it, its file and its picture. Says what went. Cannot be undone."""
    async with caller.write() as db:
        row = await find(db, Avatar, avatar_id, "avatar")
        gone, keys = await remove_avatar(caller.cloud, db, row)
        db.add(caller.audit("avatar.deleted", avatar_id, name=row.name, gone=gone.gone))
    await remove_files(caller.cloud, keys)
    return gone


@router.post("/avatars/{avatar_id}/clone", status_code=201)
async def clone(avatar_id: AvatarId, caller: Maker, form: CloneForm) -> AvatarShown:
    """Copy an avatar, one's own or one that others show; the copy is private."""
    first, scope, _ = await _visible(caller, avatar_id)
    if first.status != "ready":
        raise Problem(409, "not_ready", "It is not ready to be copied.", "Wait for its job.")
    async with caller.cloud.database.read(scope) as db:
        tags = (
            await db.scalars(select(AvatarTag.tag).where(AvatarTag.avatar_id == avatar_id))
        ).all()
    new, now = ids.avatar_id(), caller.cloud.now()
    file_key = f"avatars/{new}/{secrets.token_hex(4)}.imx"
    preview_key = file_key.replace(".imx", ".webp")
    try:
        await caller.cloud.files.copy(first.file_key, file_key)
        await caller.cloud.files.copy(first.preview_key, preview_key)
        name = form.name or first.name
        row = Avatar(
            id=new, name=name, description=first.description, kind=first.kind, status="ready",
            search=searchable(name, first.description, list(tags)), licence=first.licence,
            consent=first.consent, consent_note=first.consent_note, consent_by=first.consent_by,
            consent_at=first.consent_at, source=first.source, file_key=file_key,
            preview_key=preview_key, size=first.size, sha256=first.sha256, cloned_from=first.id,
            created_by=caller.actor, created_at=now, updated_at=now,
        )  # fmt: skip
        async with caller.write() as db:
            db.add(row)
            await db.flush()
            db.add_all([AvatarTag(avatar_id=new, tag=tag) for tag in tags])
            db.add(caller.audit("avatar.cloned", new, first=first.id))
            await db.flush()
            return (await shown(db, [row], _OWN))[0]
    except FileNotFoundError:
        raise not_found("avatar", avatar_id) from None  # deleted meanwhile
    except BaseException:
        await remove_files(caller.cloud, [file_key, preview_key])
        raise


@router.get("/avatars/{avatar_id}/file", responses=FILE, response_class=StreamingResponse)
async def file(avatar_id: AvatarId, caller: Reader) -> StreamingResponse:
    """Its .imx file."""
    row, _, _ = await _visible(caller, avatar_id)
    return await sent(caller.cloud, row, "application/octet-stream")


@router.get("/avatars/{avatar_id}/preview", responses=_PICTURE, response_class=StreamingResponse)
async def preview(avatar_id: AvatarId, caller: Reader) -> StreamingResponse:
    """A picture of it."""
    row, _, _ = await _visible(caller, avatar_id)
    return await sent(caller.cloud, row, "image/webp")


@router.get("/gallery", tags=["gallery"])
async def gallery(
    cloud: InCloud, q: Search = None, tag: WithTag = None, cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[AvatarShown]:  # fmt: skip
    """Avatars that everybody may use. Needs no secret."""
    wanted = _matching(q, tag).where(Avatar.visibility == "public")
    async with cloud.database.read(Scope.gallery()) as db:
        rows, further = await page(db, wanted, Avatar, cursor, limit)
        return Page(items=await shown(db, list(rows), _GALLERY), next=further)


@router.get("/gallery/{avatar_id}", tags=["gallery"])
async def exhibit(avatar_id: AvatarId, cloud: InCloud) -> AvatarShown:
    """One that is public or unlisted. Needs no secret."""
    async with cloud.database.read(Scope.gallery()) as db:
        return (await shown(db, [await _exhibit(cloud, avatar_id)], _GALLERY))[0]


@router.get(
    "/gallery/{avatar_id}/file", tags=["gallery"], responses=FILE, response_class=StreamingResponse
)
async def exhibit_file(avatar_id: AvatarId, cloud: InCloud) -> StreamingResponse:
    """Its .imx file. Needs no secret."""
    return await sent(cloud, await _exhibit(cloud, avatar_id), "application/octet-stream")


@router.get(
    "/gallery/{avatar_id}/preview", tags=["gallery"], responses=_PICTURE,
    response_class=StreamingResponse,
)  # fmt: skip
async def exhibit_preview(avatar_id: AvatarId, cloud: InCloud) -> StreamingResponse:
    """A picture of it. Needs no secret."""
    return await sent(cloud, await _exhibit(cloud, avatar_id), "image/webp")


def _matching(q: str | None, tag: str | None) -> Select[Avatar]:
    wanted = select(Avatar)
    for word in (q or "").lower().split():
        wanted = wanted.where(Avatar.search.contains(word, autoescape=True))
    if tag:
        wanted = wanted.where(
            Avatar.id.in_(select(AvatarTag.avatar_id).where(AvatarTag.tag == tag))
        )
    return wanted


async def _visible(caller: Caller, avatar_id: str) -> tuple[Avatar, Scope, str]:
    for scope, base in ((caller.scope, _OWN), (Scope.gallery(), _GALLERY)):
        async with caller.cloud.database.read(scope) as db:
            row = await db.get(Avatar, avatar_id)
        if row is not None:
            return row, scope, base
    raise not_found("avatar", avatar_id)


async def _exhibit(cloud: Cloud, avatar_id: str) -> Avatar:
    async with cloud.database.read(Scope.gallery()) as db:
        row = await find(db, Avatar, avatar_id, "avatar")
    return row


async def sent(cloud: Cloud, row: Avatar, kind: str) -> StreamingResponse:
    """An avatar's file, or its picture.

    Args:
        cloud: where.
        row: which the caller sees.
        kind: "image/webp", or the file's.

    Raises:
        Problem: 409, there is none yet.
    """
    key = row.preview_key if kind.startswith("image") else row.file_key
    if not key or row.status != "ready" or not await cloud.files.exists(key):
        raise Problem(409, "not_ready", "It is not ready.", "Wait for its job.")
    pieces: AsyncIterator[bytes] = cloud.files.stream(key)
    headers = {
        "ETag": f'"{row.sha256[:32]}"',
        "Cache-Control": "private, max-age=300",
        "Last-Modified": row.updated_at.astimezone(datetime.UTC).strftime(
            "%a, %d %b %Y %H:%M:%S GMT"
        ),
    }
    if not kind.startswith("image"):
        headers["Content-Disposition"] = f'attachment; filename="{row.id}.imx"'
        headers["Content-Length"] = str(row.size)
    return StreamingResponse(pieces, headers=headers, media_type=kind)
