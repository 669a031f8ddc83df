from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from visavis.build import checks, models, prepare
from visavis.errors import InvalidOption, UnsuitablePicture

GOOD = checks.Measures(
    height=300, yaw=0, pitch=5, roll=2, gap=0.5, eyes=(0.3, 0.3), sharpness=0.9, mouth_colour=6,
    mouth_detail=0.8, outside=0,
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "code", "refuses"),
    [
        ({"height": 90}, "small", True),
        ({"height": 130}, "small", False),
        ({"yaw": -40}, "turned", True),
        ({"yaw": 28}, "turned", False),
        ({"pitch": -43}, "turned", True),
        ({"pitch": 28}, "turned", False),
        ({"roll": 31}, "tilted", False),
        ({"gap": 24}, "mouth-open", True),
        ({"gap": 12}, "mouth-open", False),
        ({"mouth_colour": 50}, "mouth-covered", False),
        ({"mouth_colour": 30, "mouth_detail": 0.4}, "mouth-covered", False),
        ({"mouth_detail": 0.1}, "mouth-covered", False),
        ({"eyes": (0.08, 0.1)}, "eyes-shut", False),
        ({"sharpness": 0.4}, "blurred", True),
        ({"sharpness": 0.55}, "blurred", False),
        ({"outside": 0.3}, "cut-off", True),
    ],
)
def test_each_finding(change: dict[str, object], code: str, refuses: bool) -> None:
    found = checks.judge(replace(GOOD, **change))
    assert [(f.code, f.refuses) for f in found] == [(code, refuses)]
    assert any(word in found[0].message for word in ("Use ", "use ", "Turn ", "Shut "))
    if refuses:
        with pytest.raises(UnsuitablePicture):
            checks.enforce(found)
    else:
        assert checks.enforce(found) == found


def test_good_picture_has_no_findings() -> None:
    assert checks.judge(GOOD) == []


def test_drawings_are_only_checked_for_size_and_edge() -> None:
    odd = replace(GOOD, yaw=60, gap=30, sharpness=0.1, eyes=(0, 0))
    assert checks.judge(odd, "drawn") == []
    assert [f.code for f in checks.judge(replace(odd, height=50), "drawn")] == ["small"]


def test_a_beard_in_strong_contrast_covers_no_mouth() -> None:
    assert checks.judge(replace(GOOD, mouth_colour=40, mouth_detail=0.54)) == []


def test_a_wink_is_fine() -> None:
    assert checks.judge(replace(GOOD, eyes=(0.05, 0.3))) == []


def turned_face(yaw: float, pitch: float) -> np.ndarray:
    """The mean face turned: yaw to its left, then looking down."""
    y, p = np.radians(yaw), np.radians(pitch)
    about_y = np.array([[np.cos(y), 0, -np.sin(y)], [0, 1, 0], [np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    return models.mean_face() @ (about_x @ about_y).T * 2 + [300, 250, 0]


@pytest.mark.parametrize(("yaw", "pitch"), [(0, 0), (30, 0), (-30, 0), (0, 20), (0, -20)])
def test_angles_have_their_signs(yaw: float, pitch: float) -> None:
    m = checks.measure(np.full((600, 600, 3), 128, np.uint8), turned_face(yaw, pitch))
    assert m.yaw == pytest.approx(yaw, abs=1.5)
    straight = checks.measure(np.full((600, 600, 3), 128, np.uint8), turned_face(0, 0)).pitch
    assert m.pitch - straight == pytest.approx(pitch, abs=1.5)
    # turned to its left (the picture's right), the nose goes right; down, the nose goes down
    moved = turned_face(yaw, pitch)[4, :2] - turned_face(0, 0)[4, :2]
    assert moved[0] * yaw >= 0 and moved[1] * pitch >= 0


def test_measures_count_in_the_files_pixels() -> None:
    picture = np.full((600, 600, 3), 128, np.uint8)
    one, three = (checks.measure(picture, turned_face(0, 0), r) for r in (1.0, 3.0))
    assert three.height == pytest.approx(3 * one.height)


def test_blur_is_noticed(astronaut: np.ndarray, networks: models.Models) -> None:
    codes = []
    for sigma in (0.3, 1.2, 2.4):
        try:
            ready = prepare.prepare(cv2.GaussianBlur(astronaut, (0, 0), sigma))
            codes.append([f.code for f in ready.findings if f.code == "blurred"])
        except UnsuitablePicture as error:
            codes.append(["refused" if "blurred" in str(error) else str(error)])
    assert codes == [[], ["blurred"], ["refused"]]


def test_covered_mouth_is_noticed(astronaut: np.ndarray, networks: models.Models) -> None:
    from visavis.build import detect, landmarks

    marks, _ = landmarks.find_landmarks(astronaut, detect.find_faces(astronaut)[0])
    bare = checks.measure(astronaut, marks)
    masked = astronaut.copy()
    jaw = [234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288,
           361, 323, 454, 195]  # fmt: skip
    cv2.fillPoly(masked, [marks[jaw, :2].astype(np.int32)], (120, 190, 225))
    covered = checks.measure(masked, marks)
    assert "mouth-covered" in [f.code for f in checks.judge(covered)]
    assert "mouth-covered" not in [f.code for f in checks.judge(bare)]


def test_no_face_too_small_face_wrong_number(
    astronaut: np.ndarray, networks: models.Models
) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (300, 300, 3)).astype(np.uint8)
    with pytest.raises(UnsuitablePicture, match="--landmarks"):
        prepare.prepare(noise)
    tiny = cv2.resize(astronaut, (256, 256), interpolation=cv2.INTER_AREA)
    with pytest.raises(UnsuitablePicture, match="too small"):
        prepare.prepare(tiny)
    with pytest.raises(UnsuitablePicture, match="--face 2: only 1"):
        prepare.prepare(astronaut, face=2)
    for options in ({"face": 0}, {"size": 100}, {"size": 513}, {"size": 4096}):
        with pytest.raises(InvalidOption):
            prepare.prepare(astronaut, **options)


def test_portraits_build_or_are_refused_with_a_reason(
    shared_data: Path, networks: models.Models
) -> None:
    refused = {}
    paths = sorted((shared_data / "portraits").glob("*.jpg"))
    for path in paths:
        try:
            ready = prepare.prepare(path)
        except UnsuitablePicture as error:
            refused[path.stem] = str(error)
            continue
        subject = ready.subject
        height = np.linalg.norm((subject.landmarks[10] - subject.landmarks[152])[:2])
        assert 0.54 < height / subject.size[1] < 0.71
        assert subject.matte.shape == subject.picture.shape[:2]
        assert 0.2 < float(subject.matte.mean()) < 0.97
    assert len(paths) - len(refused) >= 30, refused
    assert {"012", "064"} <= set(refused)
    assert all("Use " in reason for reason in refused.values())
