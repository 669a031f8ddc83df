"""Figures of the worker: launch to video, memory a session, recovery from crashes.

Comes in: nothing. Starts a LiveKit server and a worker of its own on the loopback interface. Goes
out: a table, or JSON.

    python -m benchmarks.serve [--sessions 4] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from tests.helpers.livekit_server import LiveKitServer
from tests.helpers.worker_process import WorkerProcess, task
from tests.serve.agent import Agent

LONE = """
import asyncio, sys, threading
import visavis
from visavis.live import RoomAvatar, RoomOptions
from visavis.serve.session_process import _own_memory
url, size, *tokens = sys.stdin.read().split()
async def main():
    print(_own_memory(), flush=True)
    faces = []
    for token in tokens:
        faces.append(RoomAvatar(visavis.open("ada"), RoomOptions(size=size)))
        await faces[-1].join(url, token)
        await asyncio.sleep(6)
        print(_own_memory(), flush=True)
    for face in faces:
        await face.leave()
asyncio.run(main())
"""
"""Sessions in one process of their own, none shared: what forking is compared to."""


def private_mb(pid: int) -> tuple[float, float]:
    """Memory of a process that nobody shares, and its share of all, MB."""
    rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    found = {row.split()[0]: int(row.split()[1]) / 1024 for row in rows[1:]}
    return found["Private_Clean:"] + found["Private_Dirty:"], found["Pss:"]


async def launch(client: httpx.AsyncClient, agent: Agent) -> tuple[str, float, float]:
    """Launch an avatar; its task, seconds until it had joined, and until it was seen."""
    began = time.monotonic()
    answer = await client.post("/launch", json=agent.form(avatar_id="ada"))
    assert answer.status_code == 200, answer.text
    joined = time.monotonic() - began
    await agent.avatar_video()
    return answer.json()["task_id"], joined, time.monotonic() - began


async def lone(server: LiveKitServer, size: str, count: int) -> list[float]:
    """Private memory of a process of its own without a session, with one, with two …; MB."""
    agents = [Agent(server, f"lone-{number}") for number in range(count)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LONE, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    given = " ".join([server.url, size, *(agent.token for agent in agents)])
    for agent in agents:
        await agent.__aenter__()
    out, _ = await process.communicate(given.encode())
    for agent in agents:
        await agent.__aexit__()
    return [float(line) for line in out.split()]


async def measure(sessions: int, size: str) -> dict[str, object]:
    """Everything, one after the other."""
    found: dict[str, object] = {"size": size}
    with tempfile.TemporaryDirectory() as folder:
        server = LiveKitServer(Path(folder))
        server.start()
        began = time.monotonic()
        worker = WorkerProcess(Path(folder), "--sessions", str(sessions + 1), "--size", size)
        try:
            worker.start()
            found["start_s"] = time.monotonic() - began
            found["nursery_mb"] = private_mb(worker.nursery)[1]
            found["worker_mb"] = private_mb(worker.pid)[1]
            async with worker.client() as client:
                joins, videos = [], []
                for number in range(5):
                    async with Agent(server, f"launch-{number}") as agent:
                        launched, joined, seen = await launch(client, agent)
                        joins.append(joined)
                        videos.append(seen)
                        await client.post(f"/tasks/{launched}/stop")
                found["launch_joined_s"] = statistics.median(joins)
                found["launch_video_s"] = statistics.median(videos)

                agents = [Agent(server, f"memory-{number}") for number in range(sessions)]
                for agent in agents:
                    await agent.__aenter__()
                launched_ids = [(await launch(client, agent))[0] for agent in agents]
                await asyncio.sleep(4.0)
                pids = [(await task(client, one))["pid"] for one in launched_ids]
                memory = [private_mb(pid) for pid in pids]
                found["session_private_mb"] = statistics.median(mb for mb, _ in memory)
                found["session_pss_mb"] = statistics.median(mb for _, mb in memory)

                frees, backs = [], []
                for _ in range(3):
                    await agents[0].say(6.0)
                    await asyncio.sleep(1.0)
                    agents[0].forget()
                    pid = (await task(client, launched_ids[0]))["pid"]
                    began = time.monotonic()
                    os.kill(pid, signal.SIGKILL)
                    await agents[0].finished()
                    frees.append(time.monotonic() - began)
                    await agents[0].avatar_video()
                    backs.append(time.monotonic() - began)
                    await asyncio.sleep(2.0)
                found["crash_agent_free_s"] = statistics.median(frees)
                found["crash_video_s"] = statistics.median(backs)
            agents[0].forget()
            await agents[0].say(8.0)
            await asyncio.sleep(1.0)
            began = time.monotonic()
            worker.kill()
            await agents[0].finished()
            found["worker_killed_agent_free_s"] = time.monotonic() - began
            await asyncio.to_thread(worker.start)
            await agents[0].avatar_video()
            found["worker_killed_video_s"] = time.monotonic() - began
            for agent in agents:
                await agent.__aexit__()
            worker.stop()
            alone = await lone(server, size, 2)
            found["own_process_mb"] = alone[1]
            found["second_in_process_mb"] = alone[2] - alone[1]
        finally:
            worker.stop()
            server.kill()
    return found


WORDS = {
    "size": "size of the video, px",
    "start_s": "worker started until it takes launches, s",
    "nursery_mb": "nursery: everything loaded once, MB",
    "worker_mb": "worker: HTTP and supervision, MB",
    "launch_joined_s": "launch until joined, warm, s",
    "launch_video_s": "launch until the first picture is received, warm, s",
    "session_private_mb": "a session's process, forked: memory of its own, MB",
    "session_pss_mb": "the same with its part of what is shared, MB",
    "own_process_mb": "for comparison, a session in a process started anew, MB",
    "second_in_process_mb": "and a second one within the same process, MB",
    "crash_agent_free_s": "session killed: the agent's utterance ends after, s",
    "crash_video_s": "session killed: video is back after, s",
    "worker_killed_agent_free_s": "worker killed: the agent's utterance ends after, s",
    "worker_killed_video_s": "worker killed and started again: video is back after, s",
}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--sessions", type=int, default=3, help="at once, for the memory")
    parser.add_argument("--size", default="512")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    found = asyncio.run(measure(options.sessions, options.size))
    if options.json:
        print(json.dumps(found, indent=2))
        return
    for name, value in found.items():
        shown = f"{value:.2f}" if isinstance(value, float) else value
        print(f"{WORDS[name]:<68} {shown:>8}")


if __name__ == "__main__":
    main()
