"""An agent in a room, just enough of one: livekit-agents' own speech output for a remote avatar.

Comes in: a LiveKit server, a room's name. Goes out: launches of the worker, utterances, what the
avatar said about their playback, the pictures it sends.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import numpy as np
from livekit import rtc
from livekit.agents.voice.avatar import DataStreamAudioOutput
from livekit.agents.voice.io import PlaybackFinishedEvent

from tests.helpers.livekit_server import LiveKitServer

RATE = 24_000


class Agent:
    """One agent in one room."""

    def __init__(self, server: LiveKitServer, room: str) -> None:
        self.room = rtc.Room()
        self.name = room
        self.identity = f"agent-of-{room}"
        # livekit-agents keeps handlers in one table a process, by the avatar's identity
        self.avatar = f"avatar-of-{room}"
        self._server = server
        self.reports: list[PlaybackFinishedEvent] = []
        self.left: list[str] = []
        self._last = 0

    @property
    def token(self) -> str:
        return self._server.token(self.name, self.avatar, kind="agent", on_behalf=self.identity)

    async def __aenter__(self) -> Agent:
        token = self._server.token(self.name, self.identity, kind="agent")
        await self.room.connect(self._server.url, token)
        self.room.on("participant_disconnected", lambda p: self.left.append(p.identity))
        self.output = DataStreamAudioOutput(
            self.room, destination_identity=self.avatar, sample_rate=RATE,
            wait_remote_track=rtc.TrackKind.KIND_VIDEO, clear_buffer_timeout=2.0,
            wait_playback_start=True,
        )  # fmt: skip
        self.output.on("playback_finished", self.reports.append)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.room.disconnect()

    def form(self, **more: object) -> dict[str, object]:
        """A launch's fields."""
        return {
            "livekit_url": self._server.url,
            "livekit_token": self.token,
            "room_name": self.name,
            **more,
        }

    async def say(self, seconds: float) -> None:
        """Push a tone, all at once, and end the utterance there."""
        t = np.arange(round(RATE * seconds)) / RATE
        samples = (9000 * np.sin(2 * np.pi * 220 * t) * (0.6 + 0.4 * np.sin(7 * t))).astype(
            np.int16
        )
        await self.output.capture_frame(rtc.AudioFrame(samples.tobytes(), RATE, 1, len(samples)))
        self.output.flush()

    async def finished(self, within: float = 15.0) -> PlaybackFinishedEvent:
        """The next report that an utterance is over."""
        end = time.monotonic() + within
        while len(self.reports) <= self._last:
            assert time.monotonic() < end, "the utterance never ended: an agent would hang"
            await asyncio.sleep(0.01)
        self._last += 1
        return self.reports[self._last - 1]

    def forget(self) -> None:
        """Reports that came unasked for do not count."""
        self._last = len(self.reports)

    async def avatar_video(self, within: float = 15.0) -> rtc.VideoFrame:
        """A picture of the avatar, sent after this was called."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            avatar = self.room.remote_participants.get(self.avatar)
            for publication in list(avatar.track_publications.values()) if avatar else ():
                track = publication.track
                if publication.kind == rtc.TrackKind.KIND_VIDEO and track is not None:
                    async for event in _pictures(track):
                        return event.frame
            await asyncio.sleep(0.01)
        raise AssertionError("no picture of the avatar came")

    async def gone(self, within: float = 10.0) -> None:
        """Wait until the avatar is not in the room."""
        end = time.monotonic() + within
        while self.avatar in self.room.remote_participants:
            assert time.monotonic() < end, "the avatar is still there"
            await asyncio.sleep(0.01)


async def _pictures(track: rtc.Track) -> AsyncIterator[rtc.VideoFrameEvent]:
    stream = rtc.VideoStream(track)
    try:
        while True:
            try:
                yield await asyncio.wait_for(stream.__anext__(), 1.0)
            except TimeoutError:
                return  # a track of one that is gone
    finally:
        await stream.aclose()
