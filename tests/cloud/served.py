"""A cloud behind a real HTTP server, in a thread of the process or in the test's own loop."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import uvicorn

from tests.helpers.waiting import until
from visavis.cloud.app import create_app
from visavis.cloud.context import Cloud


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve an app; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = uvicorn.Server(uvicorn.Config(app, port=port, log_level="critical"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        assert thread.is_alive()
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    running.should_exit = True
    thread.join(20)


@asynccontextmanager
async def served_here(cloud: Cloud, **options: Any) -> AsyncIterator[Cloud]:
    """Serve a cloud in the running loop; it gets its port, and its app as `cloud.app`.

    Args:
        cloud: not yet running.
        options: of uvicorn.
    """
    app = create_app(cloud)
    config = uvicorn.Config(app, port=0, log_level="critical", **options)
    http = uvicorn.Server(config)
    listening = config.bind_socket()
    cloud.port = listening.getsockname()[1]
    serving = asyncio.create_task(http.serve(sockets=[listening]))
    await until(lambda: http.started or serving.done(), 60)
    cloud.app = app  # type: ignore[attr-defined]
    yield cloud
    http.should_exit = True
    await serving
