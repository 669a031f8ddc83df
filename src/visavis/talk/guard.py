"""What is refused before anything is looked at: foreign pages, foreign names, long bodies.

Comes in: every request. Goes out: the same request, its answer with headers that confine the
page to what this server sends; or a refusal.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

LARGEST_BODY = 128 * 1024
LARGEST_PHOTO = 20 * 1024 * 1024

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
        "media-src 'self' blob: mediastream:; connect-src 'self'; font-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "microphone=(self), camera=(), geolocation=(), display-capture=()",
    "cache-control": "no-cache",
}


class Guard:
    """ASGI middleware.

    Args:
        app: what is guarded.
        names: host names under which this server is reached, besides addresses. A page elsewhere
            that lets its own name point here (DNS rebinding) is none of them.
    """

    def __init__(self, app: Any, names: Iterable[str] = ()) -> None:
        self._app = app
        self._names = {"localhost", socket.gethostname().lower(), *(n.lower() for n in names)}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        if scope["type"] == "websocket":
            if self._ours(headers.get("host", "")):
                await self._app(scope, receive, send)
            else:  # before it is accepted: the browser is told 403
                await receive()
                await send({"type": "websocket.close", "code": 1008})
            return
        refusal = self._refusal(scope, headers)
        if refusal is not None:
            await _refuse(send, *refusal)
            return

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                given = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *(
                    (name.encode(), value.encode())
                    for name, value in HEADERS.items()
                    if name.encode() not in given
                )]  # fmt: skip
            await send(message)

        await self._app(scope, receive, with_headers)

    def _refusal(self, scope: Any, headers: dict[str, str]) -> tuple[int, str] | None:
        host = headers.get("host", "")
        if not self._ours(host):
            return 421, "this server is not called that"
        if scope["method"] in ("GET", "HEAD"):
            return None
        origin = urlsplit(headers.get("origin", ""))
        if origin.scheme not in ("http", "https") or origin.netloc.lower() != host.lower():
            return 403, "only this server's own page may do that"
        length = headers.get("content-length", "")
        most = LARGEST_PHOTO if scope["path"] == "/api/photo" else LARGEST_BODY
        if not length.isascii() or not length.isdigit() or len(length) > 12:
            return 411, "say how long the body is"
        if int(length) > most:
            return 413, f"at most {most // 1024} kB"
        return None

    def _ours(self, host: str) -> bool:
        name = urlsplit(f"//{host}").hostname if "@" not in host and "/" not in host else None
        if name is None:
            return False
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return name in self._names or name.endswith(".local")
        return True


async def _refuse(send: Any, status: int, message: str) -> None:
    body = ('{"detail": "' + message + '"}').encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    headers += [(name.encode(), value.encode()) for name, value in HEADERS.items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
