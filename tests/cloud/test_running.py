"""`visavis cloud` as an operator starts it: a process of its own."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.helpers.waiting import until


def _start(folder: Path, *options: str) -> subprocess.Popen[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("VISAVIS_CLOUD_")}
    return subprocess.Popen(
        [sys.executable, "-m", "visavis.cli", "cloud", "--port", "0", "--data", str(folder),
         *options],
        stdout=subprocess.PIPE, stderr=(folder.parent / "log").open("w"), text=True,
        env={**environment, "VISAVIS_CLOUD_LOG": "json"},
    )  # fmt: skip


def _address(folder: Path) -> str:
    log = folder.parent / "log"  # its worker's too, which also says where it listens
    says = re.compile(r'"visavis\.cloud\.running", "event": "listening on (http://[\d.:]+)')
    asyncio.run(until(lambda: says.search(log.read_text()) is not None, 120))
    found = says.search(log.read_text())
    assert found
    return found[1]


def test_the_first_start_prints_a_link_that_makes_an_administrator(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    process = _start(folder)
    try:
        address = _address(folder)
        assert httpx.get(f"{address}/ready").json() == {"status": "ready"}
        assert process.stdout is not None
        link = next(line.strip() for line in process.stdout if "setup=" in line)
        assert link.startswith(address)
        token = link.partition("setup=")[2]
        assert token not in (tmp_path / "log").read_text()
        assert (folder / "cloud.sqlite").stat().st_mode & 0o077 == 0 or (
            folder.stat().st_mode & 0o077 == 0
        )
        made = httpx.post(
            f"{address}/v1/sign-up",
            json={"email": "ada@example.org", "password": "a long enough one", "name": "Ada",
                  "setup": token},
        )  # fmt: skip
        assert made.status_code in (200, 201), made.text
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    again = _start(folder)  # there is an account now: no link
    try:
        _address(folder)
    finally:
        again.send_signal(signal.SIGTERM)
        told, _ = again.communicate(timeout=30)
    assert "setup=" not in told


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--engine", "magic"], "engine"),
        (["--database", "mysql://here"], "postgresql://user@host/name"),
        (["--config", "nowhere.toml"], "there is no settings file"),
    ],
)
def test_a_wrong_setting_is_one_line(tmp_path: Path, options: list[str], says: str) -> None:
    process = _start(tmp_path / "data", *options)
    assert process.wait(60) != 0
    told = (tmp_path / "log").read_text().strip()
    assert says in told and len(told.splitlines()) == 1
