from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from visavis.build import models, sides
from visavis.build.subject import Subject

SIZE = 256
CLOTH = (40, 60, 120)


def portrait(width: int = SIZE, *, shoulders: bool = True) -> Subject:
    """A head and sloping shoulders that the picture cuts off, over a ramp; matte and all."""
    y, x = np.mgrid[0 : 2 * SIZE, 0 : 2 * width] / 2
    middle = width / 2
    away = np.abs(x - middle)
    cover = np.hypot((x - middle) / 45, (y - 100) / 62) < 1
    cover |= (away < 22) & (y > 120)
    if shoulders:
        cover |= y > 185 + 0.25 * away
    ramp = np.stack([150 + x / 8, 170 - y / 9, 180 + x * 0], -1)
    photo = np.where(cover[..., None], np.array(CLOTH), ramp).astype(np.uint8)
    high = cv2.GaussianBlur(photo, (0, 0), 1)
    matte = cv2.resize(cover.astype(np.float32), (width, SIZE), interpolation=cv2.INTER_AREA)
    mean = models.mean_face()
    scale = 110 / np.linalg.norm((mean[152] - mean[10])[:2])
    marks = mean * scale
    marks += [middle, 105, 0] - (marks[10] + marks[152]) / 2
    low = cv2.resize(high, (width, SIZE), interpolation=cv2.INTER_AREA)
    return Subject(low, high, marks, matte)


def layers(subject: Subject) -> tuple[np.ndarray, np.ndarray]:
    """Person and background of the photo, cut along the known matte."""
    size = (subject.picture_hi.shape[1], subject.picture_hi.shape[0])
    alpha = cv2.resize(subject.matte, size, interpolation=cv2.INTER_LINEAR)[..., None]
    person = np.dstack([subject.picture_hi * alpha, alpha * 255])
    x = np.arange(subject.size[0])[None, :]
    y = np.arange(SIZE)[:, None]
    ramp = np.stack(np.broadcast_arrays(150 + x / 8, 170 - y / 9, 180 + 0 * x * y), -1)
    return np.round(person).astype(np.uint8), ramp.astype(np.uint8)


def widened(subject: Subject) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    wide = sides.widen(subject)
    assert wide.photo is not None
    return (*sides.continue_layers(*layers(subject), wide), wide.photo)


def test_canvas_becomes_as_wide_as_a_screen_with_the_face_in_its_middle() -> None:
    subject = portrait()
    wide = sides.widen(subject)
    assert wide.size == (456, SIZE)
    assert wide.picture_hi.shape[:2] == (2 * SIZE, 2 * 456)
    assert wide.matte.shape == (SIZE, 456)
    assert wide.landmarks[:, 0].mean() == pytest.approx(227, abs=4)
    assert wide.mm == pytest.approx(subject.mm)
    assert wide.photo is not None
    x0, x1 = wide.photo
    assert np.array_equal(wide.picture[:, x0:x1], subject.picture)
    assert np.array_equal(wide.picture_hi[:, 2 * x0 : 2 * x1], subject.picture_hi)


def test_what_is_wide_or_moves_as_a_whole_is_left_alone() -> None:
    assert sides.widen(portrait(456)).photo is None
    subject = portrait()
    whole = Subject(
        subject.picture, subject.picture_hi, subject.landmarks, np.ones_like(subject.matte)
    )
    assert sides.widen(whole) is whole


def test_photo_stays_as_it_is_and_its_sides_show_no_seam() -> None:
    subject = portrait()
    person, background = layers(subject)
    wide, behind, (x0, x1) = widened(subject)
    assert np.array_equal(wide[:, 2 * x0 : 2 * x1], person)
    assert np.array_equal(behind[:, x0:x1], background)
    low = cv2.resize(wide, (behind.shape[1], SIZE), interpolation=cv2.INTER_AREA).astype(float)
    shown = low[..., :3] + (1 - low[..., 3:] / 255) * behind
    step = np.abs(np.diff(shown, axis=1)).max(2)
    for x in (x0, x1):
        at_side = step[:, x - 2 : x + 2].mean(0)
        assert at_side.max() < 2.0 + step[:, [x - 8, x + 8]].mean()


def test_shoulders_go_on_fall_and_end_without_a_second_neck() -> None:
    wide, _behind, (x0, x1) = widened(portrait())
    alpha = cv2.resize(wide[..., 3], (456, SIZE), interpolation=cv2.INTER_AREA) > 127
    top = np.where(alpha.any(0), alpha.argmax(0), SIZE)
    for beyond in (top[x1:], top[:x0][::-1]):
        assert beyond[0] == pytest.approx(top[x1 - 1], abs=2)
        assert (np.diff(beyond) >= -1).all()  # never up again
        assert beyond[-1] == SIZE  # and the arm ends
    outer = wide[2 * 250 :, 2 * x1 + 8]
    solid = outer[outer[:, 3] == 255][:, :3].astype(int)
    assert len(solid) and np.abs(solid - CLOTH).max() <= 3


def test_a_pattern_that_is_laid_along_goes_out_of_focus() -> None:
    subject = portrait()
    person, background = layers(subject)
    stripes = np.where(np.arange(person.shape[1]) // 8 % 2, 255, 120)[None, :, None]
    person[..., :3] = person[..., :3] * (stripes / 255)
    wide = sides.widen(subject)
    laid, _behind = sides.continue_layers(person, background, wide)
    assert wide.photo is not None
    light = laid[2 * 250 : 2 * 254, 2 * wide.photo[1] :, 1].mean(0)
    near, far = light[:16], light[24:40]
    assert np.ptp(near) > 25 and np.ptp(far) < 0.5 * np.ptp(near)


def test_a_person_who_touches_no_side_gets_none() -> None:
    wide, _behind, (x0, x1) = widened(portrait(shoulders=False))
    assert not wide[:, : 2 * x0].any() and not wide[:, 2 * x1 :].any()


def test_hair_that_fills_the_side_fades_out_round() -> None:
    person = np.zeros((2 * SIZE, 2 * SIZE, 4), np.uint8)
    person[120:, 492:] = person[20:, 400:492] = (20, 15, 10, 255)  # 7 mm to the next lock
    subject = sides.widen(portrait())
    background = np.full((SIZE, SIZE, 3), 200, np.uint8)
    wide, _behind = sides.continue_layers(person, background, subject)
    assert subject.photo is not None
    beyond = wide[:, 2 * subject.photo[1] :, 3].astype(int)
    assert beyond[300, 0] == 255 and beyond[300, -1] == 0
    assert (np.diff(beyond[300]) <= 0).all() and np.diff(beyond[300]).min() > -50
    assert not beyond[:118].any()
    assert (beyond[122] > 128).sum() < (beyond[300] > 128).sum()


def test_a_lock_that_touches_the_side_is_no_shoulder() -> None:
    """Hair beside the head that ends above the canvas' bottom fades; nothing is laid along it."""
    subject = portrait(190, shoulders=False)
    lock = np.zeros_like(subject.matte)
    cv2.ellipse(lock, (0, 110), (60, 45), 0, 0, 360, 1.0, -1)
    matte = np.maximum(subject.matte, lock)
    high = cv2.resize(matte, (380, 2 * SIZE))[..., None] > 0.5
    photo = np.where(high, np.array(CLOTH), subject.picture_hi).astype(np.uint8)
    person, _, (x0, _) = widened(replace(subject, matte=matte, picture_hi=photo))
    beyond = person[..., 3][:, : 2 * x0] > 40
    assert beyond[180:260, -8:].mean() > 0.5  # it goes on
    assert not beyond[:, : beyond.shape[1] - 80].any()  # not far
    assert not beyond[340:].any()  # and does not hang down
