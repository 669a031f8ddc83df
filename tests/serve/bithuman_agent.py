"""An agent as bitHuman's users write it: livekit-agents with the unmodified bitHuman plugin.

Comes in: LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET, BITHUMAN_API_SECRET; for each job, its
metadata says what the avatar is. Goes out: lines of JSON on stdout, what happened in which job.
"""

from __future__ import annotations

import asyncio
import json
import math
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
from livekit import rtc
from livekit.agents import Agent, AgentServer, AgentSession, JobContext, JobExecutorType
from livekit.agents.voice.io import PlaybackFinishedEvent
from livekit.plugins import bithuman
from PIL import Image

RATE = 24_000


async def tone(seconds: float) -> AsyncIterator[rtc.AudioFrame]:
    """A voice of a kind, much faster than real time."""
    t = np.arange(round(RATE * seconds)) / RATE
    sound = (9000 * np.sin(2 * np.pi * 220 * t) * (0.6 + 0.4 * np.sin(7 * t))).astype(np.int16)
    for piece in np.array_split(sound, math.ceil(seconds / 0.1)):
        yield rtc.AudioFrame(piece.tobytes(), RATE, 1, len(piece))


async def entrypoint(ctx: JobContext) -> None:
    """One job: an avatar, and two sentences."""
    wanted: dict[str, Any] = json.loads(ctx.job.metadata)
    case = wanted.pop("case")
    lengths = wanted.pop("lengths")
    if path := wanted.pop("picture", None):
        wanted["avatar_image"] = Image.open(path)

    def tell(event: str, **more: Any) -> None:
        print(json.dumps({"case": case, "event": event, **more}), flush=True)

    await ctx.connect()
    session: AgentSession[None] = AgentSession(vad=None)
    avatar = bithuman.AvatarSession(**wanted)
    began = time.monotonic()
    try:
        await avatar.start(session, room=ctx.room)
        await session.start(Agent(instructions="Speak."), room=ctx.room)
        await avatar.wait_for_join()
        tell("joined", seconds=time.monotonic() - began)
        reports: list[PlaybackFinishedEvent] = []
        assert session.output.audio is not None
        session.output.audio.on("playback_finished", reports.append)
        for length in lengths:
            said = session.say("A sentence.", audio=tone(length))
            tell("speaking")
            await asyncio.wait_for(said.wait_for_playout(), 30)
            last = reports[-1]
            tell("spoken", position=last.playback_position, interrupted=last.interrupted)
        tell("done")
    except Exception as error:
        tell("failed", kind=type(error).__name__, seconds=time.monotonic() - began)
    await session.aclose()
    ctx.shutdown()


async def main() -> None:
    """Serve until killed."""
    server = AgentServer(
        job_executor_type=JobExecutorType.THREAD, host="127.0.0.1", port=0, num_idle_processes=1,
        load_fnc=lambda: 0.0, load_threshold=math.inf,
    )  # fmt: skip
    server.rtc_session(entrypoint, agent_name="bithuman-user")
    server.on("worker_registered", lambda *_: print('{"event": "registered"}', flush=True))
    await server.run()


if __name__ == "__main__":
    sys.path.pop(0)
    asyncio.run(main())
