from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.helpers import painted
from visavis.build.eyeball import eyeball
from visavis.build.eyes import eye_layers
from visavis.build.glasses import find_glasses
from visavis.build.lashes import ABOVE, BELOW, SIZE
from visavis.build.light import luminance
from visavis.build.outlines import eye_outline
from visavis.build.window import Window

NAMES = ("lid_{}", "lashes_{}", "eye_{}_white", "eye_{}_iris", "eye_{}_glint")


def made(**how):
    who, rig = painted.fitted(**how)
    images, parts = eye_layers(who, rig)
    return who, rig, images, parts


def opacity(lid, part):
    """0..255; a lid that rolls has skin behind what covers it as well."""
    alpha = lid[..., 3].astype(float)
    return np.maximum(2 * alpha - 255, 0) if part["roll"][1] else alpha


def opening(who, rig, side, box):
    eye = eye_outline(who, rig, side)
    return Window(box, who.texture_scale, who.mm * who.texture_scale).polygon(eye.opening)


@pytest.mark.parametrize("kind", ["photo", "drawn"])
def test_both_eyes_have_all_layers_over_their_boxes(kind):
    who, _, images, parts = made(kind=kind)
    for side in ("left", "right"):
        part = parts[side]
        assert part is not None
        shapes = {}
        for box, name, depth in (
            ("lid", f"lid_{side}", 4),
            ("patch", f"eye_{side}_white", 3),
            ("patch", f"eye_{side}_iris", 4),
            ("patch", f"eye_{side}_glint", 3),
        ):
            x0, y0, x1, y1 = part[box]
            assert all(isinstance(v, int) for v in part[box])
            assert 0 <= x0 < x1 <= who.size[0] and 0 <= y0 < y1 <= who.size[1]
            shapes[name] = (2 * (y1 - y0), 2 * (x1 - x0), depth)
        assert {name: images[name].shape for name in shapes} == shapes
        assert images[f"lashes_{side}"].shape == SIZE[::-1]
        assert np.hypot(*part["down"]) == pytest.approx(1, abs=1e-3)
        assert part["down"][1] > 0.9
    assert set(images) == {n.format(s) for s in ("left", "right") for n in NAMES}
    assert all(image.dtype == np.uint8 for image in images.values())


def test_left_is_the_characters_own():
    who, _, _, parts = made()
    assert parts["left"]["iris"][0] > who.size[0] / 2 > parts["right"]["iris"][0]


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_closed_lid_is_skin(side):
    who, rig, images, parts = made()
    lid = images[f"lid_{side}"].astype(float)
    hole = opening(who, rig, side, tuple(parts[side]["lid"])) > 0.9
    assert lid[hole][:, 3].min() > 250
    colour = np.median(lid[hole][:, :3], axis=0)
    np.testing.assert_allclose(colour, painted.SKIN, atol=22)
    assert luminance(lid[hole][:, :3]).std() < 0.06
    assert (lid[..., :3].max(2) <= lid[..., 3] + 1).all()
    seen = opacity(lid, parts[side])
    assert max(seen[0].max(), seen[:, 0].max(), seen[:, -1].max()) < 60


@pytest.mark.parametrize("side", ["left", "right"])
def test_gaze_straight_ahead_gives_the_picture_back(side):
    who, rig = painted.fitted()
    ball = eyeball(who, eye_outline(who, rig, side))
    drawn = ball.white * (1 - ball.iris[..., 3:] / 255.0) + ball.iris[..., :3] + ball.glint
    window = Window(ball.box, 2.0, who.mm * 2)
    photo = window.cut(who.picture_hi)
    hole = window.shrink(opening(who, rig, side, ball.box) > 0.99, 0.6)
    error = np.abs(np.clip(drawn, 0, 255) - photo)[hole]
    assert error.mean() < 6 and np.percentile(error, 90) < 14


def test_the_eye_without_iris_is_white_and_the_iris_whole():
    who, rig = painted.fitted()
    eye = eye_outline(who, rig, "left")
    ball = eyeball(who, eye)
    white, iris = ball.white, ball.iris
    assert ball.radius == pytest.approx(eye.radius, rel=0.08)
    window = Window(ball.box, 2.0, who.mm * 2)
    hole = window.shrink(window.polygon(eye.opening) > 0.9, 1.0)
    assert np.percentile(luminance(white[hole].astype(float)), 3) > 0.3
    x, y = window.grid()
    away = np.hypot(x - eye.iris[0], y - eye.iris[1]) / ball.radius
    assert (iris[..., 3][away < 0.95] > 250).all()
    assert (iris[..., 3][away > 1.2] == 0).all()
    ring = (away > 0.6) & (away < 0.9)
    np.testing.assert_allclose(np.median(iris[ring][:, :3], axis=0), painted.IRIS, atol=25)
    # Room for the iris to move 2 mm without leaving the patch.
    rows, columns = np.nonzero(iris[..., 3])
    room = 2 * who.mm * 2
    assert min(rows.min(), columns.min()) >= room
    assert rows.max() < iris.shape[0] - room and columns.max() < iris.shape[1] - room


def test_lashes_hang_below_the_margin_and_are_mirrored():
    _, _, images, _ = made()
    right, left = images["lashes_right"].astype(float), images["lashes_left"].astype(float)
    np.testing.assert_allclose(right, left[:, ::-1], atol=30)
    rows = (np.arange(SIZE[1]) + 0.5) / SIZE[1] * (ABOVE + BELOW) - ABOVE
    mean = right.mean(1)
    assert abs(rows[mean.argmax()]) < 0.4
    assert mean[rows > 0.8].sum() > 2 * mean[rows < -0.5].sum()
    columns = right[rows > 0.6].sum(0)
    assert columns[:80].sum() > columns[80:].sum(), "longest at the outer corner"


def test_without_a_dark_margin_there_is_only_a_faint_line():
    dark, plain = made()[2], made(lashes=False)[2]
    assert plain["lashes_left"].mean() < 0.7 * dark["lashes_left"].mean()


def drawn_with_lashes(long=True):
    who, rig = painted.fitted(kind="drawn", noise=0.0)
    high = who.picture_hi.copy()
    for side in ("left", "right"):
        eye = eye_outline(who, rig, side)
        upper = eye.upper if eye.outer_is_left else eye.upper[::-1]
        points = np.round(upper * 2 - 0.5).astype(np.int32)
        cv2.polylines(high, [points], False, (30, 18, 14), round(3 * who.mm), cv2.LINE_AA)
        for k, t in enumerate(np.linspace(0, 7, 22 if long else 0)):
            start = np.array([np.interp(t, np.arange(17), upper[:, i]) for i in (0, 1)])
            outwards = -1 if eye.outer_is_left else 1
            end = start + np.array([outwards * (1.6 - 0.07 * k), -1]) * (4 - 0.1 * k) * who.mm
            ends = [tuple(int(v) for v in np.round(p * 2)) for p in (start, end)]
            cv2.line(high, *ends, (30, 18, 14), 2, cv2.LINE_AA)
    low = cv2.resize(high, who.size, interpolation=cv2.INTER_AREA)
    from dataclasses import replace

    return replace(who, picture=low, picture_hi=high), rig


def test_a_drawing_has_a_bold_line_and_lashes_if_the_open_eye_has():
    (images, _), (bare, _) = (eye_layers(*drawn_with_lashes(long)) for long in (True, False))
    rows = (np.arange(SIZE[1]) + 0.5) / SIZE[1] * (ABOVE + BELOW) - ABOVE
    for side, outer in (("right", slice(8, 80)), ("left", slice(80, -8))):
        strip, plain = images[f"lashes_{side}"].astype(float), bare[f"lashes_{side}"].astype(float)
        thick = (strip[:, 20:-20] > 150).sum(0) * (ABOVE + BELOW) / SIZE[1]
        assert thick.min() > 0.6, "mm"
        assert strip[rows > 1.2, outer].mean() > plain[rows > 1.2, outer].mean() + 10
        assert plain[rows > 1.5].max() < 5


def test_drawn_lashes_beyond_the_corner_are_erased():
    who, rig = drawn_with_lashes()
    images, parts = eye_layers(who, rig)
    for side in ("left", "right"):
        window = Window(tuple(parts[side]["lid"]), 2.0, who.mm * 2)
        lid = images[f"lid_{side}"].astype(float)
        pixels = window.cut(who.picture_hi)
        seen = lid[..., :3] + pixels * (1 - lid[..., 3:] / 255)
        eye = eye_outline(who, rig, side)
        above = window.polygon(np.concatenate([eye.upper, eye.upper[::-1] - 12 * eye.down])) > 0
        dark = luminance(pixels) < 0.15
        left_over = (luminance(seen) < 0.2) & ~window.grow(window.polygon(eye.brow) > 0.1, 2)
        assert dark[above].any() and left_over.sum() < 0.02 * dark.sum()


def test_dark_glasses_leave_the_eyes_alone():
    _, _, images, parts = made(dark_glasses=True)
    assert parts == {"left": None, "right": None} and not images


def test_a_frame_is_found_and_stays_in_front_of_the_lid():
    who, _rig, images, parts = made(glasses=True)
    glasses = find_glasses(who)
    assert glasses.present and not glasses.opaque
    window = Window(tuple(parts["left"]["lid"]), 2.0, who.mm * 2)
    rim = window.shrink(glasses.rim_in(window), 0.6)
    pixels = window.cut(who.picture_hi)
    assert luminance(pixels[rim]).max() < 0.1 if rim.any() else True
    assert opacity(images["lid_left"], parts["left"])[rim].max(initial=0) < 60
    assert not find_glasses(painted.subject()).present


@pytest.mark.parametrize("inside", [4.0, 9.0])
def test_hair_over_the_outer_corner_stays_in_front(inside):
    who, _rig, images, parts = made(hair=inside)
    assert parts["right"] is not None and parts["left"] is not None
    window = Window(tuple(parts["left"]["lid"]), 2.0, who.mm * 2)
    x, _ = window.grid()
    hair = x > who.landmarks[263, 0] - (inside - 1.0) * who.mm
    assert opacity(images["lid_left"], parts["left"])[hair].max(initial=0) < 60
    assert images["lashes_left"][:, -8:].max() < 100 < images["lashes_left"][:, 40].max()


def test_an_eye_behind_hair_is_left_alone():
    _, _, _, parts = made(hair=34.0)
    assert parts["left"] is None and parts["right"] is not None


def test_no_eye_winks_for_one_whose_lids_are_lost_in_the_shade():
    from dataclasses import replace

    who, rig = painted.fitted()
    outline = np.round(eye_outline(who, rig, "left").opening * 2).astype(np.int32)
    shade = np.zeros(who.picture_hi.shape[:2], np.uint8)
    cv2.circle(shade, [int(v) for v in outline.mean(0)], round(2 * 22 * who.mm), 1, -1)
    for seen in (True, False):  # a white in the dark, or nothing there
        dark = shade.copy()
        if seen:
            cv2.fillPoly(dark, [outline], 0)
        high = np.where(dark[..., None] > 0, who.picture_hi // 16, who.picture_hi)
        _, parts = eye_layers(replace(who, picture_hi=high), rig)
        assert parts["left"] is None
        assert (parts["right"] is None) == seen


def test_a_dot_for_an_eye_keeps_still_but_may_blink():
    who, rig = painted.fitted(kind="drawn", noise=0.0)
    eye = eye_outline(who, rig, "left")
    high = who.picture_hi.copy()
    outline = np.round(eye.opening * 2 - 0.5).astype(np.int32)
    cv2.fillPoly(high, [outline], (20, 20, 20))
    from dataclasses import replace

    dot = replace(who, picture_hi=high)
    wide = replace(eye, radius=eye.radius * 3)
    ball = eyeball(dot, wide)
    assert not ball.iris.any() and not ball.glint.any()
    window = Window(ball.box, 2.0, who.mm * 2)
    np.testing.assert_array_equal(ball.white, high[window.texels])


def test_texture_scales_that_are_no_whole_number():
    who, rig = painted.fitted(scale=3)
    from dataclasses import replace

    size = (who.size[0] * 3 // 2, who.size[1] * 3 // 2)
    high = cv2.resize(who.picture_hi, size, interpolation=cv2.INTER_AREA)
    images, parts = eye_layers(replace(who, picture_hi=high), rig)
    x0, y0, x1, y1 = parts["left"]["lid"]
    assert images["lid_left"].shape[:2] == (1.5 * (y1 - y0), 1.5 * (x1 - x0))


def test_the_rolled_skin_has_no_lashes_and_starts_above_the_margin():
    who, rig = painted.fitted(noise=0.0)
    high = who.picture_hi.copy()
    eye = eye_outline(who, rig, "left")
    for t in np.linspace(3, 13, 9):
        start = np.array([np.interp(t, np.arange(17), eye.upper[:, i]) for i in (0, 1)])
        ends = [
            tuple(int(v) for v in np.round(p * 2)) for p in (start, start - 4 * who.mm * eye.down)
        ]
        cv2.line(high, *ends, (30, 18, 14), 2, cv2.LINE_AA)
    from dataclasses import replace

    images, parts = eye_layers(replace(who, picture_hi=high), rig)
    fixed, top = parts["left"]["roll"]
    assert 0 < fixed < 0.5 * top
    window = Window(tuple(parts["left"]["lid"]), 2.0, who.mm * 2)
    strip = window.polygon(np.concatenate([eye.upper, eye.upper[::-1] - 3 * who.mm * eye.down]))
    zone = (
        (strip > 0.9) & (window.grid()[0] > eye.upper[3, 0]) & (window.grid()[0] < eye.upper[13, 0])
    )
    before = luminance(window.cut(high)[zone])
    lid = images["lid_left"].astype(float)
    after = luminance((lid[..., :3] * 255 / np.maximum(lid[..., 3:], 1))[zone])
    assert before.min() < 0.1 and np.percentile(after, 2) > 0.6 * np.median(after)
