"""From what the network says to what the mouth does.

Comes in: raw outputs of one head and the level of the sound. Goes out: mouth rows, calibrated.
`opening` is the network's times a gain, shut where a p, b or m may be, and at rest where nobody
has spoken for a while. Lips at rest may part for a breath before a word; they stop believing in it
when no word follows.
"""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt

from visavis.speech.channels import CLOSED, FIRST_PHONE, JAW, OPENING, ROW_RATE, SIL, M, P
from visavis.speech.readout import Readout

Floats = npt.NDArray[np.float32]

BEFORE = np.float32(0.3)
"""Part of the row before in what is told of the phones (in their logarithms). The network leads the
sound by 5 ms, as mouths do; with this the phones are in step with it, and steadier."""

GAIN = np.float32(1.1)
"""Networks trained on correlation move a little less than mouths do; this makes up for it, so
that 1 is the 97th percentile of opening on natural speech too."""

CLOSURE = (np.float32(0.05), np.float32(0.17))
"""P(p, b, m) at which the lips begin to close and at which they are shut. So low on purpose:
natural p, b and m often stay under 0.5, and a mouth left open is the worse mistake."""

CLOSURE_REST = (np.float32(0.30), np.float32(0.60))
"""The same while nobody speaks: there a mere suspicion shut people's waiting, open mouths, half of
all that closing cost in agreement with them."""

PARTING = (np.float32(0.60), np.float32(0.90))
"""P(p, b, m) as a part of what it was one row before, up to which lips have parted again and from
which they may still be shut. The network's doubt ends later than a closure does."""

SURE = (np.float32(0.25), np.float32(0.40))
"""P(p, b, m) from which that is no doubt, and at which lips stay shut however fast it falls."""

REST = (np.float32(0.30), np.float32(0.60))
"""P(sil), now and in the mean of late, from which and at which the latter counts."""

STILL_FROM, STILL_TO = np.float32(0.15), np.float32(0.40)
"""P(sil), now and in the mean of late, at which the mouth begins to rest and is at rest."""

STILL_KEEP = np.float32(1 - 1 / 20)
"""Memory of that mean: 0.4 s. Lips may close in their own time after the last sound."""

STIR_QUIET = (np.float32(0.05), np.float32(0.15))
STIR_LOUD = (np.float32(0.30), np.float32(0.50))
"""A mouth at rest ignores openings below the first and follows those above the second. In a quiet
room little is ignored, so that lips may part for a breath or a word before it sounds; in a noisy
one, which moves the network a little and where no breath could be heard, more."""

QUIET, LOUD = np.float32(-8.5), np.float32(-6.5)
"""Mean log-mel power of such rooms between their sounds, the least of 0.8 s: white noise of about
-63 and -55 dBFS. In the middle clip of the training it is -8.7."""

BUDGET = np.float32(0.12)
"""Opening times seconds for which a mouth at rest is believed to stir: a deep breath before a
sentence takes 0.1 to 0.2. Doubt is 1 when that much has passed without speech."""

DOUBT_FROM, DOUBT_TO, DOUBT_MOST = np.float32(1.0), np.float32(2.0), np.float32(4.0)
"""Doubt at which a mouth at rest begins to stir less, at which it is still, and its limit."""

DOUBT_LOUD = np.float32(4.0)
"""By how much faster doubt grows in a loud room, on top of 1."""

DOUBT_KEEP = np.float32(1 - 1 / 2500)
DOUBT_KEEP_SPEECH = np.float32(1 - 1 / 10)
"""Memory of doubt: 50 s at rest, 0.2 s while somebody speaks."""

_RECENT = 40  # rows over which a room's level is the least: longer than a breath


def _ramp(value: np.float32, start: np.float32, end: np.float32) -> np.float32:
    """0 below `start`, 1 above `end`, straight between."""
    return min(max((value - start) / (end - start), np.float32(0)), np.float32(1))


def ungated(raw: Floats) -> Floats:
    """The network's word in the units of `MOUTH_CHANNELS`, before readout and gates; (32,)."""
    row = raw.copy()
    row[OPENING] *= GAIN
    row[CLOSED] = 1 / (1 + np.exp(-row[CLOSED]))
    _share(row[FIRST_PHONE:])
    return row


def _share(phones: Floats) -> None:
    """Logits as probabilities, in place."""
    phones -= np.maximum.reduce(phones)
    np.exp(phones, out=phones)
    phones /= np.add.reduce(phones)


class Mouth:
    """Calibrates the rows of one stream, in order.

    Args:
        behind: by how many steps of 20 ms a row lies behind the newest sound.
        readout: of the weights, for this look-ahead; None: the network's own word counts.
    """

    def __init__(self, behind: int, readout: Floats | None = None) -> None:
        self._readout = Readout(readout) if readout is not None else None
        self._silence = np.float32(1)  # running mean of P(sil): streams begin at rest
        self._phones: Floats | None = None  # logits of the row before
        self._bilabial = np.float32(0)  # P(p, b, m) of the row before
        self._doubt = np.float32(0)  # that what stirs the mouth is speech to come
        self._ahead: deque[np.float32] = deque(maxlen=behind + 1)  # levels of sound, newest last
        self._levels: deque[np.float32] = deque(maxlen=_RECENT)  # the same up to the row's time

    def hear(self, mels: Floats) -> None:
        """Take note of the newest sound, (2, BANDS) log-mels before normalisation."""
        self._ahead.append(np.add.reduce(mels, axis=None) / np.float32(mels.size))

    def row(self, raw: Floats) -> Floats:
        """Calibrate the next row.

        Args:
            raw: (32,) outputs of `Network.step`.

        Returns:
            (32,) columns as in `MOUTH_CHANNELS`.
        """
        row = ungated(raw)
        if self._readout is not None:
            row[: JAW + 1] = self._readout.push(row)
        self._silence += (row[SIL] - self._silence) * (1 - STILL_KEEP)
        silent = min(row[SIL], self._silence)
        waits = _ramp(silent, *REST)
        start, end = (a + waits * (b - a) for a, b in zip(CLOSURE, CLOSURE_REST, strict=True))
        before, self._bilabial = self._bilabial, row[P] + row[M]
        closed = _ramp(self._bilabial, start, end)
        if self._bilabial < before:
            still = _ramp(self._bilabial / before, *PARTING)
            closed *= max(still, _ramp(self._bilabial, *SURE))
        opening = max(row[OPENING], np.float32(0)) * (1 - closed)
        rest = _ramp(silent, STILL_FROM, STILL_TO)
        row[OPENING] = opening * (1 - rest * (1 - self._stirs(opening, rest)))
        logits = raw[FIRST_PHONE:]
        past = self._phones if self._phones is not None else logits
        row[FIRST_PHONE:] = logits + (past - logits) * BEFORE
        _share(row[FIRST_PHONE:])
        self._phones = logits.copy()
        return row

    def _stirs(self, opening: np.float32, rest: np.float32) -> np.float32:
        """How much of an opening a mouth at rest lets pass, 0..1."""
        self._levels.append(self._ahead[0])
        loud = _ramp(min(self._levels), QUIET, LOUD)
        speech = 1 - _ramp(self._silence, STILL_FROM, STILL_TO)
        keep = DOUBT_KEEP + speech * (DOUBT_KEEP_SPEECH - DOUBT_KEEP)
        stirred = rest * opening * _ramp(opening, *STIR_QUIET) * np.float32(1 / ROW_RATE) / BUDGET
        doubt = self._doubt * keep + stirred * (1 + DOUBT_LOUD * loud)
        self._doubt = min(doubt, DOUBT_MOST)
        start = STIR_QUIET[0] + loud * (STIR_LOUD[0] - STIR_QUIET[0])
        end = STIR_QUIET[1] + loud * (STIR_LOUD[1] - STIR_QUIET[1])
        return _ramp(opening, start, end) * (1 - _ramp(self._doubt, DOUBT_FROM, DOUBT_TO))
