"""A visitor whose page draws the character itself: a motion stream over a WebSocket.

Comes in: a WebSocket with a page's messages and its microphone's sound. Goes out: packets of motion
and sound, and messages. Another character is another connection.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from av import AudioFrame, AudioResampler

from visavis.errors import InvalidOption
from visavis.live.motion_socket import MotionSocket
from visavis.live.webrtc import MICROPHONE_RATE
from visavis.stream import Codec, MotionSession, open_session
from visavis.talk import messages
from visavis.talk.visit import Visit


class DrawnVisit(Visit):
    """A visitor; see :class:`Visit`."""

    _socket: MotionSocket
    _stream: MotionSession
    _rate: int

    async def run(self, socket: Any, character: str, codec: Codec) -> None:
        """Until the page goes, or :meth:`close`.

        Args:
            socket: a WebSocket, accepted.
            character: its key.
            codec: how the sound travels.

        Raises:
            InvalidOption: no such character, or an option outside what is possible.
            InvalidAvatar: the character's file is broken.
        """
        avatar = await self._cast.open(character)
        self._ears: AudioResampler | None = None
        self._stream = open_session(avatar, fps=self._options.fps, codec=codec)
        self._socket = MotionSocket(socket, self._stream, self._take)
        self._converse(character, self._stream)
        self._introduce()
        await self._socket.run()

    async def close(self) -> None:
        """Free everything; may be called again."""
        if not self._closed:
            await super().close()
            if self._conversation is not None:
                self._stream.close()

    @property
    def _session(self) -> MotionSession:
        return self._stream

    async def _take(self, data: str | bytes) -> None:
        if isinstance(data, str):
            self._received(data)
        else:
            self._hear(data)

    def _hear(self, data: bytes) -> None:
        """Sound of the microphone, int16, little-endian, at the rate that was told."""
        if len(data) % 2 or self._ears is None:
            raise InvalidOption("sound of the microphone is int16, after a message with its rate")
        if not data:
            return
        frame = AudioFrame.from_ndarray(np.frombuffer(data, "<i2")[None], "s16", "mono")
        frame.sample_rate = self._rate
        for piece in self._ears.resample(frame):
            self._sound(piece.to_ndarray().reshape(-1).astype(np.int16))

    def _obey(self, message: messages.Incoming) -> None:
        if isinstance(message, messages.Microphone) and message.rate:
            self._rate = message.rate
            self._ears = AudioResampler(format="s16", layout="mono", rate=MICROPHONE_RATE)
        super()._obey(message)

    def _write(self, text: str) -> None:
        if not self._stream.closed:
            self._socket.send(text)

    def _work(self) -> dict[str, float]:
        return {}

    def _change(self, wanted: messages.Switch | messages.Resize) -> None:
        raise InvalidOption("another character is another connection; pictures are the page's own")
