"""Draws hair: locks of many tapered strands, and curtains of such locks.

Comes in: a brush and guide curves. Goes out: marks on the canvas.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from characters.brush import Brush, Points, linear, polygon, resample, spline

Curve = npt.NDArray[np.float64]
_STEPS = 24


@dataclass(frozen=True)
class HairColours:
    """Colours of hair from its depth to its shine, as "#rrggbb"."""

    deep: str
    dark: str
    middle: str
    light: str
    shine: str


@dataclass(frozen=True)
class Curtain:
    """How a curtain of locks falls.

    Attributes:
        locks: how many.
        wave: how far the locks swing at their ends, mm.
        turns: swings from root to tip.
        gather: share of a lock's length over which it runs together into a tip.
        uneven: how much shorter than the guides the shortest lock is, as a share.
        strands: how many for each lock.
        shine: places (0..1 along the lock) that catch the light.
        seed: for the irregularity.
    """

    locks: int = 8
    wave: float = 3.0
    turns: float = 1.6
    gather: float = 0.35
    uneven: float = 0.12
    strands: int = 60
    shine: tuple[float, ...] = (0.16, 0.62)
    seed: int = 0


def strands(
    brush: Brush,
    first: Points,
    last: Points,
    tones: Sequence[str],
    count: int,
    width: float = 1.1,
    alpha: float = 0.55,
    wander: float = 1.0,
    seed: int = 0,
) -> None:
    """Fills the band between two guide curves with strands.

    Args:
        brush: where to.
        first: guide curve at one edge of the band, from root to tip, (n, 2) mm.
        last: the same at the other edge.
        tones: colours drawn from at random.
        count: how many strands.
        width: of the widest strand, mm.
        alpha: opacity of a strand.
        wander: how far a strand leaves its even place, mm.
        seed: for the irregularity.
    """
    a, b = resample(spline(first), _STEPS), resample(spline(last), _STEPS)
    rng = np.random.default_rng(seed)
    fade = np.linspace(0, 1, _STEPS)[:, None]
    for _ in range(count):
        share = np.clip(rng.random() + rng.normal(0, 0.05) * fade, -0.02, 1.02)
        swing = np.cumsum(rng.normal(0, 0.12 * wander, (_STEPS, 2)), axis=0)
        strand = a * (1 - share) + b * share + swing * fade
        start, stop = int(rng.uniform(0, 0.3) * _STEPS), int(rng.uniform(0.7, 1.0) * _STEPS)
        brush.stroke(
            strand[start : max(stop, start + 4)], width * rng.uniform(0.3, 1),
            tones[int(rng.integers(len(tones)))], alpha * rng.uniform(0.4, 1),
            taper=(0.1, 0.05), peak=0.45,
        )  # fmt: skip


def curtain(
    brush: Brush, inner: Points, outer: Points, colours: HairColours, style: Curtain
) -> None:
    """Draws locks side by side between two guide curves, the outermost first.

    Args:
        brush: where to.
        inner: guide curve by the face, from root to tip, (n, 2) mm.
        outer: the one away from it.
        colours: the colours.
        style: how they fall.
    """
    a, b = resample(spline(inner), _STEPS), resample(spline(outer), _STEPS)
    rng = np.random.default_rng(style.seed)
    t = np.linspace(0, 1, _STEPS)[:, None]
    for k in reversed(range(style.locks)):
        half = 0.5 / style.locks * 1.45
        centre = (k + 0.5) / style.locks
        lo, hi = max(centre - half, 0.0), min(centre + half, 1.0)
        phase = rng.uniform(-0.7, 0.7) + k * 0.5
        swing = style.wave * t**1.3 * np.sin(2 * np.pi * style.turns * t + phase)
        along = np.gradient((a + b) / 2, axis=0)
        across = np.stack([-along[:, 1], along[:, 0]], 1)
        across /= np.linalg.norm(across, axis=1, keepdims=True)
        left, right = (a * (1 - s) + b * s + across * swing for s in (lo, hi))
        keep = 1 - rng.uniform(0, style.uneven)
        left, right = resample(left[: _cut(keep)], _STEPS), resample(right[: _cut(keep)], _STEPS)
        _lock(brush, left, right, colours, style, rng)


def _cut(keep: float) -> int:
    return max(round(keep * _STEPS), 6)


def _lock(
    brush: Brush,
    left: Curve,
    right: Curve,
    colours: HairColours,
    style: Curtain,
    rng: np.random.Generator,
) -> None:
    t = np.linspace(0, 1, _STEPS)[:, None]
    together = np.clip((t - (1 - style.gather)) / style.gather, 0, 1) ** 1.7
    middle = (left + right) / 2
    left, right = left + (middle - left) * together, right + (middle - right) * together
    shape = polygon(np.concatenate([spline(left, steps=4), spline(right, steps=4)[::-1]]))
    root, tip = middle[0], middle[-1]
    brush.fill(
        shape,
        linear((root[0], root[1]), (tip[0], tip[1]),
               [(0, colours.dark, 1), (0.25, colours.middle, 1), (0.7, colours.dark, 1)]),
        soft=0.15,
    )  # fmt: skip
    seed = int(rng.integers(1 << 30))
    with brush.inside(shape):
        brush.line(left, 3.2, colours.deep, 0.55, soft=1.3)
        brush.line(right, 3.2, colours.deep, 0.55, soft=1.3)
        for place in style.shine:
            i = int(place * (_STEPS - 1))
            band = np.stack([left[i], (left[i] + right[i]) / 2 + [0, 1.5], right[i]])
            brush.line(band, 15, colours.shine, 0.16, soft=5.5)
    tones = (colours.deep, colours.dark, colours.dark, colours.middle)
    strands(brush, left, right, tones, style.strands, 1.5, 0.6, 0.7, seed)
    bright = (colours.middle, colours.light, colours.light, colours.shine)
    strands(brush, left, right, bright, style.strands // 2, 0.8, 0.5, 0.8, seed + 1)
