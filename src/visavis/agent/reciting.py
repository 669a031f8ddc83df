"""Sentences are said: each spoken by a voice while the one before is still heard.

Comes in: sentences, as they are written. Goes out: sound pushed into a session, and captions at
the moment their sound is handed out.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from visavis.agent.spoken import Word
from visavis.agent.voices import Voice

AHEAD_S = 12.0
"""Speech kept ready beyond what is heard; more would be paid for and dropped at a barge-in."""
LOOK_S = 0.02
"""How often it is looked which sentence is being heard."""
BETWEEN_S = 0.18
"""Silence between two sentences: voices end theirs with next to none."""


class Speaker(Protocol):
    """What a recitation needs of a :class:`visavis.session.Session`."""

    def push_audio(self, samples: npt.NDArray[np.int16], sample_rate: int) -> None:
        """Say this."""
        ...

    def flush(self) -> None:
        """The utterance ends."""
        ...

    def interrupt(self) -> None:
        """Fall silent at once."""
        ...

    @property
    def buffered(self) -> float:
        """Seconds of sound not handed out."""
        ...


@dataclass(frozen=True, slots=True)
class Caption:
    """A sentence that begins to be heard.

    Attributes:
        text: the sentence.
        words: when its words begin, seconds after now; empty if the voice does not know.
        duration: of its sound, seconds, as far as it is known by now.
    """

    text: str
    words: tuple[Word, ...]
    duration: float


@dataclass
class _Sentence:
    text: str
    begin: float
    words: tuple[Word, ...] = ()
    duration: float = 0.0


@dataclass
class Recitation:
    """One utterance being said.

    Args:
        speaker: the session.
        voice: says the sentences.
        on_caption: called with each caption when its sound is handed out.

    Attributes:
        first_sound: seconds from the first sentence to its first sound; None before that.
        stopped: whether it was stopped.
    """

    speaker: Speaker
    voice: Voice
    on_caption: Callable[[Caption], None]
    first_sound: float | None = None
    stopped: bool = False
    _pushed: float = 0.0
    _coming: deque[_Sentence] = field(default_factory=deque)
    _heard: list[str] = field(default_factory=list)

    @property
    def heard(self) -> str:
        """The sentences whose sound has begun."""
        return " ".join(self._heard)

    async def recite(self, sentences: AsyncIterable[str]) -> str:
        """Say sentences; returns when the last has been heard.

        Before it is cancelled it has to be told to :meth:`stop`. After an error what was ready is
        still said.

        Args:
            sentences: as they come.

        Returns:
            What was said.

        Raises:
            EndpointFailed: the voice, or what writes the sentences, failed.
        """
        watching = asyncio.create_task(self._watch())
        try:
            try:
                async for text in sentences:
                    await self._say(text)
            finally:
                if not self.stopped:
                    self.speaker.flush()
            while self.speaker.buffered > 0:
                await asyncio.sleep(LOOK_S)
            self._caption()
        finally:
            watching.cancel()
        return self.heard

    def stop(self) -> None:
        """What has not been heard by now will not be; call it, then interrupt the speaker."""
        self._caption()
        self.stopped = True

    async def _say(self, text: str) -> None:
        while self.speaker.buffered > AHEAD_S:
            await asyncio.sleep(LOOK_S)
        asked = asyncio.get_running_loop().time()
        sentence: _Sentence | None = None
        async with aclosing(self.voice.say(text)) as pieces:
            async for piece in pieces:
                if sentence is None:
                    self._pause(piece.sample_rate)
                    sentence = _Sentence(text, self._pushed, piece.words)
                    self._coming.append(sentence)
                self._push(piece.samples, piece.sample_rate)
                sentence.duration = self._pushed - sentence.begin
                if self.first_sound is None:
                    self.first_sound = asyncio.get_running_loop().time() - asked

    def _pause(self, sample_rate: int) -> None:
        if self._pushed:
            self._push(np.zeros(round(BETWEEN_S * sample_rate), np.int16), sample_rate)

    def _push(self, samples: npt.NDArray[np.int16], sample_rate: int) -> None:
        if len(samples):
            self.speaker.push_audio(samples, sample_rate)
            self._pushed += len(samples) / sample_rate

    async def _watch(self) -> None:
        while True:
            self._caption()
            await asyncio.sleep(LOOK_S)

    def _caption(self) -> None:
        """Tell of the sentences whose sound has begun to be handed out."""
        if self.stopped:
            return
        played = self._pushed - self.speaker.buffered
        while self._coming and played > self._coming[0].begin:
            sentence = self._coming.popleft()
            self._heard.append(sentence.text)
            self.on_caption(Caption(sentence.text, sentence.words, sentence.duration))
