from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.helpers import painted
from visavis.build import textures
from visavis.build.folds import FOLDS, apply_gain, fold_gain, fold_share


def folded(**how):
    """A smile with dark folds painted along the landmarks of the folds."""
    who, rig = painted.fitted(gap=10.0, smile=1.2, **how)
    high = who.picture_hi.copy()
    for fold in FOLDS:
        line = np.round(who.landmarks[list(fold[:5]), :2] * 2 - 0.5).astype(np.int32)
        cv2.polylines(high, [line], False, (150, 110, 92), 6, cv2.LINE_AA)
    high = cv2.GaussianBlur(high, (0, 0), 2)
    low = cv2.resize(high, who.size, interpolation=cv2.INTER_AREA)
    return replace(who, picture=low, picture_hi=high), rig


def test_nothing_is_filled_where_no_smile_was_taken_out():
    who, rig = painted.fitted(gap=0.0)
    assert fold_share(rig) == pytest.approx(0, abs=0.02)
    assert fold_gain(who, rig) is None


def test_folds_are_partly_filled_and_nothing_else():
    who, rig = folded()
    gain = fold_gain(who, rig)
    assert gain is not None and gain.shape == (*who.picture.shape[:2], 3)
    assert gain.dtype == np.float32 and gain.min() > 0.55 and gain.max() < 2.6
    x, y = who.landmarks[206, :2].astype(int)
    depth = 150 / painted.SKIN[0]
    at_fold = gain[y - 2 : y + 3, x - 2 : x + 3, 0].max()
    assert 1.03 < at_fold < 1 / depth
    for quiet in (151, 152, 9):
        x, y = who.landmarks[quiet, :2].astype(int)
        np.testing.assert_allclose(gain[y, x], 1, atol=0.01)


def test_the_line_at_the_bottom_of_a_fold_is_softened_too():
    who, rig = painted.fitted(gap=10.0, smile=1.2)
    high = who.picture_hi.copy()
    fold = FOLDS[0]
    line = np.round(who.landmarks[list(fold[:5]), :2] * 2 - 0.5).astype(np.int32)
    cv2.polylines(high, [line], False, (165, 124, 105), 2, cv2.LINE_AA)
    low = cv2.resize(high, who.size, interpolation=cv2.INTER_AREA)
    thin = replace(who, picture=low, picture_hi=high)
    gain = fold_gain(thin, rig)
    x, y = who.landmarks[206, :2].astype(int)
    assert 1.04 < gain[y - 2 : y + 3, x - 2 : x + 3, 0].max() < 205 / 165


def test_a_moustache_keeps_its_colour():
    who, rig = painted.fitted(gap=10.0, smile=1.2)
    high = who.picture_hi.copy()
    rng = np.random.default_rng(1)
    centre = who.landmarks[164, :2] * 2
    half = np.array([14.0, 4.0]) * who.mm * 2
    roots = centre + rng.uniform(-1, 1, (1500, 2)) * half
    for x, y in roots:
        end = (round(x + rng.normal(0, 3)), round(y + 8))
        cv2.line(high, (round(x), round(y)), end, (55, 40, 32), 1, cv2.LINE_AA)
    low = cv2.resize(high, who.size, interpolation=cv2.INTER_AREA)
    bearded = replace(who, picture=low, picture_hi=high)
    gain = fold_gain(bearded, rig)
    x0, y0 = (centre / 2 - 0.6 * half / 2).astype(int)
    x1, y1 = (centre / 2 + 0.6 * half / 2).astype(int)
    assert gain[y0:y1, x0:x1].max() < 1.03


def test_gain_is_applied_at_texture_scale():
    who, rig = folded()
    gain = fold_gain(who, rig)
    applied = apply_gain(who.picture_hi, gain, who.texture_scale)
    small = cv2.resize(applied, who.size, interpolation=cv2.INTER_AREA).astype(float)
    expected = who.picture * gain
    error = np.abs(small - expected)
    assert error.mean() < 1 and np.percentile(error, 99.5) < 6
    untouched = np.ones_like(gain)
    np.testing.assert_array_equal(apply_gain(who.picture_hi, untouched, 2.0), who.picture_hi)


def test_repair_returns_picture_and_gain_together():
    who, rig = folded()
    picture, gain = textures.repair_with_folds(who, rig)
    assert picture.shape == who.picture_hi.shape and picture.dtype == np.uint8
    assert gain is not None
    np.testing.assert_array_equal(textures.repair(who, rig), picture)
    same, none = textures.repair_with_folds(*painted.fitted(gap=0.0))
    assert none is None
    np.testing.assert_array_equal(same, painted.fitted(gap=0.0)[0].picture_hi)
