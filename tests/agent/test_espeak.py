"""The offline voice: sound, words in time, voices that differ."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from visavis.errors import InvalidOption

pytest.importorskip("espeakng_loader", reason="the wheel espeakng-loader is not installed")

from visavis.agent.espeak import EspeakVoice
from visavis.agent.spoken import Spoken
from visavis.agent.voices import open_voice


def test_a_sentence_becomes_sound() -> None:
    text = "Hello, I am the offline voice."

    async def say() -> list[Spoken]:
        return [piece async for piece in open_voice().say(text)]

    (said,) = asyncio.run(say())
    assert said.sample_rate == 22_050
    assert 1.0 < len(said.samples) / said.sample_rate < 4.0
    assert np.abs(said.samples).max() > 3000
    words = [word.text for word in said.words]
    assert [words[0], *words[-2:]] == ["Hello", "offline", "voice"]
    times = [word.time for word in said.words]
    assert times == sorted(times) and times[-1] < len(said.samples) / said.sample_rate


def test_two_at_once_do_not_mix() -> None:
    async def both() -> list[Spoken]:
        voices = EspeakVoice("en-us"), EspeakVoice("en-us", words_per_minute=320)
        return await asyncio.gather(*(asyncio.to_thread(v.synthesise, "This is some water.")
                                      for v in voices for _ in range(3)))  # fmt: skip

    found = [len(said.samples) for said in asyncio.run(both())]
    slow, fast = found[:3], found[3:]
    assert max(slow) < 1.05 * min(slow) and max(fast) < 1.05 * min(fast)
    assert max(fast) < 0.7 * min(slow)


def test_voices_differ() -> None:
    def pitch(voice: str) -> float:
        said = EspeakVoice(voice).synthesise("Aaaaaah.").samples.astype(float)
        middle = said[len(said) // 3 :][:4096]
        found = np.correlate(middle, middle, "full")[4096:]
        return 22_050 / (60 + int(np.argmax(found[60:400])))

    assert pitch("en-us+f4") > 1.3 * pitch("en-us+m3")


@pytest.mark.parametrize("voice", ["en-gb", "en-gb+f2", "en-us+f4", "de", "fr", "es"])
def test_voices_that_messages_and_documents_name(voice: str) -> None:
    EspeakVoice(voice)


def test_no_such_voice() -> None:
    with pytest.raises(InvalidOption, match="no voice 'nowhere'"):
        EspeakVoice("nowhere")
