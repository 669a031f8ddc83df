"""Glasses: where a frame crosses the eyes' surroundings, and whether the lenses let eyes be seen.

Comes in: a :class:`Subject`. Goes out: :class:`Glasses`. A frame is told by its bridge: a bar
between the eyes unlike skin; the rims are what is like it and connected to it. Thin wire frames
are missed, which does no harm; opaque lenses are told by skin that is not skin just under the eyes.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from visavis.build.indices import EYE_LEFT, EYE_RIGHT
from visavis.build.light import (
    LUMINANCE,
    colours_at,
    luminance,
    sclera_colour,
    skin_colour,
    to_linear,
)
from visavis.build.subject import Subject
from visavis.build.window import Window

Array = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_UNDER_EYES = ((23, 24, 22, 230), (253, 254, 252, 450))
_BRIDGE = (10.0, 14.0, 12.0)
"""Width, height above and below the nose's root that is searched for a bridge, mm."""
_MIN_DARK, _MIN_COLOUR = 1.15, 1.1
"""How far from skin (in log light, and in log red to blue) a frame is at least."""
_VIVID = 2.0
"""A frame as colourful as this is told by its colour alone: lashes are dark as well."""


@dataclass(frozen=True)
class Glasses:
    """What of the surroundings of the eyes is glasses.

    Attributes:
        present: a frame was found.
        opaque: the eyes cannot be seen: they must be left as they are.
        rim: bool, at texture scale, over ``window``: the frame itself.
        window: where that is.
    """

    present: bool
    opaque: bool
    rim: Mask
    window: Window

    def rim_in(self, window: Window) -> Mask:
        """The frame over another window."""
        return window.place(self.rim, self.window)


def find_glasses(subject: Subject) -> Glasses:
    """Look for glasses; a drawing is taken to have none."""
    marks, mm = subject.landmarks, subject.mm
    middle = (marks[133, :2] + marks[362, :2]) / 2 + subject.frame[:2, 1] * 2 * mm
    reach = np.array([[-72.0, -30], [72, 30], [-72, 30], [72, -30]]) * mm
    window = Window.around(subject, middle + reach, 0)
    nothing = np.zeros(window.shape, np.bool_)
    if subject.kind == "drawn":
        return Glasses(False, False, nothing, window)
    dark, colour = _unlike_skin(window, subject)
    opaque = _opaque(window, subject, dark, colour)
    bridge = _bridge(window, subject)
    if not _is_bar(window, (dark[bridge] > _MIN_DARK) | (np.abs(colour[bridge]) > _MIN_COLOUR)):
        return Glasses(False, opaque, nothing, window)
    rim = _connected(window, dark, colour, bridge, _searched(window, subject, middle))
    return Glasses(True, opaque, _without_lashes(window, subject, rim, bridge), window)


def _is_bar(window: Window, candidate: Mask) -> bool:
    """Whether a bar crosses the bridge's box from side to side, with skin above it."""
    if candidate.size == 0:
        return False
    crossed = (candidate.sum(0) > 1.2 * window.mm).mean() > 0.85
    across = candidate.mean(1)
    top = across[: max(int(2 * window.mm), 1)].mean()
    height = (across > 0.6).sum() / window.mm
    return bool(crossed and top < 0.35 and 0.5 < height < 11)


def _without_lashes(
    window: Window, subject: Subject, rim: Mask, bridge: tuple[slice, slice]
) -> Mask:
    """The frame without lashes and lid folds that touch it: near an eye, what is thinner than it.

    Of a wire frame nothing would be left; it is kept as it is.
    """
    edge = rim & ~window.shrink(rim, 1.5 / window.mm)
    thick = 2 * float(rim.sum()) / max(float(edge.sum()), 1) / window.mm
    if thick < 1.4:
        return window.grow(rim, 0.3)
    near = np.zeros(window.shape, np.bool_)
    for eye in (EYE_RIGHT, EYE_LEFT):
        near |= window.grow(window.polygon(subject.landmarks[eye]) > 0.5, 4.5)
    kept = (rim & ~near) | window.opened(rim, 0.3 * thick)
    _, labels = cv2.connectedComponents(kept.astype(np.uint8))
    bridged = np.unique(labels[bridge])
    return window.grow(np.isin(labels, bridged[bridged > 0]), 0.3)


def _unlike_skin(window: Window, subject: Subject) -> tuple[Array, Array]:
    """How much darker than skin, and how much redder (less blue), in log light; (h, w) each."""
    pixels = window.blur(window.cut(subject.picture_hi), 0.35)
    log = np.log(np.maximum(to_linear(pixels), 0.004))
    away = log - np.log(np.maximum(to_linear(skin_colour(subject)), 0.004))
    dark = np.maximum(-(away @ LUMINANCE), 0)
    colour = away[..., 0] - away[..., 2]
    return dark.astype(np.float32), colour.astype(np.float32)


def _opaque(window: Window, subject: Subject, dark: Array, colour: Array) -> bool:
    """Whether lenses hide both eyes: what is under them is no skin and no white shows in them."""
    unlike, tinted = [], []
    for under in _UNDER_EYES:
        places = np.round(window.local(subject.landmarks[list(under)])).astype(int)
        x = np.clip(places[:, 0], 0, window.shape[1] - 1)
        y = np.clip(places[:, 1], 0, window.shape[0] - 1)
        unlike.append(float(np.median(dark[y, x])))
        tinted.append(float(np.median(np.abs(colour[y, x]))))
    if min(unlike) > 2.8 or min(tinted) > 0.9:
        return True
    if min(unlike) < 1.9:
        return False
    white = sclera_colour(subject)
    below = colours_at(subject, subject.landmarks[list(sum(_UNDER_EYES, ()))], 1.0)
    return white is None or float(luminance(white)) < 1.25 * float(np.median(luminance(below)))


def _bridge(window: Window, subject: Subject) -> tuple[slice, slice]:
    """The part of the window between the eyes where a frame's bridge would be."""
    root = (subject.landmarks[168] + subject.landmarks[6]) / 2
    x, y = window.local(root[None])[0]
    width, above, below = (v * window.mm for v in _BRIDGE)
    rows, columns = window.shape
    return (
        slice(int(np.clip(y - above, 0, rows)), int(np.clip(y + below, 0, rows))),
        slice(int(np.clip(x - width / 2, 0, columns)), int(np.clip(x + width / 2, 0, columns))),
    )


def _searched(window: Window, subject: Subject, middle: npt.NDArray[np.float64]) -> Mask:
    """An ellipse round both eyes, without the openings and 1.2 mm about them."""
    x, y = window.grid()
    offset_x, offset_y = (x - middle[0]) / subject.mm, (y - middle[1]) / subject.mm
    region = (offset_x / 72) ** 2 + (offset_y / 30) ** 2 < 1
    for eye in (EYE_RIGHT, EYE_LEFT):
        opening = window.polygon(subject.landmarks[eye]) > 0.5
        region &= ~window.grow(opening, 1.2)
    return np.asarray(region, np.bool_)


def _connected(
    window: Window, dark: Array, colour: Array, bridge: tuple[slice, slice], region: Mask
) -> Mask:
    """What is like the bridge and hangs together with it (hysteresis)."""
    bar = (dark[bridge] > _MIN_DARK) | (np.abs(colour[bridge]) > _MIN_COLOUR)
    bar_dark, bar_colour = dark[bridge][bar], colour[bridge][bar]
    sign = 1.0 if float(np.median(bar_colour)) > 0 else -1.0
    tint, tints = sign * colour, sign * bar_colour
    weak = tint > max(0.9, 0.55 * float(np.percentile(tints, 75)))
    strong = tint > max(1.1, 0.75 * float(np.median(tints)))
    if float(np.median(tints)) < _VIVID:
        weak |= dark > max(0.9, 0.45 * float(np.percentile(bar_dark, 75)))
        strong |= dark > max(1.1, 0.75 * float(np.median(bar_dark)))
    joined = cv2.dilate((strong & region).astype(np.uint8), np.ones((5, 5), np.uint8))
    _, labels = cv2.connectedComponents(joined)
    bridged = np.unique(labels[bridge])
    core = np.isin(labels, bridged[bridged > 0])
    return np.asarray(window.grow(core, 1.0) & weak & region, np.bool_)
