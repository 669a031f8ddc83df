"""Fetches what a request only names by its address, without being led into a private network.

Comes in: an http or https address that a stranger chose. Goes out: bytes. Every address that a
name resolves to is looked at before it is connected to, at every redirection anew; size, time and
the number of redirections are limited; no cookie, no proxy, no credential goes along.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterable
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpcore
import httpx

from visavis.serve.refusal import Refused
from visavis.serve.settings import Downloads

MAX_BYTES = 20_000_000
SECONDS = 15.0
_REDIRECTIONS = 3
_AVATARS = "the address of the avatar cannot be used: "
_NETS_THAT_LEAD_INSIDE = tuple(
    ipaddress.ip_network(net)
    for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
)  # NAT64, 6to4 and Teredo carry IPv4 addresses, private ones too
_SPECIAL = tuple(ipaddress.ip_network(net) for net in ("192.0.0.0/24", "192.88.99.0/24"))


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet at large."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    return (
        ip.is_global
        and not ip.is_multicast
        and not any(ip in net for net in (*_NETS_THAT_LEAD_INSIDE, *_SPECIAL))
    )


class _Guarded(httpcore.AsyncNetworkBackend):
    """Connects to the address that was looked at, not to what its name means a moment later."""

    def __init__(self, private: bool) -> None:
        self._private = private
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("its host is not known") from error
        addresses = [str(entry[4][0]) for entry in found]
        if not self._private and not all(is_public(address) for address in addresses):
            raise _refused("it leads into a private network")
        last: Exception | None = None
        for address in addresses[:4]:
            try:
                return await self._backend.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
        raise httpcore.ConnectError("nothing answers there") from last

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def fetch(
    url: str, downloads: Downloads, *, most: int = MAX_BYTES, seconds: float = SECONDS
) -> bytes:
    """Fetch what lies at an address.

    Args:
        url: where.
        downloads: what the operator allows.
        most: bytes at most.
        seconds: for all of it.

    Raises:
        Refused: it is not allowed, cannot be had, or is too large; says why, not where.
    """
    if downloads == "none":
        raise _refused("this worker fetches nothing (--downloads)")
    pool = httpcore.AsyncConnectionPool(
        network_backend=_Guarded(downloads == "any"), max_connections=1, http2=False
    )
    try:
        async with asyncio.timeout(seconds), pool:
            for _ in range(_REDIRECTIONS + 1):
                url = _checked(url)
                further, data = await _get(pool, url, most)
                if further is None:
                    return data
                url = urljoin(url, further)
    except TimeoutError:
        raise _refused(f"it takes longer than {seconds:g} s") from None
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
        raise _refused(str(error) or type(error).__name__) from None
    except (ValueError, httpx.InvalidURL, httpcore.UnsupportedProtocol):
        raise _refused("it is no address") from None
    raise _refused(f"it redirects more than {_REDIRECTIONS} times")


async def post(
    url: str, downloads: Downloads, body: bytes, headers: dict[str, str], seconds: float = SECONDS
) -> int:
    """Post to an address that a stranger chose, guarded as :func:`fetch` is; never redirected.

    Args:
        url: where to.
        downloads: what the operator allows.
        body: what.
        headers: of the request.
        seconds: for all of it.

    Returns:
        The HTTP status of the answer, whose body is not read.

    Raises:
        Refused: it is not allowed, or nothing answers; says why, not where.
    """
    if downloads == "none":
        raise Refused(422, "not_sent", "nothing is sent from here (downloads)")
    pool = httpcore.AsyncConnectionPool(
        network_backend=_Guarded(downloads == "any"), max_connections=1, http2=False
    )
    try:
        url = _checked(url)
        sent = [("Host", urlsplit(url).netloc), ("User-Agent", "visavis"), *headers.items()]
        async with (
            asyncio.timeout(seconds),
            pool,
            pool.stream(
                "POST", url, headers=[*sent, ("Content-Length", str(len(body)))], content=body
            ) as response,
        ):
            return int(response.status)
    except TimeoutError:
        reason = f"no answer within {seconds:g} s"
    except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError) as error:
        reason = str(error) or type(error).__name__
    except (ValueError, httpcore.UnsupportedProtocol):
        reason = "it is no address"
    except Refused as refusal:
        reason = str(refusal).removeprefix(_AVATARS)
    raise Refused(422, "not_sent", reason)


def _checked(url: str) -> str:
    """An address that may be asked, in ASCII as it goes over the wire."""
    if not url.isascii():
        url = str(httpx.URL(url))
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _refused("it is no http or https address")
    if "@" in parts.netloc:
        raise _refused("it holds a user's name or password")
    return url


async def _get(pool: httpcore.AsyncConnectionPool, url: str, most: int) -> tuple[str | None, bytes]:
    headers: list[tuple[bytes | str, bytes | str]] = [
        ("Host", urlsplit(url).netloc),
        ("Accept-Encoding", "identity"),
        ("User-Agent", "visavis"),
    ]
    async with pool.stream("GET", url, headers=headers) as response:
        got = {name.lower(): value for name, value in response.headers}
        if response.status in (301, 302, 303, 307, 308) and b"location" in got:
            return got[b"location"].decode("latin-1"), b""
        if response.status != 200:
            raise _refused(f"its server answers {response.status}")
        if got.get(b"content-encoding", b"identity") != b"identity":
            raise _refused("its server compresses it, which was not asked for")
        length = got.get(b"content-length", b"0")
        if length.isdigit() and int(length) > most:
            raise _refused(f"it is larger than {most / 1e6:g} MB")
        data = bytearray()
        async for piece in response.aiter_stream():
            data += piece
            if len(data) > most:
                raise _refused(f"it is larger than {most / 1e6:g} MB")
        return None, bytes(data)


def _refused(reason: str) -> Refused:
    return Refused(422, "not_fetched", f"{_AVATARS}{reason}")
