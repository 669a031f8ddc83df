"""A real LiveKit server, and somebody in a room who sees and hears."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import numpy as np
import pytest

from tests.helpers.livekit_server import LiveKitServer
from tests.helpers.waiting import until

rtc = pytest.importorskip("livekit.rtc", reason="the extra livekit is not installed")

LOUD = 1500


@dataclass
class Guest:
    """A participant who subscribes to everything and notes when it came.

    Attributes:
        pictures: (time s, width, height, mean luma) of each picture.
        sound: (time s, peak) of each 10 ms of sound.
        tracks: names of the tracks, in the order they came.
    """

    room: rtc.Room
    pictures: list[tuple[float, int, int, float]] = field(default_factory=list)
    sound: list[tuple[float, int]] = field(default_factory=list)
    tracks: list[str] = field(default_factory=list)
    attributes: list[dict[str, str]] = field(default_factory=list)

    def loud(self, since: float) -> list[float]:
        """Times since then at which something was heard."""
        return [t for t, peak in self.sound if t >= since and peak > LOUD]

    async def sees(self, count: int = 3, timeout: float = 20.0) -> None:
        """Wait for so many more pictures."""
        wanted = len(self.pictures) + count
        await until(lambda: len(self.pictures) >= wanted, timeout)

    async def _video(self, track: rtc.Track) -> None:
        async for event in rtc.VideoStream(track):
            frame = event.frame
            y = np.frombuffer(frame.data, np.uint8)[: frame.width * frame.height]
            shown = (time.monotonic(), frame.width, frame.height, float(y[::97].mean()))
            self.pictures.append(shown)

    async def _audio(self, track: rtc.Track) -> None:
        stream = rtc.AudioStream(track, sample_rate=24_000, num_channels=1, frame_size_ms=10)
        async for event in stream:
            peak = int(np.abs(np.frombuffer(event.frame.data, np.int16).astype(int)).max())
            self.sound.append((time.monotonic(), peak))


@asynccontextmanager
async def guest(server: LiveKitServer, room: str) -> AsyncIterator[Guest]:
    """Somebody in a room."""
    who = Guest(rtc.Room())
    tasks: list[asyncio.Task[None]] = []

    @who.room.on("track_subscribed")
    def on_track(track: rtc.Track, publication: object, participant: rtc.Participant) -> None:
        who.tracks.append(track.name)
        who.attributes.append(dict(participant.attributes))
        video = track.kind == rtc.TrackKind.KIND_VIDEO
        tasks.append(asyncio.create_task(who._video(track) if video else who._audio(track)))

    await who.room.connect(server.url, server.token(room, "guest"))
    try:
        yield who
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await who.room.disconnect()
