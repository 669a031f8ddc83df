"""A server of characters that browsers draw, in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from visavis.play.app import PlayOptions, make_app
from visavis.talk.cast import Cast
from visavis.talk.server import listen

Serve = Callable[..., Any]


@pytest.fixture
def serve() -> Serve:
    """Serves with some options; gives the app and its port."""
    pytest.importorskip("espeakng_loader", reason="the wheel espeakng-loader is not installed")

    @asynccontextmanager
    async def serving(**options: Any) -> AsyncIterator[tuple[Any, int]]:
        app = make_app(Cast("ada"), PlayOptions(**options))
        found = listen("127.0.0.1", 0)
        config = uvicorn.Config(
            app, log_level="warning", ws="websockets-sansio", ws_max_size=4096,
            ws_per_message_deflate=False, timeout_graceful_shutdown=2,
        )  # fmt: skip
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[found]))
        while not server.started:
            await asyncio.sleep(0.01)
        try:
            yield app, found.getsockname()[1]
        finally:
            server.should_exit = True
            await task
            found.close()

    return serving
