"""`visavis play`: who is let in, what is served, what is streamed, and that nothing stays."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
import websockets

from tests.helpers.waiting import until
from visavis import stream
from visavis.errors import InvalidOption
from visavis.play.app import PlayOptions, make_app
from visavis.talk.cast import Cast

Serve = Any
pytestmark = pytest.mark.asyncio


def connect(port: int, path: str = "/motion/ada", origin: str | None = None, **named: Any) -> Any:
    origin = f"http://127.0.0.1:{port}" if origin is None else origin
    return websockets.connect(
        f"ws://127.0.0.1:{port}{path}", origin=origin or None,  # type: ignore[arg-type]
        subprotocols=["visavis-motion-1"], **named,  # type: ignore[list-item]
    )  # fmt: skip


async def hear(socket: Any, last: type, decoder: stream.Decoder) -> list[stream.Record]:
    """Records until one of a kind has come."""
    records: list[stream.Record] = []
    while not any(isinstance(record, last) for record in records):
        data = await asyncio.wait_for(socket.recv(), 10)
        records += decoder.decode(data).records
    return records


async def test_what_is_typed_is_said(serve: Serve) -> None:
    async with serve() as (app, port):
        async with connect(port) as socket:
            assert socket.subprotocol == "visavis-motion-1"
            await socket.send(json.dumps({"type": "heard", "time": 5}))  # of a later version
            await socket.send(json.dumps({"type": "say", "text": "Hi. Ho."}))
            records = await hear(socket, stream.Finished, stream.Decoder())
        kinds = {type(record) for record in records}
        assert kinds >= {stream.Hello, stream.Started, stream.Poses, stream.Sound, stream.State}
        texts = [record.text for record in records if isinstance(record, stream.Caption)]
        assert texts[:2] == ["Hi.", "Ho."]
        sound = sum(len(record.data) for record in records if isinstance(record, stream.Sound))
        assert sound > 24_000
        await until(lambda: len(app.state.visits) == 0)


async def test_an_interruption_ends_what_is_said(serve: Serve) -> None:
    async with serve() as (_, port), connect(port) as socket:
        decoder = stream.Decoder()
        await socket.send(json.dumps({"type": "say", "text": "One two three four five. " * 20}))
        await hear(socket, stream.Started, decoder)
        await socket.send(json.dumps({"type": "interrupt"}))
        records = await hear(socket, stream.Finished, decoder)
        (finished,) = [record for record in records if isinstance(record, stream.Finished)]
        assert finished.interrupted
        await socket.send(json.dumps({"type": "gesture", "name": "nod"}))
        await socket.send(json.dumps({"type": "hello"}))
        records = await hear(socket, stream.Hello, decoder)
        assert not any(isinstance(record, stream.Sound) for record in records)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", ""])
async def test_foreign_pages_are_refused(serve: Serve, origin: str) -> None:
    async with serve(origins=("https://friend.example",)) as (_, port):
        with pytest.raises(websockets.exceptions.InvalidStatus, match="403"):
            async with connect(port, origin=origin):
                pass
        async with connect(port, origin="https://friend.example") as socket:
            await hear(socket, stream.Hello, stream.Decoder())


@pytest.mark.parametrize("path", ["/motion/nobody", "/motion/ada?codec=mp3"])
async def test_what_is_not_there_is_refused(serve: Serve, path: str) -> None:
    async with serve() as (_, port):
        with pytest.raises(websockets.exceptions.InvalidStatus, match="404"):
            async with connect(port, path):
                pass


@pytest.mark.parametrize(
    "sent, code",
    [
        ("nonsense", 1003),
        ("[]", 1003),
        ('{"type": "say"}', 1003),
        ('{"type": "gesture", "name": "fly"}', 1003),
        (b"\x00", 1003),
        ("x" * 5000, 1009),
    ],
)
async def test_wrong_messages_end_the_visit(serve: Serve, sent: Any, code: int) -> None:
    async with serve() as (app, port), connect(port) as socket:
        await socket.send(sent)
        with pytest.raises(websockets.exceptions.ConnectionClosed) as closed:
            while True:
                await asyncio.wait_for(socket.recv(), 10)
        assert closed.value.rcvd is not None and closed.value.rcvd.code == code
        await until(lambda: len(app.state.visits) == 0)


async def test_places_are_limited_and_come_free(serve: Serve) -> None:
    async with serve(sessions=1) as (app, port):
        async with connect(port) as first:
            await hear(first, stream.Hello, stream.Decoder())
            async with connect(port) as second:
                with pytest.raises(websockets.exceptions.ConnectionClosed) as closed:
                    await asyncio.wait_for(second.recv(), 10)
            assert closed.value.rcvd is not None and closed.value.rcvd.code == 1013
        await until(lambda: len(app.state.visits) == 0)
        async with connect(port) as third:
            await hear(third, stream.Hello, stream.Decoder())


async def test_who_breaks_off_leaves_nothing(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    before = len(asyncio.all_tasks())
    async with serve() as (app, port):
        sockets = [await connect(port) for _ in range(5)]
        for socket in sockets:
            await socket.send(json.dumps({"type": "say", "text": "One two three four five."}))
            await hear(socket, stream.Started, stream.Decoder())
            socket.transport.abort()
        await until(lambda: len(app.state.visits) == 0)
    await until(lambda: len(asyncio.all_tasks()) <= before)
    assert caplog.records == []


async def test_the_page_the_player_and_the_characters(serve: Serve) -> None:
    async with (
        serve(origins=("https://friend.example",)) as (_, port),
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        page = await client.get("/")
        assert "visavis-avatar" in page.text
        assert "script-src 'self'" in page.headers["content-security-policy"]
        for path, kind in (
            ("/player/visavis.js", "text/javascript"),
            ("/page/play.js", "text/javascript"),
            ("/page/play.css", "text/css"),
            ("/avatars/ada.imx", "application/octet-stream"),
        ):
            answer = await client.get(path)
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith(kind)
            packed = answer.headers.get("content-encoding") == "gzip"
            assert packed == kind.startswith("text/")  # characters are packed already
            assert "access-control-allow-origin" not in answer.headers
        known = {"if-none-match": (await client.get("/player/visavis.js")).headers["etag"]}
        assert (await client.get("/player/visavis.js", headers=known)).status_code == 304
        plain = await client.get("/player/visavis.js", headers={"accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers and "VisavisAvatar" in plain.text
        shared = await client.get("/avatars/ada.imx", headers={"origin": "https://friend.example"})
        assert shared.headers["access-control-allow-origin"] == "https://friend.example"
        assert shared.headers["cross-origin-resource-policy"] == "cross-origin"
        assert (await client.get("/avatars/nobody.imx")).status_code == 404
        foreign = await client.get("/", headers={"host": "evil.example"})
        assert foreign.status_code == 421


async def test_an_origin_that_is_none() -> None:
    with pytest.raises(InvalidOption, match="https://example"):
        make_app(Cast("ada"), PlayOptions(origins=("example.org/page",)))
