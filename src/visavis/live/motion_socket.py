"""A motion stream over a WebSocket: packets at the clock one way, the page's requests the other.

Comes in: an accepted WebSocket, a session. Goes out: the session's packets, texts in between; what
the page sends, to whoever asked for it. The format stands in docs/motion-stream.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from visavis.errors import InvalidOption

if TYPE_CHECKING:
    from visavis.stream import MotionSession

SUBPROTOCOL = "visavis-motion-1"
STUCK_S = 5.0
"""Whoever takes nothing for so long is let go."""
BAD, FULL = 1003, 1013
"""Close codes: what was sent cannot be taken; no place, or too slow."""
_GONE = (WebSocketDisconnect, RuntimeError, OSError)

Received = Callable[[str | bytes], Awaitable[None]]


async def accept(socket: WebSocket) -> None:
    """Let somebody in who speaks the protocol."""
    wanted = socket.scope.get("subprotocols", [])
    await socket.accept(SUBPROTOCOL if SUBPROTOCOL in wanted else None)


class MotionSocket:
    """One page that is connected.

    Args:
        socket: accepted.
        session: its motion stream.
        received: is given what the page sends; ValueError and InvalidOption end the connection.
    """

    def __init__(self, socket: WebSocket, session: MotionSession, received: Received) -> None:
        self._socket = socket
        self._session = session
        self._received = received
        self._texts: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()

    async def run(self) -> None:
        """Until the page goes, or the session is closed."""
        sending, listening = asyncio.create_task(self._pump()), asyncio.create_task(self._listen())
        both = {sending, listening}
        code = 1000
        try:
            done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            code = max(task.result() for task in done)
        finally:
            for task in both | self._texts:
                task.cancel()
            await asyncio.gather(*both, *self._texts, return_exceptions=True)
            if code and self._socket.application_state == WebSocketState.CONNECTED:
                with suppress(*_GONE, TimeoutError):
                    async with asyncio.timeout(1.0):
                        await self._socket.close(code)

    async def _pump(self) -> int:
        """Send the packets; returns the code to close with, 0: the page has gone."""
        try:
            async with aclosing(aiter(self._session)) as packets:
                async for packet in packets:
                    async with asyncio.timeout(STUCK_S):
                        await self._socket.send({"type": "websocket.send", "bytes": packet})
        except TimeoutError:
            return FULL
        except _GONE:
            return 0
        return 1000

    def send(self, text: str) -> None:
        """Tell the page something; what is told comes in this order."""
        task = asyncio.create_task(self._send(text))
        self._texts.add(task)
        task.add_done_callback(self._texts.discard)

    async def _send(self, text: str) -> None:
        with suppress(*_GONE, TimeoutError):
            async with self._turn, asyncio.timeout(STUCK_S):
                await self._socket.send({"type": "websocket.send", "text": text})

    async def _listen(self) -> int:
        """Hand on what the page sends; returns as :meth:`_pump`."""
        try:
            while True:
                message = await self._socket.receive()
                if message["type"] == "websocket.disconnect":
                    return 0
                text = message.get("text")
                await self._received(message["bytes"] if text is None else text)
        except _GONE:
            return 0
        except (ValueError, InvalidOption):
            return BAD
