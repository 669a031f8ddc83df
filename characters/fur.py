"""Draws fur: short tapered hairs along a flow, and tufts along an edge.

Comes in: a brush, a region, which way the hairs lie. Goes out: marks on the canvas.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import skia

from characters.brush import Brush, Points, resample, spline

Vector = npt.NDArray[np.float64]
Flow = Callable[[float, float], Vector]
"""Direction of the hairs at a place (need not be of length 1)."""


def towards(x: float, y: float) -> Flow:
    """The same direction everywhere."""
    way = np.array([x, y])
    return lambda _x, _y: way


def hair(
    brush: Brush,
    root: Vector,
    way: Vector,
    length: float,
    width: float,
    tone: str,
    alpha: float,
    bend: float,
) -> None:
    """One hair from its root along `way`, bent sideways by a share of its length."""
    way = way / max(float(np.linalg.norm(way)), 1e-9)
    side = np.array([-way[1], way[0]])
    middle = root + way * length * 0.55 + side * bend * length * 0.5
    tip = root + way * length + side * bend * length * 1.3
    brush.stroke(np.stack([root, middle, tip]), width, tone, alpha, taper=(0.35, 0.05), peak=0.35)


def coat(
    brush: Brush,
    region: skia.Path,
    flow: Flow,
    tones: Sequence[str],
    count: int,
    length: float = 7.0,
    width: float = 0.8,
    alpha: float = 0.3,
    seed: int = 0,
) -> None:
    """Fills a region with hairs.

    Args:
        brush: where to.
        region: roots lie in it; tips may leave it.
        flow: which way the hairs lie.
        tones: colours drawn from at random.
        count: how many roots are tried in the region's bounds.
        length: of a hair, mm.
        width: of a hair, mm.
        alpha: opacity of a hair.
        seed: for the irregularity.
    """
    rng = np.random.default_rng(seed)
    box = region.getBounds()
    for _ in range(count):
        x, y = rng.uniform(box.left(), box.right()), rng.uniform(box.top(), box.bottom())
        if not region.contains(x, y):
            continue
        way = flow(x, y)
        way = way / max(float(np.linalg.norm(way)), 1e-9) + rng.normal(0, 0.12, 2)
        hair(
            brush, np.array([x, y]), way,
            length * rng.uniform(0.6, 1.3), width * rng.uniform(0.5, 1),
            tones[int(rng.integers(len(tones)))], alpha * rng.uniform(0.4, 1), rng.normal(0, 0.12),
        )  # fmt: skip


def fringe(
    brush: Brush,
    edge: Points,
    flow: Flow,
    tones: Sequence[str],
    count: int,
    length: float = 8.0,
    width: float = 2.2,
    alpha: float = 1.0,
    inset: float = 2.5,
    seed: int = 0,
) -> None:
    """Hairs along an edge, their tips beyond it, so that it is no clean line.

    Args:
        brush: where to.
        edge: control points of an open curve.
        flow: which way the hairs lie.
        tones: colours drawn from at random.
        count: how many hairs.
        length: of a hair, mm.
        width: of a hair, mm.
        alpha: opacity.
        inset: how far before the edge the roots lie, mm.
        seed: for the irregularity.
    """
    rng = np.random.default_rng(seed)
    line = resample(spline(edge), 200)
    for _ in range(count):
        x, y = line[int(rng.integers(200))]
        way = flow(x, y)
        way = way / max(float(np.linalg.norm(way)), 1e-9) + rng.normal(0, 0.16, 2)
        root = np.array([x, y]) - way * inset + rng.normal(0, 0.6, 2)
        hair(
            brush, root, way, length * rng.uniform(0.55, 1.25), width * rng.uniform(0.5, 1),
            tones[int(rng.integers(len(tones)))], alpha, rng.normal(0, 0.16),
        )  # fmt: skip
