"""An agent's voice as it comes into a room: one byte stream an utterance, and barge-in.

Comes in: the streams of topic ``lk.audio_stream`` and the RPC ``lk.clear_buffer``. Goes out: sound
for the session, and for each utterance exactly one "finished" to the agent, whatever happens: a
stream without sound, a lost end, an interruption before the first sound, an agent that vanishes.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

import numpy as np
from livekit import rtc

from visavis.errors import InvalidOption
from visavis.live.reports import PlaybackReports
from visavis.session import UtteranceFinished, UtteranceStarted

if TYPE_CHECKING:
    from visavis.session import Event, Session

logger = logging.getLogger(__name__)

TOPIC = "lk.audio_stream"
CLEAR = "lk.clear_buffer"

_LOST_END = 10.0
"""Seconds without a piece after which a stream's end counts as lost, as the agents' own receiver
has it: voices come faster than they are spoken."""
_OVERTAKEN = 0.5
"""The same once the next stream has begun: an agent never speaks two at once."""


class _Utterance:
    """One stream.

    Attributes:
        pushed: whether any of its sound went to the session.
        dropped: interrupted: the rest of the stream is not wanted.
    """

    def __init__(self, reader: rtc.ByteStreamReader) -> None:
        self.reader = reader
        self.pushed = False
        self.dropped = False


class StreamedVoice:
    """Takes an agent's utterances into a session and keeps account of them.

    Lives in the event loop's thread.

    Args:
        session: hears the sound; nobody else pushes while an agent speaks.
        reports: tells the agent.
    """

    def __init__(self, session: Session, reports: PlaybackReports) -> None:
        self.utterances = 0
        self._session = session
        self._reports = reports
        self._loop = asyncio.get_running_loop()
        self._coming: deque[_Utterance] = deque()
        self._more = asyncio.Event()
        self._overtaken = asyncio.Event()
        self._reading: _Utterance | None = None
        self._speaking: deque[_Utterance] = deque()  # pushed, not finished, in the session's order
        self._silence = session.listen(self._hear)
        self._task = asyncio.create_task(self._read_all())

    def stream(self, reader: rtc.ByteStreamReader) -> None:
        """An utterance begins."""
        self._coming.append(_Utterance(reader))
        if self._reading is not None:
            self._overtaken.set()
        self._more.set()

    def clear(self) -> None:
        """Barge-in: drop everything that was announced; each utterance ends as interrupted."""
        announced = [*self._coming]
        if self._reading is not None:
            announced.insert(0, self._reading)
        self._session.interrupt()
        for utterance in announced:
            self._drop(utterance)

    async def close(self) -> None:
        """Read no more. What was open has been interrupted by whoever closes."""
        self._silence()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        for utterance in [*self._coming, *([self._reading] if self._reading else [])]:
            utterance.reader.close()
        self._coming.clear()

    def _drop(self, utterance: _Utterance) -> None:
        """Not wanted any more; one that has reached the session is reported by its event."""
        if utterance.dropped:
            return
        utterance.dropped = True
        utterance.reader.close()
        if not utterance.pushed:
            self._later(self._reports.finished, 0.0, True)

    # From the session

    def _hear(self, event: Event) -> None:
        """In whatever thread the session is in."""
        self._later(self._happened, event)

    def _later(self, function: Callable[..., object], *arguments: object) -> None:
        """Call it from the event loop, after whatever was to be called before."""
        self._loop.call_soon_threadsafe(function, *arguments)

    def _happened(self, event: Event) -> None:
        if not self._speaking:
            return  # not the agent's: pushed by somebody else
        if isinstance(event, UtteranceStarted):
            self._reports.started()
        elif isinstance(event, UtteranceFinished):
            utterance = self._speaking.popleft()
            # Interrupted by somebody else than the agent: its stream may still be coming.
            self._drop(utterance)
            self._reports.finished(event.position, event.interrupted)

    # From the room

    async def _read_all(self) -> None:
        while True:
            await self._more.wait()
            while self._coming:
                self._reading = self._coming.popleft()
                if not self._coming:
                    self._overtaken.clear()
                try:
                    await self._read(self._reading)
                finally:
                    self._reading.reader.close()
                    self._reading = None
            self._more.clear()

    async def _read(self, utterance: _Utterance) -> None:
        if utterance.dropped:
            return
        self.utterances += 1
        try:
            attributes = utterance.reader.info.attributes or {}
            rate, channels = int(attributes["sample_rate"]), int(attributes["num_channels"])
            if not 1 <= channels <= 64:
                raise ValueError(f"{channels} channels")
            width = 2 * channels
            rest = b""
            async for piece in self._pieces(utterance):
                whole = len(rest) + len(piece)
                data, rest = _split(rest + piece if rest else piece, whole - whole % width)
                if data:
                    self._push(utterance, data, rate, channels)
        except (KeyError, ValueError, InvalidOption) as error:
            logger.warning("a voice that cannot be used: %s: %s", type(error).__name__, error)
        if utterance.dropped or self._session.closed:
            return
        if utterance.pushed:
            self._session.flush()
        else:
            utterance.dropped = True
            self._later(self._reports.finished, 0.0, False)

    def _push(self, utterance: _Utterance, data: bytes, rate: int, channels: int) -> None:
        if utterance.dropped:
            return
        samples = np.frombuffer(data, "<i2").astype(np.int16, copy=False)
        self._session.push_audio(samples if channels == 1 else samples.reshape(-1, channels), rate)
        if not utterance.pushed:
            # Its events come by the loop, so they find it here.
            self._speaking.append(utterance)
            utterance.pushed = True

    async def _pieces(self, utterance: _Utterance) -> AsyncIterator[bytes]:
        """A stream's pieces until its end, or until that must be taken for lost."""
        reader = utterance.reader
        while not utterance.dropped:
            patience = _OVERTAKEN if self._overtaken.is_set() else _LOST_END
            try:
                piece = await self._within(patience, reader)
            except TimeoutError:
                if self._overtaken.is_set() and patience == _LOST_END:
                    continue
                logger.warning("a voice's end did not come; taking it as ended")
                return
            except StopAsyncIteration:
                return
            except rtc.StreamError as error:
                logger.info("a voice broke off: %s", error.description)
                return
            yield piece

    async def _within(self, patience: float, reader: rtc.ByteStreamReader) -> bytes:
        """The next piece; TimeoutError if it does not come, or the next stream does first."""
        if self._overtaken.is_set():
            return await asyncio.wait_for(anext(reader), patience)
        piece = asyncio.ensure_future(anext(reader))
        overtaken = asyncio.ensure_future(self._overtaken.wait())
        try:
            await asyncio.wait(
                {piece, overtaken}, timeout=patience, return_when=asyncio.FIRST_COMPLETED
            )
            if piece.done():
                return piece.result()
            raise TimeoutError
        finally:
            overtaken.cancel()
            if not piece.done():
                piece.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await piece


def _split(data: bytes, at: int) -> tuple[bytes, bytes]:
    return data[:at], data[at:]
