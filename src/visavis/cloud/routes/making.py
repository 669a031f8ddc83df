"""New avatars.

Comes in: a picture or an ``.imx`` file, by upload or by its address. Goes out: an avatar that is
being made, and the job that does it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, UploadFile
from pydantic import Field, ValidationError
from sqlalchemy import select

from visavis.cloud.caller import Caller, needs
from visavis.cloud.database import Job
from visavis.cloud.finding import find
from visavis.cloud.idempotency import IdempotentRoute
from visavis.cloud.making.submission import About, submit
from visavis.cloud.paging import Cursor, Limit, Page, page
from visavis.cloud.problems import Problem
from visavis.cloud.routes.shown import (
    CONSENT,
    AvatarForm,
    AvatarMaking,
    Consent,
    JobShown,
    Visible,
    shown,
    shown_job,
)
from visavis.cloud.texts import path_id

router = APIRouter(prefix="/v1", tags=["avatars"], route_class=IdempotentRoute)
Maker = Annotated[Caller, needs("avatars")]
Reader = Annotated[Caller, needs("read", "avatars")]


class AddressForm(AvatarForm):
    """A new avatar from an address."""

    address: str = Field(
        max_length=2000, pattern=r"^https?://[^\s\x00-\x1f]+$",
        description="Of a picture or an .imx file, in the open internet.",
        examples=["https://example.org/ada.jpg"],
    )  # fmt: skip
    face: int = Field(1, ge=1, le=50, description="Which, where there are several; 1: largest.")
    landmarks: dict[str, Any] | None = Field(
        None, description="Points placed by hand, for drawings.", examples=[None]
    )


@router.post("/avatars", status_code=202)
async def make(caller: Maker, form: AddressForm) -> AvatarMaking:
    """Make an avatar from what lies at an address. Look at its job for how far it is."""
    if caller.cloud.settings.downloads == "none":
        raise Problem(403, "no_downloads", "Nothing is fetched here.", "Upload the file.")
    said = form.model_dump(exclude={"address"})
    return await _submitted(caller, About(**said), address=form.address)


@router.post("/avatars/upload", status_code=202)
async def upload(
    caller: Maker,
    file: Annotated[UploadFile, File(description="A picture, or an .imx file.")],
    name: Annotated[str, Form(examples=["Ada"])],
    consent: Annotated[Consent, Form(description=CONSENT)],
    consent_note: Annotated[str, Form()] = "",
    licence: Annotated[str, Form()] = "",
    source: Annotated[str, Form()] = "",
    description: Annotated[str, Form()] = "",
    visibility: Annotated[Visible, Form()] = "private",
    tags: Annotated[str, Form(description="With commas between.")] = "",
    face: Annotated[int, Form(ge=1, le=50)] = 1,
    landmarks: Annotated[str, Form(description="JSON; see /docs of building.")] = "",
) -> AvatarMaking:
    """Make an avatar from a picture or an .imx file."""
    form = _checked(
        name=name, consent=consent, consent_note=consent_note, licence=licence, source=source,
        description=description, visibility=visibility,
        tags=[tag for tag in tags.split(",") if tag.strip()],
    )  # fmt: skip
    about = About(**form.model_dump(), face=face, landmarks=_points(landmarks))
    most = int(caller.cloud.settings.upload_mb * 1e6)
    if (file.size or 0) > most:
        raise Problem(413, "too_large", f"More than {most / 1e6:g} MB.", "Send a smaller picture.")
    if not file.size:
        raise Problem(422, "empty", "The file is empty.")
    spooled = getattr(file.file, "name", None)  # large ones lie on disk already
    held = Path(spooled) if isinstance(spooled, str) and Path(spooled).is_file() else None
    return await _submitted(caller, about, file=held or await file.read())


@router.get("/jobs")
async def jobs(caller: Reader, cursor: Cursor = None, limit: Limit = 50) -> Page[JobShown]:
    """Jobs, newest first."""
    async with caller.read() as db:
        rows, further = await page(db, select(Job), Job, cursor, limit)
    return Page(items=[shown_job(row) for row in rows], next=further)


@router.get("/jobs/{job_id}")
async def job(job_id: Annotated[str, path_id("job")], caller: Reader) -> JobShown:
    """How far a job is."""
    async with caller.read() as db:
        row = await find(db, Job, job_id, "job")
    return shown_job(row)


async def _submitted(
    caller: Caller, about: About, file: Path | bytes | None = None, address: str = ""
) -> AvatarMaking:
    about.tags[:] = sorted(set(about.tags))
    avatar, entered = await submit(caller, about, file=file, address=address)
    async with caller.read() as db:
        made = await shown(db, [avatar], "/v1/avatars")
    return AvatarMaking(avatar=made[0], job=shown_job(entered))


def _checked(**said: Any) -> AvatarForm:
    try:
        return AvatarForm(**said)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = "/".join(str(part) for part in first["loc"])
        raise Problem(422, "invalid", f"{where}: {first['msg']}") from None


def _points(text: str) -> dict[str, Any] | None:
    if not text:
        return None
    try:
        points = json.loads(text)
        # Only what any JSON column keeps: no halves of characters, no NUL, no NaN.
        kept = json.dumps(points, allow_nan=False)
        if not isinstance(points, dict) or "\\u0000" in kept or "\\ud" in kept:
            raise ValueError
        return points
    except (ValueError, RecursionError):
        raise Problem(422, "invalid", "landmarks: no JSON object.", "See docs/build.md.") from None
