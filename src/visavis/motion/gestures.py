"""Gestures: short movements called by name, played from the table.

Comes in: a name, a strength, a moment. Goes out: what to add to the pose at any time. A gesture
begins and ends at nothing, with no speed; several may overlap. The seed varies pace, size, the
number of beats, and to which side a gesture goes.
"""

from __future__ import annotations

import math
from bisect import bisect_right

import numpy as np

from visavis.motion.curves import ease
from visavis.motion.gesture_table import GESTURES, Beat, Key, check_gesture
from visavis.pose import INDEX, POSE_SIZE, Pose, expand

_SIDED = {INDEX[name] for name in ("headYaw", "headRoll", "headX", "gazeX")}


class _Line:
    """Keys of some pose entries, to be read at any time."""

    def __init__(self, entry: str, keys: list[Key], start: float, sign: float) -> None:
        self._entries = [INDEX[e] for e in expand(entry)]
        factor = sign if self._entries[0] in _SIDED else 1.0
        self._times = [start + t for t, _ in keys]
        self._values = [factor * v for _, v in keys]

    @property
    def end(self) -> float:
        return self._times[-1]

    def add(self, t: float, values: dict[int, float]) -> None:
        k = bisect_right(self._times, t)
        if not 0 < k < len(self._times):
            return
        t0, a, b = self._times[k - 1], self._values[k - 1], self._values[k]
        value = a if a == b else a + (b - a) * ease((t - t0) / (self._times[k] - t0))
        for i in self._entries:
            values[i] = values.get(i, 0.0) + value


class Gestures:
    """Plays gestures.

    Args:
        rng: their own random stream; None: as in the table, every beat as often as it can.
    """

    def __init__(self, rng: np.random.Generator | None) -> None:
        self._rng = rng
        self._lines: list[_Line] = []

    @property
    def playing(self) -> bool:
        """Whether any gesture goes on, or is to come."""
        return bool(self._lines)

    def start(self, name: str, strength: float, t: float) -> None:
        """Begin a gesture at time t, seconds.

        Raises:
            InvalidOption: see `check_gesture`.
        """
        check_gesture(name, strength)
        shape = GESTURES[name]
        pace = self._varied(shape.pace)
        size = self._varied(shape.size) * strength
        sign = -1.0 if self._rng is not None and shape.sided and self._rng.random() < 0.5 else 1.0
        beats: dict[tuple[int, int, float], list[Key]] = {}
        for part in shape.parts:
            if isinstance(part, Beat):
                # Beats of one rhythm are one movement of the body: they swing together.
                rhythm = (*part.times, part.cycle)
                swings = beats.setdefault(rhythm, self._swings(part))
                keys = [(part.begin, 0.0)]
                for i, (time, varied) in enumerate(swings):
                    amount = part.amount * part.decay ** (i / 2) * (-part.back if i % 2 else 1.0)
                    keys.append((part.begin + time, amount * varied))
                keys.append((keys[-1][0] + 0.5 * part.cycle, 0.0))
            else:
                keys = list(part.keys)
            keys = [(pace * time, size * value) for time, value in keys]
            self._lines.append(_Line(part.entry, keys, t, sign))

    def _varied(self, sigma: float) -> float:
        if self._rng is None:
            return 1.0
        return math.exp(sigma * min(max(float(self._rng.standard_normal()), -2.0), 2.0))

    def _swings(self, beat: Beat) -> list[Key]:
        """(time, size about 1) of each swing's furthest point."""
        low, high = beat.times
        cycles = high if self._rng is None else int(self._rng.integers(low, high + 1))
        time, swings = 0.0, []
        for _ in range(2 * cycles):
            time += 0.5 * beat.cycle * self._varied(0.07)
            swings.append((time, self._varied(0.10)))
        return swings

    def at(self, t: float) -> dict[int, float] | None:
        """What to add to the pose at time t, by position in it; None: nothing.

        Times never go back.
        """
        if not self._lines:
            return None
        self._lines = [line for line in self._lines if line.end > t]
        values: dict[int, float] = {}
        for line in self._lines:
            line.add(t, values)
        return values or None


def gesture_peak(name: str) -> Pose:
    """A gesture where it is furthest from rest, without the seed's variation.

    Args:
        name: one of `GESTURES`.

    Returns:
        float32 (POSE_SIZE,).

    Raises:
        InvalidOption: an unknown name.
    """
    playing = Gestures(None)
    playing.start(name, 1.0, 0.0)
    degrees = np.array([8.0 if n.startswith(("head", "gaze")) else 1.0 for n in INDEX])
    best = np.zeros(POSE_SIZE, np.float32)
    for t in np.arange(0.0, 3.0, 0.02):
        pose = np.zeros(POSE_SIZE, np.float32)
        for i, value in (playing.at(float(t)) or {}).items():
            pose[i] = value
        if np.abs(pose / degrees).sum() > np.abs(best / degrees).sum():
            best = pose
    return best
