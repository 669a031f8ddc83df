"""Being in a room: joined once, and joined again when it was lost by accident.

Comes in: a room's address and token. Goes out: a connected room, a new one after each loss, and
the reason why there will be no other.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Literal

from livekit import rtc

from visavis.errors import ServiceError
from visavis.live.capturing import leave_unheard
from visavis.live.token import expires

logger = logging.getLogger(__name__)

RoomState = Literal["new", "joining", "joined", "reconnecting", "left"]

_FINAL = {
    rtc.DisconnectReason.DUPLICATE_IDENTITY: "replaced by another of the same identity",
    rtc.DisconnectReason.PARTICIPANT_REMOVED: "removed from the room",
    rtc.DisconnectReason.ROOM_DELETED: "room closed",
    rtc.DisconnectReason.ROOM_CLOSED: "room closed",
}
"""What ends a membership; any other loss of a room is taken for an accident."""
CONNECT_S = 5.0


class Membership:
    """One participant's being in one room.

    Args:
        url: of the LiveKit server.
        token: the participant's.
        enter: is given every new room before it is connected, for handlers of its events.
        arrive: is given it connected; what it raises counts as not arrived.
        lost: is called when the room was lost.
        ended: is called with a reason when there will be no other; not after :meth:`close`.
        patience: seconds for which a lost room is tried again.

    Attributes:
        token: with which it would join now.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        enter: Callable[[rtc.Room], None],
        arrive: Callable[[rtc.Room], Awaitable[None]],
        lost: Callable[[], None],
        ended: Callable[[str], None],
        patience: float,
    ) -> None:
        self.state: RoomState = "new"
        self.reconnects = 0
        self.room: rtc.Room | None = None
        self._url = url
        self.token = token
        self._enter = enter
        self._arrive = arrive
        self._lost = lost
        self._ended = ended
        self._patience = patience
        self._returning: asyncio.Task[None] | None = None

    async def join(self) -> None:
        """Join for the first time.

        Raises:
            ServiceError: the room cannot be joined with this token.
        """
        self.state = "joining"
        try:
            await self._connect()
        except rtc.ConnectError as error:
            raise ServiceError(_why(error, self._url)) from None

    @property
    def present(self) -> bool:
        """Whether messages can go out now."""
        return self.room is not None and self.room.isconnected()

    async def send_text(self, text: str, topic: str, to: str) -> None:
        """Send a text stream to a participant.

        Raises:
            ServiceError: they are not in the room.
        """
        if self.room is None or to not in self.room.remote_participants:
            raise ServiceError(f"{to} is not in the room")
        await self.room.local_participant.send_text(text, topic=topic, destination_identities=[to])

    async def close(self) -> None:
        """Leave for good."""
        self.state = "left"
        if self._returning is not None and self._returning is not asyncio.current_task():
            self._returning.cancel()
            await asyncio.gather(self._returning, return_exceptions=True)
        room, self.room = self.room, None
        if room is not None:
            forget(room)
            await room.disconnect()

    async def _connect(self) -> None:
        room = rtc.Room()
        room.on("disconnected", self._on_disconnected)
        room.on("reconnecting", self._on_reconnecting)
        room.on("reconnected", self._on_reconnected)
        room.on("token_refreshed", lambda: self._renew(room))
        self._enter(room)
        options = rtc.RoomOptions(auto_subscribe=False, connect_timeout=CONNECT_S)
        try:
            await room.connect(self._url, self.token, options)
            leave_unheard(room)
            self.room = room
            await self._arrive(room)
        except BaseException:
            self.room = None
            forget(room)
            await room.disconnect()
            raise
        self.state = "joined"

    async def _return(self) -> None:
        end = time.monotonic() + self._patience
        pause = 0.1
        while time.monotonic() < end:
            try:
                await self._connect()
            except Exception as error:
                logger.info("not back in the room yet: %s", type(error).__name__)
                await asyncio.sleep(pause)
                pause = min(pause * 1.5, 2.0)
            else:
                self.reconnects += 1
                return
        self._ended("connection lost")

    def _renew(self, room: rtc.Room) -> None:
        """Servers send a new one every few minutes; the one that lasts longer is kept."""
        if room._token and expires(room._token) > expires(self.token):
            self.token = room._token

    def _on_reconnecting(self) -> None:
        if self.state == "joined":
            self.state = "reconnecting"

    def _on_reconnected(self) -> None:
        if self.state == "reconnecting":
            self.state = "joined"
            self.reconnects += 1

    def _on_disconnected(self, reason: rtc.DisconnectReason.ValueType) -> None:
        room, self.room = self.room, None
        if self.state not in ("joined", "reconnecting") or room is None:
            return
        self._renew(room)
        forget(room)
        self._lost()
        if reason in _FINAL:
            self._ended(_FINAL[reason])
            return
        self.state = "reconnecting"
        self._returning = asyncio.create_task(self._return())


def forget(room: rtc.Room) -> None:
    """Take all handlers off a room, so that nothing of it keeps us."""
    room._events.clear()
    room._byte_stream_handlers.clear()


def _why(error: rtc.ConnectError, url: str) -> str:
    """Why a room could not be joined, without the token that the SDK's own message may hold."""
    message = str(error.message).lower()
    if "401" in message or "unauthorized" in message or "token" in message:
        reason = "it does not take this token"
    elif "404" in message:
        reason = "no LiveKit server answers there"
    else:
        reason = "nothing answers there"
    return f"the LiveKit server at {url.split('?')[0]} cannot be joined: {reason}"
