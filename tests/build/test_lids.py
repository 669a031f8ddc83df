"""Lids that shut: lit as the skin about them, behind the whole rim of glasses, of a narrow eye."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.helpers import face, painted
from visavis.build.bases_upper import upper_bases
from visavis.build.eyeball import eyeball
from visavis.build.eyes import eye_layers
from visavis.build.glasses import find_glasses
from visavis.build.indices import EYE_LEFT, EYE_RIGHT
from visavis.build.light import luminance
from visavis.build.outlines import eye_outline
from visavis.build.rims import without_hanging
from visavis.build.window import Window


def lid_colours(who, rig, low, high):
    """Colours of the left lid between two heights over the margin (mm), in its middle half."""
    images, parts = eye_layers(who, rig)
    eye = eye_outline(who, rig, "left")
    window = Window(tuple(parts["left"]["lid"]), 2.0, who.mm * 2)
    edges = [eye.upper[4:13] - mm * who.mm * eye.down for mm in (low, high)]
    band = window.polygon(np.concatenate([edges[0], edges[1][::-1]])) > 0.9
    lid = images["lid_left"].astype(float)
    return (lid[..., :3] * 255 / np.maximum(lid[..., 3:], 1))[band]


def made_up(height, colour, noise=0.0):
    """A face with a band of a colour over the left eye's margin, so high, mm."""
    who, rig = painted.fitted(noise=noise)
    brush = painted.Brush(who)
    eye = eye_outline(who, rig, "left")
    brush.fill(np.concatenate([eye.upper, eye.upper[::-1] - height * who.mm * eye.down]), colour)
    low = cv2.resize(brush.picture, who.size, interpolation=cv2.INTER_AREA)
    return replace(who, picture=low, picture_hi=brush.picture), rig


def test_a_lid_under_broad_eyeliner_is_no_dark_patch():
    who, rig = made_up(4.0, (26, 16, 14))
    seen = luminance(lid_colours(who, rig, 0.3, 3.5))
    assert np.median(seen) > 0.55 * float(luminance(np.array(painted.SKIN)))


def test_light_make_up_stays_on_the_lid():
    violet = (190, 170, 200)
    who, rig = made_up(5.0, violet)
    seen = np.median(lid_colours(who, rig, 1.0, 3.0), axis=0)
    assert seen[2] > seen[1] + 8, "bluer than skin, as it was put on"
    np.testing.assert_allclose(seen, violet, atol=30)


@pytest.mark.parametrize("stretched", [True, False])
def test_pores_are_left_out_where_they_would_be_streaks(stretched):
    """A lid with little skin above it is pulled out far."""
    who, rig = painted.fitted(noise=6.0)
    if stretched:  # hair down to 4 mm over the margin
        brush = painted.Brush(who)
        eye = eye_outline(who, rig, "left")
        top = eye.upper - 5.5 * who.mm * eye.down
        brush.fill(np.concatenate([top, top[::-1] - 8 * who.mm * eye.down]), (20, 14, 12))
        low = cv2.resize(brush.picture, who.size, interpolation=cv2.INTER_AREA)
        who = replace(who, picture=low, picture_hi=brush.picture)
    seen = lid_colours(who, rig, 0.2, 1.2).mean(1)
    rough = float(np.abs(seen - np.median(seen)).mean())
    assert rough < 1.2 if stretched else rough > 1.2


def test_pieces_of_a_rim_that_were_not_found_do_not_come_down():
    """A rim over the eye with a gap in what is found: everything above it stays in front."""
    who, rig = painted.fitted(glasses=True)
    eye = eye_outline(who, rig, "left")
    glasses = find_glasses(who)
    x, _ = glasses.window.grid()
    hole = np.abs(x - eye.iris[0]) < 2 * who.mm
    patchy = replace(glasses, rim=glasses.rim & ~hole)
    from visavis.build.lids import closed_lid

    box, lid, roll = closed_lid(who, eye, patchy)
    window = Window(box, 2.0, who.mm * 2)
    rim = window.shrink(glasses.rim_in(window), 0.7)
    over = window.polygon(np.concatenate([eye.upper, eye.upper[::-1] - 12 * who.mm * eye.down]))
    rim &= over > 0.9
    assert roll[1] > 0 and (rim & (np.abs(window.grid()[0] - eye.iris[0]) < who.mm)).any()
    opaque = np.maximum(2 * lid[..., 3].astype(float) - 255, 0)
    assert opaque[rim].max() < 60


def test_the_white_beside_a_moved_iris_is_as_light_as_the_photo():
    """An eye in shade: the white made up behind the iris joins what is photographed."""
    who, rig = painted.fitted(noise=0.0)
    eye = eye_outline(who, rig, "left")
    ball = eyeball(who, eye)
    window = Window(ball.box, 2.0, who.mm * 2)
    x, y = window.grid()
    away = np.hypot(x - eye.iris[0], y - eye.iris[1]) / ball.radius
    hole = window.shrink(window.polygon(eye.opening) > 0.9, 1.0)
    white = ball.white.astype(float).mean(2)
    inner, outer = (hole & (away > a) & (away < b) for a, b in ((1.0, 1.15), (1.4, 1.6)))
    assert abs(np.median(white[inner]) - np.median(white[outer])) < 12


def test_what_lids_hide_of_an_iris_has_its_colour():
    """Also where the lid's shadow darkens what is seen of it."""
    who, rig = painted.fitted(noise=0.0)
    eye = eye_outline(who, rig, "left")
    brush = painted.Brush(who)
    shade = np.zeros(brush.picture.shape[:2], np.float32)
    edge = np.concatenate([eye.upper, eye.upper[::-1] + 2.5 * who.mm * eye.down])
    cv2.fillPoly(shade, [brush.texels(edge)], 1.0, cv2.LINE_AA, 4)
    shade = cv2.GaussianBlur(shade, (0, 0), who.mm)[..., None]
    dim = (brush.picture * (1 - 0.7 * shade)).astype(np.uint8)
    ball = eyeball(replace(who, picture_hi=dim), eye)
    window = Window(ball.box, 2.0, who.mm * 2)
    x, y = window.grid()
    away = np.hypot(x - eye.iris[0], y - eye.iris[1]) / ball.radius
    hidden = (away > 0.6) & (away < 0.95) & (y < eye.iris[1])
    hidden &= ~window.shrink(window.polygon(eye.opening) > 0.9, 0.4)
    assert hidden.any()
    made = np.median(ball.iris[hidden][:, :3], axis=0)
    np.testing.assert_allclose(made, painted.IRIS, atol=26)


def test_a_squint_raises_the_lids_of_a_narrow_eye_less():
    who = face.subject()
    points = (who.landmarks[:468] @ who.frame) / who.mm
    narrow = points.copy()
    for eye in (EYE_RIGHT, EYE_LEFT):
        level = points[eye, 1].mean()
        narrow[eye, 1] = level + 0.4 * (points[eye, 1] - level)
    rise = [
        -upper_bases(p, np.array([], np.int64))["eyeSquint"][EYE_RIGHT[4]][1]
        for p in (points, narrow)
    ]
    assert 0 < rise[1] < 0.6 * rise[0]


def test_lashes_that_touch_a_rim_are_told_by_the_other_rim():
    at = np.linspace(-1.5, 1.5, 90).astype(np.float32)
    rim = (6 - at * at).astype(np.float32)
    own = rim + 0.7  # these glasses sit a little higher over this eye
    own[20:55] = 1.2
    found = without_hanging(own, at, rim, at)
    assert np.abs(found - (rim + 0.7))[20:55].max() < 0.8
    np.testing.assert_array_equal(found[60:], own[60:])
    own[3:10] = 1.2  # and beyond the inner corner
    assert np.abs(without_hanging(own, at, rim, at) - (rim + 0.7))[3:10].max() < 0.8
    np.testing.assert_array_equal(without_hanging(rim, at, rim, at), rim)
