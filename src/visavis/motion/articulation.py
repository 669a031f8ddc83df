"""From mouth rows to the mouth: how far the lips part, and in which shape.

Comes in: mouth rows, (32,) float32 at 50 Hz. Goes out: for each row, one row later, the weights
of `CHANNELS` and the closure gates.

The measured opening (a regression on filmed mouths) says how far the lips part; the phone
posteriors say which shape they have then. The expected shape of neighbouring rows is blended by
dominance with a reach of its own for each channel, then scaled so that its lip gap in
millimetres is the measured one; the measured width does the same for stretch and pucker.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from visavis.motion.closure import OPEN, Gate, Gates
from visavis.motion.curves import ROW, ramp
from visavis.motion.settings import LipSync
from visavis.motion.visemes import (
    CHANNELS,
    DOMINANCE,
    GAP_MM,
    MEASURED,
    PHONES,
    ROW_SIZE,
    SHAPES,
    VOWELS,
    WIDTH_MM,
)

Row = npt.NDArray[np.float32]

OPEN_MM = 14.3
"""Inner lip gap at opening 1. The median over 24 filmed speakers of their 97th percentile (GRID) is
13.0; a tenth more makes up for what blending, closures and 25 pictures a second take from the
openings between (standard deviation beside the filmed ones: docs/lipsync.md)."""
WIDTH_UNIT_MM = 8.0
"""Millimetres of mouth width per unit of the width column (0.3 = a deviation of 2.4 mm)."""
JAW_UNIT_MM = 8.7
"""The same for the jaw column (0.3 = 2.6 mm at the chin)."""
LEAST_VOICED = 0.2
"""Opening that a certain vowel, w or r keeps unless the lips are measured to touch: 2.9 mm. Rounded
lips are narrow, not shut, and what is under 2 mm looks shut."""
LEAST_OPEN = 0.3
"""The same of aa, ae, ao and oh: of filmed people's aa beside a lip sound 19 of 20 come to more."""
SMALL, SLUGGISH = 0.15, 0.2
"""Lips follow a change of opening by SMALL (2 mm) at once, of a tiny one SLUGGISH a row: a voice
that wavers does not make a held vowel tremble. It costs at most 0.002 of r."""
LOOKAHEAD_ROWS = 1
"""Rows needed beyond the one asked for: 20 ms, for the lips to begin before the sound."""

OWN_SHARE = 0.1
"""Beyond what a sound opens by itself (s and ee little, aah much), how much the sound's own gap
counts beside the measured one. The measured one knows the speaker and the stress."""
WIDTH_SHARE = 0.75
"""How far the width follows the measured one, away from the sound's own."""
_HISTORY = 5
_ROOM = 64  # rows before the newest ones move back to the beginning of their array
# Reach of each channel, seconds. Ahead as measured for offline blending; behind it is shortened,
# or the one row of look-ahead would make every shape late.
_AHEAD = np.array([85, 80, 85, 80, 60, 60, 42, 50, 50, 50], np.float32) * 1e-3
_BEHIND = np.array([50, 48, 52, 50, 40, 40, 34, 36, 36, 36], np.float32) * 1e-3

OPEN_VOWELS: tuple[int, ...] = tuple(PHONES.index(phone) for phone in ("aa", "ae", "ao", "oh"))
_P, _M, _F, _W, _R = (PHONES.index(phone) for phone in ("p", "m", "f", "w", "r"))


def _kernel() -> npt.NDArray[np.float32]:
    """(rows, channels) weights of the rows from `_HISTORY` back to one ahead, oldest first."""
    lag = np.arange(-_HISTORY, LOOKAHEAD_ROWS + 1, dtype=np.float32)[:, None] * ROW
    reach = np.where(lag > 0, _AHEAD, _BEHIND)
    return np.asarray(np.exp(-((np.abs(lag) / reach) ** 1.6)), np.float32)


class MouthRow(NamedTuple):
    """The mouth at one row.

    Attributes:
        mouth: weights of `CHANNELS`, 10 of them, before the closure constraint.
        lips, teeth: closure gates.
        speech: 0 silence .. 1 speech.
        opening: opening after dead band and gate, 0..1.4.
        vowel: probability of a vowel, 0..1.
    """

    mouth: list[float]
    lips: Gate
    teeth: Gate
    speech: float
    opening: float
    vowel: float


REST = MouthRow([0.0] * len(CHANNELS), OPEN, OPEN, 0.0, 0.0, 0.0)


def silence() -> Row:
    """A mouth row of silence, float32 (32,): shut, and certain of it."""
    row = np.zeros(ROW_SIZE, np.float32)
    row[MEASURED.index("closed")] = 1.0
    row[len(MEASURED) + PHONES.index("sil")] = 1.0
    return row


class Articulation:
    """Turns successive mouth rows into `MouthRow`s, one row behind its input."""

    def __init__(self, lipsync: LipSync, size: float, jaw: float = 1.0) -> None:
        self._lipsync = lipsync
        self._size = size
        self._lips = 1.0 + 0.6 * (1.0 - jaw)
        self._kernel = np.tile(_kernel(), 2)
        self._length = _HISTORY + LOOKAHEAD_ROWS + 1
        # Numerators and denominators of the dominance blend by phone, and of the last rows,
        # newest last; silence before row 0.
        self._blend = np.hstack([DOMINANCE * SHAPES, DOMINANCE])
        self._started = False
        self.reset()

    def reset(self) -> None:
        """Forget what was said: as if there had been silence up to now."""
        self._gates = Gates()
        self._rows = np.repeat(self._blend[:1], _ROOM, 0)
        self._weighted = np.empty_like(self._kernel)
        self._newest = self._length - 1
        self._measured = [silence()[:4].tolist() for _ in range(3)]
        self._heard = [0.0, 0.0]
        self._silence = 1.0
        self._vowel = 0.0
        self._voiced = 0.0
        self._wide = 0.0
        self._opening = 0.0
        self._speech = 0.0

    def push(self, row: Row) -> MouthRow | None:
        """Take row n, return the mouth of row n - 1 (None for the first row)."""
        self._newest += 1
        if self._newest == _ROOM:  # back to the beginning, the last rows first
            keep = self._length - 1
            self._rows[:keep] = self._rows[-keep:]
            self._newest = keep
        np.dot(row[-len(PHONES) :], self._blend, out=self._rows[self._newest])
        values = row.tolist()
        p = values[len(MEASURED) :]
        self._measured = [*self._measured[1:], values[: len(MEASURED)]]
        self._heard = [self._heard[1], ramp(1.0 - p[0], 0.12, 0.45)]
        opening, _, _, closed = self._measured[2]
        self._silence += 0.05 * (p[0] - self._silence)
        rest = ramp(min(p[0], self._silence), 0.3, 0.6)
        vowel, self._vowel = self._vowel, sum(p[1 : 1 + len(VOWELS)])
        wishes = Gates.raw(opening, closed, p[_P] + p[_M], p[_F], rest, self._vowel)
        gates = self._gates.step(wishes)
        voiced, self._voiced = self._voiced, self._vowel + p[_W] + p[_R]
        wide, self._wide = self._wide, sum(p[phone] for phone in OPEN_VOWELS)
        if not self._started:
            self._started = True
            return None
        least = max(LEAST_VOICED * ramp(voiced, 0.4, 0.8), LEAST_OPEN * ramp(wide, 0.2, 0.6))
        return self._row(gates, vowel, least)

    def _row(self, gates: tuple[Gate, Gate], vowel: float, least: float) -> MouthRow:
        before, now, after = self._measured
        # The gate of speech follows within two rows and ends at exactly 0.
        heard = max(self._heard)
        self._speech += min(max(heard - self._speech, -0.2), 0.5)
        speech = self._speech = self._speech if self._speech > 1e-3 else 0.0
        opening = 0.2 * before[0] + 0.6 * now[0] + 0.2 * after[0]
        opening = (opening - self._lipsync.rest) * self._lipsync.gain
        change = opening - self._opening
        self._opening += change * min(SLUGGISH + (change / SMALL) ** 2, 1.0)
        opening = _moderate(self._opening, speech)
        free = 1.0 - ramp(now[MEASURED.index("closed")], 0.50, 0.75)
        opening = max(opening, least * free * speech)
        if speech == opening == 0.0:
            return MouthRow(REST.mouth, OPEN, OPEN, 0.0, 0.0, vowel)
        recent = self._rows[self._newest + 1 - self._length : self._newest + 1]
        np.multiply(recent, self._kernel, out=self._weighted)
        blend = np.add.reduce(self._weighted).tolist()
        n = len(CHANNELS)
        shape = [a / max(b, 1e-9) for a, b in zip(blend[:n], blend[n:], strict=True)]
        shape[4] *= self._lips
        shape[5] *= self._lips
        mouth = _fit(shape, opening * OPEN_MM, now, speech, self._size, self._lipsync.width)
        strength = speech * self._lipsync.closure
        lips, teeth = (Gate(g.value * strength, g.wide * strength) for g in gates)
        return MouthRow(mouth, lips, teeth, speech, opening, vowel)


def _moderate(opening: float, speech: float) -> float:
    """Nothing below a dead band, the middle as it is, shouts bent down to 1.1 at most.

    Where nobody speaks the band is wider, but lips still part for a breath or before a first word.
    """
    if opening <= 0.0:
        return 0.0
    doubt = 0.07 * (1.0 - speech)
    return (
        opening
        * ramp(opening, 0.03 + doubt, 0.13 + doubt)
        / float((1.0 + (opening / 1.3) ** 3) ** (1 / 3))
    )


def _fit(
    shape: list[float], gap: float, measured: list[float], speech: float, size: float, width: float
) -> list[float]:
    """Scale a shape so that its lip gap is `gap` mm and its width leans to the measured one."""
    jaw, stretch, pucker, funnel, upper, lower, press, roll, tip, tongue = shape
    g = _GAP
    lips = g[4] * upper + g[5] * lower + g[3] * funnel + g[2] * pucker
    own = g[0] * jaw + lips + 1e-6
    if gap > own > 1.0:
        gap = gap ** (1 - OWN_SHARE) * own**OWN_SHARE
    gap *= size
    scale = gap / own
    if scale < 1.0:
        floor = 0.35 * jaw * scale
        more = scale
    else:
        floor = jaw
        more = min(scale, 1.2)
    upper = min(upper * more, 0.8)
    lower *= more
    funnel *= more**0.5  # rounding keeps its shape at a small gap
    # The measured jaw moves a little of the gap between the jaw and the lower lip.
    shift = 0.25 * (JAW_UNIT_MM * measured[2] + 2.5 - g[0] * jaw * scale) * speech
    shift = min(max(shift, -0.5 * g[0] * jaw * scale, -1.5), 1.5, 0.6 * g[5] * lower)
    lower = min(lower - shift / g[5], 0.8)
    floor = max(floor + min(shift, 0.0) / g[0], 0.0)
    lips = g[4] * upper + g[5] * lower + g[3] * funnel + g[2] * pucker
    jaw = max(floor, (gap - lips) / g[0])
    w = _WIDTH
    lean = WIDTH_UNIT_MM * measured[1] - 2.5
    lean -= w[0] * jaw + w[1] * stretch + w[2] * pucker + w[3] * funnel
    lean = min(max(WIDTH_SHARE * lean * width, -6.0), 6.0) * speech
    if lean > 0:
        stretch += lean / w[1]
    else:
        pucker += lean / w[2]
    # Lips cannot be spread and rounded at once.
    both = 0.5 * min(w[1] * stretch, -w[2] * pucker)
    stretch -= both / w[1]
    pucker += both / w[2]
    lead = min(speech * 1.5, 1.0) * size**0.5
    rounding = min(width * lead, 1.2)
    return [
        min(jaw, 0.8),
        min(stretch * lead, 1.0),
        min(pucker * rounding, 0.95),
        min(funnel * rounding, 1.0),
        min(upper, 1.0),
        min(lower, 1.0),
        press * lead,
        roll * lead,
        tip * lead,
        tongue * lead,
    ]


_GAP = [float(x) for x in GAP_MM]
_WIDTH = [float(x) for x in WIDTH_MM]
