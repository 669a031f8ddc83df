from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.helpers import face, painted
from visavis.build.glasses import find_glasses
from visavis.build.mesh import FACE, MOUTH, OUTSIDE, inside
from visavis.build.neutral import own_smile, seam_bias, teeth_below_seam
from visavis.build.rig import fit_rig
from visavis.build.subject import Subject

SHAPES = {
    "vertices": (np.float32, ("N", 3)), "uv": (np.float32, ("N", 2)),
    "triangles": (np.uint16, ("T", 3)), "bases": (np.int16, ("K", "N", 3)),
    "bases_scale": (np.float32, ("K",)), "side": (np.uint8, ("N",)), "head": (np.uint8, ("N",)),
    "breath": (np.uint8, ("N",)), "frame": (np.float32, (3, 3)), "pivot": (np.float32, (3,)),
    "lip_upper": (np.uint16, (21,)), "lip_lower": (np.uint16, (21,)),
    "lip_outer": (np.uint16, (40,)), "eye_left_upper": (np.uint16, (17,)),
    "eye_left_lower": (np.uint16, (17,)), "eye_right_upper": (np.uint16, (17,)),
    "eye_right_lower": (np.uint16, (17,)), "oval": (np.uint16, (36,)),
}  # fmt: skip


class Teeth:
    def __init__(self, tooth_h):
        self.tooth_h = tooth_h


@pytest.fixture(scope="module")
def fitted():
    who = face.subject(gap=10, smile=1.2)
    return who, fit_rig(who, Teeth(8.0), face.topology())


def test_the_tensors_are_those_of_the_format(fitted):
    _, rig = fitted
    known = {"N": len(rig.source), "T": len(rig.triangles), "K": len(rig.bases)}
    assert set(rig.tensors) == set(SHAPES)
    for name, (dtype, shape) in SHAPES.items():
        tensor = rig.tensors[name]
        assert tensor.dtype == dtype, name
        assert tensor.shape == tuple(known.get(n, n) for n in shape), name
    assert known["N"] <= 20000
    assert known["T"] <= 40000
    assert known["K"] <= 64


def test_stored_bases_are_the_bases(fitted):
    _, rig = fitted
    stored = rig.tensors["bases"] * rig.tensors["bases_scale"][:, None, None]
    np.testing.assert_allclose(stored, rig.moves, atol=float(rig.tensors["bases_scale"].max()))
    assert rig.tensors["bases_scale"].max() < 0.02


def test_what_spans_the_mouth_goes_with_the_lips(fitted):
    _, rig = fitted
    inner = np.setdiff1d(rig.triangles[rig.kind == MOUTH], rig.triangles[rig.kind == FACE])
    assert len(inner)
    outline = rig.neutral[rig.lip_outer, :2]
    assert inside(rig.neutral[inner, :2], outline).all(), "shut lips hide it"
    for (name, _), moved in zip(rig.bases, rig.moves, strict=True):
        if name in ("mouthClose", "mouthPress"):  # they close more than is open here
            continue
        shown = rig.neutral + moved
        assert inside(shown[inner, :2], shown[rig.lip_outer, :2]).all(), name


def test_the_texture_is_the_picture(fitted):
    who, rig = fitted
    np.testing.assert_allclose(rig.tensors["uv"][33], who.landmarks[33, :2], atol=0.005)
    np.testing.assert_allclose(rig.source[:468, :2], who.landmarks[:468, :2], rtol=1e-6)


def test_a_smile_is_taken_out(fitted):
    _, rig = fitted
    seam = rig.neutral[rig.lip_upper] @ rig.frame[:, 1] / rig.mm
    lift = seam[10] - (seam[0] + seam[-1]) / 2
    assert 0.7 < rig.smile <= 2
    assert lift < 2.5, "of 5 mm"
    assert rig.stomion == pytest.approx(rig.neutral[rig.lip_upper[10]])


def test_a_shut_mouth_stays_as_it_is():
    who = face.subject(gap=0.3)
    rig = fit_rig(who, None, face.topology())
    assert rig.gap == pytest.approx(0.3, abs=0.1)
    assert rig.smile == 0
    assert np.abs(rig.neutral - rig.source).max() < 0.6 * rig.mm
    np.testing.assert_allclose(rig.source[rig.lip_upper], rig.source[rig.lip_lower])


def test_teeth_stay_with_the_skull(fitted):
    who, rig = fitted
    edge_in_picture = who.landmarks[13, :2] + who.frame[:2, 1] * 8.0 * who.mm
    edge = rig.stomion[:2] + who.frame[:2, 1] * rig.upper_edge * who.mm
    assert edge == pytest.approx(edge_in_picture, abs=1.0 * who.mm)


def test_the_seam_follows_the_teeth_within_bounds():
    assert seam_bias(10, 7.4) == pytest.approx(0.5)
    assert seam_bias(10, 1.0) == 0.30
    assert seam_bias(10, 12.0) == 0.65
    assert seam_bias(0, None) == 0.30
    assert seam_bias(20, None) == 0.48
    assert teeth_below_seam(10, None) == 2.0
    assert teeth_below_seam(10, None, -0.2) == pytest.approx(2.8)
    assert teeth_below_seam(10, None, 0.9) == 1.0
    assert teeth_below_seam(10, 7.4) == pytest.approx(2.4)


def test_own_smile_of_each_corner():
    none = own_smile(-1, -1, 25)
    assert none.smile == 0
    assert none.smile_weights == (0, 0)
    assert none.stretch_weight == 0
    one_sided = own_smile(2, 8, 30)
    assert one_sided.smile_weights[1] < one_sided.smile_weights[0] < 0
    assert own_smile(30, 30, 40).smile == 2
    side = np.array([0.0, 0.5, 1.0])
    assert (np.diff(one_sided.smile_on(side)) < 0).all()


def test_a_drawing_keeps_its_smile():
    who = face.subject(gap=0, smile=1.5, scale=1)
    drawn = Subject(who.picture, who.picture_hi, who.landmarks, who.matte, "drawn")
    assert fit_rig(drawn, None, face.topology()).smile == 0
    assert fit_rig(who, None, face.topology()).smile > 0.2


def test_shut_lips_keep_most_of_their_smile_and_parted_ones_do_not():
    """It is the face at rest; only a grin has to be shut."""
    kept = []
    for gap in (0, 6):
        who = face.subject(gap=gap, smile=1.5, scale=1)
        rig = fit_rig(who, None, face.topology())
        middle = (rig.neutral[13] + rig.neutral[14]) / 2
        lift = (middle - (rig.neutral[61] + rig.neutral[291]) / 2) @ rig.frame[:, 1] / rig.mm
        kept.append(float(lift))
    assert kept[0] > 3.2 > 2.6 > kept[1]


def test_side_runs_from_right_to_left(fitted):
    _, rig = fitted
    side = rig.tensors["side"].astype(int)
    assert side[[263, 291, 454, 50 + 230]].tolist() == [255] * 4
    assert side[[33, 61, 234, 50]].tolist() == [0] * 4
    assert side[[13, 14, 152, 168]] == pytest.approx(127.5, abs=4)


def test_weights_of_head_and_breath(fitted):
    who, rig = fitted
    head, breath = rig.tensors["head"].astype(int), rig.tensors["breath"].astype(int)
    assert (head[rig.in_face] == 255).all()
    assert (head[rig.source[:, 1] > 511] == 0).all()
    shoulders = (rig.source[:, 1] > who.landmarks[152, 1] + 75 * who.mm) & (rig.source[:, 1] < 415)
    assert (head[shoulders] < 90).all()
    assert (breath[shoulders] > 200).all()
    assert (breath[:468] == round(0.175 * 255)).all()


def test_depth_is_smooth_across_the_oval(fitted):
    _, rig = fitted
    skin = np.isin(rig.kind, [OUTSIDE, FACE])
    edges = rig.triangles[skin][:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    near = np.abs(rig.source[edges[:, 0], :2] - rig.source[edges[:, 1], :2]).max(1) < 8 * rig.mm
    step = np.abs(np.diff(rig.source[edges[near], 2], axis=1))
    assert step.max() < 14 * rig.mm


def test_a_turned_face_bears_less_yaw():
    front = fit_rig(face.subject(scale=1), None, face.topology()).limits
    turned = fit_rig(face.subject(scale=1, yaw=25), None, face.topology()).limits
    assert 6 < front[0] <= 10
    assert 3 <= turned[0] < front[0]


def test_the_far_side_of_a_turned_head_is_not_drawn():
    who = face.subject(scale=1, yaw=45)
    rig = fit_rig(who, None, face.topology())
    assert (rig.kind == FACE).sum() < 4 * len(face.topology())
    for points in (rig.source, rig.neutral):
        covered = np.zeros((512, 512), np.uint8)
        for corners in np.round(points[rig.triangles, :2] * 16 - 8).astype(np.int32):
            cv2.fillConvexPoly(covered, corners, 1, shift=4)
        assert covered.all()


def test_a_smiles_corners_are_drawn_though_they_turn_their_back():
    who = face.subject(scale=1, gap=10, smile=2.0)
    rig = fit_rig(who, None, face.topology())
    assert (rig.kind == FACE).sum() == 4 * len(face.topology())


def test_the_same_picture_makes_the_same_rig(fitted):
    who, rig = fitted
    again = fit_rig(who, Teeth(8.0), face.topology())
    for name, tensor in rig.tensors.items():
        np.testing.assert_array_equal(tensor, again.tensors[name])


def test_portraits(shared_data):
    """Real faces, when the networks are on this machine."""
    from visavis.build import models, prepare

    if models.missing():
        pytest.skip("networks not fetched")
    for number in ("088", "057"):
        (path,) = (shared_data / "portraits").glob(f"*{number}*.jpg")
        ready = prepare.prepare(path)
        rig = fit_rig(ready.subject, None, models.triangles())
        upper, lower = rig.neutral[rig.lip_upper], rig.neutral[rig.lip_lower]
        np.testing.assert_array_equal(upper, lower)
        assert (np.diff(upper @ rig.frame[:, 0]) > 0).all()
        half = (upper[-1] - upper[0]) @ rig.frame[:, 0] / 2 / rig.mm
        assert 18 < half < 29


def test_a_narrowed_mouth_has_no_hooks_at_its_ends():
    for smile in (0.0, 1.2):
        who = replace(face.subject(gap=0.0, smile=smile), kind="drawn")
        rig = fit_rig(who, None, face.topology())
        pucker = [name for name, _ in rig.bases].index("mouthPucker")
        axes = who.frame[:, :2] / who.mm
        rest = rig.neutral @ axes
        round_ = (rig.neutral + rig.moves[pucker]) @ axes
        for outer, inner in ((61, 78), (291, 308)):
            before, after = (lips[inner, 1] - lips[outer, 1] for lips in (rest, round_))
            assert after < max(0.5 * before, 0.6)


def test_a_rigid_outline_stays_while_the_lips_move():
    who = face.subject(gap=0)
    soft, rigid = (fit_rig(replace(who, rigid=r), None, face.topology()) for r in (False, True))
    jaw = [name for name, _ in rigid.bases].index("jawOpen")
    lip, chin = rigid.lip_lower[len(rigid.lip_lower) // 2], 152
    assert np.abs(soft.moves[jaw, chin]).max() > 5 * who.mm
    assert np.abs(rigid.moves[:, chin]).max() < 0.05 * who.mm
    assert np.abs(rigid.moves[:, ~rigid.in_face]).max() < 0.05 * who.mm
    np.testing.assert_allclose(rigid.moves[jaw, lip], soft.moves[jaw, lip], atol=0.05 * who.mm)


def test_mouth_and_brows_do_not_bend_glasses():
    who, bare = painted.subject(glasses=True), painted.subject()
    glasses = find_glasses(who)
    stiff, free = (fit_rig(subject, None, face.topology()) for subject in (who, bare))
    window = glasses.window
    x, y = np.round(window.local(stiff.source)).astype(int).T
    seen = (x >= 0) & (y >= 0) & (x < window.shape[1]) & (y < window.shape[0])
    seen[seen] = glasses.rim[y[seen], x[seen]]
    assert seen.sum() > 10
    for name in ("jawOpen", "mouthSmile", "cheekSquint", "browOuterUp", "browDown"):
        moves = [rig.moves[[n for n, _ in rig.bases].index(name)] for rig in (stiff, free)]
        held, loose = (np.linalg.norm(moved[seen], axis=1).max() for moved in moves)
        assert held < 0.05 * stiff.mm, name
        assert loose > 0.15 * stiff.mm, name
        np.testing.assert_allclose(moves[0][stiff.lip_outer], moves[1][stiff.lip_outer], atol=0.3)
