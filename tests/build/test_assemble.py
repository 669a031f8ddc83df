from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from visavis import build as building
from visavis import imx
from visavis.build import models, prepare
from visavis.errors import InvalidMedia, InvalidOption, UnsuitablePicture

CREATED = "2026-01-31T12:00:00Z"


def at_rest(model: imx.AvatarModel) -> np.ndarray:
    """Person over background, at scale 1, nothing moved."""
    size = model.manifest.canvas
    person = cv2.resize(model.images["person"], size, interpolation=cv2.INTER_AREA).astype(float)
    return person[..., :3] + (1 - person[..., 3:] / 255) * model.images["background"]


@pytest.fixture(scope="module")
def built(
    astronaut: np.ndarray, networks: models.Models, tmp_path_factory: pytest.TempPathFactory
) -> building.BuildReport:
    out = tmp_path_factory.mktemp("built") / "ada.imx"
    return building.build_with_report(
        astronaut, out, licence="public domain", source="NASA", created=CREATED
    )


def test_a_photo_becomes_a_file_that_can_be_read(built: building.BuildReport) -> None:
    model = imx.read(built.path)
    assert model.manifest.kind == "photo" and model.manifest.name == "ada"
    assert model.manifest.likeness.licence == "public domain"
    assert model.manifest.likeness.consent is None
    assert model.manifest.canvas == built.canvas and built.canvas[1] == building.CANVAS_PX
    assert model.manifest.texture_scale == 2
    assert built.path.stat().st_size < 1_000_000
    x0, y0, x1, y1 = model.face.box
    assert 0 < x0 < x1 < built.canvas[0] and 0 < y0 < y1 < built.canvas[1]
    assert set(model.images) >= {"person", "background", "teeth_upper", "teeth_lower", "tongue"}


def test_the_report_says_what_was_noticed(built: building.BuildReport) -> None:
    assert built.faces == 1 and 100 < built.face_height < 120
    assert any("small" in warning for warning in built.warnings)
    assert {"preparing", "fitting the rig", "writing", "total"} <= set(built.timings)


def test_background_and_shoulders_are_those_of_the_picture(
    built: building.BuildReport, astronaut: np.ndarray
) -> None:
    model = imx.read(built.path)
    subject = prepare.prepare(astronaut).subject
    away = np.ones(subject.picture.shape[:2], bool)
    x0, y0, x1, y1 = (int(v) for v in model.face.box)
    away[max(0, y0 - 20) : y1 + 20, max(0, x0 - 20) : x1 + 20] = False
    off = np.abs(at_rest(model) - subject.picture)[away]
    assert off.mean() < 4 and np.percentile(off, 99) < 24  # what WebP leaves


def test_same_picture_same_bytes(
    built: building.BuildReport, astronaut: np.ndarray, tmp_path: Path
) -> None:
    again = building.build(
        astronaut, tmp_path / "ada.imx", licence="public domain", source="NASA", created=CREATED
    )
    assert again.read_bytes() == built.path.read_bytes()


def test_sizes_and_names(astronaut: np.ndarray, networks: models.Models, tmp_path: Path) -> None:
    picture = tmp_path / "Eileen.png"
    Image.fromarray(astronaut).save(picture)
    report = building.build_with_report(picture, tmp_path / "x.imx", size=256)
    model = imx.read(report.path)
    assert model.manifest.name == "Eileen" and report.canvas[1] == 256
    assert imx.read(building.build(picture, tmp_path / "y.imx", name="Ada")).manifest.name == "Ada"


def test_progress_goes_forward_and_warnings_are_logged(
    astronaut: np.ndarray,
    networks: models.Models,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    said: list[tuple[str, float]] = []
    with caplog.at_level(logging.WARNING, "visavis.build"):
        building.build(astronaut, tmp_path / "x.imx", progress=lambda *step: said.append(step))
    parts = [part for _, part in said]
    assert parts == sorted(parts) and parts[0] == 0 and parts[-1] == 1
    assert "small" in caplog.text


def test_a_drawing_with_points_needs_no_network_that_finds_faces(
    drawing: np.ndarray, points: dict[str, Any], networks: models.Models, tmp_path: Path
) -> None:
    path = building.build(drawing, tmp_path / "drawn.imx", landmarks=points)
    model = imx.read(path)
    assert model.manifest.kind == "drawn"
    alpha = model.images["person"][..., 3]
    assert alpha[4, 4] == 0 and alpha[alpha.shape[0] // 2, alpha.shape[1] // 2] == 255
    # the even ground goes on to the canvas' edge
    assert np.abs(model.images["background"].astype(int) - (200, 225, 240)).max() < 16


def test_alpha_of_the_file_is_the_matte(
    drawing: np.ndarray, points: dict[str, Any], networks: models.Models, tmp_path: Path
) -> None:
    cover = np.where((drawing == (200, 225, 240)).all(2), 0, 255).astype(np.uint8)
    rgba = np.dstack([drawing, cover])
    subject = prepare.prepare(rgba, points=points).subject
    assert subject.matte[3, 3] == 0 and subject.matte[256, subject.size[0] // 2] == 1
    path = building.build(rgba, tmp_path / "cut.imx", landmarks=points)
    model = imx.read(path)
    assert float(np.mean(model.images["person"][..., 3] > 250)) == pytest.approx(
        float(subject.matte.mean()), abs=0.03
    )


def test_errors_before_any_work(
    astronaut: np.ndarray, networks: models.Models, tmp_path: Path
) -> None:
    with pytest.raises(InvalidMedia, match="does not exist"):
        building.build(astronaut, tmp_path / "no" / "x.imx")
    with pytest.raises(InvalidOption):
        building.build(astronaut, tmp_path / "x.imx", size=99)
    with pytest.raises(UnsuitablePicture):
        building.build(np.zeros((200, 200, 3), np.uint8), tmp_path / "x.imx")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_way(
    astronaut: np.ndarray, networks: models.Models, tmp_path: Path
) -> None:
    (tmp_path / "x.imx").mkdir()
    with pytest.raises(InvalidMedia, match="cannot be written"):
        building.build(astronaut, tmp_path / "x.imx")
