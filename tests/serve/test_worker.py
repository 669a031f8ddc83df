"""The worker itself, in this process, with real session processes and a real room server."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.helpers.livekit_server import LiveKitServer
from tests.helpers.waiting import until
from tests.serve.agent import Agent
from visavis.serve import task as task_module
from visavis.serve.app import create_app
from visavis.serve.settings import WorkerSettings
from visavis.serve.worker import Worker

pytestmark = pytest.mark.asyncio


@asynccontextmanager
async def running(
    folder: Path, **options: object
) -> AsyncIterator[tuple[Worker, httpx.AsyncClient]]:
    settings = WorkerSettings(no_auth=True, state=folder, **options)  # type: ignore[arg-type]
    worker = Worker(settings)
    worker.start()
    transport = httpx.ASGITransport(create_app(worker))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://worker", timeout=60.0
    ) as client:
        try:
            yield worker, client
        finally:
            await worker.drain(0.0)
            await worker.close()


async def test_places_idleness_silence_and_a_dead_nursery(
    livekit: LiveKitServer, tmp_path: Path, room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task_module, "SILENCE", 2.5)
    async with running(tmp_path, sessions=2, hold=1.0, idle=6.0) as (worker, client):
        agents = [Agent(livekit, f"{room}-{number}") for number in range(5)]
        answers = await asyncio.gather(
            *(client.post("/launch", json=agent.form(avatar_id="ada")) for agent in agents)
        )
        assert sorted(answer.status_code for answer in answers) == [200, 200, 503, 503, 503]
        for answer in answers:
            if answer.status_code == 503:
                assert answer.json()["status"] == "at_capacity"
                assert "places" in answer.json()["error"]
                assert int(answer.headers["retry-after"]) > 0
        assert worker.places.taken == 2
        assert (await client.get("/ready")).json()["status"] == "at_capacity"

        # A place that frees up in time is taken by the one who is held.
        first, second = [one.json()["task_id"] for one in answers if one.status_code == 200]
        late = agents[[answer.status_code for answer in answers].index(503)]
        held = asyncio.create_task(client.post("/launch", json=late.form(avatar_id="ada")))
        await asyncio.sleep(0.3)
        assert worker.places.waiting == 1
        await client.post(f"/tasks/{first}/stop")
        assert (await held).status_code == 200
        assert worker.places.taken == 2

        # A process that does nothing any more counts as dead, and another takes its place.
        pid = worker.tasks[second].pid
        assert pid is not None
        os.kill(pid, signal.SIGSTOP)
        await until(lambda: worker.tasks[second].crashes == 1, 30)
        await until(lambda: worker.tasks[second].state == "running", 30)
        assert worker.tasks[second].pid != pid
        assert not Path(f"/proc/{pid}").exists()

        # The nursery may die, too: sessions go on, and there is another.
        nursery, crashes = worker.nursery.pid, worker.totals["crashes"]
        assert nursery is not None
        os.kill(nursery, signal.SIGKILL)
        await until(lambda: worker.nursery.warm and worker.nursery.pid != nursery, 30)
        assert worker.tasks[second].state == "running"
        assert worker.totals["crashes"] == crashes

        # Nobody says a word: they leave, and their places are free.
        await until(lambda: worker.places.taken == 0, 30)
        assert worker.tasks[second].state == "ended"
        assert worker.tasks[second].reason == "nothing was said for 6 s"
        assert list((tmp_path / "launches").glob("*.json")) == []


async def test_an_avatar_that_dies_again_and_again_is_given_up_and_its_agent_told(
    livekit: LiveKitServer, tmp_path: Path, room: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(task_module, "_PAUSES", (0.0, 0.05))
    async with (
        running(tmp_path, sessions=1) as (worker, client),
        Agent(livekit, room) as agent,
    ):
        answer = await client.post("/launch", json=agent.form(avatar_id="ada"))
        task = worker.tasks[answer.json()["task_id"]]
        await agent.avatar_video()
        for deaths in range(task_module.CRASHES):
            await until(lambda: task.state == "running" and task.pid)
            if deaths == task_module.CRASHES - 1:
                await agent.avatar_video()
                agent.forget()  # what those told that came back
                await agent.say(30.0)
                await until(lambda: task.metrics.get("speaking"))
            assert task.pid is not None
            os.kill(task.pid, signal.SIGKILL)
            await until(lambda count=deaths + 1: task.crashes == count)
        report = await agent.finished()
        assert report.interrupted
        await asyncio.wait_for(task.over.wait(), 20)
        assert task.state == "failed" and "8 times" in task.reason
        await agent.gone()


async def test_a_renewed_token_lets_it_rejoin_when_the_first_has_expired(
    livekit: LiveKitServer, tmp_path: Path, room: str
) -> None:
    async with running(tmp_path, sessions=1) as (worker, client), Agent(livekit, room) as agent:
        expires = time.time() + 6.0
        short = livekit.token(room, agent.avatar, kind="agent", on_behalf=agent.identity, lasts=6.0)
        form = agent.form(avatar_id="ada") | {"livekit_token": short}
        answer = await client.post("/launch", json=form)
        task = worker.tasks[answer.json()["task_id"]]
        # The server sends another token at once, and every few minutes from then on.
        await until(lambda: task.launch.expires > expires + 60)
        (stored,) = (tmp_path / "launches").glob("*.json")
        assert task.launch.livekit_token in stored.read_text()
        assert stored.stat().st_mode & 0o077 == 0
        await until(lambda: time.time() > expires + 1)
        assert task.pid is not None
        os.kill(task.pid, signal.SIGKILL)
        await until(lambda: task.crashes == 1 and task.state == "running")
        await agent.avatar_video()
