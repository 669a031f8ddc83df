"""Skin for a closed lid: the open eye and its lashes erased from the picture.

Comes in: a :class:`Subject`, an :class:`EyeOutline`, the glasses. Goes out: the lid's texture. A
photo's lid is the skin above the margin, which the renderer rolls out (see :mod:`.rolled`). A
drawing's lies still over the eye, and only the line at which it is clipped, the lid's margin,
comes down.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from visavis.build.filling import detail, push_pull
from visavis.build.glasses import Glasses
from visavis.build.hair import hair_over
from visavis.build.indices import OVAL
from visavis.build.lid_view import Lid
from visavis.build.light import luminance
from visavis.build.outlines import EyeOutline
from visavis.build.rolled import Rolled
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
_STREAKS = (1.9, 3.2)
"""Fine texture is left out as a lid is stretched by more than the first, to the second, times."""
_MOST_PORES = 7.0
"""Grey levels by which the lid's fine texture may differ from its mean."""


def closed_lid(
    subject: Subject, eye: EyeOutline, glasses: Glasses, other: EyeOutline | None = None
) -> tuple[Box, Texture, tuple[float, float]]:
    """Make the skin that is seen when the eye is shut.

    Args:
        subject: the framed picture.
        eye: the eye's outline.
        glasses: what crosses the eye; it stays in front of the lid.
        other: the other eye's outline, whose rim says where this one's should be.

    Returns:
        Box in canvas px, uint8 (h, w, 4) premultiplied RGBA at texture scale over it, and how the
        skin rolls out: up to the first height over the margin, mm, it comes down with that, from
        there to the second it is stretched, and opacity counts from one half on. (0, 0): the
        texture shows the closed lid and lies still.
    """
    lid = _survey(subject, eye, glasses)
    if subject.kind == "photo":
        beside = None
        if glasses.present and other is not None:
            beside = _survey(subject, other, glasses), other
        upper = Rolled(lid, eye, beside)
        plain = 1 - smoothstep(0.65 * upper.top, upper.top, lid.above)
        opening = float(((eye.lower - eye.upper) @ eye.down).max()) / subject.mm
        stretched = 1 + opening / max(upper.top - upper.fixed, 1.0)
        # Pulled out very far, pores would be streaks.
        plain = plain * (1 - smoothstep(*_STREAKS, stretched))
        pores = _pores(subject, eye, lid.window.shape, stretched) * plain
        # Skin behind what covers it is needed too: opacity of none is one half.
        texture = _premultiplied(upper.skin + pores[..., None], 0.5 + 0.5 * upper.alpha)
        # Skin that comes down from behind a rim must be there, too.
        needed = (lid.above > 0) & (lid.above < upper.top + 1) & (lid.beyond < 2)
        box, texture = _trimmed(lid.window, texture, np.maximum(upper.alpha, needed))
        return box, texture, (upper.fixed, upper.top)
    erased = _erased(lid)
    skin = _skin(lid, erased) * _fold(lid, eye.brow_gap)[..., None]
    alpha = _alpha(lid, erased)
    return *_trimmed(lid.window, _premultiplied(skin, alpha), alpha), (0.0, 0.0)


def _premultiplied(skin: Array, alpha: Array) -> Texture:
    texture = np.dstack([np.clip(skin, 0, 255) * alpha[..., None], 255 * alpha])
    return np.asarray(texture + 0.5, np.uint8)


def _survey(subject: Subject, eye: EyeOutline, glasses: Glasses) -> Lid:
    shrink = (0.36, 3.0) if glasses.present else (0.55, 5.2)
    reach = float(np.clip(shrink[0] * eye.brow_gap, 1.6, shrink[1]))
    raised = eye.opening - eye.down * (0.5 * reach * subject.mm)
    # Drawn lashes are long and end in strokes of their own.
    around, ends = (2.0, (2.2, 5.5)) if subject.kind == "photo" else (6.5, (8.5, 11.5))
    margin = max(around, 0.62 * eye.brow_gap) + 7
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
    return Lid(
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


def _erased(lid: Lid) -> Mask:
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


def _skin(lid: Lid, erased: Mask) -> Array:
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


def _fold(lid: Lid, brow_gap: float) -> Array:
    """Where a drawing's lid of the open eye was tucked in, a faint line."""
    height = float(np.clip(0.13 * brow_gap, 0.8, 2.2))
    across = 1 - smoothstep(-7, -1, lid.beyond)
    fold = np.exp(-(((lid.above - height) / 0.45) ** 2))
    below = np.exp(-(((lid.above - height + 1.6) / 1.1) ** 2))
    return np.asarray(1 + across * (0.08 * below - 0.16 * fold), np.float32)


def _alpha(lid: Lid, erased: Mask) -> Array:
    """How much of the picture the lid replaces: all of the opening, softly the erased rest."""
    window = lid.window
    soft = np.clip(window.blur(window.grow(erased, 0.3), 0.9) * 1.35, 0, 1)
    soft = soft * window.blur(window.grow(lid.zone, 1.0), 1.0)
    soft = soft * (1 - smoothstep(*lid.ends, lid.beyond))
    alpha = np.where(lid.opening > 0.8, 1, soft)
    hidden = window.blur(lid.frame, 0.25) * ((lid.opening < 0.08) | lid.hair)
    return np.asarray(alpha * (1 - hidden), np.float32)


def _pores(subject: Subject, eye: EyeOutline, shape: tuple[int, int], stretched: float) -> Array:
    """Fine texture for the lid, from the plainer cheek: float32 (h, w), around 0.

    So flat that it is as it was on the cheek when the lid is pulled out by ``stretched``.
    """
    fine, spread = min((_cheek_detail(subject, i) for i in (50, 280)), key=lambda found: found[1])
    limit = min(1.6 * spread, _MOST_PORES)
    fine = np.clip(fine, -limit, limit)
    if eye.side == "left":
        fine = fine[:, ::-1]
    size = (fine.shape[1], max(round(fine.shape[0] / stretched), 1))
    fine = np.asarray(cv2.resize(fine, size, interpolation=cv2.INTER_AREA), np.float32)
    fine = fine * np.float32(min(spread / max(1.48 * float(np.median(np.abs(fine))), 0.1), 2))
    rows, columns = fine.shape
    pad = ((0, max(shape[0] - rows, 0)), (0, max(shape[1] - columns, 0)))
    return np.asarray(np.pad(fine, pad, "symmetric")[: shape[0], : shape[1]], np.float32)


def _cheek_detail(subject: Subject, landmark: int) -> tuple[Array, float]:
    """What is finer than 0.45 mm about a point of the cheek, and how strong it is."""
    window = Window.around(subject, subject.landmarks[landmark][None], 8)
    fine = detail(window.cut(subject.picture_hi).mean(2), 0.45 * window.mm)
    return fine, 1.48 * float(np.median(np.abs(fine)))


def _trimmed(window: Window, texture: Texture, alpha: Array) -> tuple[Box, Texture]:
    """The texture cut to what is not empty, on whole canvas px."""
    x, y, width, height = cv2.boundingRect((alpha > 0.005).astype(np.uint8))
    step = Window.step(window.scale)
    grid = step * window.scale
    low = (int(x // grid) * step, int(y // grid) * step)
    high = (int(-(-(x + width) // grid)) * step, int(-(-(y + height) // grid)) * step)
    x0, y0 = window.box[:2]
    box = (x0 + low[0], y0 + low[1], x0 + high[0], y0 + high[1])
    rows = slice(round(low[1] * window.scale), round(high[1] * window.scale))
    columns = slice(round(low[0] * window.scale), round(high[0] * window.scale))
    return box, np.ascontiguousarray(texture[rows, columns])
