"""Breathing: slow and even at rest, a quick breath in the pauses of speech.

Comes in: voice by row. Goes out: how far the chest is raised, 0..1, by row.

At rest about 0.26 Hz with two fifths of it in; in speech the breath goes in within half a second
in a pause and out slowly over the phrase (Winkworth et al. 1995).
"""

from __future__ import annotations

import numpy as np

from visavis.motion.curves import ROW, log_normal
from visavis.motion.noise import Glide
from visavis.motion.voice import Voice


class Breath:
    """Breathing row by row.

    Args:
        rng: its own random stream.
        depth: factor on the depth.
    """

    def __init__(self, rng: np.random.Generator, depth: float) -> None:
        self._rng = rng
        self._depth = depth
        self._follow = Glide(0.16)
        self._goal = 0.0
        self._target = 0.0
        self._in(log_normal(rng, 0.8, 0.2), float(rng.uniform(0.6, 0.8)))

    def step(self, voice: Voice, pace: float = 1.0) -> float:
        """The next row's value; `pace` below 1 breathes more slowly while nothing is said."""
        self.decide(voice, pace)
        return min(max(self._depth * self._follow.step(self._target), 0.0), 1.0)

    def decide(self, voice: Voice, pace: float) -> None:
        """How far the chest shall be raised at the next row."""
        rng = self._rng
        if voice.began and self._target < 0.5:  # what was missed in the pause is made up for
            self._in(0.4, float(rng.uniform(0.55, 0.7)))
        elif voice.began and self._inward:
            self._out(4.0)
        elif voice.ended and self._target < 0.55:
            self._in(log_normal(rng, 0.45, 0.2), float(rng.uniform(0.75, 1.0)))
        if self._hold > 0:
            self._hold -= ROW
        else:
            self._target += self._speed * ROW * (1.0 if voice.active else pace)
            if (self._target - self._goal) * self._speed >= 0:
                self._target = self._goal
                self._turn(voice)

    def _turn(self, voice: Voice) -> None:
        rng = self._rng
        if self._inward:
            self._out(4.5 if voice.active else log_normal(rng, 2.0, 0.25))
            self._hold = 0.05
        elif voice.active:  # no air is drawn in the middle of a phrase
            self._hold = 0.1
        else:
            self._in(log_normal(rng, 1.45, 0.2), float(rng.uniform(0.45, 0.8)))
            self._hold = log_normal(rng, 0.3, 0.4)

    def _in(self, seconds: float, goal: float) -> None:
        self._inward, self._goal, self._hold = True, goal, 0.0
        self._speed = max(goal - self._target, 0.05) / seconds

    def _out(self, seconds: float) -> None:
        self._inward, self._hold = False, 0.0
        self._goal = float(self._rng.uniform(0.02, 0.1))
        self._speed = -max(self._target - self._goal, 0.05) / seconds
