"""How a worker ends, in order and by accident, and what becomes of its avatars."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from tests.helpers.livekit_server import LiveKitServer
from tests.helpers.worker_process import WorkerProcess, task
from tests.serve.agent import Agent

pytestmark = pytest.mark.asyncio


async def test_a_killed_workers_avatars_come_back_with_it_and_a_drain_lets_them_finish(
    livekit: LiveKitServer, tmp_path: Path, room: str
) -> None:
    worker = WorkerProcess(tmp_path, "--sessions", "2").start()
    try:
        async with Agent(livekit, room) as agent, Agent(livekit, f"{room}-quiet") as quiet:
            async with worker.client() as client:
                answer = await client.post("/launch", json=agent.form(avatar_id="ada"))
                assert (await client.post("/launch", json=quiet.form(avatar_id="ada"))).is_success
                launched = answer.json()["task_id"]
                await agent.say(8.0)
                await asyncio.sleep(0.7)
            assert len(worker.stored()) == 2
            worker.kill()
            killed = time.monotonic()
            report = await agent.finished()
            assert report.interrupted
            print(f"\nafter SIGKILL of the worker: agent free {time.monotonic() - killed:.2f} s")
            await agent.gone()
            await asyncio.to_thread(worker.start)
            async with worker.client() as client:
                await agent.avatar_video()
                print(f"video, with its restart: {time.monotonic() - killed:.2f} s")
                while (await task(client, launched))["status"] != "running":
                    await asyncio.sleep(0.05)
                await quiet.avatar_video()
                # Both reports of a resumed session are heard before the next utterance.
                agent.forget()
                await agent.say(3.0)
                await asyncio.sleep(0.7)
                began = time.monotonic()
                ended = asyncio.create_task(asyncio.to_thread(worker.terminate))
                await quiet.gone(5.0)
                assert time.monotonic() - began < 2.0, "the quiet one need not wait"
                ready = await client.get("/ready")
                assert (ready.status_code, ready.json()["status"]) == (503, "not_ready")
                refused = await client.post("/launch", json=quiet.form(avatar_id="ada"))
                assert (refused.status_code, refused.json()["status"]) == (503, "draining")
                assert int(refused.headers["retry-after"]) > 0
            last = await agent.finished()
            assert (round(last.playback_position, 3), last.interrupted) == (3.0, False)
            assert await ended == 0
            assert worker.stored() == []
    finally:
        worker.stop()
