"""Tables of running it: the audit log, answers kept for repeated requests, embed tokens.

Comes in: nothing. Goes out: table classes.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from visavis.cloud.database.base import (
    Base,
    Created,
    Id,
    Moment,
    Name,
    OrgOwned,
    Serial,
    Short,
)


class AuditEntry(Base):
    """Who changed what. Its organisation sees it, and keeps it even when the account is gone.

    Attributes:
        org_id: None: the operator's own.
        actor: id of an account or a secret, or "system".
        action: "secret.created" …
        target: id of what was changed.
        detail: never holds a secret.
    """

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_org_id_at", "org_id", "at"),)

    id: Mapped[Serial]
    org_id: Mapped[str | None] = mapped_column(
        String(32), ForeignKey("organisation.id", ondelete="CASCADE")
    )
    actor: Mapped[Short]
    action: Mapped[Short]
    target: Mapped[Short] = mapped_column(default="")
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    address: Mapped[Short] = mapped_column(default="")
    at: Mapped[Created]


class IdempotentAnswer(OrgOwned, Base):
    """What a request with an ``Idempotency-Key`` was answered, kept for a day.

    Attributes:
        id: hash of organisation, caller, route and key.
        fingerprint: hash of the request's body: the same key with another body is refused.
        status: 0 as long as it is being answered.
    """

    __tablename__ = "idempotent_answer"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[int] = mapped_column(default=0)
    media_type: Mapped[Short] = mapped_column(default="")
    body: Mapped[bytes] = mapped_column(LargeBinary, default=b"")
    created_at: Mapped[Created]


class EmbedToken(OrgOwned, Base):
    """Lets the pages of some sites talk to one avatar for a while.

    Attributes:
        origins: of those sites, spaces between, as browsers name them.
        digest: SHA-256 of the whole token, hex.
        secret_id: of the API secret that made it, which carries its usage.
        account_id: of the person who made it, where no secret did.
        limit_seconds: of a talk.
        total_seconds: of all talks together; 0: no limit.
    """

    __tablename__ = "embed_token"
    __table_args__ = (Index("ix_embed_token_org_id_created_at_id", "org_id", "created_at", "id"),)

    id: Mapped[Id]
    name: Mapped[Name] = mapped_column(default="")
    avatar_id: Mapped[str] = mapped_column(
        String(10), ForeignKey("avatar.id", ondelete="CASCADE"), index=True
    )
    origins: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    secret_id: Mapped[str | None] = mapped_column(String(32))
    account_id: Mapped[str | None] = mapped_column(String(32))
    limit_seconds: Mapped[int] = mapped_column(default=300)
    total_seconds: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[Created]
    expires_at: Mapped[Moment]
    revoked_at: Mapped[Moment | None]
