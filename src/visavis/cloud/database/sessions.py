"""Tables of what runs: sessions in rooms, the workers that carry them, who looks after those.

Comes in: nothing. Goes out: table classes.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from visavis.cloud.database.base import Base, Created, Id, Moment, Operators, OrgOwned, Short


class LiveSession(OrgOwned, Base):
    """An avatar in a room or on an embedding page, from launch to leave.

    Attributes:
        embed_id: of the token that a page talks with; None: it is in a room.
        state: "waiting", "joining", "running", "ended".
        wanted: the avatar as it was asked for, see `LaunchRequest.avatar`.
        token: the avatar's LiveKit token, sealed; "" as soon as the session has ended.
        reason: why it ended.
        placement: counts up with each worker that gets it.
        sequence: of its last entry in the ledger.
        seconds: entered there so far; base_seconds: of them, under workers before this one.
        sixtieths: of a micro-credit, that those seconds cost: exact, where entries are rounded.
        room_key: hash of server, room and identity; one open session has it.
        limit_seconds: after which it is ended.
    """

    __tablename__ = "session"
    __table_args__ = (
        Index("ix_session_org_id_created_at_id", "org_id", "created_at", "id"),
        Index("ix_session_state_heartbeat_at", "state", "heartbeat_at"),
    )

    id: Mapped[Id]
    secret_id: Mapped[str | None] = mapped_column(String(32), index=True)
    account_id: Mapped[str | None] = mapped_column(String(32))
    embed_id: Mapped[str | None] = mapped_column(String(32), index=True)
    avatar_id: Mapped[str | None] = mapped_column(String(10), index=True)
    wanted: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    reason: Mapped[str] = mapped_column(Text, default="")
    livekit_url: Mapped[str] = mapped_column(Text, default="")
    room: Mapped[str] = mapped_column(Text, default="")
    identity: Mapped[str] = mapped_column(Text, default="")
    agent: Mapped[str] = mapped_column(Text, default="")
    room_key: Mapped[str] = mapped_column(String(64), default="", index=True)
    token: Mapped[str] = mapped_column(Text, default="")
    worker_id: Mapped[str | None] = mapped_column(String(64), index=True)
    task_id: Mapped[Short] = mapped_column(default="")
    placement: Mapped[int] = mapped_column(default=0)
    sequence: Mapped[int] = mapped_column(default=0)
    seconds: Mapped[int] = mapped_column(default=0)
    base_seconds: Mapped[int] = mapped_column(default=0)
    sixtieths: Mapped[int] = mapped_column(BigInteger, default=0)
    limit_seconds: Mapped[int] = mapped_column(default=0)
    figures: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[Created]
    joined_at: Mapped[Moment | None]
    heartbeat_at: Mapped[Moment | None]
    ended_at: Mapped[Moment | None]


class Worker(Operators, Base):
    """A process that carries sessions.

    Attributes:
        state: "starting", "ready", "draining", "gone".
        capacity: sessions at most; taken: now.
        start: counts up with each start of its process.
    """

    __tablename__ = "worker"

    id: Mapped[Id]
    engine: Mapped[Short]
    address: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(10), default="starting")
    capacity: Mapped[int] = mapped_column(default=0)
    taken: Mapped[int] = mapped_column(default=0)
    start: Mapped[int] = mapped_column(default=0)
    version: Mapped[Short] = mapped_column(default="")
    created_at: Mapped[Created]
    seen_at: Mapped[Created]


class Lease(Operators, Base):
    """Work that one process at a time does, and which one, as long as it says so again.

    Attributes:
        id: of the work.
        holder: the process: a random name, "": nobody.
        until: for how long it has it.
    """

    __tablename__ = "lease"

    id: Mapped[Id]
    holder: Mapped[Short] = mapped_column(default="")
    until: Mapped[Moment]
