"""The same poses drawn by the browser and by the CPU drawer, for tests and the benchmark.

Comes in: a page that has the player, an avatar's file. Goes out: pictures, premultiplied RGBA.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from visavis.imx import AvatarModel
from visavis.pose import make
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
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return {size, error, pictures};
}"""

Picture = npt.NDArray[np.uint8]


def drawn_in_browser(
    page: Any,
    folder: Path,
    data: bytes,
    size: tuple[int, int],
    background: str,
    framing: str = "auto",
    names: tuple[str, ...] = tuple(POSES),
) -> list[Picture]:
    """Pictures (h, w, 4) of the named poses; the avatar is put into the site's folder."""
    (folder / "avatar.imx").write_bytes(data)
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
    """The same pictures by the CPU drawer."""
    renderer = Renderer(model, size, "rgba", framing, background)  # type: ignore[arg-type]
    pictures = []
    for name in names:
        renderer.draw(POSES[name])
        pictures.append(renderer._drawer.picture.copy())
    return pictures


def away(one: Picture, other: Picture) -> npt.NDArray[np.int64]:
    """Grey levels (h, w) by which two pictures differ, of the channel that differs most."""
    return np.asarray(np.abs(one.astype(np.int64) - other).max(2))
