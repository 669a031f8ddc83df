"""A worker as an operator runs it: ``visavis serve`` in a process of its own.

Comes in: options. Goes out: a running worker, its address, its log; killed, ended, started again.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

SECRET = "a-secret-nobody-may-see"


class WorkerProcess:
    """One worker.

    Args:
        folder: for its state and its log.
        options: of ``visavis serve``.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        self.state = folder / "state"
        self.log = folder / "worker.log"
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> WorkerProcess:
        """Start it; returns when it takes launches."""
        seen = len(self.text())
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "visavis.cli", "serve", "--port", "0", "--log", "json",
                 "--state", str(self.state), *self._options],
                stderr=log, env={**os.environ, "VISAVIS_API_SECRET": SECRET},
            )  # fmt: skip
        end = time.monotonic() + 60
        while time.monotonic() < end and self._process.poll() is None:
            lines = [json.loads(line) for line in self.text()[seen:].splitlines()
                     if line.startswith("{") and line.endswith("}")]  # fmt: skip
            found = [x["event"] for x in lines if x["event"].startswith("listening on ")]
            if found:
                self.url = found[0].removeprefix("listening on ")
                try:
                    if httpx.get(f"{self.url}/ready").status_code == 200:
                        return self
                    if httpx.get(f"{self.url}/ready").json()["status"] == "at_capacity":
                        return self
                except httpx.TransportError:
                    pass
            time.sleep(0.05)
        raise RuntimeError(self.text()[-2000:])

    def text(self) -> str:
        """All it has logged."""
        return self.log.read_text() if self.log.exists() else ""

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def nursery(self) -> int:
        """Process id of its nursery."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return next(
            int(child) for child in children
            if b"nursery" in Path(f"/proc/{child}/cmdline").read_bytes()
        )  # fmt: skip

    def kill(self) -> None:
        """End it as a crash would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def terminate(self) -> int:
        """End it as an operator would; its exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(30)

    def stop(self) -> None:
        """End it, whatever state it is in."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def client(self, secret: str = SECRET) -> httpx.AsyncClient:
        """A client that knows the secret."""
        return httpx.AsyncClient(base_url=self.url, headers={"api-secret": secret}, timeout=60.0)

    def stored(self) -> list[Path]:
        """Launches on disk."""
        return sorted((self.state / "launches").glob("*.json"))


async def task(client: httpx.AsyncClient, task_id: str) -> dict[str, Any]:
    """What the worker says of a task."""
    answer = await client.get(f"/tasks/{task_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()
