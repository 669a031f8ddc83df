"""What a live session costs, and what it does in ten thousand lives and in a day.

    python benchmarks/session.py                    what a frame and another session cost
    python benchmarks/session.py --schedules 10000  random pushes, flushes and interruptions
    python benchmarks/session.py --hours 24         simulated time without pictures: memory, drift
    python benchmarks/session.py --minutes 60       real time with pictures, under asyncio

One thread pinned by the environment (OMP_NUM_THREADS=1); medians; the reference of the same run is
VP8 realtime encoding of the same frames.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import random
import statistics
import sys
import threading
import time
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

import visavis
from visavis.session import UtteranceFinished, VirtualClock

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))


def voice(seconds: float) -> tuple[npt.NDArray[np.int16], int]:
    """Somebody speaking for so long: espeak-ng's, from its wheel."""
    from visavis.agent.espeak import EspeakVoice

    text = "Papa, my baby bumps into the big map. Almost all our arms are over there, and we walk. "
    said = EspeakVoice().synthesise(text)
    return np.resize(said.samples, int(seconds * said.sample_rate)), said.sample_rate


def resident_mb() -> float:
    """Resident memory of this process, MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def cost(character: str, size: int) -> None:
    """Milliseconds a frame, memory of one more session."""
    from visavis.bench import VP8_FAST_OPTIONS, VP8_OPTIONS, _encode_ms

    avatar = visavis.open(character)
    sound, rate = voice(30)
    session = avatar.session(size=size, seed=1, clock=VirtualClock())
    for _ in range(50):
        session.next()
    began = time.perf_counter()
    session.push_audio(sound, rate)
    session.flush()
    push = time.perf_counter() - began
    times, images = [], []
    for _ in range(300):
        began = time.perf_counter()
        images.append(session.next().image)
        times.append(1e3 * (time.perf_counter() - began))
    print(f"30 s of sound pushed at once: {1e3 * push:.2f} ms")
    print(f"frame {size}x{size}, sound to I420: median {statistics.median(times):.2f} ms, "
          f"longest of 300 {max(times):.2f} ms")  # fmt: skip
    for name, options in (("its own speed", VP8_OPTIONS), ("cpu-used -6", VP8_FAST_OPTIONS)):
        encoding = _encode_ms("libvpx", options, images, (size, size))
        print(f"VP8 realtime of the same frames, {name}: {encoding:.2f} ms")
    gc.collect()
    before = resident_mb()
    more = [avatar.session(size=size, seed=k, clock=VirtualClock()) for k in range(5)]
    for other in more:
        other.push_audio(sound, rate)
        for _ in range(30):
            other.next()
    print(f"one more session of the same avatar: {(resident_mb() - before) / 5:.1f} MB")


def schedules(count: int) -> None:
    """Random lives; the checks of tests/session/schedules.py."""
    from tests.session.schedules import Step, run

    rng = random.Random(1)
    began = time.perf_counter()
    for k in range(count):
        steps: list[Step] = []
        for _ in range(rng.randint(1, 14)):
            what = rng.choice(["push", "push", "flush", "interrupt", "frames", "frames"])
            most = rng.choice([300, 6000]) if what == "push" else 8
            steps.append((what, rng.randint(1, most) if what in ("push", "frames") else 0))
        try:
            run(steps, Fraction(rng.choice([20, 25, 30, 50, 60])))
        except AssertionError:
            print("fails:", steps)
            raise
        if (k + 1) % 1000 == 0:
            print(f"{k + 1} schedules right, {time.perf_counter() - began:.0f} s")


def day(hours: float) -> None:
    """Simulated hours of speaking a third of the time, with interruptions: all but the pictures."""
    from visavis.motion import Motion
    from visavis.session.timeline import Timeline
    from visavis.speech import SpeechStream

    fps, rng = Fraction(25), random.Random(2)
    sound, rate = voice(20)
    timeline = Timeline(Motion(25.0, seed=1), fps, 24_000, lambda: SpeechStream(40), lambda: 0.0)
    frames, samples, pushed, ended = int(hours * 3600 * 25), 0, 0, 0
    begin: tuple[float, int] | None = None
    for k in range(frames):
        if k % 750 == 0:
            timeline.push(sound[: rng.randint(rate, len(sound))], rate)
            timeline.flush()
            pushed += 1
        if k % 3750 == 100:
            ended += len(timeline.interrupt())
        timeline.pose()
        heard, events = timeline.sound()
        samples += len(heard)
        ended += sum(isinstance(event, UtteranceFinished) for event in events)
        if k % (25 * 3600) == 25 * 1200 or k == frames - 1:
            gc.collect()
            now = (resident_mb(), len(gc.get_objects()))
            begin = begin or now
            drift = samples / 24_000 - (k + 1) / 25
            print(
                f"{k / 90_000:6.2f} h: {pushed} utterances begun, {ended} ended, resident "
                f"{now[0]:.1f} MB ({now[0] - begin[0]:+.1f}), {now[1] - begin[1]:+d} objects, "
                f"sound is {1e3 * drift:+.3f} ms from the picture",
                flush=True,
            )


async def hour(character: str, minutes: float) -> None:
    """Real minutes of the same: memory, drift against the clock, tasks and threads left."""
    sound, rate = voice(20)
    rng = random.Random(2)
    begin = held = 0.0
    samples = pushed = 0
    async with visavis.open(character).session(size=256, sample_rate=24_000) as session:
        began = time.monotonic()
        async for frame in session:
            if frame.index % 750 == 0:
                session.push_audio(sound[: rng.randint(rate, len(sound))], rate)
                session.flush()
                pushed += 1
            if frame.index % 3750 == 100:
                session.interrupt()
            samples += len(frame.sound)
            passed = time.monotonic() - began
            if not begin and passed > 60 * min(2.0, minutes / 2):
                begin = resident_mb()
            if passed > 60 * minutes:
                drift = samples / 24_000 - 0.04 - passed
                break
        held, metrics = resident_mb(), session.metrics
    await asyncio.sleep(0.5)
    print(
        f"{passed / 60:.1f} min, {pushed} utterances, {metrics.frames} pictures, "
        f"{metrics.dropped} dropped, resident {held:.1f} MB ({held - begin:+.1f}), sound is "
        f"{1e3 * drift:+.1f} ms from the clock, lateness p95 {metrics.late_ms_p95:.1f} ms, "
        f"{len(asyncio.all_tasks()) - 1} tasks and {threading.active_count() - 1} threads left"
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("character", nargs="?", default="ada")
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--schedules", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=0.0)
    parser.add_argument("--hours", type=float, default=0.0)
    chosen = parser.parse_args()
    if chosen.schedules:
        schedules(chosen.schedules)
    elif chosen.hours:
        day(chosen.hours)
    elif chosen.minutes:
        asyncio.run(hour(chosen.character, chosen.minutes))
    else:
        from visavis.bench import one_thread

        with one_thread():
            cost(chosen.character, chosen.size)


if __name__ == "__main__":
    main()
