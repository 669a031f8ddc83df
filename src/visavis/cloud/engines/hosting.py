"""What runs on a machine of a Ray cluster: a worker, beside the actor that holds its places there.

Comes in: calls from a cloud. Goes out: a running `visavis serve` on the machine's address in the
cluster. It ends with its actor, and its actor with the machine. What Ray keeps of an actor (its
name, what it was made of) holds no secret: the worker's comes with :meth:`Host.begin`.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from visavis import __version__
from visavis.cloud.engines.processes import began, tied
from visavis.serve.store import private_folder

_PATIENCE = 10.0


class Host:
    """The actor. Its methods run one after the other, in its process' main thread.

    Args:
        program: arguments of Python that run the worker.
        options: of the worker, by name.
    """

    def __init__(self, program: Sequence[str], options: Mapping[str, str]) -> None:
        self._program = program
        self._options = options
        self._folder = _folder()
        self._avatars = private_folder(self._folder / "avatars")
        self._process: subprocess.Popen[bytes] | None = None
        self._start = 0
        self._address = ""

    def where(self) -> dict[str, Any]:
        """What there is.

        Returns:
            start: the number of the start that was asked for last, 0: none; runs: whether that
            process lives; address: on which it listens; sessions: that it takes at most; version:
            of the program on this machine.
        """
        runs = self._process is not None and self._process.poll() is None
        return {"start": self._start, "runs": runs, "address": self._address,
                "sessions": int(self._options["sessions"]), "version": __version__}  # fmt: skip

    def begin(self, start: int, secret: str) -> str:
        """Start the worker, instead of one that there may be.

        Args:
            start: counts up; one that is not newer than the last is not done.
            secret: opens it.

        Returns:
            Its address. It answers a little later.
        """
        if start <= self._start:
            return self._address
        self.end(0.0)
        import ray

        host = ray.util.get_node_ip_address()
        with socket.create_server((host, 0)) as free:
            port = free.getsockname()[1]
        state = private_folder(self._folder / f"state-{start}")
        options = {**self._options, "host": host, "port": port, "state": state,
                   "avatars": self._avatars}  # fmt: skip
        arguments = [text for name, value in options.items() for text in (f"--{name}", str(value))]
        kept = {name: value for name, value in os.environ.items()
                if not name.startswith("VISAVIS_CLOUD_")}  # fmt: skip
        self._process = subprocess.Popen(
            tied([sys.executable, *self._program, *arguments]),
            env={**kept, "VISAVIS_API_SECRET": secret},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._start, self._address = start, f"http://{host}:{port}"
        return self._address

    def has(self, avatar: str) -> bool:
        """Whether the worker has an avatar's file.

        Args:
            avatar: its content's SHA-256, hex.
        """
        return self._path(avatar).is_file()

    def bring(self, avatar: str, data: bytes) -> None:
        """Give the worker an avatar's file.

        Args:
            avatar: its content's SHA-256, hex.
            data: the file.
        """
        path = self._path(avatar)
        part = path.with_suffix(".part")
        part.write_bytes(data)
        os.replace(part, path)

    def end(self, patience: float) -> None:
        """End the worker.

        Args:
            patience: seconds it has to do so by itself; its sessions end then.
        """
        if self._process is None:
            return
        if patience > 0:
            self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)
        self._process.kill()
        self._process.wait()
        # Launches, with their tokens, are in there.
        shutil.rmtree(self._folder / f"state-{self._start}", ignore_errors=True)

    def _path(self, avatar: str) -> Path:
        return self._avatars / f"{avatar}.imx"


def _folder() -> Path:
    """A new folder of this process; those of processes that are gone are removed."""
    base = private_folder(Path(tempfile.gettempdir()) / f"visavis-ray-{os.geteuid()}")
    for other in base.iterdir():
        pid, _, since = other.name.partition("-")
        if not pid.isdecimal() or began(int(pid)) != since:
            shutil.rmtree(other, ignore_errors=True)
    return private_folder(base / f"{os.getpid()}-{began(os.getpid())}")
