"""A character's textures, drawn instead of lifted from the picture.

Comes in: a character's module, the avatar built from its picture. Goes out: the avatar with person,
background and eyes drawn straight into its textures: lids that are really closed, whole irises,
lashes. Rig, teeth and tongue stay as the build made them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol

import numpy as np
import numpy.typing as npt
import skia

from characters.brush import Brush, pts, resample, spline
from characters.eyes import EyeColours, State, draw_glints, draw_iris
from characters.picture import paint, to_canvas
from characters.shape import Face
from visavis.imx import AvatarModel

Pixels = npt.NDArray[np.uint8]
Drawing = Callable[[Brush], None]

SIDES = {"left": 1, "right": -1}
"""The character's own left is the picture's right, where x is positive."""

ALPHA_STEP = 15
STRIP = (240, 72)
"""Columns and rows of a lash texture."""
STRIP_ABOVE, STRIP_BELOW = 0.8, 3.0
"""Millimetres it reaches above and below the lid's margin (docs/imx-format.md)."""


class Character(Protocol):
    """What a character's module has."""

    FACE: Face
    EYES: EyeColours
    LASHES: float

    def draw(self, brush: Brush, eyes: State = "open") -> None:
        """Draws head and shoulders."""

    def backdrop(self, brush: Brush) -> None:
        """Draws what is behind."""


class _Canvas:
    """The avatar's canvas on the drawing's: canvas px = drawing px * scale + shift.

    Args:
        character: what is drawn.
        model: the avatar built from it, for how the drawing was framed: seen from where the
            irises came to lie.
    """

    def __init__(self, character: Character, model: AvatarModel) -> None:
        self.character = character
        self.size = model.manifest.canvas
        self.texture_scale = float(model.manifest.texture_scale)
        x, y = character.FACE.eye.iris
        left, right = to_canvas([(x, y), (-x, y)])
        irises = (model.face.eyes.left, model.face.eyes.right)
        found = [np.array(eye.iris[:2]) for eye in irises if eye is not None]
        self.scale = float((found[0][0] - found[1][0]) / (left[0] - right[0]))
        self.shift = (found[0] + found[1]) / 2 - (left + right) / 2 * self.scale

    def draw(self, drawing: Drawing, texture_scale: float | None = None) -> Pixels:
        """A drawing on the whole canvas, straight RGBA, at texture scale by default."""
        k = texture_scale or self.texture_scale
        corner = -self.shift / self.scale
        size = (round(self.size[0] * k), round(self.size[1] * k))
        place = (float(corner[0]), float(corner[1]))
        return paint(drawing, scale=self.scale * k, corner=place, size=size)

    def cut(self, whole: Pixels, box: Sequence[float]) -> Pixels:
        """A box, given in canvas px, of what :meth:`draw` made."""
        x0, y0, x1, y1 = (round(v * self.texture_scale) for v in box)
        return whole[y0:y1, x0:x1].copy()


def redrawn(model: AvatarModel, character: Character) -> AvatarModel:
    """Draws an avatar's textures anew.

    Args:
        model: the avatar built from the character's picture and landmarks.
        character: its module.
    """
    canvas = _Canvas(character, model)
    images = dict(model.images)
    images["person"] = _premultiplied(_stepped(canvas.draw(character.draw)))
    images["background"] = _opaque(canvas.draw(character.backdrop, 1.0))
    blank = canvas.draw(partial(character.draw, eyes="blank"))
    shut = canvas.draw(partial(character.draw, eyes="shut"))
    eyes = {}
    for name, side in SIDES.items():
        eye = getattr(model.face.eyes, name)
        iris, glint, lid = (
            canvas.draw(partial(part, character, side)) for part in (_iris, _glints, _lid_mask)
        )
        skin = canvas.cut(shut, eye.lid)
        skin[..., 3] = np.minimum(skin[..., 3], canvas.cut(lid, eye.lid)[..., 3])
        images[f"lid_{name}"] = _premultiplied(skin)
        images[f"lashes_{name}"] = _lash_strip(character, side)
        images[f"eye_{name}_white"] = _opaque(canvas.cut(blank, eye.patch))
        images[f"eye_{name}_iris"] = _premultiplied(canvas.cut(iris, eye.patch))
        images[f"eye_{name}_glint"] = _opaque(_premultiplied(canvas.cut(glint, eye.patch)))
        dark = character.EYES.lash
        lash = tuple(float(int(dark[i : i + 2], 16)) for i in (1, 3, 5))
        eyes[name] = eye.model_copy(update={"lash": lash})
    face = model.face.model_copy(update={"eyes": model.face.eyes.model_copy(update=eyes)})
    return dataclasses.replace(model, images=images, face=face)


def _iris(character: Character, side: int, brush: Brush) -> None:
    draw_iris(brush, character.FACE, side, character.EYES)


def _glints(character: Character, side: int, brush: Brush) -> None:
    draw_glints(brush, character.FACE, side)


def _lid_mask(character: Character, side: int, brush: Brush) -> None:
    """Where the closed lid covers the open eye: from its crease to under the lower lid."""
    face = character.FACE
    above = spline(face.eye.crease) + [0, -1.6]
    below = spline(face.eye.lower)[::-1] + [0, 0.9]
    corner = np.array(pts("53.5 -6.5, 54 -3, 50.5 1"))
    nose = np.array(pts("13 2.6, 12.4 0.6, 13 -2"))
    edge = np.concatenate([above, corner, below, nose]) * [side, 1]
    path = skia.Path()
    path.addPoly([skia.Point(float(x), float(y)) for x, y in edge], True)
    brush.fill(path, "#ffffff")
    brush.line(np.concatenate([edge, edge[:1]])[::4], 2.4, "#ffffff", soft=0.5)


def _lash_strip(character: Character, side: int) -> Pixels:
    """Opacity of the closed lid's lashes along its margin, image-left to image-right."""
    margin = resample(spline(character.FACE.eye.upper), 60)
    length = float(np.linalg.norm(np.diff(margin, axis=0), axis=1).sum())
    columns, rows = STRIP
    surface = skia.Surface(columns, rows)
    skin = surface.getCanvas()
    skin.clear(skia.ColorBLACK)
    skin.scale(columns / length, rows / (STRIP_ABOVE + STRIP_BELOW))
    skin.translate(0, STRIP_ABOVE)
    if side < 0:
        skin.translate(length, 0)
        skin.scale(-1, 1)
    brush = Brush(skin)
    line = [(0.3, 0.5), (length * 0.5, 0.45), (length - 0.3, 0.5)]
    brush.stroke(line, 2.0, "#ffffff", soft=0.12, taper=(0.2, 0.3), peak=0.65)
    rng = np.random.default_rng(17)
    for t in np.linspace(0.22, 0.985, 34):
        size = (0.5 + 2.1 * t**1.6) * min(1.0, 0.5 + 0.5 * character.LASHES) * rng.uniform(0.8, 1.1)
        lean = (-0.15 + 1.0 * t**1.5) * size
        x = t * length
        hair = [(x, 0.5), (x + lean * 0.5, 0.7 + size * 0.55), (x + lean, 0.6 + size)]
        brush.stroke(hair, 0.55, "#ffffff", 0.9, taper=(1, 0.1), peak=0.1)
    pixels = surface.makeImageSnapshot().toarray(colorType=skia.kRGBA_8888_ColorType)
    return np.ascontiguousarray(pixels[..., 0])


def _stepped(image: Pixels) -> Pixels:
    """Opacity in few steps: unseen at a hair's edge, and half the bytes in the file."""
    image[..., 3] = np.round(image[..., 3] / ALPHA_STEP) * ALPHA_STEP
    return image


def _opaque(image: Pixels) -> Pixels:
    """The colours alone."""
    return np.ascontiguousarray(image[..., :3])


def _premultiplied(image: Pixels) -> Pixels:
    """Straight RGBA as premultiplied."""
    colour = image[..., :3].astype(np.float32) * (image[..., 3:].astype(np.float32) / 255)
    return np.dstack([np.round(colour).astype(np.uint8), image[..., 3]])
