"""API secrets. Comes in: a name, rights, an end. Goes out: the secret, once."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy import select

from visavis.cloud import ids
from visavis.cloud.caller import Caller, needs
from visavis.cloud.database import ApiSecret
from visavis.cloud.finding import find, mark_revoked
from visavis.cloud.idempotency import IdempotentRoute
from visavis.cloud.identity import digest, new_secret
from visavis.cloud.paging import Cursor, Limit, Page, page
from visavis.cloud.texts import Name, path_id

router = APIRouter(prefix="/v1/secrets", tags=["API secrets"], route_class=IdempotentRoute)
Developer = Annotated[Caller, needs("secrets")]
SecretId = Annotated[str, path_id("key")]
SecretRight = Literal["sessions", "avatars", "read"]


class SecretForm(BaseModel):
    """A new secret."""

    name: Name = Field(examples=["agents in production"])
    rights: list[SecretRight] = Field(
        ["sessions", "avatars", "read"], min_length=1, max_length=3, examples=[["sessions"]],
        description="sessions: launch; avatars: make, change, download; read: look, download.",
    )  # fmt: skip
    days: int | None = Field(None, ge=1, le=3650, description="Until it expires; null: never.")


class SecretChange(BaseModel):
    """What to call it."""

    name: Name = Field(examples=["agents in production"])


class SecretShown(BaseModel):
    """A secret, but for the secret part."""

    id: str = Field(examples=["key_7h2k4m6n8p0q2r4s"])
    name: str = Field(examples=["agents in production"])
    prefix: str = Field(examples=["vv_7h2k4m6n"])
    rights: list[str] = Field(examples=[["sessions"]])
    state: Literal["good", "expired", "revoked"]
    created_at: datetime.datetime
    expires_at: datetime.datetime | None
    used_at: datetime.datetime | None = Field(description="To the minute.")


class SecretMade(SecretShown):
    """A new secret, whole."""

    secret: str = Field(description="Shown this once.", examples=["vv_7h2k4m6n_…"])


@router.post("", status_code=201)
async def make(caller: Developer, form: SecretForm) -> SecretMade:
    """Make an API secret. It is shown in this answer and never again."""
    secret, prefix = new_secret()
    now = caller.cloud.now()
    row = ApiSecret(
        id=ids.new_id("key"), name=form.name, prefix=prefix, digest=digest(secret),
        rights=sorted(set(form.rights)), created_by=caller.actor, created_at=now,
        expires_at=now + datetime.timedelta(days=form.days) if form.days else None,
    )  # fmt: skip
    async with caller.write() as db:
        db.add(row)
        db.add(caller.audit("secret.created", row.id, name=row.name, rights=row.rights))
    return SecretMade(**_shown(row, now).model_dump(), secret=secret)


@router.get("")
async def secrets(caller: Developer, cursor: Cursor = None, limit: Limit = 50) -> Page[SecretShown]:
    """All API secrets, also those that are revoked."""
    async with caller.read() as db:
        rows, further = await page(db, select(ApiSecret), ApiSecret, cursor, limit)
    now = caller.cloud.now()
    return Page(items=[_shown(row, now) for row in rows], next=further)


@router.get("/{secret_id}")
async def secret(secret_id: SecretId, caller: Developer) -> SecretShown:
    """One of them."""
    async with caller.read() as db:
        row = await find(db, ApiSecret, secret_id, "secret")
    return _shown(row, caller.cloud.now())


@router.patch("/{secret_id}")
async def rename(secret_id: SecretId, caller: Developer, form: SecretChange) -> SecretShown:
    """Call it something else."""
    async with caller.write() as db:
        row = await find(db, ApiSecret, secret_id, "secret")
        db.add(caller.audit("secret.renamed", row.id, before=row.name, after=form.name))
        row.name = form.name
    return _shown(row, caller.cloud.now())


@router.post("/{secret_id}/revoke")
async def revoke(secret_id: SecretId, caller: Developer) -> SecretShown:
    """Revoke it: from now on it is refused, everywhere."""
    now = caller.cloud.now()
    async with caller.write() as db:
        row = await find(db, ApiSecret, secret_id, "secret")
        mark_revoked(row, now)
        db.add(caller.audit("secret.revoked", row.id, name=row.name))
    return _shown(row, now)


def _shown(row: ApiSecret, now: datetime.datetime) -> SecretShown:
    expired = row.expires_at is not None and row.expires_at <= now
    state: Literal["good", "expired", "revoked"] = "expired" if expired else "good"
    return SecretShown(
        id=row.id, name=row.name, prefix=f"vv_{row.prefix}", rights=row.rights,
        state="revoked" if row.revoked_at is not None else state, created_at=row.created_at,
        expires_at=row.expires_at, used_at=row.used_at,
    )  # fmt: skip
