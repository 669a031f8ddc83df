"""What a cloud answers. Comes in: JSON. Goes out: checked values; what is unknown is left out."""

from __future__ import annotations

import datetime
from typing import Any

from pydantic import BaseModel, Field


class CloudAvatar(BaseModel):
    """An avatar in a cloud.

    Attributes:
        id: as agents name it, ``A1B2C3D4E5``.
        status: "making", "ready" or "failed".
        visibility: "private", "unlisted" or "public".
        size: of its file, bytes.
        sha256: of its file, hex.
        file: address of its ``.imx`` file within the cloud.
    """

    id: str
    name: str
    description: str = ""
    status: str
    kind: str = ""
    visibility: str
    tags: list[str] = []
    licence: str = ""
    consent: str = ""
    size: int = 0
    sha256: str = ""
    file: str
    created_at: datetime.datetime


class CloudEmbed(BaseModel):
    """A token that lets pages of some sites show an avatar and talk to it.

    Attributes:
        id: names it, when it is to be revoked.
        origins: the sites.
        state: "good", "expired" or "revoked".
        minutes: of one talk, at most.
        total_minutes: of all talks together, at most; None: no limit.
        used_seconds: of talks so far.
        token: whole, where it was just made; else "".
        page: address for a frame, where it was just made; else "".
        html: two lines for a page that show it, where it was just made; else "".
    """

    id: str
    name: str = ""
    avatar_id: str
    origins: list[str] = []
    state: str
    minutes: int = 0
    total_minutes: int | None = None
    used_seconds: int = 0
    token: str = Field(default="", repr=False)
    page: str = Field(default="", repr=False)
    html: str = Field(default="", repr=False)
    created_at: datetime.datetime
    expires_at: datetime.datetime


class Job(BaseModel):
    """Work that a cloud does for one.

    Attributes:
        state: "waiting", "running", "done" or "failed".
        step: what is being done.
        progress: of all of it, 0 to 1.
        error: why it failed.
        result: what came of it, such as ``warnings`` about the picture.
    """

    id: str
    state: str
    step: str = ""
    progress: float = 0.0
    avatar_id: str | None = None
    code: str = ""
    error: str = ""
    result: dict[str, Any] = {}


class CloudSession(BaseModel):
    """An avatar in a room, from launch to leave.

    Attributes:
        state: "waiting", "joining", "running" or "ended".
        reason: why it has ended.
        seconds: counted so far.
        micro_credits: that they cost, millionths of a credit.
    """

    id: str
    state: str
    reason: str = ""
    avatar_id: str | None = None
    room: str = ""
    identity: str = ""
    seconds: int = 0
    micro_credits: int = 0
    created_at: datetime.datetime
