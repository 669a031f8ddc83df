"""An hour in a LiveKit room: memory, threads, tasks, handlers and drift, minute by minute.

    python benchmarks/room_hour.py                 one real hour; a line a minute, also as JSON
    python benchmarks/room_hour.py --minutes 10    less of it

As in livekit_room.py: a real server on the loopback interface, a real AgentSession with the plugin
in this process, a guest in another. Every minute begins with tones, by which the guest tells how
far sound and picture are apart; then come sentences one after the other, one of them interrupted.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "plugins" / "livekit-plugins-visavis")]

from benchmarks.livekit_room import RATE, _pieces, beeps, onsets, painted, watch  # noqa: E402

_TONES = 16


class Reader:
    """The guest's process; hands over a minute's notes at a time."""

    def __init__(self, server: Any, room: str) -> None:
        token = server.token(room, "guest", lasts=6 * 3600.0)
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--guest", server.url, token],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._line()

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def notes(self) -> dict[str, Any]:
        """What it noted since the last call."""
        assert self.process.stdin is not None
        self.process.stdin.write("notes\n")
        self.process.stdin.flush()
        return dict(json.loads(self._line()))

    def end(self) -> None:
        """Let it leave."""
        self.process.communicate("")


def held(session: Any, room: Any) -> dict[str, float]:
    """What this process holds now."""
    gc.collect()
    me = psutil.Process()
    return {
        "resident_mb": me.memory_info().rss / 1e6,
        "native_threads": me.num_threads(),
        "threads": threading.active_count(),
        "tasks": len(asyncio.all_tasks()),
        "files": me.num_fds(),
        "objects": len(gc.get_objects()),
        "handlers": len(session._listeners) + sum(len(all_) for all_ in room._events.values()),
        "cpu_s": sum(me.cpu_times()[:2]),
    }


def seen(notes: dict[str, Any], since: float, until: float) -> dict[str, float | None]:
    """A minute as the guest had it."""
    pictures = np.array([p[0] for p in notes["pictures"]])
    gaps = np.diff(pictures) * 1e3
    shown, heard = onsets(
        {name: [one for one in notes[name] if one[0] < until] for name in ("pictures", "sound")},
        since,
    )
    apart = [(h - s) * 1e3 for s in shown for h in heard if abs(h - s - 0.05) < 0.2]
    return {
        "fps": len(gaps) / (pictures[-1] - pictures[0]) if len(gaps) else None,
        "interval_p99_ms": float(np.percentile(gaps, 99)) if len(gaps) else None,
        "sound_after_picture_ms": statistics.median(apart) if apart else None,
        "pairs": len(apart),
    }


async def live(server: Any, minutes: int, size: int, report: Path | None) -> None:
    """The hour itself."""
    from livekit import rtc
    from livekit.agents import Agent, AgentSession
    from livekit.plugins import visavis

    from benchmarks.session import voice
    from visavis.live import RoomOptions
    from visavis.session import UtteranceFinished

    speech, rate = voice(60)
    factor = rate / RATE
    at = np.arange(int(len(speech) / factor)) * factor
    speech = np.interp(at, np.arange(len(speech)), speech).astype(np.int16)

    name = "an hour"
    guest = Reader(server, name)
    room = rtc.Room()
    await room.connect(server.url, server.token(name, "agent", kind="agent", lasts=6 * 3600.0))
    agent: AgentSession[None] = AgentSession(tts=visavis.OfflineVoice(), vad=None)
    avatar = visavis.AvatarSession(model_path="ada", options=RoomOptions(size=size))
    await avatar.start(agent, room=room)
    face = avatar._face
    face._showing.tracks.send = painted(face._showing.tracks.send)
    await agent.start(Agent(instructions=""), room=room)
    ended = said = 0

    def count(event: Any) -> None:
        nonlocal ended
        ended += isinstance(event, UtteranceFinished)

    face.session.listen(count)

    def say(sound: Any) -> Any:
        nonlocal said
        said += 1
        return agent.say("so", audio=_pieces(sound), add_to_chat_ctx=False)

    await asyncio.sleep(2)
    lines: list[dict[str, Any]] = []
    origin = time.monotonic()
    guest.notes()
    for minute in range(1, minutes + 1):
        since = time.monotonic()
        await say(beeps(_TONES)).wait_for_playout()
        until = time.monotonic() + 0.3
        turn = 0
        while time.monotonic() - origin < 60 * minute - 6:
            length = (2.5 + (minute * 7 + turn * 3) % 6) * RATE
            handle = say(speech[: int(length)])
            if turn == 2:
                await asyncio.sleep(1.1)
                await agent.interrupt()
            await handle.wait_for_playout()
            await asyncio.sleep(0.4)
            turn += 1
        await asyncio.sleep(max(origin + 60 * minute - time.monotonic(), 0))
        notes = await asyncio.to_thread(guest.notes)
        # An AgentSession keeps every event of its life, with what hangs on it, for its report.
        agent._recorded_events.clear()
        metrics = face.session.metrics
        line = {
            "minute": minute, **held(face.session, room), **seen(notes, since, until),
            "said": said, "ended": ended, "dropped": metrics.dropped,
            "gaps": face._showing.tracks.gaps, "load": psutil.getloadavg()[0],
        }  # fmt: skip
        lines.append(line)
        if report is not None:
            report.write_text("".join(json.dumps(one) + "\n" for one in lines))
        print(
            "{minute:3} min: {resident_mb:.1f} MB, {native_threads} threads, {tasks} tasks, "
            "{files} files, {handlers} handlers, {objects} objects; {said} said, {ended} ended; "
            "sound {sound_after_picture_ms:.0f} ms after its picture ({pairs}), {fps:.2f} fps, "
            "p99 {interval_p99_ms:.0f} ms, {dropped} dropped; load {load:.1f}".format(
                **{key: float("nan") if value is None else value for key, value in line.items()}
            ),
            flush=True,
        )
    await agent.aclose()
    await avatar.aclose()
    await room.disconnect()
    guest.end()
    await asyncio.sleep(1)
    settled = [one for one in lines if one["minute"] > min(5, minutes // 2)]
    offsets = [one["sound_after_picture_ms"] for one in settled if one["pairs"]]
    third = max(len(offsets) // 3, 1)
    drift = statistics.median(offsets[-third:]) - statistics.median(offsets[:third])
    print(
        f"memory {settled[-1]['resident_mb'] - settled[0]['resident_mb']:+.1f} MB, "
        f"{settled[-1]['objects'] - settled[0]['objects']:+} objects, "
        f"{settled[-1]['tasks'] - settled[0]['tasks']:+} tasks, "
        f"{settled[-1]['native_threads'] - settled[0]['native_threads']:+} threads, "
        f"{settled[-1]['handlers'] - settled[0]['handlers']:+} handlers between minutes "
        f"{settled[0]['minute']} and {settled[-1]['minute']}; sound against picture, last third "
        f"against first: {drift:+.1f} ms; {said} said, {ended} ended; after closing "
        f"{len(asyncio.all_tasks()) - 1} tasks and {threading.active_count() - 1} threads"
    )


def main() -> None:
    """See the module's text."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--guest", nargs=2)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--report", type=Path, help="a line of JSON a minute goes there")
    wanted = parser.parse_args()
    logging.disable(logging.ERROR)
    if wanted.guest:
        asyncio.run(watch(*wanted.guest))
        return
    from tests.helpers.livekit_server import LiveKitServer

    with tempfile.TemporaryDirectory() as folder:
        server = LiveKitServer(Path(folder))
        server.start()
        try:
            asyncio.run(live(server, wanted.minutes, wanted.size, wanted.report))
        finally:
            server.kill()


if __name__ == "__main__":
    main()
