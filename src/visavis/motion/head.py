"""The head: postures it takes and keeps, nods with stress, a little sway, never quite still.

Comes in: voice, activity and gaze by row. Goes out: yaw, pitch, roll (degrees), x, y (mm) and
scale by row.

A head does not float: it takes a posture, at the turn of a phrase most of all, keeps it and
takes another (Hadar et al. 1983); stressed syllables move it (Graf et al. 2002: nods begin
with the syllable and take 0.3-0.5 s). Noise alone looks like a buoy, sines like a toy.
A new posture lies rather on the other side of the middle than the old one: so a head neither
wanders off nor repeats itself (autocorrelation below 0.5 from 2 s on; benchmarks/motion.py).
"""

from __future__ import annotations

import numpy as np

from visavis.motion.activity import Shares
from visavis.motion.curves import ROW, Pulse, log_normal
from visavis.motion.emotion import CALM, Feeling
from visavis.motion.noise import Drift, Follower, Glide
from visavis.motion.voice import Voice

# yaw, pitch, roll, x, y, scale
_POSTURE = (1.5, 1.0, 1.1, 1.0, 0.6, 0.007)
_SWAY = (0.6, 0.45, 0.4, 0.5, 0.3, 0.003)
_TREMOR = (0.07, 0.08, 0.05, 0.05, 0.05, 0.0)
_LIMIT = (4.2, 3.0, 2.6, 2.5, 1.5, 0.018)
_NOD_LIMIT = 4.0
"""A head that nods further looks thrown, degrees."""
_CARRY = -0.45
"""How much of a posture the next one takes over; below 0 it goes to the other side."""


def bend(angle: float) -> float:
    """A sum of nods, degrees, bent towards ``_NOD_LIMIT``: stresses in a row do not add up."""
    return angle / (1.0 + abs(angle) / _NOD_LIMIT)


class Head:
    """Head movement row by row.

    Args:
        rng: its own random stream.
        size: factor on every movement.
        expressiveness: factor on nods and on the answer to the voice.
    """

    def __init__(self, rng: np.random.Generator, size: float, expressiveness: float) -> None:
        self._rng, noise = rng.spawn(2)
        self._size = size
        self._expressiveness = expressiveness
        self._drift = Drift(noise, [0.22] * 6 + [0.8] * 6, _SWAY + _TREMOR, layers=2)
        self._follow = Follower([0.17, 0.14, 0.19, 0.2, 0.2, 0.3])
        self._beat = Glide(0.09)
        self._posture = [0.0] * 6
        self._left = log_normal(self._rng, 1.0, 0.4)
        self._nods: list[tuple[int, Pulse]] = []
        self._nod_left = log_normal(self._rng, 5.0, 0.5)
        self._rest = 0.0

    def step(
        self,
        t: float,
        voice: Voice,
        shares: Shares,
        gaze: tuple[float, float],
        feeling: Feeling = CALM,
    ) -> list[float]:
        """The next row's yaw, pitch, roll, x, y, scale."""
        pace = feeling.pace * (1.0 - 0.25 * shares.thinking)
        self._settle(voice, shares, pace)
        self._nod(t, voice, shares, feeling.nods)
        target = self._posture.copy()
        # The head goes a part of the way with the eyes.
        target[0] += 0.22 * gaze[0]
        target[1] += 0.18 * gaze[1]
        target[3] += 0.35 * target[0]
        target[1] -= 0.5 * shares.thinking  # the face lifts in thought
        still = feeling.head * shares.mix(0.55, 0.65, 0.75, 1.0)
        value = self._follow.step([x * still for x in target], pace)
        noise = self._drift.step()
        value = [x + still * swayed for x, swayed in zip(value, noise, strict=True)]
        value[1] += self._beat.step(0.45 * self._expressiveness * voice.energy)
        nodded = [0.0, 0.0, 0.0]
        for channel, pulse in self._nods:
            nodded[channel] += pulse.at(t)
        for channel, angle in enumerate(nodded):
            value[channel] += bend(angle)
        value[4] += 0.25 * value[1]  # the face goes down with a nod
        value = [self._size * v for v in value]
        if feeling is not CALM:
            pitch, roll, scale = feeling.face[-3:]
            value[1] += pitch
            value[2] += roll
            value[5] += scale
        return value

    def _settle(self, voice: Voice, shares: Shares, pace: float) -> None:
        """Take another posture when it is time."""
        rng = self._rng
        self._left -= ROW
        turn = (voice.began and rng.random() < 0.65) or (voice.ended and rng.random() < 0.5)
        if self._left > 0.0 and not turn:
            return
        self._left = log_normal(rng, shares.mix(3.6, 3.6, 3.4, 2.4), 0.5) / pace**0.25
        drawn = rng.standard_normal(6).tolist()
        if shares.speaking < 0.5:
            drawn[2] *= 1.3  # a listener tilts the head
        self._posture = [
            min(max(_CARRY * old + 0.95 * size * new, -limit), limit)
            for old, new, size, limit in zip(self._posture, drawn, _POSTURE, _LIMIT, strict=True)
        ]
        if voice.began:
            self._posture[1] -= 0.5
        elif voice.ended:
            self._posture[1] += 0.4

    def _nod(self, t: float, voice: Voice, shares: Shares, lively: float) -> None:
        rng = self._rng
        if self._nods:
            self._nods = [n for n in self._nods if n[1].end > t]
        self._rest -= ROW
        if voice.stress > 0 and self._rest <= 0 and rng.random() < 0.25 + 0.6 * voice.stress:
            size = self._expressiveness * (0.5 + 1.5 * voice.stress) * log_normal(rng, lively, 0.3)
            self._rest = log_normal(rng, 0.75, 0.35)
            kind = rng.random()
            if kind < 0.75:  # down and up
                self._add(1, t, 0.85 * size, 0.26, 0.46)
            elif kind < 0.9:  # up first, as before something important
                self._add(1, t, -0.6 * size, 0.24, 0.42)
                self._add(1, t + 0.28, 0.5 * size, 0.26, 0.48)
            side = 1.0 if rng.random() < 0.5 else -1.0
            self._add(0, t, side * 0.45 * size * rng.random(), 0.28, 0.54)
            self._add(2, t, side * 0.35 * size * rng.random(), 0.3, 0.58)
        if shares.listening > 0.6:
            self._nod_left -= ROW
            if self._nod_left <= 0:  # "yes, I follow"
                self._nod_left = log_normal(rng, 7.0, 0.45)
                size = self._expressiveness * lively * float(rng.uniform(0.9, 1.9))
                for i in range(int(rng.integers(1, 4))):
                    self._add(1, t + 0.42 * i, size * 0.7**i, 0.2, 0.3)

    def _add(self, channel: int, start: float, amount: float, rise: float, fall: float) -> None:
        pace = float(self._rng.uniform(0.9, 1.25))
        pulse = Pulse(start, amount, rise * pace, 0.03, fall * pace)
        self._nods.append((channel, pulse))
