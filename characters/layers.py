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

from characters.brush import Brush, polygon, resample, spline
from characters.eyes import EyeStyle, State, draw_glints, draw_iris, lid_line
from characters.mouths import MouthStyle, textures
from characters.picture import paint, to_canvas
from characters.shape import Curve, Face
from visavis.build.framing import calmed
from visavis.imx import AvatarModel

Pixels = npt.NDArray[np.uint8]
Drawing = Callable[[Brush], None]

SIDES = {"left": 1, "right": -1}
"""The character's own left is the picture's right, where x is positive."""

ALPHA_STEP = 15
GAIN, SMILE = 1.35, 0.12
"""Of the mouth's opening, and added while speaking: a drawing is read from further away."""
CALMED = 3
"""How often a painted texture is calmed: strokes are sharper than a photo's detail."""
STRIP = (240, 72)
"""Columns and rows of a lash texture."""
STRIP_ABOVE, STRIP_BELOW = 0.8, 3.0
"""Millimetres it reaches above and below the lid's margin (docs/imx-format.md)."""


class Character(Protocol):
    """What a character's module has."""

    FACE: Face
    EYES: EyeStyle
    MOUTH: MouthStyle
    PAINTED: bool

    def draw(self, brush: Brush, eyes: State = "open") -> None:
        """Draws head and shoulders."""

    def backdrop(self, brush: Brush) -> None:
        """Draws what is behind."""


class Canvas:
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
        drawn = paint(drawing, scale=self.scale * k, corner=place, size=size)
        return _calmed(drawn) if self.character.PAINTED and k > 1 else drawn

    def box(self, curve: Curve, margin: float) -> tuple[float, float, float, float]:
        """Whole canvas px around a curve given in mm, and `margin` mm around it."""
        points = to_canvas(np.concatenate([curve - margin, curve + margin])) * self.scale
        points = points + self.shift
        (x0, y0), (x1, y1) = np.floor(points.min(0)), np.ceil(points.max(0))
        return float(x0), float(y0), float(x1), float(y1)

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
    canvas = Canvas(character, model)
    images = dict(model.images)
    images["person"] = _premultiplied(_stepped(canvas.draw(character.draw)))
    images["background"] = _opaque(canvas.draw(character.backdrop, 1.0))
    images |= textures(character.MOUTH)
    blank = canvas.draw(partial(character.draw, eyes="blank"))
    shut = canvas.draw(partial(character.draw, eyes="shut"))
    eyes = {}
    for name, side in SIDES.items():
        iris = canvas.draw(partial(_iris, character, side))
        glint = canvas.draw(partial(_glints, character.FACE, side))
        mask = canvas.draw(partial(_lid_mask, character.FACE, side))
        lid, patch = (
            canvas.box(_lid_edge(character.FACE, side), 3),
            canvas.box(character.FACE.eye_opening(side), 3),
        )
        skin = canvas.cut(shut, lid)
        skin[..., 3] = np.minimum(skin[..., 3], canvas.cut(mask, lid)[..., 3])
        images[f"lid_{name}"] = _premultiplied(skin)
        images[f"lashes_{name}"] = _lash_strip(character, side)
        images[f"eye_{name}_white"] = _opaque(canvas.cut(blank, patch))
        images[f"eye_{name}_iris"] = _premultiplied(canvas.cut(iris, patch))
        images[f"eye_{name}_glint"] = _opaque(_premultiplied(canvas.cut(glint, patch)))
        change = {"lid": lid, "patch": patch, "lash": _rgb(character.EYES.line)}
        eyes[name] = getattr(model.face.eyes, name).model_copy(update=change)
    style = character.MOUTH
    mouth = {
        "lip": _rgb(style.lip),
        "seam": _rgb(style.seam),
        "cavity": _rgb(style.cavity),
        "shade": style.shade,
    }
    face = model.face.model_copy(
        update={
            "eyes": model.face.eyes.model_copy(update=eyes),
            "mouth": model.face.mouth.model_copy(update=mouth),
        }
    )
    lipsync = model.lipsync.model_copy(update={"gain": GAIN, "smile": SMILE})
    return dataclasses.replace(model, images=images, face=face, lipsync=lipsync)


def _rgb(code: str) -> tuple[float, float, float]:
    red, green, blue = (float(int(code[i : i + 2], 16)) for i in (1, 3, 5))
    return red, green, blue


def _lid_edge(face: Face, side: int) -> Curve:
    """Around what the closed lid covers: from its crease to under the lower lid, closed."""
    upper = spline(face.eye.upper)
    above = np.minimum(spline(face.eye.crease), [1e3, upper[:, 1].min() - 2.5]) + [0, -1.2]
    below = spline(face.eye.lower)[::-1] + [0, 1.1]
    outer, inner = upper[-1], upper[0]
    corner = np.array([outer + [7.5, -5], outer + [7.5, 0.5]])
    nose = np.array([inner + [-2.6, 1.2], inner + [-2.8, -2]])
    return np.concatenate([above, corner, below, nose]) * [side, 1]


def _iris(character: Character, side: int, brush: Brush) -> None:
    draw_iris(brush, character.FACE, side, character.EYES)


def _glints(face: Face, side: int, brush: Brush) -> None:
    draw_glints(brush, face, side)


def _lid_mask(face: Face, side: int, brush: Brush) -> None:
    edge = polygon(_lid_edge(face, side))
    brush.fill(edge, "#ffffff")
    brush.fill(edge, "#ffffff", soft=0.8)


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
    lid_line(Brush(skin), length, character.EYES)
    pixels = surface.makeImageSnapshot().toarray(colorType=skia.kRGBA_8888_ColorType)
    return np.ascontiguousarray(pixels[..., 0])


def _stepped(image: Pixels) -> Pixels:
    """Opacity in few steps: unseen at a hair's edge, and half the bytes in the file."""
    image[..., 3] = np.round(image[..., 3] / ALPHA_STEP) * ALPHA_STEP
    return image


def _opaque(image: Pixels) -> Pixels:
    """The colours alone."""
    return np.ascontiguousarray(image[..., :3])


def _calmed(drawn: Pixels) -> Pixels:
    """Straight RGBA without strokes so fine that a moving head would show them by turns."""
    calm = _premultiplied(drawn)
    for _ in range(CALMED):
        calm = calmed(calm)
    cover = np.maximum(calm[..., 3:].astype(np.float32), 1) / 255
    calm[..., :3] = np.clip(np.round(calm[..., :3] / cover), 0, 255)
    return calm


def _premultiplied(image: Pixels) -> Pixels:
    """Straight RGBA as premultiplied."""
    colour = image[..., :3].astype(np.float32) * (image[..., 3:].astype(np.float32) / 255)
    return np.dstack([np.round(colour).astype(np.uint8), image[..., 3]])
