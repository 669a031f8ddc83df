"""How far sound and picture of a room's avatar are apart in a real browser.

Comes in: Chromium, npm (for livekit-client). Goes out: a line. The page is examples/web; tones and
patches are those of talk.py. A browser that plays both tracks by their times of capture says what
it believes; rooms do not ask for that unless they are made with `sync_streams`.

    python benchmarks/room_browser.py
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
from typing import Any

import numpy as np
from playwright.async_api import async_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.livekit_room import RATE, beeps, painted  # noqa: E402
from benchmarks.talk import ARGUMENTS, MARKS  # noqa: E402

CLOCKS = """() => {
  window.clocks = [];
  setInterval(async () => {
    const at = {};
    for (const peer of window.peers)
      (await peer.getStats()).forEach((r) => {
        if (r.type === "inbound-rtp" && r.estimatedPlayoutTimestamp)
          at[r.kind] = r.estimatedPlayoutTimestamp - r.timestamp;
      });
    if (at.audio && at.video) window.clocks.push(at.video - at.audio);
  }, 250);
}"""
"""What the browser believes: how much later in the sender's time the picture shown is than the
sound heard, ms."""
PEERS = """
window.peers = [];
const made = window.RTCPeerConnection;
window.RTCPeerConnection = function (...how) {
  const peer = new made(...how);
  window.peers.push(peer);
  return peer;
};
window.RTCPeerConnection.prototype = made.prototype;
"""
WEB = ROOT / "examples" / "web"


async def measure(server: Any, page_address: str, chromium: str, tones: int, size: int) -> None:
    """Print how far they are apart."""
    import visavis
    from visavis.live import RoomAvatar, RoomOptions

    async with async_playwright() as running:
        browser = await running.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        page = await browser.new_page(viewport={"width": 320, "height": 320})
        await page.add_init_script(PEERS)
        await page.goto(f"{page_address}/?room=web")
        with visavis.open("ada") as character:
            avatar = RoomAvatar(character, RoomOptions(size=size))
            await avatar.join(server.url, server.token("web", "ada", kind="agent"))
            assert avatar._showing is not None
            tracks = avatar._showing.tracks
            tracks.send = painted(tracks.send)  # type: ignore[method-assign]
            await page.click("text=Join")
            await page.wait_for_selector("body[data-phase=here]")
            await page.wait_for_selector("audio", state="attached")
            await page.wait_for_timeout(4000)
            await page.evaluate(MARKS)
            avatar.session.push_audio(beeps(tones), RATE)
            avatar.session.flush()
            await page.wait_for_timeout(520 * tones + 2000)
            marks = await page.evaluate("window.marks")
            await page.evaluate(CLOCKS)
            await page.wait_for_timeout(6000)
            clocks = await page.evaluate("window.clocks")
            await avatar.leave()
        await browser.close()
    nearest = [min((h - s for h in marks["heard"]), key=abs) for s in marks["seen"]]
    apart = [found for found in nearest if abs(found) < 250]
    print(
        f"in the browser: sound after picture {statistics.median(apart):.0f} ms (10th to 90th "
        f"percentile {np.percentile(apart, 10):.0f} to {np.percentile(apart, 90):.0f}, "
        f"{len(apart)} of {tones} tones)"
    )
    if clocks:
        believed = statistics.median(clocks)
        print(f"of what was captured at once, by its own account: {believed:.0f} ms")


def main() -> None:
    """See the module's text."""
    from tests.helpers.livekit_server import LiveKitServer

    parser = argparse.ArgumentParser()
    parser.add_argument("--chromium", default=shutil.which("chromium") or "chromium")
    parser.add_argument("--tones", type=int, default=40)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=1)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        web = Path(folder) / "web"
        shutil.copytree(WEB, web, ignore=shutil.ignore_patterns("node_modules"))
        npm = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(web)]
        subprocess.run(npm, check=True)
        server = LiveKitServer(Path(folder))
        server.start()
        process = subprocess.Popen(
            [sys.executable, str(web / "serve.py"), "0"],
            env=os.environ
            | {
                "LIVEKIT_URL": server.url,
                "LIVEKIT_API_KEY": server.key,
                "LIVEKIT_API_SECRET": server.secret,
            },
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        try:
            for _ in range(wanted.rounds):
                asyncio.run(measure(server, address, wanted.chromium, wanted.tones, wanted.size))
        finally:
            process.kill()
            server.kill()


if __name__ == "__main__":
    main()
