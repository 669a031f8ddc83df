"""One visitor: a session of the character, a conversation.

Comes in: messages of a page, the sound of its microphone. Goes out: what the character says and
does, and messages that say what happens. How both travel is for those who inherit:
:mod:`visavis.talk.filmed` sends video, :mod:`visavis.talk.drawn` a motion stream. Closing frees all
of it.
"""

from __future__ import annotations

import asyncio
import secrets
from abc import ABC, abstractmethod
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
from visavis.live.webrtc import MICROPHONE_RATE, Samples
from visavis.motion import EMOTIONS, GESTURES
from visavis.session.base import BaseSession
from visavis.talk import messages
from visavis.talk.cast import Characters
from visavis.talk.messages import write
from visavis.talk.microphone import Microphone
from visavis.talk.options import TalkOptions

SILENT_S = 20.0
"""A page that has not been heard of for this long is gone; it pings every two seconds."""


class Visit(ABC):
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
        self._character = ""
        self._conversation: Conversation | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._heard_of = asyncio.get_running_loop().time()
        self._closed = False
        self._microphone = Microphone(MICROPHONE_RATE, self._turn_began, self._turn)

    @property
    @abstractmethod
    def _session(self) -> BaseSession:
        """The character's session of now."""

    @abstractmethod
    def _write(self, text: str) -> None:
        """Send the page a message."""

    @abstractmethod
    def _work(self) -> dict[str, float]:
        """What a picture takes here, ms, for the page's figures."""

    @abstractmethod
    def _change(self, wanted: messages.Switch | messages.Resize) -> None:
        """Another character, or another shape of picture."""

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
        if self._conversation is not None:
            await self._conversation.close()

    # What is made

    def _converse(self, character: str, session: BaseSession) -> None:
        """Begin the conversation."""
        self._character = character
        self._conversation = Conversation(
            session,
            self._voice(character),
            self._tell,
            Chat(self._options.llm) if self._options.llm else None,
            Transcriber(self._options.stt, self._options.language) if self._options.stt else None,
            self._instructions(character),
        )
        self._spawn(self._watch())

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

    def _introduce(self) -> None:
        """Say who is here; the character greets."""
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
        self._session.gesture("smile", 0.7)

    def _received(self, data: object) -> None:
        self._heard_of = asyncio.get_running_loop().time()
        try:
            self._obey(messages.parse(data))
        except VisavisError as error:
            self._send("error", message=str(error))

    def _obey(self, message: messages.Incoming) -> None:
        session, conversation = self._session, self._conversation
        assert conversation is not None
        match message:
            case messages.Say(text=text):
                conversation.ask(text)
            case messages.Interrupt():
                conversation.interrupt()
                self._send("silent")
            case messages.Gesture(name=name):
                session.gesture(name)
            case messages.Emotion(name=name, strength=strength):
                session.emotion(name, strength)
            case messages.Microphone(mode=mode):
                self._microphone.take(mode)
            case messages.Ping(time=time):
                self._send("pong", time=time, **self._work())
            case messages.Switch() | messages.Resize():
                self._change(message)

    # What the microphone hears

    def _sound(self, samples: Samples) -> None:
        """Sound of the microphone, int16 at MICROPHONE_RATE."""
        if not self._closed:
            self._microphone.push(samples, self._session.speaking)

    def _turn_began(self) -> None:
        assert self._conversation is not None
        if self._conversation.busy:
            self._conversation.interrupt()
            self._send("silent")
        self._session.state = "listening"
        self._send("listening", on=True)

    def _turn(self, samples: Samples) -> None:
        assert self._conversation is not None
        self._send("listening", on=False, seconds=round(len(samples) / MICROPHONE_RATE, 2))
        if len(samples):
            self._conversation.hear(samples, MICROPHONE_RATE)
        else:
            self._session.state = "auto"

    # What the page is told

    def _tell(self, happening: Happening) -> None:
        match happening:
            case Activity(what=what):
                if not self._session.closed:
                    self._session.state = "thinking" if what in ("hearing", "thinking") else "auto"
                self._send("activity", what=what)
            case Heard(text=text):
                self._send("heard", text=text)
            case Failed(message=message):
                self._send("error", message=message)
            case Caption(text=text, words=words, duration=duration):
                times = [[word.text, round(word.time, 3)] for word in words]
                self._send("caption", text=text, words=times, duration=round(duration, 3))

    def _send(self, kind: str, **content: Any) -> None:
        self._write(write(kind, **content))

    # How it ends

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while loop.time() - self._heard_of < SILENT_S:
            await asyncio.sleep(SILENT_S / 4)
        self._gone()

    def _gone(self) -> None:
        if not self._closed:
            self._on_gone(self)
