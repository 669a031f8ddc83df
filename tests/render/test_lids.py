from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.helpers.synthetic import tiny_model
from visavis import pose as poses
from visavis.render import AvatarLayers, frame_view
from visavis.render.eyes import _unrolled, draw_lid
from visavis.render.geometry import Rig
from visavis.render.lids import GAZE_MM_PER_DEGREE, LID_FOLLOW, SLACK_MM, eye_size

VIEW = frame_view((128, 128), (8, 8, 120, 124), (256, 256))


@pytest.fixture(scope="module")
def rig():
    return Rig(tiny_model(size=(128, 128), grid=17, roll=(0.9, 6.0)))


def eye(rig, **named):
    return rig.geometry(poses.make(**named), VIEW).eyes["left"]


def lowered(geometry):
    """How far the margin's middle came down, output px."""
    middle = len(geometry.upper) // 2
    return float((geometry.margin - geometry.upper)[middle] @ geometry.down)


def test_lids_go_along_with_a_vertical_gaze(rig):
    px = rig.face.mm * VIEW.scale
    expected = LID_FOLLOW * 3 * GAZE_MM_PER_DEGREE * px
    assert lowered(eye(rig, gazeY=3)) == pytest.approx(expected, rel=0.02)
    assert lowered(eye(rig, gazeY=-3)) == pytest.approx(-expected, rel=0.02)
    assert lowered(eye(rig, gazeX=8)) == pytest.approx(0, abs=1e-4)
    assert lowered(eye(rig, eyeLookDownLeft=0.12)) == pytest.approx(expected, rel=0.02)


def test_wide_opens_squint_lowers_and_corners_stay(rig):
    assert eye(rig, eyeWide=1).blink < 0 < eye(rig, eyeSquint=1).blink < 1
    for geometry in (eye(rig, eyeWide=1), eye(rig, eyeSquint=1)):
        ends = (geometry.margin - geometry.upper)[[0, -1]]
        np.testing.assert_allclose(ends, 0, atol=1e-3)


@pytest.mark.parametrize("other", [{}, {"gazeY": 8.0}, {"eyeWide": 1.0}, {"eyeSquint": 1.0}])
def test_shut_is_shut_whatever_else_the_lids_do(rig, other):
    geometry = eye(rig, eyeBlink=1, **other)
    assert geometry.blink == pytest.approx(1, abs=1e-3)
    opening = np.linalg.norm(geometry.lower - geometry.upper, axis=1).max()
    assert np.abs(geometry.lower - geometry.margin).max() < 0.03 * opening + 1e-3
    assert eye(rig, eyeBlink=1).blink > eye(rig, eyeBlink=0.5).blink > 0


def test_a_drawn_lid_comes_down_with_the_gaze_and_goes_no_higher():
    rig = Rig(tiny_model(size=(128, 128), grid=17))
    px = rig.face.mm * VIEW.scale
    degree = eye_size(rig.face.eyes.left, rig.face.mm) * LID_FOLLOW * GAZE_MM_PER_DEGREE
    expected = (3 * degree - SLACK_MM) * px
    assert lowered(eye(rig, gazeY=3)) == pytest.approx(expected, rel=0.02)
    assert eye(rig, gazeY=0.95 * SLACK_MM / degree).blink == 0  # a glance costs nothing
    assert eye(rig, eyeSquint=1).blink > 0
    assert eye(rig, gazeY=-8).blink == eye(rig, eyeWide=1).blink == 0
    assert eye(rig, eyeBlink=0.5).blink == pytest.approx(0.5, abs=0.01)


def test_large_drawn_irises_travel_as_much_further():
    shifts = {}
    for roll in ((0.9, 6.0), (0.0, 0.0)):
        rig = Rig(tiny_model(size=(128, 128), grid=17, roll=roll))
        side = rig.face.eyes.left
        for size in (1.0, 2.0):
            iris = (*side.iris[:2], size * 5.9 * rig.face.mm)
            eyes = rig.face.eyes.model_copy(update={"left": side.model_copy(update={"iris": iris})})
            rig.face = rig.face.model_copy(update={"eyes": eyes})
            gaze = eye(rig, gazeX=-30.0).gaze  # far beyond what an eye turns
            shifts[roll[1] > 0, size] = float(np.linalg.norm(gaze)) / rig.face.mm
    assert shifts[True, 1.0] == shifts[True, 2.0] == pytest.approx(2.2, rel=1e-3)
    assert shifts[False, 1.0] == pytest.approx(2.2, rel=1e-3)
    assert shifts[False, 2.0] == pytest.approx(4.4, rel=1e-3)


def test_the_balls_map_keeps_corners_and_ignores_lids(rig):
    rest, moved = eye(rig), eye(rig, headRoll=4, headX=3, eyeSquint=1, eyeBlink=0.4)
    for one, other in zip(rest.upper[[0, -1]], moved.upper[[0, -1]], strict=True):
        np.testing.assert_allclose(
            rest.ball @ [*one, 1], moved.ball @ [*other, 1], atol=0.05 * rig.face.mm
        )
    np.testing.assert_allclose(eye(rig, eyeSquint=1).ball, rest.ball, atol=1e-4)


@pytest.mark.parametrize("way", [-1.5, 0.0, 2.0, 9.0])
def test_skin_rolls_out_without_a_fold_or_a_step(way):
    over = np.linspace(0, 25, 400, dtype=np.float32)[:, None]
    moved = _unrolled(over, np.array([way], np.float32), (0.9, 6.0), 1.0)
    shown = over - way + moved
    assert shown[0, 0] == pytest.approx(0)
    assert (np.diff(shown[:, 0]) > 0).all(), "each pixel shows skin above that of the one below it"
    np.testing.assert_allclose(moved[over < 0.9], way)
    np.testing.assert_allclose(moved[over > 6.0 + way + 0.1], 0, atol=1e-4)


def test_a_blink_begins_with_the_photo_and_ends_with_the_lid():
    layers = AvatarLayers(tiny_model(size=(128, 128), grid=17, roll=(0.9, 6.0)))
    own = layers.eyes["left"]
    y, x = np.mgrid[:256, :256].astype(np.float32)
    photo = np.repeat(128 + 60 * np.sin(x / 9) * np.cos(y / 11), 3).reshape(256, 256, 3)
    lid = np.full((256, 256, 3), (30, 200, 30), np.uint8)
    cover = np.full((256, 256), 255, np.uint8)
    cover[:, :90] = 0  # hair hangs before that
    eye = dataclasses.replace(
        own,
        lid=np.pad(np.dstack([lid, cover]), ((1, 1), (1, 1), (0, 0))),
        photo=np.pad(np.dstack([photo.astype(np.uint8), cover]), ((1, 1), (1, 1), (0, 0))),
        lid_origin=(0.0, 0.0),
        lashes=np.zeros_like(own.lashes),
    )
    uv = np.stack([x, y], -1)
    gain = np.ones((256, 256), np.float32)

    def drawn(**pose):
        picture = photo.copy()
        geometry = layers.rig.geometry(poses.make(**pose), VIEW).eyes["left"]
        draw_lid(eye, geometry, uv, gain, layers.face.mm * VIEW.scale, (0, 0, 256, 256), picture)
        return picture

    shut = drawn(eyeBlink=1)
    seen = (shut[..., 1] - shut[..., 0]) > 100
    assert seen.sum() > 100 and not seen[:, :89].any()
    np.testing.assert_array_equal(drawn(), photo)
    begun = drawn(eyeBlink=0.02)
    assert np.abs(begun - photo).max() < 15
    assert (begun[..., 1] - begun[..., 0]).max() < 1, "nothing of the lid's own skin yet"


def test_a_head_shrunk_to_nothing_still_has_eyes(rig):
    geometry = eye(rig, headScale=-1, eyeBlink=0.5)
    assert np.isfinite(geometry.margin).all()
    assert np.isfinite(geometry.ball).all()
