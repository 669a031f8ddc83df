"""The browser's picture is the CPU drawer's: same avatar, same poses, held against each other."""

from __future__ import annotations

import base64
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import visavis
from tests.helpers.synthetic import tiny_model
from visavis import imx
from visavis.imx import AvatarModel
from visavis.pose import POSE_SIZE, make
from visavis.render import Renderer

POSES = {
    "rest": make(),
    "aa": make(jawOpen=0.7),
    "ee": make(jawOpen=0.15, mouthStretch=0.6, mouthUpperUp=0.5, mouthLowerDown=0.4),
    "oo": make(jawOpen=0.3, mouthPucker=0.7),
    "sh": make(jawOpen=0.2, mouthFunnel=0.7),
    "mm": make(jawOpen=0.1, mouthClose=0.1, mouthPress=0.6),
    "th": make(jawOpen=0.25, tongueOut=0.8),
    "half a blink": make(eyeBlink=0.5),
    "a wink": make(eyeBlinkLeft=1.0),
    "a look": make(gazeX=8, gazeY=4, eyeWide=0.6),
    "a turn": make(headYaw=7, headPitch=-4, headRoll=4, headScale=0.02, headX=2, breath=1),
    "a smile": make(mouthSmile=0.8, cheekSquint=0.5, jawOpen=0.25, headYaw=-6, gazeX=-6),
}
FEW = ("rest", "a smile", "half a blink", "oo")
CHARACTERS = Path(visavis.__file__).parent / "characters"
MEAN, HIGH = 1.5, 16.0
"""Grey levels by which pictures may differ, in the mean and at the 99.5th percentile."""

DRAW = """async ([url, width, height, poses, background, framing]) => {
  const {contextOf, Drawer, frameView, read} = await import("/player/visavis.js");
  const avatar = await read(await (await fetch(url)).arrayBuffer());
  const canvas = document.createElement("canvas"), gl = contextOf(canvas);
  const drawer = new Drawer(gl, avatar, frameView(avatar, width, height, framing), background);
  canvas.width = drawer.view.width;
  canvas.height = drawer.view.height;
  const pictures = poses.map((pose) => {
    drawer.draw(pose);
    const pixels = drawer.pixels();
    let text = "";
    for (let i = 0; i < pixels.length; i += 32768)
      text += String.fromCharCode.apply(null, pixels.subarray(i, i + 32768));
    return btoa(text);
  });
  const error = gl.getError(), size = [drawer.view.width, drawer.view.height];
  drawer.free();
  return {size, error, pictures};
}"""

Picture = npt.NDArray[np.uint8]


@cache
def character(name: str) -> AvatarModel:
    return imx.read(CHARACTERS / f"{name}.imx")


def drawn_in_browser(
    page: Any,
    site: tuple[str, Path],
    data: bytes,
    size: tuple[int, int],
    background: str,
    framing: str = "auto",
    names: tuple[str, ...] = tuple(POSES),
) -> list[Picture]:
    (site[1] / "avatar.imx").write_bytes(data)
    poses = [POSES[name].tolist() for name in names]
    made = page.evaluate(DRAW, ["/avatar.imx", *size, poses, background, framing])
    assert made["error"] == 0
    width, height = made["size"]
    return [
        np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)
        for text in made["pictures"]
    ]


def drawn_here(
    model: AvatarModel,
    size: tuple[int, int],
    background: str,
    framing: Any = "auto",
    names: tuple[str, ...] = tuple(POSES),
) -> list[Picture]:
    """Premultiplied, as the drawer has it."""
    renderer = Renderer(model, size, "rgba", framing, background)  # type: ignore[arg-type]
    pictures = []
    for name in names:
        renderer.draw(POSES[name])
        pictures.append(renderer._drawer.picture.copy())
    return pictures


def assert_same(
    seen: list[Picture], wanted: list[Picture], names: tuple[str, ...] = tuple(POSES)
) -> None:
    for name, one, other in zip(names, seen, wanted, strict=True):
        assert one.shape == other.shape
        difference = np.abs(one.astype(int) - other).max(2)
        mean, high = difference.mean(), np.percentile(difference, 99.5)
        assert mean <= MEAN and high <= HIGH, f"{name}: mean {mean:.2f}, 99.5 % {high:.0f}"
    # the poses are pictures of their own, so likeness to the wrong one would be noticed
    assert all(np.abs(one.astype(int) - seen[0]).max() > 30 for one in seen[1:])


@pytest.mark.parametrize(
    ("name", "size", "background", "framing", "names"),
    [
        ("ada", (512, 512), "still", "auto", tuple(POSES)),
        ("mei", (360, 480), "transparent", "close", FEW),
        ("rufus", (96, 96), "still", "auto", FEW),  # drawn larger: its texture is much finer
        ("otto", (1024, 1024), "transparent", "auto", FEW[:2]),  # a dense screen
    ],
)
def test_the_characters_of_the_wheel(
    page: Any,
    site: tuple[str, Path],
    name: str,
    size: tuple[int, int],
    background: str,
    framing: str,
    names: tuple[str, ...],
) -> None:
    data = (CHARACTERS / f"{name}.imx").read_bytes()
    seen = drawn_in_browser(page, site, data, size, background, framing, names)
    assert_same(seen, drawn_here(character(name), size, background, framing, names), names)


def test_a_picture_wider_than_the_canvas(page: Any, site: tuple[str, Path]) -> None:
    data = (CHARACTERS / "ada.imx").read_bytes()
    seen = drawn_in_browser(page, site, data, (720, 256), "still", names=FEW[:2])
    assert_same(seen, drawn_here(character("ada"), (720, 256), "still", names=FEW[:2]), FEW[:2])


def test_an_avatar_with_one_eye(page: Any, site: tuple[str, Path]) -> None:
    """A mesh that folds over itself at every pose: only what stays in its place is compared."""
    data = imx.encode(tiny_model(size=(128, 128), eyes=(True, False)))
    model = imx.read(data)
    seen = drawn_in_browser(page, site, data, (128, 128), "still", names=FEW[:1])[0]
    wanted = Renderer(model, (128, 128), "rgba").draw(np.zeros(POSE_SIZE, np.float32))
    difference = np.abs(seen[..., :3].astype(int) - wanted[..., :3])
    assert difference.mean() < MEAN
