"""What a face does besides articulating: is it still at rest, does it start in time, does it blink.

Comes in: a :class:`~visavis.evaluate.watch.Watched` face, its sound. Goes out: px and ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from visavis.evaluate.figures import SHUT, Floats
from visavis.evaluate.hearing import Span
from visavis.evaluate.watch import Watched

SETTLE_S, BEFORE_S = 0.4, 0.25
"""Of a silence its beginning, in which a mouth closes, and its end, in which it gets ready, are
left out."""
BLINK, BLINK_S = 0.55, 0.5
"""A blink: lids nearer than this part of their usual gap, for at most this long."""


@dataclass(frozen=True)
class Calm:
    """Rest, starts and blinks; None where the recording has no occasion.

    Attributes:
        jitter_px: unrest of the lips in silence from picture to picture: root mean square of the
            part of their gap that no smooth movement explains, px at a height of 512.
        silence_px: range of the gap in silence, 5th to 95th percentile, the worst silence, px.
        starts_ms: when the lips part against the sound's beginning, median (negative: before).
        ends_ms: when they are shut again against its end, median.
        blinks_per_min: blinks a minute.
        blink_ms: their median length at half closure.
        blink_spread: deviation of the waits between them over their mean; a metronome has 0.
    """

    jitter_px: float | None
    silence_px: float | None
    starts_ms: float | None
    ends_ms: float | None
    blinks_per_min: float | None
    blink_ms: float | None
    blink_spread: float | None


def calm(face: Watched, phrases: Sequence[Span], silences: Sequence[Span]) -> Calm:
    """Measure rest, starts and blinks.

    Args:
        face: who.
        phrases: when somebody speaks, s.
        silences: and when nobody does.
    """
    unrest, ranges = [], []
    for begin, end in silences:
        last = end if end >= face.times[-1] - 0.1 else end - BEFORE_S
        first = begin if begin <= face.times[0] else begin + SETTLE_S
        inside = (face.times >= first) & (face.times <= last) & face.seen
        if inside.sum() >= 8:
            gap = face.opening[inside] * face.px
            unrest.append(jitter(gap))
            ranges.append(float(np.subtract(*np.percentile(gap, [95, 5]))))
    starts, ends = moments(face.times, face.opening, phrases)
    rate, length, spread = blinks(face.times, face.lids)
    return Calm(
        jitter_px=float(np.sqrt(np.mean(np.square(unrest)))) if unrest else None,
        silence_px=max(ranges) if ranges else None,
        starts_ms=_median_ms(starts),
        ends_ms=_median_ms(ends),
        blinks_per_min=rate,
        blink_ms=length,
        blink_spread=spread,
    )


def jitter(values: Floats) -> float:
    """What no smooth movement explains, by second differences: white noise gives its deviation."""
    if len(values) < 3:
        return 0.0
    return float(np.sqrt(np.mean(np.diff(values, 2) ** 2) / 6))


def moments(
    times: Floats, opening: Floats, phrases: Sequence[Span]
) -> tuple[list[float], list[float]]:
    """When the lips part and shut against the begin and the end of each phrase, s.

    A phrase that begins while the lips are open, or at which they do not part, does not count.
    """
    known = np.isfinite(opening)
    at, gap = times[known], opening[known]
    starts: list[float] = []
    ends: list[float] = []
    if len(at) < 10:
        return starts, ends
    limit = SHUT * float(np.percentile(gap, 95))
    opened = gap > limit
    for begin, end in phrases:
        window = np.flatnonzero((at > begin - 0.4) & (at < begin + 0.4))
        if len(window) > 2 and not opened[window[0]] and opened[window].any():
            first = int(window[np.argmax(opened[window])])
            starts.append(_crossing(at, gap, first - 1, limit) - begin)
        window = np.flatnonzero((at > end - 0.4) & (at < end + 0.6))
        if len(window) > 2 and not opened[window[-1]] and opened[window].any():
            last = int(window[np.flatnonzero(opened[window])[-1]])
            ends.append(_crossing(at, gap, last, limit) - end)
    return starts, ends


def _crossing(at: Floats, gap: Floats, before: int, limit: float) -> float:
    """When the gap passes a limit between a picture and the next."""
    a, b = gap[before], gap[before + 1]
    part = (limit - a) / (b - a) if b != a else 0.5
    return float(at[before] + part * (at[before + 1] - at[before]))


def blinks(times: Floats, lids: Floats) -> tuple[float | None, float | None, float | None]:
    """Blinks a minute, their median length in ms, and the spread of the waits between them."""
    known = np.isfinite(lids)
    at, gap = times[known], lids[known]
    if len(at) < 25 or at[-1] - at[0] < 2.0:
        return None, None, None
    usual = float(np.percentile(gap, 70))
    shut = gap < BLINK * usual
    edges = np.flatnonzero(np.diff(np.concatenate([[0], shut.astype(np.int8), [0]])))
    found, lengths = [], []
    for a, b in zip(edges[::2], edges[1::2], strict=True):
        if a == 0 or b >= len(at):
            continue
        down = _crossing(at, gap, int(a) - 1, BLINK * usual)
        up = _crossing(at, gap, int(b) - 1, BLINK * usual)
        if up - down <= BLINK_S:
            found.append((down + up) / 2)
            lengths.append(up - down)
    minutes = (at[-1] - at[0]) / 60
    waits = np.diff(found)
    spread = float(waits.std() / waits.mean()) if len(waits) >= 5 else None
    return (
        len(found) / minutes,
        float(1000 * np.median(lengths)) if lengths else None,
        spread,
    )


def _median_ms(values: Sequence[float]) -> float | None:
    return float(1000 * np.median(values)) if values else None
