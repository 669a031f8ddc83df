"""Skin for a closed lid: the open eye and its lashes erased from the picture.

Comes in: a :class:`Subject`, an :class:`EyeOutline`, the glasses. Goes out: the lid's texture.
A blink does not bend the skin: this texture lies still over the eye, and only the line at which
the renderer clips it, the lid's margin, comes down.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from visavis.build.filling import detail, push_pull
from visavis.build.glasses import Glasses
from visavis.build.hair import hair_over
from visavis.build.indices import OVAL
from visavis.build.light import luminance
from visavis.build.outlines import EyeOutline
from visavis.build.subject import Subject
from visavis.build.window import Window, smoothstep

Array = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Texture = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]

_SHADE = 0.84
"""What is darker than this share of the skin around is lash, make-up line or shadow."""
_NO_SKIN = 0.38
"""What is darker than this share of the median is hair or frame, no skin to fill from."""
_FULL_LIGHT = 1.6
"""What is brighter than this share of the median lies outside the eye's hollow."""
_HUE = 0.30
"""Skin to fill from differs at most this much in log red to blue."""
_OWN_TONE = 0.35
"""How far the lid takes the brightness of the strip over its margin."""
_DRAWN_CREASE = 4
"""How much stronger a drawing has the fold of the lid."""
_MOST_PORES = 4.0
"""Grey levels by which the lid's fine texture may differ from its mean."""


@dataclass(frozen=True)
class _Lid:
    """One eye's surroundings at texture scale, and the masks over them."""

    window: Window
    pixels: Array
    opening: Array
    zone: Mask
    brow: Mask
    frame: Mask
    hair: Mask
    face: Mask
    above: Array
    """Height over the upper lid's margin, mm; negative below it."""
    beyond: Array
    """Distance outside the corners along the eye, mm; negative between them."""
    ends: tuple[float, float]
    """Between these distances beyond the corners the texture fades out, mm."""

    @cached_property
    def light(self) -> Array:
        return luminance(self.pixels)

    @cached_property
    def typical(self) -> float:
        """Median luminance round the eye."""
        ring = ~self.zone & ~self.brow & ~self.frame & self.face
        return float(np.median(self.light[ring if ring.any() else ~self.zone]))


def closed_lid(subject: Subject, eye: EyeOutline, glasses: Glasses) -> tuple[Box, Texture]:
    """Make the skin that is seen when the eye is shut.

    Args:
        subject: the framed picture.
        eye: the eye's outline.
        glasses: what crosses the eye; it stays in front of the lid.

    Returns:
        Box in canvas px, and uint8 (h, w, 4) premultiplied RGBA at texture scale over it.
    """
    lid = _survey(subject, eye, glasses)
    erased = _erased(lid)
    skin = _skin(lid, erased)
    alpha = _alpha(lid, erased)
    skin = skin * _tone(lid, skin, eye.brow_gap)
    if subject.kind == "photo":
        skin = skin * (_crease(lid, eye.brow_gap) * _bulge(lid))[..., None]
        skin = skin + _pores(subject, eye, lid.window.shape)[..., None]
    else:
        skin = skin * (_crease(lid, eye.brow_gap) ** _DRAWN_CREASE)[..., None]
    texture = np.dstack([np.clip(skin, 0, 255) * alpha[..., None], 255 * alpha])
    return _trimmed(lid.window, np.asarray(texture + 0.5, np.uint8))


def _survey(subject: Subject, eye: EyeOutline, glasses: Glasses) -> _Lid:
    shrink = (0.36, 3.0) if glasses.present else (0.55, 5.2)
    reach = float(np.clip(shrink[0] * eye.brow_gap, 1.6, shrink[1]))
    raised = eye.opening - eye.down * (0.5 * reach * subject.mm)
    # Drawn lashes are long and end in strokes of their own.
    around, ends = (2.0, (2.2, 5.5)) if subject.kind == "photo" else (6.5, (8.5, 11.5))
    margin = max(around, 0.55 * reach + 0.6) + 7
    window = Window.around(subject, np.concatenate([eye.opening, raised]), margin)
    opening = window.polygon(eye.opening)
    zone = window.grow(opening > 0.1, around)
    zone |= window.grow(window.polygon(raised) > 0.1, 0.55 * reach + 0.6)
    x, y = window.grid()
    middle = (eye.upper[0] + eye.upper[-1]) / 2
    along = (x - middle[0]) * eye.across[0] + (y - middle[1]) * eye.across[1]
    lower = (x - middle[0]) * eye.down[0] + (y - middle[1]) * eye.down[1]
    margin_line = (eye.upper - middle) @ np.column_stack([eye.across, eye.down])
    order = np.argsort(margin_line[:, 0])
    line = np.interp(along, margin_line[order, 0], margin_line[order, 1])
    hair = hair_over(subject, eye, window)
    half = float(np.linalg.norm(eye.upper[-1] - eye.upper[0])) / 2
    return _Lid(
        window=window,
        pixels=window.cut(subject.picture_hi),
        opening=opening,
        zone=zone,
        brow=window.grow(window.polygon(eye.brow) > 0.1, 1.5),
        frame=glasses.rim_in(window) | hair,
        hair=hair,
        face=window.polygon(subject.landmarks[OVAL]) > 0.5,
        above=((line - lower) / subject.mm).astype(np.float32),
        beyond=((np.abs(along) - half) / subject.mm).astype(np.float32),
        ends=ends,
    )


def _erased(lid: _Lid) -> Mask:
    """The opening, the lashes, and what else of the zone is darker than skin would be."""
    window = lid.window
    known = ~lid.zone & ~lid.brow & ~lid.frame & (lid.light > _NO_SKIN * lid.typical)
    first = push_pull(lid.pixels, window.shrink(known, 0.3))
    dark = lid.zone & (lid.light < _SHADE * luminance(first))
    inside = (lid.opening > 0.08) & ~lid.hair
    # A frame is kept, but not what of it lies in the opening itself.
    mask = inside | (dark & ~(lid.frame & ~window.grow(inside, 0.6)))
    mask = window.grow(mask, 0.7) & ~(lid.frame & ~inside)
    if not lid.frame.any():
        mask = window.shrink(window.grow(mask, 1.2), 1.2) | mask
    return mask


def _skin(lid: _Lid, erased: Mask) -> Array:
    """Smooth skin for the erased part, from skin of one hue around it."""
    pixels = lid.pixels
    known = ~erased & ~lid.brow & ~lid.frame & (lid.light > _NO_SKIN * lid.typical)
    # The lid lies in the eye's hollow: skin in full light beside it is no measure.
    known &= lid.light < _FULL_LIGHT * lid.typical
    hue = np.log((pixels[..., 0] + 8) / (pixels[..., 2] + 8))
    face = known & lid.face
    if face.sum() > 50:
        alike = np.abs(hue - float(np.median(hue[face]))) < _HUE
        # What shows of the lid itself counts in any colour: it may be made up.
        own = (lid.above > 1.0) & (lid.above < 4.5) & (lid.beyond < -2) & lid.zone
        known = face & (alike | own)
    filled = push_pull(pixels, lid.window.shrink(known, 0.3))
    return lid.window.blur(filled, 1.0)


def _tone(lid: _Lid, skin: Array, brow_gap: float) -> Array:
    """Gain (h, w, 3) towards the lid's own colour, seen in the strip over its margin.

    Skin from farther away is too bright beside eye shadow or in the shade of the brow. Only part
    of the difference is taken: lashes in the strip make it look darker than it is.
    """
    top = float(np.clip(0.5 * brow_gap, 2.5, 6.0))
    strip = (lid.above > min(1.8, 0.4 * top)) & (lid.above < top) & (lid.beyond < -1)
    strip &= ~lid.brow & ~lid.frame & (lid.opening < 0.02)
    # Lashes are much darker, and greyer: skin in shadow is as red as lit skin, or redder.
    ratio = np.log((lid.pixels + 4) / (skin + 4))
    greyer = ratio[..., 2] - ratio[..., 0]
    strip &= (lid.light > 0.5 * luminance(skin)) & (greyer < 0.04)
    if strip.sum() < 40:
        return np.ones_like(skin)
    local = lid.window.mean_within(ratio, strip, 2.5)
    overall = np.median(ratio[strip], axis=0)
    covered = np.clip(lid.window.blur(strip, 2.5) / 0.15, 0, 1)[..., None]
    change = np.clip(overall + (local - overall) * covered, -0.4, 0.05)
    fade = (1 - smoothstep(0.2 * top, top, lid.above)) * (1 - smoothstep(-3, 2, lid.beyond))
    return np.asarray(np.exp(_OWN_TONE * change * fade[..., None]), np.float32)


def _crease(lid: _Lid, brow_gap: float) -> Array:
    """A faint fold where the lid of the open eye was tucked in."""
    height = float(np.clip(0.13 * brow_gap, 0.8, 2.2))
    across = 1 - smoothstep(-7, -1, lid.beyond)
    fold = np.exp(-(((lid.above - height) / 0.45) ** 2))
    below = np.exp(-(((lid.above - height + 1.6) / 1.1) ** 2))
    return np.asarray(1 + across * (0.02 * below - 0.04 * fold), np.float32)


def _alpha(lid: _Lid, erased: Mask) -> Array:
    """How much of the picture the lid replaces: all of the opening, softly the erased rest."""
    window = lid.window
    soft = np.clip(window.blur(window.grow(erased, 0.3), 0.9) * 1.35, 0, 1)
    soft = soft * window.blur(window.grow(lid.zone, 1.0), 1.0)
    soft = soft * (1 - smoothstep(*lid.ends, lid.beyond))
    alpha = np.where(lid.opening > 0.8, 1, soft)
    hidden = window.blur(lid.frame, 0.25) * ((lid.opening < 0.08) | lid.hair)
    return np.asarray(alpha * (1 - hidden), np.float32)


def _bulge(lid: _Lid) -> Array:
    """Shade of the eyeball under the lid: a little darker towards the corners and the crease."""
    half = max(-float(lid.beyond.min()), 1.0)
    sideways = np.clip(lid.beyond / half + 1, 0, 1.3)
    return np.asarray(1 - 0.08 * sideways**2.5 - 0.015 * smoothstep(0, 4, lid.above), np.float32)


def _pores(subject: Subject, eye: EyeOutline, shape: tuple[int, int]) -> Array:
    """Fine texture for the lid, from the plainer cheek: float32 (h, w), around 0."""
    fine, spread = min((_cheek_detail(subject, i) for i in (50, 280)), key=lambda found: found[1])
    limit = min(2.5 * spread, _MOST_PORES)
    fine = np.clip(fine, -limit, limit)
    if eye.side == "left":
        fine = fine[:, ::-1]
    rows, columns = fine.shape
    pad = ((0, max(shape[0] - rows, 0)), (0, max(shape[1] - columns, 0)))
    return np.asarray(np.pad(fine, pad, "symmetric")[: shape[0], : shape[1]] * 0.7, np.float32)


def _cheek_detail(subject: Subject, landmark: int) -> tuple[Array, float]:
    """What is finer than 0.45 mm about a point of the cheek, and how strong it is."""
    window = Window.around(subject, subject.landmarks[landmark][None], 8)
    fine = detail(window.cut(subject.picture_hi).mean(2), 0.45 * window.mm)
    return fine, 1.48 * float(np.median(np.abs(fine)))


def _trimmed(window: Window, texture: Texture) -> tuple[Box, Texture]:
    """The texture cut to what is not empty, on whole canvas px."""
    x, y, width, height = cv2.boundingRect((texture[..., 3] > 1).astype(np.uint8))
    step = Window.step(window.scale)
    grid = step * window.scale
    low = (int(x // grid) * step, int(y // grid) * step)
    high = (int(-(-(x + width) // grid)) * step, int(-(-(y + height) // grid)) * step)
    x0, y0 = window.box[:2]
    box = (x0 + low[0], y0 + low[1], x0 + high[0], y0 + high[1])
    rows = slice(round(low[1] * window.scale), round(high[1] * window.scale))
    columns = slice(round(low[0] * window.scale), round(high[0] * window.scale))
    return box, np.ascontiguousarray(texture[rows, columns])
