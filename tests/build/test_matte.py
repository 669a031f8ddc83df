from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest

from visavis.build import matte
from visavis.build.framing import TEXTURE_SCALE
from visavis.build.handmade import read_landmarks
from visavis.build.models import mean_face


def scene(size: int = 256, noise: float = 6.0) -> tuple[np.ndarray, np.ndarray]:
    """A dark disc with wisps on a light gradient at 2x, and its true matte at 1x."""
    side = size * TEXTURE_SCALE
    y, x = np.mgrid[0:side, 0:side]
    ground = np.stack([170 + x / 10, 190 - y / 12, 200 + 0 * x], -1)
    ground += np.random.default_rng(1).normal(0, noise, (side, side, 1))
    cover = np.zeros((side, side), np.uint8)
    cv2.circle(cover, (side // 2, side // 2), side // 4, 255, -1, cv2.LINE_AA)
    for k in range(24):
        angle = k / 24 * 2 * np.pi
        ray = np.array([np.cos(angle), np.sin(angle)])
        ends = [tuple((side // 2 + ray * r).astype(int).tolist()) for r in (side / 4, side / 3.4)]
        cv2.line(cover, ends[0], ends[1], 255, 1, cv2.LINE_AA)
    a = cover[..., None].astype(float) / 255
    photo = ground * (1 - a) + np.array([40, 25, 20]) * a
    disc = np.zeros((side, side), np.uint8)
    cv2.circle(disc, (side // 2, side // 2), side // 4, 255, -1, cv2.LINE_AA)
    low = cv2.resize(disc, (size, size), interpolation=cv2.INTER_AREA)
    return np.clip(photo, 0, 255).astype(np.uint8), low.astype(np.float32) / 255


def composed(person: np.ndarray, background: np.ndarray) -> np.ndarray:
    """What a renderer shows at rest, at scale 1."""
    size = (background.shape[1], background.shape[0])
    low = cv2.resize(person, size, interpolation=cv2.INTER_AREA).astype(float)
    return low[..., :3] + (1 - low[..., 3:] / 255) * background


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    return float(10 * np.log10(255**2 / np.mean((a.astype(float) - b) ** 2)))


def test_person_over_background_gives_the_picture_back() -> None:
    photo, cover = scene()
    person, background = matte.separate(photo, cover, 1.0)
    assert person.shape == (512, 512, 4) and person.dtype == np.uint8
    assert background.shape == (256, 256, 3) and background.dtype == np.uint8
    low = cv2.resize(photo, (256, 256), interpolation=cv2.INTER_AREA)
    assert psnr(composed(person, background), low) > 45


def test_wisps_go_with_the_person_and_leave_no_ghost() -> None:
    photo, cover = scene(noise=2.0)
    _person, background = matte.separate(photo, cover, 1.0)
    low = cv2.resize(photo, (256, 256), interpolation=cv2.INTER_AREA)
    y, x = np.mgrid[0:256, 0:256]
    radius = np.hypot(x - 127.5, y - 127.5)
    ring = (radius > 66) & (radius < 74)
    assert low[ring].min() < 130  # the wisps are there
    assert background[ring].min() > 140  # and not in the background
    # behind the disc the background is like the ground around it
    assert np.abs(background[radius < 60].astype(float).mean(0) - [182, 180, 200]).max() < 14


def test_colours_are_premultiplied() -> None:
    photo, cover = scene()
    person, _ = matte.separate(photo, cover, 1.0)
    bare = person[person[..., 3] == 0][:, :3]
    assert bare.mean() < 2


def test_even_matte_splits_nothing() -> None:
    photo, cover = scene()
    person, background = matte.separate(photo, np.ones_like(cover), 1.0)
    assert (person[..., 3] == 255).all()
    np.testing.assert_array_equal(person[..., :3], photo)
    low = cv2.resize(photo, (256, 256), interpolation=cv2.INTER_AREA)
    np.testing.assert_array_equal(background, low)


def test_person_filling_the_picture_still_has_a_background() -> None:
    photo, cover = scene()
    _person, background = matte.separate(photo, np.maximum(cover, 0.9), 1.0)
    assert np.isfinite(background.astype(float)).all()


def face(size: int) -> np.ndarray:
    return mean_face() * (size / 2 / 165) + [size / 2, size * 0.4, 0]


def test_segmentation_becomes_a_matte_with_the_pictures_edges() -> None:
    size = 256
    picture = np.full((size, size, 3), (90, 140, 90), np.uint8)
    cover = np.zeros((size, size), np.uint8)
    cv2.ellipse(cover, (128, 128), (70, 90), 0, 0, 360, 255, -1, cv2.LINE_AA)
    picture[cover > 127] = (200, 160, 140)
    answer = cv2.GaussianBlur(cover, (0, 0), 4).astype(np.float32) / 255
    found = matte.from_segmentation(picture, answer, face(size), 1.0)
    assert found.dtype == np.float32 and found.min() >= 0 and found.max() <= 1
    truth = cover.astype(np.float32) / 255
    assert np.abs(found - truth).mean() < np.abs(answer - truth).mean() * 0.6


def test_other_people_are_dropped_and_holes_closed() -> None:
    size = 256
    picture = np.random.default_rng(0).integers(90, 110, (size, size, 3)).astype(np.uint8)
    cover = np.zeros((size, size), np.float32)
    cv2.ellipse(cover, (128, 128), (60, 90), 0, 0, 360, 1.0, -1)
    cv2.circle(cover, (230, 40), 18, 1.0, -1)
    cv2.circle(cover, (128, 205), 3, 0.0, -1)
    found = matte.from_segmentation(picture, cover, face(size), 1.0)
    assert found[40, 230] == 0
    assert found[205, 128] > 0.99


def test_flat_ground_is_flooded(drawing: np.ndarray, points: dict[str, Any]) -> None:
    small = cv2.resize(drawing, (512, 512), interpolation=cv2.INTER_AREA)
    found = matte.from_flat_border(small, read_landmarks(points, (512, 512)).landmarks)
    assert found is not None
    assert found[5, 5] == 0 and found[256, 256] == 1 and found[500, 256] == 1


@pytest.mark.parametrize("kind", ["busy", "filled"])
def test_no_flat_ground_no_flood(kind: str) -> None:
    rng = np.random.default_rng(2)
    if kind == "busy":
        picture = rng.integers(0, 255, (256, 256, 3)).astype(np.uint8)
    else:  # the face has the colour of the ground: the flood would eat it
        picture = np.full((256, 256, 3), 128, np.uint8)
    assert matte.from_flat_border(picture, face(256)) is None


def shoulders(doubt: float) -> tuple[np.ndarray, np.ndarray]:
    """A bust whose left shoulder the segmentation doubts, and its answer."""
    size = 256
    y, x = np.mgrid[0:size, 0:size]
    cover = (np.hypot((x - 128) / 50, (y - 110) / 70) < 1) | (y > 195 + 0.2 * np.abs(x - 128))
    cover |= (np.abs(x - 128) < 30) & (y > 150)
    picture = np.full((size, size, 3), (90, 140, 90), np.uint8)
    picture[cover] = (200, 160, 140)
    answer = cv2.GaussianBlur(cover.astype(np.float32), (0, 0), 2)
    answer[(x < 60) & cover] = doubt
    return picture, answer


@pytest.mark.parametrize("doubt", [0.2, 0.5, 0.8])
def test_a_doubted_shoulder_of_the_persons_colour_is_one(doubt: float) -> None:
    picture, answer = shoulders(doubt)
    found = matte.from_segmentation(picture, answer, face(256), 1.0)
    assert found[230:250, 5:50].min() > 0.95


def test_doubt_in_the_backgrounds_colour_or_beside_the_head_is_background() -> None:
    picture, answer = shoulders(0.5)
    picture[:, :60] = (90, 140, 90)
    answer[40:120, 190:240] = 0.5  # a post behind
    found = matte.from_segmentation(picture, answer, face(256), 1.0)
    assert found[230:250, 5:45].max() < 0.05
    assert found[50:110, 200:230].max() < 0.05


def test_what_a_turning_head_uncovers_has_the_backgrounds_own_texture() -> None:
    photo, cover = scene(noise=2.0)
    stripes = 40 * np.sign(np.sin(np.arange(512) / 2.5))[None, :, None]
    low = cover.repeat(2, 0).repeat(2, 1)[..., None]
    photo = np.clip(photo + stripes * (1 - low), 0, 255).astype(np.uint8)
    _person, background = matte.separate(photo, cover, 1.0)
    y, x = np.mgrid[0:256, 0:256]
    radius = np.hypot(x - 128, y - 128)
    uncovered = background[(radius > 50) & (radius < 60)].astype(float).std()
    assert uncovered > 0.5 * background[(radius > 90) & (radius < 120)].astype(float).std()
