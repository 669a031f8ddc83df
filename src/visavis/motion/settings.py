"""What can be tuned: how lively a person is, and how one character's mouth answers speech.

Comes in: numbers. Goes out: checked, frozen dataclasses; a number out of range is `InvalidOption`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from visavis.errors import InvalidOption


def _check(settings: object, ranges: dict[str, tuple[float, float]]) -> None:
    """Raise `InvalidOption` for the first field outside its range."""
    for name, (low, high) in ranges.items():
        value = getattr(settings, name)
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not math.isfinite(value) or not low <= value <= high:
            raise InvalidOption(
                f"{type(settings).__name__}.{name} = {value!r}: a number from {low:g} to {high:g} "
                "is possible"
            )


@dataclass(frozen=True)
class MotionSettings:
    """How a person moves; every 1 is a natural person, every 0 is none of it.

    Attributes:
        liveliness: scales everything spontaneous below (head, blink, gaze, brows, breath,
            smile), 0..2.
        head: size of turns, tilts, nods and shifts, 0..2.
        blink: how often the eyes blink, 0..3.
        gaze: size of the eyes' own movements, 0..2. At 0 the eyes hold the viewer, also while
            the head moves.
        brows: size of the brows' movements, 0..2.
        breath: depth of breathing, 0..1.5.
        smile: size of the slight smile that comes and goes, 0..4.
        articulation: size of the mouth's movements in speech, 0..1.5. 0.5 mumbles, 1.5 speaks
            to the last row. Closed lips stay closed at any value.
        jaw: whether jaw or lips open the mouth in speech, 0..2: at 0 the lips do most of it (a
            ventriloquist, a whisperer), at 2 the jaw. How far it opens stays the same.
        expressiveness: how strongly head and brows answer stress and phrasing, 0..2.

    Raises:
        InvalidOption: a value outside its range.
    """

    liveliness: float = 1.0
    head: float = 1.0
    blink: float = 1.0
    gaze: float = 1.0
    brows: float = 1.0
    breath: float = 1.0
    smile: float = 1.0
    articulation: float = 1.0
    jaw: float = 1.0
    expressiveness: float = 1.0

    def __post_init__(self) -> None:
        ranges = {f.name: (0.0, 2.0) for f in fields(self)}
        ranges |= {"blink": (0.0, 3.0), "breath": (0.0, 1.5)}
        ranges |= {"smile": (0.0, 4.0), "articulation": (0.0, 1.5)}
        _check(self, ranges)


@dataclass(frozen=True)
class LipSync:
    """How one character's mouth answers the mouth rows; `lipsync/lipsync.json` of its file.

    Attributes:
        gain: factor on the opening, 0..3.
        rest: opening taken as shut, -0.5..0.5; subtracted before `gain`.
        closure: how firmly p, b, m and f, v are shut, 0..1; 1 = the lips touch.
        width: factor on the measured width and on the rounding, 0..2.
        smile: a smile always worn, mouthSmile weight, -1..1 (below 0: a frown).

    Raises:
        InvalidOption: a value outside its range.
    """

    gain: float = 1.0
    rest: float = 0.0
    closure: float = 1.0
    width: float = 1.0
    smile: float = 0.0

    def __post_init__(self) -> None:
        _check(
            self,
            {
                "gain": (0.0, 3.0),
                "rest": (-0.5, 0.5),
                "closure": (0.0, 1.0),
                "width": (0.0, 2.0),
                "smile": (-1.0, 1.0),
            },
        )
