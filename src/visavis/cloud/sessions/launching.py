"""Launching a session: whether it may be, which avatar it is, a place for it.

Comes in: a caller and what they want. Goes out: a session that has a place, or a refusal: 402 what
may be spent is spent, 429 too many at once, 503 no place. The place, the row and all counts are one
transaction: it is there with all of them or not at all.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from visavis.cloud import ids
from visavis.cloud.caller import Caller
from visavis.cloud.context import Cloud
from visavis.cloud.database import (
    Avatar,
    LiveSession,
    Organisation,
    Plan,
    Scope,
    Subscription,
    Worker,
)
from visavis.cloud.engines.engine import Placement
from visavis.cloud.problems import Problem, not_found
from visavis.cloud.sessions import pictures, places, placing
from visavis.cloud.sessions.ending import SYSTEM
from visavis.cloud.usable import first_seen
from visavis.cloud.usage import budgets
from visavis.library import characters
from visavis.serve.fetching import is_public
from visavis.serve.launch_request import LaunchRequest
from visavis.serve.tokens import RoomToken, read_token

_ADDRESS = re.compile("https?://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Launched:
    """A session that has a place.

    Attributes:
        session: its row.
        worker: that has the place; None: it was launched before.
        placement: what that worker has to know.
    """

    session: LiveSession
    worker: Worker | None = None
    placement: Placement | None = None


async def launch(caller: Caller, wanted: LaunchRequest) -> Launched:
    """Make a session. The same launch again is answered with the session that there is.

    Args:
        caller: whose it is.
        wanted: what is asked for.

    Raises:
        Refused: it cannot be, with the reason.
    """
    cloud = caller.cloud
    engine = placing.engine_of(cloud)
    token = read_token(wanted.livekit_token)
    if wanted.room_name and wanted.room_name != token.room:
        raise Problem(400, "bad_request", "room_name is not the room that livekit_token is for.")
    if cloud.settings.rooms == "public":
        await _check_public(wanted.livekit_url)
    avatar = await _avatar(caller, wanted)
    key = _room_key(caller.org_id, wanted.livekit_url, token)
    # Looked at first without holding anything, so that a crowd that finds no place does not queue.
    async with cloud.database.read(SYSTEM) as db:
        before = await _open_one(db, key, wanted, token)
        if before is not None:
            return Launched(before)
        await budgets.check(cloud, db, caller.org_id)
        if not await places.free(db, engine.name):
            raise places.at_capacity()
    async with cloud.database.write(SYSTEM) as db:
        # Launches of one organisation go one after the other, so that its limits hold.
        await db.execute(
            select(Organisation.id)
            .where(Organisation.id == caller.org_id)
            .with_for_update(key_share=True)
        )
        before = await _open_one(db, key, wanted, token)
        if before is not None:
            return Launched(before)
        await check_limit(cloud, db, caller.org_id)
        worker = await places.take(db, engine.name)
        session = _row(caller, wanted, token, avatar, key, worker)
        db.add(session)
    if wanted.picture and engine.moves:
        cloud.begin(pictures.keep(cloud, session.id, wanted.picture))
    placement = Placement(
        session.task_id, wanted.livekit_url, wanted.livekit_token, token.room,
        avatar="" if avatar else wanted.avatar_id,
        file=avatar.file_key if avatar else "", sha256=avatar.sha256 if avatar else "",
        picture=wanted.picture, picture_url=wanted.picture_url,
    )  # fmt: skip
    return Launched(session, worker, placement)


def _row(
    caller: Caller, wanted: LaunchRequest, token: RoomToken, avatar: Avatar | None, key: str,
    worker: Worker,
) -> LiveSession:  # fmt: skip
    cloud = caller.cloud
    name = wanted.avatar_id
    builtin = name if avatar is None and name in characters() and len(name) <= 10 else None
    session = LiveSession(
        id=ids.new_id("ses"), org_id=caller.org_id, secret_id=caller.secret_id,
        account_id=caller.account_id, avatar_id=avatar.id if avatar else builtin,
        wanted=wanted.avatar, livekit_url=wanted.livekit_url, room=token.room,
        identity=token.identity, agent=token.agent, room_key=key,
        token=cloud.sealer.seal(wanted.livekit_token), worker_id=worker.id, placement=0,
        limit_seconds=60 * cloud.settings.session_minutes, created_at=cloud.now(),
    )  # fmt: skip
    session.task_id = placing.task_name(session)
    return session


async def _avatar(caller: Caller, wanted: LaunchRequest) -> Avatar | None:
    """The avatar asked for: one's own, one that others show, or none of the cloud's."""
    if wanted.picture or wanted.picture_url or _ADDRESS.match(wanted.avatar_id):
        return None
    if wanted.avatar_id in characters():
        return None
    found: Avatar | None = None
    if re.fullmatch(ids.AVATAR_ID, wanted.avatar_id):
        scopes = (caller.scope, Scope.gallery())
        found = await first_seen(caller.cloud, scopes, wanted.avatar_id)
    if found is None:
        raise not_found("avatar", wanted.avatar_id)
    if found.status != "ready":
        raise Problem(409, "not_ready", f"The avatar {found.id} is not ready: {found.status}.",
                      "Wait until its job is done.", retry_after=5)  # fmt: skip
    return found


async def _open_one(
    db: AsyncSession, key: str, wanted: LaunchRequest, token: RoomToken
) -> LiveSession | None:
    found: LiveSession | None = await db.scalar(
        select(LiveSession).where(
            LiveSession.room_key == key, LiveSession.state != "ended",
            LiveSession.wanted == wanted.avatar, LiveSession.agent == token.agent,
        ).limit(1)
    )  # fmt: skip
    return found


async def check_limit(cloud: Cloud, db: AsyncSession, org_id: str) -> None:
    """Let an organisation have one session more.

    Args:
        cloud: whose settings hold.
        db: of a system's scope, that holds the organisation's row.
        org_id: of the organisation.

    Raises:
        Problem: 429, it has as many as it may.
    """
    of_plan = await db.scalar(
        select(Plan.sessions)
        .join(Subscription, Subscription.plan_id == Plan.id)
        .where(Subscription.org_id == org_id, Subscription.until.is_(None))
        .limit(1)
    )
    most = of_plan or cloud.settings.sessions_each
    if not most:
        return
    running = await db.scalar(
        select(func.count()).where(LiveSession.org_id == org_id, LiveSession.state != "ended")
    )
    if int(running or 0) >= most:
        raise Problem(
            429, "too_many_sessions", f"{most} sessions at once are the most for you.",
            "Stop one, or choose a larger plan.", retry_after=10,
        )  # fmt: skip


def _room_key(org_id: str, url: str, token: RoomToken) -> str:
    text = "\0".join((org_id, url, token.room, token.identity))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


async def _check_public(url: str) -> None:
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Problem(422, "no_such_host", "The host of livekit_url is not known.") from None
    if not all(is_public(str(entry[4][0])) for entry in found):
        raise Problem(422, "private_room", "livekit_url leads into a private network.")
