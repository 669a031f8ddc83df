"""The face of an agent that its listeners draw themselves: motion beside the agent's voice.

Comes in: an opened avatar, the agent's room and its voice. Goes out: the agent's track
``avatar_audio`` and, as data of the topic ``visavis.motion``, packets of a motion stream without
sound (docs/motion-stream.md). No video, so next to nothing to compute.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from livekit import rtc

from visavis.errors import InvalidOption
from visavis.live.agent_face import SessionOutput
from visavis.live.capturing import sound_intake
from visavis.live.directing import Direction, Manner
from visavis.live.options import RoomOptions
from visavis.live.tracks import AUDIO_TRACK
from visavis.stream import MotionSession, Sound

if TYPE_CHECKING:
    from visavis.avatar import Avatar

logger = logging.getLogger(__name__)

TOPIC = "visavis.motion"
"""Of the packets; and of what a listener sends back: ``{"type": "hello"}`` asks for the header."""
DRAW = "visavis.draw"
"""Attribute of the agent's participant: ``client`` where listeners draw."""
LAG_S = 0.02
"""By how much sound leaves after its time by the stream's clock: late packets are not heard."""
_QUEUE_MS = 2000


class RoomVoice:
    """The sound of a stream as a track: every sample leaves at its time by the stream's clock.

    Args:
        rate: Hz.
    """

    delay = 0

    def __init__(self, rate: int) -> None:
        self.source = rtc.AudioSource(rate, 1, queue_size_ms=_QUEUE_MS)
        self._intake = sound_intake(self.source, rate)
        self.origin = 0.0  # of the stream, by time.monotonic()
        self._rate = rate
        self._until = 0.0  # when what is queued has left

    def push(self, at: int, samples: npt.NDArray[np.int16]) -> list[Sound]:
        """Queue it, after as much silence as there is before it."""
        now = time.monotonic()
        wait = self.origin + at / self._rate + LAG_S - max(self._until, now)
        if wait > 0:
            samples = np.concatenate([np.zeros(round(wait * self._rate), np.int16), samples])
        self._until = max(self._until, now) + len(samples) / self._rate
        self._intake.take(samples)
        return []

    def end(self) -> list[Sound]:
        """Nothing is ever left."""
        return []

    def reset(self) -> None:
        """Barge-in: what has not left is dropped."""
        self.source.clear_queue()
        self._until = 0.0


class DrawnFace:
    """One avatar as the face of the participant whose room this is, drawn by who listens.

    Args:
        avatar: who it is; stays the caller's to close.
        options: how it moves and sounds; what is about video does not matter.

    Raises:
        InvalidOption: an option outside what is possible.
    """

    def __init__(self, avatar: Avatar, options: RoomOptions | None = None) -> None:
        self.options = RoomOptions() if options is None else options
        self._voice = RoomVoice(self.options.sample_rate)
        self.session: MotionSession = self.options.motion_session(avatar, self._voice)
        self._voice.origin = self.session.origin
        self.manner = Manner(self.session, self.options.follow_agent)
        self.output = SessionOutput(self.session)
        self._direction = Direction(self.session, self.manner, self.options.directors)
        self._room: rtc.Room | None = None
        self._track: rtc.LocalAudioTrack | None = None
        self._publishing: asyncio.Task[None] | None = None
        self._sending: asyncio.Task[None] | None = None
        self.published = asyncio.Event()

    async def start(self, room: rtc.Room) -> None:
        """Publish the sound and begin to send; in a room not yet connected, as soon as it is.

        Args:
            room: the agent's.
        """
        if self._room is not None or self.session.closed:
            raise InvalidOption("a DrawnFace starts once; make another")
        self._room = room
        self._sending = asyncio.create_task(self._send())
        room.on("participant_connected", self._greet)
        room.on("data_received", self._on_data)
        if room.isconnected():
            await self._publish()
        else:
            room.on("connection_state_changed", self._on_state)

    async def aclose(self) -> None:
        """Take the track away and free everything; what is being said ends as interrupted."""
        self.session.close()
        tasks = [task for task in (self._publishing, self._sending) if task is not None]
        if self._publishing is not None:
            self._publishing.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self.output.close()
        room, self._room = self._room, None
        if room is not None:
            room.off("participant_connected", self._greet)
            room.off("data_received", self._on_data)
            room.off("connection_state_changed", self._on_state)
            if room.isconnected() and self._track is not None:
                self._direction.unregister(room.local_participant)
                try:
                    await room.local_participant.unpublish_track(self._track.sid)
                except Exception as error:  # the room is going away itself
                    logger.debug("track not taken back: %s", type(error).__name__)
        self._track = None
        await self._voice.source.aclose()

    async def _publish(self) -> None:
        assert self._room is not None
        me = self._room.local_participant
        self._direction.agent = me.identity
        self._direction.register(me)
        self._track = rtc.LocalAudioTrack.create_audio_track(AUDIO_TRACK, self._voice.source)
        sound = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        sound.audio_encoding.max_bitrate = self.options.audio_bitrate
        await me.publish_track(self._track, sound)
        try:
            await me.set_attributes({DRAW: "client"})
        except Exception as error:  # not every token may; the packets say it too
            logger.debug("attribute not set: %s", type(error).__name__)
        self.session.greet()
        self.published.set()

    async def _send(self) -> None:
        """Packets to everybody in the room, while there is one."""
        async for packet in self.session:
            room = self._room
            if room is None or not room.isconnected():
                continue
            try:
                await room.local_participant.publish_data(packet, reliable=True, topic=TOPIC)
            except rtc.participant.PublishDataError as error:  # the next ones stand alone
                logger.debug("a packet was not sent: %s", error)

    def _greet(self, *_: Any) -> None:
        if not self.session.closed:
            self.session.greet()

    def _on_data(self, packet: rtc.DataPacket) -> None:
        if packet.topic != TOPIC or len(packet.data) > 200:
            return
        try:
            asked = json.loads(packet.data)
        except ValueError:
            return
        if isinstance(asked, dict) and asked.get("type") == "hello":
            self._greet()

    def _on_state(self, state: Any) -> None:
        if state == rtc.ConnectionState.CONN_CONNECTED and self._publishing is None:
            self._publishing = asyncio.create_task(self._publish())
