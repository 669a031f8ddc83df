from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.helpers import face
from visavis.build.rig import fit_rig
from visavis.build.shading import fold_weight, gains, vertex_gains


@pytest.fixture(scope="module")
def fitted():
    who = face.subject(gap=8, smile=1.0)
    return who, fit_rig(who, None, face.topology())


def row(rig, name):
    return [n for n, _ in rig.bases].index(name)


def test_shape_and_range(fitted):
    who, rig = fitted
    packed, scale = gains(who, rig, None)
    assert packed.dtype == np.int8
    assert scale.dtype == np.float32
    assert packed.shape == (len(rig.bases) + 2, len(rig.source))
    assert scale.shape == (len(rig.bases) + 2,)
    change = packed * scale[:, None]
    np.testing.assert_allclose(change, vertex_gains(who, rig, None), atol=scale.max())
    assert np.abs(change).max() < 0.6
    assert np.abs(change[-2:]).max() < 0.03
    assert (packed[:, ~rig.in_face] == 0).all()


def test_a_face_without_light_has_no_shading(fitted):
    who, rig = fitted
    flat = replace(who, picture=np.full_like(who.picture, 140))
    change = vertex_gains(flat, rig, None)
    change[row(rig, "mouthSmile")] = 0
    assert np.abs(change).max() < 1e-3


def test_turning_towards_the_light_brightens(fitted):
    who, rig = fitted  # lit from the picture's left
    change = vertex_gains(who, rig, None)
    assert change[-2][[50, 280, 4, 205, 425]].mean() < 0  # + yaw turns away to the right


def test_folds_of_a_smile():
    who = face.subject()
    rig = fit_rig(who, None, face.topology())
    weight = fold_weight(rig)
    assert weight[[206, 426]].min() > 0.9
    assert weight[[1, 152, 10]].max() < 0.01
    change = vertex_gains(who, rig, None)[row(rig, "mouthSmile")]
    assert change[[206, 426]].mean() < change[[50, 280]].mean() - 0.05


def test_filled_folds_come_back_with_the_smile(fitted):
    who, rig = fitted
    fill = np.ones((*who.picture.shape[:2], 3), np.float32)
    x, y = who.landmarks[206, :2].astype(int)
    fill[y - 15 : y + 15, x - 15 : x + 15] = 1.25
    before, after = vertex_gains(who, rig, None), vertex_gains(who, rig, fill)
    change = after - before
    source, smile = row(rig, "sourceExpression"), row(rig, "mouthSmile")
    assert change[source, 206] == pytest.approx(-0.2, abs=0.01)
    assert -0.3 < change[smile, 206] < -0.1
    assert np.abs(np.delete(change, [source, smile], 0)).max() == 0
    assert np.abs(change[:, 280]).max() < 1e-6


def test_a_drawing_gets_no_drawn_folds():
    who = face.subject(scale=1)
    flat = np.full_like(who.picture, 140)
    drawn = replace(who, picture=flat, kind="drawn")
    rig = fit_rig(drawn, None, face.topology())
    assert np.abs(vertex_gains(drawn, rig, None)).max() < 1e-3
