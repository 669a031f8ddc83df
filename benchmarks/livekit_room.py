"""What somebody in a LiveKit room sees and hears of an avatar, and what that costs.

    python benchmarks/livekit_room.py            joining, delays, steadiness, barge-in, a restart
    python benchmarks/livekit_room.py --cost     a live session against encoding the same frames

A real server on the loopback interface (as in the tests), a real AgentSession with the plugin, and
a guest in a process of its own. The sentence is a row of short tones; each frame whose sound is
loud gets a white patch in its corner on its way into the room, so that the guest can tell, in
pictures as in sound, to the millisecond, what belongs together. (A small one: pictures that flash
white as a whole overrun the bitrate, and WebRTC then drops others.)
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import itertools
import json
import logging
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from livekit import rtc

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

RATE = 24_000
LOUD = 3000
PATCH = 64
"""Side of the patch, px."""


def beeps(count: int) -> npt.NDArray[np.int16]:
    """Tones of 80 ms, 520 ms apart: 13 frames of 25 a second."""
    t = np.arange(round(0.52 * RATE)) / RATE
    one = 9000 * np.sin(2 * np.pi * 500 * t) * ((t >= 0.2) & (t < 0.28))
    return np.tile(one, count).astype(np.int16)


async def watch(url: str, token: str) -> None:
    """The guest: notes what comes until its standard input ends, then prints it.

    At every line that comes in before, it prints what it has noted and forgets it.
    """
    notes: dict[str, Any] = {"pictures": [], "sound": [], "tracks": []}
    room = rtc.Room()
    tasks = []

    async def video(track: rtc.RemoteVideoTrack) -> None:
        async for event in rtc.VideoStream(track):
            frame = event.frame
            y = np.frombuffer(frame.data, np.uint8)[: frame.width * PATCH]
            luma = y.reshape(PATCH, -1)[8:-8, 8 : PATCH - 8].mean()
            notes["pictures"].append((time.monotonic(), frame.width, frame.height, float(luma)))

    async def audio(track: rtc.RemoteAudioTrack) -> None:
        stream = rtc.AudioStream(track, sample_rate=RATE, num_channels=1, frame_size_ms=10)
        async for event in stream:
            loud = np.flatnonzero(np.abs(np.frombuffer(event.frame.data, np.int16)) > LOUD)
            first = loud[0] / RATE if len(loud) else None
            notes["sound"].append((time.monotonic() - 0.01, first))

    @room.on("track_subscribed")
    def on_track(track: rtc.Track, *_: object) -> None:
        notes["tracks"].append((time.monotonic(), track.name))
        seen = track.kind == rtc.TrackKind.KIND_VIDEO
        tasks.append(asyncio.create_task(video(track) if seen else audio(track)))

    await room.connect(url, token)
    print("ready", flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(notes), flush=True)
        for noted in notes.values():
            noted.clear()
    stats = await room.get_rtc_stats()
    await room.disconnect()  # else the SDK calls into an interpreter that has ended
    for one in [*stats.publisher_stats, *stats.subscriber_stats]:
        if one.HasField("inbound_rtp"):
            inbound = one.inbound_rtp.inbound
            waited = inbound.jitter_buffer_delay / max(inbound.jitter_buffer_emitted_count, 1)
            if one.inbound_rtp.stream.kind == "video":
                notes["decoded"] = inbound.frames_decoded
            notes[f"buffer_{one.inbound_rtp.stream.kind}"] = waited
    print(json.dumps(notes), flush=True)


class Guest:
    """That process."""

    def __init__(self, url: str, token: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, __file__, "--guest", url, token],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        while self.process.stdout.readline().strip() != "ready":
            pass

    def notes(self) -> dict[str, Any]:
        """What it noted."""
        out, _ = self.process.communicate("")
        return dict(json.loads(out.strip().splitlines()[-1]))


def painted(send: Callable[..., Any]) -> Callable[..., Any]:
    """Hands over frames, with a white patch those in which a tone begins or goes on, else black."""

    def paint(frame: Any) -> None:
        image = frame.image.copy()
        image[:PATCH, :PATCH] = 235 if np.abs(frame.sound).max(initial=0) > LOUD else 16
        send(dataclasses.replace(frame, image=image))

    return paint


def onsets(notes: dict[str, Any], since: float) -> tuple[list[float], list[float]]:
    """When each tone was first seen and first heard."""
    seen = [t for t, _, _, luma in notes["pictures"] if t >= since and luma > 190]
    heard = [t + first for t, first in notes["sound"] if t >= since and first is not None]

    def first_of_each(times: list[float]) -> list[float]:
        return [t for i, t in enumerate(times) if i == 0 or t - times[i - 1] > 0.2]

    return first_of_each(seen), first_of_each(heard)


async def one_round(server: Any, room_name: str, size: int, codec: Any) -> dict[str, float]:
    """One conversation; the figures of it, milliseconds if not said otherwise."""
    from livekit.agents import Agent, AgentSession
    from livekit.plugins import visavis

    from visavis.live import RoomOptions
    from visavis.session import UtteranceFinished, UtteranceStarted

    figures: dict[str, float] = {}
    guest = Guest(server.url, server.token(room_name, "guest"))
    room = rtc.Room()
    await room.connect(server.url, server.token(room_name, "agent", kind="agent"))
    session: AgentSession[None] = AgentSession(tts=visavis.OfflineVoice(), vad=None)
    avatar = visavis.AvatarSession(model_path="ada", options=RoomOptions(size=size, codec=codec))
    began = time.monotonic()
    await avatar.start(session, room=room)
    face = avatar._face
    tracks = face._showing.tracks
    tracks.send = painted(tracks.send)
    await session.start(Agent(instructions=""), room=room)
    live = face.session
    events: list[Any] = []
    live.listen(events.append)
    await asyncio.sleep(3)

    async def say(sound: npt.NDArray[np.int16]) -> None:
        await session.say("beep", audio=_pieces(sound)).wait_for_playout()

    quiet = time.monotonic()
    await asyncio.sleep(1)
    pushed = time.monotonic()
    await say(beeps(20))
    await asyncio.sleep(1)
    await say(beeps(60)[: 2 * RATE])
    exact = [e.position for e in events if isinstance(e, UtteranceFinished)]
    figures["position of 2.00 s"] = exact[-1]
    await asyncio.sleep(0.5)
    # Barge-in amid a long tone.
    tone = (9000 * np.sin(2 * np.pi * 500 * np.arange(30 * RATE) / RATE)).astype(np.int16)
    burst = time.monotonic()
    task = asyncio.create_task(say(tone))
    await asyncio.sleep(1.5)
    stopped = time.monotonic()
    await session.interrupt()
    await task
    figures["finished after interrupt"] = (time.monotonic() - stopped) * 1e3
    await asyncio.sleep(1)
    stats = (await room.get_rtc_stats()).publisher_stats
    shown = next(
        s.media_source.video.frames
        for s in stats
        if s.HasField("media_source") and s.media_source.video.frames
    )
    encoded = next(
        s.outbound_rtp.outbound.frames_encoded
        for s in stats
        if s.HasField("outbound_rtp") and s.outbound_rtp.stream.kind == "video"
    )
    notes = await asyncio.to_thread(guest.notes)
    figures["pictures the session left out"] = live.metrics.dropped
    figures["  the encoder"] = shown - encoded
    figures["  the way, or its reader"] = notes["decoded"] - len(notes["pictures"])
    await session.aclose()
    await avatar.aclose()
    await room.disconnect()

    pictures = np.array([p[0] for p in notes["pictures"]])
    figures["start to first picture"] = (pictures[0] - began) * 1e3
    steady = pictures[(pictures > began + 2) & (pictures < stopped)]
    gaps = np.diff(steady) * 1e3
    figures["fps"] = len(gaps) / (steady[-1] - steady[0])
    for quantile in (50, 95, 99):
        figures[f"frame interval p{quantile}"] = float(np.percentile(gaps, quantile))
    figures["interval max, 30 s burst"] = float(
        np.diff(pictures[(pictures > burst - 0.2) & (pictures < burst + 1.2)]).max(initial=0) * 1e3
    )
    figures["sizes seen"] = len({(p[1], p[2]) for p in notes["pictures"]})
    started = [e for e in events if isinstance(e, UtteranceStarted)]
    figures["sound pushed to frame (session)"] = started[0].delay * 1e3
    seen, heard = onsets(notes, quiet)
    # The first tone begins 200 ms into the sound.
    figures["say() to seen, beyond its 200 ms"] = (seen[0] - pushed) * 1e3 - 200
    pairs = [(s, h) for s in seen[:20] for h in heard[:20] if abs(h - s - 0.1) < 0.2]
    raw = statistics.median(h - s for s, h in pairs) * 1e3
    buffers = (notes["buffer_audio"] - notes["buffer_video"]) * 1e3
    figures["sound after picture, as played"] = raw
    figures["  of it the SDK's jitter buffers"] = buffers
    figures["  AV offset without them"] = raw - buffers
    figures["jitter buffer of sound"] = notes["buffer_audio"] * 1e3
    last_heard = max(t for t, first in notes["sound"] if first is not None) + 0.01
    last_seen = max(p[0] for p in notes["pictures"] if p[3] > 190)
    figures["interrupt to silence heard"] = (last_heard - stopped) * 1e3
    figures["interrupt to last moving picture"] = (last_seen - stopped) * 1e3
    return figures


async def _pieces(sound: npt.NDArray[np.int16]) -> AsyncIterator[Any]:
    """Sound as voices emit it: 50 ms at a time, as fast as it is taken."""
    for i in range(0, len(sound), RATE // 20):
        piece = sound[i : i + RATE // 20]
        yield rtc.AudioFrame(piece.tobytes(), RATE, 1, len(piece))


async def restart(server: Any, size: int) -> float:
    """The server is killed and started: seconds from its being back to a picture seen."""
    import visavis
    from visavis.live import RoomAvatar, RoomOptions

    with visavis.open("ada") as character:
        avatar = RoomAvatar(character, RoomOptions(size=size))
        await avatar.join(server.url, server.token("restart", "ada", kind="agent"))
        guest = Guest(server.url, server.token("restart", "guest"))
        await asyncio.sleep(2)
        server.kill()
        killed = time.monotonic()
        await asyncio.sleep(1)
        await asyncio.to_thread(server.start)
        back = time.monotonic()
        await asyncio.sleep(8)
        notes = await asyncio.to_thread(guest.notes)
        await avatar.leave()
    later = [p[0] for p in notes["pictures"] if p[0] > killed + 0.5]
    return later[0] - back if later else float("nan")


async def cost(url: str, tokens: list[str], options: Any, seconds: float, what: str) -> float:
    """CPU milliseconds a frame of this process.

    Args:
        url: of the server.
        tokens: of the avatar and of its guest, in a room of theirs.
        options: of the room.
        seconds: how long.
        what: "live", a session; or its frames, made before, handed to the SDK as its examples do,
            and nothing else: "frames", or only their "pictures".
    """
    import visavis
    from benchmarks.session import voice
    from visavis.live import RoomAvatar

    sound, rate = voice(seconds + 5)
    token, guest = tokens
    with visavis.open("ada") as character:
        if what == "live":
            avatar = RoomAvatar(character, options)
            avatar.session.push_audio(sound, rate)
            await avatar.join(url, token)
            spent = await _spent(url, guest, seconds)
            await avatar.leave()
            return spent
        with options.session(character) as session:
            session.push_audio(sound, rate)
            frames = [session.next() for _ in range(250)]
    bare = rtc.Room()
    await bare.connect(url, token)
    sender = asyncio.create_task(_send(bare.local_participant, options, frames, what == "frames"))
    spent = await _spent(url, guest, seconds)
    sender.cancel()
    await asyncio.gather(sender, return_exceptions=True)
    await bare.disconnect()
    return spent


async def _spent(url: str, token: str, seconds: float) -> float:
    guest = Guest(url, token)
    await asyncio.sleep(2)
    began = time.process_time()
    await asyncio.sleep(seconds)
    spent = time.process_time() - began
    notes = await asyncio.to_thread(guest.notes)
    assert len(notes["pictures"]) > seconds * 20
    return spent / (25 * seconds) * 1e3


async def _send(me: Any, options: Any, frames: list[Any], with_sound: bool) -> None:
    """Frames made before, at the clock, with what the SDK offers for that."""
    from visavis.live.tracks import video_publishing

    width, height = options.width_height
    video = rtc.VideoSource(width, height)
    track = rtc.LocalVideoTrack.create_video_track("v", video)
    await me.publish_track(track, video_publishing(options))
    audio = rtc.AudioSource(options.sample_rate, 1)
    if with_sound:
        track = rtc.LocalAudioTrack.create_audio_track("a", audio)
        as_sound = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        as_sound.audio_encoding.max_bitrate = options.audio_bitrate
        await me.publish_track(track, as_sound)
    loop = asyncio.get_running_loop()
    began = loop.time()
    for index in itertools.count():
        await asyncio.sleep(max(began + index / 25 - loop.time(), 0))
        # There and back, so that the coder meets no cut.
        turn = index % (2 * len(frames) - 2)
        frame = frames[min(turn, 2 * len(frames) - 2 - turn)]
        flat = memoryview(frame.image.reshape(-1).data)
        video.capture_frame(rtc.VideoFrame(width, height, rtc.VideoBufferType.I420, flat))
        if with_sound:
            count = len(frame.sound)
            data = frame.sound.tobytes()
            await audio.capture_frame(rtc.AudioFrame(data, options.sample_rate, 1, count))


def main() -> None:
    """See the module's text."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--guest", nargs=2)
    parser.add_argument("--cost", action="store_true")
    parser.add_argument("--cost-of", nargs=4)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--codec", default="h264")
    wanted = parser.parse_args()
    logging.disable(logging.ERROR)  # what the SDK has to say when a server is killed
    if wanted.guest:
        asyncio.run(watch(*wanted.guest))
        return
    if wanted.cost_of:
        what, url, *tokens = wanted.cost_of
        print(asyncio.run(cost(url, tokens, _options(wanted), 12, what)))
        return
    from tests.helpers.livekit_server import LiveKitServer

    with tempfile.TemporaryDirectory() as folder:
        server = LiveKitServer(Path(folder))
        server.start()
        try:
            (_costs if wanted.cost else _seen)(server, wanted)
        finally:
            server.kill()


def _seen(server: Any, wanted: argparse.Namespace) -> None:
    rounds: list[dict[str, float]] = []

    async def play() -> None:
        for k in range(wanted.rounds + 1):  # the first warms the process up
            rounds.append(await one_round(server, f"room-{k}", wanted.size, wanted.codec))

    asyncio.run(play())
    print(f"{'':36}{'median':>9}{'worst':>9}   of {wanted.rounds} rounds; ms where not said")
    for name in rounds[0]:
        values = [one[name] for one in rounds[1:]]
        worst = min(values) if name in ("fps", "position of 2.00 s") else max(values)
        print(f"{name:36}{statistics.median(values):9.2f}{worst:9.2f}")
    back = [asyncio.run(restart(server, wanted.size)) for _ in range(3)]
    print(f"{'server restart to picture, s':36}{statistics.median(back):9.2f}{max(back):9.2f}")


def _options(wanted: argparse.Namespace) -> Any:
    from visavis.live import RoomOptions

    return RoomOptions(size=wanted.size, codec=wanted.codec, seed=1)


def _cost_alone(server: Any, wanted: argparse.Namespace, what: str) -> float:
    """:func:`cost` in a process of its own: sources of the SDK that were used before tick on."""
    room = f"cost-{time.monotonic_ns()}"
    tokens = [server.token(room, "ada", kind="agent"), server.token(room, "guest")]
    command = [sys.executable, __file__, "--cost-of", what, server.url, *tokens]
    command += ["--size", str(wanted.size), "--codec", wanted.codec]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"measuring {what} failed:\n{done.stderr.strip()}")
    return float(done.stdout.strip().splitlines()[-1])  # what it says last


def _costs(server: Any, wanted: argparse.Namespace) -> None:
    found: dict[str, list[float]] = {"pictures": [], "frames": [], "live": []}
    for _ in range(wanted.rounds):
        for what, values in found.items():
            values.append(_cost_alone(server, wanted, what))
        now = {what: values[-1] for what, values in found.items()}
        print(
            "CPU ms a frame: pictures alone {pictures:.2f}, with their sound {frames:.2f}, "
            "live {live:.2f}".format(**now),
            flush=True,
        )
    live = statistics.median(found["live"])
    for what in ("pictures", "frames"):
        pairs = zip(found["live"], found[what], strict=True)
        ratio = statistics.median(session / alone for session, alone in pairs)
        print(f"live against {what} alone, median of {wanted.rounds}: {ratio:.2f}")
    share = statistics.median(found["frames"]) / live
    print(f"sessions a core: {40 / live:.1f}; the SDK's share of a session {100 * share:.0f} %")


if __name__ == "__main__":
    main()
