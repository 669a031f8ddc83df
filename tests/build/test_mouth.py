from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.helpers import painted
from visavis.build.drawn_teeth import lower_row, upper_row
from visavis.build.light import is_grey, luminance, to_encoded, to_linear
from visavis.build.lips import repair_lips
from visavis.build.mouth import (
    load_reflectance,
    mouth_layers,
    store_reflectance,
    tooth_white,
)
from visavis.build.teeth import find_teeth

SIZES = {
    "teeth_upper": (128, 384, 4),
    "teeth_lower": (96, 384, 4),
    "tongue": (112, 272, 4),
    "tongue_tip": (112, 160, 4),
}


def inside(who, points, shrink=0.0):
    mask = np.zeros(who.picture_hi.shape[:2], np.uint8)
    xy = np.round(np.asarray(points)[:, :2] * who.texture_scale - 0.5).astype(np.int32)
    cv2.fillPoly(mask, [xy], 1)
    width = 2 * int(shrink * who.mm * who.texture_scale) + 1
    return cv2.erode(mask, np.ones((width, width))) > 0


def mouth_hole(who, shrink=0.0):
    upper, lower = painted.inner_lips(who.landmarks)
    return inside(who, np.concatenate([lower, upper[::-1]]), shrink)


def test_shut_lips_are_left_alone():
    who, rig = painted.fitted(gap=0.0)
    np.testing.assert_array_equal(repair_lips(who, rig), who.picture_hi)


def test_a_black_hole_at_a_shut_corner_is_filled_a_thin_line_is_not():
    who, rig = painted.fitted(gap=0.0)
    scale = who.texture_scale
    at = np.round(who.landmarks[291, :2] * scale).astype(int) - [round(3 * who.mm * scale), 0]
    for radius_mm, filled in ((2.0, True), (0.5, False)):
        spotted = who.picture_hi.copy()
        cv2.circle(spotted, at.tolist(), round(radius_mm * who.mm * scale), (4, 2, 2), -1)
        repaired = repair_lips(replace(who, picture_hi=spotted), rig)
        assert (repaired[at[1], at[0]].mean() > 60) == filled
        assert np.array_equal(repaired, spotted) != filled


@pytest.mark.parametrize("how", [{"gap": 3.0}, {"gap": 12.0}, {"gap": 12.0, "smile": 1.2}])
def test_an_open_mouth_becomes_lip(how):
    who, rig = painted.fitted(**how)
    repaired = repair_lips(who, rig)
    assert repaired.shape == who.picture_hi.shape and repaired.dtype == np.uint8
    filled = repaired[mouth_hole(who, 0.5)].astype(float)
    ratio = np.median(filled, axis=0) / painted.LIP
    assert ratio.min() > 0.7 and ratio.max() < 1.1 and np.ptp(ratio) < 0.1, "lip in its shadow"
    teeth_or_dark = np.abs(luminance(filled) - luminance(np.median(filled, axis=0))) > 0.15
    assert teeth_or_dark.mean() < 0.02


def test_a_shadow_over_parted_lips_runs_on_through_the_filling():
    who, rig = painted.fitted(gap=3.0)
    middle = round(who.landmarks[13, 0] * who.texture_scale)
    high = who.picture_hi.copy()
    high[:, middle:] = (high[:, middle:] * 0.4).astype(np.uint8)
    repaired = repair_lips(replace(who, picture_hi=high), rig)
    hole = mouth_hole(who, 0.2)
    x = np.arange(hole.shape[1])
    clear = round(4 * who.mm * who.texture_scale)
    lit = repaired[hole & (x < middle - clear)].mean()
    shaded = repaired[hole & (x > middle + clear)].mean()
    assert 0.3 < shaded / lit < 0.55


def test_what_is_as_dark_as_the_gap_and_joined_to_it_goes_too():
    from dataclasses import replace

    who, rig = painted.fitted(gap=3.0)
    high = who.picture_hi.copy()
    upper, lower = painted.inner_lips(who.landmarks)
    hole = np.concatenate([lower, upper[::-1]])[:, :2] - [0, 1.4 * who.mm]
    cv2.fillPoly(high, [np.round(hole * 2 - 0.5).astype(np.int32)], (14, 6, 6))
    dark = (high.max(2) < 30) & (who.picture_hi.max(2) > 60)
    assert dark.sum() > 100
    repaired = repair_lips(replace(who, picture_hi=high), rig)
    assert (repaired[dark].max(1) < 60).mean() < 0.02


def test_the_teeths_shadow_on_the_lower_lip_goes_too():
    who, rig = painted.fitted(gap=12.0)
    high = who.picture_hi.copy()
    _, lower = painted.inner_lips(who.landmarks)
    line = (lower[3:-3, :2] + [0, 1.6 * who.mm]) * who.texture_scale
    thick = round(0.8 * who.mm * who.texture_scale)
    shade = tuple(int(0.75 * v) for v in painted.LIP)
    cv2.polylines(high, [np.round(line).astype(np.int32)], False, shade, thick)
    flecks = (high != who.picture_hi).any(2)
    repaired = repair_lips(replace(who, picture_hi=high), rig)
    assert luminance(repaired[flecks]).min() > 0.8 * luminance(np.array(painted.LIP))


def test_only_the_mouth_changes():
    who, rig = painted.fitted(gap=12.0)
    changed = (repair_lips(who, rig) != who.picture_hi).any(2)
    rows, columns = np.nonzero(changed)
    marks = who.landmarks * who.texture_scale
    reach = 6 * who.mm * who.texture_scale
    assert rows.min() > marks[0, 1] - reach and rows.max() < marks[17, 1] + reach
    assert columns.min() > marks[61, 0] - reach and columns.max() < marks[291, 0] + reach


@pytest.mark.parametrize("how", [{}, {"gap": 14.0}, {"gap": 14.0, "kind": "drawn"}])
def test_layers_have_their_sizes_and_are_premultiplied(how):
    who, rig = painted.fitted(**how)
    images, part = mouth_layers(who, rig, find_teeth(who))
    assert {name: image.shape for name, image in images.items()} == SIZES
    for image in images.values():
        assert image.dtype == np.uint8
        assert (image[..., :3].max(2).astype(int) <= image[..., 3].astype(int) + 1).all()
        assert image[..., 3].max() > 240
    assert part["own_teeth"] is (how.get("gap", 0) > 0)
    assert len(part["stomion"]) == 3 and len(part["jaw"]) == 3
    for colour in ("lip", "cavity", "seam"):
        assert len(part[colour]) == 3 and all(0 <= v <= 255 for v in part[colour])
    assert sum(part["cavity"]) < sum(part["seam"]) < sum(part["lip"])


def test_donor_teeth_end_at_their_edges():
    upper, lower = load_reflectance("teeth_upper"), load_reflectance("teeth_lower")
    middle = slice(192 - 60, 192 + 60)
    assert upper[14 * 8 - 16, middle, 3].min() > 0.9 and upper[-3:, middle, 3].max() < 0.1
    assert lower[0, middle, 3].max() < 0.1 and lower[2 * 8 + 16, middle, 3].min() > 0.9
    assert 0.7 < upper[14 * 8 - 40 : 14 * 8 - 16, middle, :3].mean() < 1.1


def test_drawn_teeth_are_even_with_gum_over_them():
    upper, lower = upper_row(), lower_row()
    assert upper.shape == SIZES["teeth_upper"] and lower.shape == SIZES["teeth_lower"]
    np.testing.assert_allclose(upper, upper[:, ::-1], atol=1e-5)
    for row in (upper, lower):
        edge = np.abs(np.diff((row[..., 3] > 0.5).sum(0) / 8.0))[40:-40]
        assert edge.max() <= 0.25, "steps along the incisal edge, mm"
    middle = slice(192 - 90, 192 + 90)
    teeth = upper[14 * 8 - 40 : 14 * 8 - 10, middle, :3]
    assert teeth.min() > 0.75 and np.ptp(teeth, axis=2).max() < 1e-5
    for gum in (upper[:8, middle, :3], lower[-4:, middle, :3]):
        assert (gum[..., 0] > 2 * gum[..., 1]).all()


def test_the_drawn_rows_leave_no_gap_when_the_jaw_is_nearly_shut():
    upper, lower = upper_row(), lower_row()
    shown = 9 * 8
    ends = (upper[..., 3] > 0.5).sum(0) / 8 - 14
    begins = 10 - (lower[..., 3] > 0.5).sum(0) / 8
    middle = slice(192 - shown, 192 + shown)
    assert (begins - ends)[middle].max() < 0.9


def test_the_tongue_darkens_towards_the_throat():
    who, rig = painted.fitted()
    images, _ = mouth_layers(who, rig, None)
    tongue = images["tongue"][..., :3].astype(float).mean(2)
    across = tongue[:, 100:172].mean(1)
    assert across[20] < 0.55 * across[90]
    assert np.diff(across[12:64:8]).min() > 0


def test_teeth_are_whiter_than_eye_and_cheek_and_follow_the_light():
    who = painted.subject()
    white = tooth_white(who)
    skin = to_linear(np.array(painted.SKIN))
    assert 0.1 <= white[1] <= 0.74 and white[1] > skin[1]
    from dataclasses import replace

    dim = replace(who, picture_hi=(who.picture_hi * 0.6).astype(np.uint8))
    assert tooth_white(dim)[1] < 0.8 * white[1]


def test_own_teeth_keep_their_colour():
    who, rig = painted.fitted(gap=14.0)
    images, _ = mouth_layers(who, rig, find_teeth(who))
    shown = images["teeth_upper"][14 * 8 - 24 : 14 * 8 - 8, 192 - 30 : 192 + 30, :3]
    np.testing.assert_allclose(np.median(shown, axis=(0, 1)), painted.TOOTH, atol=10)


def test_a_grey_picture_has_a_grey_mouth():
    from dataclasses import replace

    who, rig = painted.fitted(gap=14.0)
    grey = np.repeat(who.picture.mean(2, keepdims=True), 3, 2).astype(np.uint8)
    grey_hi = np.repeat(who.picture_hi.mean(2, keepdims=True), 3, 2).astype(np.uint8)
    colourless = replace(who, picture=grey, picture_hi=grey_hi)
    assert is_grey(colourless) and not is_grey(who)
    images, part = mouth_layers(colourless, rig, find_teeth(colourless))
    for image in images.values():
        assert np.ptp(image[..., :3], axis=2).max() == 0
    assert len(set(part["lip"])) == 1


def test_stored_reflectance_comes_back():
    colour = np.linspace(0, 1.3, 240, dtype=np.float32).reshape(20, 4, 3)
    stored = store_reflectance(colour).astype(float) / 255
    np.testing.assert_allclose(1.3 * stored**2.2, colour, atol=0.012)


def test_linear_and_encoded_are_each_others_inverse():
    values = np.arange(256, dtype=np.uint8)
    np.testing.assert_allclose(to_encoded(to_linear(values)), values, atol=1e-2)
    np.testing.assert_allclose(to_linear(values), to_linear(values.astype(float)), atol=1e-6)


def test_the_assets_are_what_the_script_makes(shared_data):
    import importlib.util
    from pathlib import Path

    from PIL import Image

    path = Path(__file__).parents[2] / "training" / "textures" / "make_teeth.py"
    spec = importlib.util.spec_from_file_location("make_teeth", path)
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    import sys

    sys.modules["make_teeth"] = script
    spec.loader.exec_module(script)

    def portrait(name):
        with Image.open(shared_data / "portraits" / name) as picture:
            return np.asarray(picture.convert("RGB"))

    upper, edge = script.upper_teeth(portrait("071.jpg"))
    for name, image in (
        ("teeth_upper", upper),
        ("teeth_lower", script.lower_teeth(upper, edge)),
        ("tongue", script.tongue(portrait("089.jpg"))),
    ):
        stored = load_reflectance(name)
        assert stored.shape == image.shape
        assert np.abs(stored - np.clip(image, 0, 1.3)).mean() < 0.02
