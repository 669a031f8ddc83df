"""The unmodified bitHuman plugin, pointed at our worker, gets its avatar in all its modes."""

from __future__ import annotations

import asyncio
import functools
import http.server
import json
import os
import signal
import sys
import threading
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.livekit_server import LiveKitServer
from tests.helpers.worker_process import SECRET, WorkerProcess

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.skipif(
        find_spec("livekit.plugins") is None or find_spec("livekit.plugins.bithuman") is None,
        reason="livekit-plugins-bithuman is not installed",
    ),
]


class Jobs:
    """Jobs of one agent server, and what they tell."""

    def __init__(self, livekit: LiveKitServer, process: asyncio.subprocess.Process) -> None:
        self._server = livekit
        self._process = process
        self.told: list[dict[str, Any]] = []
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            if line.startswith(b"{"):
                self.told.append(json.loads(line))

    async def begin(self, case: str, lengths: list[float], **avatar: str) -> None:
        """Dispatch a job into a room of its own, named as the case."""
        from livekit import api

        metadata = json.dumps({"case": case, "lengths": lengths, **avatar})
        url = self._server.url.replace("ws:", "http:")
        async with api.LiveKitAPI(url, self._server.key, self._server.secret) as calls:
            await calls.agent_dispatch.create_dispatch(
                api.CreateAgentDispatchRequest(
                    agent_name="bithuman-user", room=case, metadata=metadata
                )
            )

    def of(self, case: str) -> list[str]:
        """Events of a case so far."""
        return [told["event"] for told in self.told if told.get("case") == case]

    async def until(self, true: object, within: float = 60.0) -> None:
        """Wait for something to be told."""
        assert callable(true)
        end = time.monotonic() + within
        while not true():
            assert time.monotonic() < end, self.told
            assert self._process.returncode is None
            await asyncio.sleep(0.02)

    async def over(self, case: str) -> list[dict[str, Any]]:
        """All that a case told, once it is over."""
        await self.until(lambda: self.of(case)[-1:] in (["done"], ["failed"]))
        return [told for told in self.told if told.get("case") == case]


@asynccontextmanager
async def jobs_of(livekit: LiveKitServer, folder: Path) -> AsyncIterator[Jobs]:
    """An agent server with bitHuman's plugin, in a process of its own."""
    with (folder / "agents.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.serve.bithuman_agent",
            stdout=asyncio.subprocess.PIPE, stderr=log, cwd=Path(__file__).parents[2],
            env={**os.environ, "LIVEKIT_URL": livekit.url, "LIVEKIT_API_KEY": livekit.key,
                 "LIVEKIT_API_SECRET": livekit.secret, "BITHUMAN_API_SECRET": SECRET},
        )  # fmt: skip
    jobs = Jobs(livekit, process)
    try:
        await jobs.until(lambda: any(told["event"] == "registered" for told in jobs.told))
        yield jobs
    finally:
        process.kill()
        await process.wait()
        jobs._reading.cancel()


async def test_every_mode_gets_its_avatar_and_a_crash_does_not_hang_the_agent(
    livekit: LiveKitServer, worker: WorkerProcess, portrait: bytes, tmp_path: Path
) -> None:
    picture = tmp_path / "face.jpg"
    picture.write_bytes(portrait)
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    handler.log_message = lambda *_: None  # type: ignore[attr-defined]
    url = f"{worker.url}/launch"
    run = uuid.uuid4().hex[:6]
    async with jobs_of(livekit, tmp_path) as jobs:
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as site:
            threading.Thread(target=site.serve_forever, daemon=True).start()
            address = f"http://127.0.0.1:{site.server_port}/face.jpg"
            cases: dict[str, dict[str, str]] = {
                "json-id": {"avatar_id": "ada"},
                "json-picture": {"picture": str(picture), "model": "essence"},
                "multipart": {"picture": str(picture), "model": "expression"},
                "form-url": {"avatar_image": address, "model": "expression-2"},
                "form-id": {"avatar_id": "otto", "model": "expression"},
            }  # fmt: skip
            for name, avatar in cases.items():
                await jobs.begin(f"{name}-{run}", [1.0], api_url=url, **avatar)
                told = await jobs.over(f"{name}-{run}")
                assert [one["event"] for one in told] == ["joined", "speaking", "spoken", "done"]
                print(f"\n{name}: joined after {told[0]['seconds']:.2f} s")
                assert (round(told[2]["position"], 3), told[2]["interrupted"]) == (1.0, False)
            site.shutdown()

        # SIGKILL in mid-sentence: the utterance ends, and it can speak again.
        case = f"crash-{run}"
        await jobs.begin(case, [8.0, 1.0], api_url=worker.url, avatar_id="ada")
        await jobs.until(lambda: "speaking" in jobs.of(case))
        await asyncio.sleep(1.0)
        async with worker.client() as client:
            tasks = (await client.get("/tasks")).json()["tasks"]
            pid = next(one["pid"] for one in tasks if one["room_name"] == case)
        killed = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        await jobs.until(lambda: "spoken" in jobs.of(case))
        print(f"after SIGKILL: the agent's utterance ended after {time.monotonic() - killed:.2f} s")
        told = await jobs.over(case)
        assert [one["event"] for one in told][3:] == ["speaking", "spoken", "done"]
        assert told[2]["interrupted"]
        assert (round(told[4]["position"], 3), told[4]["interrupted"]) == (1.0, False)

        # A wrong secret is an error as soon as the client has tried as often as it does.
        case = f"secret-{run}"
        await jobs.begin(case, [1.0], api_url=url, api_secret="a-wrong-secret", avatar_id="ada")
        told = await jobs.over(case)
        assert (told[0]["event"], told[0]["kind"]) == ("failed", "APIConnectionError")
        print(f"wrong secret: error after {told[0]['seconds']:.2f} s")
    log = (tmp_path / "agents.log").read_text()
    assert "not one of this worker's" in log  # what its developer gets to see
    assert SECRET not in worker.text()
    assert "a-wrong-secret" not in worker.text()
