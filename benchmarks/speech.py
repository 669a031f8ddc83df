"""Speech network: CPU time per second of sound, one thread, streamed in pieces of 20 ms.

Run `python benchmarks/speech.py`; `--json` for machines. Warm; the median of several runs.
"""

# ruff: noqa: E402
from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"  # before numpy is imported

import argparse
import json
import statistics
import time

import numpy as np
import numpy.typing as npt

from visavis.speech import SpeechStream


def _voice(seconds: float, rate: int) -> npt.NDArray[np.float32]:
    rng = np.random.default_rng(0)
    times = np.arange(int(seconds * rate)) / rate
    sound = np.sin(2 * np.pi * 130 * times) * np.clip(np.sin(2 * np.pi * 2.3 * times), 0, 1)
    return (0.2 * sound + rng.normal(0, 0.01, len(times))).astype(np.float32)


def _milliseconds(rate: int, lookahead_ms: int, seconds: float, runs: int) -> float:
    sound = _voice(seconds, rate)
    pieces = np.split(sound, range(rate // 50, len(sound), rate // 50))
    stream = SpeechStream(lookahead_ms)
    spent = []
    for _ in range(runs + 1):
        started = time.process_time()
        for piece in pieces:
            stream.push(piece, rate)
        stream.flush()
        spent.append(time.process_time() - started)
    return 1000 * statistics.median(spent[1:]) / seconds  # the first run warms up


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="length of the sound")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    started = time.process_time()
    SpeechStream()
    loading = 1000 * (time.process_time() - started)
    figures = {
        f"{rate} Hz": round(_milliseconds(rate, 80, options.seconds, options.runs), 2)
        for rate in (16_000, 24_000, 44_100, 48_000)
    }
    if options.json:
        print(json.dumps({"load_ms": round(loading, 1), "cpu_ms_per_second": figures}))
        return
    print(f"load weights: {loading:.1f} ms")
    for name, value in figures.items():
        print(f"{name:>9}: {value:.2f} ms of CPU per second of sound")


if __name__ == "__main__":
    main()
