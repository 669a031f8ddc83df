"""What the voice is doing, as far as a body answers it: phrases, pauses, stress, energy.

Comes in: `MouthRow`s in order. Goes out: one `Voice` a row. Uses nothing but the past and the
one row of look-ahead that the rows already had.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from visavis.motion.articulation import MouthRow
from visavis.motion.curves import ROW, ramp

PHRASE_PAUSE = 0.18
"""A silence this long ends a phrase, seconds."""


class Voice(NamedTuple):
    """The voice at one row.

    Attributes:
        active: somebody speaks, pauses shorter than `PHRASE_PAUSE` included.
        began, ended: a phrase begins or has ended at this row.
        pause: seconds since the last sound (0 while speaking; counts up from 0 at the start).
        stress: 0, or how strong the stressed syllable that begins here is, 0..1.
        energy: how far the mouth opens against its recent average, about -1..1, 0 in silence.
    """

    active: bool
    began: bool
    ended: bool
    pause: float
    stress: float
    energy: float


class VoiceTracker:
    """Follows the voice row by row."""

    def __init__(self) -> None:
        self._active = False
        self._pause = 10.0
        self._voiced = 0.0
        self._fast = 0.0
        self._mean = 0.3
        self._spread = 0.12
        self._armed = True
        self._since_stress = 1.0

    def stop(self) -> None:
        """The voice was cut off: what comes next is no pause in its speech."""
        self._active = False
        self._voiced = 0.0
        self._pause = max(self._pause, _CUT_OFF)

    def step(self, row: MouthRow) -> Voice:
        """The voice at the next row."""
        speaking = row.speech > (0.3 if self._active else 0.6)
        self._pause = 0.0 if speaking else self._pause + ROW
        self._voiced = self._voiced + ROW if speaking else 0.0
        began = not self._active and self._voiced >= _BEGIN
        ended = self._active and self._pause >= PHRASE_PAUSE
        self._active = (self._active or began) and not ended
        stress, energy = self._stress(row)
        return Voice(self._active, began, ended, self._pause, stress, energy)

    def _stress(self, row: MouthRow) -> tuple[float, float]:
        """A stressed syllable begins where a vowel opens well beyond the recent average."""
        before = self._fast
        self._fast += _SMOOTH * (row.opening - self._fast)
        slope = self._fast - before
        self._since_stress += ROW
        if row.speech > 0.5:
            excess = self._fast - self._mean
            self._mean += _SLOW * excess
            self._spread += _SLOW * (abs(excess) - self._spread)
        spread = max(self._spread, 0.05)
        excess = self._fast - self._mean
        energy = math.tanh(0.5 * excess / spread) * row.speech
        if excess < 0:
            self._armed = True
        rising = excess + 3.0 * slope
        if not (self._armed and slope > 0 and row.vowel > 0.4 and rising > 0.6 * spread):
            return 0.0, energy
        if self._since_stress < 0.25 or row.speech < 0.5:
            return 0.0, energy
        self._armed = False
        self._since_stress = 0.0
        return 0.25 + 0.75 * ramp(rising / spread, 0.6, 2.4), energy


_BEGIN = 0.055  # so much speech in a row begins a phrase: a click does not
_SMOOTH = 1.0 - math.exp(-ROW / 0.035)
_SLOW = 1.0 - math.exp(-ROW / 1.5)
_CUT_OFF = 1.0  # seconds of silence it counts as: more than a turn's end needs
