"""What the Talk page's server sends to whoever draws: without a browser."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest

import visavis
from tests.helpers.avatars import beep
from tests.talk.conftest import Served
from visavis import stream
from visavis.live.webrtc import MICROPHONE_RATE


def connect(url: str, name: str = "127.0.0.1", origin: str = "") -> Any:
    """A stream of the server, under a name that leads to it."""
    import websockets

    port = urlsplit(url).port
    return websockets.connect(
        f"ws://{name}:{port}/motion/ada",
        host="127.0.0.1",
        origin=origin or f"http://{name}:{port}",  # type: ignore[arg-type]
        subprotocols=["visavis-motion-1"],  # type: ignore[list-item]
    )


@pytest.mark.asyncio
async def test_a_held_turn_is_said_after_the_visitor(drawing: Served) -> None:
    async with connect(drawing.url) as socket:
        rate, decoder = 16_000, stream.Decoder()
        turn = beep(rate, 1.0, 0.2, 0.6)
        await socket.send(json.dumps({"type": "microphone", "mode": "hold", "rate": rate}))
        for piece in np.array_split(turn, 50):
            await socket.send(piece.astype("<i2").tobytes())
        await socket.send(json.dumps({"type": "microphone", "mode": "off", "rate": rate}))
        told, heard = [], None
        while heard is None:
            data = await asyncio.wait_for(socket.recv(), 30)
            if isinstance(data, str):
                told.append(json.loads(data))
                continue
            for record in decoder.decode(data).records:
                if isinstance(record, stream.Finished):
                    heard = record.heard
        assert told[0]["type"] == "hello" and told[0]["name"] == "Ada"
        seconds = next(one["seconds"] for one in told if one.get("on") is False)
        assert abs(seconds - 1.0) < 0.05
        assert abs(heard / MICROPHONE_RATE - seconds) < 0.05
        await socket.send(b"odd")
        while True:
            try:
                await asyncio.wait_for(socket.recv(), 30)
            except Exception as closed:
                assert getattr(closed, "code", None) == 1003
                break


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("name", "origin"), [("evil.example", ""), ("127.0.0.1", "http://evil.example")]
)
async def test_foreign_names_and_pages_get_no_stream(
    drawing: Served, name: str, origin: str
) -> None:
    with pytest.raises(Exception, match="403"):
        async with connect(drawing.url, name, origin):
            pass


def test_the_file_of_a_character_is_served(drawing: Served, tmp_path: Path) -> None:
    with urllib.request.urlopen(f"{drawing.url}avatars/otto.imx") as answer:
        path = tmp_path / "otto.imx"
        path.write_bytes(answer.read())
    with visavis.open(path) as avatar:
        assert avatar.model.manifest.name == "otto"
