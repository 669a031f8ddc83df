"""What an agent is told about its voice's playback, in order, each once.

Comes in: started and finished, from the event loop's thread. Goes out: the RPCs
``lk.playback_started`` and ``lk.playback_finished`` to the agent, repeated where they did not
get through, since an agent that misses a "finished" waits for ever.
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass

from livekit import rtc

logger = logging.getLogger(__name__)

STARTED = "lk.playback_started"
FINISHED = "lk.playback_finished"

_TRIES = 40
_PAUSE = 0.25
"""Seconds between tries: together more than a room server needs to come back."""
_PATIENCE = 3.0
"""Seconds an answer may take. Calls that arrived are not repeated, whatever they answer."""
_NOT_ARRIVED = {
    rtc.RpcError.ErrorCode.CONNECTION_TIMEOUT,
    rtc.RpcError.ErrorCode.RECIPIENT_NOT_FOUND,
    rtc.RpcError.ErrorCode.SEND_FAILED,
    rtc.RpcError.ErrorCode.UNSUPPORTED_METHOD,  # its agent is there, its speech output not yet
}


@dataclass(frozen=True, slots=True)
class _Report:
    method: str
    payload: str


def finished_payload(position: float, interrupted: bool) -> str:
    """The JSON of a "finished": these two keys and no other, which agents do not take."""
    return json.dumps({"playback_position": round(position, 6), "interrupted": interrupted})


class PlaybackReports:
    """Sends reports to one agent, through one room after another.

    Without an agent nothing is sent.
    """

    def __init__(self) -> None:
        self.agent: str | None = None
        self.finished_sent = 0
        self._room: rtc.Room | None = None
        self._waiting: asyncio.Queue[_Report] = asyncio.Queue()
        self._attached = asyncio.Event()
        self._task = asyncio.create_task(self._send_all())

    def attach(self, room: rtc.Room) -> None:
        """Send through this room from now on."""
        self._room = room
        self._attached.set()

    def detach(self) -> None:
        """The room is lost: what is to be said waits."""
        self._room = None
        self._attached.clear()

    def started(self) -> None:
        """An utterance's first sound is heard."""
        self._put(_Report(STARTED, ""))

    def finished(self, position: float, interrupted: bool) -> None:
        """An utterance is over, this many seconds of it heard."""
        self._put(_Report(FINISHED, finished_payload(position, interrupted)))

    async def drain(self, timeout: float) -> None:
        """Wait until all is said, at most this long (s)."""
        try:
            await asyncio.wait_for(self._waiting.join(), timeout)
        except TimeoutError:
            logger.warning("the agent could not be told that its speech ended")

    async def close(self) -> None:
        """Send nothing more."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def _put(self, report: _Report) -> None:
        if self.agent is not None:
            self._waiting.put_nowait(report)

    async def _send_all(self) -> None:
        while True:
            report = await self._waiting.get()
            try:
                await self._send(report)
            except Exception:
                # One lost report must not take the later ones with it.
                logger.exception("%s could not be sent", report.method)
            finally:
                self._waiting.task_done()

    async def _send(self, report: _Report) -> None:
        for _ in range(_TRIES if report.method == FINISHED else 1):
            await self._attached.wait()
            if self._room is None or self.agent is None:
                continue
            try:
                await self._room.local_participant.perform_rpc(
                    destination_identity=self.agent,
                    method=report.method,
                    payload=report.payload,
                    response_timeout=_PATIENCE,
                    max_round_trip_latency=_PATIENCE - 1.0,
                )
            except rtc.RpcError as error:
                logger.debug("%s: %s", report.method, error.message)
                if error.code not in _NOT_ARRIVED:
                    break
                if report.method == FINISHED:
                    await asyncio.sleep(_PAUSE)
            else:
                break
        else:
            if report.method == FINISHED:
                logger.warning("agent %r did not take %s", self.agent, report.method)
            return
        self.finished_sent += report.method == FINISHED
