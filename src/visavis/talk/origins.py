"""Who may open a motion stream: pages of this server, and of the sites that it was told of.

Comes in: WebSocket requests, and requests for what other sites embed. Goes out: the same requests,
or a refusal; headers that let those sites read a character and the player.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from visavis.errors import InvalidOption

SHARED = ("/avatars/", "/player/")
"""What other sites may read, if they are allowed to embed."""


def origin(text: str) -> str:
    """A site as browsers name it, ``https://example.org``.

    Raises:
        InvalidOption: it is none.
    """
    parts = urlsplit(text.strip())
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/"):
        raise InvalidOption(f"origin {text!r}: write it as https://example.org")
    return f"{parts.scheme}://{parts.netloc}".lower()


class Origins:
    """ASGI middleware, outside of :class:`visavis.talk.guard.Guard`'s concern with HTTP.

    Args:
        app: what is guarded.
        allowed: sites besides this server's own pages.
    """

    def __init__(self, app: Any, allowed: Iterable[str] = ()) -> None:
        self._app = app
        self._allowed = frozenset(origin(text) for text in allowed)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        asking = headers.get(b"origin", "").lower()
        if scope["type"] == "websocket":
            own = urlsplit(asking).netloc == headers.get(b"host", "").lower() and asking != ""
            if own or asking in self._allowed:
                await self._app(scope, receive, send)
            else:  # before it is accepted: the browser is told 403
                await receive()
                await send({"type": "websocket.close", "code": 1008})
            return
        if asking not in self._allowed or not scope["path"].startswith(SHARED):
            await self._app(scope, receive, send)
            return

        async def shared(message: Any) -> None:
            if message["type"] == "http.response.start":
                own = b"cross-origin-resource-policy"
                message["headers"] = [
                    *(header for header in message["headers"] if header[0] != own),
                    (b"access-control-allow-origin", asking.encode("latin-1")),
                    (own, b"cross-origin"),
                    (b"vary", b"origin"),
                ]
            await send(message)

        await self._app(scope, receive, shared)
