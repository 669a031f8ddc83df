"""A session by WebRTC, straight to a browser: no room, no other server.

Comes in: a browser's offer, a session's tracks (:mod:`visavis.live.webrtc_tracks`). Goes out: the
answer, Opus and H.264 or VP8, and the sound of the browser's microphone.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from typing import Any, Literal, cast

import numpy as np
import numpy.typing as npt
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpSender,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, AudioResampler

from visavis.errors import InvalidOption
from visavis.live.webrtc_tracks import SOUND_RATE, SessionTracks
from visavis.live.webrtc_video import LiveEncoder, give_encoder

__all__ = ["MICROPHONE_RATE", "SOUND_RATE", "Peer", "SessionTracks", "ice_servers"]

MICROPHONE_RATE = 24_000
"""To which the microphone's sound is brought, Hz."""

Samples = npt.NDArray[np.int16]
Codec = Literal["h264", "vp8"]


def ice_servers(addresses: Iterable[str]) -> list[RTCIceServer]:
    """STUN and TURN servers as ``stun:host:port`` or ``turn:user:password@host:port``.

    Raises:
        InvalidOption: no such address.
    """
    servers = []
    for address in addresses:
        scheme, _, rest = address.partition(":")
        if scheme not in ("stun", "turn", "turns") or not rest:
            raise InvalidOption("an ICE server is stun:host:port or turn:user:password@host:port")
        user, at, host = rest.rpartition("@")
        name, _, password = user.partition(":")
        known = {"username": name, "credential": password} if at else {}
        servers.append(RTCIceServer(urls=f"{scheme}:{host}", **known))
    return servers


class Peer:
    """One browser: gets a session's tracks, sends its microphone's sound.

    Args:
        tracks: what it sees and hears.
        servers: for ICE; none are needed on one machine or in one network.
        codec: of the picture, where the browser can do both.
        bitrate: of the picture at most, bit/s.
        on_microphone: called with each piece of the microphone's sound, int16 (n,) at
            `MICROPHONE_RATE`.
        on_channel: called with the browser's data channel once it is open.
        on_gone: called once, when the connection has ended, whoever ended it.
    """

    def __init__(
        self,
        tracks: SessionTracks,
        *,
        servers: Iterable[RTCIceServer] = (),
        codec: Codec = "h264",
        bitrate: int = 2_500_000,
        on_microphone: Callable[[Samples], None] = lambda samples: None,
        on_channel: Callable[[Any], None] = lambda channel: None,
        on_gone: Callable[[], None] = lambda: None,
    ) -> None:
        self.tracks = tracks
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=list(servers)))
        self.encoder: LiveEncoder | None = None
        self._codec = codec
        self._bitrate = bitrate
        self._on_microphone = on_microphone
        self._on_gone = on_gone
        self._listening: list[asyncio.Task[None]] = []
        self._gone = False
        self.connection.add_listener("track", self._track)
        self.connection.add_listener("datachannel", on_channel)
        self.connection.add_listener("connectionstatechange", self._changed)

    async def answer(self, sdp: str) -> str:
        """The answer to a browser's offer.

        Args:
            sdp: the offer.

        Returns:
            The answer, candidates included.

        Raises:
            InvalidOption: no offer that could be answered.
        """
        try:
            self.connection.addTrack(self.tracks.sound)
            self.connection.addTrack(self.tracks.picture)
            picture = self._prefer()
            await self.connection.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
            await self.connection.setLocalDescription(await self.connection.createAnswer())
        except Exception as error:  # aiortc has no class of its own for what it cannot parse
            raise InvalidOption("the browser's offer cannot be answered") from error
        self.encoder = give_encoder(picture, self._bitrate, float(self.tracks.session.fps))
        self.tracks.start()
        return str(self.connection.localDescription.sdp)

    async def close(self) -> None:
        """End the connection and the tracks."""
        self._ended()
        for task in self._listening:
            task.cancel()
        await asyncio.gather(*self._listening, return_exceptions=True)
        await self.tracks.close()
        await self.connection.close()

    def _prefer(self) -> RTCRtpTransceiver:
        """Our codec first; the browser's other one stays possible."""
        ours = RTCRtpSender.getCapabilities("video").codecs
        wanted = [c for c in ours if c.mimeType.lower() == f"video/{self._codec}"]
        picture = next(t for t in self.connection.getTransceivers() if t.kind == "video")
        picture.setCodecPreferences([*wanted, *(c for c in ours if c not in wanted)])
        return picture

    def _track(self, track: MediaStreamTrack) -> None:
        if track.kind == "audio":
            self._listening.append(asyncio.create_task(self._listen(track)))

    async def _listen(self, track: MediaStreamTrack) -> None:
        resampler = AudioResampler(format="s16", layout="mono", rate=MICROPHONE_RATE)
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = cast(AudioFrame, await track.recv())
                for piece in resampler.resample(frame):
                    self._on_microphone(piece.to_ndarray().reshape(-1).astype(np.int16))

    def _changed(self) -> None:
        if self.connection.connectionState in ("failed", "closed"):
            self._ended()

    def _ended(self) -> None:
        if not self._gone:
            self._gone = True
            self._on_gone()
