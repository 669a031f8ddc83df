"""The upper lid's own skin, ready to be rolled out over the eye.

Comes in: a :class:`Lid`, an eye's surroundings with masks. Goes out: :class:`Rolled`, the skin
above the margin without lashes, and how far up it takes part. The photo's own make-up, light and
crease come along: a lid that closes is the strip that showed before, pulled down from under its
fold, which gets lower and flatter.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from visavis.build.filling import push_pull
from visavis.build.light import LUMA, luminance
from visavis.build.outlines import EyeOutline
from visavis.build.window import Window, smoothstep

Array = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_FADE_MM = (0.3, 5.5)
"""Beyond an eye's corners the rolled skin gives way to the photo's between these, so slowly that
make-up or a shadow's border at a corner shows no line."""
_LASH = 2.6
"""What is dark and narrower than this along the margin is a lash, mm."""
_EDGE = 0.4
"""So near the margin the photo shows wet edge and eyeball as well, mm."""
_FLATTER = 0.5
"""Share of its darkness that a fold keeps when it is pulled out."""
_REACH = 0.62
"""The skin takes part up to this share of the way to the brow."""
_LEAST, _MOST = 4.5, 10.0
"""In any case this far, and no farther, mm."""
_GLARE, _SURE = 1.12, 1.6
"""What is lighter than this share of the skin near a frame, and bluer, is a reflection; off the
frame it must be as light as the second somewhere."""
_RIM, _LINE, _RIM_CLEAR = 3.0, 0.25, 0.4
"""A rim is no higher than the first, mm; it differs from both sides by the second in log light,
half of it by the third."""
_RIM_FROM, _RIM_LONG = 1.4, 14.0
"""It is looked for from so far above the margin, and is at least this long, mm."""
_RIM_KNOWN = 0.75
"""Of an eye so much under a rim that was found, it is not looked for."""
_ROOTS = 0.66
"""What is darker than this share of the lid's skin is eyeliner or the lashes' roots."""
_SHADOW = 0.45
"""Eye shadow is at least this light beside the skin below the brow."""
_LIT, _HUE = 0.6, 0.85
"""Share of what lashes take from the lid's light, and from its hue, that is given back."""
_FIXED = 0.9
"""So much above the margin comes down as it is, mm."""
_HAIR = 0.4
"""What is darker than this share of the lid's skin is brow or hair, not to be pulled down."""


@dataclass(frozen=True)
class Lid:
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
        """(h, w) linear luminance."""
        return luminance(self.pixels)

    @cached_property
    def typical(self) -> float:
        """Median luminance round the eye."""
        ring = ~self.zone & ~self.brow & ~self.frame & self.face
        return float(np.median(self.light[ring if ring.any() else ~self.zone]))


class Rolled:
    """The lid's skin, lashes taken out.

    Args:
        lid: the eye's surroundings.
        eye: its outline.

    Attributes:
        skin: float32 (h, w, 3) of the lid's window.
        alpha: float32 (h, w) 0..1, where it counts.
        fixed: so far above the margin it comes down as it is, mm.
        top: so far above the margin it takes part, mm.
        before: bool (h, w), what hangs before it.
    """

    def __init__(self, lid: Lid, eye: EyeOutline) -> None:
        self.lid = lid
        self.top = float(np.clip(_REACH * eye.brow_gap, _LEAST, _MOST))
        x, y = (np.arange(n, dtype=np.float32) for n in lid.window.shape[::-1])
        margin = lid.window.local(eye.upper)
        order = np.argsort(margin[:, 0])
        self._line = np.interp(x, margin[order, 0], margin[order, 1]).astype(np.float32)
        self._x, self._y = np.meshgrid(x, y)
        height = round((self.top + 4) * lid.window.mm)
        # Rows count texels upwards from the margin.
        self._rows = np.arange(height, dtype=np.float32)
        self.before = self._in_front()
        whole = self._strip(self._whole())
        self.top = self._below_hair(whole)
        self.fixed = _FIXED
        strip = self._without_lashes(whole)
        self.skin = self._back(self._flattened(strip))
        self.alpha = self._alpha()

    def _in_front(self) -> Mask:
        """Frame, hair, and what a frame and its lenses reflect: lighter and bluer than skin."""
        lid = self.lid
        if not (lid.frame & ~lid.hair).any():
            return lid.frame
        hue = np.log((lid.pixels[..., 0] + 8) / (lid.pixels[..., 2] + 8))
        ring = lid.face & ~lid.zone & ~lid.brow & ~lid.frame
        skin = float(np.median(hue[ring if ring.any() else ~lid.zone]))
        glare = (lid.light > _GLARE * lid.typical) & (hue < skin - 0.12)
        glare &= lid.window.grow(lid.frame, 5) & ~lid.window.grow(lid.opening > 0.02, 0.5)
        glare = lid.window.opened(glare, 0.15)
        # A lid shines as well, but less, and away from the rim.
        sure = (glare & (lid.light > _SURE * lid.typical)) | lid.window.grow(lid.frame, 0.6)
        _, labels = cv2.connectedComponents(glare.astype(np.uint8))
        found = np.unique(labels[sure])
        before = lid.frame | lid.window.grow(np.isin(labels, found[found > 0]), 0.3)
        return np.asarray(before | self._rim_above(), np.bool_)

    def _rim_above(self) -> Mask:
        """Lines over the whole eye, darker or lighter than what is on both sides of them.

        A rim in another light than the bridge is not like it; it is told by its length and
        contrast. Where there is a rim already, it would be a fold.
        """
        lid, mm = self.lid, self.lid.window.mm
        over = lid.frame & (lid.above > 0) & (lid.above < 0.8 * _MOST)
        between = lid.beyond.min(0) < 0
        if np.max(over, axis=0)[between].mean() > _RIM_KNOWN:
            return np.zeros(lid.frame.shape, np.bool_)
        light = np.log(lid.window.blur(lid.pixels, 0.15) @ LUMA + 6)
        high = cv2.getStructuringElement(cv2.MORPH_RECT, (1, round(_RIM * mm) | 1))
        darker = cv2.morphologyEx(light, cv2.MORPH_CLOSE, high) - light
        unlike = np.maximum(darker, light - cv2.morphologyEx(light, cv2.MORPH_OPEN, high))
        line = (lid.above > _RIM_FROM) & (lid.above < _MOST) & (lid.beyond < 6)
        line &= unlike > _LINE
        count, labels, boxes, _ = cv2.connectedComponentsWithStats(line.astype(np.uint8))
        rims = np.zeros(line.shape, np.bool_)
        for label in range(1, count):
            if boxes[label, cv2.CC_STAT_WIDTH] > _RIM_LONG * mm:
                part = labels == label
                if float(np.median(unlike[part])) > _RIM_CLEAR:
                    rims |= part
        return lid.window.grow(rims, 0.35)

    def _whole(self) -> Array:
        """The picture with what hangs before the eye painted over."""
        lid = self.lid
        if not self.before.any():
            return lid.pixels
        before = self.before
        known = ~lid.window.grow(before, 0.4) & ~(lid.opening > 0.02)
        shares = lid.window.blur(before | (lid.opening > 0.02), 0.3)[..., None]
        filled = push_pull(lid.pixels, lid.window.shrink(known, 0.3))
        return np.asarray(
            lid.pixels + (filled - lid.pixels) * np.clip(2 * shares, 0, 1), np.float32
        )

    def _strip(self, pixels: Array) -> Array:
        """(rows, w, 3): what lies above the margin, straightened."""
        maps = self._line[None] - self._rows[:, None]
        x = np.broadcast_to(self._x[:1], maps.shape)
        straight = cv2.remap(
            pixels, np.ascontiguousarray(x), maps, cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE
        )
        return np.asarray(straight, np.float32)

    def _below_hair(self, strip: Array) -> float:
        """How far up there is nothing but skin, mm."""
        mm = self.lid.window.mm
        light = luminance(strip[: round(self.top * mm), self.lid.beyond.min(0) < 1])
        if not light.size:
            return self.top
        dark = light < _HAIR * float(np.percentile(light, 60))
        # From the top down, as far as it is dark without a break.
        hanging = np.minimum.accumulate(dark[::-1], axis=0)[::-1].mean(1) > 0.08
        free = float(np.argmax(hanging)) / mm - 0.6 if hanging.any() else self.top
        return float(np.clip(free, _LEAST, self.top))

    def _without_lashes(self, strip: Array) -> Array:
        mm = self.lid.window.mm
        wide = cv2.getStructuringElement(cv2.MORPH_RECT, (round(_LASH * mm) | 1, 1))
        closed = np.asarray(cv2.morphologyEx(strip, cv2.MORPH_CLOSE, wide), np.float32)
        closed = np.asarray(cv2.GaussianBlur(closed, (0, 0), 0.3 * mm), np.float32)
        darker = (closed @ LUMA - strip @ LUMA) / (closed @ LUMA + 12)
        share = smoothstep(0.05, 0.14, cv2.GaussianBlur(darker, (0, 0), 0.15 * mm))[..., None]
        strip = strip + (closed - strip) * share
        return self._without_roots(np.asarray(strip, np.float32))

    def _without_roots(self, strip: Array) -> Array:
        """Dense lashes and eyeliner along the margin give way to the lid's skin."""
        mm = self.lid.window.mm
        above = (self._rows / mm)[:, None]
        inside = self.lid.beyond.min(0) < 3
        own = (above > 1.2) & (above < max(0.6 * self.top, 3)) & inside
        light = luminance(strip)
        high = (above > 0.6 * self.top) & (above < self.top) & inside
        typical = max(
            float(np.percentile(light[own], 60)), _SHADOW * float(np.percentile(light[high], 60))
        )
        dark = light < _ROOTS * typical
        dark &= (above < max(0.6 * self.top, 3)) & inside
        # Only what hangs together with the margin: a fold is as dark.
        dark = np.asarray(np.minimum.accumulate(dark | (above < _EDGE), axis=0), np.bool_)
        known = ~self.lid.window.grow(dark | (above < _EDGE), 0.35)
        filled = push_pull(strip, known)
        share = np.clip(self.lid.window.blur(~known, 0.3) * 1.4, 0, 1)[..., None]
        strip = self._lit(np.asarray(strip + (filled - strip) * share, np.float32))
        # Colours of a lid change slowly along it.
        even = cv2.GaussianBlur(strip, (0, 0), 2.6 * mm, sigmaY=0.5 * mm)
        share = (1 - smoothstep(0.65 * self.top, self.top, above)) * (
            1 - smoothstep(-1, 4, self.lid.beyond.min(0))
        )
        return np.asarray(strip + (even - strip) * share[..., None], np.float32)

    def _lit(self, strip: Array) -> Array:
        """The lid in the light and hue of the skin above it, where lashes dim and grey it.

        Part of the difference stays: it may be make-up, and a hollow is darker.
        """
        mm = self.lid.window.mm
        rows = slice(round(0.65 * self.top * mm), round(self.top * mm))
        columns = self.lid.beyond.min(0) < 1
        if not columns.any() or rows.stop - rows.start < 2:
            return strip
        row = np.median(strip[rows], axis=0)[None]
        blurred = cv2.GaussianBlur(row, (0, 0), 4 * mm, borderType=cv2.BORDER_REPLICATE)
        skin = np.asarray(blurred, np.float32)
        darker = np.log((skin @ LUMA + 6) / (strip @ LUMA + 6))
        hue = np.log((skin[..., 0] + 8) / (skin[..., 2] + 8))
        greyer = hue - np.log((strip[..., 0] + 8) / (strip[..., 2] + 8))
        share = np.maximum(
            _LIT * smoothstep(0.05, 0.45, darker), _HUE * smoothstep(0.05, 0.35, greyer)
        )
        share *= 1 - smoothstep(0.5 * self.top, 0.8 * self.top, self._rows / mm)[:, None]
        return np.asarray(strip + (skin - strip) * share[..., None], np.float32)

    def _flattened(self, strip: Array) -> Array:
        """Folds lose their depth as they are pulled out; the line along the margin does not."""
        mm = self.lid.window.mm
        log = np.log(strip @ LUMA + 6)
        smooth = cv2.GaussianBlur(log, (0, 0), 2.4 * mm)
        fold = np.minimum(log - smooth, 0)
        share = smoothstep(self.fixed, self.fixed + 1.5, self._rows / mm)[:, None]
        return np.asarray(strip * np.exp(-(1 - _FLATTER) * fold * share)[..., None], np.float32)

    def _back(self, strip: Array) -> Array:
        """The straightened strip where it came from; its lowest row in the opening."""
        rows = np.maximum(self._line[None] - self._y, 0)
        there = cv2.remap(strip, self._x, rows, cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE)
        return np.asarray(there, np.float32)

    def _alpha(self) -> Array:
        lid = self.lid
        alpha = 1 - smoothstep(self.top - 0.4, self.top + 1, lid.above)
        alpha = alpha * (1 - smoothstep(*_FADE_MM, lid.beyond))
        alpha = alpha * (1 - lid.window.blur(lid.brow, 0.6))
        alpha = alpha * (1 - lid.window.blur(self.before, 0.25))
        return np.asarray(alpha * smoothstep(-14, -12, lid.above), np.float32)
