"""An avatar that joins a room as a participant, with a token that somebody minted for it.

Comes in: an opened avatar, a room's address, a token. Goes out: its tracks in that room, until the
agent has gone, it is removed, or it is told to leave; whatever ends it, the agent hears that its
speech ended.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from livekit import rtc

from visavis.errors import InvalidOption, ServiceError
from visavis.live.directing import AGENT_STATE, CONTEXT, Direction, Manner
from visavis.live.membership import Membership, RoomState
from visavis.live.options import RoomOptions
from visavis.live.reports import PlaybackReports
from visavis.live.room_metrics import RoomMetrics
from visavis.live.showing import Showing
from visavis.live.streamed_voice import CLEAR, TOPIC, StreamedVoice
from visavis.live.token import ON_BEHALF, on_behalf

if TYPE_CHECKING:
    import numpy.typing as npt

    from visavis.avatar import Avatar
    from visavis.session import LiveFrame, Session

logger = logging.getLogger(__name__)

_FAREWELL = 2.0
"""Seconds in which a leaving avatar tries to tell its agent so."""


class RoomAvatar:
    """One avatar in one room, once.

    Example::

        avatar = RoomAvatar(visavis.open("ada"), RoomOptions(size=512))
        await avatar.join("wss://…", token)

    The voice comes from the agent that the token names in ``lk.publish_on_behalf``; where there
    is none, push into :attr:`session`.

    Args:
        avatar: who it is; stays the caller's to close.
        options: how it appears.

    Attributes:
        pictured: set when the first picture after joining has gone into its track.
    """

    def __init__(self, avatar: Avatar, options: RoomOptions | None = None) -> None:
        self.options = RoomOptions() if options is None else options
        self.session: Session = self.options.session(avatar)
        self.manner = Manner(self.session, self.options.follow_agent)
        self.direction = Direction(self.session, self.manner, self.options.directors)
        self._membership: Membership | None = None
        self._agent: str | None = None
        self._showing: Showing | None = None
        self._leaving: asyncio.Task[None] | None = None
        self._alone: asyncio.TimerHandle | None = None
        self._left: asyncio.Future[str]
        self._resumed = False
        self._saying = False
        self.pictured = asyncio.Event()
        self._joined_s = 0.0
        self._spoke = time.monotonic()

    async def join(self, url: str, token: str, *, resumed: bool = False) -> None:
        """Join the room and publish the tracks; returns when both are there.

        Args:
            url: of the LiveKit server, ``ws://`` or ``wss://``.
            token: made for this avatar.
            resumed: another process of this avatar died in the room: first tell the agent that
                what it was saying has ended.

        Raises:
            ServiceError: the room cannot be joined with this token.
        """
        if self._membership is not None or self.session.closed:
            raise InvalidOption("a RoomAvatar joins once; make another")
        began, loop = time.monotonic(), asyncio.get_running_loop()
        self._left, self._resumed = loop.create_future(), resumed
        self._showing = Showing(
            self.session,
            self.options,
            lambda error: loop.call_soon_threadsafe(self._failed, error),
            self._shown,
        )
        self._reports = PlaybackReports()
        self._voice = StreamedVoice(self.session, self._reports)
        self._know_agent(self.options.agent or on_behalf(token))
        self._membership = Membership(
            url,
            token,
            enter=self._enter,
            arrive=self._arrive,
            lost=self._reports.detach,
            ended=self._end,
            patience=self.options.rejoin,
        )
        self._showing.start()
        try:
            await self._membership.join()
        except BaseException:
            await self._close()
            self._left.set_result("could not join")
            raise
        self._joined_s = time.monotonic() - began
        self._spoke = time.monotonic()

    async def wait_left(self) -> str:
        """Wait until it has left, for whatever reason, and return that, in a few words."""
        return await asyncio.shield(self._left)

    async def leave(self, reason: str = "asked to leave") -> None:
        """Tell the agent that its speech ended, leave the room, free all.

        The reason is what :meth:`wait_left` returns.
        """
        if self._membership is None:
            self.session.close()
            return
        if not self._left.done():
            self._end(reason)
            assert self._leaving is not None
            await asyncio.shield(self._leaving)

    def say(self, samples: npt.ArrayLike, sample_rate: int) -> None:
        """Speak; gives way to the agent as soon as that speaks.

        Args:
            samples: mono, int16 or float.
            sample_rate: Hz.

        Raises:
            InvalidOption: it is speaking already, or has left.
        """
        if self.session.closed or self.session.speaking:
            raise InvalidOption("the avatar is speaking; wait until it has finished")
        self._saying = True
        self.session.push_audio(samples, sample_rate)
        self.session.flush()

    async def tell_agent(self, text: str) -> None:
        """Send the agent a text stream of topic :data:`CONTEXT`; ServiceError: it is not there."""
        if self._membership is None or self._agent is None:
            raise ServiceError("there is no agent")
        await self._membership.send_text(text, CONTEXT, self._agent)

    @property
    def state(self) -> RoomState:
        """What it is: "new", "joining", "joined", "reconnecting" or "left"."""
        if self._membership is not None:
            return self._membership.state
        return "left" if self.session.closed else "new"

    @property
    def token(self) -> str | None:
        """With which it would join its room again; servers renew it. None: not joined yet."""
        return self._membership.token if self._membership is not None else None

    @property
    def agent(self) -> str | None:
        """Identity of the agent that it speaks for, as far as it is known."""
        return self._agent

    @property
    def metrics(self) -> RoomMetrics:
        """Figures of this avatar."""
        if self.session.speaking:
            self._spoke = time.monotonic()
        spoke = self._showing.tracks.spoke if self._showing is not None else 0.0
        joined = self._membership is not None
        return RoomMetrics(
            session=self.session.metrics,
            state=self.state,
            joined_s=self._joined_s,
            utterances=self._voice.utterances if joined else 0,
            finished_sent=self._reports.finished_sent if joined else 0,
            reconnects=self._membership.reconnects if self._membership is not None else 0,
            sound_gaps=self._showing.tracks.gaps if self._showing is not None else 0,
            idle_s=time.monotonic() - max(self._spoke, spoke),
        )

    def _shown(self, frame: LiveFrame) -> None:
        if self._joined_s and not self.pictured.is_set():
            self._left.get_loop().call_soon_threadsafe(self.pictured.set)

    def _failed(self, error: Exception) -> None:
        logger.error("the avatar cannot go on", exc_info=error)
        self._end(f"failed: {type(error).__name__}")

    # Coming and going

    def _enter(self, room: rtc.Room) -> None:
        room.on("participant_connected", self._on_participant)
        room.on("participant_disconnected", self._on_participant_gone)
        room.on("participant_attributes_changed", self._on_attributes)
        room.register_byte_stream_handler(TOPIC, self._on_stream)

    async def _arrive(self, room: rtc.Room) -> None:
        me = room.local_participant
        me.register_rpc_method(CLEAR, self._on_clear)
        self.direction.register(me)
        if self._agent is None:
            self._know_agent(me.attributes.get(ON_BEHALF))
        self._reports.attach(room)
        if self._resumed:
            self._reports.finished(0.0, True)
            self._resumed = False
        agent = room.remote_participants.get(self._agent or "")
        if agent is not None:
            self._on_participant(agent)
        else:
            self._agent_missing()
        assert self._showing is not None
        await self._showing.tracks.publish(me)

    def _end(self, reason: str) -> None:
        """Leave, unless that is being done."""
        if self._leaving is None:
            self._leaving = asyncio.create_task(self._leave(reason))

    async def _leave(self, reason: str) -> None:
        assert self._membership is not None
        if not self.session.closed:
            self.session.interrupt()
        await asyncio.sleep(0)  # the events of that come by the loop
        if self._membership.present:
            await self._reports.drain(_FAREWELL)
        await self._close()
        if not self._left.done():
            self._left.set_result(reason)

    async def _close(self) -> None:
        assert self._membership is not None
        if self._alone is not None:
            self._alone.cancel()
        self.session.close()
        await self._voice.close()
        await self._reports.close()
        await self._membership.close()
        if self._showing is not None:
            await self._showing.close()

    # What the room tells

    def _on_stream(self, reader: rtc.ByteStreamReader, identity: str) -> None:
        if self._agent is None:
            self._know_agent(identity)
        if identity == self._agent and not self.session.closed:
            if self._saying:  # what we were told to say gives way to the agent
                self._saying = False
                self.session.interrupt()
            self._voice.stream(reader)
        else:
            reader.close()

    async def _on_clear(self, call: rtc.RpcInvocationData) -> str:
        if call.caller_identity != self._agent:
            raise rtc.RpcError(
                rtc.RpcError.ErrorCode.APPLICATION_ERROR, "only this avatar's agent may do that"
            )
        if not self.session.closed:
            self._voice.clear()
        return "ok"

    def _know_agent(self, identity: str | None) -> None:
        self._agent = self._reports.agent = self.direction.agent = identity

    def _on_participant(self, participant: rtc.RemoteParticipant) -> None:
        if participant.identity == self._agent:
            if self._alone is not None:
                self._alone.cancel()
                self._alone = None
            self.manner.agent_does(participant.attributes.get(AGENT_STATE, ""))

    def _on_participant_gone(self, participant: rtc.RemoteParticipant) -> None:
        if participant.identity == self._agent:
            if not self.session.closed:
                self._voice.clear()
            self._agent_missing()

    def _agent_missing(self) -> None:
        if self._agent is not None and self._alone is None:
            loop = asyncio.get_running_loop()
            self._alone = loop.call_later(self.options.alone, self._end, "the agent has gone")

    def _on_attributes(self, changed: dict[str, str], participant: rtc.Participant) -> None:
        if participant.identity == self._agent and AGENT_STATE in changed:
            self.manner.agent_does(changed[AGENT_STATE])
