"""An agent in a LiveKit room whose listeners draw it: the example page, the player, a real room."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import visavis
from tests.helpers.livekit_server import LiveKitServer
from tests.helpers.waiting import until
from tests.player.conftest import SOFTWARE
from tests.player.test_player_examples import ADA, WEB, npm
from visavis.live import RoomOptions

rtc = pytest.importorskip("livekit.rtc", reason="the extra livekit is not installed")
playwright = pytest.importorskip("playwright.async_api")

WATCH = """() => {
  const face = document.getElementById("drawn");
  window.told = [];
  window.jaws = [];
  for (const name of ["started", "finished", "connected"])
    face.addEventListener(name, ({detail}) => told.push([name, detail]));
  face.pose = (pose) => { if (face.state === "speaking") jaws.push(pose[17]); };
}"""


@pytest.fixture
def livekit(tmp_path: Path) -> Iterator[LiveKitServer]:
    server = LiveKitServer(tmp_path)
    server.start()
    yield server
    server.kill()


@pytest.fixture
def address(livekit: LiveKitServer, tmp_path: Path) -> Iterator[str]:
    """The example page, served with the player and Ada."""
    folder = tmp_path / "web"
    shutil.copytree(WEB, folder, ignore=shutil.ignore_patterns("node_modules", "react"))
    npm(folder, "install")
    keys = {"URL": livekit.url, "API_KEY": livekit.key, "API_SECRET": livekit.secret}
    process = subprocess.Popen(
        [sys.executable, str(folder / "serve.py"), "0", str(ADA)],
        env=os.environ | {f"LIVEKIT_{name}": value for name, value in keys.items()},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.kill()
    process.wait()


def test_a_page_draws_the_agent(livekit: LiveKitServer, address: str) -> None:
    from visavis.live.drawn_face import DrawnFace

    async def play() -> None:
        room = rtc.Room()
        await room.connect(livekit.url, livekit.token("web", "agent", kind="agent"))
        with visavis.open("ada") as character:
            face = DrawnFace(character, RoomOptions())
            await face.start(room)
            async with playwright.async_playwright() as driver:
                chromium = shutil.which("chromium") or shutil.which("google-chrome")
                sound = "--autoplay-policy=no-user-gesture-required"
                browser = await driver.chromium.launch(
                    executable_path=chromium, args=[*SOFTWARE, sound]
                )
                page = await browser.new_page(viewport={"width": 360, "height": 360})
                page.set_default_timeout(120_000)
                errors: list[str] = []
                page.on("pageerror", lambda error: errors.append(str(error)))
                await page.goto(f"{address}/?room=web")
                await page.click("text=Join")
                await page.wait_for_function("document.getElementById('drawn').drawn > 2")
                await page.wait_for_function("document.getElementById('drawn').stream?.live.clock")
                await page.evaluate(WATCH)
                noise = np.random.default_rng(0).normal(0, 6000, 24_000 * 4).astype(np.int16)
                face.session.push_audio(noise, 24_000)
                face.session.flush()
                await page.wait_for_function("told.some(([name]) => name === 'finished')")
                told = await page.evaluate("told")
                assert [name for name, _ in told] == ["started", "finished"]
                assert told[1][1]["interrupted"] is False
                assert await page.evaluate("jaws.length") > 0
                assert await page.evaluate("document.querySelectorAll('audio').length") == 1
                assert not errors
                await browser.close()
            await face.aclose()
        await room.disconnect()
        await until(lambda: not room.isconnected())

    asyncio.run(play())
