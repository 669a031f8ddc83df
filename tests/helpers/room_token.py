"""Tokens of LiveKit rooms, for servers that are not there. Comes in: names. Goes out: a JWT."""

from __future__ import annotations

import datetime

from livekit import api

_KEY, _SECRET = "key", "a secret of a server that is not there"
_NONE = datetime.timedelta(hours=1)


def room_token(
    room: str, identity: str = "avatar", agent: str = "agent", lasts: datetime.timedelta = _NONE
) -> str:
    """A token for an avatar."""
    return (
        api.AccessToken(_KEY, _SECRET)
        .with_identity(identity)
        .with_grants(api.VideoGrants(room_join=True, room=room))
        .with_attributes({"lk.publish_on_behalf": agent})
        .with_ttl(lasts)
        .to_jwt()
    )


def launch_form(room: str, avatar_id: str = "ada", **more: str) -> dict[str, str]:
    """Fields of a launch into a room of its own identity."""
    token = room_token(room, f"avatar-of-{room}")
    return {"livekit_url": "ws://rooms.test", "livekit_token": token, "avatar_id": avatar_id} | more
