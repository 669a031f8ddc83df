"""A background beyond the photo's sides: tones and texture go on, structure is not mirrored."""

from __future__ import annotations

import numpy as np
import pytest

from visavis.build.beyond import continue_background, evenness

PADS = (120, 90)


@pytest.fixture
def leaves():
    """One texture throughout: blotches of a few px."""
    import cv2

    noise = np.random.default_rng(1).normal(0, 1, (320, 320)).astype(np.float32)
    blotches = cv2.GaussianBlur(noise, (0, 0), 2)
    grey = np.clip(110 + 35 * blotches / blotches.std(), 0, 255).astype(np.uint8)
    return np.repeat(grey[..., None], 3, 2)


def wall():
    """Plain, with a dark post near the right edge."""
    picture = np.full((320, 320, 3), 160, np.uint8)
    picture[:, 270:282] = 20
    return picture


def nobody():
    return np.zeros((320, 320), np.float32)


def test_the_photo_stays_as_it_is(leaves):
    wide = continue_background(leaves, nobody(), PADS)
    assert wide.shape == (320, 530, 3)
    assert np.array_equal(wide[:, 120:440], leaves)


def test_structure_is_not_mirrored():
    wide = continue_background(wall(), nobody(), PADS).astype(int)
    beyond = wide[:, 440:, 0]
    assert beyond.min() > 120  # the post stood 38 px from the edge; it does not come again
    assert np.abs(np.diff(beyond, axis=1)).max() < 6


def test_a_texture_goes_on_at_its_strength(leaves):
    wide = continue_background(leaves, nobody(), PADS).astype(float)[..., 0]
    for beyond in (wide[:, :100], wide[:, -70:]):
        assert beyond.std() > 0.75 * leaves[..., 0].std()
    flipped = leaves[:, ::-1, 0].astype(float)
    alike = np.corrcoef(wide[:, 440:510].ravel(), flipped[:, :70].ravel())[0, 1]
    assert abs(alike) < 0.3  # and is no mirror image


def test_no_step_at_the_photos_edge(leaves):
    for picture in (leaves, wall()):
        light = continue_background(picture, nobody(), PADS).astype(float)[..., 0]
        across = np.abs(light[:, 440] - light[:, 439]).mean()
        usual = np.abs(np.diff(light[:, 420:440], axis=1)).mean()
        assert across < 1.5 * usual + 2


def test_evenness_tells_leaves_from_a_wall_with_a_post(leaves):
    assert evenness(leaves, nobody()) > 0.7
    assert evenness(wall(), nobody()) < 0.3
    assert evenness(leaves, np.ones((320, 320), np.float32)) == 0.0  # nothing of it is seen
