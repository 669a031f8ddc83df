"""Lips made up over an open grin have form: dark at the seam, creased, flat at the corners."""

from __future__ import annotations

import numpy as np
import pytest

from tests.helpers import painted
from visavis.build.indices import LIP_RINGS
from visavis.build.light import luminance
from visavis.build.lip_relief import relief
from visavis.build.lips import repair_lips
from visavis.build.window import Window


@pytest.fixture(scope="module")
def mouth():
    """Window, hole, both lips, upper half of a painted open mouth."""
    who, rig = painted.fitted(gap=10.0, smile=0.8)
    window = Window.around(who, who.landmarks[LIP_RINGS[0]], 13)
    upper, lower = (rig.source[line, :2] for line in (rig.lip_upper, rig.lip_lower))
    hole = window.polygon(np.concatenate([lower, upper[::-1]]))
    both = window.polygon(who.landmarks[LIP_RINGS[0], :2])
    seam = (upper + lower) / 2
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
