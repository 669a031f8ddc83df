"""Directing an avatar from elsewhere in the room: gestures, emotions, states.

Comes in: RPCs of a front end, an agent or a tool, and what the agent says it does. Goes out: calls
of the session.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from livekit import rtc

from visavis.errors import InvalidOption, VisavisError
from visavis.live.options import Directors

if TYPE_CHECKING:
    from visavis.session import BaseSession

GESTURE = "visavis.gesture"
EMOTION = "visavis.emotion"
STATE = "visavis.state"
CONTEXT = "visavis.context"
"""Topic of a text stream to the agent: something it should know."""
METHODS = (GESTURE, EMOTION, STATE)

AGENT_STATE = "lk.agent.state"
"""Attribute of an agent's participant."""
_FOLLOWED = {"listening": "listening", "thinking": "thinking"}
"""The rest (initializing, idle, speaking) is left to what the sound tells."""


class Manner:
    """What the avatar does while it says nothing: as it was told, else as the agent does.

    Args:
        session: whose state it is.
        follow: whether to do as the agent does.
    """

    def __init__(self, session: BaseSession, follow: bool) -> None:
        self._session = session
        self._follow = follow
        self._told: str | None = None
        self._agent = "auto"

    def tell(self, state: str) -> None:
        """Do this: "idle", "listening", "thinking", "speaking"; "auto": as the agent does.

        Raises:
            InvalidOption: another word.
        """
        if state == "auto":
            self._told = None
            self._session.state = self._agent
        else:
            self._session.state = state
            self._told = state

    def agent_does(self, state: str) -> None:
        """The agent's own state, as LiveKit names it; other words mean nothing special."""
        if not self._follow or self._session.closed:
            return
        self._agent = _FOLLOWED.get(state, "auto")
        if self._told is None:
            self._session.state = self._agent


class Direction:
    """The RPCs :data:`METHODS` of one participant.

    Their payload is JSON, or just the name: ``nod`` or ``{"name": "nod", "strength": 0.8}``.

    Args:
        session: is directed.
        manner: takes states.
        directors: who may.
        agent: identity of the agent, as far as it is known.
    """

    def __init__(self, session: BaseSession, manner: Manner, directors: Directors) -> None:
        self.agent: str | None = None
        self._session = session
        self._manner = manner
        self._directors = directors

    def register(self, participant: rtc.LocalParticipant) -> None:
        """Take calls from now on."""
        for method in METHODS:
            participant.register_rpc_method(method, self._call)

    def unregister(self, participant: rtc.LocalParticipant) -> None:
        """Take none any more."""
        for method in METHODS:
            participant.unregister_rpc_method(method)

    def do(self, method: str, payload: str) -> None:
        """What a call asks for.

        Raises:
            InvalidOption: a payload, a name or a strength that is not possible.
        """
        wanted = _parse(payload)
        name, strength = wanted.get("name"), wanted.get("strength", 1.0)
        if not isinstance(name, str) or not name:
            raise InvalidOption(f'{method}: a name, or {{"name": …, "strength": …}}, is possible')
        if isinstance(strength, bool) or not isinstance(strength, (int, float)):
            raise InvalidOption(f"{method}: strength {strength!r} is no number")
        if method == GESTURE:
            self._session.gesture(name, float(strength))
        elif method == EMOTION:
            self._session.emotion(name, float(strength))
        else:
            self._manner.tell(name)

    async def _call(self, call: rtc.RpcInvocationData) -> str:
        if self._directors == "nobody" or (
            self._directors == "agent" and call.caller_identity != self.agent
        ):
            raise rtc.RpcError(
                rtc.RpcError.ErrorCode.APPLICATION_ERROR, "this avatar takes no directions from you"
            )
        try:
            self.do(call.method, call.payload)
        except VisavisError as error:
            raise rtc.RpcError(rtc.RpcError.ErrorCode.APPLICATION_ERROR, str(error)) from None
        return "ok"


def _parse(payload: str) -> dict[str, Any]:
    text = payload.strip()
    if text.startswith(("{", '"')):
        try:
            value = json.loads(text)
        except ValueError as error:
            raise InvalidOption("the payload is no JSON and no single word") from error
        if isinstance(value, dict):
            return {"name": value.get("name", value.get("state")), **value}
        text = str(value)
    return {"name": text}
