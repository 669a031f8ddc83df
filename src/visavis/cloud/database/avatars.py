"""Tables of avatars and of the jobs that make them.

Comes in: nothing. Goes out: table classes; the files themselves are in the store of files.
"""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from visavis.cloud.database.base import Base, Created, Id, Moment, Name, OrgOwned, Short

Visibility = Literal["private", "unlisted", "public"]
Status = Literal["making", "ready", "failed"]
JobState = Literal["waiting", "running", "done", "failed"]


class Avatar(OrgOwned, Base):
    """An avatar.

    Attributes:
        id: ``A1B2C3D4E5``.
        status: "making", "ready" or "failed".
        kind: "photo", "drawn" …, as its file says.
        visibility: "private"; "unlisted": whoever knows the id may use it; "public": in the
            gallery.
        licence: of the picture, as its giver said.
        consent: of the person shown: "own_likeness", "written_consent", "public_licence",
            "no_person".
        file_key, preview_key: names in the store of files.
        size: bytes of the file.
        sha256: of the file, hex.
    """

    __tablename__ = "avatar"
    __table_args__ = (
        Index("ix_avatar_org_id_created_at_id", "org_id", "created_at", "id"),
        Index("ix_avatar_visibility_created_at_id", "visibility", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(String(10), primary_key=True)
    name: Mapped[Name]
    description: Mapped[str] = mapped_column(Text, default="")
    search: Mapped[str] = mapped_column(Text, default="")
    visibility: Mapped[Visibility] = mapped_column(String(10), default="private")
    status: Mapped[Status] = mapped_column(String(10), default="making")
    kind: Mapped[str] = mapped_column(String(16), default="")
    licence: Mapped[str] = mapped_column(Text, default="")
    consent: Mapped[str] = mapped_column(String(32), default="")
    consent_note: Mapped[str] = mapped_column(Text, default="")
    consent_by: Mapped[str | None] = mapped_column(String(64))
    consent_at: Mapped[Moment | None]
    source: Mapped[str] = mapped_column(Text, default="")
    file_key: Mapped[str] = mapped_column(String(200), default="")
    preview_key: Mapped[str] = mapped_column(String(200), default="")
    size: Mapped[int] = mapped_column(BigInteger, default=0)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    cloned_from: Mapped[str | None] = mapped_column(String(10))
    created_by: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[Created]
    updated_at: Mapped[Created]


class AvatarTag(OrgOwned, Base):
    """A word under which an avatar is found."""

    __tablename__ = "avatar_tag"

    avatar_id: Mapped[str] = mapped_column(
        String(10), ForeignKey("avatar.id", ondelete="CASCADE"), primary_key=True
    )
    tag: Mapped[str] = mapped_column(String(40), primary_key=True, index=True)


class Job(OrgOwned, Base):
    """Work that outlives its request, such as building an avatar.

    Attributes:
        state: "waiting", "running", "done" or "failed".
        step: what is being done, for people; progress: how much of all, 0..1.
        input: names in the store of files, and options; emptied when it is over.
        claimed_until: until then the process `claimed_by` works on it; later anybody may.
    """

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_state_created_at", "state", "created_at"),)

    id: Mapped[Id]
    kind: Mapped[Short]
    state: Mapped[JobState] = mapped_column(String(10), default="waiting")
    step: Mapped[Name] = mapped_column(default="")
    progress: Mapped[float] = mapped_column(default=0.0)
    avatar_id: Mapped[str | None] = mapped_column(
        String(10), ForeignKey("avatar.id", ondelete="CASCADE"), index=True
    )
    input: Mapped[dict[str, Any]] = mapped_column(default=dict)
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
    code: Mapped[Short] = mapped_column(default="")
    error: Mapped[str] = mapped_column(Text, default="")
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[str | None] = mapped_column(String(64))
    claimed_until: Mapped[Moment | None]
    created_at: Mapped[Created]
    started_at: Mapped[Moment | None]
    ended_at: Mapped[Moment | None]
