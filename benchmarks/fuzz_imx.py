"""Hostile avatar files: spoils good ones in a hundred thousand ways and reads each.

Every file must be read or refused with `InvalidAvatar`, in bounded time and memory. Prints counts
by outcome, the slowest read in CPU time, and the peak memory of a read beside that of a good file
of ordinary size (512 x 512; the files that are spoiled are smaller, so that many can be tried).
Ends with status 1 if anything else happened. The same seed makes the same files. Linux only: it
measures memory through /proc.

    nice -n 10 python benchmarks/fuzz_imx.py --count 100000
"""

from __future__ import annotations

import argparse
import ctypes
import sys
import time
import warnings
from collections import Counter
from pathlib import Path
from random import Random

from rich.console import Console
from rich.progress import track
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.helpers.mutate import MUTATORS
from tests.helpers.synthetic import tiny_model
from visavis import imx

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def _kib(field: str) -> int:
    """A memory field of this process, KiB."""
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(field))
    return int(line.split()[1])


def give_memory_back() -> None:
    """Makes the allocator return what is freed at once, so that a peak belongs to one file."""
    libc = ctypes.CDLL(None)
    libc.mallopt(-3, 1 << 16)  # M_MMAP_THRESHOLD
    libc.mallopt(-1, 1 << 16)  # M_TRIM_THRESHOLD


def measure(data: bytes) -> tuple[str, str, float, int]:
    """Reads a file: outcome, its message, CPU seconds, and the peak of memory on top, KiB."""
    CLEAR.write_text("5")  # resets the peak
    before, start = _kib("VmRSS"), time.process_time()
    message = ""
    try:
        imx.read(data)
        outcome = "read"
    except imx.InvalidAvatar as error:
        message = str(error)
        outcome = f"refused: {error.member if error.member in KNOWN else 'the container'}"
    except Exception as error:
        outcome, message = "WRONG", f"{type(error).__name__}: {str(error)[:200]}"
    seconds = time.process_time() - start
    return outcome, message, seconds, _kib("VmHWM") - before


KNOWN = {
    "manifest.json", "face/face.json", "face/rig.safetensors", "lipsync/lipsync.json",
    *(image.path for image in imx.IMAGES),
}  # fmt: skip


def good_files() -> list[bytes]:
    """Three good files: both eyes, one eye, and a larger one with an opaque person."""
    opaque = tiny_model(3, size=(160, 128))
    opaque.images["person"][..., 3] = 255
    models = (tiny_model(1, size=(48, 32)), tiny_model(2, eyes=(True, False)), opaque)
    return [imx.encode(model) for model in models]


def main() -> int:
    """Runs the whole and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=100_000, help="mutated files")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    give_memory_back()
    files = good_files()
    figures = []
    for data in [imx.encode(tiny_model(size=(512, 512), grid=52)), *files]:
        runs = [measure(data) for _ in range(12)]
        assert all(run[0] == "read" for run in runs), runs[0]
        figures.append((len(data), sorted(run[2] for run in runs)[6], runs[-1][3] / 1024))
    outcomes: Counter[str] = Counter()
    tried: Counter[str] = Counter()
    passed: Counter[str] = Counter()
    slowest = heaviest = (0.0, "", "")
    wrong, started = [], time.perf_counter()
    for number in track(range(options.count), "mutated files", console=Console(stderr=True)):
        rng = Random(f"{options.seed}/{number}")
        data, mutator = rng.choice(files), rng.choice(MUTATORS)
        outcome, message, seconds, peak = measure(mutator(rng, data))
        outcomes[outcome] += 1
        tried[mutator.__name__] += 1
        passed[mutator.__name__] += outcome == "read"
        slowest = max(slowest, (seconds, mutator.__name__, message))
        heaviest = max(heaviest, (peak / 1024, mutator.__name__, message))
        if outcome == "WRONG":
            wrong.append(f"file {number} ({mutator.__name__}): {message}")
    table = Table("outcome", "files", title=f"{options.count} files, seed {options.seed}")
    for outcome, count in outcomes.most_common():
        table.add_row(outcome, str(count))
    console = Console(width=110)
    console.print(table)
    console.print("read, by mutator:", ", ".join(f"{k} {passed[k]}/{tried[k]}" for k in tried))
    for size, median, memory in figures:
        console.print(f"good file of {size} B: {median * 1e3:.1f} ms of CPU, {memory:.1f} MiB")
    console.print(f"slowest {slowest[0] * 1e3:.1f} ms of CPU ({slowest[1]}: {slowest[2][:60]!r})")
    console.print(f"most memory {heaviest[0]:.1f} MiB ({heaviest[1]}: {heaviest[2][:60]!r})")
    console.print(f"that over the good 512 x 512 file's: {heaviest[0] / figures[0][2]:.2f}")
    console.print(f"{time.perf_counter() - started:.0f} s in all, {len(wrong)} wrong")
    for line in wrong[:20]:
        console.print(line, markup=False)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
