from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visavis.build import models
from visavis.build.handmade import read_landmarks
from visavis.build.indices import EYE_LEFT, EYE_RIGHT, LIP_RINGS, OVAL
from visavis.errors import InvalidMedia

SIZE = (1024, 1024)


def area(corners: np.ndarray) -> np.ndarray:
    a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]


def test_given_points_are_hit(points: dict[str, Any]) -> None:
    made = read_landmarks(points, SIZE)
    marks = made.landmarks
    assert made.kind == "drawn" and marks.shape == (478, 3) and np.isfinite(marks).all()
    for landmark, place in (
        (263, points["left_eye"]["outer"]), (362, points["left_eye"]["inner"]),
        (33, points["right_eye"]["outer"]), (473, points["left_eye"]["iris"]["centre"]),
        (4, points["nose"]["tip"]), (291, points["mouth"]["left"]), (61, points["mouth"]["right"]),
    ):  # fmt: skip
        np.testing.assert_allclose(marks[landmark, :2], place, atol=1e-6)
    # the upper lid and the lips' middle go through what was given
    assert np.linalg.norm(marks[386, :2] - points["left_eye"]["upper"][0]) < 1.5
    assert np.linalg.norm(marks[0, :2] - points["mouth"]["outer_upper"][1]) < 1.5
    assert np.linalg.norm(marks[17, :2] - points["mouth"]["outer_lower"][1]) < 1.5
    np.testing.assert_allclose(marks[13, :2], marks[14, :2], atol=0.5)
    top, chin = marks[OVAL[0], 1], marks[152, 1]
    assert top == pytest.approx(260, abs=8) and chin == pytest.approx(740, abs=8)


def test_mesh_does_not_fold(points: dict[str, Any], networks: models.Models) -> None:
    triangles = models.triangles()
    mean = models.mean_face()[:, :2]
    made = read_landmarks(points, SIZE).landmarks[:, :2]
    before, after = area(mean[triangles]), area(made[triangles])
    clear = np.abs(before) > 2
    assert (np.sign(before) == np.sign(after))[clear].all()


@settings(max_examples=40, deadline=None)
@given(
    stretch=st.tuples(st.floats(0.6, 1.6), st.floats(0.6, 1.6)),
    turn=st.floats(-0.6, 0.6),
)
def test_any_stretched_and_turned_face(stretch: tuple[float, float], turn: float) -> None:
    points = json.loads(POINTS)
    c, s = np.cos(turn), np.sin(turn)

    def moved(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: moved(v) for k, v in value.items() if k != "radius"}
        if isinstance(value, list) and len(value) == 2 and not isinstance(value[0], list):
            x, y = (value[0] - 512) * stretch[0] * 0.6, (value[1] - 512) * stretch[1] * 0.6
            return [512 + c * x - s * y, 512 + s * x + c * y]
        return [moved(v) for v in value] if isinstance(value, list) else value

    points = {k: v if k in ("size", "kind") else moved(v) for k, v in points.items()}
    marks = read_landmarks(points, SIZE).landmarks
    assert np.isfinite(marks).all()
    for eye in (EYE_LEFT, EYE_RIGHT):
        assert len(np.unique(marks[eye].round(3), axis=0)) == 16
    back = (marks[:, :2] - 512) @ np.array([[c, -s], [s, c]])
    lips = np.array([back[ring, 1] for ring in LIP_RINGS])
    middle = lips[:, [15, 5]]  # upper and lower middle, outermost ring first
    assert (np.diff(middle[:, 0]) >= -1e-6).all() and (np.diff(middle[:, 1]) <= 1e-6).all()


def test_points_scale_with_the_picture(points: dict[str, Any]) -> None:
    large = read_landmarks(points, SIZE).landmarks
    small = read_landmarks(points, (512, 512)).landmarks
    np.testing.assert_allclose(small, large / 2, atol=1e-6)


def test_least_set_of_points(points: dict[str, Any]) -> None:
    least = copy.deepcopy(points)
    for name in ("left_brow", "right_brow", "kind"):
        del least[name]
    least["nose"] = {"tip": least["nose"]["tip"]}
    for eye in ("left_eye", "right_eye"):
        del least[eye]["iris"]
    del least["mouth"]["seam"]
    marks = read_landmarks(least, SIZE).landmarks
    assert np.isfinite(marks).all()
    assert marks[13, 1] == pytest.approx(637, abs=8)


def test_open_mouth(points: dict[str, Any]) -> None:
    opened = copy.deepcopy(points)
    del opened["mouth"]["seam"]
    opened["mouth"]["inner_upper"] = [[512, 628]]
    opened["mouth"]["inner_lower"] = [[512, 644]]
    marks = read_landmarks(opened, SIZE).landmarks
    assert marks[13, 1] == pytest.approx(628, abs=1) and marks[14, 1] == pytest.approx(644, abs=1)


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("left_eye", None, "left_eye.outer"),
        ("mouth.left", None, "mouth.left"),
        ("mouth.left", [1, 2, 3], "mouth.left"),
        ("mouth.left", ["a", 2], "mouth.left"),
        ("mouth.outer_upper", [[512, 614], [9000, 614]], r"mouth.outer_upper\[1\]"),
        ("mouth.outer_upper", [], "mouth.outer_upper"),
        ("mouth.outer_upper", [[512, 720]], "mouth.outer_upper"),
        ("mouth.inner_upper", [[512, 630]], "mouth.inner_lower"),
        ("oval", [[1, 2], [3, 4]], "oval"),
        ("oval", [[500, 500]] * 8, "oval"),
        ("left_eye.upper", [[600, 470]], "left_eye.upper"),
        ("left_eye.iris.radius", -3, "left_eye.iris.radius"),
        ("nose.tip", [float("nan"), 3], "nose.tip"),
        ("kind", "painted", "kind"),
        ("size", [0, 10], "size"),
        ("mouht", [1, 2], "mouht"),
        ("mouth.lefft", [1, 2], "mouth.lefft"),
    ],
)
def test_mistakes_are_named(points: dict[str, Any], path: str, value: Any, says: str) -> None:
    wrong = copy.deepcopy(points)
    place = wrong
    *parents, last = path.split(".")
    for parent in parents:
        place = place[parent]
    if value is None:
        del place[last]
    else:
        place[last] = value
    with pytest.raises(InvalidMedia, match=says):
        read_landmarks(wrong, SIZE)


def test_swapped_eyes_are_noticed(points: dict[str, Any]) -> None:
    wrong = {**points, "left_eye": points["right_eye"], "right_eye": points["left_eye"]}
    with pytest.raises(InvalidMedia, match="character's own"):
        read_landmarks(wrong, SIZE)


def test_files_that_are_no_json(tmp_path: Path) -> None:
    with pytest.raises(InvalidMedia, match="no such file"):
        read_landmarks(tmp_path / "none.json", SIZE)
    for text in ("{", "[1, 2]", '"x"', "\ud800".encode("utf-16", "surrogatepass")):
        path = tmp_path / "points.json"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(InvalidMedia):
            read_landmarks(path, SIZE)


POINTS = json.dumps(
    {
        "left_eye": {"outer": [640, 440], "inner": [560, 446], "upper": [[600, 424]],
                     "lower": [[600, 458]]},
        "right_eye": {"outer": [384, 440], "inner": [464, 446], "upper": [[424, 424]],
                      "lower": [[424, 458]]},
        "nose": {"tip": [512, 536]},
        "mouth": {"left": [580, 632], "right": [444, 632], "outer_upper": [[512, 617]],
                  "outer_lower": [[512, 664]]},
        "oval": [[512, 260], [640, 300], [700, 440], [690, 580], [610, 700], [512, 740],
                 [414, 700], [334, 580], [324, 440], [384, 300]],
    }
)  # fmt: skip


def test_a_rigid_outline_has_to_be_said(points: dict[str, Any]) -> None:
    assert not read_landmarks(points, (1024, 1024)).rigid
    assert read_landmarks(points | {"rigid": True}, (1024, 1024)).rigid
    with pytest.raises(InvalidMedia, match="rigid: true or false"):
        read_landmarks(points | {"rigid": 1}, (1024, 1024))
