"""The geometry under the drawings: curves through points, texts of points, colours."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("skia", reason="the extra 'characters' is not installed")

from characters.brush import mirror, mix, pts, resample, spline

COORDINATE = st.integers(-150, 150).map(float)
POINTS = st.lists(st.tuples(COORDINATE, COORDINATE), min_size=3, max_size=9, unique=True)


def test_pts_reads_points_and_mirrors_them() -> None:
    assert pts("0 -52, 20.5 -51") == ((0.0, -52.0), (20.5, -51.0))
    assert pts("3 4, 5 6", -1) == ((-3.0, 4.0), (-5.0, 6.0))
    assert mirror(pts("3 4, 5 6")) == [(-3.0, 4.0), (-5.0, 6.0)]


@given(POINTS)
def test_spline_passes_through_its_points(points: list[tuple[float, float]]) -> None:
    curve = spline(points, steps=5)
    assert len(curve) == 5 * (len(points) - 1) + 1
    assert np.allclose(curve[::5], points)


@given(POINTS)
def test_closed_spline_passes_through_its_points(points: list[tuple[float, float]]) -> None:
    assert np.allclose(spline(points, closed=True, steps=4)[::4], points)


@given(POINTS, st.integers(2, 40))
def test_resampling_keeps_the_ends(points: list[tuple[float, float]], count: int) -> None:
    even = resample(np.array(points), count)
    assert even.shape == (count, 2)
    assert np.allclose(even[[0, -1]], [points[0], points[-1]])


def test_mix_goes_from_one_colour_to_the_other() -> None:
    assert mix("#000000", "#ff8040", 0) == "#000000"
    assert mix("#000000", "#ff8040", 1) == "#ff8040"
    assert mix("#000000", "#ff8040", 0.5) == "#804020"
