"""The Talk page's figures: from Enter to sound and moving mouth in a real browser, frames, CPU.

Comes in: Chromium (`--chromium`). Goes out: a table.

    python benchmarks/talk.py
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import statistics
import threading
import time
from typing import Any

import uvicorn
from playwright.async_api import async_playwright

from visavis.talk.app import make_app
from visavis.talk.cast import Cast
from visavis.talk.options import TalkOptions
from visavis.talk.server import address, listen

WATCH = """() => {
  const video = document.getElementById("face");
  const audio = new AudioContext();
  const analyser = audio.createAnalyser();
  analyser.fftSize = 256;
  audio.createMediaStreamSource(video.srcObject).connect(analyser);
  const samples = new Float32Array(256);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 64;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  window.began = 0;
  setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    if (window.began && !window.heard && samples.some((x) => Math.abs(x) > 0.02))
      window.heard = performance.now() - window.began;
  }, 4);
  let before = null;
  const look = () => {
    pen.drawImage(video, video.videoWidth * 0.4, video.videoHeight * 0.5,
      video.videoWidth * 0.2, video.videoHeight * 0.2, 0, 0, 64, 64);
    const now = pen.getImageData(0, 0, 64, 64).data;
    let sum = 0;
    for (let k = 0; before && k < now.length; k += 4) sum += Math.abs(now[k] - before[k]);
    if (window.began && !window.moved && sum / 4096 > 4)
      window.moved = performance.now() - window.began;
    before = now;
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
  document.getElementById("text").addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    window.began = performance.now();
    window.heard = window.moved = 0;
  }, { capture: true });
}"""


async def measure(app: Any, url: str, chromium: str, runs: int, seconds: float) -> None:
    """Print the figures of one visitor."""
    async with async_playwright() as running:
        browser = await running.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"],
        )
        page = await browser.new_page(viewport={"width": 1280, "height": 800})
        began = time.monotonic()
        await page.goto(url)
        await page.wait_for_selector("body[data-phase=live]")
        print(f"page opened until the first picture  {1e3 * (time.monotonic() - began):.0f} ms")
        await page.evaluate(WATCH)
        await page.wait_for_timeout(3000)
        heard, moved = [], []
        for _ in range(runs):
            await page.fill("#text", "Peter Piper picked peppers.")
            await page.press("#text", "Enter")
            await page.wait_for_selector("body[data-doing=speaking]")
            await page.wait_for_selector("body[data-doing=live]")
            await page.wait_for_timeout(1200)
            heard.append(await page.evaluate("window.heard"))
            moved.append(await page.evaluate("window.moved"))
        for what, found in (("sound", heard), ("moving mouth", moved)):
            print(
                f"Enter until {what:<24} {statistics.median(found):.0f} ms "
                f"({min(found):.0f} to {max(found):.0f}, {runs} times)"
            )
        (visit,) = app.state.visits._here.values()
        encoder = visit._peer.encoder
        for what in ("idle", "speaking"):
            if what == "speaking":
                await page.fill("#text", "And so on, and so forth, one word after another. " * 9)
                await page.press("#text", "Enter")
                await page.wait_for_timeout(1500)
            first = await received(page)
            spent, encoded, wall = time.process_time(), encoder.cpu_s, time.monotonic()
            await page.wait_for_timeout(1000 * seconds)
            spent, encoded = time.process_time() - spent, encoder.cpu_s - encoded
            wall, last = time.monotonic() - wall, await received(page)
            print(
                f"{what:<9} {(last[0] - first[0]) / wall:.1f} fps received, "
                f"{8 * (last[1] - first[1]) / wall / 1000:.0f} kbit/s, "
                f"{100 * spent / wall:.1f} % of a core, of it {100 * encoded / wall:.1f} encoding"
            )
        await browser.close()


async def received(page: Any) -> tuple[float, float]:
    """Frames and bytes of picture so far."""
    found = await page.evaluate("""async () => {
      let video = null;
      (await window.visavis.link.peer.getStats()).forEach((r) => {
        if (r.type === "inbound-rtp" && r.kind === "video") video = r;
      });
      return [video.framesDecoded, video.bytesReceived];
    }""")
    return found[0], found[1]


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chromium", default=shutil.which("chromium") or "chromium")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    app = make_app(Cast("ada"), TalkOptions())
    found = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none"))
    thread = threading.Thread(target=lambda: server.run(sockets=[found]))
    thread.start()
    try:
        url = address(found, False)
        asyncio.run(measure(app, url, options.chromium, options.runs, options.seconds))
    finally:
        server.should_exit = True
        thread.join()


if __name__ == "__main__":
    main()
