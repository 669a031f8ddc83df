"""The eyes' layers: closed lids, lashes, and an iris that can look about.

Comes in: a :class:`Subject` and its rig. Goes out: per eye the pictures `lid`, `lashes`, `white`,
`iris`, `glint` and its part of `face/face.json`; nothing for an eye that must be left alone
(behind opaque glasses, covered, shut in the picture).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from visavis.build.eyeball import eyeball
from visavis.build.glasses import Glasses, find_glasses
from visavis.build.lashes import lash_colour, lash_strip
from visavis.build.lids import closed_lid
from visavis.build.light import luminance, skin_colour
from visavis.build.outlines import EyeOutline, FaceShape, Side, eye_outline
from visavis.build.subject import Subject
from visavis.build.window import Window

Texture = npt.NDArray[np.uint8]

_SHUT = 1.6
"""An eye open less than this in its middle, mm, is taken as shut."""
_LEAST_SKIN = 0.15
"""Share of the eye's surroundings that must look like skin."""
_BRIGHTER = 4.0
"""So many times as bright as its surroundings, the brightest of an eye is white in deep shade, and
not hair."""


def eye_layers(
    subject: Subject, rig: FaceShape
) -> tuple[dict[str, Texture], dict[str, dict[str, Any] | None]]:
    """Make the layers of both eyes.

    Args:
        subject: the framed picture.
        rig: the rig fitted to it.

    Returns:
        Images by member name without extension (lid_left, lashes_left, eye_left_white,
        eye_left_iris, eye_left_glint and the same for right) and the `eyes` part of
        `face/face.json`: per side a dictionary, or None where the eye must be left alone.
    """
    glasses = find_glasses(subject)
    images: dict[str, Texture] = {}
    parts: dict[str, dict[str, Any] | None] = {}
    sides: tuple[Side, Side] = ("left", "right")
    outlines = {side: eye_outline(subject, rig, side) for side in sides}
    covered = {side: _is_covered(subject, eye, glasses) for side, eye in outlines.items()}
    if any(covered[side] and _is_seen(subject, outlines[side], glasses) for side in sides):
        return {}, dict.fromkeys(sides)  # one that blinks alone would wink
    for side, other in zip(sides, reversed(sides), strict=True):
        eye = outlines[side]
        if glasses.opaque or _is_shut(subject, eye) or covered[side]:
            parts[side] = None
            continue
        lid_box, lid, roll = closed_lid(subject, eye, glasses, outlines[other])
        lash = lash_colour(subject, eye)
        ball = eyeball(subject, eye)
        images[f"lid_{side}"] = lid
        images[f"lashes_{side}"] = lash_strip(subject, eye, lash, glasses)
        images[f"eye_{side}_white"] = ball.white
        images[f"eye_{side}_iris"] = ball.iris
        images[f"eye_{side}_glint"] = ball.glint
        parts[side] = {
            "lid": list(lid_box),
            "patch": list(ball.box),
            "iris": [round(float(v), 3) for v in (*eye.iris, ball.radius)],
            "down": [round(float(v), 5) for v in eye.down],
            "lash": [round(float(v), 1) for v in lash],
            "roll": [round(v, 3) for v in roll],
        }
    return images, parts


def _is_shut(subject: Subject, eye: EyeOutline) -> bool:
    """Whether the eye shows nothing: shut, or drawn as a line."""
    middle = slice(len(eye.upper) // 3, -(len(eye.upper) // 3))
    opening = (eye.lower[middle] - eye.upper[middle]) @ eye.down / subject.mm
    return float(np.median(opening)) < _SHUT


def _is_covered(subject: Subject, eye: EyeOutline, glasses: Glasses) -> bool:
    """Whether too little about the eye is skin (hair, an eye patch, a hand)."""
    if subject.kind == "drawn":
        return False
    window = Window.around(subject, eye.opening, 8)
    ring = _about(window, eye, glasses)
    if not ring.any():
        return False
    pixels = window.cut(subject.picture_hi)[ring]
    skin = skin_colour(subject)
    light = np.log((luminance(pixels) + 0.01) / (float(luminance(skin)) + 0.01))
    hue = np.log((pixels[:, 0] + 8) / (pixels[:, 2] + 8)) - np.log((skin[0] + 8) / (skin[2] + 8))
    alike = (np.abs(light) < 2.4) & (np.abs(hue) < 0.6)
    return float(alike.mean()) < _LEAST_SKIN


def _is_seen(subject: Subject, eye: EyeOutline, glasses: Glasses) -> bool:
    """Whether a covered eye can be seen, in a shade so deep that it gives no lid."""
    window = Window.around(subject, eye.opening, 8)
    light = luminance(window.cut(subject.picture_hi))
    opening, ring = window.polygon(eye.opening) > 0.5, _about(window, eye, glasses)
    brightest = float(np.percentile(light[opening], 95)) if opening.any() else 0.0
    return brightest > _BRIGHTER * (float(np.median(light[ring])) + 0.01)


def _about(window: Window, eye: EyeOutline, glasses: Glasses) -> npt.NDArray[np.bool_]:
    """A ring about the eye, without brow and rims."""
    opening = window.polygon(eye.opening) > 0.5
    brow = window.grow(window.polygon(eye.brow) > 0.5, 1.5)
    ring = window.grow(opening, 8) & ~window.grow(opening, 2.5) & ~brow
    return np.asarray(ring & ~glasses.rim_in(window), np.bool_)
