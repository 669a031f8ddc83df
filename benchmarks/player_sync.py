"""Mouth against sound in a page, and how late both are: a stream of minutes in a real Chromium.

Comes in: how long (--minutes), a link (--jitter, --loss). Goes out: the offset of the drawn mouth
from the sound that is heard, in ms (mean, 1st and 99th percentile, drift over the time), how late
the mouth moves after its sound was due at the server, and how often sound was late.

The stream is of `tests.player.speaker`: each sample of its sound, and how open the mouth is, tells
the time. The page's samples are tapped behind the player, so its own clock is not believed.

    python benchmarks/player_sync.py --minutes 5
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import sync_playwright

from benchmarks.webgl import chromium, serving
from tests.helpers.synthetic import tiny_model
from tests.player.speaker import LEVEL, Link, Speaker
from tests.player.test_player_stream import BEGIN, WATCH
from visavis import imx

STARTS = """() => {
  window.starts = [];
  face.addEventListener("started", () => { window.waits = true; });
  face.pose = (pose) => {
    if (!window.waits || pose[17] < 0.005) return;
    window.waits = false;
    starts.push(performance.timeOrigin + performance.now());
  };
}"""


def in_step(page: Any, minutes: float) -> None:
    """One long utterance."""
    page.evaluate(WATCH, LEVEL)
    page.evaluate("seconds => face.speak(String(seconds))", 60 * minutes)
    page.wait_for_function("face.state === 'speaking'")
    time.sleep(60 * minutes - 2)
    pairs = np.array(page.evaluate("pairs"))[20:]
    shown, heard, late = pairs.T
    kept = (shown > 0.1) & (shown < 0.9) & (heard > 0.1) & (heard < 0.95)
    apart = ((shown - (heard - late) + 0.5) % 1 - 0.5)[kept] * 1000
    slope = np.polyfit(np.linspace(0, minutes, len(apart)), apart, 1)[0]
    low, high = np.percentile(apart, (1, 99))
    print(f"mouth less sound, ms: mean {apart.mean():+.1f}, 1 % {low:+.1f}, 99 % {high:+.1f}, "
          f"drift {slope * minutes:+.2f} in {minutes:g} min; {len(apart)} pictures")  # fmt: skip
    print(f"sound was late {page.evaluate('face.stream.live.sound.stalls')} times, packets missed "
          f"{page.evaluate('face.stream.live.decoder.missed')}")  # fmt: skip
    page.evaluate("face.interrupt()")


def lateness(page: Any, speaker: Speaker, runs: int) -> None:
    """Short utterances, one after the other."""
    page.evaluate(STARTS)
    due = []
    for run in range(runs):
        page.evaluate("face.speak('0.8')")
        page.wait_for_function(f"starts.length > {run}")
        talk = speaker.talks[-1]
        due.append(talk.due_wall)
        page.wait_for_function("face.state === 'idle'")
        time.sleep(0.3)
    after = [seen - 1000 * wall for seen, wall in zip(page.evaluate("starts"), due, strict=True)]
    latency = page.evaluate(
        "(({sound}) => 1000 * (sound.context.currentTime - sound.heard() / sound.rate))"
        "(face.stream.live)"
    )
    print(f"mouth moves after its sound was due at the server, ms: median "
          f"{statistics.median(after):.0f}, most {max(after):.0f}; {runs} utterances; the "
          f"browser's own way to the loudspeaker {latency:.0f}")  # fmt: skip


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--runs", type=int, default=20, help="short utterances")
    parser.add_argument("--jitter", type=float, default=0.0, help="seconds")
    parser.add_argument("--loss", type=float, default=0.0, help="share of packets sent again")
    parser.add_argument("--lead", type=float, default=0.2, help="seconds the server is ahead")
    chosen = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder)) as url,
        Speaker(Link(chosen.jitter, chosen.loss), chosen.lead) as speaker,
        sync_playwright() as playwright,
    ):
        (Path(folder) / "tiny.imx").write_bytes(imx.encode(tiny_model(size=(96, 96))))
        browser = chromium(playwright, "--autoplay-policy=no-user-gesture-required")
        page = browser.new_page()
        page.goto(url)
        page.evaluate(BEGIN, [speaker.url, False])
        page.wait_for_function("face.stream?.live.sound?.audible && face.drawer")
        lateness(page, speaker, chosen.runs)
        in_step(page, chosen.minutes)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
