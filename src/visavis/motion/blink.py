"""Blinks: when, and how the lids move.

Comes in: voice, activity and gaze by row. Goes out: lid closure of both eyes at any time.

Intervals are log-normal, never metronomic; about 18 a minute in speech, 13 listening, 16 in thought
(Bentivoglio et al. 1997: 26 in conversation, 17 at rest; a camera's subject blinks less). More at
the ends of phrases and with large gaze shifts; 15 % come in pairs. Lids close in 75 ms, stay shut
35 and open in 150, slower towards the end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from visavis.motion.activity import Shares
from visavis.motion.curves import ROW, ease, log_normal
from visavis.motion.voice import Voice

DOUBLE = 0.15
_SIGMA = 0.55
_LARGE_SHIFT = 4.0  # degrees


@dataclass(frozen=True)
class _Blink:
    start: float
    pace: float  # 1 = natural duration
    depth: float
    lag: float  # seconds the right eye is later

    def at(self, t: float) -> float:
        x = (t - self.start) / self.pace
        if x <= 0.0 or x >= 0.26:
            return 0.0
        if x < 0.075:
            return self.depth * ease((x / 0.075) ** 0.9)
        if x < 0.110:
            return self.depth
        return self.depth * (1.0 - ease(((x - 0.110) / 0.150) ** 0.85))


class Blinking:
    """Decides on blinks row by row and gives the lids at any time of the last second.

    Args:
        rng: its own random stream.
        rate: factor on the number of blinks; 0 = none.
    """

    def __init__(self, rng: np.random.Generator, rate: float) -> None:
        self._rng = rng
        self._rate = rate
        self._blinks: list[_Blink] = []
        self._due = self._interval()
        self._waited = float(rng.uniform(0.2, 0.9))
        self._second = float("inf")
        self.count = 0

    def _interval(self) -> float:
        """The wait for the next blink in units of the mean interval."""
        return max(log_normal(self._rng, 1.0, _SIGMA), 0.18)

    def step(
        self, t: float, voice: Voice, shares: Shares, shift: float, often: float = 1.0
    ) -> None:
        """One row later.

        Args:
            t: time of the row, seconds.
            voice: the voice at it.
            shares: the activity at it.
            shift: size of a gaze shift that begins here, degrees, else 0.
            often: factor on the number of blinks.
        """
        if self._rate <= 0:
            return
        if self._blinks and t - self._blinks[0].start >= 1.0:
            del self._blinks[0]
        if t >= self._second:
            self._add(self._second, second=True)
            self._second = float("inf")
        self._waited += ROW * self._rate * often * shares.mix(12.5, 10.5, 12.0, 13.0) / 60.0
        free = not self._blinks and self._second == float("inf")
        if voice.ended:
            self._waited += 0.2 * self._rng.random()
        if shift >= _LARGE_SHIFT and free and self._rng.random() < 0.2 * min(self._rate, 1.5):
            self._waited = self._due
        if self._waited >= self._due and free:
            self._add(t + ROW * self._rng.random())
            self._waited = 0.0
            self._due = self._interval()

    def _add(self, start: float, second: bool = False) -> None:
        rng = self._rng
        pace = float(rng.uniform(0.9, 1.15))
        depth = 1.0 if rng.random() < 0.9 else float(rng.uniform(0.82, 0.95))
        self._blinks.append(_Blink(start, pace, depth, float(rng.uniform(-0.004, 0.008))))
        self.count += 1
        if not second and rng.random() < DOUBLE:
            self._second = start + float(rng.uniform(0.29, 0.42))

    def at(self, t: float) -> tuple[float, float]:
        """Closure of the left and of the right eye, 0..1."""
        left = right = 0.0
        for blink in self._blinks:
            left = max(left, blink.at(t))
            right = max(right, 0.985 * blink.at(t - blink.lag))
        return left, right
