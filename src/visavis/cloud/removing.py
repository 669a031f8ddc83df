"""Deletes for good, and says what went: rows, and the files that belong to them.

Comes in: an avatar, an organisation, an account. Goes out: :class:`Gone`. Files go after
their rows: one that is left behind belongs to nobody and cannot be reached.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from visavis.cloud.context import Cloud
from visavis.cloud.database import (
    Account,
    ApiSecret,
    AuditEntry,
    Avatar,
    AvatarTag,
    EmbedToken,
    Invoice,
    Job,
    LedgerEntry,
    LiveSession,
    Login,
    Membership,
    Organisation,
    Scope,
    WebhookEndpoint,
)
from visavis.cloud.problems import Problem
from visavis.cloud.sessions import ending
from visavis.cloud.usage.prices import price_list

_COUNTED = {
    "avatars": Avatar, "API secrets": ApiSecret, "jobs": Job, "sessions": LiveSession,
    "ledger entries": LedgerEntry, "invoices": Invoice, "webhooks": WebhookEndpoint,
}  # fmt: skip


class Gone(BaseModel):
    """What is gone."""

    gone: list[str] = Field(
        examples=[["avatar A1B2C3D4E5 (Ada)", "file avatar.imx, 312840 bytes", "2 tags"]]
    )


async def remove_avatar(cloud: Cloud, db: AsyncSession, avatar: Avatar) -> tuple[Gone, list[str]]:
    """Remove an avatar's rows.

    Args:
        cloud: where.
        db: a session that writes, in the scope of its owner.
        avatar: which.

    Returns:
        What went, and the names of files to remove with :func:`remove_files` afterwards.
    """
    gone = [f"avatar {avatar.id} ({avatar.name})"]
    for what, table, column in (
        ("tags", AvatarTag, AvatarTag.avatar_id),
        ("jobs", Job, Job.avatar_id),
        ("embed tokens", EmbedToken, EmbedToken.avatar_id),
    ):
        gone += _some(what, await _count(db, table, column == avatar.id))
    keys = [key for key in (avatar.file_key, avatar.preview_key) if key]
    if avatar.file_key:
        gone.append(f"file {avatar.file_key.rpartition('/')[2]}, {avatar.size} bytes")
    if avatar.preview_key:
        gone.append(f"file {avatar.preview_key.rpartition('/')[2]}")
    inputs = (await db.scalars(select(Job.input).where(Job.avatar_id == avatar.id))).all()
    keys += [str(given["key"]) for given in inputs if given.get("key")]
    await db.delete(avatar)
    return Gone(gone=gone), keys


async def remove_files(cloud: Cloud, keys: Sequence[str]) -> None:
    """Remove stored files; those that are not there are no matter."""
    for key in keys:
        await cloud.files.remove(key)


async def remove_organisation(cloud: Cloud, org_id: str) -> Gone:
    """Remove an organisation with everything it has; sessions that are open are ended."""
    within = Scope.organisation(org_id)
    await _end_sessions(cloud, org_id)
    gone: list[str] = []
    keys: list[str] = []
    async with cloud.database.write(within) as db:
        organisation = await db.get(Organisation, org_id)
        if organisation is None:
            return Gone(gone=[])
        gone.append(f"organisation {organisation.name}")
        for what, table in _COUNTED.items():
            gone += _some(what, await _count(db, table))
        for first, second in await db.execute(select(Avatar.file_key, Avatar.preview_key)):
            keys += [key for key in (first, second) if key]
        inputs = (await db.scalars(select(Job.input))).all()
        keys += [str(given["key"]) for given in inputs if given.get("key")]
        await db.delete(organisation)
    await remove_files(cloud, keys)
    gone += _some("files", len(keys))
    return Gone(gone=gone)


async def _end_sessions(cloud: Cloud, org_id: str) -> None:
    """Give places back; the keeper then stops what has no session."""
    async with cloud.database.read(Scope.organisation(org_id)) as db:
        found = await db.scalars(select(LiveSession.id).where(LiveSession.state != "ended"))
    for session_id in found.all():
        async with cloud.database.write(ending.SYSTEM) as db:
            session = await ending.hold(db, session_id)
            if session is not None:
                reason = "its organisation was deleted"
                await ending.end(db, session, reason, cloud.now(), await price_list(db))


async def remove_account(cloud: Cloud, account_id: str) -> Gone:
    """Remove an account, and the organisations that nobody else is in.

    Raises:
        Problem: 409, it is the last owner of an organisation with other members.
    """
    async with cloud.database.read(Scope.account(account_id)) as db:
        roles = {one.org_id: one.role for one in (await db.scalars(select(Membership))).all()}
    alone: list[str] = []
    for org_id, role in roles.items():
        async with cloud.database.read(Scope.organisation(org_id)) as db:
            others = (
                await db.scalars(select(Membership).where(Membership.account_id != account_id))
            ).all()
        if not others:
            alone.append(org_id)
        elif role == "owner" and not any(one.role == "owner" for one in others):
            raise Problem(409, "last_owner", "You are the last owner of an organisation that has "
                          "other members.", "Make another member an owner first.")  # fmt: skip
    gone: list[str] = []
    for org_id in alone:
        gone += (await remove_organisation(cloud, org_id)).gone
    async with cloud.database.write(Scope.account(account_id)) as db:
        gone += _some("log-ins", await _count(db, Login))
        gone += _some("memberships", len(roles) - len(alone))
        await db.execute(delete(Account))
    async with cloud.database.write(Scope.system("audit of an account")) as db:
        db.add(AuditEntry(actor=account_id, action="account.deleted", target=account_id,
                          at=cloud.now()))  # fmt: skip
    return Gone(gone=["account", *gone])


async def _count(db: AsyncSession, table: Any, *where: Any) -> int:
    return await db.scalar(select(func.count()).select_from(table).where(*where)) or 0


def _some(what: str, count: int) -> list[str]:
    return [f"{count} {what}"] if count else []
