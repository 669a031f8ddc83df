"""Where the eyes look: at the viewer mostly, in small jumps, away for a thought now and then.

Comes in: voice and activity by row. Goes out: gaze in the world at any time, degrees. The head's
turn is taken off later (the eyes hold the viewer while the head moves).

Saccades follow the main sequence (Bahill et al. 1975): 21 ms + 2.2 ms a degree. A speaker looks
away when starting a phrase and comes back at its end; a listener looks at the speaker
(Argyle & Cook 1976; Kendon 1967). A thinker looks away, up and to the preferred side mostly, and
stays there (Glenberg et al. 1998).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from visavis.motion.activity import Shares
from visavis.motion.curves import ROW, ease, log_normal
from visavis.motion.voice import Voice


@dataclass(frozen=True)
class _Saccade:
    start: float
    duration: float
    source: tuple[float, float]
    target: tuple[float, float]

    def at(self, t: float) -> tuple[float, float]:
        if t >= self.start + self.duration:
            return self.target
        k = ease((t - self.start) / self.duration)
        (x0, y0), (x1, y1) = self.source, self.target
        return x0 + (x1 - x0) * k, y0 + (y1 - y0) * k


class Gaze:
    """Fixations and saccades row by row.

    Args:
        rng: its own random stream.
        size: factor on every movement; 0 = the eyes stay on the viewer.
    """

    def __init__(self, rng: np.random.Generator, size: float) -> None:
        self._rng = rng
        self._size = size
        self._saccade = _Saccade(-1.0, 0.03, (0.0, 0.0), (0.0, 0.0))
        self._left = log_normal(rng, 0.9, 0.5)
        self._away = False
        self._lost = False  # in thought
        self._centre = (0.0, 0.0)
        # People prefer one side to look away to.
        self._side = 0.7 if rng.random() < 0.5 else 0.3

    @property
    def target(self) -> tuple[float, float]:
        """Where the eyes are going, degrees in the world."""
        return self._saccade.target

    def step(self, t: float, voice: Voice, shares: Shares, down: float = 0.0) -> float:
        """One row later; returns the size of a shift that begins here, degrees, else 0.

        Args:
            t: time of the row, seconds.
            voice: the voice at it.
            shares: the activity at it.
            down: how much more the eyes look down, 0..1.
        """
        rng = self._rng
        self._left -= ROW
        look_away = voice.began and not self._away and rng.random() < 0.32
        if (shares.thinking > 0.4) != self._lost:  # the thought comes, or is there
            self._lost = not self._lost
            look_away = self._lost and not self._away
            if self._away and not self._lost:
                self._left = min(self._left, float(rng.uniform(0.05, 0.3)))
        come_back = voice.ended and self._away and rng.random() < 0.8
        if look_away:
            self._left = 0.0
        elif come_back:
            self._left = min(self._left, float(rng.uniform(0.0, 0.15)))
        if self._left > 0.0:
            return 0.0
        if self._away and self._lost and rng.random() < 0.7:
            self._wander()
            self._left = log_normal(rng, 1.2, 0.5)
        elif self._away:
            self._away = False
            self._centre = self._at_viewer()
            self._left = log_normal(rng, shares.mix(1.6, 1.4, 0.8, 1.0), 0.45)
        elif look_away or rng.random() < shares.mix(0.13, 0.05, 0.9, 0.17) + 0.22 * down:
            self._away = True
            self._centre = self._aside(shares, down)
            self._left = log_normal(rng, shares.mix(1.3, 0.7, 1.5, 0.75) + 0.6 * down, 0.4)
        else:
            if rng.random() < 0.4:
                self._centre = self._at_viewer()
            self._left = log_normal(rng, 0.85, 0.5)
        return self._jump(t)

    def _at_viewer(self) -> tuple[float, float]:
        """One of the viewer's eyes or the mouth, at about 1.2 m."""
        rng = self._rng
        x = float(rng.choice((-1.0, 1.0))) if rng.random() < 0.75 else 0.0
        return x * float(rng.uniform(0.4, 1.1)), 0.0 if x else float(rng.uniform(0.4, 1.2))

    def _aside(self, shares: Shares, down: float) -> tuple[float, float]:
        """Somewhere else: up in thought, often while speaking too, down or aside otherwise."""
        rng = self._rng
        side = 1.0 if rng.random() < self._side else -1.0
        up = rng.random() < shares.mix(0.35, 0.25, 0.85, 0.55) * (1.0 - 0.85 * down)
        far = 1.0 + 0.5 * shares.thinking
        y = -float(rng.uniform(0.5, 3.5)) if up else float(rng.uniform(0.5, 4.0)) + 1.5 * down
        return side * far * float(rng.uniform(2.5, 6.0)) * (1.0 - 0.5 * down), far * y

    def _wander(self) -> None:
        """A thinker's eyes move on where they are."""
        rng = self._rng
        x, y = self._centre
        x = math.copysign(min(max(abs(x) + 1.3 * float(rng.standard_normal()), 2.5), 8.5), x)
        self._centre = x, min(max(y + float(rng.standard_normal()), -5.5), 5.0)

    def _jump(self, t: float) -> float:
        rng = self._rng
        # A microsaccade on top: no fixation is exact.
        x = self._centre[0] + 0.22 * float(rng.standard_normal())
        y = self._centre[1] + 0.16 * float(rng.standard_normal())
        source = self._saccade.target
        target = (x * self._size, y * self._size)
        size = math.hypot(target[0] - source[0], target[1] - source[1])
        self._saccade = _Saccade(t, 0.021 + 0.0022 * size, source, target)
        return size

    def at(self, t: float) -> tuple[float, float]:
        """Gaze in the world at time t (not before the row before the last), degrees."""
        return self._saccade.at(t)
