"""One visitor: a motion stream over a WebSocket, and what the page asks for.

Comes in: JSON of the page. Goes out: packets at the clock. What is to be said is spoken by a voice,
sentence by sentence, a few seconds ahead of what is heard.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, Any

import numpy as np
from starlette.websockets import WebSocket

from visavis.agent.sentences import sentences, speakable
from visavis.errors import InvalidOption, VisavisError
from visavis.live.motion_socket import MotionSocket

if TYPE_CHECKING:
    from visavis.agent.voices import Voice
    from visavis.stream import MotionSession

AHEAD_S = 8.0
"""Speech kept ready beyond what is heard."""
BETWEEN_S = 0.18
"""Silence between two sentences: voices end theirs with next to none."""
MOST_WAITING = 200
"""Sentences that may wait; more are refused."""


class Visit:
    """One page that is connected.

    Args:
        socket: accepted.
        session: its motion stream, ended with the visit.
        voice: says what it asks for.
    """

    def __init__(self, socket: WebSocket, session: MotionSession, voice: Voice) -> None:
        self._socket = socket
        self._session = session
        self._voice = voice
        self._waiting: deque[str] = deque()
        self._speaking: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Until the page goes, or :meth:`close`."""
        try:
            await MotionSocket(self._socket, self._session, self._received).run()
        finally:
            self._session.close()
            await self._hush()

    def close(self) -> None:
        """End it."""
        self._session.close()

    async def _received(self, data: str | bytes) -> None:
        await self._asked(_message(data))

    async def _asked(self, asked: dict[str, Any]) -> None:
        match asked["type"]:
            case "say":
                self.say(_text(asked, "text"))
            case "interrupt":
                await self._hush()
                self._session.interrupt()
            case "state":
                self._session.state = _text(asked, "state")
            case "gesture":
                self._session.gesture(_text(asked, "name"))
            case "hello":
                self._session.greet()

    def say(self, text: str) -> None:
        """Say this after what is being said.

        Raises:
            InvalidOption: too much waits to be said already.
        """
        more = sentences(speakable(text))
        if len(self._waiting) + len(more) > MOST_WAITING:
            raise InvalidOption(f"more than {MOST_WAITING} sentences wait to be said")
        self._waiting += more
        if more and (self._speaking is None or self._speaking.done()):
            self._speaking = asyncio.create_task(self._speak())

    async def _hush(self) -> None:
        """Nothing more will be said."""
        self._waiting.clear()
        if self._speaking is not None:
            self._speaking.cancel()
            with suppress(asyncio.CancelledError, VisavisError):
                await self._speaking
            self._speaking = None

    async def _speak(self) -> None:
        session, first = self._session, True
        while self._waiting and not session.closed:
            text = self._waiting.popleft()
            async with aclosing(self._voice.say(text)) as pieces:
                begun = False
                async for piece in pieces:
                    if not begun and not first:
                        pause = round(BETWEEN_S * piece.sample_rate)
                        session.push_audio(np.zeros(pause, np.int16), piece.sample_rate)
                    if not begun:
                        session.caption(text)
                    begun, first = True, False
                    session.push_audio(piece.samples, piece.sample_rate)
            if not self._waiting:
                session.flush()
                first = True
            while session.buffered > AHEAD_S:
                await asyncio.sleep(0.5)


def _message(data: str | bytes) -> dict[str, Any]:
    """What a page sent.

    Raises:
        ValueError: no JSON object with a type.
    """
    if isinstance(data, bytes):
        raise ValueError("text is wanted")
    asked = json.loads(data)
    if not isinstance(asked, dict) or not isinstance(asked.get("type"), str):
        raise ValueError("an object with a type is wanted")
    return asked


def _text(asked: dict[str, Any], name: str) -> str:
    value = asked.get(name)
    if not isinstance(value, str):
        raise ValueError(f"{name} is wanted")
    return value
