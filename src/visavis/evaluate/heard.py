"""What the speech network hears, judged by itself: visemes told apart, the predicted mouth's r.

Comes in: mouth rows, phone labels, filmed clips. Goes out: figures of the predicted track, before
any face is drawn; numpy only. Beside them stand the figures of rendered pictures.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from visavis.evaluate.figures import Floats, r
from visavis.evaluate.phones import BILABIALS, Phone
from visavis.motion.visemes import VISEME_OF
from visavis.speech import MOUTH_CHANNELS, PHONES

Rows = npt.NDArray[np.float32]

_FIRST = MOUTH_CHANNELS.index(f"phone:{PHONES[0]}")
VISEMES: tuple[str, ...] = tuple(dict.fromkeys(VISEME_OF[phone] for phone in PHONES))
PRECISION = 0.65


@dataclass(frozen=True)
class Heard:
    """How well the network tells what is said, over all labelled rows.

    Attributes:
        rows: how many rows of 20 ms.
        visemes: part of them whose viseme (of 15) is the likeliest.
        bilabial_recall: part of the p, b, m rows found at the threshold at which 65 % of those
            found are right.
    """

    rows: int
    visemes: float
    bilabial_recall: float


def row_times(rows: Rows) -> Floats:
    """Middles of mouth rows, s."""
    return np.asarray((np.arange(len(rows)) + 0.5) * 0.02, np.float64)


def heard(recordings: Iterable[tuple[Rows, Sequence[Phone]]]) -> Heard:
    """Judge the phone columns of mouth rows.

    Args:
        recordings: (rows (n, 32), phones) of each.
    """
    groups = np.zeros((len(PHONES), len(VISEMES)), np.float64)
    for k, name in enumerate(PHONES):
        groups[k, VISEMES.index(VISEME_OF[name])] = 1
    lips = [_FIRST + PHONES.index(name) for name in sorted(BILABIALS)]
    right, sure, is_lips = [], [], []
    for rows, phones in recordings:
        at = row_times(rows)
        guess = np.argmax(rows[:, _FIRST:].astype(np.float64) @ groups, 1)
        truth = np.full(len(rows), -1)
        for phone in phones:
            turn = phone.start + 0.6 * (phone.end - phone.start)  # diphthongs dwell on their first
            for part, said in enumerate(phone.classes):
                begin, end = (turn, phone.end) if part else (phone.start, phone.end)
                truth[(at >= begin) & (at < end)] = VISEMES.index(VISEME_OF[said])
        known = truth >= 0
        right.append(guess[known] == truth[known])
        sure.append(rows[known][:, lips].sum(1))
        is_lips.append(truth[known] == VISEMES.index("PP"))
    flat = np.concatenate(right)
    return Heard(
        len(flat), float(flat.mean()), _recall(np.concatenate(sure), np.concatenate(is_lips))
    )


def _recall(sure: npt.NDArray[np.floating], truth: npt.NDArray[np.bool_]) -> float:
    """The best recall at a precision of PRECISION at least."""
    order = np.argsort(-sure, kind="stable")
    hits = np.cumsum(truth[order])
    precision = hits / np.arange(1, len(hits) + 1)
    good = np.flatnonzero(precision >= PRECISION)
    return float(hits[good[-1]] / max(truth.sum(), 1)) if len(good) else 0.0


def row_r(rows: Rows, column: str, times: Floats, real: Floats) -> float:
    """Correlation of a column of mouth rows with a real mouth at lag 0.

    Args:
        rows: (n, 32).
        column: of :data:`visavis.speech.MOUTH_CHANNELS`.
        times: (m,) s, of the real mouth's pictures.
        real: (m,).
    """
    curve = rows[:, MOUTH_CHANNELS.index(column)].astype(np.float64)
    return r(np.interp(times, row_times(rows), curve), real)
