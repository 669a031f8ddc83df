"""The whole way of a developer, in a real browser, with a real room server.

`visavis cloud` in an empty folder, its first administrator, a developer who signs up, looks around,
makes an avatar of a photo, talks to it, lets an agent use it in a room, sees the usage, and takes
the avatar home.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("livekit.plugins.visavis", reason="livekit-plugins-visavis is not installed")
pytest.importorskip("espeakng_loader", reason="the wheel espeakng-loader is not installed")

from tests.helpers.avatars import beep, write_sound
from tests.helpers.livekit_server import LiveKitServer
from tests.live.test_example_agents import falls_silent, running
from tests.studio.conftest import PASSWORD, Visitor, visit

VISAVIS = [sys.executable, "-m", "visavis.cli"]


class CloudProcess:
    """`visavis cloud`, as an operator starts it.

    Args:
        folder: empty; the process runs in it.
    """

    def __init__(self, folder: Path) -> None:
        variables = {"VISAVIS_CLOUD_DATA": str(folder / "cloud"), "VISAVIS_CLOUD_SESSIONS": "2"}
        self._process = subprocess.Popen(
            [*VISAVIS, "cloud", "--port", "0", "--sign-up", "open", "--log", "text"],
            cwd=folder, env=os.environ | variables, text=True, start_new_session=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        self.said: list[str] = []
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()
        end = time.monotonic() + 90
        while not (found := re.search(r"(http://\S+)/sign-up\?setup=\S+", "".join(self.said))):
            assert time.monotonic() < end and self._process.poll() is None, "".join(self.said)
            time.sleep(0.05)
        self.link, self.url = found[0], found[1]

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.said.append(line)

    def stop(self) -> int:
        """End it in good order; its exit status."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        self._reading.join(10)
        return self._process.returncode


@pytest.fixture
def operated(tmp_path: Path) -> Iterator[CloudProcess]:
    """A cloud just started, in an empty folder."""
    found = CloudProcess(tmp_path)
    yield found
    found.stop()


@pytest.fixture
def rooms(tmp_path: Path) -> Iterator[LiveKitServer]:
    """A real LiveKit server."""
    server = LiveKitServer(tmp_path)
    server.start()
    yield server
    server.kill()


def _signs_up(page: Any, name: str) -> None:
    page.get_by_label("Your name").fill(name)
    page.get_by_label("E-mail").fill(f"{name.lower()}@example.org")
    page.get_by_label("Password").fill(PASSWORD)


def _makes(visitor: Visitor, photo: Path) -> str:
    page = visitor.go("/create")
    page.set_input_files("#file", photo)
    page.wait_for_selector(".face-mark", timeout=120_000)
    page.get_by_label("Name", exact=True).fill("Eileen")
    page.get_by_label("A picture with a licence").check()
    page.get_by_label("Licence of the picture").fill("public domain, NASA")
    page.get_by_role("button", name="Make the avatar").click()
    page.wait_for_selector(".made visavis-avatar.here", timeout=240_000)
    return str(page.url.rpartition("=")[2])


def _talks(visitor: Visitor) -> None:
    page = visitor.page
    page.get_by_role("link", name="Talk", exact=True).click()
    page.wait_for_selector("body[data-phase=live]", timeout=90_000)
    page.get_by_label("What to say").fill("Good morning.")
    page.keyboard.press("Enter")
    page.wait_for_selector("#captions p", timeout=60_000)


def _makes_a_key(visitor: Visitor, avatar_id: str) -> str:
    page = visitor.go("/developer")
    page.get_by_role("button", name="Make a key").first.click()
    page.get_by_label("Name").fill("my first agent")
    page.get_by_role("button", name="Make the key").click()
    secret = page.get_by_label("API key", exact=True).inner_text().strip()
    page.get_by_role("button", name="Done").click()
    shown = page.locator("pre[aria-label='LiveKit agent']").inner_text()
    assert secret in shown and avatar_id in shown
    return str(secret)


def test_from_an_empty_folder_to_an_avatar_at_home(
    browser: Any, operated: CloudProcess, rooms: LiveKitServer, photo: Path, tmp_path: Path
) -> None:
    # The first administrator, by the link that was printed.
    operator: Any = visit(browser, operated, viewport={"width": 1280, "height": 800})
    operator.page.goto(operated.link)
    _signs_up(operator.page, "Operator")
    operator.page.get_by_role("button", name="Make the administrator").click()
    operator.page.get_by_role("link", name="Admin").wait_for(timeout=60_000)
    assert not operator.wrong and not operator.outside
    operator.page.context.close()

    # A developer signs up and looks around.
    mine = visit(browser, operated, viewport={"width": 1280, "height": 800})
    page = mine.go("/explore")
    page.wait_for_selector(".face-card visavis-avatar.here", timeout=60_000)
    page.get_by_role("link", name="Sign up").click()
    _signs_up(page, "Ada")
    page.get_by_role("button", name="Sign up").click()
    page.wait_for_selector(".me", timeout=60_000)
    avatar_id = _makes(mine, photo)
    _talks(mine)
    secret = _makes_a_key(mine, avatar_id)

    # Their agent, the real one, in a real room; the guest sees and hears the avatar.
    program = {"VISAVIS_API_URL": operated.url, "VISAVIS_API_SECRET": secret}
    in_room, leave = threading.Event(), threading.Event()

    async def agent() -> None:
        variables = program | {"VISAVIS_AVATAR_ID": avatar_id}
        async with running(rooms, "agent_cloud", "first-room", **variables) as who:
            await who.sees(5, 120)
            await falls_silent(who)
            in_room.set()
            await asyncio.to_thread(leave.wait, 120)

    with ThreadPoolExecutor(1) as elsewhere:
        done = elsewhere.submit(asyncio.run, agent())
        try:
            page = mine.go("/usage")
            page.get_by_text("first-room").wait_for(timeout=180_000)
            while not in_room.wait(0.2):
                assert not done.done(), done.result()
        finally:
            leave.set()
        done.result(120)

    # What it used.
    used = page.locator("section.card", has_text="By avatar").last
    used.get_by_text("Eileen").wait_for(timeout=120_000)
    assert (
        page.locator("section.card", has_text="By key").last.get_by_text("my first agent").count()
    )
    assert not mine.wrong and not mine.outside
    mine.page.context.close()

    # The avatar goes home, and speaks there without any cloud.
    file, film = tmp_path / "eileen.imx", tmp_path / "hello.mp4"
    _run("pull", avatar_id, "-o", str(file), **program)
    assert operated.stop() == 0
    sound = write_sound(tmp_path / "hello.wav", beep(24_000, 1.0, 0.2, 0.8), 24_000)
    _run("render", str(file), str(sound), "-o", str(film), "--size", "256")
    import av

    with av.open(str(film)) as found:
        assert sum(1 for _ in found.decode(video=0)) == 25
    assert secret not in "".join(operated.said)


def _run(*arguments: str, **variables: str) -> None:
    found = subprocess.run([*VISAVIS, *arguments], env=os.environ | variables, text=True,
                           capture_output=True, timeout=240)  # fmt: skip
    assert found.returncode == 0, found.stdout + found.stderr
