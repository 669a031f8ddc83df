"""What pages of any site may read: the player, what embeds it, public avatars.

Comes in: requests of browsers. Goes out: the same answers, with the headers that let other sites'
pages have them. Nothing here depends on a cookie: with the headers that we send, browsers give
none along.
"""

from __future__ import annotations

import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SHARED = re.compile(
    r"/player/.+|/embed\.js|/studio/embed/.+\.js|/v1/gallery(?:/.*)?|/v1/embeds/[^/]+/file"
)
_DAY = "86400"


class Sharing:
    """ASGI middleware.

    Args:
        app: whose answers are shared.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        method = scope.get("method", "")
        reads = method in ("GET", "HEAD", "OPTIONS")
        if scope["type"] != "http" or not reads or not _SHARED.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return

        async def shared(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Access-Control-Allow-Origin"] = "*"
                headers["Cross-Origin-Resource-Policy"] = "cross-origin"
            await send(message)

        if method == "OPTIONS":
            allowed = [
                (b"access-control-allow-methods", b"GET, HEAD"),
                (b"access-control-allow-headers", b"authorization"),
                (b"access-control-max-age", _DAY.encode()),
            ]
            await shared({"type": "http.response.start", "status": 204, "headers": allowed})
            await send({"type": "http.response.body", "body": b""})
            return
        await self._app(scope, receive, shared)
