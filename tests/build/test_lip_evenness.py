"""Lips that a laugh turned into the sun, drawn together again, are lit alike from end to end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.helpers import painted
from visavis.build.lip_evenness import evened, patchiness
from visavis.build.lips import repair_lips


@pytest.fixture(scope="module")
def mouth():
    """Subject, rig, window, hole and the lower lip of a painted open mouth."""
    who, rig, window, hole, both, seam = painted.open_mouth()
    below = window.polygon(np.concatenate([seam, (seam + [0.0, 60.0])[::-1]])) > 0.5
    return who, rig, window, hole, (both > 0.5) & below & (hole < 0.5)


def in_sun(who, window, lip, by):
    """The same subject with the left half of its lower lip ``by`` times as bright."""
    x, _ = window.grid()
    part = lip & (x < who.landmarks[14, 0])
    picture = who.picture_hi.copy()
    pixels = window.cut(picture)
    pixels[part] *= by
    picture[window.texels] = np.clip(pixels, 0, 255).astype(np.uint8)
    return replace(who, picture_hi=picture)


def step(who, window, pixels, lip):
    """How much brighter the left half is than the right, in log, 4 to 10 mm from the middle."""
    x, _ = window.grid()
    along = (x - who.landmarks[14, 0]) / who.mm
    left, right = lip & (along > -10) & (along < -4), lip & (along > 4) & (along < 10)
    return float(np.log(pixels[left].mean() / pixels[right].mean()))


def test_half_a_lip_in_the_sun_is_lit_like_the_other_half(mouth):
    who, rig, window, hole, lip = mouth
    sunny = in_sun(who, window, lip, 1.6)
    inner = window.shrink(lip, 0.8) & ~window.grow(hole > 0.1, 1.0)
    assert step(who, window, window.cut(sunny.picture_hi), inner) > 0.35
    assert abs(step(who, window, window.cut(repair_lips(sunny, rig)), inner)) < 0.25


def test_no_edge_is_left_where_the_light_ended(mouth):
    who, rig, window, hole, lip = mouth
    sunny = in_sun(who, window, lip, 1.6)
    inner = window.shrink(lip, 0.8) & ~window.grow(hole > 0.1, 1.0)
    x, _ = window.grid()
    middle = np.abs(x - who.landmarks[14, 0]) < 1.0 * who.mm
    steps = [
        np.abs(np.diff(window.cut(picture).mean(2), axis=1))[(inner & middle)[:, 1:]].max()
        for picture in (sunny.picture_hi, repair_lips(sunny, rig))
    ]
    assert steps[1] < 0.35 * steps[0]


def test_an_evenly_lit_lip_keeps_its_course_of_light_and_its_texture(mouth):
    _, _, window, hole, lip = mouth
    y = np.arange(window.shape[0])[:, None]
    course = 120 + 30 * np.sin(y / (2.5 * window.mm))
    grain = np.random.default_rng(1).normal(0, 4, window.shape)
    pixels = np.repeat((course + grain)[..., None], 3, 2).astype(np.float32)
    after = evened(window, pixels, lip, np.ones_like(lip), hole, hole * 0)
    away = ~window.grow(lip, 2.0)
    assert np.abs(after - pixels)[away].max() < 0.01
    inner = window.shrink(lip, 1.0)
    before, now = (image[..., 0] - window.blur(image[..., 0], 0.4) for image in (pixels, after))
    assert now[inner].std() > 0.9 * before[inner].std()


def test_under_hard_sun_a_lip_keeps_more_of_its_light(mouth):
    who, _, window, hole, lip = mouth
    sunny = window.cut(in_sun(who, window, lip, 1.6).picture_hi)
    inner = window.shrink(lip, 0.8) & ~window.grow(hole > 0.1, 1.0)
    known = np.ones_like(lip)
    soft, hard = (
        step(who, window, evened(window, sunny, lip, known, hole, hole * 0, patchy), inner)
        for patchy in (0.0, 1.0)
    )
    assert soft < 0.5 * hard


def test_lips_that_are_only_parted_keep_their_light(mouth):
    who, rig, window, hole, lip = mouth
    sunny = in_sun(who, window, lip, 1.6)
    inner = window.shrink(lip, 0.8) & ~window.grow(hole > 0.1, 1.0)
    laugh, parted = (
        step(who, window, window.cut(repair_lips(sunny, replace(rig, gap=gap))), inner)
        for gap in (10.0, 5.0)
    )
    assert parted > laugh + 0.1


def test_hard_sun_is_told_by_the_skin_about_the_mouth(mouth):
    who, _, window, hole, lip = mouth
    both = np.maximum(lip, hole)
    pixels = np.full((*window.shape, 3), 150, np.float32)
    assert patchiness(window, pixels, both) == 0
    x, _ = window.grid()
    pixels[x < who.landmarks[14, 0]] *= 0.3
    assert patchiness(window, pixels, both) == 1


def test_a_lip_that_is_hardly_seen_stays(mouth):
    _, _, window, hole, lip = mouth
    pixels = np.full((*window.shape, 3), 90, np.float32)
    assert evened(window, pixels, lip, np.zeros_like(lip), hole, hole * 0) is pixels
