"""The avatar of an agent session.

Comes in: which character, and how it appears; the agent's session and room. Goes out: the agent's
voice with a face, drawn in this process or by a worker that joins the room.
"""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any, Literal

from livekit import api, rtc
from livekit.agents import AgentSession, get_job_context
from livekit.agents.types import ATTRIBUTE_PUBLISH_ON_BEHALF
from livekit.agents.voice.avatar import AvatarSession as BaseAvatarSession
from livekit.agents.voice.avatar import DataStreamAudioOutput

import visavis
import visavis.stream
from visavis.errors import InvalidOption, ServiceError
from visavis.live import AgentFace, DrawnFace, RoomOptions
from visavis.live.directing import EMOTION, GESTURE, STATE

from .knowledge import Knowledge
from .launching import launch_url, picture

IDENTITY = "visavis-avatar"


class AvatarSession(BaseAvatarSession[Any]):
    """A face for an agent.

    Example::

        avatar = visavis.AvatarSession(model_path="ada.imx")
        await avatar.start(session, room=ctx.room)
        await session.start(agent, room=ctx.room)

    Exactly one of ``model_path``, ``avatar_id`` and ``avatar_image`` says who it is; without any,
    ``VISAVIS_MODEL_PATH`` does.

    Args:
        model_path: an ``.imx`` file, the name of a character that comes with Visavis, or an opened
            :class:`visavis.Avatar`: drawn in this process, offline, without a key.
        avatar_id: a character that the worker at ``api_url`` knows; it joins the room.
        avatar_image: a picture with a face (path, http(s) address, bytes, Pillow image); the worker
            makes a character of it and joins.
        api_url: address of a worker (``visavis serve``); None: ``VISAVIS_API_URL``.
        api_secret: what it wants to see; None: ``VISAVIS_API_SECRET``. Goes to the worker alone, in
            a header.
        avatar_participant_identity: of the worker's participant.
        avatar_participant_name: its name as others see it.
        options: size, fps, codec, bitrate and so on where it is drawn here; a worker has its own.
        draw: "server" publishes video; "client" publishes no video but motion, as data, for
            listeners who draw the character themselves (``model_path`` only).

    Raises:
        InvalidOption: what is missing or contradicts itself.
        InvalidAvatar: no such file or name, or a broken file.
    """

    def __init__(
        self,
        *,
        model_path: str | os.PathLike[str] | visavis.Avatar | None = None,
        avatar_id: str | None = None,
        avatar_image: Any = None,
        api_url: str | None = None,
        api_secret: str | None = None,
        avatar_participant_identity: str = IDENTITY,
        avatar_participant_name: str = "Visavis",
        options: RoomOptions | None = None,
        draw: Literal["server", "client"] = "server",
    ) -> None:
        super().__init__()
        if draw not in ("server", "client"):
            raise InvalidOption(f"draw={draw!r}: server or client is possible")
        given = [x for x in (model_path, avatar_id, avatar_image) if x is not None]
        if not given and os.environ.get("VISAVIS_MODEL_PATH"):
            model_path = os.environ["VISAVIS_MODEL_PATH"]
            given = [model_path]
        if len(given) != 1:
            raise InvalidOption(
                "say who it is by one of model_path=, avatar_id= and avatar_image= "
                "(or VISAVIS_MODEL_PATH)"
            )
        self._identity = avatar_participant_identity
        self._name = avatar_participant_name
        self._options = options
        self._draw = draw
        self._face: AgentFace | DrawnFace | None = None
        self._opened: visavis.Avatar | None = None
        self._avatar: visavis.Avatar | None = None
        self._avatar_id = avatar_id
        self._image: bytes | str | None = None
        self._knowledge: Knowledge | None = None
        self._api_url = self._api_secret = None
        if model_path is not None:
            if isinstance(model_path, visavis.Avatar):
                self._avatar = model_path
            else:
                self._avatar = self._opened = visavis.open(model_path)
            return
        if draw == "client":
            raise InvalidOption('draw="client" goes with model_path=: a worker draws by itself')
        self._api_url = api_url or os.environ.get("VISAVIS_API_URL")
        self._api_secret = api_secret or os.environ.get("VISAVIS_API_SECRET")
        if not self._api_url:
            raise InvalidOption(
                "avatar_id= and avatar_image= need api_url= or VISAVIS_API_URL, the address of a "
                "worker (visavis serve); model_path= needs none"
            )
        launch_url(self._api_url)
        if avatar_image is not None:
            self._image = picture(avatar_image)

    @property
    def avatar_identity(self) -> str:
        """Whose tracks they are: the agent's own, or those of the worker's participant."""
        if self._avatar is not None and self._room is not None:
            return self._room.local_participant.identity
        return self._identity

    @property
    def provider(self) -> str:
        """Name for metrics."""
        return "visavis"

    @property
    def session(self) -> visavis.Session | visavis.stream.MotionSession | None:
        """The live session, where it is drawn in this process."""
        return self._face.session if self._face is not None else None

    async def start(
        self,
        agent_session: AgentSession[Any],
        room: rtc.Room,
        *,
        livekit_url: str | None = None,
        livekit_api_key: str | None = None,
        livekit_api_secret: str | None = None,
    ) -> None:
        """Give the agent its face; before ``agent_session.start``.

        Args:
            agent_session: whose voice it speaks with.
            room: the agent's.
            livekit_url: of the LiveKit server, for a worker's token; None: ``LIVEKIT_URL``.
            livekit_api_key: None: ``LIVEKIT_API_KEY``.
            livekit_api_secret: None: ``LIVEKIT_API_SECRET``.

        Raises:
            InvalidOption: something is missing.
            ServiceError: the worker refuses, or cannot be reached.
        """
        await super().start(agent_session, room)
        if self._avatar is not None:
            drawn = self._draw == "client"
            self._face = (DrawnFace if drawn else AgentFace)(self._avatar, self._options)
            agent_session.on("agent_state_changed", self._on_agent_state)
            await self._face.start(room)
            agent_session.output.replace_audio_tail(self._face.output)
            return
        url = livekit_url or os.environ.get("LIVEKIT_URL")
        key = livekit_api_key or os.environ.get("LIVEKIT_API_KEY")
        secret = livekit_api_secret or os.environ.get("LIVEKIT_API_SECRET")
        if not url or not key or not secret:
            raise InvalidOption(
                "a worker's participant needs a token: set LIVEKIT_URL, LIVEKIT_API_KEY and "
                "LIVEKIT_API_SECRET, or give them to start()"
            )
        job = get_job_context(required=False)
        agent = job.local_participant_identity if job else room.local_participant.identity
        assert self._api_url is not None
        self._knowledge = Knowledge(room, agent_session, self._identity)
        async with visavis.AsyncClient(self._api_url, self._api_secret or "") as client:
            await client.join(
                url, self._token(room.name, agent, key, secret), room.name,
                avatar_id=self._avatar_id, image=self._image, address=launch_url(self._api_url),
            )  # fmt: skip
        agent_session.output.replace_audio_tail(
            DataStreamAudioOutput(
                room,
                destination_identity=self._identity,
                wait_remote_track=rtc.TrackKind.KIND_VIDEO,
                wait_playback_start=True,
                clear_buffer_timeout=2.0,
            )
        )

    async def wait_for_join(self, *, timeout: float | None = 30.0) -> None:
        """Wait until its video is there; its sound, where listeners draw.

        Raises:
            TimeoutError: it was not there in time.
        """
        if isinstance(self._face, DrawnFace):
            await asyncio.wait_for(self._face.published.wait(), timeout)
        else:
            await super().wait_for_join(timeout=timeout)

    async def set_state(self, state: str) -> None:
        """What the character does while it says nothing.

        Args:
            state: "idle", "listening", "thinking", "speaking", or "auto": as the agent does.

        Raises:
            InvalidOption: another word.
            ServiceError: the worker's participant is not there.
        """
        if self._face is not None:
            self._face.manner.tell(state)
        else:
            await self._direct(STATE, {"name": state})

    async def gesture(self, name: str, strength: float = 1.0) -> None:
        """Make a gesture: "nod", "shake", "smile", "laugh", "surprised" or "think".

        Args:
            name: which one.
            strength: 0 to 1.5.

        Raises:
            InvalidOption: an unknown name, a strength that is not possible.
            ServiceError: the worker's participant is not there.
        """
        if self._face is not None:
            self._face.session.gesture(name, strength)
        else:
            await self._direct(GESTURE, {"name": name, "strength": strength})

    async def emotion(self, name: str, strength: float = 1.0) -> None:
        """Go over to an emotion: "neutral", "happy", "sad", "serious" or "surprised".

        Args:
            name: which one.
            strength: 0 to 1.

        Raises:
            InvalidOption: an unknown name, a strength that is not possible.
            ServiceError: the worker's participant is not there.
        """
        if self._face is not None:
            self._face.session.emotion(name, strength)
        else:
            await self._direct(EMOTION, {"name": name, "strength": strength})

    async def aclose(self) -> None:
        """Take the face away and free everything. Called by itself when the job ends."""
        face, self._face = self._face, None
        if self._avatar is not None:
            # The base class would remove the participant `avatar_identity`: here, the agent.
            room, self._room = self._room, None
            if room is not None:
                room.off("connection_state_changed", self._on_connection_state_changed)
            if self._agent_session is not None:
                self._agent_session.off("agent_state_changed", self._on_agent_state)
        if self._knowledge is not None:
            await self._knowledge.close()
            self._knowledge = None
        if face is not None:
            await face.aclose()
        await super().aclose()
        if self._opened is not None:
            self._opened.close()

    def _token(self, room: str, agent: str, key: str, secret: str) -> str:
        """For the worker's participant. Attributes can be read by all in the room: no secrets."""
        return (
            api.AccessToken(key, secret)
            .with_kind("agent")
            .with_identity(self._identity)
            .with_name(self._name)
            .with_grants(api.VideoGrants(room_join=True, room=room))
            .with_attributes({ATTRIBUTE_PUBLISH_ON_BEHALF: agent})
            .to_jwt()
        )

    async def _direct(self, method: str, payload: dict[str, Any]) -> None:
        if self._room is None:
            raise InvalidOption("start the avatar first")
        try:
            await self._room.local_participant.perform_rpc(
                destination_identity=self._identity, method=method, payload=json.dumps(payload)
            )
        except rtc.RpcError as error:
            if error.code == rtc.RpcError.ErrorCode.APPLICATION_ERROR:
                raise InvalidOption(error.message) from None
            raise ServiceError(f"the avatar does not answer: {error.message}") from None

    def _on_agent_state(self, event: Any) -> None:
        if self._face is not None:
            self._face.manner.agent_does(event.new_state)
