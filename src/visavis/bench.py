"""How fast an avatar is here, beside the encoders that its pictures go to.

Comes in: an avatar's file. Goes out: :class:`BenchReport`: milliseconds per frame by stage, one
thread on one CPU, warm, the median of several runs, with VP8 and H.264 encoding of the same
pictures measured in the same runs; a cold start; the memory of a second open avatar.

Times are the process' CPU time, which is the wall clock's on an idle machine and does not count
what others do on a busy one; runs of all stages alternate, so that what disturbs meets all alike.
"""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from visavis.trial import SAMPLE_RATE, speechlike

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from visavis.avatar import Avatar
    from visavis.pose import Pose

clock = time.process_time

SIZES = ((512, 512), (1280, 720))
FPS = 25

STAGES = {
    "speech": "sound to mouth rows, a frame's sound at a time",
    "motion": "mouth rows to a pose",
    "geometry": "pose to vertices and contours",
    "draw i420": "geometry to an I420 picture",
    "draw rgb": "geometry to an RGB picture",
    "frame": "speech + motion + geometry + draw i420: a frame ready for its encoder",
    "vp8": "libvpx, deadline realtime, its own choice of speed, one thread",
    "vp8 fast": "libvpx, realtime, cpu-used -6 as WebRTC sets it, one thread",
    "x264": "ultrafast, zerolatency, one thread",
}
"""Stages and what they do."""

VP8_OPTIONS = {"deadline": "realtime", "lag-in-frames": "0", "threads": "1"}
VP8_FAST_OPTIONS = VP8_OPTIONS | {"cpu-used": "-6"}
X264_OPTIONS = {"preset": "ultrafast", "tune": "zerolatency", "threads": "1"}
BITS_PER_PIXEL = 0.2
"""Encoders' bit rate: 1.3 Mbit/s at 512x512 and 25 fps."""


@dataclass(frozen=True)
class BenchReport:
    """What was measured.

    Attributes:
        stages: "WIDTHxHEIGHT" to stage to milliseconds per frame.
        cold_ms: a new process, from its start to its first frame and its end, milliseconds.
        cold_cpu_ms: CPU time of that, milliseconds.
        memory_mb: resident memory, MB: of a process with one avatar "open" and drawing I420; what
            the "same" one, opened again, adds; what "another" one adds. Empty where the system
            does not tell.
        runs: how many runs the medians are of.
        frames: frames a run.
        cpu: the processor, in its own words.
    """

    stages: dict[str, dict[str, float]]
    cold_ms: float
    cold_cpu_ms: float
    memory_mb: dict[str, float]
    runs: int
    frames: int
    cpu: str = field(default="")


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """One thread on one CPU, for as long as the block lasts."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))  # read when numpy is imported, in children too
    import cv2

    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    affinity = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    if affinity:
        os.sched_setaffinity(0, {max(affinity)})  # the first CPU serves most interrupts
    try:
        yield
    finally:
        if affinity:
            os.sched_setaffinity(0, affinity)
        cv2.setNumThreads(threads)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def bench(
    path: Path, *, runs: int = 5, frames: int = 50, progress: Callable[[float, float], None]
) -> BenchReport:
    """Measure an avatar.

    Args:
        path: its file.
        runs: how often everything is measured.
        frames: frames a run.
        progress: called with the part done and the whole.

    Returns:
        The medians.
    """
    from visavis.library import open as open_avatar

    total = runs * len(SIZES) + 2
    stages = {}
    with one_thread(), open_avatar(path) as avatar:
        for index, size in enumerate(SIZES):
            passes = []
            for run in range(-1, runs):  # the first one warms up and is not counted
                passes.append(_one_run(avatar, size, frames))
                progress(index * runs + run + 1, total)
            medians = {
                stage: statistics.median(one[stage] for one in passes[1:]) for stage in passes[0]
            }
            stages[f"{size[0]}x{size[1]}"] = medians
    wall, spent = (statistics.median(times) for times in zip(*_cold_starts(path), strict=True))
    progress(total - 1, total)
    memory = _memory_mb(path)
    progress(total, total)
    return BenchReport(stages, wall, spent, memory, runs, frames, _cpu())


def _one_run(avatar: Avatar, size: tuple[int, int], frames: int) -> dict[str, float]:
    """Milliseconds per frame of each stage, over one run."""
    import numpy as np

    times, poses = _sound_to_poses(avatar, frames)
    planar, packed = avatar.renderer(size, "i420"), avatar.renderer(size, "rgb")
    picture = np.empty(packed.shape, np.uint8)
    # written to once, so that no first touch of memory is counted: sessions use theirs again
    planes = [np.full(planar.shape, 16, np.uint8) for _ in poses]
    planar.draw(poses[0], out=planes[0])
    packed.draw(poses[0], out=picture)
    spent = dict.fromkeys(("geometry", "draw i420", "draw rgb"), 0.0)
    for pose, plane in zip(poses, planes, strict=True):
        begun = clock()
        geometry = planar.geometry(pose)
        shaped = clock()
        planar.convert(geometry, plane)
        spent["draw i420"] += clock() - shaped
        spent["geometry"] += shaped - begun
    for pose in poses:
        geometry = packed.geometry(pose)
        begun = clock()
        packed.convert(geometry, picture)
        spent["draw rgb"] += clock() - begun
    times |= {stage: 1000 * seconds / len(poses) for stage, seconds in spent.items()}
    times["frame"] = sum(times[s] for s in ("speech", "motion", "geometry", "draw i420"))
    times["vp8"] = _encode_ms("libvpx", VP8_OPTIONS, planes, size)
    times["vp8 fast"] = _encode_ms("libvpx", VP8_FAST_OPTIONS, planes, size)
    times["x264"] = _encode_ms("libx264", X264_OPTIONS, planes, size)
    return {stage: times[stage] for stage in STAGES}


def _sound_to_poses(avatar: Avatar, frames: int) -> tuple[dict[str, float], list[Pose]]:
    from visavis.speech import SpeechStream

    sound = speechlike((frames + 10) / FPS)  # the look-ahead costs the first few frames
    step = SAMPLE_RATE // FPS
    speech, motion = SpeechStream(), avatar.motion(FPS, seed=1)
    poses: list[Pose] = []
    heard = moved = 0.0
    for start in range(0, len(sound), step):
        begun = clock()
        rows = speech.push(sound[start : start + step], SAMPLE_RATE)
        middle = clock()
        motion.push(rows)
        while motion.available > 0:
            poses.append(motion.next())
        moved += clock() - middle
        heard += middle - begun
    blocks = len(sound) / step
    times = {"speech": 1000 * heard / blocks, "motion": 1000 * moved / len(poses)}
    return times, poses[:frames]


def _encode_ms(
    codec: str,
    options: dict[str, str],
    planes: list[npt.NDArray[np.uint8]],
    size: tuple[int, int],
) -> float:
    """Milliseconds per frame to encode I420 pictures; the key frame at the start not counted."""
    import av

    context: Any = av.CodecContext.create(codec, "w")
    context.width, context.height = size
    context.pix_fmt, context.options = "yuv420p", options
    context.framerate, context.time_base = FPS, Fraction(1, FPS)
    context.bit_rate = int(size[0] * size[1] * FPS * BITS_PER_PIXEL)
    context.thread_count, context.gop_size = 1, 10_000
    frames = [av.VideoFrame.from_ndarray(plane, format="yuv420p") for plane in planes]
    for index, frame in enumerate(frames):
        frame.pts = index
    context.encode(frames[0])
    begun = clock()
    for frame in frames[1:]:
        context.encode(frame)
    return 1000 * (clock() - begun) / (len(frames) - 1)


_COLD = """
import sys, visavis, numpy
sound = numpy.zeros(8000, numpy.int16)
next(visavis.open(sys.argv[1]).frames((sound, 16000)))
"""


def _cold_starts(path: Path, count: int = 3) -> Iterator[tuple[float, float]]:
    """Wall clock and CPU milliseconds of new processes."""
    for _ in range(count):
        begun, before = time.perf_counter(), os.times()
        subprocess.run([sys.executable, "-c", _COLD, str(path)], check=True)
        after = os.times()
        spent = after.children_user + after.children_system
        spent -= before.children_user + before.children_system
        yield 1000 * (time.perf_counter() - begun), 1000 * spent


_MEMORY = """
import ctypes, gc, shutil, sys, tempfile, visavis, numpy

def resident():
    gc.collect()
    try:
        ctypes.CDLL(None).malloc_trim(0)  # what was freed, but not given back, is no one's
    except (OSError, AttributeError):
        pass
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096 / 1e6

def begin(path):
    avatar = visavis.open(path)
    frames = avatar.frames((numpy.zeros(16000, numpy.int16), 16000), pixel_format="i420")
    for _ in range(10):
        next(frames)
    return avatar, frames

with tempfile.TemporaryDirectory() as folder:
    other = shutil.copy(sys.argv[1], folder + "/other.imx")
    kept, sizes = [], []
    for path in (sys.argv[1], sys.argv[1], other):
        kept.append(begin(path))
        sizes.append(resident())
print(*sizes)
"""


def _memory_mb(path: Path) -> dict[str, float]:
    if not Path("/proc/self/statm").exists():
        return {}
    command = [sys.executable, "-c", _MEMORY, str(path)]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    first, again, other = (float(value) for value in said)
    return {"open": first, "same": again - first, "another": other - again}


def _cpu() -> str:
    import platform

    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
