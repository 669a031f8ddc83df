"""Which rows of the motion are which of an utterance.

Comes in: places of rows. Goes out: places of samples.
"""

from __future__ import annotations

from dataclasses import dataclass

from visavis.session.utterance import Utterance


@dataclass
class Run:
    """Rows of an utterance without a gap: row ``begin + i`` of it is row ``row + i`` of the motion.

    Attributes:
        end: one past its last row; None while it goes on.
    """

    utterance: Utterance
    row: int
    begin: int
    end: int | None = None

    def zero(self, per_row: int) -> int:
        """Where the utterance's sample 0 is, or would be, on the timeline; samples a row given."""
        return (self.row - self.begin) * per_row

    def over(self, per_row: int, sample: int) -> bool:
        """Whether it has ended by that sample of the timeline."""
        return self.end is not None and self.zero(per_row) + self.end * per_row <= sample
