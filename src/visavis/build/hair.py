"""Hair that hangs in front of an eye's outer corner.

Comes in: a window of the picture with an :class:`EyeOutline`. Goes out: where hair covers it. Told
by its colour: strands that run from the window's top to its bottom at the outer side and are
redder or bluer than the skin round the eye.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from visavis.build.light import skin_colour
from visavis.build.outlines import EyeOutline
from visavis.build.subject import Subject
from visavis.build.window import Window

Array = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_HUE = 0.28
"""Hair differs at least this much from the skin in log red to blue."""
_COLUMN = 0.75
"""Share of a column that must be hair for strands to be begun there."""
_REACH = 10.0
"""Hair is believed this far inside the outer corner, mm."""
_SHARP = 0.09
"""Across a strand's edge the hue changes at least this fast, per mm; slower, it is a shadow."""


def hair_over(subject: Subject, eye: EyeOutline, window: Window) -> Mask:
    """Where hair hangs before the eye.

    Args:
        subject: the framed picture.
        eye: the eye's outline.
        window: what is asked about; up to 10 mm about the eye are looked at.

    Returns:
        bool, of the window's shape; nothing for a drawing.
    """
    if subject.kind == "drawn":
        return np.zeros(window.shape, np.bool_)
    around = Window.around(subject, eye.opening, 10)
    return window.place(_strands(subject, eye, around), around)


def _strands(subject: Subject, eye: EyeOutline, window: Window) -> Mask:
    nothing = np.zeros(window.shape, np.bool_)
    pixels = window.blur(window.cut(subject.picture_hi), 0.3)
    hue = np.log((pixels[..., 0] + 8) / (pixels[..., 2] + 8))
    x, _ = window.grid()
    corner = eye.upper[0] if eye.outer_is_left else eye.upper[-1]
    inwards = (x - corner[0]) / subject.mm * (1 if eye.outer_is_left else -1)
    skin = hue[(inwards > 3) & (inwards < 16) & (window.polygon(eye.opening) == 0)]
    face = skin_colour(subject)
    typical = float(np.median(skin)) if skin.size else float(np.log((face[0] + 8) / (face[2] + 8)))
    unlike = np.abs(hue - typical) > _HUE
    full = (unlike.mean(0) > _COLUMN) & (inwards[0] < 4)
    columns = np.nonzero(full)[0]
    if len(columns) < 1.5 * window.mm:
        return nothing
    seed = np.zeros_like(nothing)
    seed[:, columns] = unlike[:, columns]
    near = unlike & (inwards < _REACH)
    _, labels = cv2.connectedComponents(near.astype(np.uint8))
    strands = np.unique(labels[seed & near])
    hair = window.shrink(window.grow(np.isin(labels, strands[strands > 0]), 0.6), 0.4)
    if not _ends_sharply(window, hair, hue, eye):
        return nothing
    # Whatever lies farther out than a strand is hair as well.
    if eye.outer_is_left:
        return np.asarray(np.maximum.accumulate(hair[:, ::-1], axis=1)[:, ::-1], np.bool_)
    return np.asarray(np.maximum.accumulate(hair, axis=1), np.bool_)


def _ends_sharply(window: Window, hair: Mask, hue: Array, eye: EyeOutline) -> bool:
    """Whether what was found has an edge beside the eye, as strands do and shadows do not."""
    edge = window.grow(hair, 0.4) & ~window.shrink(hair, 0.4) & (window.polygon(eye.opening) < 0.02)
    if not edge.any():
        return False
    slope = np.abs(np.gradient(hue, axis=1)[edge])
    return float(np.median(slope)) * window.mm > _SHARP
