from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.synthetic import tiny_model
from visavis import pose as poses
from visavis.errors import InvalidOption
from visavis.render import AvatarLayers, Renderer

TALKING = poses.make(
    jawOpen=0.5, mouthSmile=0.3, eyeBlinkLeft=0.6, eyeBlinkRight=0.2, gazeX=3, headYaw=2, breath=0.4
)


@pytest.fixture(scope="module")
def layers():
    return AvatarLayers(tiny_model(size=(128, 128), grid=17))


def test_the_same_pose_gives_the_same_picture_whatever_came_before(layers):
    renderer = Renderer(layers, (256, 256))
    first = renderer.draw(TALKING)
    for other in (poses.make(), poses.make(headRoll=4, eyeBlink=1), poses.make(jawOpen=1)):
        assert not np.array_equal(renderer.draw(other), first)
    np.testing.assert_array_equal(renderer.draw(TALKING), first)
    np.testing.assert_array_equal(Renderer(layers, (256, 256)).draw(TALKING), first)


def test_pixel_formats_show_the_same_picture(layers):
    import cv2

    rgb = Renderer(layers, (256, 192)).draw(TALKING)
    rgba = Renderer(layers, (256, 192), "rgba").draw(TALKING)
    i420 = Renderer(layers, (256, 192), "i420").draw(TALKING)
    assert rgb.shape == (192, 256, 3)
    np.testing.assert_array_equal(rgba[..., :3], rgb)
    assert (rgba[..., 3] == 255).all()
    assert i420.shape == (288, 256)
    # rounding, and light beyond white; of chroma in test_compiled
    off = np.abs(i420.astype(int) - cv2.cvtColor(rgb, cv2.COLOR_RGB2YUV_I420))[:192]
    assert np.mean(off > 1) < 0.003
    assert off.max() <= 8


def test_a_transparent_background_leaves_the_person(layers):
    rgba = Renderer(layers, (256, 256), "rgba", background="transparent").draw(TALKING)
    over_red = Renderer(layers, (256, 256), background=(255, 0, 0)).draw(TALKING).astype(float)
    alpha = rgba[..., 3:].astype(float) / 255
    assert alpha.min() < 0.05 and alpha.max() == 1
    composed = rgba[..., :3] * alpha + np.array([255.0, 0, 0]) * (1 - alpha)
    # mouth and eyes are drawn over the backdrop in floats: rounding only
    assert np.abs(composed - over_red).mean() < 1.5


def test_a_picture_as_background_fills_the_output(layers):
    background = np.zeros((100, 300, 3), np.uint8)
    background[..., 2] = 200
    picture = Renderer(layers, (256, 256), background=background).draw(poses.make())
    empty = Renderer(layers, (256, 256), "rgba", background="transparent").draw(poses.make())
    outside = empty[..., 3] == 0
    assert outside.any()
    assert (picture[outside] == [0, 0, 200]).all()


def test_draws_into_the_callers_buffer(layers):
    renderer = Renderer(layers, (128, 128), "i420")
    out = np.zeros(renderer.shape, np.uint8)
    assert renderer.draw(TALKING, out) is out
    assert out.any()
    with pytest.raises(InvalidOption, match="shape"):
        renderer.draw(TALKING, np.zeros((128, 128), np.uint8))
    with pytest.raises(InvalidOption, match="contiguous"):
        renderer.draw(TALKING, np.zeros(renderer.shape[::-1], np.uint8).T)


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros(3, np.float32),
        np.full(poses.POSE_SIZE, np.nan, np.float32),
        np.full(poses.POSE_SIZE, np.inf, np.float32),
    ],
)
def test_a_wrong_pose_is_refused(layers, bad):
    with pytest.raises(InvalidOption, match="finite"):
        Renderer(layers, (128, 128)).draw(bad)


@pytest.mark.parametrize(
    "options",
    [
        {"pixel_format": "bgr"},
        {"size": (101, 100)},
        {"framing": "far"},
        {"background": "sky"},
        {"background": np.zeros((4, 4), np.uint8)},
    ],
)
def test_wrong_options_are_refused(layers, options):
    with pytest.raises(InvalidOption):
        Renderer(layers, **options)


def test_wide_outputs_continue_the_background(layers):
    renderer = Renderer(layers, (512, 128))
    picture = renderer.draw(poses.make())
    sides = np.concatenate([picture[:, :150], picture[:, -150:]], 1)
    assert sides.std() > 1  # something is there, and it never moves
    moved = renderer.draw(poses.make(headYaw=5, headX=3))
    np.testing.assert_array_equal(moved[:, :150], picture[:, :150])


def test_a_head_shrunk_to_nothing_is_drawn(layers):
    Renderer(layers, (64, 64)).draw(poses.make(headScale=-1, jawOpen=1, eyeBlink=0.5, gazeX=5))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-3, 3, width=32), min_size=poses.POSE_SIZE, max_size=poses.POSE_SIZE))
def test_any_finite_pose_is_drawn(layers, values):
    picture = Renderer(layers, (64, 64)).draw(np.array(values, np.float32))
    assert picture.shape == (64, 64, 3)


def test_a_closed_lid_takes_the_light_of_the_skin_around_it(layers):
    from visavis.render.eyes import draw_lid

    eye = Renderer(layers, (128, 128)).geometry(poses.make(eyeBlink=1)).eyes["left"]
    own = layers.eyes["left"]
    lid, bald = np.full((258, 258, 4), 255, np.uint8), np.zeros_like(own.lashes)
    whole = {"lid": lid, "photo": lid, "lid_origin": (0.0, 0.0)}
    plain = dataclasses.replace(own, **whole, lashes=bald)
    x, y = np.meshgrid(np.arange(128) * 2 + 0.5, np.arange(128) * 2 + 0.5)
    uv = np.stack([x, y], -1).astype(np.float32)
    drawn = []
    for light in (1.0, 0.8):
        picture = np.zeros((128, 128, 3), np.float32)
        gain = np.full((128, 128), light, np.float32)
        draw_lid(plain, eye, uv, gain, 0.8, (0, 0, 128, 128), picture)
        drawn.append(picture.sum())
    assert drawn[0] > 0
    assert drawn[1] == pytest.approx(0.8 * drawn[0], rel=1e-3)


def test_colours_that_compression_leaves_beside_the_person_are_none(layers):
    model = tiny_model(size=(128, 128), grid=17)
    person = model.images["person"].copy()
    empty = person[..., 3] == 0
    assert empty.any()
    person[empty, :3] = 3
    glow = person.copy()
    glow[empty, :3] = 12  # light that is only added
    pictures = []
    for texture in (person, glow):
        changed = dataclasses.replace(model, images={**model.images, "person": texture})
        pictures.append(Renderer(AvatarLayers(changed), (128, 128)).draw(TALKING))
    np.testing.assert_array_equal(pictures[0], Renderer(layers, (128, 128)).draw(TALKING))
    assert (pictures[1] > pictures[0]).any()
