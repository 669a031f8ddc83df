"""An offline voice for agents: espeak-ng, from its wheel.

Comes in: text. Goes out: speech, as LiveKit Agents wants it. It sounds like a machine, needs no key
and no network, and answers in milliseconds: for trying things out, for tests, for places without a
connection.
"""

from __future__ import annotations

import asyncio
import uuid

from livekit.agents import APIConnectOptions, tts
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS

from visavis.agent.espeak import EspeakVoice

_RATE = 22_050


class OfflineVoice(tts.TTS[str]):
    """espeak-ng as a text-to-speech of LiveKit Agents.

    Args:
        voice: one of espeak-ng's, e.g. "en-us", "de", "en-gb+f3".
        words_per_minute: 80 to 450.
        pitch: 0 to 100.

    Raises:
        InvalidOption: no such voice.
        MissingDependency: espeak-ng is not installed.
    """

    def __init__(
        self, voice: str = "en-us", *, words_per_minute: int = 160, pitch: int = 50
    ) -> None:
        super().__init__(
            capabilities=tts.TTSCapabilities(streaming=False), sample_rate=_RATE, num_channels=1
        )
        self.voice = EspeakVoice(voice, words_per_minute, pitch)

    @property
    def provider(self) -> str:
        """Name for metrics."""
        return "espeak-ng"

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        """Speech of a text."""
        return _Speech(tts=self, input_text=text, conn_options=conn_options)


class _Speech(tts.ChunkedStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        assert isinstance(self._tts, OfflineVoice)
        said = await asyncio.to_thread(self._tts.voice.synthesise, self.input_text)
        output_emitter.initialize(
            request_id=uuid.uuid4().hex,
            sample_rate=said.sample_rate,
            num_channels=1,
            mime_type="audio/pcm",
        )
        output_emitter.push(said.samples.tobytes())
        output_emitter.flush()
