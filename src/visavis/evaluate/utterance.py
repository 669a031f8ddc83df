"""A known utterance: what is said when is certain, so that the mouth can be held against it.

Comes in: phones and their lengths. Goes out: mouth rows as the speech network would write them,
and when the lips must be shut. Nothing depends on a voice or a network.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from visavis.motion.visemes import GAP_MM, PHONES, ROW_SIZE, SHAPES, WIDTH_MM

ROW_S, FINE = 0.02, 4
SOFT_S = 0.02
"""How far the network's certainty spreads in time (standard deviation)."""
DOUBT = 0.1
"""Probability the network spreads over all phones while somebody speaks."""
FULL_OPEN_MM, FULL_WIDE_MM = 13.0, 8.0
"""What 1 means in the measured columns of a mouth row."""

SENTENCE = """
sil .40 hh .06 eh .09 l .08 oh .20 sil .20 m .09 aa .12 n .07 eh .10 m .09 ih .10 s .10 sil .15
p .09 aa .14 p .09 ah .10 m .09 ao .14 m .08 ah .10 sil .15 w .08 aa .15 sh .13 m .08 aa .12 ih .10
m .09 ae .12 uh .08 th .10 m .09 uw .16 f .11 aa .12 p .10 iy .14 p .08 uw .16 sil .50
"""
"""Vowels of every kind beside p, b and m, in English rhythm: phones and their seconds."""


@dataclass(frozen=True)
class Utterance:
    """What is said.

    Attributes:
        rows: float32 (n, 32) at 50 Hz.
        closures: (begin, end) seconds of every p, b or m.
        seconds: how long it is.
    """

    rows: npt.NDArray[np.float32]
    closures: list[tuple[float, float]]
    seconds: float


def utterance(sentence: str = SENTENCE) -> Utterance:
    """The mouth rows of a sentence.

    Args:
        sentence: phones of :data:`visavis.motion.visemes.PHONES`, each with its seconds.

    Returns:
        Rows and closures.
    """
    words = sentence.split()
    spoken = [(p, float(d)) for p, d in zip(words[::2], words[1::2], strict=True)]
    ends = np.cumsum([length for _, length in spoken])
    rows = int(np.ceil(ends[-1] / ROW_S))
    times = (np.arange(rows * FINE) + 0.5) * ROW_S / FINE
    index = np.array([PHONES.index(phone) for phone, _ in spoken])
    index = index[np.minimum(np.searchsorted(ends, times, side="right"), len(spoken) - 1)]
    sure = np.eye(len(PHONES), dtype=np.float32)[index]
    talking = (index != 0)[:, None]
    sure = np.where(talking, sure * (1 - DOUBT) + DOUBT / len(PHONES), sure)
    gap = SHAPES @ GAP_MM / FULL_OPEN_MM
    shut = [PHONES.index(phone) for phone in ("sil", "p", "m")]
    gap[shut] = 0
    tracks = np.stack(
        [gap, SHAPES @ WIDTH_MM / FULL_WIDE_MM, (SHAPES[:, 0] - SHAPES[:, 0].mean()) * 2], 1
    )
    made = np.zeros((rows, ROW_SIZE), np.float32)
    made[:, :3] = _row_means(tracks[index], 0.035)
    made[:, 4:] = _row_means(sure, SOFT_S)
    made[:, 3] = np.clip(made[:, [4 + k for k in shut]].sum(1), 0, 1)
    begins = ends - [length for _, length in spoken]
    closures = [
        (float(begin), float(end))
        for (phone, _), begin, end in zip(spoken, begins, ends, strict=True)
        if phone in ("p", "m")
    ]
    return Utterance(made, closures, float(ends[-1]))


def _row_means(values: npt.NDArray[np.floating], soft: float) -> npt.NDArray[np.float32]:
    """Fine steps (n * FINE, k) softened in time and averaged to rows (n, k)."""
    step = ROW_S / FINE
    reach = int(np.ceil(3 * soft / step))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / soft) ** 2)
    kernel /= kernel.sum()
    padded = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
    smooth = np.stack([np.convolve(column, kernel, "valid") for column in padded.T], 1)
    return np.asarray(smooth.reshape(-1, FINE, values.shape[1]).mean(1), np.float32)
