"""Addresses that strangers choose lead nowhere inside, and bring no more than was agreed."""

from __future__ import annotations

import asyncio
import http.server
import socket
import struct
import threading
from collections.abc import Iterator

import pytest

from visavis.serve import fetching
from visavis.serve.fetching import fetch, is_public, post
from visavis.serve.refusal import Refused
from visavis.serve.settings import Downloads


class _Handler(http.server.BaseHTTPRequestHandler):
    hits: list[str]

    def do_GET(self) -> None:
        self.hits.append(self.path)
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path == "/endless":
            self.send_response(200)
            self.end_headers()
            try:
                for _ in range(1000):
                    self.wfile.write(b"x" * 10_000)
            except OSError:
                pass
        elif self.path == "/slow":
            self.send_response(200)
            self.send_header("Content-Length", "3")
            self.end_headers()
            threading.Event().wait(1.0)
        elif self.path == "/good":
            self.send_response(200)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"good")
        else:
            self.send_error(404)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[tuple[str, list[str]]]:
    handler = type("Handler", (_Handler,), {"hits": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", handler.hits  # type: ignore[attr-defined]
        server.shutdown()


def get(url: str, downloads: Downloads = "any", most: int = 50_000, seconds: float = 3.0) -> bytes:
    return asyncio.run(fetch(url, downloads, most=most, seconds=seconds))


def test_what_is_allowed_is_fetched(site: tuple[str, list[str]]) -> None:
    assert get(f"{site[0]}/good") == b"good"
    assert get(f"{site[0]}/to//good") == b"good"


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/endless", "larger than"),
        ("/slow", "longer than"),
        ("/nothing", "answers 404"),
        ("/to//to//to//to//to//good", "redirects more than"),
        ("/to/file:///etc/passwd", "no http or https"),
        ("/to/ftp://example.com/x", "no http or https"),
        ("/to/http://user:word@127.0.0.1/x", "name or password"),
    ],
)
def test_what_is_too_much_is_refused(site: tuple[str, list[str]], path: str, word: str) -> None:
    with pytest.raises(Refused, match=word) as raised:
        get(site[0] + path, seconds=0.7)
    assert raised.value.status == 422
    assert "passwd" not in str(raised.value)
    assert "word@" not in str(raised.value)


def test_private_addresses_are_not_even_connected_to(site: tuple[str, list[str]]) -> None:
    url, hits = site
    seen = len(hits)
    for address in (
        url,
        url.replace("127.0.0.1", "localhost"),
        url.replace("127.0.0.1", "[::ffff:127.0.0.1]"),
    ):
        with pytest.raises(Refused, match="private network"):
            get(f"{address}/good", "public")
    with pytest.raises(Refused, match="fetches nothing"):
        get(f"{url}/good", "none")
    assert len(hits) == seen


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "LOCALHOST.", "127.1", "0x7f.1", "0x7f000001", "2130706433",
     "017700000001", "0177.0.0.1", "0", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]",
     "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:7f00:0001]", "[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]",
     "[2002:7f00:1::]", "[fe80::1%25lo]", "169.254.169.254", "0xa9fea9fe", "10.1", "192.168.257",
     "[fd00:ec2::254]", "127.0.0.1.", "①②⑦.⓪.⓪.①"],
)  # fmt: skip
def test_however_an_inside_host_is_written(site: tuple[str, list[str]], host: str) -> None:
    url, hits = site
    seen = len(hits)
    port = url.rpartition(":")[2]
    with pytest.raises(Refused) as raised:
        get(f"http://{host}:{port}/good", "public")
    assert raised.value.code == "not_fetched" and len(hits) == seen


def test_a_redirection_inside_is_refused(
    site: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first address counts as public here; where it leads does not."""
    url, hits = site
    real = fetching.is_public
    allowed = iter([True])
    monkeypatch.setattr(
        fetching, "is_public", lambda address: next(allowed, False) or real(address)
    )
    seen = len(hits)
    with pytest.raises(Refused, match="private network"):
        get(f"{url}/to/{url.replace('127.0.0.1', 'localhost')}/good", "public")
    assert hits[seen:] == [f"/to/{url.replace('127.0.0.1', 'localhost')}/good"]


def test_a_name_that_changes_its_meaning_is_not_asked_twice(
    site: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: public when it is looked at, inside when it is connected to."""
    url, hits = site
    port = int(url.rpartition(":")[2])
    asked: list[str] = []

    def answer(host: str, *_: object, **__: object) -> list[object]:
        asked.append(host)
        address = "192.0.2.1" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    real = fetching.is_public
    monkeypatch.setattr(fetching, "is_public", lambda a: a == "192.0.2.1" or real(a))
    monkeypatch.setattr(socket, "getaddrinfo", answer)
    seen = len(hits)
    with pytest.raises(Refused):
        get(f"http://rebind.example:{port}/good", "public", seconds=1.5)
    # It went to 192.0.2.1, an address kept for documents where nobody answers, or nowhere.
    assert len(hits) == seen and asked[:1] == ["rebind.example"]
    assert "127.0.0.1" not in asked


def test_one_inside_address_among_several_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80))
        for address in ("93.184.216.34", "10.0.0.1")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(Refused, match="private network"):
        get("http://both.example/", "public")


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.1", "172.16.3.4", "192.168.0.1", "169.254.169.254", "0.0.0.0", "::1",
     "100.64.0.1", "224.0.0.1", "fe80::1%eth0", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1",
     "2002:7f00:1::", "255.255.255.255", "192.0.0.192", "no address"],
)  # fmt: skip
def test_addresses_inside(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "93.184.216.34", "2606:4700:4700::1111"])
def test_addresses_outside(address: str) -> None:
    assert is_public(address)


@pytest.mark.asyncio
async def test_a_connection_that_breaks_off_has_a_reason() -> None:
    """Without one it would pass for delivered."""

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        linger = struct.pack("ii", 1, 0)  # RST instead of an orderly end
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.close()

    async with await asyncio.start_server(reset, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Refused) as refused:
            await post(f"http://127.0.0.1:{port}/", "any", b"told", {})
    assert str(refused.value)
