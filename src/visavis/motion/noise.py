"""Slow noise that never loops, and followers that never jump.

Comes in: a random stream, targets. Goes out: values at 50 Hz, smooth to the second difference.
Plain floats throughout: for a dozen channels a step costs a third of what numpy takes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np

from visavis.motion.curves import ROW

_BLOCK = 128


def _pole(seconds: float) -> float:
    """Step of a one-pole low-pass with this time constant."""
    return 1.0 - math.exp(-ROW / seconds)


class Follower:
    """Goes to wherever its targets are, without ever jumping in place, speed or acceleration.

    Args:
        seconds: time constant of each of the three poles, by channel; 63 % of the way takes
            about three of them.
    """

    def __init__(self, seconds: Iterable[float]) -> None:
        self._poles = [(_pole(s), [0.0, 0.0, 0.0]) for s in seconds]

    def step(self, targets: Iterable[float]) -> list[float]:
        """The next row's values."""
        values = []
        for (a, x), target in zip(self._poles, targets, strict=True):
            x[0] += a * (target - x[0])
            x[1] += a * (x[0] - x[1])
            x[2] += a * (x[1] - x[2])
            values.append(x[2])
        return values


class Drift:
    """Several channels of white noise through three equal low-pass poles, deviation 1 each.

    A discrete Ornstein-Uhlenbeck process smoothed twice, so that speed and acceleration are
    continuous too. Begins at 0.

    Args:
        rng: the channels' own random stream.
        hertz: half-power frequency of each channel.
    """

    def __init__(self, rng: np.random.Generator, hertz: Sequence[float]) -> None:
        self._rng = rng
        # Three poles in a row are 3 dB down at 0.51 of one pole's corner.
        seconds = [0.51 / (2 * math.pi * f) for f in hertz]
        self._follow = Follower(seconds)
        a = np.array([_pole(s) for s in seconds])
        r2 = (1 - a) ** 2
        power = a**6 * (1 + 4 * r2 + r2**2) / (1 - r2) ** 5  # of white noise, after the poles
        self._gain = 1.0 / np.sqrt(power)
        self._noise: list[list[float]] = []

    def step(self) -> list[float]:
        """The next row's values."""
        if not self._noise:
            noise = self._rng.standard_normal((_BLOCK, len(self._gain))) * self._gain
            self._noise = noise[::-1].tolist()
        return self._follow.step(self._noise.pop())
