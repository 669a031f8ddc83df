"""A server of motion streams whose sound and poses tell the time, over a link as bad as wanted.

Comes in: connections of pages. Goes out: utterances on request. While it speaks, each sample of
the sound is the fraction of the second at which it is due (times LEVEL), `jawOpen` of each pose is
the same fraction, and the head swings: so a page can tell what it hears and sees by itself. The
format and its rules are those of `visavis.stream`; the link in between is in this file.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np
from websockets.asyncio.server import ServerConnection, serve

from visavis import stream
from visavis.pose import make

RATE, FPS = 24_000, 25
FRAME = RATE // FPS
LEVEL = 0.5
"""The sound's value at the end of a second."""
SWING_DEG, SWING_S = 6.0, 2.0
"""The head turns so far to each side, once in so long."""
EDGE_S = 0.4
"""A jaw that swings begins and ends its swinging within so long."""


Sent = tuple[float, bytes, bool]
"""When a packet was sent, by the loop's clock; the packet; whether it has marks."""


@dataclass
class Link:
    """What the way to the page does to packets.

    Args:
        jitter: each takes up to so much longer, seconds.
        loss: share of packets lost: on a way that loses nothing they come `again` seconds later and
            hold up those behind them, otherwise they never come.
        ordered: whether nothing overtakes.
    """

    jitter: float = 0.0
    loss: float = 0.0
    again: float = 0.2
    ordered: bool = True
    random: Random = field(default_factory=lambda: Random(7))

    async def carry(self, send: Callable[[bytes], Any], packets: asyncio.Queue[Sent]) -> None:
        """Hand packets over, late, until cancelled."""
        last = 0.0
        async with asyncio.TaskGroup() as group:
            while True:
                sent, packet, marks = await packets.get()
                due = sent + self.jitter * self.random.random()
                lost = self.random.random() < self.loss
                if not self.ordered:
                    if marks or not lost:  # marks go another way, as the format says
                        group.create_task(self._later(send, packet, due))
                    continue
                due = last = max(last, due + (self.again if lost else 0))
                await self._later(send, packet, due)

    async def _later(self, send: Callable[[bytes], Any], packet: bytes, due: float) -> None:
        await asyncio.sleep(max(due - asyncio.get_running_loop().time(), 0))
        await send(packet)


class Talk:
    """One page's stream."""

    def __init__(self, codec: stream.Codec, lead: float, sawtooth: bool) -> None:
        hello = stream.Hello(Random().getrandbits(32), Fraction(FPS), RATE, codec)
        self.encoder = stream.Encoder(hello)
        self.lead = round(lead * FPS)
        self.sawtooth = sawtooth
        self.began = asyncio.get_running_loop().time()
        self.frame = 0
        self.utterance = 0
        self.speaks_from = self.speaks_until = 0
        self.said_wall = self.due_wall = 0.0
        """When it was told to speak last, and when the first sample of that was due, by the
        machine's clock."""
        self.records: list[stream.Record] = [hello, stream.State("idle"), stream.Rest(0)]
        self.heard: list[dict[str, Any]] = []

    @property
    def now(self) -> int:
        """The clock, samples."""
        return int((asyncio.get_running_loop().time() - self.began) * RATE)

    def say(self, seconds: float) -> None:
        """An utterance from now on."""
        self.frame = max(self.now // FRAME + 1, self.frame)
        self.speaks_from, self.speaks_until = self.frame, self.frame + round(seconds * FPS)
        self.utterance += 1
        at = self.frame * FRAME
        self.said_wall = time.time()
        self.due_wall = self.said_wall + (at - self.now) / RATE
        self.records += [
            stream.State("speaking"),
            stream.Started(self.utterance, at),
            stream.Caption(self.utterance, at, f"utterance {self.utterance}"),
        ]

    def interrupt(self) -> None:
        """Barge-in: back to now."""
        if not self.speaks_until:
            return
        self.frame = min(self.frame, self.now // FRAME + 1)
        self.records += [
            stream.Interrupt(self.frame, self.now),
            stream.Finished(self.utterance, self.now, 0, True),
            stream.State("idle"),
            stream.Rest(self.frame + 5),
        ]
        self.records.append(stream.Poses(self.frame, self._poses(self.frame, 5, False)))
        self.speaks_until = 0

    def packet(self) -> Sent:
        """What is due, or the time."""
        until = min(self.now // FRAME + 1 + self.lead, self.speaks_until)
        if self.frame < until:
            count = until - self.frame
            samples = np.arange(self.frame * FRAME, until * FRAME)
            sound = (LEVEL * 32768 * (samples % RATE) / RATE).astype(np.int16)
            self.records.append(stream.Poses(self.frame, self._poses(self.frame, count, True)))
            if self.encoder.hello.codec != stream.Codec.NONE:
                self.records.append(stream.Sound(self.frame * FRAME, sound.tobytes()))
            self.frame = until
        if self.speaks_until and self.frame >= self.speaks_until:
            at = self.frame * FRAME
            poses = self._poses(self.frame, 10, False)
            self.records += [
                stream.Finished(self.utterance, at, at, False),
                stream.Poses(self.frame, poses),
                stream.Rest(self.frame + 10),
                stream.Caption(self.utterance, at, ""),
                stream.State("idle"),
            ]
            self.speaks_until = 0
        records, self.records = self.records, []
        sent = asyncio.get_running_loop().time()
        marks = any(not isinstance(r, stream.Poses | stream.Sound) for r in records)
        return sent, self.encoder.packet(self.now, records), marks

    def _jaw(self, seconds: float) -> float:
        """How open the mouth is: what time it is, or a swing without an edge."""
        if self.sawtooth:
            return seconds % 1
        edge = min(seconds - self.speaks_from / FPS, self.speaks_until / FPS - seconds) / EDGE_S
        return min(max(edge, 0), 1) * (0.5 + 0.4 * float(np.sin(2 * np.pi * seconds)))

    def _poses(self, frame: int, count: int, speaks: bool) -> Any:
        times = (np.arange(frame, frame + count) + 0.5) / FPS
        poses = [
            make(
                jawOpen=self._jaw(t) if speaks else 0.0,
                headYaw=SWING_DEG * np.sin(2 * np.pi * t / SWING_S),
            )
            for t in times
        ]
        return np.array(poses, np.float32)


class Speaker:
    """The server, in a thread of its own.

    Args:
        link: the way to the page.
        lead: how far ahead of the clock it sends, seconds.
        sawtooth: whether the jaw tells the time, or swings.
    """

    def __init__(self, link: Link | None = None, lead: float = 0.2, sawtooth: bool = True) -> None:
        self.link = link or Link()
        self.lead = lead
        self.sawtooth = sawtooth
        self.talks: list[Talk] = []
        self.port = 0
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def url(self) -> str:
        """Where pages connect."""
        return f"ws://127.0.0.1:{self.port}/motion/tiny?codec=pcm16"

    def __enter__(self) -> Speaker:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def drop(self) -> None:
        """Break all connections, as a network does."""
        for connection in list(self._server.connections):
            self._loop.call_soon_threadsafe(connection.transport.abort)

    def _run(self) -> None:
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        async with serve(
            self._visit,
            "127.0.0.1",
            self.port,
            subprotocols=["visavis-motion-1"],  # type: ignore[list-item]
        ) as self._server:
            self.port = self._server.sockets[0].getsockname()[1]
            self._ready.set()
            await self._stop.wait()

    async def _visit(self, connection: ServerConnection) -> None:
        talk = Talk(stream.Codec.PCM16, self.lead, self.sawtooth)
        self.talks.append(talk)
        packets: asyncio.Queue[Sent] = asyncio.Queue()
        carrying = asyncio.create_task(self.link.carry(connection.send, packets))
        speaking = asyncio.create_task(self._speak(talk, packets))
        try:
            async for text in connection:
                message = json.loads(text)
                talk.heard.append(message)
                if message["type"] == "say":
                    talk.say(float(message["text"]))
                    packets.put_nowait(talk.packet())
                elif message["type"] == "interrupt":
                    talk.interrupt()
        finally:
            carrying.cancel()
            speaking.cancel()

    async def _speak(self, talk: Talk, packets: asyncio.Queue[Sent]) -> None:
        while True:
            packets.put_nowait(talk.packet())
            await asyncio.sleep(1 / FPS)
