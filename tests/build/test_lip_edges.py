from __future__ import annotations

import cv2
import numpy as np
import pytest

from visavis.build.indices import LIP_RINGS
from visavis.build.lip_edges import snap_lower_lip
from visavis.build.models import mean_face

SCALE = 4.0
CENTRE = np.array([300.0, 120.0, 0.0])


def open_face(gap: float) -> np.ndarray:
    """The mean face at 4 px/mm with the lower lip `gap` mm lower in the middle."""
    marks = mean_face() * SCALE + CENTRE
    x = (marks[:, 0] - CENTRE[0]) / (26 * SCALE)
    drop = gap * SCALE * np.clip(1 - x**2, 0, 1)
    for ring in LIP_RINGS:
        lower = ring[1:10]
        marks[lower, 1] += drop[lower]
    return marks


def picture_of(marks: np.ndarray, teeth: tuple[int, int, int]) -> np.ndarray:
    """Skin, lips, dark inside and a row of lower teeth that touches the lip."""
    picture = np.full((600, 600, 3), (205, 160, 135), np.uint8)

    def fill(points: np.ndarray, colour: tuple[int, int, int]) -> None:
        cv2.fillPoly(picture, [np.round((points - 0.5) * 16).astype(np.int32)], colour,
                     cv2.LINE_AA, 4)  # fmt: skip

    fill(marks[LIP_RINGS[0], :2], (190, 85, 85))
    fill(marks[LIP_RINGS[3], :2], (50, 20, 20))
    row = marks[LIP_RINGS[3][:11], :2]
    fill(np.concatenate([row, (row - [0, 4 * SCALE])[::-1]]), teeth)
    upper = np.concatenate([marks[LIP_RINGS[0][10:] + LIP_RINGS[0][:1], :2],
                            marks[LIP_RINGS[3][:1] + LIP_RINGS[3][:9:-1], :2]])  # fmt: skip
    fill(upper, (190, 85, 85))
    noise = np.random.default_rng(3).normal(0, 2, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def error(marks: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """How far the inner edge lies too low, mm, in the middle seven points."""
    return (marks - truth)[LIP_RINGS[3][2:9], 1] / SCALE


@pytest.mark.parametrize("teeth", [(225, 215, 195), (60, 30, 30)])
def test_edge_that_is_too_high_is_moved_down(teeth: tuple[int, int, int]) -> None:
    truth = open_face(9)
    picture = picture_of(truth, teeth)
    wrong = truth.copy()
    wrong[LIP_RINGS[3][1:10], 1] -= 1.5 * SCALE
    found = snap_lower_lip(picture, wrong)
    assert np.abs(error(wrong, truth)).mean() > 1.4
    assert np.abs(error(found, truth)).mean() < 0.5
    # the outer edge and everything else stay
    others = np.setdiff1d(np.arange(478), [i for ring in LIP_RINGS[1:] for i in ring[1:10]])
    np.testing.assert_array_equal(found[others], wrong[others])


def test_right_edge_stays() -> None:
    truth = open_face(9)
    found = snap_lower_lip(picture_of(truth, (225, 215, 195)), truth)
    assert np.abs(error(found, truth)).max() < 0.4


def test_shut_mouth_and_plain_picture_stay() -> None:
    shut = open_face(0)
    assert snap_lower_lip(picture_of(shut, (225, 215, 195)), shut) is shut
    marks = open_face(9)
    plain = np.full((600, 600, 3), 128, np.uint8)
    np.testing.assert_allclose(snap_lower_lip(plain, marks), marks, atol=0.1)
