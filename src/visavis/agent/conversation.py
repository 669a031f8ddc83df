"""A conversation: who speaks when, what was said, and barge-in.

Comes in: turns of a person, spoken or typed. Goes out: answers said by a session, and what happens,
told to a listener. One turn is worked on at a time; a new one, or an interruption, cancels the
whole chain: recognition, writing, speech and what has not been heard yet.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from visavis.agent.chat import Chat, Message
from visavis.agent.reciting import LOOK_S, Caption, Recitation, Speaker
from visavis.agent.sentences import SentenceSplitter, sentences
from visavis.agent.transcription import Transcriber
from visavis.agent.voices import Voice
from visavis.errors import VisavisError

MOST_TURNS = 40
"""Turns of the conversation the language model is told, besides the instructions."""

INSTRUCTIONS = (
    "You are {name}, a friendly character in a live video call. Everything you write is spoken "
    "aloud. Answer in one to three short sentences, as one talks: no lists, no mark-up, no "
    "emoji, no stage directions. Answer in the language you are spoken to."
)


@dataclass(frozen=True, slots=True)
class Heard:
    """A person's turn in words.

    Attributes:
        text: what was said or typed.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Activity:
    """What the character is busy with.

    Attributes:
        what: idle, hearing (recognising a turn), thinking or speaking.
    """

    what: Literal["idle", "hearing", "thinking", "speaking"]


@dataclass(frozen=True, slots=True)
class Failed:
    """A turn came to nothing.

    Attributes:
        message: why, in one line for the person.
    """

    message: str


Happening = Heard | Activity | Failed | Caption


@dataclass
class Timing:
    """Seconds of the last turn, from the end of the person's.

    Attributes:
        recognised: until its words were there; None where it was typed.
        answered: from then until the first piece of the answer.
        spoken: from the first whole sentence until its first sound.
    """

    recognised: float | None = None
    answered: float | None = None
    spoken: float | None = None


class Conversation:
    """One person and one character.

    Args:
        speaker: the character's session; may be changed between turns.
        voice: its voice.
        tell: called with all that happens, on the event loop.
        chat: writes the answers; None: the character says what it is given, after the person.
        transcriber: understands speech; None: turns can only be typed.
        instructions: what the language model is told first.
    """

    def __init__(
        self,
        speaker: Speaker,
        voice: Voice,
        tell: Callable[[Happening], None],
        chat: Chat | None = None,
        transcriber: Transcriber | None = None,
        instructions: str = "",
    ) -> None:
        self.speaker = speaker
        self.voice = voice
        self.chat = chat
        self.transcriber = transcriber
        self.instructions = instructions
        self.history: list[Message] = []
        self.timing = Timing()
        self._tell = tell
        self._turn: asyncio.Task[None] | None = None
        self._recitation: Recitation | None = None

    @property
    def busy(self) -> bool:
        """Whether a turn is being worked on or spoken."""
        return self._turn is not None and not self._turn.done()

    def say(self, text: str) -> None:
        """Say a text, word for word, in place of whatever is being said."""
        self._begin(partial(self._say, text))

    def ask(self, text: str) -> None:
        """A typed turn: answer it, or say it where no language model is there."""
        self._begin(partial(self._answer if self.chat else self._say, text))

    def hear(self, samples: npt.NDArray[np.int16], sample_rate: int) -> None:
        """A spoken turn: answer it; without a recogniser, say it after the person as it was."""
        understood = self.chat is not None and self.transcriber is not None
        turn = self._understand if understood else self._mirror
        self._begin(partial(turn, samples, sample_rate))

    def interrupt(self) -> None:
        """Drop the turn; fall silent."""
        turn, self._turn = self._turn, None
        if self._recitation is not None:
            self._recitation.stop()
            self._recitation = None
        if turn is not None and not turn.done():
            turn.cancel()
        self.speaker.interrupt()

    async def close(self) -> None:
        """End; returns when nothing of it runs any more."""
        turn = self._turn
        self.interrupt()
        if turn is not None:
            with contextlib.suppress(asyncio.CancelledError):
                await turn

    def _begin(self, turn: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.interrupt()
        self._turn = asyncio.create_task(self._run(turn))

    async def _run(self, turn: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await turn()  # made only here: one that is cancelled before is none
        except VisavisError as error:
            self._tell(Failed(str(error)))
        finally:
            if self._turn is asyncio.current_task() or self._turn is None:
                self._tell(Activity("idle"))

    async def _say(self, text: str) -> None:
        async def given() -> AsyncGenerator[str]:
            for sentence in sentences(text):
                yield sentence

        await self._recite(given())

    async def _mirror(self, samples: npt.NDArray[np.int16], sample_rate: int) -> None:
        self._tell(Activity("speaking"))
        self.speaker.push_audio(samples, sample_rate)
        self.speaker.flush()
        while self.speaker.buffered > 0:
            await asyncio.sleep(LOOK_S)

    async def _understand(self, samples: npt.NDArray[np.int16], sample_rate: int) -> None:
        assert self.transcriber is not None
        self._tell(Activity("hearing"))
        began = asyncio.get_running_loop().time()
        text = await self.transcriber.transcribe(samples, sample_rate)
        self.timing = Timing(recognised=asyncio.get_running_loop().time() - began)
        if text:
            await self._answer(text, self.timing)

    async def _answer(self, text: str, timing: Timing | None = None) -> None:
        assert self.chat is not None
        self.timing = timing or Timing()
        self._tell(Heard(text))
        self._tell(Activity("thinking"))
        self.history.append(Message("user", text))
        del self.history[:-MOST_TURNS]
        recitation = Recitation(self.speaker, self.voice, self._caption)
        try:
            await self._recite(self._written(), recitation)
        finally:
            # what was not heard was not said: after a barge-in the model shall know
            if recitation.heard:
                self.history.append(Message("assistant", recitation.heard))
            self.timing.spoken = recitation.first_sound

    async def _written(self) -> AsyncGenerator[str]:
        """Sentences of the answer as they are written."""
        assert self.chat is not None
        asked = asyncio.get_running_loop().time()
        told = [Message("system", self.instructions)] if self.instructions else []
        splitter = SentenceSplitter()
        async with contextlib.aclosing(self.chat.answer([*told, *self.history])) as pieces:
            async for piece in pieces:
                if self.timing.answered is None:
                    self.timing.answered = asyncio.get_running_loop().time() - asked
                for sentence in splitter.push(piece):
                    yield sentence
        for sentence in splitter.finish():
            yield sentence

    async def _recite(
        self, text: AsyncGenerator[str], recitation: Recitation | None = None
    ) -> None:
        said = recitation or Recitation(self.speaker, self.voice, self._caption)
        self._recitation = said
        async with contextlib.aclosing(text):
            await said.recite(text)

    def _caption(self, caption: Caption) -> None:
        self._tell(Activity("speaking"))
        self._tell(caption)
