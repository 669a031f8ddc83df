"""Does it move like somebody? Blinks, head, jumps, by state and emotion, and what it costs.

Comes in: nothing; minutes and seeds, if others are wanted. Goes out: a table. Speech is made up
here: phrases of random sounds with pauses between, so the figures are the same everywhere.

    python benchmarks/motion.py --minutes 10 --seeds 3

Columns: blinks a minute over the seeds; their length at half closure, ms, and its deviation;
deviation of the waits over their mean (a metronome has 0); for yaw, pitch and roll the deviation
in degrees and the largest autocorrelation at any lag from 2 to 60 s; the largest change of the
head from one frame to the next, degrees.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import numpy.typing as npt

from visavis.motion import EMOTIONS, STATES, Motion
from visavis.motion.visemes import GAP_MM, PHONES, SHAPES
from visavis.pose import INDEX, Pose

FPS = 25
HEAD = ("headYaw", "headPitch", "headRoll")


def speech(minutes: float, seed: int) -> npt.NDArray[np.float32]:
    """Mouth rows of phrases of random sounds, float32 (n, 32)."""
    rng = np.random.default_rng(seed)
    index: list[int] = []
    while len(index) < minutes * 60 * 50:
        index += [0] * int(50 * rng.uniform(0.25, 1.2))
        for _ in range(int(rng.integers(4, 16))):
            index += [int(rng.integers(13, 28))] * int(rng.integers(3, 6))
            index += [int(rng.integers(1, 13))] * int(rng.integers(4, 10))
    rows = np.zeros((len(index), 32), np.float32)
    rows[:, 4:] = 0.9 * np.eye(len(PHONES), dtype=np.float32)[index] + 0.1 / len(PHONES)
    rows[np.array(index) == 0, 4:] = np.eye(len(PHONES), dtype=np.float32)[0]
    loud = np.repeat(rng.uniform(0.5, 1.3, -(-len(index) // 12)), 12)[: len(index)]
    opening = (SHAPES @ GAP_MM / 13.0)[index] * loud
    smooth = np.ones(5) / 5
    rows[:, 0] = np.convolve(opening, smooth, "same")
    rows[:, 3] = np.isin(index, (0, 13, 14))
    return rows


def run(state: str, emotion: str, minutes: float, seed: int) -> tuple[Pose, float]:
    """Poses (n, POSE_SIZE) and CPU milliseconds a frame."""
    rows = speech(minutes, seed)
    motion = Motion(FPS, seed)
    motion.emotion(emotion, seconds=0)
    if state != "speaking":
        motion.state = state
    else:
        motion.push(rows)
    motion.finish()
    count = round(minutes * 60 * FPS)
    begun = time.process_time()
    made = [motion.next() for _ in range(count)]
    return np.array(made), 1000 * (time.process_time() - begun) / count


def blinks(made: Pose) -> tuple[float, npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Blinks a minute, length of each at half closure (s), waits between (s)."""
    # A face may rest with its lids a little down: half is half of the rest.
    lid = made[:, INDEX["eyeBlinkLeft"]].astype(float)
    rest = np.median(lid)
    x = (lid - rest) / (1 - rest) - 0.5
    up, down = (
        np.flatnonzero((x[:-1] < 0) & (x[1:] >= 0)),
        np.flatnonzero((x[:-1] >= 0) & (x[1:] < 0)),
    )
    crossings = [k + x[k] / (x[k] - x[k + 1]) for k in (*up, *down)]
    starts = np.array(crossings[: len(up)]) / FPS
    ends = np.array(crossings[len(up) :]) / FPS
    n = min(len(starts), len(ends))
    return len(starts) / (len(made) / FPS / 60), ends[:n] - starts[:n], np.diff(starts)


def autocorrelation(x: npt.NDArray[np.float32]) -> float:
    """The largest at any lag from 2 to 60 s."""
    x = x.astype(float) - x.mean()
    power = np.abs(np.fft.rfft(x, 2 * len(x))) ** 2
    c = np.fft.irfft(power)[: len(x)]
    return float(np.abs(c[2 * FPS : 60 * FPS + 1] / c[0]).max())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seeds", type=int, default=3)
    chosen = parser.parse_args()
    cases = [(state, "neutral") for state in STATES]
    cases += [(state, e) for e in EMOTIONS if e != "neutral" for state in ("listening", "speaking")]
    print(f"{chosen.minutes:g} minutes, seeds 1 to {chosen.seeds}, {FPS} fps")
    print(
        f"{'':22} {'blinks/min':>12} {'length ms':>10} {'waits':>6} "
        f"{'yaw':>10} {'pitch':>10} {'roll':>10} {'step °':>7} {'ms':>6}"
    )
    for state, emotion in cases:
        rates, lengths, spreads, costs = [], [], [], []
        head: dict[str, list[tuple[float, float]]] = {name: [] for name in HEAD}
        step = 0.0
        for seed in range(1, chosen.seeds + 1):
            made, cost = run(state, emotion, chosen.minutes, seed)
            rate, length, waits = blinks(made)
            rates.append(rate)
            lengths += length.tolist()
            single = waits[waits > 0.6]
            spreads.append(single.std() / single.mean())
            costs.append(cost)
            for name in HEAD:
                track = made[:, INDEX[name]]
                head[name].append((float(track.std()), autocorrelation(track)))
                step = max(step, float(np.abs(np.diff(track)).max()))
        axes = " ".join(
            f"{np.mean([s for s, _ in head[n]]):4.2f}° {max(c for _, c in head[n]):4.2f}"
            for n in HEAD
        )
        name = state if emotion == "neutral" else f"{state}, {emotion}"
        print(
            f"{name:22} {min(rates):5.1f}-{max(rates):4.1f}   "
            f"{1000 * np.mean(lengths):5.0f}±{1000 * np.std(lengths):2.0f} "
            f"{np.mean(spreads):6.2f}  "
            f"{axes} {step:7.2f} {min(costs):6.3f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
