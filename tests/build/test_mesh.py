from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers import face
from visavis.build.indices import EYE_LEFT, EYE_RIGHT, LIP_RINGS, OVAL
from visavis.build.mesh import EYE, FACE, MOUTH, OUTSIDE, build_mesh, depth_in, inside, oriented
from visavis.build.solve import Membrane

SIZES = [(512, 512), (910, 512), (512, 640)]


def mesh_of(size=(512, 512), **how):
    who = face.subject(size, scale=1, **how)
    return who, build_mesh(who.landmarks, who.size, who.mm, face.topology())


def area(points, triangles):
    a, b, c = (points[triangles[:, i], :2] for i in range(3))
    one, two = b - a, c - a
    return one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]


def test_the_helper_is_a_face():
    triangles = face.topology()
    pairs = {
        tuple(sorted(e)) for t in triangles.tolist() for e in zip(t, t[1:] + t[:1], strict=True)
    }
    for ring in (LIP_RINGS[3], EYE_RIGHT, EYE_LEFT, OVAL):
        for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
            assert (min(a, b), max(a, b)) in pairs
    assert 700 < len(triangles) < 950


@pytest.mark.parametrize("size", SIZES)
def test_it_covers_the_canvas(size):
    _, mesh = mesh_of(size, gap=6)
    canvas = np.zeros((size[1], size[0]), np.uint8)
    for corners in np.round(mesh.source[mesh.triangles, :2] * 16 - 8).astype(np.int32):
        cv2.fillConvexPoly(canvas, corners, 255, cv2.LINE_8, 4)
    assert (canvas == 255).all()
    assert (mesh.source[:, :2] >= 0).all()
    assert (mesh.source[:, :2] <= np.array(size)).all()


@pytest.mark.parametrize("size", SIZES)
def test_it_fits_the_format(size):
    _, mesh = mesh_of(size)
    assert len(mesh.source) < 20000
    assert len(mesh.triangles) < 40000
    assert mesh.triangles.min() >= 0
    assert mesh.triangles.max() < len(mesh.source)


def test_triangles_come_in_painters_order():
    _, mesh = mesh_of()
    order = [OUTSIDE, MOUTH, EYE, FACE]
    ranks = np.array([order.index(k) for k in mesh.kind])
    assert (np.diff(ranks) >= 0).all()
    assert set(mesh.kind.tolist()) == set(order)


def test_what_spans_a_hole_lies_between_its_borders():
    _, mesh = mesh_of(gap=8)
    middle, one, other = mesh.bridges.T
    np.testing.assert_allclose(
        mesh.source[middle, :2], (mesh.source[one, :2] + mesh.source[other, :2]) / 2
    )
    skin = set(np.unique(mesh.triangles[(mesh.kind == FACE) | (mesh.kind == OUTSIDE)]).tolist())
    assert not skin & set(middle.tolist()) and {*one.tolist(), *other.tolist()} <= skin
    holes = np.unique(mesh.triangles[(mesh.kind == MOUTH) | (mesh.kind == EYE)])
    assert set(holes.tolist()) <= skin | set(middle.tolist())


def test_contours_run_from_image_left_to_image_right():
    _, mesh = mesh_of(gap=8)
    contours = [mesh.lip_upper, mesh.lip_lower, *mesh.eyes["right"], *mesh.eyes["left"]]
    for ids in contours:
        assert (np.diff(mesh.source[ids, 0]) > 0).all()
    assert len(mesh.lip_upper) == len(mesh.lip_lower) == 21
    assert (mesh.lip_upper[0], mesh.lip_upper[-1]) == (mesh.lip_lower[0], mesh.lip_lower[-1])
    assert (mesh.source[mesh.lip_lower[1:-1], 1] > mesh.source[mesh.lip_upper[1:-1], 1]).all()
    assert len(mesh.lip_outer) == 40
    for upper, lower in mesh.eyes.values():
        assert len(upper) == len(lower) == 17
        assert (mesh.source[lower[1:-1], 1] > mesh.source[upper[1:-1], 1]).all()
    assert (
        mesh.source[mesh.eyes["left"][0], 0].mean() > mesh.source[mesh.eyes["right"][0], 0].mean()
    )


def test_new_vertices_of_the_lips_lie_on_a_curve():
    _, mesh = mesh_of(gap=10)
    x, y = mesh.source[mesh.lip_lower[2:-2], :2].T
    straight = np.interp(x[1::2], x[::2], y[::2])
    assert (y[1::2] > straight).all()  # the lower lip bulges down, chords would cut it short


def test_triangles_of_the_face_are_wound_one_way():
    _, mesh = mesh_of(gap=8)
    assert (area(mesh.source, mesh.triangles[mesh.kind == FACE]) > 0).all()


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_orienting_undoes_any_flips(seed):
    triangles = face.topology().copy()
    flip = np.random.default_rng(seed).random(len(triangles)) < 0.5
    triangles[flip] = triangles[flip, ::-1]
    points = face.face_mm(gap=8)
    result = oriented(triangles, points)
    assert (area(points, result) > 0).all()
    assert (np.sort(result, 1) == np.sort(triangles, 1)).all()


@given(st.floats(-20, 20), st.floats(-15, 15), st.floats(0, 15), st.floats(0, 1.5))
@settings(max_examples=15, deadline=None)
def test_any_face_makes_a_mesh(yaw, roll, gap, smile):
    _, mesh = mesh_of(yaw=yaw, roll=roll, gap=gap, smile=smile)
    assert np.isfinite(mesh.source).all()
    assert mesh.triangles.max() < len(mesh.source)


def test_inside_and_depth():
    square = np.array([[0, 0], [10, 0], [10, 10], [0, 10]], float)
    points = np.array([[5, 5], [1, 5], [-2, 5], [12, 14]], float)
    assert inside(points, square).tolist() == [True, True, False, False]
    np.testing.assert_allclose(depth_in(points, square), [5, 1, -2, -np.hypot(2, 4)])


def test_a_membrane_keeps_what_is_known_and_ignores_what_is_cut():
    _, mesh = mesh_of(gap=8)
    skin = (mesh.kind == FACE) | (mesh.kind == OUTSIDE)
    membrane = Membrane(mesh.source, mesh.triangles[skin], 1.6)
    still = {int(i): [0.0] for i in mesh.border}
    still |= {int(i): [0.0] for i in mesh.lip_upper}
    first = still | {int(i): [1.0] for i in mesh.lip_lower[1:-1]}
    second = still | {152: [2.0], 1: [0.5]}
    both = membrane.spread([first, second], 0.25)
    for one, known in zip(both, (first, second), strict=True):
        for vertex, value in known.items():
            assert one[vertex] == pytest.approx(value, abs=1e-9)
        alone = membrane.spread([known], 0.25)[0]
        np.testing.assert_allclose(one, alone, atol=1e-6)
    assert both[0, 17, 0] > 0.6  # below the lower lip goes along
    assert abs(both[0, 0, 0]) < 0.2  # above the upper lip hardly


def test_a_membrane_with_everything_known_has_nothing_to_solve():
    triangles = np.array([[0, 1, 2]], np.int32)
    membrane = Membrane(np.array([[0, 0], [1, 0], [0, 1]], float), triangles, 1.0)
    result = membrane.spread([{0: [1.0], 1: [2.0], 2: [3.0]}], 0.3)
    assert result[0, :, 0].tolist() == [1.0, 2.0, 3.0]
