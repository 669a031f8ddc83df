"""Every measure passes a good avatar and fails one that is bad in just that way."""

from __future__ import annotations

import numpy as np
import pytest

import visavis
from tests.helpers import spoiled
from visavis import imx
from visavis.avatar import Avatar
from visavis.evaluate import BARS, PictureReport, likeness, seams, steadiness
from visavis.evaluate.stage import Stage, luma
from visavis.evaluate.utterance import utterance
from visavis.imx import AvatarModel
from visavis.library import find
from visavis.motion.visemes import PHONES
from visavis.pose import make

FRAMES = 40


@pytest.fixture(scope="module")
def good() -> AvatarModel:
    if "ada" not in visavis.characters():
        pytest.skip("no characters in this checkout")
    return imx.read(find("ada"))


def stage_of(model: AvatarModel) -> Stage:
    return Stage(Avatar(model))


def change(model: AvatarModel) -> float:
    stage = stage_of(model)
    pictures = [stage.grey(p) for p in steadiness.speech_poses(stage)[:FRAMES:4]]
    found = steadiness.background_change(stage, pictures)
    assert found is not None
    return found


def flicker(model: AvatarModel) -> float:
    stage = stage_of(model)
    poses = steadiness.speech_poses(stage)[:FRAMES]
    return steadiness.flicker(stage, poses, [stage.grey(p) for p in poses])[0]


def test_a_noisy_background_is_noticed(good: AvatarModel) -> None:
    assert change(good) <= BARS["background"] < change(spoiled.noisy_background(good))


def test_flickering_skin_is_noticed(good: AvatarModel) -> None:
    assert flicker(good) <= BARS["flicker"] < flicker(spoiled.flickering_skin(good))


def test_texels_that_meet_every_pixel_alike_pulse_when_they_move(good: AvatarModel) -> None:
    height = good.manifest.canvas[1]
    alike = Stage(Avatar(spoiled.coarse(good)), (height, height))
    assert steadiness.sharpness_change(stage_of(good)) <= BARS["sharpness"]
    assert steadiness.sharpness_change(alike) > BARS["sharpness"]


def test_lips_that_do_not_shut_are_noticed(good: AvatarModel) -> None:
    for model, shut in ((good, True), (spoiled.open_lips(good), False)):
        stage = stage_of(model)
        gap = steadiness.lip_gap(stage, steadiness.speech_poses(stage))
        assert (gap <= BARS["lip_gap"]) == shut


def test_a_mouth_that_moves_in_silence_is_noticed(good: AvatarModel) -> None:
    assert steadiness.mouth_in_silence(stage_of(good)) <= BARS["silence"]
    restless = stage_of(spoiled.restless_mouth(good))
    assert steadiness.mouth_in_silence(restless) > BARS["silence"]


def test_lids_that_end_in_a_line_are_noticed(good: AvatarModel) -> None:
    soft, hard = (seams.lid_edge(stage_of(m)) for m in (good, spoiled.hard_lids(good)))
    assert soft is not None and hard is not None
    assert soft <= BARS["lid_edge"] < hard


def test_mouth_corners_that_end_in_a_line_are_noticed(good: AvatarModel) -> None:
    clean, clawed = (seams.mouth_corner(stage_of(m)) for m in (good, spoiled.clawed_mouth(good)))
    assert clean <= BARS["mouth_corner"] < clawed


def test_a_rim_around_the_turned_head_is_noticed(good: AvatarModel) -> None:
    clean, rimmed = (seams.matte_edge(stage_of(m)) for m in (good, spoiled.rimmed_matte(good)))
    assert clean is not None and rimmed is not None
    assert clean <= BARS["matte_edge"] < rimmed


def test_a_canvas_that_ends_in_a_line_is_noticed(good: AvatarModel) -> None:
    clean = seams.canvas_edge(stage_of(spoiled.narrow_canvas(good)))
    lined = seams.canvas_edge(stage_of(spoiled.narrow_canvas(good, 40)))
    assert clean is not None and lined is not None
    assert clean <= BARS["canvas_edge"] < lined


def test_a_shifted_person_is_no_likeness(good: AvatarModel) -> None:
    stage = Stage(Avatar(good), good.manifest.canvas)
    source = stage.grey(make())
    alike = []
    for model in (good, spoiled.shifted(good)):
        rest = Stage(Avatar(model), model.manifest.canvas).grey(make())
        alike.append(likeness.masked_ssim(source, rest, ~stage.mouth))
    assert alike[1] < BARS["ssim"] <= alike[0]


def test_landmarks_tell_a_moved_mouth_from_the_source(good: AvatarModel) -> None:
    from visavis.build import models

    if models.missing():
        pytest.skip("the networks are not here")
    canvas = good.manifest.canvas
    picture = Stage(Avatar(good), canvas).draw(make())
    from visavis.build.detect import find_faces
    from visavis.build.landmarks import find_landmarks

    faces = find_faces(picture)
    if not faces:
        pytest.skip("the networks see no face in this drawing")
    marks, _ = find_landmarks(picture, faces[0])
    source = likeness.Reference(picture, marks, (0, picture.shape[1]))
    same = likeness.likeness(Avatar(good), source)
    moved = likeness.likeness(Avatar(spoiled.shifted(good, 4.0)), source)
    assert same.drift <= BARS["drift"] < moved.drift
    assert same.ssim == pytest.approx(1.0, abs=1e-3)


def test_similarity_is_one_only_with_itself() -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 255, (40, 50, 3), np.uint8)
    other = rng.integers(0, 255, (40, 50, 3), np.uint8)
    assert likeness.ssim_map(luma(picture), luma(picture)).min() > 0.999
    assert likeness.ssim_map(luma(picture), luma(other)).mean() < 0.1


def test_the_utterance_says_p_and_m_where_it_says_it_does() -> None:
    said = utterance()
    assert len(said.closures) >= 10
    shut = [PHONES.index("p"), PHONES.index("m")]
    for begin, end in said.closures:
        row = said.rows[int((begin + end) / 2 / 0.02)]
        assert row[4:][shut].max() > 0.5


def test_a_report_names_the_bars_it_misses() -> None:
    figures = dict.fromkeys(BARS, 0.0) | {"ssim": 0.99, "ssim_face": 0.9, "unrest": 2.0}
    assert PictureReport(**figures, closed=True).failed() == []
    bad = PictureReport(
        **(figures | {"ssim": 0.9, "flicker": 1.0, "matte_edge": None}), closed=True
    )
    assert bad.failed() == ["ssim", "flicker"]
    opened = PictureReport(**(figures | {"ssim": 0.9}), closed=False)
    assert opened.failed() == []  # shutting a mouth changes more than the mouth
