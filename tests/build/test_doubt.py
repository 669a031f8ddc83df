"""Where the segmentation doubts: colour, focus and skin beside the face decide."""

from __future__ import annotations

import cv2
import numpy as np

from visavis.build.doubt import decided
from visavis.build.models import mean_face

SIDE, MM = 320, 1.2


def scene(patch: tuple[int, int, int], *, sharp: bool) -> tuple[np.ndarray, np.ndarray]:
    """A body with fine texture, and beside it a doubtful square of one colour."""
    noise = np.random.default_rng(0).normal(0, 14, (SIDE, SIDE, 1))
    picture = np.full((SIDE, SIDE, 3), (214, 220, 228), float)
    picture[:, 60:180] = np.array([70, 80, 120]) + noise[:, 60:180]
    square = np.s_[150:250, 180:280]
    picture[square] = np.array(patch) + (noise[square] if sharp else 0)
    answer = np.zeros((SIDE, SIDE), np.float32)
    answer[:, 60:180] = 1
    answer[square] = 0.6
    return np.clip(picture, 0, 255).astype(np.uint8), cv2.GaussianBlur(answer, (0, 0), 1)


def face() -> np.ndarray:
    """Landmarks of a face on the body, chin above the square."""
    marks = mean_face()[:, :3].astype(float)
    size = np.ptp(marks[:, 1])
    marks = (marks - marks.mean(0)) / size * 90
    return marks + [120, 80, 0]


def test_what_is_out_of_focus_beside_a_sharp_person_stays_behind() -> None:
    blurred = decided(*scene((190, 150, 110), sharp=False), face(), MM)
    assert blurred[165:235, 195:265].max() < 0.05
    assert blurred[20:300, 70:170].min() > 0.95  # the person does not suffer


def test_a_plain_sleeve_in_the_shirts_own_colour_is_the_persons() -> None:
    sleeve = decided(*scene((72, 82, 118), sharp=False), face(), MM)
    assert sleeve[165:235, 195:265].min() > 0.95


def test_an_ear_that_the_network_doubts_is_decided_by_its_skin() -> None:
    picture, answer = scene((214, 220, 228), sharp=False)
    answer[150:250, 180:280] = 0
    marks = face()
    skin = (200, 140, 115)
    cv2.ellipse(picture, (120, 80), (48, 62), 0, 0, 360, skin, -1)
    left = int(marks[:, 0].max())
    ear = np.s_[70:100, left + 2 : left + 24]
    picture[ear], answer[ear] = skin, 0.4
    found = decided(picture, answer, marks, MM)
    assert found[76:94, left + 7 : left + 19].min() > 0.9
    picture[ear] = (90, 170, 90)  # a leaf is none
    assert decided(picture, answer, marks, MM)[76:94, left + 7 : left + 19].max() < 0.5
