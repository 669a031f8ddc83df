"""Paints with a bristle brush: strokes side by side along a form, each of a slightly other tone.

Comes in: a brush, a region, which way the strokes run, what tone lies where. Goes out: marks on the
canvas.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import skia

from characters.brush import Brush, Points, mix, resample, spline

Flow = Callable[[float, float], tuple[float, float]]
"""Direction of the strokes at a place (need not be of length 1)."""
Tone = Callable[[float, float], str]
"""Colour at a place."""


def dabs(
    brush: Brush,
    region: skia.Path,
    flow: Flow,
    tone: Tone,
    *,
    every: float = 4.0,
    length: float = 15.0,
    width: float = 5.0,
    alpha: float = 0.75,
    vary: float = 0.10,
    stray: float = 0.0,
    seed: int = 0,
) -> None:
    """Covers a region with strokes.

    Args:
        brush: where to.
        region: the strokes' middles lie in it.
        flow: which way they run.
        tone: their colour.
        every: distance between strokes, mm.
        length: of a stroke, mm.
        width: of a stroke, mm.
        alpha: its opacity.
        vary: how far a stroke's tone may leave the given one, 0..1, lighter or darker.
        stray: how much of a stroke may leave the region, 0 none, 1 all.
        seed: for the irregularity.
    """
    rng = np.random.default_rng(seed)
    box = region.getBounds()
    places = [
        (x + rng.uniform(-0.5, 0.5) * every, y + rng.uniform(-0.5, 0.5) * every)
        for y in np.arange(box.top(), box.bottom(), every)
        for x in np.arange(box.left(), box.right(), every)
    ]
    order = rng.permutation(len(places))
    brush.canvas.save()
    if stray < 1:
        brush.canvas.clipPath(region, skia.ClipOp.kIntersect, True)
    for k in order:
        x, y = places[k]
        if not region.contains(x, y):
            continue
        way = np.array(flow(x, y))
        way = way / max(float(np.linalg.norm(way)), 1e-9)
        turn = rng.normal(0, 0.16)
        way = np.array([way[0] - turn * way[1], way[1] + turn * way[0]])
        side = np.array([-way[1], way[0]]) * rng.normal(0, 0.12)
        half = way * length * rng.uniform(0.35, 0.6)
        middle = np.array([x, y])
        amount = rng.uniform(-vary, vary)
        code = mix(tone(x, y), "#ffffff" if amount > 0 else "#2a1840", abs(amount))
        bristle(
            brush,
            [middle - half, middle + side * length, middle + half],
            width * rng.uniform(0.6, 1.15),
            code,
            alpha * rng.uniform(0.6, 1.0),
        )
    brush.canvas.restore()


def bristle(brush: Brush, curve: Points, width: float, tone: str, alpha: float = 0.8) -> None:
    """One stroke with a blunt beginning and a torn end."""
    brush.stroke(np.asarray(curve, float), width, tone, alpha, taper=(0.55, 0.12), peak=0.3)


def edge(
    brush: Brush,
    line: Points,
    flow: Flow,
    tone: Tone,
    *,
    count: int,
    length: float = 9.0,
    width: float = 3.0,
    alpha: float = 0.95,
    seed: int = 0,
) -> None:
    """Strokes across an edge, so that it is painted and not cut.

    Args:
        brush: where to.
        line: control points of an open curve.
        flow: which way the strokes run.
        tone: their colour.
        count: how many strokes.
        length: of a stroke, mm.
        width: of a stroke, mm.
        alpha: its opacity.
        seed: for the irregularity.
    """
    rng = np.random.default_rng(seed)
    for x, y in resample(spline(line), count):
        way = np.array(flow(float(x), float(y))) + rng.normal(0, 0.14, 2)
        way = way / max(float(np.linalg.norm(way)), 1e-9)
        root = np.array([x, y]) - way * length * 0.55 + rng.normal(0, 0.5, 2)
        size = length * rng.uniform(0.65, 1.2)
        bend = np.array([-way[1], way[0]]) * rng.normal(0, 0.10) * size
        code = mix(tone(float(x), float(y)), "#ffffff", rng.uniform(0, 0.08))
        brush.stroke(
            [root, root + way * size * 0.5 + bend, root + way * size],
            width * rng.uniform(0.6, 1.1),
            code,
            alpha,
            taper=(0.7, 0.1),
            peak=0.35,
        )
