"""The Talk page, served by the real server on loopback, and a real browser to look at it."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("aiortc", reason="the extra talk is not installed")
pytest.importorskip("fastapi", reason="the extra talk is not installed")

from tests.helpers.avatars import beep, write_avatar, write_sound
from visavis.talk.app import make_app
from visavis.talk.cast import Cast
from visavis.talk.options import TalkOptions
from visavis.talk.server import LONGEST, address, listen


@dataclass
class Served:
    """A running server."""

    url: str
    app: Any

    @property
    def visitors(self) -> int:
        return len(self.app.state.visits)


def serve(app: Any) -> Iterator[Served]:
    import uvicorn

    found = listen("127.0.0.1", 0)
    server = uvicorn.Server(
        uvicorn.Config(
            app, log_level="warning", ws="websockets-sansio", ws_max_size=LONGEST, lifespan="on"
        )
    )
    thread = threading.Thread(target=lambda: server.run(sockets=[found]), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Served(address(found, False), app)
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive()
    found.close()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("characters")
    write_avatar(folder)
    return folder


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Served]:
    pytest.importorskip("espeakng_loader", reason="the wheel espeakng-loader is not installed")
    yield from serve(
        make_app(Cast("ada", folder), TalkOptions(sessions=2, pixels=256 * 256, video=True))
    )


@pytest.fixture(scope="module")
def drawing() -> Iterator[Served]:
    pytest.importorskip("espeakng_loader", reason="the wheel espeakng-loader is not installed")
    yield from serve(make_app(Cast("ada"), TalkOptions(sessions=2, pixels=128 * 128)))


@contextmanager
def chromium_that_hears(folder: Path, period: float, *flags: str) -> Iterator[Any]:
    """Chromium whose microphone hears a tone for one second in so many seconds."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no Chromium here (Debian: apt install chromium)")
    wav = write_sound(folder / "tone.wav", beep(48_000, period, 1.0, 2.0), 48_000)
    arguments = [
        "--no-sandbox",
        *flags,
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={wav}",
        "--autoplay-policy=no-user-gesture-required",
    ]
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=chromium, args=arguments)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Chromium whose microphone hears a tone for one second in five."""
    with chromium_that_hears(tmp_path_factory.mktemp("microphone"), 5.0, "--disable-gpu") as opened:
        yield opened


def until(what: Callable[[], bool], page: Any, seconds: float = 60.0) -> None:
    """Wait for something to become true; the limit only ends a test that has failed."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "never came"
        page.wait_for_timeout(50)
