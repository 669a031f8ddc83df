"""What the tests of the worker share: one LiveKit server, one worker, a picture of a face."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from tests.helpers.worker_process import WorkerProcess

_NEEDED = ("livekit", "fastapi", "uvicorn", "httpx", "httpcore", "prometheus_client")
if any(find_spec(name) is None for name in _NEEDED):
    pytest.skip("the worker needs the extra `serve`", allow_module_level=True)


@pytest.fixture(scope="session")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerProcess]:
    """A worker in a process of its own, shared by tests that do not end it."""
    running = WorkerProcess(
        tmp_path_factory.mktemp("worker"), "--sessions", "6", "--downloads", "any", "--size", "256"
    )
    yield running.start()
    running.stop()


@pytest.fixture
def room() -> str:
    """A room's name nobody else uses."""
    return f"room-{uuid.uuid4().hex[:8]}"
