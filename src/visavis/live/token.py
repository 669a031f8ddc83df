"""What a LiveKit token says about itself. Whether it is good, the LiveKit server says.

Comes in: a token. Goes out: its claims. Needs nothing of LiveKit's.
"""

from __future__ import annotations

import base64
import json
import math
from typing import Any

ON_BEHALF = "lk.publish_on_behalf"
"""Attribute of an avatar's token: identity of the agent that it speaks for."""


def claims(token: str) -> dict[str, Any]:
    """A token's claims, unchecked.

    Args:
        token: three parts of base64 with dots between.

    Raises:
        ValueError: it is no such thing. Never quotes it.
    """
    try:
        _, payload, _ = token.split(".")
        found = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, RecursionError):
        raise ValueError("no token") from None
    if not isinstance(found, dict):
        raise ValueError("no token")
    return found


def expires(token: str) -> float:
    """When a token does, seconds since 1970; infinity: never, or it is no token."""
    try:
        return float(claims(token).get("exp", math.inf))
    except (ValueError, TypeError):
        return math.inf


def on_behalf(token: str) -> str | None:
    """The agent that a token names; None: none, or it is no token."""
    try:
        agent = (claims(token).get("attributes") or {}).get(ON_BEHALF)
    except (ValueError, AttributeError):
        return None
    return agent if isinstance(agent, str) and agent else None
