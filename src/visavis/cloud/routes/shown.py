"""Avatars and jobs as the API shows them. Comes in: rows. Goes out: answers with examples."""

from __future__ import annotations

import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from visavis.cloud.database import Avatar, AvatarTag, Job
from visavis.cloud.database.avatars import Visibility
from visavis.cloud.texts import Line, Lines, Name, Tag

Consent = Literal["own_likeness", "written_consent", "public_licence", "no_person"]
Visible = Visibility
Tags = list[Tag]
CONSENT = """\
What allows the use of the likeness. own_likeness: it is me; written_consent: the person shown
agreed in writing; public_licence: the picture's licence allows it; no_person: nobody real."""


class AvatarForm(BaseModel):
    """What is said about a new avatar."""

    name: Name = Field(examples=["Ada"])
    consent: Consent = Field(description=CONSENT, examples=["no_person"])
    consent_note: Line = Field("", description="Who agreed, when.", examples=[""])
    licence: Line = Field("", description="Of the picture.", examples=["CC0"])
    source: Line = Field("", description="Where the picture is from.", examples=[""])
    description: Lines = Field("", examples=["Explains engines."])
    visibility: Visible = Field(
        "private", description="unlisted: whoever knows the id; public: in the gallery."
    )
    tags: Tags = Field(default_factory=list, max_length=20, examples=[["drawn", "friendly"]])


class AvatarChange(BaseModel):
    """What to change about an avatar; what is left out stays."""

    name: Name | None = Field(None, examples=["Ada"])
    description: Lines | None = Field(None, examples=["Explains engines."])
    visibility: Visible | None = Field(None, examples=["public"])
    tags: Tags | None = Field(None, max_length=20, examples=[["drawn"]])


class CloneForm(BaseModel):
    """What the copy is called."""

    name: Name | None = Field(None, description="null: as the first.", examples=["Ada II"])


class JobShown(BaseModel):
    """Work that outlives its request."""

    id: str = Field(examples=["job_7h2k4m6n8p0q2r4s"])
    kind: str = Field(examples=["make_avatar"])
    state: Literal["waiting", "running", "done", "failed"] = Field(examples=["running"])
    step: str = Field(description="What is being done.", examples=["finding the face"])
    progress: float = Field(description="Of all of it, 0 to 1.", examples=[0.4])
    avatar_id: str | None = Field(examples=["A1B2C3D4E5"])
    result: dict[str, Any] = Field(examples=[{"warnings": []}])
    code: str = Field(description="Why it failed, for programs.", examples=[""])
    error: str = Field(description="Why it failed, for people.", examples=[""])
    created_at: datetime.datetime
    ended_at: datetime.datetime | None


class AvatarShown(BaseModel):
    """An avatar."""

    id: str = Field(examples=["A1B2C3D4E5"])
    name: str = Field(examples=["Ada"])
    description: str = Field(examples=["Explains engines."])
    status: Literal["making", "ready", "failed"] = Field(examples=["ready"])
    kind: str = Field(description="photo or drawn.", examples=["drawn"])
    visibility: Visible = Field(examples=["private"])
    tags: list[str] = Field(examples=[["drawn"]])
    licence: str = Field(examples=["CC0"])
    consent: str = Field(examples=["no_person"])
    source: str = Field(examples=[""])
    size: int = Field(description="Of its file, bytes.", examples=[312840])
    sha256: str = Field(description="Of its file, hex.")
    cloned_from: str | None = Field(examples=[None])
    created_at: datetime.datetime
    updated_at: datetime.datetime
    file: str = Field(description="Address of the .imx file.")
    preview: str = Field(description="Address of a picture, WebP.")


class AvatarMaking(BaseModel):
    """An avatar that is being made, and the job that does it."""

    avatar: AvatarShown
    job: JobShown


async def shown(db: AsyncSession, rows: list[Avatar], base: str) -> list[AvatarShown]:
    """Avatars with their tags.

    Args:
        db: a session that sees them.
        rows: which.
        base: address under which their files are: ``/v1/avatars`` or ``/v1/gallery``.
    """
    tags: dict[str, list[str]] = {row.id: [] for row in rows}
    found = await db.execute(
        select(AvatarTag.avatar_id, AvatarTag.tag)
        .where(AvatarTag.avatar_id.in_(list(tags)))
        .order_by(AvatarTag.tag)
    )
    for avatar_id, tag in found:
        tags[avatar_id].append(tag)
    return [
        AvatarShown(
            id=row.id, name=row.name, description=row.description, status=row.status,
            kind=row.kind, visibility=row.visibility, tags=tags[row.id], licence=row.licence,
            consent=row.consent, source=row.source, size=row.size, sha256=row.sha256,
            cloned_from=row.cloned_from, created_at=row.created_at, updated_at=row.updated_at,
            file=f"{base}/{row.id}/file", preview=f"{base}/{row.id}/preview",
        )
        for row in rows
    ]  # fmt: skip


def shown_job(row: Job) -> JobShown:
    """A job."""
    return JobShown(
        id=row.id, kind=row.kind, state=row.state, step=row.step, progress=row.progress,
        avatar_id=row.avatar_id, result=row.result or {}, code=row.code, error=row.error,
        created_at=row.created_at, ended_at=row.ended_at,
    )  # fmt: skip
