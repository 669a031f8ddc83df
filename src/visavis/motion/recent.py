"""The last rows, looked up at a frame's time.

Comes in: mouth and life of each row, in order. Goes out: both at any time between the last few,
and the closure a frame must show.
"""

from __future__ import annotations

import math
from collections import deque

from visavis.motion.articulation import REST, MouthRow

_KEPT = 16  # rows remembered behind the newest: more than any frame's interval
_EPS = 1e-6


class RecentRows:
    """Mouth and life of the last rows; row n is the n-th that was appended.

    Args:
        channels: how many values life has.

    Attributes:
        made: rows appended.
    """

    def __init__(self, channels: int) -> None:
        self.made = 0
        self._closed = -_KEPT  # the last row with a closure
        self._mouths: deque[MouthRow] = deque([REST], maxlen=_KEPT)  # row -1 is rest
        self._lives: deque[list[float]] = deque([[0.0] * channels], maxlen=_KEPT)

    def append(self, mouth: MouthRow, life: list[float]) -> None:
        """Add the next row."""
        self._mouths.append(mouth)
        self._lives.append(life)
        if mouth.lips.value or mouth.teeth.value:
            self._closed = self.made
        self.made += 1

    def hush(self) -> None:
        """Put the mouth of all rows to rest; life goes on."""
        self._mouths = deque([REST] * len(self._mouths), maxlen=_KEPT)
        self._closed = -_KEPT

    def between(self, x: float) -> tuple[list[float], float, list[float]]:
        """Mouth, speech and life at row x, a fraction between two rows."""
        low = math.floor(x + _EPS)
        part = max(x - low, 0.0)
        first = max(len(self._mouths) - self.made + low, 0)
        second = max(len(self._mouths) - self.made + low + 1, 0) if part > _EPS else first
        a, b = self._mouths[first], self._mouths[second]
        return (
            _part_of_the_way(a.mouth, b.mouth, part),
            a.speech + part * (b.speech - a.speech),
            _part_of_the_way(self._lives[first], self._lives[second], part),
        )

    def closures(self, x: float, fps: float) -> tuple[float, float]:
        """Lips and teeth: the closure at row x, or the strongest certain one of its frame.

        Args:
            x: the frame's middle in rows.
            fps: frames a second.
        """
        half = max(25.0 / fps - 0.5, 0.0)
        if self._closed < math.floor(x - half):
            return 0.0, 0.0
        base = len(self._mouths) - self.made
        lips = teeth = 0.0
        inside = range(math.ceil(x - half), math.floor(x + half) + 1)
        for r in (x, x - half, *inside, x + half):
            low = math.floor(r + _EPS)
            part = max(r - low, 0.0)
            a = self._mouths[max(base + low, 0)]
            b = self._mouths[max(base + low + 1, 0)] if part > _EPS else a
            k = 0 if r == x else 1  # Gate.value in the middle, Gate.wide elsewhere
            p, q = a.lips[k], b.lips[k]
            if p or q:
                lips = max(lips, p + part * (q - p))
            p, q = a.teeth[k], b.teeth[k]
            if p or q:
                teeth = max(teeth, p + part * (q - p))
        return lips, teeth


def _part_of_the_way(a: list[float], b: list[float], part: float) -> list[float]:
    return a if a is b else [x + part * (y - x) for x, y in zip(a, b, strict=True)]
