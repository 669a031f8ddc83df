"""What a worker needs to know of a LiveKit token.

Comes in: a token. Goes out: :class:`RoomToken`, or what it lacks.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from visavis.live.token import ON_BEHALF, claims
from visavis.serve.refusal import Refused, bad_request

LONGEST = 64_000


@dataclass(frozen=True, slots=True)
class RoomToken:
    """A token's claims, as far as a worker uses them.

    Attributes:
        identity: who joins.
        room: where.
        agent: identity of the agent it speaks for, "" if none is named.
        expires: seconds since 1970.
    """

    identity: str
    room: str
    agent: str
    expires: float


def read_token(token: str, now: float | None = None) -> RoomToken:
    """Read a token's claims.

    Args:
        token: three parts of base64 with dots between.
        now: seconds since 1970; None: now.

    Raises:
        Refused: no token, one that joins no room, or an expired one. Never quotes it.
    """
    try:
        if len(token) > LONGEST:
            raise ValueError
        said = claims(token)
        grants = said.get("video") or {}
        identity, room = said.get("sub"), grants.get("room")
        joins = grants.get("roomJoin")
        agent = (said.get("attributes") or {}).get(ON_BEHALF, "")
        expires = float(said.get("exp", math.inf))
    except (ValueError, AttributeError, TypeError):
        raise bad_request("livekit_token is no LiveKit token (a JWT with grants)") from None
    if not isinstance(identity, str) or not identity:
        raise bad_request("livekit_token names no identity")
    if not joins or not isinstance(room, str) or not room:
        raise bad_request("livekit_token lacks the grant to join a room (roomJoin and room)")
    if not expires > (time.time() if now is None else now):
        raise Refused(400, "token_expired", "livekit_token has expired; mint a new one")
    return RoomToken(identity, room, agent if isinstance(agent, str) else "", expires)
