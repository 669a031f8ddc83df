from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers import face
from visavis import pose as poses
from visavis.build.bases import NAMES, SIDED
from visavis.build.indices import BROW_LEFT, BROW_RIGHT, EYE_LEFT, EYE_RIGHT, LIP_RINGS
from visavis.build.rig import fit_rig


class Teeth:
    def __init__(self, tooth_h):
        self.tooth_h = tooth_h


def rig_of(teeth=None, **how):
    who = face.subject(scale=1, **how)
    return who, fit_rig(who, teeth, face.topology())


@pytest.fixture(scope="module")
def shut():
    return rig_of()[1]


@pytest.fixture(scope="module")
def grin():
    return rig_of(Teeth(9.0), gap=12, smile=1.4)[1]


def move(rig, **weights):
    points = rig.neutral.copy()
    for name, weight in weights.items():
        points = points + weight * rig.moves[NAMES.index(name)]
    return points


def mm(rig, points, vertex):
    """A vertex' displacement from neutral on the face's axes, mm."""
    return (points[vertex] - rig.neutral[vertex]) @ rig.frame / rig.mm


def slit(rig, points):
    """Distance of each pair of the inner contours, px."""
    return np.linalg.norm(points[rig.lip_upper] - points[rig.lip_lower], axis=1)


def test_every_basis_is_an_entry_of_the_pose():
    for name in NAMES:
        assert len(poses.expand(name)) == (2 if name in SIDED else 1)


def test_jaw_open_lowers_the_teeth_by_20_mm(shut):
    way = shut.jaw @ shut.frame / shut.mm  # along an arc about the joints: down and back
    assert np.linalg.norm(way) == pytest.approx(20, abs=0.5)
    assert way[1] > 15
    assert way[2] > 0
    opened = move(shut, jawOpen=1)
    assert mm(shut, opened, 14)[1] == pytest.approx(way[1], abs=0.6)
    assert abs(mm(shut, opened, 13)[1]) < 1.0
    assert mm(shut, opened, 152)[1] > 9
    assert np.abs(mm(shut, opened, [33, 263, 10, 1, 234, 454])).max() < 1e-6


@pytest.mark.parametrize("name", ["shut", "grin"])
@given(weight=st.floats(0, 1))
@settings(max_examples=10, deadline=None)
def test_mouth_close_undoes_the_parting_of_jaw_open(request, name, weight):
    rig = request.getfixturevalue(name)
    assert slit(rig, move(rig, jawOpen=weight, mouthClose=weight)).max() < 0.02
    lowered = move(rig, jawOpen=weight, mouthClose=weight)
    assert mm(rig, lowered, 152)[1] == pytest.approx(
        mm(rig, move(rig, jawOpen=weight), 152)[1], abs=0.5
    )


KEEP_SHUT = [
    "mouthStretch", "mouthSmile", "mouthFrown", "mouthPress", "mouthLeft", "mouthRight",
    "browInnerUp", "browOuterUp", "browDown", "eyeSquint", "cheekSquint",
]  # fmt: skip


@pytest.mark.parametrize("kind", ["shut", "grin"])
@pytest.mark.parametrize("name", KEEP_SHUT)
def test_what_does_not_open_the_mouth_keeps_it_shut(request, kind, name):
    rig = request.getfixturevalue(kind)
    assert slit(rig, move(rig, **{name: 1})).max() < 0.02


def test_the_neutral_mouth_is_shut(shut, grin):
    for rig in (shut, grin):
        assert slit(rig, rig.neutral).max() == 0


def test_the_source_expression_is_the_picture(shut, grin):
    for rig in (shut, grin):
        np.testing.assert_allclose(move(rig, sourceExpression=1), rig.source, atol=1e-9)
    assert slit(grin, grin.source).max() / grin.mm > 11


def test_moves_have_the_size_and_direction_they_are_written_with(shut):
    left, chin = 291, 152
    assert mm(shut, move(shut, mouthFrown=1), left)[1] == pytest.approx(3, abs=0.05)
    assert mm(shut, move(shut, mouthStretch=1), left)[0] == pytest.approx(5, abs=0.05)
    assert mm(shut, move(shut, mouthPucker=1), left)[0] < -7
    assert mm(shut, move(shut, mouthPucker=1), 0)[2] < -4
    assert mm(shut, move(shut, mouthUpperUp=1), 13)[1] == pytest.approx(-2.8, abs=0.1)
    assert mm(shut, move(shut, mouthLowerDown=1), 14)[1] == pytest.approx(3, abs=0.1)
    assert mm(shut, move(shut, jawLeft=1), chin)[0] == pytest.approx(5, abs=0.05)
    assert mm(shut, move(shut, mouthRight=1), 0)[0] == pytest.approx(-5, abs=0.1)
    assert mm(shut, move(shut, mouthRollLower=1), 17)[1] < -2
    assert mm(shut, move(shut, mouthRollUpper=1), 0)[1] > 1.5


def test_a_level_mouth_smiles_further_than_one_that_still_does(shut, grin):
    for rig, reach in ((shut, 5.4 / 4.2), (grin, 1.0)):
        for corner, out in ((291, 4), (61, -4)):
            way = mm(rig, move(rig, mouthSmile=1), corner)[:2]
            assert way == pytest.approx([out * reach, -4.2 * reach], abs=0.05)


def test_a_drawn_mouth_that_frowns_stays_one_line():
    who = dataclasses.replace(face.subject(scale=1, smile=1.4), kind="drawn")
    rig = fit_rig(who, None, face.topology())
    lips = [i for ring in LIP_RINGS for i in ring]
    down = mm(rig, move(rig, mouthFrown=1), lips)[:, 1]
    across = np.abs((rig.neutral[lips] - rig.stomion) @ rig.frame[:, 0]) / rig.mm
    order = np.argsort(across)
    # one height for one place along the mouth, whichever edge: else a thin line folds
    assert np.diff(down[order]).min() > -0.4
    corners = rig.neutral[[61, 291]] - rig.stomion
    lifted = -(corners @ rig.frame[:, 1]).mean() / rig.mm
    assert down[across.argmax()] > lifted + 3


def test_lips_made_up_for_an_open_grin_round_less(shut, grin):
    narrower = []
    for rig in (shut, grin):
        rounded = move(rig, mouthPucker=1.0)
        inwards = mm(rig, rounded, 61) - mm(rig, rounded, 291)
        narrower.append(float(inwards[0]) / float(np.ptp(rig.neutral[[61, 291]] @ rig.frame[:, 0])))
    assert 0 < narrower[1] < 0.8 * narrower[0]


def test_brows_rise_whole_when_inner_and_outer_do(shut):
    raised = move(shut, browInnerUp=1, browOuterUp=1)
    for i in BROW_LEFT + BROW_RIGHT:
        assert mm(shut, raised, i)[1] == pytest.approx(-4.6, abs=0.01)
    inner = move(shut, browInnerUp=1)
    assert mm(shut, inner, 107)[1] < -3.5 < -0.5 < mm(shut, inner, 70)[1]
    assert mm(shut, move(shut, browDown=1), 107)[1] > 2


def test_lids_stay_where_no_basis_of_theirs_moves_them(shut):
    lids = EYE_LEFT + EYE_RIGHT
    for name in set(NAMES) - {"eyeSquint", "cheekSquint", "sourceExpression"}:
        assert np.abs(mm(shut, move(shut, **{name: 1}), lids)).max() < 1e-6
    squint = move(shut, eyeSquint=1)
    assert mm(shut, squint, EYE_LEFT[4])[1] == pytest.approx(-1.3, abs=0.01)
    assert mm(shut, squint, EYE_LEFT[12])[1] == 0


def test_nothing_moves_at_the_edges_of_the_canvas(shut, grin):
    for rig in (shut, grin):
        at_edge = (rig.source[:, :2] < 1).any(1) | (rig.source[:, :2] > 511).any(1)
        assert np.abs(rig.moves[:, at_edge]).max() < 1e-9


def test_a_tiny_mouth_moves_a_little():
    who, _ = rig_of()
    points = who.landmarks.copy()
    mouth = [i for i in range(468) if np.hypot(*(points[i, :2] - points[13, :2])) < 40 * who.mm]
    points[mouth, :2] = points[13, :2] + 0.4 * (points[mouth, :2] - points[13, :2])
    small = type(who)(who.picture, who.picture_hi, points, who.matte, "drawn")
    rig = fit_rig(small, None, face.topology())
    assert np.linalg.norm(rig.jaw) / rig.mm == pytest.approx(10.4, abs=0.6)
    puckered = move(rig, mouthPucker=1)
    assert (np.diff(puckered[rig.lip_lower, 0]) > 0).all()


@given(st.floats(0, 14), st.floats(0, 1.8), st.floats(-15, 15), st.floats(-10, 10))
@settings(max_examples=8, deadline=None)
def test_any_mouth_shuts_and_moves_without_tearing(gap, smile, yaw, roll):
    _, rig = rig_of(gap=gap, smile=smile, yaw=yaw, roll=roll)
    assert slit(rig, rig.neutral).max() == 0
    assert np.isfinite(rig.moves).all()
    assert np.abs(rig.moves).max() < 45 * rig.mm


def test_a_frown_takes_the_rest_of_a_smile_first(shut, grin):
    for corner in (61, 291):
        plain, smiling = (mm(r, move(r, mouthFrown=1), corner)[1] for r in (shut, grin))
        kept = (grin.stomion - grin.neutral[corner]) @ grin.frame[:, 1] / grin.mm
        assert kept > 1
        assert smiling == pytest.approx(plain + 0.9 * min(kept, 5), abs=0.6)
