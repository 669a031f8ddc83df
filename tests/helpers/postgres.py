"""A real PostgreSQL for tests: Debian's package, a private cluster in a folder, a Unix socket."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

import pytest

_SERVERS = Path("/usr/lib/postgresql")


def binaries() -> Path:
    """Folder of the newest server here; skips where there is none."""
    found = [folder / "bin" for folder in _SERVERS.glob("*") if (folder / "bin/initdb").is_file()]
    if not found:
        pytest.skip("no PostgreSQL here (apt install postgresql)")
    return max(found, key=lambda folder: float(folder.parent.name))


class Postgres:
    """A cluster of our own, gone after use. The server refuses to run as root."""

    def __init__(self) -> None:
        self._bin = binaries()
        # Short, since a socket's path has 107 characters at most; open to the server's user.
        self.folder = Path(tempfile.mkdtemp(prefix="vvpg", dir="/tmp"))
        self._user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        if os.geteuid() == 0:
            try:
                owner = pwd.getpwnam(self._user)
            except KeyError:
                pytest.skip("PostgreSQL needs a user postgres where tests run as root")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        data = self.folder / "data"
        self._run("initdb", "-D", data, "-A", "trust", "-E", "UTF8", "--no-sync", "-U", "visavis")
        options = f"-c listen_addresses='' -k {self.folder} -c fsync=off -c max_connections=300"
        self._run("pg_ctl", "-D", data, "-w", "-o", options, "-l", self.folder / "log", "start")

    def database(self, like: str = "template1") -> str:
        """The address of a new database: empty, or a copy of another that nobody is using."""
        name = f"d{secrets.token_hex(6)}"
        self._run("createdb", "-h", self.folder, "-U", "visavis", "-T", like, name)
        return self.url(name)

    def url(self, name: str) -> str:
        """The address of a database."""
        return f"postgresql://visavis@/{name}?host={quote(str(self.folder))}"

    def stop(self) -> None:
        """End the server and remove its folder."""
        self._run("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: object) -> None:
        done = subprocess.run(
            [str(self._bin / program), *map(str, arguments)],
            user=self._user if os.geteuid() == 0 else None,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # the server would hold a pipe open
            stderr=subprocess.DEVNULL,
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed")
