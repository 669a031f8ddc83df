"""A new avatar and the job that makes it, entered together.

Comes in: a caller, bytes or an address, what is said about it. Goes out: rows in the database.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError

from visavis.cloud import ids
from visavis.cloud.caller import Caller
from visavis.cloud.database import Avatar, AvatarTag, Job
from visavis.cloud.database.avatars import Visibility

KIND = "make_avatar"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What its giver says about an avatar.

    Attributes:
        name: its name.
        description: for people.
        visibility: who sees it.
        tags: words it is found by.
        licence: of the picture.
        consent: of the person shown, see `database/avatars.py`.
        consent_note: in their words: who, when.
        source: where the picture is from.
        face: which one, where there are several.
        landmarks: placed by hand, for drawings.
    """

    name: str
    consent: str
    description: str = ""
    visibility: Visibility = "private"
    tags: list[str] = field(default_factory=list)
    licence: str = ""
    consent_note: str = ""
    source: str = ""
    face: int = 1
    landmarks: dict[str, Any] | None = None


def searchable(name: str, description: str, tags: list[str]) -> str:
    """What a search looks into."""
    return "\n".join((name, description, *tags)).lower()


async def submit(
    caller: Caller, about: About, *, file: Path | bytes | None = None, address: str = ""
) -> tuple[Avatar, Job]:
    """Enter an avatar that is to be made.

    Args:
        caller: whose it will be.
        about: what is said about it.
        file: a picture or an ``.imx`` file.
        address: of one, to be fetched by the job.
    """
    cloud, now = caller.cloud, caller.cloud.now()
    job = Job(id=ids.new_id("job"), kind=KIND, created_at=now, input={
        "key": "", "address": address,
        "options": {
            "name": about.name, "licence": about.licence or None, "face": about.face,
            "consent": ": ".join(filter(None, (about.consent, about.consent_note))),
            "source": about.source or None, "landmarks": about.landmarks,
        },
    })  # fmt: skip
    if file is not None:
        job.input["key"] = f"uploads/{job.id}"
        await cloud.files.put(job.input["key"], file)
    try:
        avatar = await _enter(caller, about, job)
    except BaseException:
        if file is not None:
            await cloud.files.remove(job.input["key"])
        raise
    return avatar, job


async def _enter(caller: Caller, about: About, job: Job) -> Avatar:
    now = caller.cloud.now()
    for tries_left in reversed(range(5)):
        avatar = Avatar(
            id=ids.avatar_id(), name=about.name, description=about.description, status="making",
            search=searchable(about.name, about.description, about.tags),
            visibility=about.visibility, licence=about.licence, consent=about.consent,
            consent_note=about.consent_note, consent_by=caller.actor, consent_at=now,
            source=about.source, created_by=caller.actor, created_at=now, updated_at=now,
        )  # fmt: skip
        try:
            async with caller.write() as db:
                db.add(avatar)
                await db.flush()
                db.add_all([AvatarTag(avatar_id=avatar.id, tag=tag) for tag in about.tags])
                job.avatar_id = avatar.id
                db.add(job)
                db.add(caller.audit("avatar.created", avatar.id, name=avatar.name,
                                    consent=about.consent, licence=about.licence))  # fmt: skip
            return avatar
        except IntegrityError:  # the id was taken
            if not tries_left:
                raise
    raise AssertionError
