"""The face made by formulas, painted: lips, teeth, eyes, brows, lashes, hair and glasses.

Comes in: what is to be seen. Goes out: a subject at texture scale 2 whose teeth, irises and so on
lie where the caller knows them, and the rig's contours over it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from tests.helpers import face
from visavis.build.indices import (
    BROW_LEFT,
    BROW_RIGHT,
    EYE_LEFT,
    EYE_RIGHT,
    IRIS_LEFT,
    IRIS_RIGHT,
    LIP_RINGS,
)
from visavis.build.rig import FittedRig, fit_rig
from visavis.build.subject import Subject
from visavis.build.window import Window

SKIN = (205, 160, 138)
LIP = (190, 92, 96)
DARK = (45, 20, 22)
TOOTH = (228, 222, 205)
SCLERA = (225, 222, 220)
IRIS = (70, 100, 130)
FRAME = (18, 18, 22)
HAIR = (120, 60, 20)
_SHIFT = 4


class Brush:
    """Fills canvas shapes on the texture-scale picture."""

    def __init__(self, subject: Subject) -> None:
        self.picture = subject.picture_hi.copy()
        self.scale = subject.texture_scale
        self.marks = subject.landmarks
        self.mm = subject.mm

    def texels(self, points: npt.ArrayLike) -> npt.NDArray[np.int32]:
        xy = np.asarray(points, float)[:, :2] * self.scale - 0.5
        return np.round(xy * 2**_SHIFT).astype(np.int32)

    def fill(self, points: npt.ArrayLike, colour: tuple[int, int, int]) -> None:
        cv2.fillPoly(self.picture, [self.texels(points)], colour, cv2.LINE_AA, _SHIFT)

    def line(self, points: npt.ArrayLike, colour: tuple[int, int, int], width: float) -> None:
        thick = max(round(width * self.mm * self.scale), 1)
        path = [self.texels(points)]
        cv2.polylines(self.picture, path, False, colour, thick, cv2.LINE_AA, _SHIFT)

    def disc(self, centre: npt.ArrayLike, radius: float, colour: tuple[int, int, int]) -> None:
        at = self.texels([centre])[0]
        reach = round(radius * self.scale * 2**_SHIFT)
        cv2.circle(self.picture, at.tolist(), reach, colour, -1, cv2.LINE_AA, _SHIFT)


def inner_lips(marks: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], ...]:
    """Inner contour of upper and lower lip, image-left to image-right, (11, 2) each."""
    ring = LIP_RINGS[3]
    upper = marks[[ring[0], *ring[:10:-1], ring[10]], :2]
    return upper, marks[ring[:11], :2]


def _mouth(brush: Brush, tooth_height: float | None) -> None:
    marks = brush.marks
    brush.fill(marks[LIP_RINGS[0]], LIP)
    upper, lower = inner_lips(marks)
    if (lower - upper)[:, 1].max() < brush.mm:
        brush.line((upper + lower) / 2, (110, 45, 50), 0.6)
        return
    brush.fill(np.concatenate([lower, upper[::-1]]), DARK)
    if tooth_height is not None:
        edge = np.minimum(upper[:, 1] + tooth_height * brush.mm, lower[:, 1])
        edge = np.column_stack([upper[:, 0], edge])
        brush.fill(np.concatenate([upper, edge[::-1]]), TOOTH)


def _eye(brush: Brush, eye: list[int], iris: list[int], brow: list[int], lashes: bool) -> None:
    marks = brush.marks
    radius = float(np.linalg.norm(marks[iris[1:], :2] - marks[iris[0], :2], axis=1).mean())
    skin = brush.picture.copy()
    brush.disc(marks[iris[0], :2], radius, IRIS)
    brush.disc(marks[iris[0], :2], 0.4 * radius, (12, 12, 14))
    brush.disc(marks[iris[0], :2] - 0.35 * radius, 0.16 * radius, (255, 255, 255))
    painted, brush.picture = brush.picture, skin.copy()
    brush.fill(marks[eye], SCLERA)
    opening = np.zeros(brush.picture.shape[:2], np.uint8)
    cv2.fillPoly(opening, [brush.texels(marks[eye])], 255, cv2.LINE_8, _SHIFT)
    changed = (opening > 0) & (painted != skin).any(2)
    brush.picture[changed] = painted[changed]
    if lashes:
        brush.line(marks[[eye[0], *eye[:7:-1]]], (30, 20, 18), 1.0)
    brush.fill(marks[[*brow[5:], *brow[4::-1]]], (90, 62, 50))


def _glasses(brush: Brush, lenses: bool) -> None:
    across = brush.marks[263, :2] - brush.marks[33, :2]
    across = across / np.linalg.norm(across)
    down = np.array([-across[1], across[0]])
    middle = (brush.marks[133, :2] + brush.marks[362, :2]) / 2
    angle = np.linspace(0, 2 * np.pi, 40)
    for sign in (-1, 1):
        ring = np.column_stack([sign * 31 + 22 * np.cos(angle), 1 + 15 * np.sin(angle)])
        outline = middle + (ring[:, :1] * across + ring[:, 1:] * down) * brush.mm
        if lenses:
            brush.fill(outline, (8, 8, 10))
        brush.line(outline, FRAME, 3.0)
    bar = np.array([[-10.0, -2], [10, -2]])
    brush.line(middle + (bar[:, :1] * across + bar[:, 1:] * down) * brush.mm, FRAME, 4.0)


def subject(
    *,
    gap: float = 0.0,
    smile: float = 0.0,
    tooth_height: float | None = 8.0,
    lashes: bool = True,
    glasses: bool = False,
    dark_glasses: bool = False,
    hair: float | None = None,
    noise: float = 2.0,
    kind: Any = "photo",
    **how: Any,
) -> Subject:
    """A painted face.

    Args:
        gap: between the lips, mm.
        smile: in weights of mouthSmile.
        tooth_height: of upper teeth below the upper lip, mm; None for an empty mouth.
        lashes: draw a dark upper lid margin.
        glasses: a thick dark frame; dark_glasses: with black lenses.
        hair: hair hangs over the image-right eye from this far inside its outer corner, mm.
        noise: of the picture, grey levels.
        kind: "photo" or "drawn".
        **how: of :func:`tests.helpers.face.subject`.
    """
    plain = face.subject(gap=gap, smile=smile, **how)
    brush = Brush(plain)
    brush.fill(brush.marks[face.OVAL], SKIN)
    _mouth(brush, tooth_height)
    _eye(brush, EYE_RIGHT, IRIS_RIGHT, BROW_RIGHT, lashes)
    _eye(brush, EYE_LEFT, IRIS_LEFT, BROW_LEFT, lashes)
    if glasses or dark_glasses:
        _glasses(brush, dark_glasses)
    if hair is not None:
        x = brush.marks[263, 0] - hair * brush.mm
        end, width = brush.marks[263, 1] + 24 * brush.mm, plain.size[0]
        brush.fill([(x, 0), (width, 0), (width, end), (x, end)], HAIR)
    rng = np.random.default_rng(0)
    high = brush.picture + rng.normal(0, noise, brush.picture.shape)
    high = np.clip(high + 0.5, 0, 255).astype(np.uint8)
    low = cv2.resize(high, plain.size, interpolation=cv2.INTER_AREA)
    return replace(plain, picture=low, picture_hi=high, kind=kind)


@cache
def _fitted(key: tuple[tuple[str, Any], ...]) -> tuple[Subject, FittedRig]:
    who = subject(**dict(key))
    from visavis.build.teeth import find_teeth

    return who, fit_rig(who, find_teeth(who), face.topology())


def open_mouth() -> tuple[Any, ...]:
    """Subject, rig, window, hole, both lips, seam (n, 2) of a painted mouth that is wide open."""
    who, rig = fitted(gap=10.0, smile=0.8)
    window = Window.around(who, who.landmarks[LIP_RINGS[0]], 13)
    upper, lower = (rig.source[line, :2] for line in (rig.lip_upper, rig.lip_lower))
    hole = window.polygon(np.concatenate([lower, upper[::-1]]))
    both = window.polygon(who.landmarks[LIP_RINGS[0], :2])
    return who, rig, window, hole, both, (upper + lower) / 2


def fitted(**how: Any) -> tuple[Subject, FittedRig]:
    """A painted face and its rig, made once for each way of asking."""
    return _fitted(tuple(sorted(how.items())))
