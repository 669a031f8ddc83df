"""Lips made up over an open grin have form: dark at the seam, creased, flat at the corners."""

from __future__ import annotations

import numpy as np
import pytest

from tests.helpers import painted
from visavis.build.light import luminance
from visavis.build.lip_relief import relief, set_off
from visavis.build.lips import repair_lips


@pytest.fixture(scope="module")
def mouth():
    """Window, hole, both lips, upper half of a painted open mouth."""
    who, rig, window, hole, both, seam = painted.open_mouth()
    top = seam - np.array([0.0, 40.0])
    return who, rig, window, hole, both, window.polygon(np.concatenate([top, seam[::-1]]))


def ring(window, hole, low, high):
    """What lies between two distances from the hole, mm."""
    return window.grow(hole > 0.5, high) & ~window.grow(hole > 0.5, low)


def test_the_upper_lip_darkens_towards_the_seam_and_the_lower_bulges(mouth):
    _, _, window, hole, both, upper = mouth
    gain = relief(window, hole, both, upper, hole * 0)
    inside = both > 0.9
    over, under = inside & (upper > 0.9), inside & (upper < 0.1)
    near, far = ring(window, hole, 0.2, 0.8), ring(window, hole, 2.2, 3.2)
    assert gain[over & near].mean() < 0.88 < 0.96 < gain[over & far].mean()
    assert gain[under & near].mean() < 0.97 < 1.0 < gain[under & far].mean()


def test_nothing_changes_outside_the_lips_and_at_their_ends(mouth):
    _, _, window, hole, both, upper = mouth
    gain = relief(window, hole, both, upper, np.ones_like(hole))
    assert (gain == 1).all()
    away = ~window.grow(both > 0.1, 2.0)
    plain = relief(window, hole, both, upper, hole * 0)
    assert np.abs(plain[away] - 1).max() < 0.01


def test_the_fill_of_an_open_mouth_is_not_flat(mouth):
    who, rig, window, hole, both, upper = mouth
    repaired = window.cut(repair_lips(who, rig))
    filled = ring(window, hole, 0.1, 0.7) & (upper > 0.9) & (both > 0.9)
    outer = ring(window, hole, 2.0, 4.0) & (upper > 0.9) & (both > 0.9)
    x, _ = window.grid()
    middle = np.abs(x - who.landmarks[13, 0]) < 10 * who.mm
    light = luminance(repaired)
    assert np.median(light[filled & middle]) < 0.85 * np.median(light[outer & middle])


def test_a_lower_lip_of_the_skins_colour_is_set_off_and_a_red_one_left(mouth):
    _, _, window, hole, both, upper = mouth
    lower = (both > 0.5) & (upper < 0.5)
    pixels = np.full((*both.shape, 3), 150.0, np.float32)
    known = hole < 0.02
    gain = set_off(window, pixels, known, lower)
    inside = window.shrink(lower, 1.0)
    assert gain[inside].max() < 0.8
    assert np.abs(gain[~window.grow(lower, 4.0)] - 1).max() < 0.02
    red = np.where(lower[..., None], np.float32([170, 110, 110]), pixels)
    assert (set_off(window, red, known, lower) == 1).all()
    assert (set_off(window, pixels, known, lower & False) == 1).all()


def test_creases_do_not_cross_the_seams_shadow(mouth):
    _, _, window, hole, both, upper = mouth
    gain = relief(window, hole, both, upper, hole * 0)
    inside = (both > 0.9) & (upper > 0.9)
    near, far = ring(window, hole, -1, 0.0) & inside, ring(window, hole, 1.8, 2.4) & inside

    def rough(part):
        steps = np.abs(np.diff(gain, axis=1))
        return float(steps[part[:, 1:] & part[:, :-1]].mean())

    assert rough(near) < 0.5 * rough(far)
