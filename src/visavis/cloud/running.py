"""Runs a cloud until it is told to end.

Comes in: settings. Goes out: an HTTP server; at the first start, the link that makes the first
account an administrator, on stdout. At SIGTERM or SIGINT no more requests are taken, and its
services end in good order; at a second one at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable, Iterator

import uvicorn
from fastapi import FastAPI

from visavis.cloud.app import create_app
from visavis.cloud.context import Cloud
from visavis.cloud.observing import WithRequest
from visavis.cloud.people import setup_link
from visavis.cloud.settings import CloudSettings
from visavis.errors import InvalidOption
from visavis.serve import logs, tracing
from visavis.talk.server import LONGEST

logger = logging.getLogger(__name__)

_PATIENCE_S = 10


def run(settings: CloudSettings, dress: Callable[[FastAPI], None] | None = None) -> None:
    """Run a cloud; returns when it has ended.

    Args:
        settings: what the operator chose.
        dress: gives the app what is not the cloud's own, its pages; before it starts.

    Raises:
        InvalidOption: the address is taken, or traces are wanted and cannot be made.
    """
    logs.set_up(settings.log)
    for handler in logging.root.handlers:
        handler.addFilter(WithRequest())
    for noisy in ("alembic", "aiosqlite", "sqlalchemy", "fsspec", "s3fs", "botocore"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    tracing.set_up_traces("visavis-cloud")
    try:
        asyncio.run(_run(settings, dress))
    finally:
        tracing.end_traces()


async def _run(settings: CloudSettings, dress: Callable[[FastAPI], None] | None) -> None:
    cloud = Cloud(settings)
    app = create_app(cloud)
    if dress is not None:
        dress(app)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.forwarded,
        timeout_keep_alive=30,
        ws="websockets-sansio",
        ws_max_size=LONGEST,
        ws_max_queue=8,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=_PATIENCE_S,
    )
    try:
        listening = config.bind_socket()
    except SystemExit:
        raise InvalidOption(
            f"{settings.host}:{settings.port} cannot be listened on; it may be taken"
        ) from None
    cloud.port = listening.getsockname()[1]
    server = _Server(config, cloud)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.signalled)
    await server.serve(sockets=[listening])
    if not server.started:
        raise InvalidOption("the cloud could not start; the log above says why")
    logger.info("ended")


class _Server(uvicorn.Server):
    """Says where it is as soon as it can be asked."""

    def __init__(self, config: uvicorn.Config, cloud: Cloud) -> None:
        super().__init__(config)
        self._cloud = cloud

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to us: to have been told to end is no failure."""
        yield

    def signalled(self) -> None:
        """Once: when what is being answered is answered. Again: at once."""
        self.force_exit = self.should_exit
        self.should_exit = True

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        """As uvicorn's, and a word to the operator."""
        await super().startup(sockets)  # type: ignore[arg-type]
        if not self.started:
            return
        logger.info("listening on %s", self._cloud.url)
        link = await setup_link(self._cloud)
        if link is not None:
            # Not to the log: whoever has this link becomes the administrator.
            print(f"\nNobody has an account here yet. This link makes the first, an "
                  f"administrator's:\n\n  {link}\n", flush=True)  # fmt: skip
