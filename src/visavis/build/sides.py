"""Makes a canvas as wide as a screen: shoulders and background go on beyond the photo's sides.

Comes in: a :class:`Subject` whose picture ends before 16:9, later its person and background. Goes
out: the wide subject and the wide textures.

The background is continued by :mod:`.beyond`. The person is not mirrored, which would show a
second neck, but continued: whatever touches the photo's side is followed inwards along its outline,
and that strip of cloth or hair is laid along a made-up outline that falls off as a shoulder does
and turns down as an arm does. A strip too short for the way is laid back and forth; hair, which has
no outline to follow, is mirrored and fades out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from visavis.build.beyond import continue_background, softened
from visavis.build.framing import widest
from visavis.build.indices import OVAL
from visavis.build.subject import Subject
from visavis.build.window import smoothstep

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

_ARM_MM = 235.0
"""From the middle of the face to the outside of an arm."""
_LEAST_MM = 34.0
"""What touches the photo's side goes on at least this far."""
_TURN_MM = 65.0
"""How far a shoulder has fallen where the arm begins."""
_SLOPE = (0.0, 1.2)
"""Fall of a made-up outline at the photo's side, px per px."""
_LIMB_SLOPE = 0.45
_STEEP_PX = 7
"""An outline that jumps so far from one column to the next has come to neck or hair."""
_FACE_MM = 62.0
"""No strip is taken nearer to the middle of the face."""
_LEAST_STRIP_MM = 6.0
_SHORT_MM = 20.0
"""A strip shorter than this, of something taller, is hair: mirrored and let fade out."""
_FADE_MM = 30.0
"""How far it is seen."""
_HANGS = 0.3
"""So much wider per px it gets towards its middle: hair falls, it does not stand like a post."""
_LOCKS = ((7.3, 0.05), (17.0, 0.1))
"""Waves of its end: length / 2 pi, mm, and depth, in ways it is seen."""
_SHARP_MM = 6.0
"""A strip is as sharp as the photo so far beyond it; farther on it goes out of focus, as the
background does: a cuff or a bracelet that is bent along is seen for what it is."""
_SOFT, _SOFTEST_MM = 0.2, 5.0
"""How fast its outline gets softer, and how soft at most."""
_HOLES_MM = 4.0
"""Gaps about as large as this, through which the background shows, are blurred away."""


def widen(subject: Subject) -> Subject:
    """The subject on a canvas of 16:9.

    Only the sizes and the landmarks are final; picture and matte beyond the photo are made by
    :func:`continue_layers`. Nothing changes where the whole picture moves, or is wide enough.
    """
    height, width = subject.matte.shape
    spare = widest(height) - width
    if spare < 4 or float(subject.matte.min()) > 0.97:
        return subject
    middle = float(subject.landmarks[OVAL, 0].mean())
    left = int(np.clip(round((width + spare) / 2 - middle), 0, spare))
    right = spare - left
    scale = round(subject.texture_scale)
    return replace(
        subject,
        picture=_bordered(subject.picture, left, right),
        picture_hi=_bordered(subject.picture_hi, left * scale, right * scale),
        matte=np.pad(subject.matte, ((0, 0), (left, right))),
        landmarks=subject.landmarks + np.array([left, 0.0, 0.0]),
        photo=(left, left + width),
    )


def _bordered(picture: Bytes, left: int, right: int) -> Bytes:
    wide = cv2.copyMakeBorder(picture, 0, 0, left, right, cv2.BORDER_REFLECT)
    return np.asarray(wide, np.uint8)


def continue_layers(person: Bytes, background: Bytes, subject: Subject) -> tuple[Bytes, Bytes]:
    """Person and background of the photo, continued to the width of the canvas.

    Args:
        person: uint8 (H*s, w*s, 4) premultiplied RGBA of the photo's columns.
        background: uint8 (H, w, 3) RGB of the same.
        subject: the wide subject.

    Returns:
        The same, of the canvas' width W.
    """
    x0, x1 = subject.photo or (0, subject.size[0])
    pads = (x0, subject.size[0] - x1)
    centre, chin = (float(v) for v in subject.landmarks[152, :2])
    photo = _Photo(person, subject.texture_scale, subject.mm, centre - x0, chin)
    left = photo.mirrored().beyond(pads[0])[:, ::-1]
    right = photo.beyond(pads[1])
    wide = np.ascontiguousarray(np.concatenate([left, person, right], axis=1))
    size = (background.shape[1], background.shape[0])
    hidden = cv2.resize(person[..., 3], size, interpolation=cv2.INTER_AREA) / np.float32(255)
    return wide, continue_background(background, np.asarray(hidden, np.float32), pads)


@dataclass(frozen=True)
class _Outline:
    """One part of the person that touches the photo's right side.

    Attributes:
        inside: y of its upper outline in the columns from the side inwards, px.
        bottom: y of its lower end at the side, px.
        grounded: whether it reaches the canvas' bottom.
    """

    inside: Floats
    bottom: int
    grounded: bool


class _Photo:
    """The person of a photo, continued beyond its right side.

    Args:
        person: uint8 (H*s, w*s, 4) premultiplied.
        scale: texels per canvas px.
        mm: canvas px per millimetre.
        centre: x of the face's middle, canvas px of the photo.
        chin: y of the chin.
    """

    def __init__(self, person: Bytes, scale: float, mm: float, centre: float, chin: float) -> None:
        self._person, self._scale, self._mm = person, round(scale), mm
        self._centre, self._chin = centre, chin
        self._width = person.shape[1] // self._scale

    def mirrored(self) -> _Photo:
        """The same seen in a mirror."""
        flipped = np.ascontiguousarray(self._person[:, ::-1])
        return _Photo(flipped, self._scale, self._mm, self._width - self._centre, self._chin)

    def beyond(self, columns: int) -> Bytes:
        """What comes to the right of the photo, uint8 (H*s, columns*s, 4) premultiplied."""
        s = self._scale
        result = np.zeros((self._person.shape[0], columns * s, 4), np.uint8)
        if columns:
            size = (self._width, self._person.shape[0] // s)
            alpha = cv2.resize(self._person[..., 3], size, interpolation=cv2.INTER_AREA)
            for outline in self._outlines(alpha > 127):
                short = len(outline.inside) < _SHORT_MM * self._mm
                tall = outline.bottom - outline.inside[0] > _SHORT_MM * self._mm
                # What ends above the canvas' bottom beside the head is hair as well.
                lock = not outline.grounded and outline.inside[0] < self._chin
                (self._fade if (short and tall) or lock else self._lay)(outline, result)
        return result

    def _outlines(self, solid: npt.NDArray[np.bool_]) -> list[_Outline]:
        height = solid.shape[0]
        edge = np.concatenate([[False], solid[:, -2:].all(1), [False]]).astype(np.int8)
        steps = np.diff(edge)
        found = []
        for top, end in zip(np.flatnonzero(steps == 1), np.flatnonzero(steps == -1), strict=True):
            if end - top >= 3 * self._mm:
                inside = self._followed(solid, int(top))
                found.append(_Outline(inside, int(end), bool(end > height - 4 * self._mm)))
        return found

    def _followed(self, solid: npt.NDArray[np.bool_], top: int) -> Floats:
        """The upper outline from the side inwards, until it comes to neck, face or hair."""
        height = solid.shape[0]
        last = int(self._width - max(self._centre + _FACE_MM * self._mm, 0))
        ys = [top]
        for s in range(1, max(last, 2)):
            column, y = solid[:, self._width - 1 - s], ys[-1]
            while y > 0 and column[y - 1]:
                y -= 1
            while y < height - 1 and not column[y]:
                y += 1
            if abs(y - ys[-1]) > _STEEP_PX and s > _LEAST_STRIP_MM * self._mm:
                break
            ys.append(int(np.clip(y, ys[-1] - _STEEP_PX, ys[-1] + _STEEP_PX)))
        line = np.array(ys, np.float32)[None]
        smooth = cv2.GaussianBlur(line, (0, 0), 1.2 * self._mm, borderType=cv2.BORDER_REPLICATE)[0]
        return np.asarray(smooth, np.float32)

    def _fade(self, outline: _Outline, out: Bytes) -> None:
        """Mirror one part of hair into ``out``, its end rounded and uneven, growing softer."""
        s, reach = self._scale, _FADE_MM * self._mm
        rows, columns = out.shape[0], min(out.shape[1], round(1.3 * reach) * s)
        d = ((np.arange(columns) + 0.5) / s)[None]
        y = ((np.arange(rows) + 0.5) / s)[:, None]
        below, above = y - outline.inside[0], outline.bottom - y
        deep = np.maximum(below if outline.grounded else np.minimum(below, above), 0)
        wide = reach * (1 - np.exp(-_HANGS * deep / reach))
        waves = sum(a * np.sin(y / (k * self._mm) + k) for k, a in _LOCKS)
        end = np.maximum(wide * (1 + waves), 1e-3)
        keep = 1 - smoothstep(0.45, 1.0, d / end)
        mirrored = self._person[:, : -columns - 1 : -1].astype(np.float32)
        around = cv2.GaussianBlur(mirrored, (0, 0), _HOLES_MM * self._mm * s)
        # what hangs in it or shows through it must not be seen twice
        mirrored += (around - mirrored) * smoothstep(0, 0.6 * _HOLES_MM * self._mm, d)[..., None]
        mirrored *= keep[..., None]
        under = 1 - mirrored[..., 3:] / 255
        out[:, :columns] = np.round(mirrored + out[:, :columns] * under).astype(np.uint8)

    def _lay(self, outline: _Outline, out: Bytes) -> None:
        """Lay one part's strip along its made-up outline into ``out``."""
        s, mm = self._scale, self._mm
        rows, columns = out.shape[:2]
        d = ((np.arange(columns) + 0.5) / s).astype(np.float32)  # px from the photo's side
        start, length = float(outline.inside[0]), len(outline.inside)
        fit = min(length - 1, int(25 * mm))
        slope = (start - float(outline.inside[fit])) / max(fit, 1)
        limb = not outline.grounded and start > self._chin
        if limb:  # an arm leaves the picture as it came
            reach, turn = np.inf, 0.0
            slope = float(np.clip(slope, -_LIMB_SLOPE, _LIMB_SLOPE))
        else:
            reach = max(_ARM_MM * mm - (self._width - self._centre), _LEAST_MM * mm)
            if start < self._chin:
                reach = _LEAST_MM * mm
            turn = _TURN_MM * mm
            slope = float(np.clip(slope, *_SLOPE))
        along = np.clip(d / reach, 0, 1)
        fall = slope * d + turn * (1 - np.sqrt(1 - along * along))
        # back and forth over the strip
        period = max(length - 1, 1)
        inwards = period - np.abs(np.mod(d, 2 * period) - period)
        there = np.interp(inwards, np.arange(length), outline.inside)
        y = ((np.arange(rows) + 0.5) / s).astype(np.float32)[:, None]
        map_y = y - (start + fall - there)[None]
        map_x = np.broadcast_to(self._width - inwards, map_y.shape)
        laid = cv2.remap(
            self._person,
            np.ascontiguousarray(map_x * s - 0.5, np.float32),
            np.ascontiguousarray(map_y * s - 0.5, np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT_101,
        )
        away = np.maximum(d - _SHARP_MM * mm, 0)
        laid = softened(np.asarray(laid, np.uint8), away * s)
        # its outline is soft by itself: not by what would show through it
        filled = np.minimum(laid * (255 / np.maximum(laid[..., 3:], 64)), 255)
        laid += (filled - laid) * np.minimum(away / (2 * mm), 1)[None, :, None]
        soft = np.minimum(_SOFT * away, _SOFTEST_MM * mm)
        keep = smoothstep(0, 1, (reach - d) / (2 / s + soft) + 0.5 / s)[None]
        keep = keep * smoothstep(-1, 1, (y - (start + fall - 1.5 * mm)[None]) / (0.5 * mm + soft))
        if not outline.grounded:
            keep = keep * smoothstep(0.5 * mm, -0.5 * mm, y - outline.bottom - (slope * d)[None])
        laid *= keep[..., None]
        under = 1 - laid[..., 3:] / 255
        out[:] = np.round(laid + out * under).astype(np.uint8)
