"""The compiled drawer beside the one in numpy and OpenCV: the same layers, nearly the same bits."""

from __future__ import annotations

import ctypes
import functools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.synthetic import tiny_model
from visavis import imx, native
from visavis import pose as poses
from visavis.library import CHARACTERS, characters
from visavis.render import AvatarLayers, Renderer

pytestmark = pytest.mark.skipif(native.kernel() is None, reason="the kernel is not compiled here")

POSES = {
    "rest": poses.make(),
    "talking": poses.make(
        jawOpen=0.5, mouthSmile=0.3, eyeBlinkLeft=0.6, eyeBlinkRight=0.2, gazeX=5, headYaw=4,
        breath=0.6,
    ),
    "turned": poses.make(
        headYaw=-7, headPitch=4, headRoll=5, headX=6, headScale=0.03, mouthFunnel=0.6
    ),
    "shut": poses.make(eyeBlink=1, mouthPucker=0.8, browInnerUp=0.7, headPitch=-4),
    "wide": poses.make(
        jawOpen=1, mouthStretch=0.5, tongueOut=0.6, mouthLowerDown=0.5, eyeWide=0.5, gazeY=-6
    ),
    "up": poses.make(jawOpen=0.3, tongueUp=1, mouthUpperUp=0.6, gazeX=-12, eyeSquint=0.5),
}  # fmt: skip
VIEWS = {
    "square": {"size": (256, 256)},
    "wide": {"size": (384, 128)},
    "narrow": {"size": (128, 256), "background": (0, 200, 0)},
    "close": {"size": (256, 256), "framing": "close"},
    "small": {"size": (64, 64)},
}


@functools.cache
def model(name):
    if name == "tiny":
        return tiny_model(size=(128, 128), grid=17)
    return imx.read(CHARACTERS / f"{name}.imx")


def both(name, **options):
    """The same renderer with the kernel and without."""
    with pytest.MonkeyPatch.context() as patch:
        fast = Renderer(AvatarLayers(model(name)), **options)
        patch.setattr(native, "kernel", lambda: None)
        slow = Renderer(AvatarLayers(model(name)), **options)
    assert type(fast._drawer) is not type(slow._drawer)
    return fast, slow


def agree(fast, slow, pose, some=0.002, few=0.0001):
    a, b = (renderer.draw(pose).astype(int) for renderer in (fast, slow))
    off = np.abs(a - b)
    assert off.mean() < 0.4
    assert np.mean(off > 2) < some
    assert np.mean(off > 12) < few


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", ["tiny", characters()[-1]])
def test_draws_what_numpy_draws(name, view):
    fast, slow = both(name, **VIEWS[view])
    # its mouth is a sliver a quarter of the picture wide: OpenCV counts sub-pixels of such, the
    # kernel measures
    most = (0.005, 0.0003) if name == "tiny" else (0.0005, 0.0001)
    for pose in POSES.values():
        agree(fast, slow, pose, *most)


@pytest.mark.parametrize("pixel_format", ["rgb", "i420"])
def test_in_every_format(pixel_format):
    fast, slow = both(characters()[0], size=(320, 192), pixel_format=pixel_format)
    for pose in POSES.values():
        agree(fast, slow, pose)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", ["tiny", *characters()])
def test_encoders_get_the_picture_that_others_see(name, view):
    coloured, planar = (
        Renderer(AvatarLayers(model(name)), pixel_format=pixel_format, **VIEWS[view])
        for pixel_format in ("rgb", "i420")
    )
    for pose in POSES.values():
        picture = coloured.draw(pose)
        height, width = picture.shape[:2]
        luma = picture @ np.array([65.481, 128.553, 24.966]) / 255 + 16
        small = picture.reshape(height // 2, 2, width // 2, 2, 3).mean((1, 3))
        colours = [[-37.797, -74.203, 112], [112, -93.786, -18.214]]
        chroma = np.moveaxis(small @ np.array(colours).T / 255 + 128, 2, 0)
        drawn = planar.draw(pose).astype(float)
        off = np.abs(drawn[:height] - luma)
        assert off.mean() < 0.4
        # beyond what a screen can show, as its light goes: luma knows no limit of a single colour
        assert np.mean(off > 2) < (0.01 if name == "tiny" else 0.002)
        assert off.max() <= 16
        # chroma comes from a texture of half the size, and is as much softer
        off = np.abs(drawn[height:] - chroma.reshape(height // 2, width))
        assert off.mean() < 0.6
        assert np.mean(off > 8) < 0.01


def test_encoders_get_the_same_picture_whatever_the_buffer_held():
    renderer = Renderer(AvatarLayers(model(characters()[0])), (384, 128), "i420")
    first = renderer.draw(POSES["talking"])
    for held in (0, 255):
        out = np.full(renderer.shape, held, np.uint8)
        renderer.draw(POSES["turned"])
        np.testing.assert_array_equal(renderer.draw(POSES["talking"], out), first)


def test_an_avatar_serves_encoders_and_screens_in_any_order():
    def drawn(*pixel_formats):
        layers = AvatarLayers(imx.read(CHARACTERS / f"{characters()[0]}.imx"))
        return {f: Renderer(layers, pixel_format=f).draw(POSES["talking"]) for f in pixel_formats}

    one, other = drawn("i420", "rgb", "i420"), drawn("rgb", "i420", "rgb")
    for pixel_format in ("rgb", "i420"):
        np.testing.assert_array_equal(one[pixel_format], other[pixel_format])


def test_a_transparent_person_has_the_same_alpha():
    fast, slow = both(
        characters()[0], size=(256, 256), pixel_format="rgba", background="transparent"
    )
    for pose in POSES.values():
        # where alpha is 1 or 2 of 255, the colours of straight alpha are noise
        a, b = (renderer.draw(pose).astype(float) for renderer in (fast, slow))
        a[..., :3] *= a[..., 3:] / 255
        b[..., :3] *= b[..., 3:] / 255
        assert np.mean(np.abs(a - b) > 2) < 0.002


def test_geometry_is_the_same():
    fast, slow = both(characters()[0], size=(256, 256))
    heads = {"turned": poses.make(headYaw=30, headPitch=-5, headRoll=4, headX=6, headScale=0.1)}
    for pose in (POSES | heads).values():
        a, b = fast.geometry(pose), slow.geometry(pose)
        np.testing.assert_allclose(a.depth, b.depth, atol=1e-5)
        np.testing.assert_allclose(a.gain, b.gain, atol=1e-5)
        for name in ("points", "lip_upper", "lip_lower", "mouth_origin", "jaw_shift", "open_mm"):
            np.testing.assert_allclose(getattr(a, name), getattr(b, name), atol=2e-3, err_msg=name)
        np.testing.assert_allclose(a.mouth_axes, b.mouth_axes, atol=1e-4)
        for side, eye in a.eyes.items():
            for name in ("upper", "lower", "margin", "gaze"):
                one, other = getattr(eye, name), getattr(b.eyes[side], name)
                np.testing.assert_allclose(one, other, atol=4e-3, err_msg=name)


@pytest.mark.parametrize("name", ["tiny", *characters()])
def test_eyes_of_encoders_pictures_are_where_they_are_in_others(name):
    size = (256, 256) if name == "tiny" else (512, 512)  # as large as they are drawn
    renderer = Renderer(AvatarLayers(model(name)), size, "i420")
    random = np.random.default_rng(3)
    moved = {
        f"{i}": poses.make(
            **dict(zip(("eyeBlinkLeft", "eyeBlinkRight"), random.uniform(0, 1, 2), strict=True)),
            gazeX=random.uniform(-12, 12), gazeY=random.uniform(-9, 9), headRoll=9 * i,
            eyeWide=float(i % 3 == 0), eyeSquint=random.uniform(0, 1), eyeLookInLeft=0.1 * i,
        )
        for i in range(8)
    }  # fmt: skip
    for pose in (POSES | moved).values():
        geometry = renderer.geometry(pose)
        renderer.convert(geometry, np.empty(renderer.shape, np.uint8))
        drawer, seen = renderer._drawer, []
        for index, (side, eye) in enumerate(geometry.eyes.items()):
            if eye is None or not (eye.blink or eye.gaze.any()):
                continue
            seen.append(index)
            placed = drawer._moving[side].drawn.values
            numbers = ctypes.cast(placed.margin, ctypes.POINTER(ctypes.c_float))
            margin = np.ctypeslib.as_array(numbers, (placed.count, 2))
            np.testing.assert_allclose(margin, eye.margin, atol=1e-5)
            iris = eye.gaze * renderer.layers.texture_scale
            np.testing.assert_allclose(placed.iris[:], iris, atol=1e-5)
            box = drawer._eye_box(renderer.layers.eyes[side], eye, geometry.px_per_mm)
            first = 4 + 4 * len(seen)
            assert drawer._places.boxes[first : first + 4] == list(box)
        assert drawer._places.eyes[: drawer._places.count] == seen


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 36))
def test_no_pose_is_too_much(seed, exponent):
    pose = np.random.default_rng(seed).normal(size=poses.POSE_SIZE) * 10.0**exponent
    for pixel_format in ("rgb", "i420"):
        renderer = Renderer(AvatarLayers(model("tiny")), (64, 64), pixel_format)
        renderer.draw(np.clip(pose, -3e38, 3e38).astype(np.float32))
        rest = renderer.draw(poses.make())
        fresh = Renderer(AvatarLayers(model("tiny")), (64, 64), pixel_format)
        np.testing.assert_array_equal(rest, fresh.draw(poses.make()))
