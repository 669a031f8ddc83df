from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.helpers import face
from visavis.build.indices import LIP_RINGS
from visavis.build.mesh import contour
from visavis.build.seam import SHUT_MM, find_seam, shut_landmarks

UPPER, LOWER = (contour(LIP_RINGS[3], half) for half in (True, False))


def with_line(who, offset_mm, dark=70, thick_mm=0.8):
    """The same subject with a dark line drawn that far below the middle of its lips."""
    points = (who.landmarks[UPPER, :2] + who.landmarks[LOWER, :2]) / 2
    points = points + who.frame[:2, 1] * offset_mm * who.mm
    scale = who.texture_scale
    picture = who.picture_hi.copy()
    line = np.round((points * scale - 0.5) * 16).astype(np.int32)
    cv2.polylines(picture, [line], False, (dark,) * 3, round(thick_mm * who.mm * scale), 16, 4)
    return replace(who, picture_hi=cv2.GaussianBlur(picture, (0, 0), 0.8))


@pytest.mark.parametrize("offset", [-1.2, -0.4, 0.0, 0.8])
@pytest.mark.parametrize("roll", [0.0, 9.0])
def test_the_seam_is_found(offset, roll):
    who = with_line(face.subject(gap=0.3, roll=roll), offset)
    points, gap = shut_landmarks(who)
    assert gap == pytest.approx(0.3, abs=0.1)
    np.testing.assert_array_equal(points[UPPER], points[LOWER])
    middle = (who.landmarks[UPPER] + who.landmarks[LOWER]) / 2
    moved = (points[UPPER] - middle)[3:-3] @ who.frame[:, 1] / who.mm
    # the line itself and half its thickness: its shadow stays with the upper lip
    assert moved == pytest.approx(np.full(len(moved), offset + 0.45), abs=0.35)
    assert np.abs(points[UPPER[0]] - who.landmarks[UPPER[0]]).max() < 1e-9


def test_no_seam_no_shift():
    who = face.subject(gap=0.3)
    middle = (who.landmarks[UPPER, :2] + who.landmarks[LOWER, :2]) / 2
    assert find_seam(who, middle) == pytest.approx(np.zeros(len(middle)))


def test_an_open_mouth_is_left_alone():
    who = with_line(face.subject(gap=SHUT_MM + 0.5), 0.5)
    points, gap = shut_landmarks(who)
    assert gap > SHUT_MM
    np.testing.assert_array_equal(points, who.landmarks)


def test_rings_keep_their_order():
    who = with_line(face.subject(gap=0.2), 1.5)
    points, _ = shut_landmarks(who)
    y = [points[[ring[5] for ring in LIP_RINGS], 1], points[[ring[15] for ring in LIP_RINGS], 1]]
    assert (np.diff(y[0]) < 0).all()  # lower lip, from outside in
    assert (np.diff(y[1]) > 0).all()


def test_a_face_at_the_edge_of_the_picture():
    who = face.subject(gap=0.2)
    moved = who.landmarks + [0, 300, 0]
    points, _ = shut_landmarks(replace(who, landmarks=moved))
    assert np.isfinite(points).all()
