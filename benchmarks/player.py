"""The player's figures: navigation to the first face, and what a picture takes the page.

Comes in: names of characters or `.imx` files. Goes out: a line for each, medians; the browser's
cache is cold each time, the site on this machine, WebGL computed (SwiftShader) unless --gpu.

    python benchmarks/player.py ada mei portrait.imx
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

import visavis
from benchmarks.webgl import chromium, serving

SITE = """<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<script type="module" src="player/visavis.js"></script>
<style>visavis-avatar { width: 512px; height: 512px }</style>
<visavis-avatar src="avatar.imx"></visavis-avatar>
<script>
  window.first = new Promise((done) => document.querySelector("visavis-avatar").addEventListener(
    "ready", () => requestAnimationFrame(() => setTimeout(() => done(performance.now())))));
</script>"""
DRAWS = """async (count) => {
  const face = document.querySelector("visavis-avatar"), taken = [];
  while (taken.length < count) {
    await new Promise((done) => requestAnimationFrame(done));
    taken.push(face.drawMs);
  }
  return taken;
}"""


def measure(browser: Any, url: str, runs: int) -> tuple[list[float], list[float]]:
    """Milliseconds from navigation to the first face; milliseconds of each picture."""
    firsts, draws = [], []
    for _ in range(runs):
        context = browser.new_context(viewport={"width": 800, "height": 600})
        page = context.new_page()
        page.goto(url, wait_until="commit")
        page.wait_for_function("window.first !== undefined")
        firsts.append(page.evaluate("first"))
        draws += page.evaluate(DRAWS, 40)
        context.close()
    return firsts, draws


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("avatars", nargs="+")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--gpu", action="store_true", help="let Chromium use the card")
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder)) as url,
        sync_playwright() as playwright,
    ):
        site = Path(folder)
        (site / "index.html").write_text(SITE)
        browser = chromium(playwright, gpu=chosen.gpu)
        print(f"{'':14}{'first face':>12}{'slowest':>10}{'picture':>10}{'95 %':>8}  ms")
        for name in chosen.avatars:
            own = Path(visavis.__file__).parent / "characters" / f"{name}.imx"
            shutil.copy(name if name.endswith(".imx") else own, site / "avatar.imx")
            firsts, draws = measure(browser, url, chosen.runs)
            print(f"{Path(name).stem:14}{statistics.median(firsts):12.0f}{max(firsts):10.0f}"
                  f"{statistics.median(draws):10.2f}{statistics.quantiles(draws, n=20)[-1]:8.2f}",
                  flush=True)  # fmt: skip
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
