"""The contact sheet shows every cell, labelled, in the crop asked for."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import visavis
from visavis.errors import InvalidOption
from visavis.motion import EMOTIONS, GESTURES, VISEMES
from visavis.sheet import GAP, HEIGHTS, cells, contact_sheet, encode_picture


def test_every_shape_has_a_cell() -> None:
    labels = cells()
    assert set(VISEMES) <= set(labels)
    assert {"rest", "blink", "blink, half", "smile", "source expression"} <= set(labels)
    assert sum("gaze" in label for label in labels) == 4
    assert sum(label.split()[0] in ("yaw", "pitch", "roll") for label in labels) == 6
    assert {f"{name}, felt" for name in EMOTIONS if name != "neutral"} <= set(labels)
    assert {f"{name}, made" for name in GESTURES} <= set(labels)


@pytest.mark.parametrize("crop", ["picture", "face", "mouth", "eyes"])
def test_a_sheet_is_as_large_as_its_cells(avatar_file: Path, crop: str) -> None:
    drawn: list[tuple[float, float]] = []
    with visavis.open(avatar_file) as avatar:
        sheet = contact_sheet(
            avatar,
            columns=5,
            size=65,
            crop=crop,
            progress=lambda *said: drawn.append(said),  # type: ignore[arg-type]
        )
    rows = -(-len(cells()) // 5)
    height = round(65 * HEIGHTS[crop])  # type: ignore[index]
    assert sheet.shape == (rows * (height + 14 + GAP) + GAP, 5 * (65 + GAP) + GAP, 3)
    assert sheet.dtype == np.uint8
    assert drawn[-1] == (len(cells()), len(cells()))
    assert len(np.unique(sheet[: height + GAP, : 65 + GAP].reshape(-1, 3), axis=0)) > 50


def test_one_row_is_as_long_as_it_must_be(
    avatar_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = dict(list(cells().items())[:20])
    monkeypatch.setattr("visavis.sheet.cells", lambda: few)
    with visavis.open(avatar_file) as avatar:
        sheet = contact_sheet(avatar, columns=32, size=64)
        assert sheet.shape[:2] == (64 + 14 + 2 * GAP, 20 * (64 + GAP) + GAP)
        with pytest.raises(InvalidOption):
            contact_sheet(avatar, columns=0)
        with pytest.raises(InvalidOption):
            contact_sheet(avatar, size=63)
        with pytest.raises(InvalidOption):
            contact_sheet(avatar, crop="nose")  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "kind"), [("a.png", "PNG"), ("-", "PNG"), ("a.JPG", "JPEG")])
def test_kinds_of_file(name: str, kind: str) -> None:
    data = encode_picture(np.zeros((4, 6, 3), np.uint8), name)
    with Image.open(io.BytesIO(data)) as picture:
        assert (picture.format, picture.size) == (kind, (6, 4))


def test_an_unknown_kind() -> None:
    with pytest.raises(InvalidOption, match="png"):
        encode_picture(np.zeros((4, 6, 3), np.uint8), "a.txt")
