"""Makes the picture of the Talk page: `docs/img/talk.webp`.

Comes in: nothing; needs the extra `dev` and Chromium. Goes out: the page on a desktop and on a
phone, while Ada says a sentence.
"""

from __future__ import annotations

import io
import shutil
import threading
from pathlib import Path
from typing import Any

import uvicorn
from PIL import Image
from playwright.sync_api import sync_playwright

from visavis.talk.app import make_app
from visavis.talk.cast import Cast
from visavis.talk.options import TalkOptions
from visavis.talk.server import address, listen

OUT = Path(__file__).resolve().parents[1] / "img" / "talk.webp"
HEIGHT = 640
GAP = 20


def shot(browser: Any, url: str, size: tuple[int, int], character: str, text: str) -> Image.Image:
    """The page while a character says something."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark"
    )
    page = context.new_page()
    page.goto(f"{url}#{character}")
    page.wait_for_selector("body[data-phase=live]")
    page.wait_for_timeout(2500)
    page.fill("#text", text)
    page.press("#text", "Enter")
    page.wait_for_selector("#captions .said:nth-child(5)")
    picture = Image.open(io.BytesIO(page.screenshot()))
    context.close()
    scale = HEIGHT / size[1]
    return picture.convert("RGB").resize((round(size[0] * scale), HEIGHT), Image.Resampling.LANCZOS)


def main() -> None:
    """Make it."""
    found = listen("127.0.0.1", 0)
    app = make_app(Cast("ada"), TalkOptions())
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none"))
    thread = threading.Thread(target=lambda: server.run(sockets=[found]))
    thread.start()
    try:
        with sync_playwright() as running:
            browser = running.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            url = address(found, False)
            desk = shot(browser, url, (1280, 800), "ada", "Hello! Type something, and I say it.")
            phone = shot(browser, url, (390, 844), "rufus", "And I am Rufus, on your phone.")
            browser.close()
    finally:
        server.should_exit = True
        thread.join()
    both = Image.new("RGB", (desk.width + GAP + phone.width, HEIGHT), "white")
    both.paste(desk, (0, 0))
    both.paste(phone, (desk.width + GAP, 0))
    both.save(OUT, quality=80, method=6)


if __name__ == "__main__":
    main()
