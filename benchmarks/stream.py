"""How many speaking motion streams one core serves, and what one costs.

    python benchmarks/stream.py --speech FOLDER [--sessions 50 150 300] [--seconds 20]

A server process on one core (``taskset``) is the application of ``visavis play`` with a voice that
"says" recordings; another process has a WebSocket for each session. Every session speaks all the
time. The machine's monotonic clock is shared, so a packet's lateness is known: when it came after
the moment it was due, which is 80 ms before it is needed.

Printed: bytes a second of motion, speaking and idle, and what a pose takes in three codings; what a
session's work costs without a network, which is the figure to trust where others use the machine;
what video costs beside it;
then by line: sessions, packets' lateness (median, 99th percentile, ms), packets that came when they
were already needed, CPU of the server (share of its core, ms for a session and second), memory for
a session, bytes a second of motion and of sound.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

import numpy as np

RATE = 24_000
SENTENCE_S = 6.0


class Recorded:
    """A voice whose every sentence is the next piece of a recording."""

    def __init__(self, sound: Any) -> None:
        self._sound = sound
        self._at = 0

    async def say(self, text: str) -> AsyncGenerator[Any]:
        """One piece."""
        from visavis.agent.spoken import Spoken

        count = round(SENTENCE_S * RATE)
        self._at = (self._at + count) % (len(self._sound) - count)
        yield Spoken(self._sound[self._at : self._at + count], RATE)


def speech(folder: Path, seconds: float = 120.0) -> Any:
    """Recordings one after the other, int16 at RATE."""
    import av

    pieces, total = [], 0
    for path in sorted([*folder.rglob("*.wav"), *folder.rglob("*.flac")]):
        resampler = av.AudioResampler("s16", "mono", RATE)
        with av.open(str(path)) as file:
            for frame in file.decode(audio=0):
                frame.pts = None
                for made in resampler.resample(frame):
                    pieces.append(made.to_ndarray()[0])
                    total += len(pieces[-1])
        if total > seconds * RATE:
            break
    return np.concatenate(pieces)


def _serve(folder: Path, codec: str) -> None:
    """The server process: prints its port, then answers each line of its input with its figures."""
    import uvicorn

    import visavis
    from visavis.play.app import PlayOptions, make_app
    from visavis.talk.cast import Cast
    from visavis.talk.server import listen

    app = make_app(Cast("ada"), PlayOptions(sessions=2000))
    visits = app.state.visits
    visits._avatars["ada"] = visavis.open("ada")
    visits._voices["ada"] = Recorded(speech(folder))
    found = listen("127.0.0.1", 0)
    config = uvicorn.Config(
        app,
        log_level="warning",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        lifespan="on",
    )
    server = uvicorn.Server(config)

    async def run() -> None:
        task = asyncio.create_task(server.serve(sockets=[found]))
        print(found.getsockname()[1], flush=True)
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
        )
        while await reader.readline():
            slips = sum(visit._session.metrics.slips for visit in visits._here)
            figures = {"cpu": time.process_time(), "rss": _rss(), "slips": slips}
            print(json.dumps(figures), flush=True)
        server.should_exit = True
        await task

    asyncio.run(run())


def _rss() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _records(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Kind, first number and bytes of each record; then (0, now, 0)."""
    at = 3

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    now = number()
    while at < len(data):
        begin, kind = at, data[at]
        at += 1
        size = number()
        end = at + size
        yield kind, number() if size else 0, end - begin
        at = end
    yield 0, now, 0


class Client:
    """One page: a socket, what came over it and how late."""

    def __init__(self) -> None:
        self.lead: list[
            float
        ] = []  # seconds from arrival to when it is needed, if the clock is right
        self.offset = 1e9
        self.motion = self.sound = self.packets = 0
        self.counting = False

    async def run(self, port: int, codec: str, text: str) -> None:
        """Until it is cancelled."""
        import websockets

        async with websockets.connect(
            f"ws://127.0.0.1:{port}/motion/ada?codec={codec}", origin=f"http://127.0.0.1:{port}",  # type: ignore[arg-type]
            compression=None, max_queue=None, ping_interval=None,
        ) as socket:  # fmt: skip
            if text:
                await socket.send(json.dumps({"type": "say", "text": text}))
            async for data in socket:
                self.take(data, time.monotonic())

    def take(self, data: Any, moment: float) -> None:
        """A packet that came at a moment."""
        frame = None
        motion = 3
        for kind, value, size in _records(data):
            if kind == 2 and frame is None:
                frame = value
            if kind == 3:
                self.sound += size * self.counting
            else:
                motion += size
            if kind == 0:
                self.offset = min(self.offset, moment - value / RATE)
        if not self.counting:
            return
        self.packets += 1
        self.motion += motion + 4  # what a WebSocket puts before it
        if frame is not None:
            self.lead.append(frame / 25 - moment)


async def _clients(
    port: int, sessions: int, seconds: float, codec: str, ask: Any
) -> dict[str, Any]:
    text = "One more. " * 100
    clients = [Client() for _ in range(sessions)]
    tasks = []
    for client in clients:
        tasks.append(asyncio.create_task(client.run(port, codec, text)))
        await asyncio.sleep(0.01)
    await asyncio.sleep(3)
    before, began = ask(), time.monotonic()
    for client in clients:
        client.counting = True
    await asyncio.sleep(seconds)
    for client in clients:
        client.counting = False
    after, took = ask(), time.monotonic() - began
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    late = np.array([0.08 - (lead + c.offset) for c in clients for lead in c.lead]) * 1000
    cpu = (after["cpu"] - before["cpu"]) / took
    return {
        "late50": np.median(late), "late99": np.percentile(late, 99),
        "needed": float((late > 80).mean()), "cpu": cpu, "each": 1000 * cpu / sessions,
        "slips": after["slips"] - before["slips"],
        "rss": after["rss"],
        "motion": sum(c.motion for c in clients) / took / sessions,
        "sound": sum(c.sound for c in clients) / took / sessions,
        "packets": sum(c.packets for c in clients) / took / sessions,
    }  # fmt: skip


@contextlib.contextmanager
def _server(core: int, folder: Path) -> Iterator[Any]:
    command = [
        "taskset",
        "-c",
        str(core),
        sys.executable,
        __file__,
        "--serve",
        "--speech",
        str(folder),
    ]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin and process.stdout
    port = int(process.stdout.readline())

    def ask() -> dict[str, Any]:
        assert process.stdin and process.stdout
        process.stdin.write("\n")
        process.stdin.flush()
        return dict(json.loads(process.stdout.readline()))

    try:
        yield port, ask
    finally:
        process.stdin.close()
        process.wait(20)


def _codings(folder: Path) -> None:
    """Bytes of a pose: alone, against one a second ago, against the one before, as packets go."""
    import visavis
    from visavis.session import VirtualClock
    from visavis.stream import Decoder, Poses, open_session
    from visavis.stream.encoder import packed_poses

    clock, decoder = VirtualClock(), Decoder()
    session = open_session(visavis.open("ada"), seed=1, clock=clock)
    session.push_audio(speech(folder)[: 60 * RATE], RATE)
    session.flush()
    kept: list[Any] = []
    sizes, idle = 0, 0
    while clock.now() < 120:
        data = session.packet()
        if data is not None:
            motion = len(data)
            for record in decoder.decode(data).records:
                if isinstance(record, Poses):
                    kept += list(record.poses)
                if type(record).__name__ == "Sound":
                    motion -= len(record.data)  # type: ignore[union-attr]
            sizes += motion * (clock.now() < 60)
            idle += motion * (clock.now() >= 90)
        clock.wait_until(session.due)
    poses = np.array(kept[: 60 * 25])
    alone = np.mean([len(packed_poses(pose[None])) for pose in poses])
    before = len(packed_poses(poses[:64])) / 64
    second = np.mean(
        [
            len(packed_poses(poses[[k // 25 * 25, k]]))
            - len(packed_poses(poses[k // 25 * 25][None]))
            for k in range(25, 1000)
        ]
    )
    print(f"a minute of speech: {sizes / 60:.0f} B/s of motion; idle {idle / 30:.1f} B/s")
    print(
        f"a pose alone {alone:.0f} bytes, against one up to a second ago {second:.0f}, "
        f"the one before {before:.0f}"
    )


def _cost(folder: Path, sessions: int = 16, seconds: int = 6) -> None:
    """CPU of sessions that speak, on a virtual clock and without a network: the best of five."""
    import visavis
    from visavis.session import VirtualClock
    from visavis.stream import open_session

    sound, avatar, costs = speech(folder), visavis.open("ada"), []
    for _ in range(5):
        clock = VirtualClock()
        stages = [open_session(avatar, seed=i, clock=clock) for i in range(sessions)]
        for i, stage in enumerate(stages):
            stage.push_audio(sound[i * RATE :][: (seconds + 2) * RATE], RATE)
        began = time.process_time()
        dues = [stage.due for stage in stages]
        while clock.now() < seconds:
            i = int(np.argmin(dues))
            clock.wait_until(dues[i])
            stages[i].packet()
            dues[i] = stages[i].due
        costs.append(1000 * (time.process_time() - began) / sessions / seconds)
    print(f"without a network {min(costs):.2f} ms of CPU for a session and second")


def _video(folder: Path, frames: int = 100) -> None:
    """CPU of the same speech as video, 512x512 at 25 a second, H.264: the best of three."""
    import av

    import visavis
    from visavis.session import VirtualClock

    sound, avatar, drawn, encoded = speech(folder), visavis.open("ada"), [], []
    for _ in range(3):
        with avatar.session(size=512, sample_rate=RATE, clock=VirtualClock()) as session:
            session.push_audio(sound[: 10 * RATE], RATE)
            session.next()
            began = time.process_time()
            pictures = [session.next().image for _ in range(frames)]
            drawn.append(time.process_time() - began)
        codec: Any = av.CodecContext.create("libx264", "w")
        codec.width = codec.height = 512
        codec.pix_fmt, codec.framerate, codec.bit_rate = "yuv420p", 25, 1_000_000
        codec.options = {"preset": "veryfast", "tune": "zerolatency"}
        codec.thread_count = 1
        began, size = time.process_time(), 0
        for picture in pictures:
            frame = av.VideoFrame.from_ndarray(picture, "yuv420p")
            size += sum(len(bytes(packet)) for packet in codec.encode(frame))
        encoded.append(time.process_time() - began)
    each = 25_000 / frames
    print(
        f"as video {each * min(drawn):.0f} ms a second to move and draw, "
        f"{each * min(encoded):.0f} to encode (x264 veryfast), {25 * size / frames / 1000:.0f} kB/s"
    )


def _apart(packed: Any, poses: Any, key: int, frame: int) -> int:
    """Bytes of a pose as its difference from another."""
    return len(packed(poses[[key, frame]])) - len(packed(poses[[key]]))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speech", type=Path, required=True)
    parser.add_argument("--sessions", type=int, nargs="+", default=[50, 150, 300])
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--codec", default="pcm16", choices=["pcm16", "opus", "none"])
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        _serve(given.speech, given.codec)
        return
    os.sched_setaffinity(0, set(os.sched_getaffinity(0)) - {given.core} or {given.core})
    _codings(given.speech)
    _cost(given.speech)
    _video(given.speech)
    print(
        "sessions  late ms p50  p99  too late  slips  core %  ms/s each  MB each  motion B/s  "
        "sound B/s  packets/s"
    )
    for sessions in given.sessions:
        with _server(given.core, given.speech) as (port, ask):
            empty = ask()["rss"]
            f = asyncio.run(_clients(port, sessions, given.seconds, given.codec, ask))
        print(
            f"{sessions:8d} {f['late50']:12.1f} {f['late99']:5.1f} {f['needed']:8.2%} "
            f"{f['slips']:6d} "
            f"{100 * f['cpu']:7.1f} {f['each']:10.2f} {(f['rss'] - empty) / sessions / 1e6:8.2f} "
            f"{f['motion']:11.0f} {f['sound']:10.0f} {f['packets']:10.1f}", flush=True,
        )  # fmt: skip


if __name__ == "__main__":
    main()
