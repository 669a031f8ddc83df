"""A visitor who is sent video.

Comes in: a browser's offer, then messages of its data channel and its microphone. Goes out: picture
and sound by WebRTC, and messages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from visavis.errors import VisavisError
from visavis.live.webrtc import SOUND_RATE, Peer, SessionTracks, ice_servers
from visavis.session import Session
from visavis.talk import messages
from visavis.talk.cast import Characters
from visavis.talk.messages import Offer, Screen
from visavis.talk.options import TalkOptions
from visavis.talk.visit import Visit


class FilmedVisit(Visit):
    """A visitor; see :class:`Visit`."""

    def __init__(
        self, cast: Characters, options: TalkOptions, on_gone: Callable[[Visit], None]
    ) -> None:
        super().__init__(cast, options, on_gone)
        self._channel: Any = None
        self._changing = asyncio.Lock()
        self._peer: Peer | None = None

    async def start(self, offer: Offer) -> str:
        """Answer the browser's offer.

        Args:
            offer: checked.

        Returns:
            The answer's SDP.

        Raises:
            InvalidOption: no such character, or an offer that cannot be answered.
            InvalidAvatar: the character's file is broken.
        """
        self._screen = offer.screen
        session = await self._open(offer.character, offer.screen)
        self._tracks = SessionTracks(session)
        self._converse(offer.character, session)
        self._peer = Peer(
            self._tracks,
            servers=ice_servers(self._options.ice),
            codec="vp8" if self._options.codec == "vp8" else "h264",
            bitrate=self._options.bitrate,
            on_microphone=self._sound,
            on_channel=self._open_channel,
            on_gone=self._gone,
        )
        return await self._peer.answer(offer.sdp)

    async def close(self) -> None:
        """Free everything; may be called again."""
        if not self._closed:
            await super().close()
            if self._peer is not None:
                await self._peer.close()

    @property
    def _session(self) -> Session:
        return self._tracks.session

    async def _open(self, character: str, screen: Screen) -> Session:
        avatar = await self._cast.open(character)
        options = self._options
        return await asyncio.to_thread(
            avatar.session, fps=options.fps, size=options.size(screen), sample_rate=SOUND_RATE
        )

    def _open_channel(self, channel: Any) -> None:
        self._channel = channel
        channel.add_listener("message", self._received)
        self._introduce()

    def _write(self, text: str) -> None:
        if self._channel is not None and self._channel.readyState == "open":
            self._channel.send(text)

    def _work(self) -> dict[str, float]:
        encoder = self._peer.encoder if self._peer else None
        spent = 1e3 * encoder.cpu_s / max(encoder.pictures, 1) if encoder else 0.0
        drawn = self._session.metrics.draw_ms
        return {"draw_ms": round(drawn, 2), "encode_ms": round(spent, 2)}

    def _change(self, wanted: messages.Switch | messages.Resize) -> None:
        if isinstance(wanted, messages.Switch):
            self._spawn(self._go_on(self._cast[wanted.key].key, self._screen))
        elif self._options.size(wanted.screen) != self._session.size:
            self._spawn(self._go_on(self._character, wanted.screen))

    async def _go_on(self, character: str, screen: Screen) -> None:
        async with self._changing:
            try:
                session = await self._open(character, screen)
                voice = self._voice(character)
            except VisavisError as error:
                self._send("error", message=str(error))
                return
            conversation = self._conversation
            assert conversation is not None
            conversation.interrupt()
            self._tracks.replace(session)
            conversation.speaker, conversation.voice = session, voice
            self._screen = screen
            if character != self._character:
                self._character = character
                conversation.instructions = self._instructions(character)
                conversation.history.clear()
                self._introduce()
