"""A whole cloud with its real worker: our plugin's launch, and one as bitHuman's sends it, bring
avatars into rooms of a real LiveKit server, and are counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import pytest_asyncio
import uvicorn

from tests.cloud.somebody import Somebody
from tests.helpers.livekit_server import LiveKitServer
from tests.helpers.waiting import until
from tests.serve.agent import Agent
from visavis.cloud.app import create_app
from visavis.cloud.context import Cloud
from visavis.cloud.settings import load

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.skipif(
        find_spec("livekit.plugins") is None or find_spec("livekit.plugins.visavis") is None,
        reason="livekit-plugins-visavis is not installed",
    ),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveKitServer]:
    running = LiveKitServer(tmp_path_factory.mktemp("livekit"))
    running.start()
    yield running
    running.kill()


@pytest_asyncio.fixture
async def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Cloud]:
    """As `visavis cloud` runs it, on a port of its own."""
    monkeypatch.setenv("VISAVIS_SIZE", "256")
    settings = load(data=tmp_path / "data", sign_up="open", sessions=3, heartbeat=1.0, drain=1.0)
    running = Cloud(settings)
    app = create_app(running)
    config = uvicorn.Config(app, port=0, log_level="warning")
    http = uvicorn.Server(config)
    listening = config.bind_socket()
    running.port = listening.getsockname()[1]
    serving = asyncio.create_task(http.serve(sockets=[listening]))
    await until(lambda: http.started or serving.done(), 60)
    running.app = app  # type: ignore[attr-defined]
    yield running
    http.should_exit = True
    await serving


async def test_avatars_of_both_plugins_join_speak_and_are_counted(
    cloud: Cloud, server: LiveKitServer
) -> None:
    import aiohttp
    from livekit.plugins.visavis.launching import Launch, launch

    async with Somebody(cloud.app, "ada@example.org") as ada:  # type: ignore[attr-defined]
        await ada.sign_up()
        secret = (await ada.secret("sessions", "read"))["secret"]
        async with Agent(server, "ours") as ours, Agent(server, "theirs") as theirs:
            wanted = Launch(server.url, ours.token, "ours", avatar_id="ada")
            async with aiohttp.ClientSession() as session:
                for left in reversed(range(60)):  # until its worker has loaded everything
                    try:
                        await launch(session, cloud.url, secret, wanted)
                        break
                    except Exception:
                        if not left:
                            raise
                form = aiohttp.FormData()
                for name, value in theirs.form(agent_id="ada").items():
                    form.add_field(name, str(value))
                headers = {"api-secret": secret}
                url = f"{cloud.url}/launch"
                async with session.post(url, data=form, headers=headers) as answer:
                    assert answer.status == 200, await answer.text()
                    said = await answer.json()
            assert said["status"] == "joined"
            for agent in (ours, theirs):
                await agent.say(1.0)
                report = await agent.finished(60.0)
                assert (round(report.playback_position, 3), report.interrupted) == (1.0, False)
                frame = await agent.avatar_video(60.0)
                assert (frame.width, frame.height) == (256, 256)
            program = ada.browser()
            program.headers["api-secret"] = secret
            listed = (await program.get("/v1/sessions")).json()["items"]
            assert [one["state"] for one in listed] == ["running", "running"]
            name = said["task_id"]
            nod = await program.post(f"/v1/sessions/{name}/gesture", json={"name": "nod"})
            assert nod.status_code == 200, nod.text
            for one in listed:
                stopped = await program.post(f"/v1/sessions/{one['id']}/stop")
                assert stopped.json()["state"] == "ended"
                assert stopped.json()["seconds"] >= 1
            await ours.gone()
        usage = (await program.get("/v1/usage")).json()
        assert (usage["sessions"], usage["avatars"][0]["id"]) == (2, "ada")
