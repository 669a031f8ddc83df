"""Tables of who is who: accounts, organisations, members, log-ins, API secrets.

Comes in: nothing. Goes out: table classes. No password and no token is in them, only hashes.
"""

from __future__ import annotations

import datetime
from typing import Literal

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from visavis.cloud.database.base import (
    AccountOwned,
    Base,
    Created,
    Id,
    Moment,
    Name,
    Operators,
    OrgOwned,
    Short,
    UtcTime,
)

Role = Literal["owner", "developer", "billing"]


class Organisation(Base):
    """Whose avatars, secrets and bills they are. Its id is what tenants are told apart by.

    Attributes:
        suspended_at: by the operator: nothing can be launched or made.
    """

    __tablename__ = "organisation"

    id: Mapped[Id]
    name: Mapped[Name]
    created_at: Mapped[Created]
    suspended_at: Mapped[Moment | None]


class Account(Base):
    """A person who logs in.

    Attributes:
        email: in small letters.
        password: argon2 hash.
        is_admin: operates this cloud.
        failures: wrong passwords in a row; locked_until: what comes of many.
    """

    __tablename__ = "account"

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[Name]
    password: Mapped[str] = mapped_column(String(200))
    is_admin: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[Created]
    disabled_at: Mapped[Moment | None]
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[Moment | None]


class Membership(Base):
    """An account in an organisation. Seen by both."""

    __tablename__ = "membership"

    org_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("organisation.id", ondelete="CASCADE"), primary_key=True
    )
    account_id: Mapped[str] = mapped_column(
        String(32), ForeignKey("account.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[Created]


class Invitation(OrgOwned, Base):
    """Somebody asked to join; whoever has the token may, once."""

    __tablename__ = "invitation"

    id: Mapped[Id]
    email: Mapped[str] = mapped_column(String(254))
    role: Mapped[str] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    invited_by: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[Created]
    expires_at: Mapped[Moment]
    used_at: Mapped[Moment | None]


class SetupLink(Operators, Base):
    """The one-time link of the first start."""

    __tablename__ = "setup_link"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[Created]
    used_at: Mapped[Moment | None]


class Login(AccountOwned, Base):
    """A browser that is logged in; gone when it logs out.

    Attributes:
        digest: SHA-256 of the cookie's token.
        csrf: the token that forms and scripts of our own pages send along.
        org_id: the organisation it looks at.
    """

    __tablename__ = "login"

    id: Mapped[Id]
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    csrf: Mapped[Short]
    org_id: Mapped[str | None] = mapped_column(
        String(32), ForeignKey("organisation.id", ondelete="SET NULL")
    )
    agent: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[Created]
    seen_at: Mapped[Created]
    expires_at: Mapped[Moment]


class ApiSecret(OrgOwned, Base):
    """An API secret: ``vv_`` + prefix + ``_`` + the rest; only its hash is here.

    Attributes:
        prefix: finds it; shown in lists.
        digest: SHA-256 of the whole, hex.
        rights: of "sessions", "avatars" and "read".
    """

    __tablename__ = "api_secret"
    __table_args__ = (
        UniqueConstraint("prefix"),
        Index("ix_api_secret_org_id_created_at_id", "org_id", "created_at", "id"),
    )

    id: Mapped[Id]
    name: Mapped[Name]
    prefix: Mapped[str] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(64))
    rights: Mapped[list[str]]
    created_by: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[Created]
    expires_at: Mapped[Moment | None]
    used_at: Mapped[datetime.datetime | None] = mapped_column(UtcTime())
    revoked_at: Mapped[Moment | None]
