"""What every response and every request has to do with security, whichever route it is.

Comes in: requests. Goes out: responses with the headers that keep browsers from doing harm; bodies
that are too large are cut off while they stream in.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from visavis.cloud.context import Cloud
from visavis.cloud.problems import Problem, answer

_JSON_BYTES = 1 << 20
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_API_POLICY = "default-src 'none'; frame-ancestors 'none'"


class Guarding:
    """ASGI middleware.

    Args:
        app: what it guards.
        cloud: whose limits hold.
    """

    def __init__(self, app: ASGIApp, cloud: Cloud) -> None:
        self._app = app
        self._most = int(cloud.settings.upload_mb * 1e6) + _JSON_BYTES
        self._https = cloud.is_https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        kind = headers.get(b"content-type", b"").lower()
        most = self._most if kind.startswith((b"multipart/", b"application/octet")) else _JSON_BYTES
        length = headers.get(b"content-length", b"0")
        seen = 0
        begun = cut_off = False

        async def limited() -> Message:
            nonlocal seen, cut_off
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                if seen > most:
                    cut_off = True
                    raise _too_large(most)
            return message

        async def guarded(message: Message) -> None:
            nonlocal begun
            if cut_off and not begun:
                return  # what parsers say of a body that breaks off; see below
            if message["type"] == "http.response.start":
                begun = True
                added = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    added.setdefault(name, value)
                if scope["path"].startswith("/v1"):
                    added.setdefault("Content-Security-Policy", _API_POLICY)
                    added.setdefault("Cache-Control", "no-store")
                if self._https:
                    added.setdefault("Strict-Transport-Security", "max-age=31536000")
            await send(message)

        if length.isdigit() and int(length) > most:
            await answer(_too_large(most))(scope, receive, guarded)
            return
        await self._app(scope, limited, guarded)
        if cut_off and not begun:
            cut_off = False
            await answer(_too_large(most))(scope, receive, guarded)


def _too_large(most: int) -> Problem:
    return Problem(413, "too_large", f"More than {most / 1e6:g} MB.", "Send something smaller.")
