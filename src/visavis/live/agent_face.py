"""The face of an agent in the agent's own process: it publishes the tracks as its own.

Comes in: an opened avatar, the agent's room and its voice. Goes out: the tracks ``avatar_audio``
and ``avatar_video`` of the agent itself, and the reports its session waits for. No second
participant, no server, no key.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any

import numpy as np
from livekit import rtc
from livekit.agents.voice.io import AudioOutput, AudioOutputCapabilities

from visavis.errors import InvalidOption
from visavis.live.capturing import leave_unheard
from visavis.live.directing import Direction, Manner
from visavis.live.options import RoomOptions
from visavis.live.showing import Showing
from visavis.session import UtteranceFinished, UtteranceStarted

if TYPE_CHECKING:
    from visavis.avatar import Avatar
    from visavis.session import BaseSession, Event, Session

logger = logging.getLogger(__name__)


class SessionOutput(AudioOutput):
    """An agent's voice into a session; every segment gets its "finished", whatever happens.

    Args:
        session: speaks it.
    """

    def __init__(self, session: BaseSession) -> None:
        super().__init__(
            label="Visavis", capabilities=AudioOutputCapabilities(pause=False), sample_rate=None
        )
        self._session = session
        self._loop = asyncio.get_running_loop()
        self._capturing = False
        self._pushed = False
        self._dropping = False  # interrupted: the rest of this segment is not wanted
        self._silence = session.listen(self._hear)

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        """Take sound of the current segment, much faster than real time or just in time."""
        if self._dropping:
            return
        await super().capture_frame(frame)
        self._capturing = True
        if self._session.closed or not frame.samples_per_channel:
            return
        samples = np.frombuffer(frame.data, np.int16)
        if frame.num_channels > 1:
            samples = samples.reshape(-1, frame.num_channels)
        self._session.push_audio(samples, frame.sample_rate)
        self._pushed = True

    def flush(self) -> None:
        """The segment ends here."""
        super().flush()
        if self._capturing and not self._pushed and not self._dropping:
            self.on_playback_finished(playback_position=0.0, interrupted=self._session.closed)
        elif not self._session.closed:
            self._session.flush()
        self._capturing = self._pushed = self._dropping = False

    def clear_buffer(self) -> None:
        """Barge-in."""
        if self._capturing:
            self._dropping = True
            if not self._pushed:
                self.on_playback_finished(playback_position=0.0, interrupted=True)
        if not self._session.closed:
            self._session.interrupt()

    def close(self) -> None:
        """Hear nothing of the session any more."""
        self._silence()

    def _hear(self, event: Event) -> None:
        """In whatever thread: reports are made in the event loop's, in order."""
        self._loop.call_soon_threadsafe(self._report, event)

    def _report(self, event: Event) -> None:
        if isinstance(event, UtteranceStarted):
            self.on_playback_started(created_at=time.time())
        elif isinstance(event, UtteranceFinished):
            self.on_playback_finished(
                playback_position=event.position, interrupted=event.interrupted
            )


class AgentFace:
    """One avatar as the face of the participant whose room this is.

    Args:
        avatar: who it is; stays the caller's to close.
        options: how it appears.

    Raises:
        InvalidOption: an option outside what is possible.
    """

    def __init__(self, avatar: Avatar, options: RoomOptions | None = None) -> None:
        self.options = RoomOptions() if options is None else options
        self.session: Session = self.options.session(avatar)
        self.manner = Manner(self.session, self.options.follow_agent)
        self.output = SessionOutput(self.session)
        self._direction = Direction(self.session, self.manner, self.options.directors)
        self._room: rtc.Room | None = None
        self._publishing: asyncio.Task[None] | None = None
        self._showing: Showing | None = None

    async def start(self, room: rtc.Room) -> None:
        """Publish the tracks and begin to live; in a room not yet connected, as soon as it is.

        Args:
            room: the agent's.
        """
        if self._room is not None or self.session.closed:
            raise InvalidOption("an AgentFace starts once; make another")
        self._room = room
        self._showing = Showing(self.session, self.options, self._failed)
        self._showing.start()
        if room.isconnected():
            await self._publish()
        else:
            room.on("connection_state_changed", self._on_state)

    async def aclose(self) -> None:
        """Take the tracks away and free everything; what is being said ends as interrupted."""
        self.session.close()
        await asyncio.sleep(0)  # the reports of that come by the loop
        if self._publishing is not None:
            self._publishing.cancel()
            await asyncio.gather(self._publishing, return_exceptions=True)
        self.output.close()
        room, self._room = self._room, None
        if room is not None:
            room.off("connection_state_changed", self._on_state)
            if room.isconnected() and self._showing is not None:
                self._direction.unregister(room.local_participant)
                try:
                    await self._showing.tracks.unpublish(room.local_participant)
                except Exception as error:  # the room is going away itself
                    logger.debug("tracks not taken back: %s", type(error).__name__)
        if self._showing is not None:
            await self._showing.close()

    async def _publish(self) -> None:
        assert self._room is not None and self._showing is not None
        leave_unheard(self._room)
        me = self._room.local_participant
        self._direction.agent = me.identity
        self._direction.register(me)
        await self._showing.tracks.publish(me)

    def _on_state(self, state: Any) -> None:
        if state == rtc.ConnectionState.CONN_CONNECTED and self._publishing is None:
            self._publishing = asyncio.create_task(self._publish())

    def _failed(self, error: Exception) -> None:
        logger.error("the face cannot go on; its agent has no voice any more", exc_info=error)
        self.session.close()  # ends what is being said, so that the agent does not wait
