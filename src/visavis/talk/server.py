"""Runs the Talk page until it is stopped.

Comes in: the application, where to listen. Goes out: one line that says where it is.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import webbrowser
from collections.abc import Callable
from typing import TYPE_CHECKING

import uvicorn

from visavis.errors import InvalidOption

if TYPE_CHECKING:
    from fastapi import FastAPI

GRACE_S = 3
LONGEST = 16_384


def listen(host: str, port: int) -> socket.socket:
    """A socket to listen on.

    Args:
        host: an address of this machine.
        port: 0: any that is free.

    Raises:
        InvalidOption: it is taken, or no address of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
    except (OSError, OverflowError) as error:
        found.close()
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidOption(
            f"cannot listen on {host}, port {port}: {reason}; choose another with --port"
        ) from error
    return found


def address(found: socket.socket, https: bool) -> str:
    """Where a browser on this machine finds it."""
    host, port = found.getsockname()[:2]
    shown = {"0.0.0.0": "localhost", "::": "localhost"}.get(host, host)
    name = f"[{shown}]" if ":" in shown else shown
    return f"{'https' if https else 'http'}://{name}:{port}/"


def run(
    app: FastAPI,
    found: socket.socket,
    *,
    certificate: tuple[str, str] | None = None,
    open_browser: bool = False,
    on_ready: Callable[[str], None] = lambda url: None,
    websockets: bool = False,
) -> None:
    """Serve until SIGINT or SIGTERM; then everybody's session is ended in order.

    Args:
        app: see :func:`visavis.talk.app.make_app`.
        found: the socket; is closed at the end.
        certificate: files of the certificate chain and its key, for HTTPS.
        open_browser: show the page when it is there.
        on_ready: called with the address when it is there.
        websockets: serve them too; what a page sends may have LONGEST bytes.
    """
    url = address(found, certificate is not None)
    files = {"ssl_certfile": certificate[0], "ssl_keyfile": certificate[1]} if certificate else {}
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, lifespan="on", server_header=False,
        timeout_graceful_shutdown=GRACE_S, ws="websockets-sansio" if websockets else "none",
        ws_max_size=LONGEST, ws_max_queue=8, ws_per_message_deflate=False,
        **files,  # type: ignore[arg-type]
    )  # fmt: skip
    server = uvicorn.Server(config)

    async def serve() -> None:
        serving = asyncio.create_task(server.serve(sockets=[found]))
        while not server.started and not serving.done():
            await asyncio.sleep(0.02)
        if server.started:
            on_ready(url)
            if open_browser:
                await asyncio.to_thread(webbrowser.open, url)
        await serving

    with found, contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve())
