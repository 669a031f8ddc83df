"""Broken avatar files, read by the player in a real Chromium and by Python: do they agree?

Comes in: how many. Goes out: how many both refuse and both read, the first files about which they
disagree, and the longest time for which reading held the page's own thread. The files are those
of `benchmarks/fuzz_imx.py`.

    python benchmarks/fuzz_player.py --count 2000
"""

from __future__ import annotations

import argparse
import base64
import random
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.webgl import chromium, serving
from tests.helpers.mutate import MUTATORS
from tests.helpers.synthetic import tiny_model
from visavis import imx

READ = """async (files) => {
  const {read, InvalidAvatar} = await import("/player/visavis.js");
  let last = performance.now(), most = 0, running = true;
  const channel = new MessageChannel(); // ticks as often as the thread is free
  channel.port1.onmessage = () => {
    const now = performance.now();
    most = Math.max(most, now - last);
    last = now;
    if (running) channel.port2.postMessage(0);
  };
  const answers = [];
  for (const file of files) {
    const data = Uint8Array.from(atob(file), (c) => c.charCodeAt(0));
    last = performance.now();
    running = true;
    channel.port2.postMessage(0);
    try {
      const avatar = await read(data);
      Object.values(avatar.images).forEach((image) => image.close());
      answers.push("read");
    } catch (error) {
      answers.push(error instanceof InvalidAvatar ? "refused" : `broke: ${error.stack}`);
    }
    running = false;
    await new Promise((done) => setTimeout(done));
  }
  return [answers, most];
}"""


def answer(data: bytes) -> str:
    """What Python says."""
    try:
        imx.read(data)
    except imx.InvalidAvatar:
        return "refused"
    return "read"


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    rng = random.Random(chosen.seed)
    good = [imx.encode(tiny_model(i, size=(48, 32), eyes=(True, i == 0))) for i in range(2)]
    counts: dict[tuple[str, str], int] = {}
    longest = 0.0
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder)) as url,
        sync_playwright() as playwright,
    ):
        browser = chromium(playwright)
        page = browser.new_page()
        page.goto(url)
        for begin in range(0, chosen.count, 50):
            files = [
                rng.choice(MUTATORS)(rng, rng.choice(good))
                for _ in range(min(50, chosen.count - begin))
            ]
            texts = [base64.b64encode(data).decode() for data in files]
            seen, most = page.evaluate(READ, texts)
            longest = max(longest, most)
            for i, (theirs, data) in enumerate(zip(seen, files, strict=True)):
                ours = answer(data)
                counts[ours, theirs] = counts.get((ours, theirs), 0) + 1
                if ours != theirs:
                    print(f"file {begin + i}: Python {ours}, browser {theirs}", flush=True)
        browser.close()
    refused, read = counts.get(("refused", "refused"), 0), counts.get(("read", "read"), 0)
    apart = chosen.count - refused - read
    print(f"{refused} refused by both, {read} read by both, {apart} not alike; "
          f"the page's thread was held {longest:.0f} ms at most")  # fmt: skip
    return 1 if apart else 0


if __name__ == "__main__":
    sys.exit(main())
