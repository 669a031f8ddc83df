"""Small curves in time: ramps, smooth steps, pulses that rise, hold and fall.

Comes in: numbers. Goes out: numbers. Everything starts and ends with zero speed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

ROW = 0.02
"""Seconds of a mouth row and of a step of every process here."""


def ramp(x: float, low: float, high: float) -> float:
    """0 below `low`, 1 above `high`, straight between."""
    if x <= low:
        return 0.0
    return 1.0 if x >= high else (x - low) / (high - low)


def ease(x: float) -> float:
    """Smooth step of x in 0..1 with zero speed and acceleration at both ends (minimum jerk).

    Flash & Hogan (1985): how hands, heads and eyes go from one place to another.
    """
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    return x * x * x * (10.0 + x * (6.0 * x - 15.0))


def log_normal(rng: np.random.Generator, mean: float, sigma: float) -> float:
    """A random duration: log-normal with this mean and this sigma of the logarithm."""
    return mean * math.exp(sigma * float(rng.standard_normal()) - 0.5 * sigma * sigma)


@dataclass(frozen=True)
class Pulse:
    """A movement out and back.

    Attributes:
        start: seconds.
        amount: value while held.
        rise, hold, fall: seconds.
    """

    start: float
    amount: float
    rise: float
    hold: float
    fall: float

    @property
    def end(self) -> float:
        """When it is over, seconds."""
        return self.start + self.rise + self.hold + self.fall

    def at(self, t: float) -> float:
        """Its value at time t."""
        x = t - self.start
        if x < self.rise:
            return self.amount * ease(x / self.rise)
        return self.amount * (1.0 - ease((x - self.rise - self.hold) / self.fall))
