"""The example page, in a real browser, in a real room, with a character in it."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import visavis
from tests.helpers.livekit_server import LiveKitServer
from tests.helpers.waiting import until
from visavis.live import RoomAvatar, RoomOptions

pytest.importorskip("livekit.rtc", reason="the extra livekit is not installed")
playwright = pytest.importorskip("playwright.async_api")
ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture
def page_address(livekit: LiveKitServer, tmp_path: Path) -> Iterator[str]:
    """The page with its client library, served."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here")
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("no npm here to fetch livekit-client with")
    folder = tmp_path / "web"
    source = ROOT / "examples" / "web"
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("node_modules"))
    fetched = subprocess.run(
        [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    if fetched.returncode != 0:
        pytest.skip(f"livekit-client cannot be fetched: {fetched.stderr.strip()[-200:]}")
    process = subprocess.Popen(
        [sys.executable, str(folder / "serve.py"), "0"],
        env=os.environ
        | {
            "LIVEKIT_URL": livekit.url,
            "LIVEKIT_API_KEY": livekit.key,
            "LIVEKIT_API_SECRET": livekit.secret,
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.kill()
    process.wait()


def test_a_browser_meets_a_character(livekit: LiveKitServer, page_address: str) -> None:
    async def play() -> None:
        async with playwright.async_playwright() as driver:
            browser = await driver.chromium.launch(
                executable_path=CHROMIUM,
                args=[
                    "--no-sandbox",
                    "--disable-gpu",
                    "--autoplay-policy=no-user-gesture-required",
                ],
            )
            page = await browser.new_page()
            errors: list[str] = []
            page.on("pageerror", lambda error: errors.append(str(error)))
            await page.goto(f"{page_address}/?room=web")
            with visavis.open("ada") as character:
                avatar = RoomAvatar(character, RoomOptions(size=256))
                directed: list[tuple[str, str]] = []
                do = avatar.direction.do

                def noted(method: str, payload: str) -> None:
                    directed.append((method, payload))
                    do(method, payload)

                avatar.direction.do = noted  # type: ignore[method-assign]
                await avatar.join(livekit.url, livekit.token("web", "ada"))
                await page.click("text=Join")
                await page.wait_for_selector("body[data-phase=here]", timeout=30_000)
                await page.wait_for_function(
                    "document.getElementById('figures').textContent.includes('256×256')"
                )
                await page.click("text=nod")
                await until(lambda: directed == [("visavis.gesture", "nod")])
                await avatar.leave()
                await page.click("text=Leave")
                await page.wait_for_selector("body[data-phase=away]")
            await browser.close()
            assert not errors

    asyncio.run(play())
