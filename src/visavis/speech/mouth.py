"""From what the network says to what the mouth does.

Comes in: raw outputs of one head and the level of the sound. Goes out: mouth rows, calibrated.
`opening` is the network's times a gain, shut where a p, b or m may be, and at rest where nobody
has spoken for a while.
"""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt

from visavis.speech.channels import CLOSED, FIRST_PHONE, OPENING, SIL, M, P

Floats = npt.NDArray[np.float32]

GAIN = np.float32(1.1)
"""Networks trained on correlation move a little less than mouths do; this makes up for it, so
that 1 is the 97th percentile of opening on natural speech too."""

CLOSURE_FROM, CLOSURE_TO = np.float32(0.20), np.float32(0.50)
"""P(p, b, m) at which the lips begin to close and at which they are shut. So low on purpose:
natural p, b and m often stay under 0.5, and a mouth left open is the worse mistake."""

STILL_FROM, STILL_TO = np.float32(0.15), np.float32(0.40)
"""P(sil), now and in the mean of late, at which the mouth begins to rest and is at rest."""

STILL_KEEP = np.float32(1 - 1 / 20)
"""Memory of that mean: 0.4 s. Lips may close in their own time after the last sound."""

STIR_QUIET = (np.float32(0.05), np.float32(0.15))
STIR_LOUD = (np.float32(0.30), np.float32(0.50))
"""A mouth at rest ignores openings below the first and follows those above the second. In a quiet
room little is ignored, so that lips may part for a word before it sounds; in noise, which moves
the network a little, more."""

QUIET, LOUD = -7.0, -4.5
"""Mean log-mel power of such rooms: white noise of about -55 and -45 dBFS."""

_RECENT = 6  # rows over which a room's level is the loudest


def _ramp(value: np.float32, start: np.float32, end: np.float32) -> np.float32:
    """0 below `start`, 1 above `end`, straight between."""
    return min(max((value - start) / (end - start), np.float32(0)), np.float32(1))


class Mouth:
    """Calibrates the rows of one stream, in order.

    Args:
        behind: by how many steps of 20 ms a row lies behind the newest sound.
    """

    def __init__(self, behind: int) -> None:
        self._silence = np.float32(1)  # running mean of P(sil): streams begin at rest
        quiet = np.float32(QUIET)
        self._levels = deque([quiet] * (_RECENT + behind), _RECENT + behind)

    def hear(self, mels: Floats) -> None:
        """Take note of the newest sound, (2, BANDS) log-mels before normalisation."""
        self._levels.append(np.add.reduce(mels, axis=None) / np.float32(mels.size))

    def row(self, raw: Floats) -> Floats:
        """Calibrate the next row.

        Args:
            raw: (32,) outputs of `Network.step`.

        Returns:
            (32,) columns as in `MOUTH_CHANNELS`.
        """
        row = raw.copy()
        row[CLOSED] = 1 / (1 + np.exp(-row[CLOSED]))
        phones = row[FIRST_PHONE:]
        phones -= np.maximum.reduce(phones)
        np.exp(phones, out=phones)
        phones /= np.add.reduce(phones)
        closed = _ramp(row[P] + row[M], CLOSURE_FROM, CLOSURE_TO)
        opening = max(row[OPENING] * GAIN, np.float32(0)) * (1 - closed)
        row[OPENING] = opening * (1 - self._still(row[SIL]) * (1 - self._stirs(opening)))
        return row

    def _still(self, silence: np.float32) -> np.float32:
        """How much the mouth is at rest, 0..1."""
        self._silence += (silence - self._silence) * (1 - STILL_KEEP)
        return _ramp(min(silence, self._silence), STILL_FROM, STILL_TO)

    def _stirs(self, opening: np.float32) -> np.float32:
        """How much of an opening a mouth at rest lets pass, 0..1."""
        level = max(list(self._levels)[:_RECENT])  # about the row's own time
        loud = _ramp(level, np.float32(QUIET), np.float32(LOUD))
        start = STIR_QUIET[0] + loud * (STIR_LOUD[0] - STIR_QUIET[0])
        end = STIR_QUIET[1] + loud * (STIR_LOUD[1] - STIR_QUIET[1])
        return _ramp(opening, start, end)
