"""The page of `visavis play` in a real browser: it meets, says, stops, changes the character."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.play.conftest import Serve

playwright = pytest.importorskip("playwright.async_api")
pytestmark = pytest.mark.asyncio
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip

FACE = "document.getElementById('face')"


async def until(page: Any, true: str) -> None:
    """Wait for something on the page; its policy forbids Playwright's own way of waiting."""
    for _ in range(1200):
        if await page.evaluate(true):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"never: {true}")


async def test_somebody_meets_a_character(serve: Serve, tmp_path: Path) -> None:
    if CHROMIUM is None:
        pytest.skip("no Chromium here")
    async with serve() as (app, port), playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = await browser.new_page(viewport={"width": 390, "height": 500})
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda said: said.type == "error" and problems.append(said.text))
        await page.goto(f"http://127.0.0.1:{port}/")
        await until(page, f"{FACE}?.classList.contains('here') && {FACE}.drawn > 2")
        await until(page, f"{FACE}.stream?.live.sound?.audible")
        assert await page.evaluate(f"{FACE}.stream.live.decoder.hello.codec") == 2  # Opus
        await page.evaluate(f"window.told = [], {FACE}.addEventListener('finished',"
                            "({detail}) => told.push(detail))")  # fmt: skip
        await page.fill("#text", "Peter Piper picked a peck of pickled peppers, and went home.")
        await page.press("#text", "Enter")
        await until(page, f"{FACE}.state === 'speaking' && {FACE}.blend.out[17] > 0.05")
        assert "Peter" in await page.evaluate(f"{FACE}.captions")
        await page.click("#send")  # nothing is typed: stop
        await until(page, "told.length === 1")
        assert (await page.evaluate("told"))[0]["interrupted"] is True
        await page.click("text=Otto")
        await until(page, f"{FACE}.getAttribute('src').includes('otto') && {FACE}.drawer")
        await until(page, "document.getElementById('status').textContent === 'Here for you'")
        assert len(app.state.visits) == 1
        assert not problems
        await browser.close()
