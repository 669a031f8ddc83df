"""A cloud's API as a process of its own, with a worker whose sessions do nothing but live.

Comes in: settings as ``VISAVIS_CLOUD_`` variables, a port, and whether it has the worker. Goes out:
the API. As a module: starts, kills and restarts such processes, and fills databases.

    python -m benchmarks.cloud_process PORT [none]
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from tests.helpers.null_worker import PROGRAM
from visavis.cloud.database import ApiSecret, Database, Organisation, Scope
from visavis.cloud.identity import digest, new_secret
from visavis.cloud.ids import new_id

SYSTEM = Scope.system("a benchmark")


class Api:
    """One API process.

    Args:
        settings: as variables without their prefix.
        engine: whether sessions are placed by it.
    """

    def __init__(self, settings: dict[str, str], log: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._env = {**os.environ} | {
            f"VISAVIS_CLOUD_{name.upper()}": value for name, value in settings.items()
        }
        self._log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; returns at once."""
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.cloud_process", str(self.port)],
                env=self._env, stdout=log, stderr=log,
            )  # fmt: skip

    def ready(self, seconds: float = 90.0) -> None:
        """Wait until it answers."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if httpx.get(f"{self.url}/ready").is_success:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise RuntimeError(self._log.read_text()[-3000:])

    def kill(self) -> None:
        """End it as a crash would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End it in good order."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                self.kill()


async def organisations(database: Database, count: int) -> list[str]:
    """So many organisations, an API secret each."""
    secrets = []
    async with database.write(SYSTEM) as db:
        for number in range(count):
            org_id = new_id("org")
            secret, prefix = new_secret()
            db.add(Organisation(id=org_id, name=f"organisation {number}"))
            await db.flush()
            db.add(ApiSecret(id=new_id("key"), org_id=org_id, name="agents", prefix=prefix,
                             digest=digest(secret), rights=["sessions", "read"]))  # fmt: skip
            secrets.append(secret)
    return secrets


async def _serve(port: int) -> None:
    import uvicorn

    from visavis.cloud.app import create_app
    from visavis.cloud.context import Cloud
    from visavis.cloud.engines.local import LocalEngine
    from visavis.cloud.settings import load

    cloud = Cloud(load())
    cloud.engine = LocalEngine(cloud, PROGRAM)
    config = uvicorn.Config(create_app(cloud), port=port, log_level="warning", access_log=False,
                            backlog=4096)  # fmt: skip
    await uvicorn.Server(config).serve()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
