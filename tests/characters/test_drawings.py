"""The drawings and the landmarks that come from the same numbers."""

from __future__ import annotations

import json
from functools import partial
from types import ModuleType

import numpy as np
import pytest

pytest.importorskip("skia", reason="the extra 'characters' is not installed")

from characters import landmarks
from characters.__main__ import CAST
from characters.brush import spline
from characters.picture import HEIGHT, MM, ORIGIN, WIDTH, paint

CHARACTERS = pytest.mark.parametrize("character", CAST.values(), ids=CAST.keys())
SMALL = 0.25


@CHARACTERS
def test_has_the_proportions_the_rig_is_made_for(character: ModuleType) -> None:
    face = character.FACE
    corners = 2 * face.eye.upper[-1][0]
    assert corners == pytest.approx(89, abs=1)
    assert 0.54 < 2 * face.seam[-1][0] / corners < 0.64
    assert 58 < face.seam[len(face.seam) // 2][1] < 68
    assert 102 < face.oval[-1][1] < 112


@CHARACTERS
def test_lips_and_lids_meet_at_their_corners(character: ModuleType) -> None:
    face = character.FACE
    assert face.lip_top[0] == face.seam[0] == face.lip_bottom[0]
    assert face.lip_top[-1] == face.seam[-1] == face.lip_bottom[-1]
    assert face.eye.upper[0] == face.eye.lower[0]
    assert face.eye.upper[-1] == face.eye.lower[-1]
    top, seam, bottom = (spline(c)[:, 1] for c in (face.lip_top, face.seam, face.lip_bottom))
    assert (top <= seam + 0.2).all()
    assert (seam <= bottom + 0.2).all()


@CHARACTERS
def test_landmarks_lie_in_the_picture_and_go_into_json(character: ModuleType) -> None:
    points = landmarks.points_file(character.FACE)
    assert json.loads(json.dumps(points)) == points
    assert points["size"] == [WIDTH, HEIGHT]
    for group in ("left_brow", "right_brow", "oval"):
        x, y = np.array(points[group]).T
        assert ((x > 0) & (x < WIDTH) & (y > 0) & (y < HEIGHT)).all()
    mouth = points["mouth"]
    assert mouth["left"][0] > mouth["right"][0], "left is the character's own"
    assert points["left_eye"]["outer"][0] > points["left_eye"]["inner"][0]


@CHARACTERS
def test_landmarks_are_taken_by_the_build(character: ModuleType) -> None:
    handmade = pytest.importorskip("visavis.build.handmade", reason="extra 'build' not installed")
    points = landmarks.points_file(character.FACE)
    try:
        found = handmade.read_landmarks(points, (WIDTH, HEIGHT)).landmarks
    except Exception as error:
        if type(error).__name__ != "MissingDependency":
            raise
        pytest.skip(f"the networks are not here: {error}")
    eye = np.array(character.FACE.eye.iris) * MM + ORIGIN
    assert np.linalg.norm(found[473, :2] - eye) < 1.0
    corner = np.array(character.FACE.seam[-1]) * MM + ORIGIN
    assert np.linalg.norm(found[291, :2] - corner) < 1.5


@CHARACTERS
def test_draws_the_same_twice_on_transparent_ground(character: ModuleType) -> None:
    first, second = (paint(character.draw, scale=SMALL) for _ in range(2))
    assert (first == second).all()
    assert first.shape == (HEIGHT * SMALL, round(WIDTH * SMALL), 4)
    assert (first[:, :10, 3] == 0).all(), "nothing at the side"
    x, y = round(ORIGIN[0] * SMALL), round(ORIGIN[1] * SMALL)
    assert (first[y : y + 20, x - 10 : x + 10, 3] == 255).all(), "the face is opaque"


@CHARACTERS
def test_shut_eyes_change_the_eyes_only(character: ModuleType) -> None:
    opened = paint(character.draw, scale=SMALL).astype(int)
    shut = paint(partial(character.draw, eyes="shut"), scale=SMALL).astype(int)
    rows, columns = np.nonzero(np.abs(opened - shut).max(2) > 8)
    y = (rows / SMALL - ORIGIN[1]) / MM
    x = (columns / SMALL - ORIGIN[0]) / MM
    assert len(y), "something changes"
    assert (y > -24).all()
    assert (y < 22).all()
    assert (np.abs(x) > 8).all()
    assert (np.abs(x) < 60).all()
