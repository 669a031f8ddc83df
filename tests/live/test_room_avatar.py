"""An avatar in a real room, driven as LiveKit Agents drives one."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

import visavis
from tests.helpers.livekit_server import LiveKitServer
from tests.helpers.waiting import until
from tests.live.conftest import Guest, guest
from visavis.errors import InvalidOption, ServiceError
from visavis.live import RoomAvatar, RoomOptions

rtc = pytest.importorskip("livekit.rtc", reason="the extra livekit is not installed")
avatar_io = pytest.importorskip("livekit.agents.voice.avatar")

RATE = 22_050
OPTIONS = RoomOptions(size=128)


def tone(seconds: float) -> np.ndarray:
    return (8000 * np.sin(2 * np.pi * 300 * np.arange(round(seconds * RATE)) / RATE)).astype("<i2")


class Agent:
    """An agent's end: its room, its voice's output, what that reported."""

    def __init__(self, room: rtc.Room, identity: str) -> None:
        self.room = room
        self.finished: list[tuple[float, bool]] = []
        self.started = 0
        self.output = avatar_io.DataStreamAudioOutput(
            room,
            destination_identity=identity,
            wait_remote_track=rtc.TrackKind.KIND_VIDEO,
            wait_playback_start=True,
        )
        self.output.on("playback_finished", self._on_finished)
        self.output.on("playback_started", self._on_started)

    def _on_started(self, event: object) -> None:
        self.started += 1

    def _on_finished(self, event: object) -> None:
        self.finished.append((event.playback_position, event.interrupted))  # type: ignore[attr-defined]

    async def send(self, sound: np.ndarray, flush: bool = True) -> None:
        for i in range(0, len(sound), RATE // 50):
            piece = sound[i : i + RATE // 50]
            await self.output.capture_frame(rtc.AudioFrame(piece.tobytes(), RATE, 1, len(piece)))
        if flush:
            self.output.flush()


@asynccontextmanager
async def scene(server: LiveKitServer, room: str) -> AsyncIterator[tuple[Agent, Guest, RoomAvatar]]:
    agent_room = rtc.Room()
    await agent_room.connect(server.url, server.token(room, f"{room}-agent", kind="agent"))
    async with guest(server, room) as who:
        with visavis.open("ada") as character:
            avatar = RoomAvatar(character, OPTIONS)
            token = server.token(room, f"{room}-ada", kind="agent", on_behalf=f"{room}-agent")
            await avatar.join(server.url, token)
            try:
                yield Agent(agent_room, f"{room}-ada"), who, avatar
            finally:
                await avatar.leave("the test is over")
                await agent_room.disconnect()
    assert await avatar.wait_left() == "the test is over"


def test_speaks_is_interrupted_and_speaks_again(livekit: LiveKitServer) -> None:
    async def play() -> None:
        async with scene(livekit, "speaks") as (agent, who, avatar):
            await who.sees()
            assert sorted(who.tracks) == ["avatar_audio", "avatar_video"]
            before = time.monotonic()
            await agent.send(tone(1.0))
            await agent.output.wait_for_playout()
            assert agent.finished == [(1.0, False)] and agent.started == 1
            assert 60 <= len(who.loud(before)) <= 160  # pieces of 10 ms

            await agent.send(tone(5.0))
            await until(lambda: agent.started == 2)
            agent.output.clear_buffer()
            await agent.output.wait_for_playout()
            position, interrupted = agent.finished[1]
            assert interrupted and 0 < position < 4

            await agent.send(tone(1.0), flush=False)  # and before its first sound, unflushed
            agent.output.clear_buffer()
            agent.output.flush()
            await agent.output.wait_for_playout()
            assert len(agent.finished) == 3 and agent.finished[2][1]

            await agent.send(tone(0.3))
            await agent.output.wait_for_playout()
            assert agent.finished[3] == (pytest.approx(0.3), False)
            assert {(w, h) for _, w, h, _ in who.pictures} == {(128, 128)}
            await until(lambda: avatar.metrics.finished_sent == 4)  # counted when answered

    asyncio.run(play())
    names = [t.name for t in threading.enumerate()]
    assert not [name for name in names if name.startswith("visavis")]


def test_takes_directions(livekit: LiveKitServer) -> None:
    async def play() -> None:
        async with scene(livekit, "directed") as (agent, _, avatar):
            call = agent.room.local_participant.perform_rpc
            identity = "directed-ada"
            nod = await call(destination_identity=identity, method="visavis.gesture", payload="nod")
            assert nod == "ok"
            await call(
                destination_identity=identity,
                method="visavis.state",
                payload='{"name": "thinking"}',
            )
            await until(lambda: avatar.session.state == "thinking")
            with pytest.raises(rtc.RpcError, match="nod, shake"):
                await call(destination_identity=identity, method="visavis.gesture", payload="jump")

    asyncio.run(play())


def test_comes_back_after_the_server_was_killed(tmp_path: Path) -> None:
    server = LiveKitServer(tmp_path)
    server.start()

    async def play() -> None:
        async with scene(server, "killed") as (agent, who, avatar):
            await who.sees()
            server.kill()
            await asyncio.sleep(0.3)
            server.start()
            await until(lambda: avatar.state == "joined" and avatar.metrics.reconnects > 0, 30)
            await until(lambda: who.room.isconnected(), 30)
            await who.sees(5, 30)
            await agent.send(tone(0.5))
            await asyncio.wait_for(agent.output.wait_for_playout(), 20)
            assert agent.finished[-1] == (pytest.approx(0.5), False)

    try:
        asyncio.run(play())
    finally:
        server.kill()


def test_a_token_that_is_not_taken(livekit: LiveKitServer) -> None:
    async def play() -> None:
        with visavis.open("ada") as character:
            avatar = RoomAvatar(character, OPTIONS)
            other = LiveKitServer.token(livekit, "r", "ada")[:-6] + "aaaaaa"
            with pytest.raises(ServiceError, match="does not take this token") as caught:
                await avatar.join(livekit.url, other)
            assert other not in str(caught.value)
            with pytest.raises(InvalidOption, match="joins once"):
                await avatar.join(livekit.url, other)

    asyncio.run(play())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"codec": "av2"}, "h264 or vp8"),
        ({"bitrate": 3}, "bit/s"),
        ({"sample_rate": 44_100}, "48000"),
        ({"background": "transparent"}, "alpha"),
        ({"directors": "cat"}, "nobody"),
    ],
)
def test_options_that_are_not_possible(options: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidOption, match=said):
        RoomOptions(**options)  # type: ignore[arg-type]
