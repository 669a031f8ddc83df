"""The other side of an OpenAI-compatible endpoint: a small real HTTP server on loopback.

Comes in: what it is to answer. Goes out: its address, and what it was asked: chats, streamed, with
a call of a tool where one is offered; transcriptions; speech.
"""

from __future__ import annotations

import asyncio
import io
import json
import socket
import threading
import time
import wave
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest


@dataclass
class Other:
    """What the server is to do, and what it was asked."""

    url: str = ""
    heard: str = "What is your name?"
    answer: tuple[str, ...] = ("My name ", "is Ada. ", "And who ", "are you?")
    pause: float = 0.0
    status: int = 200
    sound: str = "wav"
    tool: tuple[str, dict[str, Any]] | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    cut_off: threading.Event = field(default_factory=threading.Event)


def tone(seconds: float, rate: int = 24_000) -> np.ndarray:
    t = np.arange(round(seconds * rate)) / rate
    return (9000 * np.sin(2 * np.pi * 220 * t)).astype(np.int16)


def wav_bytes(samples: np.ndarray, rate: int) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return out.getvalue()


def other_app(other: Other) -> Any:
    fastapi = pytest.importorskip("fastapi")
    from fastapi.responses import JSONResponse, StreamingResponse

    app = fastapi.FastAPI()

    def refused() -> Any:
        return JSONResponse({"error": {"message": "no: secret-key"}}, other.status)

    async def chat(request: fastapi.Request) -> Any:
        body = await request.json()
        other.asked.append({**body, "authorization": request.headers.get("authorization")})
        if other.status != 200:
            return refused()

        async def stream() -> AsyncIterator[str]:
            try:
                for delta in _deltas(other, body):
                    choice = {"index": 0, "delta": delta, "finish_reason": None}
                    yield _chunk(choice)
                    await asyncio.sleep(other.pause)
                why = "tool_calls" if "tool_calls" in delta else "stop"
                yield _chunk({"index": 0, "delta": {}, "finish_reason": why})
                yield "data: [DONE]\n\n"
            except asyncio.CancelledError:
                other.cut_off.set()
                raise

        return StreamingResponse(stream(), media_type="text/event-stream")

    async def transcribe(request: fastapi.Request) -> Any:
        form = await request.form()
        with wave.open(io.BytesIO(await form["file"].read())) as file:
            rate, count = file.getframerate(), file.getnframes()
        other.asked.append({"rate": rate, "count": count, "model": form["model"]})
        return refused() if other.status != 200 else {"text": other.heard}

    async def speak(request: fastapi.Request) -> Any:
        body = await request.json()
        other.asked.append(body)
        if other.status != 200:
            return refused()
        samples = tone(0.04 * len(body["input"]))
        if other.sound == "pcm":
            return StreamingResponse(iter([samples.tobytes()[:77], samples.tobytes()[77:]]),
                                     media_type="audio/pcm;rate=24000")  # fmt: skip
        if other.sound == "text":
            return StreamingResponse(iter([b"no sound at all, just words"]))
        whole = wav_bytes(samples, 24_000)
        return StreamingResponse(iter([whole[:30], whole[30:500], whole[500:]]),
                                 media_type="audio/wav")  # fmt: skip

    # their annotations are local names, which FastAPI could not look up
    for function in (chat, transcribe, speak):
        function.__annotations__ = {"request": fastapi.Request}
    app.post("/v1/chat/completions")(chat)
    app.post("/v1/audio/transcriptions")(transcribe)
    app.post("/v1/audio/speech")(speak)
    return app


def _deltas(other: Other, body: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What is answered, piece by piece: the tool's call once it is offered, then words."""
    if other.tool is not None and body.get("tools"):
        (name, arguments), other.tool = other.tool, None
        function = {"name": name, "arguments": json.dumps(arguments)}
        call = {"index": 0, "id": "call-1", "type": "function", "function": function}
        yield {"role": "assistant", "tool_calls": [call]}
        return
    for piece in other.answer:
        yield {"content": piece}


def _chunk(choice: dict[str, Any]) -> str:
    head = {"id": "chat-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return f"data: {json.dumps({**head, 'choices': [choice]})}\n\n"


@contextmanager
def answering() -> Iterator[Other]:
    """Such a server, as long as it is wanted."""
    uvicorn = pytest.importorskip("uvicorn")
    other = Other()
    listening = socket.create_server(("127.0.0.1", 0))
    other.url = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
    server = uvicorn.Server(uvicorn.Config(other_app(other), log_level="error"))
    thread = threading.Thread(target=lambda: server.run(sockets=[listening]), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield other
    finally:
        server.should_exit = server.force_exit = True
        thread.join(5)
        listening.close()
