"""Speech as voices give it.

Comes in: nothing. Goes out: :class:`Spoken`, a piece of it, and :class:`Word`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Word:
    """A word and when it begins.

    Attributes:
        text: the word as it was written.
        time: seconds after the sentence's first sample.
    """

    text: str
    time: float


@dataclass(frozen=True, slots=True)
class Spoken:
    """A piece of speech.

    Attributes:
        samples: int16 (n,), mono.
        sample_rate: Hz.
        words: where the words of the sentence begin, if the voice knows; with its first piece.
    """

    samples: npt.NDArray[np.int16]
    sample_rate: int
    words: tuple[Word, ...] = ()
