"""A shut lid has the tone of the skin about it at its edge, and the photo's own hue inside."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.helpers import painted
from visavis.build.glasses import find_glasses
from visavis.build.lid_tone import toned, under_rim
from visavis.build.lids import _survey
from visavis.build.outlines import eye_outline
from visavis.build.rolled import Rolled


def rolled(colour=None):
    """The left lid of a painted face, perhaps made up, and what is rolled out of it."""
    who, rig = painted.fitted()
    eye = eye_outline(who, rig, "left")
    if colour is not None:
        brush = painted.Brush(who)
        high = eye.upper[::-1] - 5 * who.mm * eye.down
        brush.fill(np.concatenate([eye.upper, high]), colour)
        low = cv2.resize(brush.picture, who.size, interpolation=cv2.INTER_AREA)
        who = replace(who, picture=low, picture_hi=brush.picture)
    lid = _survey(who, eye, find_glasses(who))
    return lid, Rolled(lid, eye)


@pytest.fixture(scope="module")
def plain():
    return rolled()


def in_its_middle(lid, image, low=-2.0, high=2.0):
    """Median colour of a lid about its margin, between the corners."""
    return np.median(image[(lid.above > low) & (lid.above < high) & (lid.beyond < -5)], axis=0)


@pytest.mark.parametrize("by", [(1.4, 1.4, 1.4), (0.5, 0.5, 0.5)])
def test_a_patch_of_other_light_becomes_like_the_skin_about_it(plain, by):
    lid, own = plain
    patch = np.clip(np.float32(painted.SKIN) * np.float32(by), 0, 255)
    skin = np.broadcast_to(patch, own.skin.shape).astype(np.float32)
    after = toned(lid, skin, own.alpha, own.before)
    ratio = in_its_middle(lid, after).mean() / np.mean(painted.SKIN)
    assert 0.75 < ratio < 1.1
    edge = (np.abs(own.alpha - 0.5) < 0.2) & (lid.above > 2) & (lid.beyond < -5)
    np.testing.assert_allclose(np.median(after[edge], axis=0), painted.SKIN, rtol=0.06)


def test_a_lid_does_not_glow_in_another_hue(plain):
    lid, own = plain
    glow = np.float32(painted.SKIN) * np.float32([1.0, 0.8, 0.6])
    skin = np.broadcast_to(glow, own.skin.shape).astype(np.float32)
    after = in_its_middle(lid, toned(lid, skin, own.alpha, own.before))
    seen = after[0] / after[2] / (painted.SKIN[0] / painted.SKIN[2])
    assert seen < 1.15 < glow[0] / glow[2] / (painted.SKIN[0] / painted.SKIN[2])


def test_make_up_that_the_photo_shows_keeps_its_hue():
    violet = (200, 160, 215)
    lid, own = rolled(violet)
    assert in_its_middle(lid, own.skin)[2] > in_its_middle(lid, own.skin)[1] + 8


def test_a_lid_in_the_tone_of_its_skin_stays(plain):
    lid, own = plain
    skin = np.broadcast_to(np.float32(painted.SKIN), own.skin.shape).astype(np.float32)
    after = toned(lid, skin, own.alpha, own.before)
    shown = (own.alpha > 0.5) & (lid.beyond < 0)
    np.testing.assert_allclose(after[shown], skin[shown], rtol=0.05)


def test_where_no_skin_is_seen_nothing_is_changed(plain):
    lid, own = plain
    hidden = np.ones(own.alpha.shape, np.bool_)
    assert toned(lid, own.skin, own.alpha, hidden) is own.skin


def test_a_lid_is_in_shade_under_a_rim(plain):
    lid, own = plain
    rim = np.full(lid.window.shape[1], 5.0, np.float32)
    skin = np.broadcast_to(np.float32(painted.SKIN), own.skin.shape).astype(np.float32)
    after = under_rim(lid, skin, rim)
    high, low = (in_its_middle(lid, after, at, at + 0.5)[0] for at in (4.5, -1.0))
    assert high < 0.93 * low
    np.testing.assert_allclose(low, painted.SKIN[0], rtol=0.03)
