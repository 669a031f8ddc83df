"""Mouth against an agent's own track in a LiveKit room, drawn by a page.

Comes in: how many utterances. Goes out: where the page's clock of the stream stands when a burst of
noise is first heard in the track, less where the burst is in the stream: the offset of mouth and
sound, ms. Above 0 the mouth is early.

    python benchmarks/player_room.py
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from livekit import rtc
from playwright.async_api import async_playwright

import visavis
from tests.helpers.livekit_server import LiveKitServer
from tests.player.conftest import SOFTWARE
from tests.player.test_player_examples import ADA, WEB
from visavis.live import RoomOptions
from visavis.live.drawn_face import DrawnFace

LISTEN = """() => {
  const {live} = document.getElementById("drawn").stream, context = new AudioContext();
  const {track} = live.clock, tap = new AnalyserNode(context, {fftSize: 256});
  new MediaStreamAudioSourceNode(context, {mediaStream: new MediaStream([track.mediaStreamTrack])})
    .connect(tap);
  const samples = new Float32Array(256);
  window.begins = [];
  window.heard = [];
  const take = live.decoder.decode.bind(live.decoder);
  live.decoder.decode = (data) => {
    const packet = take(data);
    for (const record of packet.records)
      if (record.kind === "started") begins.push(record.at / live.rate);
    return packet;
  };
  let quiet = 0;
  setInterval(() => {
    tap.getFloatTimeDomainData(samples);
    const first = samples.findIndex((v) => Math.abs(v) > 0.03), now = performance.now();
    if (first < 0) quiet ||= now;
    else if (quiet && now - quiet > 300) {
      heard.push(live.clock.seconds(live.delay.offset) - (256 - first) / context.sampleRate);
      quiet = 0;
    } else quiet = 0;
  }, 3);
}"""


async def play(server: LiveKitServer, address: str, runs: int) -> None:
    """Print the figures."""
    room = rtc.Room()
    await room.connect(server.url, server.token("web", "agent", kind="agent"))
    with visavis.open("ada") as character:
        face = DrawnFace(character, RoomOptions())
        await face.start(room)
        async with async_playwright() as driver:
            browser = await driver.chromium.launch(
                executable_path=shutil.which("chromium"),
                args=[*SOFTWARE, "--autoplay-policy=no-user-gesture-required"],
            )
            page = await browser.new_page(viewport={"width": 320, "height": 320})
            await page.goto(f"{address}/?room=web")
            await page.click("text=Join")
            await page.wait_for_function("document.getElementById('drawn').stream?.live.clock")
            await page.evaluate(LISTEN)
            await asyncio.sleep(3)
            noise = np.random.default_rng(0).normal(0, 8000, 9600).astype(np.int16)
            for _ in range(runs):
                face.session.push_audio(noise, 24_000)
                face.session.flush()
                await asyncio.sleep(2)
            begins, heard = await page.evaluate("[begins, heard]")
            delay = await page.evaluate("document.getElementById('drawn').stream.live.clock.delay")
            await browser.close()
        await face.aclose()
    await room.disconnect()
    nearest = [min((h - b for b in begins), key=abs) for h in heard]
    apart = [1000 * offset for offset in nearest if abs(offset) < 0.5]
    print(f"mouth before sound, ms: median {statistics.median(apart):+.0f}, least "
          f"{min(apart):+.0f}, most {max(apart):+.0f}; {len(apart)} of {len(begins)} heard; the "
          f"track's own delay {1000 * delay:.0f}")  # fmt: skip


def main() -> int:
    """Start all that is needed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--runs", type=int, default=10)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = LiveKitServer(folder)
        server.start()
        shutil.copytree(WEB, folder / "web", ignore=shutil.ignore_patterns("node_modules", "react"))
        subprocess.run(["npm", "install", "--silent"], cwd=folder / "web", check=True)
        keys = {"URL": server.url, "API_KEY": server.key, "API_SECRET": server.secret}
        page = subprocess.Popen(
            [sys.executable, str(folder / "web" / "serve.py"), "0", str(ADA)],
            env=os.environ | {f"LIVEKIT_{key}": value for key, value in keys.items()},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert page.stdout is not None
        try:
            asyncio.run(play(server, page.stdout.readline().strip(), chosen.runs))
        finally:
            page.kill()
            server.kill()
    return 0


if __name__ == "__main__":
    sys.exit(main())
