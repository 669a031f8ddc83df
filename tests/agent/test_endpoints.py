"""The clients of OpenAI-compatible endpoints, against a real server."""

from __future__ import annotations

import asyncio
import socket
import time

import numpy as np
import pytest

from tests.helpers.openai_compatible import Other, tone, wav_bytes
from visavis.agent.chat import Chat, Message
from visavis.agent.endpoints import Endpoint, EndpointFailed
from visavis.agent.speech_endpoint import SpeechDecoder, SpeechEndpoint
from visavis.agent.transcription import Transcriber
from visavis.errors import InvalidMedia, InvalidOption


def endpoint(other: Other, role: str = "language model") -> Endpoint:
    return Endpoint(role, other.url, "a-model", "secret-key")


async def answer(chat: Chat) -> list[str]:
    return [piece async for piece in chat.answer([Message("system", "Be."), Message("user", "Hi")])]


def test_a_language_model_answers_in_pieces(other: Other) -> None:
    other.answer = ("<thi", "nk>hidden</think>", "My name", " is <", "Ada>.")
    assert "".join(asyncio.run(answer(Chat(endpoint(other))))) == "My name is <Ada>."
    (asked,) = other.asked
    assert asked["stream"] is True and asked["model"] == "a-model"
    assert asked["messages"] == [
        {"role": "system", "content": "Be."}, {"role": "user", "content": "Hi"},
    ]  # fmt: skip
    assert asked["authorization"] == "Bearer secret-key"


def test_leaving_an_answer_closes_the_connection(other: Other) -> None:
    other.answer, other.pause = ("word ",) * 500, 0.02

    async def leave() -> None:
        pieces = Chat(endpoint(other)).answer([Message("user", "Hi")])
        assert await anext(pieces) == "word "
        await pieces.aclose()
        await asyncio.to_thread(other.cut_off.wait, 5)

    asyncio.run(leave())
    assert other.cut_off.is_set()


@pytest.mark.parametrize(
    ("status", "said"),
    [(401, "VISAVIS_LLM_KEY"), (404, "knows no model 'a-model'"), (429, "too often"), (500, "500")],
)
def test_a_refusal_says_what_to_do_and_no_secret(other: Other, status: int, said: str) -> None:
    other.status = status
    with pytest.raises(EndpointFailed, match=said) as caught:
        asyncio.run(answer(Chat(endpoint(other))))
    assert "secret-key" not in str(caught.value)
    assert "secret-key" not in repr(endpoint(other))


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    nobody = Endpoint("language model", f"http://127.0.0.1:{port}/v1", "m")
    with pytest.raises(EndpointFailed, match="is it running"):
        asyncio.run(answer(Chat(nobody)))


@pytest.mark.parametrize(
    "url", ["", "localhost:1234", "ftp://x/v1", "http://u:secret@x/v1", "http://x/v1?key=secret"]
)
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(InvalidOption) as caught:
        Endpoint("voice", url, "m")
    assert "secret" not in str(caught.value)


def test_speech_becomes_text(other: Other) -> None:
    other.heard = " [BLANK_AUDIO] Hello there. (music)"
    ears = Transcriber(endpoint(other, "speech recognition"), "en")
    assert asyncio.run(ears.transcribe(tone(0.5), 24_000)) == "Hello there."
    assert other.asked == [{"rate": 24_000, "count": 12_000, "model": "a-model"}]


@pytest.mark.parametrize("sound", ["wav", "pcm"])
def test_text_becomes_speech(other: Other, sound: str) -> None:
    other.sound = sound
    voice = SpeechEndpoint(endpoint(other, "voice"), "nova")

    async def say() -> list[np.ndarray]:
        found = [piece async for piece in voice.say("Hello you.")]
        assert {piece.sample_rate for piece in found} == {24_000}
        return [piece.samples for piece in found]

    pieces = asyncio.run(say())
    assert np.array_equal(np.concatenate(pieces), tone(0.4))
    assert other.asked[0]["voice"] == "nova" and other.asked[0]["input"] == "Hello you."


def test_speech_is_heard_while_it_comes() -> None:
    decoder = SpeechDecoder("audio/wav")
    whole = wav_bytes(tone(1.0), 24_000)
    found = [decoder.push(whole[at : at + 1000]) for at in range(0, len(whole), 1000)]
    assert len(found[9]) == 1 and not any(found[:4])
    samples = [piece.samples for pieces in [*found, decoder.finish()] for piece in pieces]
    assert np.array_equal(np.concatenate(samples), tone(1.0))


def test_speech_that_is_none(other: Other) -> None:
    other.sound = "text"
    voice = SpeechEndpoint(endpoint(other, "voice"), "nova")

    async def say() -> None:
        async for _ in voice.say("Hello."):
            pass

    with pytest.raises(EndpointFailed, match="no sound"):
        asyncio.run(say())


def test_a_broken_wav_is_no_sound() -> None:
    decoder = SpeechDecoder("audio/wav")
    assert decoder.push(b"RIFF\0\0\0\0WAVEdata\0\0\0\0xx") == []
    with pytest.raises(InvalidMedia):
        decoder.finish()


def test_cancelling_is_quick(other: Other) -> None:
    other.answer, other.pause = ("word ",) * 500, 0.05

    async def cancel() -> float:
        task = asyncio.create_task(answer(Chat(endpoint(other))))
        await asyncio.sleep(0.2)
        began = time.monotonic()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return time.monotonic() - began

    assert asyncio.run(cancel()) < 5  # it would take 25 s to the end of the answer
