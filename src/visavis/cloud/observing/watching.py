"""Every request, from outside: counted, timed, traced, told in the log.

Comes in: requests. Goes out: the same, with an ``X-Request-Id``; a count, a span, a line of log.
Only the route's template is told: paths and queries can hold what is nobody's business.
"""

from __future__ import annotations

import logging
import re
import time
from contextvars import ContextVar
from secrets import token_hex

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from visavis.cloud.observing.figures import Figures
from visavis.serve.tracing import span

logger = logging.getLogger(__name__)

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Of the request at work; what is logged meanwhile carries it."""

_GIVEN = re.compile(rb"[\w-]{8,64}")
_QUIET = ("/health", "/ready", "/metrics")
_OTHER = "other"


class Watching:
    """ASGI middleware; the outermost.

    Args:
        app: what it watches.
        figures: where requests are counted.
    """

    def __init__(self, app: ASGIApp, figures: Figures) -> None:
        self._app = app
        self._figures = figures

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"")
        named = given.decode() if _GIVEN.fullmatch(given) else token_hex(8)
        token = request_id.set(named)
        began, status = time.perf_counter(), 500

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = named
            await send(message)

        try:
            with span("request", scope=scope) as marks:
                try:
                    await self._app(scope, receive, told)
                finally:
                    route = _route(scope)
                    marks.rename(f"{scope['method']} {route}")
                    marks.say({"http.route": route, "http.response.status_code": status})
        finally:
            seconds = time.perf_counter() - began
            self._figures.count(scope["method"], route, status, seconds)
            if scope["path"] not in _QUIET:
                logger.info(
                    "request",
                    extra={"method": scope["method"], "route": route, "status": status,
                           "seconds": round(seconds, 4)},
                )  # fmt: skip
            request_id.reset(token)


def _route(scope: Scope) -> str:
    """The template of the route that took a request."""
    return str(getattr(scope.get("route"), "path", "") or _OTHER)


class WithRequest(logging.Filter):
    """Adds the request at work to records."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always lets them pass."""
        named = request_id.get()
        if named and not hasattr(record, "request_id"):
            record.request_id = named
        return True
