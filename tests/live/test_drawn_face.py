"""An agent whose listeners draw it: motion as data beside its voice, in a real room."""

from __future__ import annotations

import asyncio
import json
import time

import numpy as np
import pytest

import visavis
from tests.helpers.livekit_server import LiveKitServer
from tests.helpers.waiting import until
from tests.live.conftest import guest
from visavis import pose, stream
from visavis.errors import InvalidOption
from visavis.live import RoomOptions

rtc = pytest.importorskip("livekit.rtc", reason="the extra livekit is not installed")
plugin = pytest.importorskip(
    "livekit.plugins.visavis", reason="livekit-plugins-visavis is not installed"
)
JAW = pose.INDEX["jawOpen"]


class Watcher:
    """Reads the motion in a room as a front end would."""

    def __init__(self, room: rtc.Room) -> None:
        self.decoder = stream.Decoder()
        self.jaws: dict[int, float] = {}
        self.records: list[stream.Record] = []
        self.offset = 1e9  # of the stream's clock, by time.monotonic()
        room.on("data_received", self._on_data)

    def _on_data(self, data: rtc.DataPacket) -> None:
        if data.topic != "visavis.motion":
            return
        packet = self.decoder.decode(data.data)
        hello = self.decoder.hello
        if hello is not None:
            self.offset = min(self.offset, time.monotonic() - packet.now / hello.sample_rate)
        for record in packet.records:
            self.records.append(record)
            if isinstance(record, stream.Poses):
                for i, made in enumerate(record.poses):
                    self.jaws[record.frame + i] = float(made[JAW])

    def of(self, kind: type) -> list[stream.Record]:
        return [record for record in self.records if isinstance(record, kind)]


def test_an_agent_that_is_drawn_by_its_listeners(livekit: LiveKitServer) -> None:
    from livekit.agents import Agent, AgentSession

    async def play() -> None:
        room = rtc.Room()
        await room.connect(livekit.url, livekit.token("drawn", "agent", kind="agent"))
        async with guest(livekit, "drawn") as who:
            watcher = Watcher(who.room)
            session: AgentSession[None] = AgentSession(tts=plugin.OfflineVoice(), vad=None)
            avatar = plugin.AvatarSession(model_path="ada", draw="client")
            await avatar.start(session, room=room)
            await session.start(Agent(instructions="Speak."), room=room)
            await avatar.wait_for_join(timeout=20)
            await until(lambda: watcher.decoder.hello is not None)
            before = time.monotonic()
            said = session.say("Papa, my baby bumps into the big map.")
            await said.wait_for_playout()
            assert who.tracks == ["avatar_audio"] and not who.pictures
            await until(lambda: watcher.of(stream.Finished))
            loud = who.loud(before)
            assert loud and max(watcher.jaws.values()) > 0.1
            # Mouth and sound are one time: the first sound is heard with or after its sample.
            (started,) = watcher.of(stream.Started)
            assert isinstance(started, stream.Started)
            assert loud[0] > watcher.offset + started.at / 24_000 - 0.05

            long = session.say("One two three four five six seven eight nine ten eleven twelve.")
            await until(lambda: len(watcher.of(stream.Started)) == 2)
            await asyncio.sleep(0.8)
            await session.interrupt()
            await asyncio.wait_for(long.wait_for_playout(), 5)
            assert long.interrupted
            await until(lambda: len(watcher.of(stream.Finished)) >= 2)
            last = watcher.of(stream.Finished)[-1]
            assert isinstance(last, stream.Finished) and last.interrupted

            hellos = len(watcher.of(stream.Hello))
            ask = json.dumps({"type": "hello"})
            await who.room.local_participant.publish_data(ask, topic="visavis.motion")
            await until(lambda: len(watcher.of(stream.Hello)) > hellos)
            poses = len(watcher.jaws)
            await avatar.gesture("nod")
            await until(lambda: len(watcher.jaws) > poses + 10)
            assert "twelve" not in (session.history.items[-1].text_content or "")  # type: ignore[union-attr]
            await session.aclose()
            await avatar.aclose()
            await until(lambda: watcher.of(stream.Bye))
        await room.disconnect()

    asyncio.run(play())


def test_who_comes_late_is_told_the_header(livekit: LiveKitServer) -> None:
    async def play() -> None:
        from visavis.live import DrawnFace

        room = rtc.Room()
        await room.connect(livekit.url, livekit.token("late", "agent", kind="agent"))
        with visavis.open("ada") as ada:
            face = DrawnFace(ada, RoomOptions(sample_rate=48_000))
            await face.start(room)
            tone = (9000 * np.sin(np.arange(5 * 48_000) * 0.05)).astype(np.int16)
            face.session.push_audio(tone, 48_000)
            async with guest(livekit, "late") as who:
                watcher = Watcher(who.room)
                began = time.monotonic()
                ask = json.dumps({"type": "hello"})
                await who.room.local_participant.publish_data(ask, topic="visavis.motion")
                await until(lambda: watcher.jaws and watcher.decoder.hello)
                assert watcher.decoder.hello is not None
                assert watcher.decoder.hello.codec == stream.Codec.NONE
                await until(lambda: who.loud(began))
                await face.aclose()
                await until(lambda: watcher.of(stream.Bye))
        await room.disconnect()

    asyncio.run(play())


def test_only_who_is_drawn_here_can_be_drawn_there() -> None:
    with pytest.raises(InvalidOption, match="model_path"):
        plugin.AvatarSession(avatar_id="ada", api_url="http://127.0.0.1:1", draw="client")
    with pytest.raises(InvalidOption, match="client"):
        plugin.AvatarSession(model_path="ada", draw="somewhere")
