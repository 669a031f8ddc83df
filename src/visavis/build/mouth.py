"""What is seen between the lips, in this person's colours: teeth, tongue, cavity, lip lining.

Comes in: a :class:`Subject`, its rig and, where the picture shows them, its :class:`Teeth`. Goes
out: the four textures of the mouth and the `mouth` part of `face/face.json`.

All textures are premultiplied RGBA, 8 px/mm, x from the middle of the mouth:

===========  ==========  ========================================================================
texture      size, mm    where it lies
===========  ==========  ========================================================================
teeth_upper  48 x 16     incisal edge 14 mm below the texture's top
teeth_lower  48 x 12     incisal edge 2 mm below the texture's top
tongue       34 x 14     top row the back, bottom row the front edge, stretched between the two
tongue_tip   20 x 14     the tip between the teeth (th): top row inside, bottom row its front edge
===========  ==========  ========================================================================

The donor textures in `assets/` hold linear colour relative to the tooth white, stored as
255 * (relative / 1.3) ** (1 / 2.2); `training/textures/make_teeth.py` makes them.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from io import BytesIO
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from visavis.build.drawn_teeth import lower_row, upper_row
from visavis.build.light import (
    LUMA,
    LUMINANCE,
    is_grey,
    lip_colour,
    sclera_colour,
    skin_colour,
    to_encoded,
    to_linear,
)
from visavis.build.mouth_view import PX_MM, mouth_angle
from visavis.build.outlines import FaceShape
from visavis.build.subject import Subject
from visavis.build.teeth import Teeth
from visavis.build.tooth_row import continued
from visavis.build.window import smoothstep

Array = npt.NDArray[np.float32]
Texture = npt.NDArray[np.uint8]

TONGUE_SIZE = (34, 14)
TIP_WIDTH = 20
"""Millimetres, as :data:`visavis.build.tooth_row.UPPER_SIZE`."""

REFLECTANCE_MAX = 1.3
_WET = 0.30
"""Strength of the light on the wet tongue, of its own brightness."""
_BACK = 0.16
"""Brightness of the tongue's back, of its front, as seen."""
_GREY_TONGUE = 0.75
"""Brightness of the tongue's body in a grey picture, of that in colour."""
TONGUE_TINT = np.array([1.06, 0.75, 0.77], np.float32)
"""The donor was photographed in full light; behind the teeth there is less."""
LOWER_TINT = np.array([0.70, 0.66, 0.60], np.float32)
"""The lower row, of the tooth white: it is shaded by the upper one and by the lip."""
SOFTNESS = 0.6
"""Blur of the mouth's inside that matches a photograph, canvas px."""
DRAWN_SHADE = 0.4
"""How strong a drawing's lips shade what is behind them: its colours are even."""
CAVITY = np.array([0.105, 0.044, 0.044], np.float32)
"""The throat's colour, of the tongue's: dark, and redder, since red light alone comes back."""
DRAWN_WHITE = np.array([251.0, 249.0, 244.0], np.float32)
DRAWN_TONGUE = np.array([214.0, 104.0, 104.0], np.float32)


def store_reflectance(colour: Array) -> Texture:
    """Linear relative colour (..., 3 or 4, the fourth alpha 0..1) as 8 bit, see the module."""
    stored = 255 * np.clip(colour / REFLECTANCE_MAX, 0, 1) ** (1 / 2.2)
    if colour.shape[-1] == 4:
        stored[..., 3] = 255 * np.clip(colour[..., 3], 0, 1)
    return np.asarray(stored + 0.5, np.uint8)


def load_reflectance(name: str) -> Array:
    """A donor texture of `assets/` as linear relative colour, alpha 0..1; float32."""
    return _asset(name).copy()


@cache
def _asset(name: str) -> Array:
    from PIL import Image

    data = (resources.files("visavis.build") / "assets" / f"{name}.webp").read_bytes()
    stored = np.asarray(Image.open(BytesIO(data)), np.float32) / 255
    colour = REFLECTANCE_MAX * stored[..., :3] ** 2.2
    return np.asarray(np.dstack([colour, stored[..., 3:]]), np.float32)


def tooth_white(subject: Subject) -> Array:
    """Linear (3,) white of teeth nobody has seen, from the eye's white and the cheeks.

    Measured on ten smiles: teeth are 1.25 to 3 times as bright as the sclera and 1.2 to 1.9 times
    the cheek on light skin, 3 to 6 times on dark skin; the larger of the two rules fits all.
    """
    if subject.kind == "drawn":
        return to_linear(DRAWN_WHITE)
    skin = skin_colour(subject)
    sclera = sclera_colour(subject)
    white = to_linear(0.9 * skin if sclera is None else sclera)
    green = float(np.clip(max(1.30 * white[1], 1.35 * to_linear(skin)[1]), 0.10, 0.74))
    tint = (white / max(float(white[1]), 1e-3)) ** 0.55 * np.array([1.02, 1, 0.93])
    return np.asarray(green * np.clip(tint, [0.85, 1, 0.6], [1.35, 1, 1.15]), np.float32)


def mouth_layers(
    subject: Subject, rig: FaceShape, teeth: Teeth | None
) -> tuple[dict[str, Texture], dict[str, Any]]:
    """The textures of the mouth and what the renderer must know of it.

    Args:
        subject: the framed picture.
        rig: the rig fitted to it.
        teeth: of the same picture, or None.

    Returns:
        Textures by name (teeth_upper, teeth_lower, tongue, tongue_tip), uint8 (h, w, 4)
        premultiplied; and the `mouth` part of `face/face.json`.
    """
    white = tooth_white(subject)
    if subject.kind == "drawn":
        upper, lower = upper_row(), lower_row()
    else:
        upper, lower = load_reflectance("teeth_upper"), load_reflectance("teeth_lower")
    if teeth is not None and teeth.white is not None and teeth.atlas is not None:
        white, donor = teeth.white, upper
        upper = teeth.atlas
        if teeth.course is not None:
            upper = continued(upper, teeth.course, donor)
    shaded = LOWER_TINT if subject.kind != "drawn" else np.float32(0.80)
    lip = lip_colour(subject)
    tongue = _tongue_colour(subject, white, lip)
    images = {
        "teeth_upper": _premultiplied(upper[..., :3] * white, upper[..., 3]),
        "teeth_lower": _premultiplied(lower[..., :3] * white * shaded, lower[..., 3]),
        "tongue": _tongue(tongue),
        "tongue_tip": _tongue_tip(tongue, lip),
    }
    cavity = to_encoded(tongue.mean((0, 1)) * CAVITY)
    seam = lip * np.array([0.64, 0.54, 0.54])
    if is_grey(subject):
        # without its colour it would pass for a lip
        images["tongue"][..., :3] = (images["tongue"][..., :3] * _GREY_TONGUE).astype(np.uint8)
        images = {name: _grey(image) for name, image in images.items()}
        lip, cavity, seam = (np.repeat(colour @ LUMA, 3) for colour in (lip, cavity, seam))
    face_angle = float(np.arctan2(subject.frame[1, 0], subject.frame[0, 0]))
    part = {
        "stomion": _rounded(rig.stomion, 3),
        "angle": round(mouth_angle(subject) - face_angle, 5),
        "gap": round(float(rig.gap), 3),
        "own_teeth": teeth is not None and teeth.atlas is not None,
        "upper_edge": round(float(rig.upper_edge), 3),
        "arc": round(teeth.arc if teeth else 0.0, 6),
        "lip": _rounded(lip, 1),
        "cavity": _rounded(cavity, 1),
        "seam": _rounded(seam, 1),
        "jaw": _rounded(rig.jaw, 3),
        "soft_px": SOFTNESS,
        "shade": DRAWN_SHADE if subject.kind == "drawn" else 1.0,
    }
    return images, part


def _grey(texture: Texture) -> Texture:
    bright = texture[..., :3].astype(np.float32) @ LUMA
    return np.dstack([np.repeat(bright[..., None], 3, 2), texture[..., 3:]]).astype(np.uint8)


def _tongue_colour(subject: Subject, white: Array, lip: Array) -> Array:
    """The tongue under this light, its hue drawn towards the lip's: linear (112, 272, 3)."""
    donor = load_reflectance("tongue")
    if subject.kind == "drawn":
        relief = donor / donor.mean((0, 1))
        return np.asarray(to_linear(DRAWN_TONGUE) * (1 + 0.25 * (relief - 1)), np.float32)
    lit = donor * white * 1.02
    linear = to_linear(lip)
    hue = linear / max(float(linear.mean()), 1e-3)
    lit = lit * (0.6 + 0.4 * hue / np.array([1.5, 0.75, 0.75]))
    return np.asarray(lit * TONGUE_TINT, np.float32)


def _tongue(colour: Array) -> Texture:
    """Body of the tongue: dark towards the throat and the sides, a furrow in the middle, wet."""
    height, width = colour.shape[:2]
    v = ((np.arange(height) + 0.5) / height)[:, None]
    u = np.abs((np.arange(width) + 0.5) / width * 2 - 1)
    # Domed: it falls away towards the throat, where hardly any light comes, to the sides, and dips
    # at its tip. Even steps to the eye, not of light.
    seen = _BACK + (1 - _BACK) * smoothstep(0.02, 0.72, v)
    shade = (seen * (1 - 0.34 * u**2.2)) ** 2.2 * (1 - 0.2 * smoothstep(0.78, 1, v))
    shade = shade * (1 - 0.20 * np.exp(-((u / 0.08) ** 2)) * smoothstep(0.15, 0.5, v))
    # a soft light on each side of the furrow, and small ones, broken up by the tongue's own grain
    relief = (colour / np.maximum(cv2.blur(colour, (25, 25)), 1e-3)).mean(-1)
    wet = np.exp(-(((v - 0.56) / 0.15) ** 2) - ((u - 0.27) / 0.17) ** 2) * relief**3
    sparks = np.clip((_grain(height, width) - 1.1) / 1.2, 0, 1)
    wet = wet + 1.2 * sparks * np.exp(-(((v - 0.5) / 0.17) ** 2) - (u / 0.45) ** 2)
    alpha = smoothstep(0, 0.22, v) * (1 - smoothstep(0.88, 1, u))
    colour = colour * shade[..., None] + (_WET * wet * colour.mean())[..., None]
    return _premultiplied(colour, alpha)


def _grain(height: int, width: int) -> Array:
    """Bumps of the tongue's upper side, half a millimetre apart, standard deviation 1."""
    noise = np.random.default_rng(5).normal(0, 1, (height, width)).astype(np.float32)
    bumps = cv2.GaussianBlur(noise, (0, 0), 0.3 * PX_MM, sigmaY=0.22 * PX_MM)
    return np.asarray(bumps / bumps.std(), np.float32)


def _tongue_tip(colour: Array, lip: Array) -> Texture:
    """The tip between the teeth: round and wet, lit from the front as the lips are."""
    height, width = colour.shape[:2]
    v = ((np.arange(height) + 0.5) / height)[:, None]
    u = (np.arange(width) + 0.5) / width * 2 - 1
    away = np.abs(u) ** 2.4 + v**2
    # Its upper side lies in the teeth's shade, its edge turns away from the light.
    shade = 0.62 + 0.38 * smoothstep(0.22, 0.6, v)
    shade = shade * (0.38 + 0.62 * np.sqrt(np.clip(1 - away**2.2, 0, 1)))
    shade = shade * (1 - 0.14 * np.exp(-((u / 0.06) ** 2)) * smoothstep(0.95, 0.5, v))
    shade = shade * (1 + 0.05 * np.clip(_grain(height, width), -2, 2))
    wet = np.exp(-(((v - 0.66 + 0.25 * u**2) / 0.06) ** 2) - ((np.abs(u) - 0.24) / 0.2) ** 2)
    wet = wet * (0.6 + 0.4 * np.clip(_grain(height, width), -1, 1.5))
    lit = to_linear(lip)
    bright = 0.5 * float(lit @ LUMINANCE) + 0.9 * float(colour.mean((0, 1)) @ LUMINANCE)
    mixed = 0.6 * colour / float(colour.mean((0, 1)) @ LUMINANCE)
    mixed = bright * (mixed + 0.4 * lit / max(float(lit @ LUMINANCE), 1e-3))
    mixed = mixed * shade[..., None] + (_WET * bright * wet)[..., None]
    texture = _premultiplied(mixed, 1 - smoothstep(0.9, 1.0, away))
    size = (TIP_WIDTH * PX_MM, height)
    return np.asarray(cv2.resize(texture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _premultiplied(linear: npt.ArrayLike, alpha: npt.ArrayLike) -> Texture:
    """Linear colour (h, w, 3) and alpha (h, w) 0..1 as premultiplied encoded RGBA."""
    share = np.asarray(alpha, np.float32)[..., None]
    image = np.dstack([to_encoded(linear) * share, 255 * share])
    return np.asarray(image + 0.5, np.uint8)


def _rounded(values: npt.ArrayLike, digits: int) -> list[float]:
    return [round(float(v), digits) for v in np.asarray(values).ravel()]
