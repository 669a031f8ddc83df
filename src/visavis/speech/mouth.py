"""From what the network says to what the mouth does.

Comes in: raw outputs of one head. Goes out: mouth rows, calibrated. `opening` is the network's
times a gain, shut where a p, b or m may be, and at rest where nobody has spoken for a while.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from visavis.speech.channels import CLOSED, FIRST_PHONE, OPENING, SIL, M, P

Floats = npt.NDArray[np.float32]

GAIN = np.float32(1.1)
"""Networks trained on correlation move a little less than mouths do; this makes up for it, so
that 1 is the 97th percentile of opening on natural speech too."""

CLOSURE_FROM, CLOSURE_TO = np.float32(0.10), np.float32(0.30)
"""P(p, b, m) at which the lips begin to close and at which they are shut. So low on purpose:
natural p, b and m seldom reach 0.5, and a mouth left open is the worse mistake."""

STILL_FROM, STILL_TO = np.float32(0.30), np.float32(0.60)
"""P(sil), now and in the mean of late, at which the mouth begins to rest and is at rest."""

STILL_KEEP = np.float32(1 - 1 / 20)
"""Memory of that mean: 0.4 s. Lips may close in their own time after the last sound."""

STIR_FROM, STIR_TO = np.float32(0.15), np.float32(0.40)
"""A mouth at rest ignores openings below the first and follows those above the second: breath
and noise move the network a little, the breath before a word more."""


def _ramp(value: np.float32, start: np.float32, end: np.float32) -> np.float32:
    """0 below `start`, 1 above `end`, straight between."""
    return min(max((value - start) / (end - start), np.float32(0)), np.float32(1))


class Mouth:
    """Calibrates the rows of one stream, in order."""

    def __init__(self) -> None:
        self._silence = np.float32(1)  # running mean of P(sil): streams begin at rest

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
        self._silence += (row[SIL] - self._silence) * (1 - STILL_KEEP)
        still = _ramp(min(row[SIL], self._silence), STILL_FROM, STILL_TO)
        closed = _ramp(row[P] + row[M], CLOSURE_FROM, CLOSURE_TO)
        opening = max(row[OPENING] * GAIN, np.float32(0)) * (1 - closed)
        row[OPENING] = opening * (1 - still * (1 - _ramp(opening, STIR_FROM, STIR_TO)))
        return row
