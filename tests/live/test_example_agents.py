"""The example agents, run as their texts say, against a real room server, worker and endpoints."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from tests.helpers.livekit_server import LiveKitServer
from tests.helpers.openai_compatible import answering
from tests.helpers.waiting import until
from tests.helpers.worker_process import SECRET, WorkerProcess
from tests.live.conftest import Guest, guest

rtc = pytest.importorskip("livekit.rtc", reason="the extra livekit is not installed")
pytest.importorskip("livekit.plugins.visavis", reason="livekit-plugins-visavis is not installed")
pytest.importorskip("livekit.plugins.openai", reason="livekit-plugins-openai is missing")
pytest.importorskip("livekit.plugins.silero", reason="livekit-plugins-silero is missing")
pytest.importorskip("fastapi", reason="the worker needs the extra `serve`")
ROOT = Path(__file__).resolve().parents[2]


@asynccontextmanager
async def running(
    livekit: LiveKitServer, name: str, room: str, **variables: str
) -> AsyncIterator[Guest]:
    """An example agent, and a guest in a room to which it comes."""
    environment = os.environ | {
        "LIVEKIT_URL": livekit.url,
        "LIVEKIT_API_KEY": livekit.key,
        "LIVEKIT_API_SECRET": livekit.secret,
        **variables,
    }
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "examples" / f"{name}.py"), "dev", "--no-reload"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    lines: list[bytes] = []

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)

    reading = asyncio.create_task(asyncio.to_thread(read))
    try:
        await until(lambda: reading.done() or b"registered worker" in b"".join(lines), 90)
        assert not reading.done(), b"".join(lines).decode()
        async with guest(livekit, room) as who:
            yield who
    except BaseException:
        print(b"".join(lines).decode())
        raise
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        await reading


async def falls_silent(who: Guest) -> float:
    """Wait until nothing is heard for a second; when that was."""
    await until(lambda: bool(who.loud(0.0)), 90)
    await until(lambda: time.monotonic() - who.loud(0.0)[-1] > 1.0, 90)
    return time.monotonic()


async def drawn_in_its_own_process(name: str, server: LiveKitServer, place: Place) -> None:
    async with running(server, name, name) as who:
        await who.sees(5, 90)
        asked = await falls_silent(who)
        if name == "agent_offline":  # it answers what is written to it, too
            await who.room.local_participant.send_text("And you?", topic="lk.chat")
            await until(lambda: bool(who.loud(asked)), 60)


async def drawn_by_a_worker(name: str, server: LiveKitServer, place: Place) -> None:
    assert place.worker is not None
    variables = {
        "VISAVIS_API_URL": place.worker.url,
        "VISAVIS_API_SECRET": SECRET,
        "VISAVIS_AVATAR_ID": "otto",
        "AVATAR_IMAGE": str(place.picture),
    }
    async with running(server, name, name, **variables) as who:
        await who.sees(5, 90)
        assert {(w, h) for _, w, h, _ in who.pictures} == {(256, 256)}
        assert len(who.room.remote_participants) == 2  # the agent, and the worker's avatar
        await falls_silent(who)
        async with place.worker.client() as client:
            (task,) = [
                task
                for task in (await client.get("/tasks")).json()["tasks"]
                if task["room_name"] == name
            ]
        assert task["status"] == "running" and task["metrics"]["utterances"] == 1
        if name == "agent_cloud":
            assert task["avatar"] == "id:otto"


async def with_the_usual_vendors_keys(name: str, server: LiveKitServer, place: Place) -> None:
    """Its vendor is a server of the test's own that speaks the same protocol."""
    with answering() as other:
        variables = {"OPENAI_BASE_URL": other.url, "OPENAI_API_KEY": "key-of-the-test"}
        async with running(server, name, name, **variables) as who:
            await who.sees(5, 90)
            asked = await falls_silent(who)  # it greets
            other.tool = ("gesture", {"name": "nod"})
            await who.room.local_participant.send_text("Nod, please.", topic="lk.chat")
            await until(lambda: bool(who.loud(asked)), 60)
            asked = await falls_silent(who)
            told = [one for one in other.asked if "messages" in one][-1]["messages"]
            assert any(m["role"] == "tool" and "done" in str(m.get("content")) for m in told)
            assert told[0]["role"] == "system" and "Ada" in str(told[0]["content"])
            await speak(who, "What is your name, please?")
            await until(lambda: any("rate" in one for one in other.asked), 60)
            await until(lambda: bool(who.loud(asked)), 60)
            heard = [one for one in other.asked if "messages" in one][-1]["messages"]
            assert any(other.heard in str(m.get("content")) for m in heard)
            spoken = [one for one in other.asked if "input" in one]
            assert all(one["voice"] for one in spoken)


SCENES = {
    "agent_openai": with_the_usual_vendors_keys,  # the longest first
    "agent_image": drawn_by_a_worker,
    "agent_cloud": drawn_by_a_worker,
    "agent_local": drawn_in_its_own_process,
    "agent_offline": drawn_in_its_own_process,
}
AT_ONCE = 3


@dataclass
class Place:
    """What the scenes need besides a room server."""

    worker: WorkerProcess | None
    picture: Path


@pytest.fixture(scope="module")
def played(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, BaseException | None]]:
    """How each scene that was asked for went.

    They wait more than they work: for processes, for speech. So some are played at once, each with
    a room server of its own, since a server gives a new room to any agent that is registered.
    """
    names = [
        item.callspec.params["name"]
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.module is request.module
    ]
    folder = tmp_path_factory.mktemp("examples")
    picture = folder / "face.jpg"
    ended: dict[str, BaseException | None] = {}
    if "agent_image" in names:
        try:
            picture.write_bytes(request.getfixturevalue("portrait"))
        except pytest.skip.Exception as missing:
            ended["agent_image"] = missing
            names.remove("agent_image")
    by_worker = any(SCENES[name] is drawn_by_a_worker for name in names)
    worker = WorkerProcess(folder, "--size", "256").start() if by_worker else None

    async def play(name: str, places: asyncio.Semaphore) -> None:
        home = folder / name
        home.mkdir()
        async with places:
            server = LiveKitServer(home)
            await asyncio.to_thread(server.start)
            try:
                await SCENES[name](name, server, Place(worker, picture))
            finally:
                server.kill()

    async def play_all() -> list[BaseException | None]:
        places = asyncio.Semaphore(AT_ONCE)
        return await asyncio.gather(*(play(n, places) for n in names), return_exceptions=True)

    try:
        yield ended | dict(zip(names, asyncio.run(play_all()), strict=True))
    finally:
        if worker is not None:
            worker.stop()


@pytest.mark.parametrize("name", SCENES)
def test_example(name: str, played: dict[str, BaseException | None]) -> None:
    error = played[name]
    if error is not None:
        raise error


async def speak(who: Guest, text: str) -> None:
    """Say something into the room, as a person's microphone would, and then be silent."""
    from visavis.agent.espeak import EspeakVoice

    said = await asyncio.to_thread(EspeakVoice().synthesise, text)
    source = rtc.AudioSource(said.sample_rate, 1)
    track = rtc.LocalAudioTrack.create_audio_track("microphone", source)
    options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
    await who.room.local_participant.publish_track(track, options)
    silence = np.zeros(said.sample_rate, np.int16)
    sound = np.concatenate([silence, said.samples, silence, silence])
    step = said.sample_rate // 20
    for k in range(0, len(sound), step):
        piece = sound[k : k + step]
        await source.capture_frame(rtc.AudioFrame(piece.tobytes(), said.sample_rate, 1, len(piece)))
