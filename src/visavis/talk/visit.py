"""One visitor: a connection, a session of the character, a conversation.

Comes in: a browser's offer, then messages of its data channel and its microphone. Goes out: picture
and sound, and messages that say what happens. Closing frees all of it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from typing import Any

from visavis.agent.chat import Chat
from visavis.agent.conversation import (
    INSTRUCTIONS,
    Activity,
    Conversation,
    Failed,
    Happening,
    Heard,
)
from visavis.agent.reciting import Caption
from visavis.agent.transcription import Transcriber
from visavis.agent.voices import Voice, open_voice
from visavis.errors import VisavisError
from visavis.live.webrtc import (
    MICROPHONE_RATE,
    SOUND_RATE,
    Peer,
    Samples,
    SessionTracks,
    ice_servers,
)
from visavis.motion import EMOTIONS, GESTURES
from visavis.session import Session
from visavis.talk import messages
from visavis.talk.cast import Characters
from visavis.talk.messages import Offer, Screen, write
from visavis.talk.microphone import Microphone
from visavis.talk.options import TalkOptions

SILENT_S = 20.0
"""A page that has not been heard of for this long is gone; it pings every two seconds."""


class Visit:
    """A visitor.

    Args:
        cast: whom one can talk to.
        options: how the page talks.
        on_gone: called once, when the visitor has gone by itself.

    Attributes:
        key: known to the visitor's page and nobody else.
    """

    def __init__(
        self, cast: Characters, options: TalkOptions, on_gone: Callable[[Visit], None]
    ) -> None:
        self.key = secrets.token_urlsafe(18)
        self._cast = cast
        self._options = options
        self._on_gone = on_gone
        self._channel: Any = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._changing = asyncio.Lock()
        self._heard_of = asyncio.get_running_loop().time()
        self._closed = False
        self._peer: Peer | None = None
        self._microphone = Microphone(MICROPHONE_RATE, self._turn_began, self._turn)

    async def start(self, offer: Offer) -> str:
        """Answer the browser's offer.

        Args:
            offer: checked.

        Returns:
            The answer's SDP.

        Raises:
            InvalidOption: no such character, or an offer that cannot be answered.
            InvalidAvatar: the character's file is broken.
        """
        self._character, self._screen = offer.character, offer.screen
        session = await self._session(offer.character, offer.screen)
        self._tracks = SessionTracks(session)
        self._conversation = Conversation(
            session,
            self._voice(offer.character),
            self._tell,
            Chat(self._options.llm) if self._options.llm else None,
            Transcriber(self._options.stt, self._options.language) if self._options.stt else None,
            self._instructions(offer.character),
        )
        self._peer = Peer(
            self._tracks,
            servers=ice_servers(self._options.ice),
            codec="vp8" if self._options.codec == "vp8" else "h264",
            bitrate=self._options.bitrate,
            on_microphone=self._sound,
            on_channel=self._open_channel,
            on_gone=self._gone,
        )
        answer = await self._peer.answer(offer.sdp)
        self._spawn(self._watch())
        return answer

    async def close(self) -> None:
        """Free everything; may be called again."""
        if self._closed:
            return
        self._closed = True
        self._microphone.close()
        tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._peer is not None:
            await self._conversation.close()
            await self._peer.close()

    # What is made

    async def _session(self, character: str, screen: Screen) -> Session:
        avatar = await self._cast.open(character)
        options = self._options
        return await asyncio.to_thread(
            avatar.session, fps=options.fps, size=options.size(screen), sample_rate=SOUND_RATE
        )

    def _voice(self, character: str) -> Voice:
        options = self._options
        name = options.voice or (None if options.tts else self._cast[character].voice)
        return open_voice(name, options.tts)

    def _instructions(self, character: str) -> str:
        wanted = self._options.instructions or INSTRUCTIONS
        return wanted.replace("{name}", self._cast[character].name)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # What the page says

    def _open_channel(self, channel: Any) -> None:
        self._channel = channel
        channel.add_listener("message", self._received)
        self._introduce()
        self._tracks.session.gesture("smile", 0.7)

    def _introduce(self) -> None:
        member = self._cast[self._character]
        answers = self._options.llm is not None
        self._send(
            "hello",
            character=member.key,
            name=member.name,
            answers=answers,
            hears=not answers or self._options.stt is not None,
            gestures=list(GESTURES),
            emotions=list(EMOTIONS),
        )

    def _received(self, data: object) -> None:
        self._heard_of = asyncio.get_running_loop().time()
        try:
            self._obey(messages.parse(data))
        except VisavisError as error:
            self._send("error", message=str(error))

    def _obey(self, message: messages.Incoming) -> None:
        session = self._tracks.session
        match message:
            case messages.Say(text=text):
                self._conversation.ask(text)
            case messages.Interrupt():
                self._conversation.interrupt()
                self._send("silent")
            case messages.Gesture(name=name):
                session.gesture(name)
            case messages.Emotion(name=name, strength=strength):
                session.emotion(name, strength)
            case messages.Microphone(mode=mode):
                self._microphone.take(mode)
            case messages.Switch(key=key):
                self._spawn(self._change(self._cast[key].key, self._screen))
            case messages.Resize(screen=screen):
                if self._options.size(screen) != session.size:
                    self._spawn(self._change(self._character, screen))
            case messages.Ping(time=time):
                encoder = self._peer.encoder if self._peer else None
                spent = 1e3 * encoder.cpu_s / max(encoder.pictures, 1) if encoder else 0.0
                draw = session.metrics.draw_ms
                self._send("pong", time=time, draw_ms=round(draw, 2), encode_ms=round(spent, 2))

    async def _change(self, character: str, screen: Screen) -> None:
        """Another character, or another shape of picture."""
        async with self._changing:
            try:
                session = await self._session(character, screen)
                voice = self._voice(character)
            except VisavisError as error:
                self._send("error", message=str(error))
                return
            self._conversation.interrupt()
            self._tracks.replace(session)
            self._conversation.speaker, self._conversation.voice = session, voice
            self._screen = screen
            if character != self._character:
                self._character = character
                self._conversation.instructions = self._instructions(character)
                self._conversation.history.clear()
                self._introduce()
                session.gesture("smile", 0.7)

    # What the microphone hears

    def _sound(self, samples: Samples) -> None:
        if not self._closed:
            self._microphone.push(samples, self._tracks.session.speaking)

    def _turn_began(self) -> None:
        if self._conversation.busy:
            self._conversation.interrupt()
            self._send("silent")
        self._tracks.session.state = "listening"
        self._send("listening", on=True)

    def _turn(self, samples: Samples) -> None:
        self._send("listening", on=False, seconds=round(len(samples) / MICROPHONE_RATE, 2))
        if len(samples):
            self._conversation.hear(samples, MICROPHONE_RATE)
        else:
            self._tracks.session.state = "auto"

    # What the page is told

    def _tell(self, happening: Happening) -> None:
        match happening:
            case Activity(what=what):
                self._tracks.session.state = (
                    "thinking" if what in ("hearing", "thinking") else "auto"
                )
                self._send("activity", what=what)
            case Heard(text=text):
                self._send("heard", text=text)
            case Failed(message=message):
                self._send("error", message=message)
            case Caption(text=text, words=words, duration=duration):
                times = [[word.text, round(word.time, 3)] for word in words]
                self._send("caption", text=text, words=times, duration=round(duration, 3))

    def _send(self, kind: str, **content: Any) -> None:
        if self._channel is not None and self._channel.readyState == "open":
            self._channel.send(write(kind, **content))

    # How it ends

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while loop.time() - self._heard_of < SILENT_S:
            await asyncio.sleep(SILENT_S / 4)
        self._gone()

    def _gone(self) -> None:
        if not self._closed:
            self._on_gone(self)
