"""What a mouth's movement is worth, figure by figure; every function is arrays in, numbers out.

Comes in: the times and the gap of a mouth, phones, the sound's loudness. Goes out: closure on p, b
and m, false closures, release, correlation, size and speed beside a real mouth. What each figure
means and where it misleads: docs/lipsync.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from visavis.evaluate.phones import BILABIALS, LABIODENTAL, OPEN_VOWELS, Phone

Floats = npt.NDArray[np.float64]

SHUT = 0.15
"""Lips are shut below this part of the 95th percentile of their gap in the recording."""
AROUND_S = 0.04
"""A p, b or m may be shut this much before or after its label, s."""
TWO_FRAMES_S = 0.06
"""Shut in pictures that together last longer than this: two of 25 a second, three of 50."""
REACH_S, STEP_S = 0.3, 0.002
"""Lags looked at: ± REACH_S in steps of STEP_S."""


@dataclass(frozen=True)
class Closure:
    """How the lips close.

    Attributes:
        bilabials: how many p, b and m there are.
        bilabials_shut: part of them in which the lips are shut in one picture at least.
        bilabials_held: part of them in which they are shut for two pictures of 25 a second.
        open_vowels: how many of aa, ae and ao.
        open_vowels_shut: part of them whose middle half is mostly shut: false closures.
        elsewhere_shut: part of the other speech that is shut.
        labiodentals: how many f and v.
        labiodentals_narrow: part of them in which the gap is under 40 % of the 95th percentile.
        release_ms: how long after the end of p, b and m the lips part (median; negative: before).
    """

    bilabials: int
    bilabials_shut: float | None
    bilabials_held: float | None
    open_vowels: int
    open_vowels_shut: float | None
    elsewhere_shut: float | None
    labiodentals: int
    labiodentals_narrow: float | None
    release_ms: float | None


@dataclass(frozen=True)
class Agreement:
    """A mouth beside a real one that says the same.

    Attributes:
        opening_r, width_r: correlation at lag 0.
        opening_r_best: the best at any lag within ± 300 ms.
        offset_ms: that lag; how late the mouth is.
        spread: its opening's standard deviation, the real one's being 1.
        speed: the same of the 99th percentile of its change from picture to picture.
    """

    opening_r: float
    width_r: float | None
    opening_r_best: float
    offset_ms: float
    spread: float
    speed: float


def closure(times: Floats, opening: Floats, phones: Sequence[Phone]) -> Closure:
    """Which p, b, m are shut, and what is shut besides.

    Args:
        times: (n,) s.
        opening: (n,) gap between the lips, any unit, 0 shut; NaN where unknown.
        phones: what is said.
    """
    known = np.isfinite(opening)
    at, gap = times[known], opening[known]
    if len(at) < 2:
        return Closure(0, None, None, 0, None, None, 0, None, None)
    step = float(np.median(np.diff(at)))
    wide = float(np.percentile(gap, 95))
    shut = gap <= SHUT * wide
    narrow = gap <= 0.4 * wide
    near, spoken = np.zeros(len(at), bool), np.zeros(len(at), bool)
    closed, held, vowels, tucked, released = [], [], [], [], []
    for phone in phones:
        if phone.first in BILABIALS:
            span = (at >= phone.start - AROUND_S) & (at <= phone.end + AROUND_S)
            near |= span
            if span.any():
                closed.append(bool(shut[span].any()))
                held.append(_longest(shut[span]) * step > TWO_FRAMES_S)
                if closed[-1]:
                    released.append(_released(at, gap, SHUT * wide, span) - phone.end)
        elif phone.first in LABIODENTAL:
            span = (at >= phone.start - AROUND_S) & (at <= phone.end + AROUND_S)
            near |= span
            if span.any():
                tucked.append(bool(narrow[span].any()))
        elif phone.first in OPEN_VOWELS:
            quarter = (phone.end - phone.start) / 4
            middle = shut[(at >= phone.start + quarter) & (at <= phone.end - quarter)]
            if len(middle):
                vowels.append(bool(middle.mean() > 0.5))
        if phone.first not in ("", "sil"):
            spoken |= (at >= phone.start) & (at < phone.end)
    rest = spoken & ~near
    inside = [late for late in released if np.isfinite(late)]
    return Closure(
        bilabials=len(closed),
        bilabials_shut=_mean(closed),
        bilabials_held=_mean(held),
        open_vowels=len(vowels),
        open_vowels_shut=_mean(vowels),
        elsewhere_shut=float(shut[rest].mean()) if rest.any() else None,
        labiodentals=len(tucked),
        labiodentals_narrow=_mean(tucked),
        release_ms=float(1000 * np.median(inside)) if inside else None,
    )


def _mean(values: Sequence[bool]) -> float | None:
    return float(np.mean(values)) if values else None


def _longest(shut: npt.NDArray[np.bool_]) -> int:
    """The longest run of True."""
    best = run = 0
    for value in shut.tolist():
        run = run + 1 if value else 0
        best = max(best, run)
    return best


def _released(at: Floats, gap: Floats, limit: float, span: npt.NDArray[np.bool_]) -> float:
    """When the last closure that begins in a span opens again; NaN beyond a quarter second."""
    inside = np.flatnonzero(span & (gap <= limit))
    last = int(inside[0])
    while last + 1 < len(gap) and gap[last + 1] <= limit:
        last += 1
    if last + 1 >= len(gap) or at[last + 1] > at[np.flatnonzero(span)[-1]] + 0.25:
        return float("nan")
    part = (limit - gap[last]) / max(gap[last + 1] - gap[last], 1e-9)
    return float(at[last] + part * (at[last + 1] - at[last]))


def r(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Pearson's correlation; 0 where one of both never changes."""
    x, y = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if len(x) < 3 or x.std() < 1e-9 or y.std() < 1e-9:
        return 0.0
    return float(np.corrcoef(x, y)[0, 1])


def lag(times: Floats, opening: Floats, clock: Floats, reference: Floats) -> tuple[float, float]:
    """By how many ms a mouth is later than a reference, and the correlation there.

    Args:
        times: (n,) s, of the mouth's pictures.
        opening: (n,) its gap.
        clock: (m,) s, rising.
        reference: (m,) what it is held against, at those times.
    """
    known = np.isfinite(opening)
    at, gap = times[known], opening[known]
    lags = np.arange(-REACH_S, REACH_S + STEP_S / 2, STEP_S)
    inside = (at > clock[0] + REACH_S / 3) & (at < clock[-1] - REACH_S / 3)
    if inside.sum() < 10:
        return 0.0, 0.0
    found = np.array([r(gap[inside], np.interp(at[inside] - x, clock, reference)) for x in lags])
    best = int(np.argmax(found))
    return float(1000 * lags[best]), float(found[best])


def agreement(
    times: Floats,
    opening: Floats,
    width: Floats | None,
    real_times: Floats,
    real_opening: Floats,
    real_width: Floats | None,
) -> Agreement:
    """A mouth beside a real one, both in the same unit and on the same clock.

    Args:
        times: (n,) s, of the mouth's pictures.
        opening: (n,) its gap.
        width: (n,) its width, if known.
        real_times: (m,) the same three of the real mouth.
        real_opening: (m,).
        real_width: (m,).
    """
    known = np.isfinite(real_opening)
    clock, real = real_times[known], real_opening[known]
    both = np.isfinite(opening) & (times >= clock[0]) & (times <= clock[-1])
    at, gap = times[both], opening[both]
    beside = np.interp(at, clock, real)
    offset, best = lag(times, opening, clock, real)
    width_r = None
    if width is not None and real_width is not None:
        width_r = r(width[both], np.interp(at, clock, real_width[known]))
    inside = (clock >= at[0]) & (clock <= at[-1])
    return Agreement(
        opening_r=r(gap, beside),
        width_r=width_r,
        opening_r_best=best,
        offset_ms=offset,
        spread=_ratio(gap.std(), real[inside].std()),
        speed=_ratio(quickest(at, gap), quickest(clock[inside], real[inside])),
    )


def quickest(times: Floats, opening: Floats) -> float:
    """99th percentile of the change between neighbouring pictures, per 40 ms."""
    if len(opening) < 2:
        return 0.0
    step = 0.04
    grid = np.arange(times[0], times[-1] + 1e-9, step) if len(times) else times
    return float(np.percentile(np.abs(np.diff(np.interp(grid, times, opening))), 99))


def _ratio(a: float, b: float) -> float:
    return float(a / b) if b > 1e-9 else 0.0
