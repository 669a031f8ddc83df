"""Mouth against sound in a page, and how late both are: a stream of minutes in a real Chromium.

Comes in: how long (--minutes), how often in a new browser (--repeat), a link (--jitter, --loss),
how long the page's audio thread is held up each second (--starve). Goes out: the offset of the
drawn mouth from the sound that is heard, in ms (mean, 1st and 99th percentile, drift), how late the
mouth moves after the server has its sound, and how often sound was late.

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
from tests.player.test_player_stream import BEGIN, STARVE, WATCH
from visavis import imx

STEP_MS = 25
"""Mouth and sound are in step within so much."""
STARTS = """() => {
  window.starts = [];
  face.addEventListener("started", () => { window.waits = true; });
  face.pose = (pose) => {
    if (!window.waits || pose[17] < 0.005) return;
    window.waits = false;
    starts.push(performance.timeOrigin + performance.now());
  };
}"""


def in_step(page: Any, minutes: float, starve: float) -> bool:
    """One long utterance; whether mouth and sound were in step."""
    if starve:
        page.evaluate(STARVE, 1000 * starve)
    page.evaluate(WATCH, LEVEL)
    page.evaluate("seconds => face.speak(String(seconds))", 60 * minutes)
    page.wait_for_function("face.state === 'speaking'")
    time.sleep(60 * minutes - 2)
    lost = page.evaluate("face.stream.live.sound.context.playbackStats?.underrunDuration ?? 0")
    pairs = np.array(page.evaluate("pairs"))[20:]
    shown, heard, late = pairs.T
    kept = (shown > 0.1) & (shown < 0.9) & (heard > 0.1) & (heard < 0.95)
    apart = ((shown - (heard - late) + 0.5) % 1 - 0.5)[kept] * 1000
    slope = np.polyfit(np.linspace(0, minutes, len(apart)), apart, 1)[0]
    low, high = np.percentile(apart, (1, 99))
    print(f"mouth less sound, ms: mean {apart.mean():+.1f}, 1 % {low:+.1f}, 99 % {high:+.1f}, "
          f"drift {slope * minutes:+.2f} in {minutes:g} min; {len(apart)} pictures, "
          f"{(abs(apart) > STEP_MS).mean():.2%} further apart than {STEP_MS} ms")  # fmt: skip
    print(f"sound was late {page.evaluate('face.stream.live.sound.stalls')} times, packets missed "
          f"{page.evaluate('face.stream.live.decoder.missed')}, audio lost by the browser "
          f"{1000 * lost:.0f} ms", flush=True)  # fmt: skip
    page.evaluate("face.interrupt()")
    return bool(max(-low, high, abs(slope * minutes)) <= STEP_MS)


def lateness(page: Any, speaker: Speaker, runs: int) -> None:
    """Short utterances, one after the other."""
    page.evaluate(STARTS)
    due, said = [], []
    for run in range(runs):
        page.evaluate("face.speak('0.8')")
        page.wait_for_function(f"starts.length > {run}")
        talk = speaker.talks[-1]
        due.append(talk.due_wall)
        said.append(talk.said_wall)
        page.wait_for_function("face.state === 'idle'")
        time.sleep(0.3)
    starts = page.evaluate("starts")
    after, since = (
        [seen - 1000 * wall for seen, wall in zip(starts, walls, strict=True)]
        for walls in (due, said)
    )
    latency = page.evaluate(
        "(({sound}) => 1000 * (sound.context.currentTime - sound.heard() / sound.rate))"
        "(face.stream.live)"
    )
    print(f"the server has it ► mouth moves, ms: median {statistics.median(since):.0f}, most "
          f"{max(since):.0f}; after it was due by the clock {statistics.median(after):.0f}, "
          f"{max(after):.0f}; {runs} utterances; the browser's own way to the loudspeaker, in "
          f"these, {latency:.0f}")  # fmt: skip


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--runs", type=int, default=20, help="short utterances")
    parser.add_argument("--jitter", type=float, default=0.0, help="seconds")
    parser.add_argument("--loss", type=float, default=0.0, help="share of packets sent again")
    parser.add_argument("--lead", type=float, default=0.2, help="seconds the server is ahead")
    parser.add_argument("--repeat", type=int, default=1, help="so many times, in a new browser")
    parser.add_argument("--starve", type=float, default=0.0, help="seconds at most")
    chosen = parser.parse_args()
    missed = 0
    for _ in range(chosen.repeat):
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
            missed += not in_step(page, chosen.minutes, chosen.starve)
            browser.close()
    print(f"in step {chosen.repeat - missed} times of {chosen.repeat}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
