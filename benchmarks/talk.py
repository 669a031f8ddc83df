"""The Talk page's figures: from Enter to sound and moving mouth in a real browser, frames, CPU.

Comes in: Chromium (`--chromium`). Goes out: a table.

Sound is set against picture by tones: a frame whose sound is loud gets a white patch on its way.
The page notes, by its clock, when the patch is displayed and when the tone is fetched to be played;
what the machine's audio output takes on top, some tens of ms in a browser, is not in it.

    python benchmarks/talk.py
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import shutil
import statistics
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np
import uvicorn
from playwright.async_api import async_playwright

from visavis.live.webrtc_tracks import SessionTracks
from visavis.talk.app import make_app
from visavis.talk.cast import Cast
from visavis.talk.options import TalkOptions
from visavis.talk.server import address, listen

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]

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


MARKS = """() => {
  const video = document.getElementById("face");
  const sound = document.querySelector("audio") ?? video; // in a room an element of its own
  const marks = (window.marks = { seen: [], heard: [] });
  const [track] = sound.srcObject.getAudioTracks();
  const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
  const listen = async () => {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const now = performance.now(), samples = new Float32Array(value.numberOfFrames);
      value.copyTo(samples, { planeIndex: 0, format: "f32-planar" });
      const first = samples.findIndex((x) => Math.abs(x) > 0.05);
      const heard = now - (1000 * (samples.length - first)) / value.sampleRate;
      value.close();
      if (first >= 0 && !(heard - marks.heard.at(-1) < 200)) marks.heard.push(heard);
    }
  };
  listen();
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 8;
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  let white = false;
  const look = (now, frame) => {
    pen.drawImage(video, 8, 8, 40, 40, 0, 0, 8, 8);
    const is = pen.getImageData(4, 4, 1, 1).data[1] > 140;
    if (is && !white) marks.seen.push(frame.expectedDisplayTime);
    white = is;
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
}"""
WAITED = """async () => {
  const found = {}, playing = {};
  (await window.visavis.filmed.peer.getStats()).forEach((r) => {
    if (r.type !== "inbound-rtp") return;
    found[r.kind] = (1000 * r.jitterBufferDelay) / r.jitterBufferEmittedCount;
    playing[r.kind] = r.estimatedPlayoutTimestamp - r.timestamp;
  });
  found.apart = playing.video - playing.audio;
  return found;
}"""
"""How long the browser holds both, and how much later in the session's time the picture that it
shows is than the sound that it plays, as it believes, ms."""
PATCH = 64
RATE = 24_000


def painted(hand_out: Any) -> Any:
    """Frames on their way, with a white patch those whose sound is loud, else a black one."""

    def paint(tracks: Any, frame: Any, offset: float) -> None:
        image = frame.image.copy()
        image[:PATCH, :PATCH] = 235 if np.abs(frame.sound).max(initial=0) > 3000 else 16
        hand_out(tracks, dataclasses.replace(frame, image=image), offset)

    return paint


async def sync(app: Any, url: str, chromium: str, tones: int) -> None:
    """Print how far sound and picture are apart."""
    t = np.arange(round(0.52 * RATE)) / RATE
    one = 9000 * np.sin(2 * np.pi * 500 * t) * ((t >= 0.2) & (t < 0.28))
    before = SessionTracks._hand_out
    SessionTracks._hand_out = painted(before)  # type: ignore[method-assign]
    async with async_playwright() as running:
        browser = await running.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = await browser.new_page(viewport={"width": 320, "height": 320})
        await page.goto(url)
        await page.wait_for_selector("body[data-phase=live]")
        await page.wait_for_timeout(2000)
        await page.evaluate(MARKS)
        (visit,) = app.state.visits._here.values()
        visit._tracks.session.push_audio(np.tile(one, tones).astype(np.int16), RATE)
        visit._tracks.session.flush()
        await page.wait_for_timeout(520 * tones + 2000)
        marks = await page.evaluate("window.marks")
        waited = await page.evaluate(WAITED)
        believed = []
        for _ in range(20):
            believed.append((await page.evaluate(WAITED))["apart"] or float("nan"))
            await page.wait_for_timeout(300)
        await browser.close()
    SessionTracks._hand_out = before  # type: ignore[method-assign]
    nearest = [min((h - s for h in marks["heard"]), key=abs) for s in marks["seen"]]
    apart = [found for found in nearest if abs(found) < 200]
    print(
        f"sound after picture            {statistics.median(apart):.0f} ms "
        f"(10th to 90th percentile {np.percentile(apart, 10):.0f} to "
        f"{np.percentile(apart, 90):.0f}, {len(apart)} of {tones} tones); the browser held sound "
        f"{waited['audio']:.0f} ms, pictures {waited['video']:.0f} ms, and takes the sound for "
        f"{np.nanmedian(believed):.0f} ms late"
    )


async def measure(app: Any, url: str, chromium: str, runs: int, seconds: float) -> None:
    """Print the figures of one visitor."""
    async with async_playwright() as running:
        browser = await running.chromium.launch(executable_path=chromium, args=ARGUMENTS)
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
      (await window.visavis.filmed.peer.getStats()).forEach((r) => {
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
    parser.add_argument("--sync", action="store_true", help="only how far both are apart")
    options = parser.parse_args()
    # Small pictures first, so that a browser without a GPU shows all of them.
    _served(
        TalkOptions(pixels=256 * 256, video=True),
        lambda app, url: sync(app, url, options.chromium, 40),
    )
    if options.sync:
        return
    _served(
        TalkOptions(video=True),
        lambda app, url: measure(app, url, options.chromium, options.runs, options.seconds),
    )


def _served(options: TalkOptions, play: Callable[[Any, str], Coroutine[Any, Any, None]]) -> None:
    app = make_app(Cast("ada"), options)
    found = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws="none"))
    thread = threading.Thread(target=lambda: server.run(sockets=[found]))
    thread.start()
    try:
        asyncio.run(play(app, address(found, False)))
    finally:
        server.should_exit = True
        thread.join()


if __name__ == "__main__":
    main()
