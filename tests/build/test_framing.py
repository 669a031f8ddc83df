from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visavis.build import framing, models


def face_at(x: float, y: float, height: float) -> np.ndarray:
    """The mean face with its middle at x, y and the given height, px."""
    mean = models.mean_face()
    scale = height / np.linalg.norm((mean[152] - mean[10])[:2])
    out = mean * scale
    middle = (out[10] + out[152]) / 2
    return out - middle + [x, y, 0]


def test_face_takes_55_percent_a_little_above_the_middle() -> None:
    frame = framing.choose((3000, 3000), face_at(1500, 1500, 500), 512)
    marks = frame.to_canvas(face_at(1500, 1500, 500))
    assert np.linalg.norm(marks[152, :2] - marks[10, :2]) == pytest.approx(0.55 * 512)
    assert (marks[10, 1] + marks[152, 1]) / 2 == pytest.approx((0.5 - 0.02) * 512)
    assert (frame.width, frame.height) == (912, 512)
    assert max(frame.missing((3000, 3000))) == 0


@settings(max_examples=80, deadline=None)
@given(
    width=st.integers(200, 2000),
    height=st.integers(200, 2000),
    x=st.floats(0.3, 0.7),
    y=st.floats(0.35, 0.65),
    share=st.floats(0.2, 0.9),
    size=st.sampled_from([256, 512, 720, 1024]),
)
def test_canvas_is_even_wide_enough_and_holds_the_face(
    width: int, height: int, x: float, y: float, share: float, size: int
) -> None:
    marks = face_at(x * width, y * height, share * min(width, height))
    frame = framing.choose((width, height), marks, size)
    assert frame.height == size and frame.width % 2 == 0
    assert size <= frame.width <= size * 16 / 9 + 2
    placed = frame.to_canvas(marks)
    face = np.linalg.norm(placed[152, :2] - placed[10, :2]) / size
    assert framing.FACE - 1e-6 <= face <= framing.FACE_MAX + 1e-6
    assert placed[[10, 152], 1].min() > 0 and placed[[10, 152], 1].max() < size
    if frame.width > size:  # widened only by what the picture has
        left, _, right, _ = frame.missing((width, height))
        assert min(left, right) <= framing.BORDER


def test_tight_picture_takes_the_face_larger_before_making_things_up() -> None:
    size = (560, 600)
    marks = face_at(280, 310, 360)
    frame = framing.choose(size, marks, 512)
    placed = frame.to_canvas(marks)
    assert np.linalg.norm(placed[152, :2] - placed[10, :2]) > 0.56 * 512
    assert max(frame.missing(size)) <= framing.BORDER + 1e-9


def test_no_border_is_made_up_above_or_below_where_a_larger_face_needs_none() -> None:
    frame = framing.choose((1000, 1000), face_at(500, 560, 580), 512)
    _, top, _, bottom = frame.missing((1000, 1000))
    assert max(top, bottom) < 0.003


def test_what_sticks_out_at_the_sides_is_left_away() -> None:
    frame = framing.choose((560, 1000), face_at(180, 500, 420), 512)
    assert frame.missing((560, 1000))[0] > 0.01
    inside = framing.inside(frame, (560, 1000))
    assert max(inside.missing((560, 1000))[::2]) < 1e-9
    assert inside.width % 2 == 0 and inside.height == frame.height
    assert frame.width - inside.width < 80


def test_cut_keeps_places_to_a_fraction_of_a_pixel() -> None:
    """A dot in the picture lands where the landmarks' map says, at both scales."""
    for face in (180.0, 420.0, 900.0):  # enlarged, about the same, shrunk
        side = int(face * 2.2)
        picture = np.zeros((side, side, 3), np.uint8)
        marks = face_at(side / 2, side / 2, face)
        dot = marks[4, :2]
        sigma = face / 40
        y, x = np.mgrid[0:side, 0:side] + 0.5
        blob = np.exp(-((x - dot[0]) ** 2 + (y - dot[1]) ** 2) / (2 * sigma**2))
        picture[:] = (blob * 255).astype(np.uint8)[..., None]
        framed = framing.cut(picture, None, marks, framing.choose((side, side), marks, 512))
        for image, scale in ((framed.picture, 1), (framed.picture_hi, 2)):
            weight = image[..., 0].astype(float)
            weight[weight < 8] = 0
            gy, gx = np.mgrid[0 : image.shape[0], 0 : image.shape[1]] + 0.5
            found = np.array([(gx * weight).sum(), (gy * weight).sum()]) / weight.sum() / scale
            np.testing.assert_allclose(found, framed.landmarks[4, :2], atol=0.1)


def test_made_up_border_has_no_hard_edge() -> None:
    y, x = np.mgrid[0:400, 0:400]
    picture = np.stack([x / 2, y / 2, 255 - x / 2], -1).astype(np.uint8)
    marks = face_at(200, 125, 380)  # larger than the picture
    frame = framing.choose((400, 400), marks, 512)
    assert frame.missing((400, 400))[1] > 0.01
    framed = framing.cut(picture, None, marks, frame)
    steps = np.abs(np.diff(framed.picture.astype(int), axis=0)).max()
    assert steps <= 4


@pytest.mark.parametrize("turns", range(4))
def test_upright_turns_the_picture_and_the_landmarks_together(turns: int) -> None:
    picture = np.zeros((120, 160, 3), np.uint8)
    marks = face_at(80, 60, 80)
    x, y = np.floor(marks[4, :2]).astype(int)
    picture[y, x] = 255
    turned = np.ascontiguousarray(np.rot90(picture, turns))
    points = marks.copy()
    for k in range(turns):  # anticlockwise, as rot90
        width = 160 if k % 2 == 0 else 120
        points[:, 0], points[:, 1] = points[:, 1].copy(), width - points[:, 0]
    rgb, alpha, back = framing.upright(turned, None, points)
    assert alpha is None
    np.testing.assert_array_equal(rgb, picture)
    np.testing.assert_allclose(back, marks, atol=1e-9)


def test_even_edges_are_continued() -> None:
    picture = np.full((300, 300, 3), 90, np.uint8)
    cv2.circle(picture, (150, 150), 100, (200, 150, 120), -1)
    alpha = (picture[..., 0] == 200).astype(np.float32)
    marks = face_at(150, 150, 180)
    rgb, cover, moved = framing.opened(picture, alpha, marks)
    reach = int(0.4 * 180)
    assert rgb.shape[0] >= 300 + 2 * reach - 4 and cover is not None
    assert cover[0].max() == 0 and (rgb[0] == 90).all()
    np.testing.assert_allclose(moved - marks, np.tile([reach, reach, 0], (478, 1)), atol=1.01)


def test_calm_textures_keep_what_a_canvas_shows_and_lose_what_shimmers() -> None:
    def contrast(period: int, calm: bool) -> float:
        """Left of stripes of a period in texels, cut so that a px of the picture is a texel."""
        stripes = 128 + 80 * np.cos(2 * np.pi * np.arange(512) / period + 0.5)
        rgb = np.repeat(np.tile(stripes, (512, 1))[..., None], 3, 2).astype(np.uint8)
        frame = framing.Frame(0, 0, 0.5, 256, 256)
        cut = framing.cut(rgb, None, face_at(256, 256, 280), frame, calm=calm)
        return float(cut.picture_hi[20:-20, 20:-20].std())

    assert contrast(8, True) == pytest.approx(contrast(8, False), rel=0.05)
    assert contrast(4, True) == pytest.approx(0.87 * contrast(4, False), rel=0.05)
    assert contrast(2, True) < 0.35 * contrast(2, False)


def test_calm_textures_do_not_ring_beside_a_hard_edge() -> None:
    rgb = np.full((512, 512, 3), 60, np.uint8)
    rgb[:, 256:] = 180
    frame = framing.Frame(0.0, 0.0, 1 / framing.TEXTURE_SCALE, 256, 256)
    cut = framing.cut(rgb, None, face_at(256, 256, 280), frame, calm=True)
    assert cut.picture_hi.shape[:2] == (512, 512)
    assert (cut.picture_hi.min(), cut.picture_hi.max()) == (60, 180)
