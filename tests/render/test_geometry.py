from __future__ import annotations

import numpy as np
import pytest

from tests.helpers.synthetic import tiny_model
from visavis import pose as poses
from visavis.render import frame_view
from visavis.render.geometry import Rig

VIEW = frame_view((128, 128), (8, 8, 120, 124), (256, 256))


@pytest.fixture(scope="module")
def rig():
    return Rig(tiny_model(size=(128, 128), grid=17))


def inner(rig: Rig) -> np.ndarray:
    """Vertices free to move: not at the canvas' edge, not on the lips."""
    x, y = rig.neutral[:, 0], rig.neutral[:, 1]
    free = (x > 3) & (x < 125) & (y > 3) & (y < 125)
    free[rig.contours["lip_upper"]] = free[rig.contours["lip_lower"]] = False
    return np.flatnonzero(free)


def test_the_neutral_pose_is_the_neutral_face(rig):
    geometry = rig.geometry(poses.make(), VIEW)
    free = inner(rig)
    np.testing.assert_allclose(geometry.points[free], rig.neutral[free, :2] * 2, atol=1e-3)
    np.testing.assert_allclose(geometry.gain, 1)
    assert geometry.eyes["left"].blink == 0


def test_a_weight_moves_by_its_basis(rig):
    geometry = rig.geometry(poses.make(jawOpen=0.5), VIEW)
    index = [b.name for b in rig.face.bases].index("jawOpen")
    moves = rig.bases[index].reshape(-1, 3) * rig.scale[index]
    expected = rig.neutral + 0.5 * moves
    free = inner(rig)
    np.testing.assert_allclose(geometry.points[free], expected[free, :2] * 2, atol=1e-3)


def test_a_sided_basis_moves_its_own_side(rig):
    left = rig.geometry(poses.make(mouthSmileLeft=1), VIEW).points
    rest = rig.geometry(poses.make(), VIEW).points
    both = rig.geometry(poses.make(mouthSmile=1), VIEW).points
    right = rig.geometry(poses.make(mouthSmileRight=1), VIEW).points
    free = inner(rig)
    np.testing.assert_allclose((left + right - rest)[free], both[free], atol=2e-2)
    own = free[rig.side[free, 0] > 0.999]
    other = free[rig.side[free, 0] < 0.001]
    np.testing.assert_allclose(left[own], both[own], atol=1e-2)
    np.testing.assert_allclose(left[other], rest[other], atol=1e-2)


def test_the_lower_lip_never_passes_the_upper(rig):
    rng = np.random.default_rng(0)
    for _ in range(20):
        pose = rng.uniform(-1, 1, poses.POSE_SIZE).astype(np.float32)
        geometry = rig.geometry(pose, VIEW)
        assert (geometry.lip_lower[:, 1] >= geometry.lip_upper[:, 1] - 1e-4).all()
        assert geometry.open_mm >= 0


def test_vertices_at_the_canvas_edge_stay_outside(rig):
    geometry = rig.geometry(poses.make(headX=20, headY=-20, headRoll=6, breath=1), VIEW)
    left = np.flatnonzero(rig.neutral[:, 0] < 1)
    bottom = np.flatnonzero(rig.neutral[:, 1] > 127)
    assert (geometry.points[left, 0] <= 1e-4).all()
    assert (geometry.points[bottom, 1] >= 256 - 1e-3).all()


def test_head_motion_stays_within_what_the_picture_bears(rig):
    wild, _ = rig.head_motion(poses.make(headYaw=80))
    angle = np.degrees(np.arccos(np.clip((np.trace(wild) - 1) / 2, -1, 1)))
    assert angle <= rig.face.yaw_limit + 1e-3
    small, _ = rig.head_motion(poses.make(headYaw=1))
    angle = np.degrees(np.arccos(np.clip((np.trace(small) - 1) / 2, -1, 1)))
    assert angle == pytest.approx(1, abs=0.05)


def test_gaze_and_eye_look_add_up(rig):
    a = rig.geometry(poses.make(gazeX=5), VIEW).eyes["left"].gaze
    b = rig.geometry(poses.make(eyeLookOutLeft=0.2), VIEW).eyes["left"].gaze
    np.testing.assert_allclose(a, b, rtol=1e-5)
    assert a[0] > 0


def test_an_eye_left_alone_has_no_geometry():
    rig = Rig(tiny_model(eyes=(False, True)))
    view = frame_view((64, 64), (4, 4, 60, 62), (64, 64))
    eyes = rig.geometry(poses.make(eyeBlink=1), view).eyes
    assert eyes["left"] is None and eyes["right"] is not None


@pytest.mark.parametrize(
    ("name", "axis"), [("headYaw", 0), ("headPitch", 1), ("headX", 0), ("headY", 1)]
)
def test_positive_head_motion_goes_right_and_down(rig, name, axis):
    rotation, shift = rig.head_motion(poses.make({name: 3}))
    nose = np.array([0, 0, -80], np.float32)  # towards the camera
    assert (rotation @ nose + shift)[axis] > 1


def test_positive_roll_is_clockwise_in_the_picture(rig):
    rotation, _ = rig.head_motion(poses.make(headRoll=5))
    crown = np.array([0, -100, 0], np.float32)
    assert (rotation @ crown)[0] > 1
