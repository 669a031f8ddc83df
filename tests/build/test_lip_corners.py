"""Deep shade beside the corners of a shut mouth gets shallower; what is plain stays as it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.helpers import painted
from visavis.build.indices import LIP_RINGS
from visavis.build.lip_corners import clear_corners, laugh_gain
from visavis.build.window import Window


@pytest.fixture(scope="module")
def shut():
    """Subject with a shut mouth and the window of its lips."""
    who, _ = painted.fitted(gap=0.0, smile=0.0)
    return who, Window.around(who, who.landmarks[LIP_RINGS[0]], 13)


def shaded(who, window, by):
    """The same with a spot of 5 mm beside the image-left corner, ``by`` times as light inside."""
    x, y = window.grid()
    corner = who.landmarks[61]
    spot = np.hypot(x - corner[0] + 2.5 * who.mm, y - corner[1]) < 2.5 * who.mm
    picture = who.picture_hi.copy()
    pixels = window.cut(picture)
    pixels[spot] *= by
    picture[window.texels] = np.clip(pixels, 0, 255).astype(np.uint8)
    return replace(who, picture_hi=picture), window.shrink(spot, 1.0)


def test_a_smudge_beside_the_corner_gets_lighter_but_stays_a_shade(shut):
    who, window = shut
    dark, spot = shaded(who, window, 0.3)
    plain, before, after = (
        window.cut(picture)[spot].mean()
        for picture in (who.picture_hi, dark.picture_hi, clear_corners(dark))
    )
    assert 1.4 * before < after < 0.9 * plain


def test_a_faint_shade_stays(shut):
    who, window = shut
    faint, _ = shaded(who, window, 0.8)
    change = clear_corners(faint).astype(int) - faint.picture_hi
    assert np.abs(change).max() <= 1


def test_a_smudge_far_from_the_corners_stays(shut):
    who, window = shut
    dark, _ = shaded(who, window, 0.3)
    x, y = window.grid()
    away = np.ones(window.shape, np.bool_)
    for corner in who.landmarks[[61, 291]]:
        away &= np.hypot(x - corner[0], y - corner[1]) > 9 * who.mm
    change = window.cut(clear_corners(dark)) - window.cut(dark.picture_hi)
    assert np.abs(change[away]).max() <= 1


def test_a_laugh_leaves_little_of_its_shade_beside_the_corners(shut):
    who, window = shut
    plain = window.cut(who.picture_hi)
    x, y = window.grid()
    corner = who.landmarks[61]
    away = np.hypot(x - corner[0] + 2.5 * who.mm, y - corner[1]) / who.mm
    pixels = plain * (1 - 0.6 * np.exp(-((away / 3) ** 2)))[..., None]
    after = pixels * laugh_gain(window, pixels, who)[..., None]
    spot = away < 1
    assert 1.4 * pixels[spot].mean() < after[spot].mean() < plain[spot].mean()


def test_a_beard_beside_a_laugh_is_no_shade(shut):
    who, window = shut
    dark, spot = shaded(who, window, 0.4)
    hairs = np.random.default_rng(2).uniform(0.3, 1.6, (*window.shape, 1))
    pixels = np.clip(window.cut(dark.picture_hi) * hairs, 0, 255).astype(np.float32)
    assert laugh_gain(window, pixels, dark)[spot].max() < 1.05
