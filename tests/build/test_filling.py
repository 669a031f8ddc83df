from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from visavis.build.filling import detail, grain, mirrored_detail, push_pull

SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 40))


@settings(max_examples=60, deadline=None)
@given(shape=SHAPES, seed=st.integers(0, 99), share=st.floats(0.02, 1), layers=st.integers(0, 4))
def test_what_is_known_stays_and_the_rest_lies_between(shape, seed, share, layers):
    rng = np.random.default_rng(seed)
    image = rng.uniform(10, 200, shape if layers == 0 else (*shape, layers)).astype(np.float32)
    known = rng.random(shape) < share
    filled = push_pull(image, known)
    assert filled.shape == image.shape and filled.dtype == np.float32
    assert np.isfinite(filled).all()
    np.testing.assert_allclose(filled[known], image[known], atol=0.05)
    if known.any():
        low, high = image[known].min(0), image[known].max(0)
        assert (filled >= low - 0.5).all() and (filled <= high + 0.5).all()


def test_nothing_known_leaves_the_image_as_it_is():
    image = np.arange(60, dtype=np.float32).reshape(5, 4, 3)
    np.testing.assert_array_equal(push_pull(image, np.zeros((5, 4))), image)


@given(known=hnp.arrays(np.bool_, (17, 23)))
@settings(max_examples=30, deadline=None)
def test_one_colour_fills_with_itself(known):
    image = np.full((17, 23, 3), 77.0, np.float32)
    np.testing.assert_allclose(push_pull(image, known), 77, atol=0.1)


def test_a_gap_is_bridged_smoothly():
    image = np.zeros((64, 64), np.float32)
    image[:, 44:] = 100
    known = np.ones((64, 64), bool)
    known[:, 20:44] = False
    filled = push_pull(image, known)
    steps = np.diff(filled[32, 18:46])
    assert (steps > -1).all() and steps.max() < 25
    assert 20 < filled[32, 32] < 80


def test_mirrored_detail_repeats_the_border_and_nothing_else():
    rng = np.random.default_rng(1)
    image = rng.normal(100, 20, (40, 60, 3)).astype(np.float32)
    known = np.zeros((40, 60), bool)
    known[:, :30] = True
    fine = mirrored_detail(image, known, 3.0)
    assert not fine[known].any()
    own = detail(image, 3.0)
    # Column 30 + k shows what column 28 - k has; near the border the blurs differ.
    a, b = fine[5:35, 40:50, 0].ravel(), own[5:35, 18:8:-1, 0].ravel()
    assert np.corrcoef(a, b)[0, 1] > 0.95
    faded = mirrored_detail(image, known, 3.0, reach=8.0)
    assert not faded[:, 39:].any()
    np.testing.assert_allclose(faded[:, 30:33], fine[:, 30:33], rtol=1e-5)


@pytest.mark.parametrize("value", [True, False])
def test_mirrored_detail_of_everything_or_nothing_is_none(value):
    image = np.ones((8, 9, 3), np.float32)
    assert not mirrored_detail(image, np.full((8, 9), value), 2.0).any()


def test_grain_is_even_and_repeatable():
    a, b = grain((50, 70), 1.5, 3), grain((50, 70), 1.5, 3)
    np.testing.assert_array_equal(a, b)
    assert abs(float(a.std()) - 1) < 0.01 and abs(float(a.mean())) < 0.2
    assert (grain((50, 70), 1.5, 4) != a).any()
