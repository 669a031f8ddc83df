from __future__ import annotations

import numpy as np
import pytest

from tests.helpers import painted
from visavis.build.mouth_view import PX_MM, mouth_angle, straighten
from visavis.build.teeth import find_teeth
from visavis.build.tooth_row import UPPER_EDGE, continued, is_clean


@pytest.mark.parametrize("gap", [0.0, 2.0, 4.0])
def test_a_shut_mouth_shows_no_teeth(gap):
    assert find_teeth(painted.subject(gap=gap)) is None


def test_an_empty_mouth_shows_no_teeth():
    assert find_teeth(painted.subject(gap=14, tooth_height=None)) is None


@pytest.mark.parametrize("height", [5.0, 7.0, 9.0])
@pytest.mark.parametrize("roll", [0.0, -9.0])
def test_the_incisal_edge_is_where_it_was_painted(height, roll):
    teeth = find_teeth(painted.subject(gap=14, tooth_height=height, roll=roll))
    assert teeth is not None
    assert teeth.tooth_h == pytest.approx(height, abs=0.9)
    assert teeth.arc <= 0
    assert np.degrees(teeth.mouth_angle) == pytest.approx(roll, abs=1.5)


def test_an_own_row_runs_on_to_the_corners_level_with_itself():
    teeth = find_teeth(painted.subject(gap=14, tooth_height=8))
    assert teeth is not None and teeth.atlas is not None and teeth.course is not None
    teeth.atlas[:, :48, 3] = teeth.atlas[:, -48:, 3] = 0
    seen = np.flatnonzero(teeth.atlas[..., 3].max(0) > 0.9)
    donor = np.ones_like(teeth.atlas)
    donor[UPPER_EDGE * PX_MM :, :, 3] = 0
    whole = continued(teeth.atlas, teeth.course, donor)
    covered = whole[40, 24:-24, 3]
    assert covered.min() > 0.9, "no column without a tooth"
    assert whole[40, [0, -1], 3].max() < 0.1, "no hard edge at the ends"
    dark = whole[96, [40, -40], :3] / whole[96, [80, -80], :3]
    assert dark.max() < 0.9, "in shade there"
    ends = (whole[..., 3] > 0.5).sum(0) - teeth.course * PX_MM
    beyond = np.r_[ends[seen[0] - 16 : seen[0] - 8], ends[seen[-1] + 8 : seen[-1] + 16]]
    inside = ends[seen[0] + 8 : seen[-1] - 8]
    assert np.abs(np.median(beyond) - np.median(inside)) < 1.0 * PX_MM
    middle = slice(192 - 24, 192 + 24)
    np.testing.assert_allclose(whole[:, middle], teeth.atlas[:, middle], atol=0.02)


def test_what_the_lip_hid_of_short_teeth_is_tooth():
    teeth = find_teeth(painted.subject(gap=14, tooth_height=5))
    assert teeth is not None and teeth.atlas is not None
    middle = slice(192 - 40, 192 + 40)
    above = (UPPER_EDGE - 8) * PX_MM
    np.testing.assert_allclose(teeth.atlas[above : above + 24, middle, :3], 1, atol=0.25)
    assert (teeth.atlas[8:16, middle, 0] > 1.3 * teeth.atlas[8:16, middle, 1]).all(), "gum"


@pytest.mark.parametrize("harm", ["ragged", "orange", "none"])
def test_a_row_that_was_not_cut_cleanly_gives_way_to_the_donors(harm):
    teeth = find_teeth(painted.subject(gap=14, tooth_height=8))
    assert teeth is not None and teeth.atlas is not None and teeth.course is not None
    row, edge = teeth.atlas.copy(), UPPER_EDGE * PX_MM
    if harm == "ragged":
        for left in range(90, 300, 48):
            row[edge - 12 :, left : left + 16, 3] = 0
    if harm == "orange":
        row[edge - 28 : edge - 8, 100:170, :3] = [1.0, 0.45, 0.1]
    assert is_clean(row, teeth.course) == (harm == "none")
    donor = np.full_like(row, 0.5)
    whole = continued(row, teeth.course, donor)
    assert (np.abs(whole[60, 192, :3] - 0.5).max() < 0.01) == (harm != "none")


def test_shreds_of_teeth_at_the_side_are_not_kept():
    teeth = find_teeth(painted.subject(gap=14, tooth_height=8))
    assert teeth is not None and teeth.atlas is not None and teeth.course is not None
    row = teeth.atlas.copy()
    row[..., 3] = row[50, 192, 3] * (np.arange(128) < UPPER_EDGE * PX_MM)[:, None]
    row[60:, 300:306, 3] = 0
    donor = np.full_like(row, 0.5)
    whole = continued(row, teeth.course, donor)
    assert whole[50, 192, 0] > 0.8
    assert whole[50, 310:330, 0].max() < 0.5


def test_white_and_texture_are_the_teeths_own():
    teeth = find_teeth(painted.subject(gap=14, tooth_height=8))
    assert teeth is not None and teeth.white is not None and teeth.atlas is not None
    expected = (np.array(painted.TOOTH) / 255) ** 2.2
    np.testing.assert_allclose(teeth.white, expected, rtol=0.06)
    assert teeth.atlas.shape == (128, 384, 4) and teeth.atlas.dtype == np.float32
    middle = slice(192 - 40, 192 + 40)
    edge = UPPER_EDGE * PX_MM
    assert teeth.atlas[edge - 12 : edge - 6, middle, 3].min() > 0.9
    assert teeth.atlas[edge + 6 :, middle, 3].max() < 0.1
    np.testing.assert_allclose(teeth.atlas[edge - 24 : edge - 8, middle, :3], 1, atol=0.25)


def test_the_straightened_mouth_lies_level_and_in_scale():
    who = painted.subject(gap=10, roll=12.0)
    view = straighten(who)
    assert view.pixels.shape == (320, 448, 3)
    assert view.gap == pytest.approx(10, abs=0.4)
    assert np.degrees(mouth_angle(who)) == pytest.approx(12, abs=1.0)
    middle = np.abs(view.x) < 0.2
    centre = (view.upper[middle].mean() + view.lower[middle].mean()) / 2
    assert centre == pytest.approx(0, abs=0.3)


def test_a_larger_picture_gives_the_same_teeth():
    small = find_teeth(painted.subject(gap=14, mm=1.6))
    large = find_teeth(painted.subject(gap=14, mm=2.4, size=(768, 768)))
    assert small is not None and large is not None
    assert small.tooth_h == pytest.approx(large.tooth_h, abs=0.5)
