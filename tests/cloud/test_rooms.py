"""A whole cloud with its real worker: our plugin's launch, and one as bitHuman's sends it, bring
avatars into rooms of a real LiveKit server, and are counted."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.cloud.served import served_here
from tests.cloud.somebody import Somebody
from tests.helpers.livekit_server import LiveKitServer
from tests.helpers.otlp_receiver import OtlpReceiver
from tests.helpers.waiting import until
from tests.live.conftest import guest
from tests.serve.agent import Agent
from visavis.cloud.context import Cloud
from visavis.cloud.settings import load
from visavis.serve import tracing

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.skipif(
        find_spec("livekit.plugins") is None or find_spec("livekit.plugins.visavis") is None,
        reason="livekit-plugins-visavis is not installed",
    ),
]


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[OtlpReceiver]:
    """What receives the traces of cloud and worker."""
    with OtlpReceiver() as running:
        monkeypatch.setenv(tracing.ENDPOINT, running.url)
        assert tracing.set_up_traces("visavis-cloud")
        yield running
        tracing.end_traces()


@pytest_asyncio.fixture
async def cloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, receiver: OtlpReceiver
) -> AsyncIterator[Cloud]:
    """As `visavis cloud` runs it, on a port of its own."""
    monkeypatch.setenv("VISAVIS_SIZE", "256")
    settings = load(data=tmp_path / "data", sign_up="open", sessions=3, heartbeat=1.0, drain=1.0)
    async with served_here(Cloud(settings)) as running:
        yield running
    tracing.end_traces()
    _from_launch_to_picture(receiver)


async def test_avatars_of_both_plugins_join_speak_and_are_counted(
    cloud: Cloud, livekit: LiveKitServer
) -> None:
    import aiohttp

    async with Somebody(cloud.app, "ada@example.org") as ada:  # type: ignore[attr-defined]
        await ada.sign_up()
        secret = (await ada.secret("sessions", "read"))["secret"]
        program = ada.browser()
        program.headers["api-secret"] = secret
        async with Agent(livekit, "theirs") as theirs, _ours(cloud, livekit, secret) as ours:
            form = aiohttp.FormData()
            for name, value in theirs.form(agent_id="ada").items():
                form.add_field(name, str(value))
            headers = {"api-secret": secret}
            url = f"{cloud.url}/launch"
            async with (
                aiohttp.ClientSession() as session,
                session.post(url, data=form, headers=headers) as answer,
            ):
                assert answer.status == 200, await answer.text()
                said = await answer.json()
            assert said["status"] == "joined"
            await theirs.say(1.0)
            report = await theirs.finished(60.0)
            assert (round(report.playback_position, 3), report.interrupted) == (1.0, False)
            frame = await theirs.avatar_video(60.0)
            assert (frame.width, frame.height) == (256, 256)
            listed = (await program.get("/v1/sessions")).json()["items"]
            assert [one["state"] for one in listed] == ["running", "running"]
            mine = next(one["id"] for one in listed if one["room"] == "ours")
            await _directed(program, mine, ours, livekit)
            for one in listed:
                stopped = await program.post(f"/v1/sessions/{one['id']}/stop")
                assert stopped.json()["state"] == "ended"
                assert stopped.json()["seconds"] >= 1
            await theirs.gone()
        usage = (await program.get("/v1/usage")).json()
        assert (usage["sessions"], usage["avatars"][0]["id"]) == (2, "ada")


@asynccontextmanager
async def _ours(cloud: Cloud, livekit: LiveKitServer, secret: str) -> AsyncIterator[Any]:
    """An agent session of livekit-agents with our plugin's avatar, in the room "ours"."""
    from livekit import rtc
    from livekit.agents import Agent as Assistant
    from livekit.agents import AgentSession
    from livekit.plugins import visavis as plugin

    room = rtc.Room()
    await room.connect(livekit.url, livekit.token("ours", "our-agent", kind="agent"))
    session: AgentSession[None] = AgentSession(tts=plugin.OfflineVoice(), vad=None)
    avatar = plugin.AvatarSession(avatar_id="ada", api_url=cloud.url, api_secret=secret,
                                  avatar_participant_identity="our-avatar")  # fmt: skip
    await avatar.start(session, room, livekit_url=livekit.url, livekit_api_key=livekit.key,
                       livekit_api_secret=livekit.secret)  # fmt: skip
    await session.start(Assistant(instructions="Speak."), room=room)
    yield session
    await avatar.aclose()
    await session.aclose()
    await room.disconnect()


async def _directed(
    program: httpx.AsyncClient, named: str, session: Any, livekit: LiveKitServer
) -> None:
    """What is told to a session by the API reaches its avatar, and its agent."""
    path = f"/v1/sessions/{named}"
    nod = await program.post(f"{path}/gesture", json={"name": "nod"})
    assert nod.status_code == 200, nod.text
    text = "The caller is called Mia."
    told = await program.post(f"{path}/context", json={"text": text})
    assert told.status_code == 200, told.text
    known = session.current_agent
    await until(lambda: any(one.text_content == text for one in known.chat_ctx.messages()), 30)
    assert [one.role for one in known.chat_ctx.messages() if one.text_content == text] == ["system"]
    async with guest(livekit, "ours") as who:
        await until(lambda: "avatar_audio" in who.tracks, 60)
        begun = time.monotonic()
        spoken = await program.post(f"{path}/say", json={"text": "Papa bumps into the map."})
        assert spoken.status_code == 200, spoken.text
        await until(lambda: bool(who.loud(begun)), 60)


def _from_launch_to_picture(receiver: OtlpReceiver) -> None:
    """One trace a launch: the cloud's request, and under it what the worker did, in its order."""
    requests = [one for one in receiver.spans if one.name == "POST /launch" and one.good]
    launches = {one.parent: one for one in receiver.spans if one.name == "launch" and one.good}
    assert len(launches) == 2
    for parent, whole in launches.items():
        (request,) = (one for one in requests if one.id == parent)
        assert (request.service, whole.service) == ("visavis-cloud", "visavis-worker")
        steps = [one for one in receiver.spans if one.parent == whole.id]
        steps.sort(key=lambda one: one.began)
        assert [one.name for one in steps] == [
            "choose avatar",
            "open model",
            "join",
            "first picture",
        ]
        assert {one.trace for one in (request, *steps)} == {whole.trace}
        for before, after in pairwise(steps):
            assert before.ended <= after.began
        assert steps[-1].ended <= whole.ended
    assert "eyJ" not in str(receiver.spans)
