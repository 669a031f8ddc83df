"""The upper lid's own skin, ready to be rolled out over the eye.

Comes in: a :class:`~visavis.build.lid_view.Lid`, an eye's surroundings with masks. Goes out:
:class:`Rolled`, the skin above the margin without lashes, and how far up it takes part. The photo's
own make-up, light and crease come along: a lid that closes is the strip that showed before, pulled
down from under its fold, which gets lower and flatter.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from visavis.build.filling import push_pull
from visavis.build.lid_tone import toned, under_rim
from visavis.build.lid_view import Lid
from visavis.build.light import LUMA, luminance
from visavis.build.outlines import EyeOutline
from visavis.build.rims import in_front, like_lashes, rim_line, without_hanging
from visavis.build.window import smoothstep

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
_RIM_FADE = 0.45
"""A lid appears under a rim within this share of the rim's height over the margin."""
_ROOTS = 0.66
"""What is darker than this share of the lid's skin is eyeliner or the lashes' roots."""
_SHADOW = 0.45
"""Eye shadow is at least this light beside the lightest skin below the brow."""
_LIT, _HUE = 0.85, 0.85
"""Share of what lashes take from the lid's light, and from its hue, that is given back."""
_EVEN = 4.0
"""Colours of a lid are blurred along it by so much (sigma), mm."""
_VARIES = 0.35
"""Share of such a change's differences along the lid that stays."""
_CORNER = (-0.5, 0.25, 0.9)
"""From the first beyond a corner on, mm, the skin ends softly over the second and so much more per
mm: no margin moves there."""
_OPEN = (0.4, 1.5)
"""Skin without make-up is looked for from this share of the lid up to so much over it, mm."""
_BULGES = 1.25
"""A shut lid is at most this much lighter than the hollow it comes out of."""
_FIXED = 0.9
"""So much above the margin comes down as it is, mm."""
_HAIR = 0.4
"""What is darker than this share of the lid's skin is brow or hair, not to be pulled down."""


def _top(eye: EyeOutline) -> float:
    """So far above the margin a lid's skin takes part, mm."""
    return float(np.clip(_REACH * eye.brow_gap, _LEAST, _MOST))


def _along(lid: Lid, eye: EyeOutline) -> Array:
    """Place of the window's columns along the eye: -1 and 1 at its corners, image-left first."""
    x = np.arange(lid.window.shape[1], dtype=np.float32)
    left, right = sorted(lid.window.local(eye.upper[[0, -1]])[:, 0])
    return np.asarray((2 * x - left - right) / max(right - left, 1), np.float32)


class Rolled:
    """The lid's skin, lashes taken out.

    Args:
        lid: the eye's surroundings.
        eye: its outline.
        other: the other eye's surroundings and outline, where glasses cross both.

    Attributes:
        skin: float32 (h, w, 3) of the lid's window.
        alpha: float32 (h, w) 0..1, where it counts.
        fixed: so far above the margin it comes down as it is, mm.
        top: so far above the margin it takes part, mm.
        before: bool (h, w), what hangs before it.
    """

    def __init__(
        self, lid: Lid, eye: EyeOutline, other: tuple[Lid, EyeOutline] | None = None
    ) -> None:
        self.lid = lid
        self.top = _top(eye)
        x, y = (np.arange(n, dtype=np.float32) for n in lid.window.shape[::-1])
        margin = lid.window.local(eye.upper)
        order = np.argsort(margin[:, 0])
        self._line = np.interp(x, margin[order, 0], margin[order, 1]).astype(np.float32)
        self._x, self._y = np.meshgrid(x, y)
        height = round((self.top + 4) * lid.window.mm)
        # Rows count texels upwards from the margin.
        self._rows = np.arange(height, dtype=np.float32)
        self.before, self._spots = in_front(lid)
        self._rim = rim_line(lid, self.before, self.top)
        mended = False
        if self._rim is not None and other is not None and like_lashes(lid):
            rim = rim_line(other[0], in_front(other[0])[0], _top(other[1]))
            if rim is not None:
                places = _along(lid, eye), _along(*other)
                self._rim = without_hanging(self._rim, places[0], rim, places[1])
                mended = True
        if self._rim is not None:
            # Between it and the eye there is none: what was taken for one is lash or fold.
            clear = (lid.above > -1) & (lid.above < self._rim - 0.4)
            clear &= lid.beyond < (3.0 if mended else -1.5)
            self.before = (self.before & ~(clear & ~lid.hair)) | (lid.above > self._rim)
        whole = self._strip(self._whole())
        self.top = self._below_hair(whole)
        self.fixed = _FIXED
        strip = self._without_lashes(whole)
        self.skin = self._back(self._flattened(strip))
        self.alpha = self._alpha()
        self.skin = toned(lid, self.skin, self.alpha, self.before | self._spots)
        if self._rim is not None:
            self.skin = under_rim(lid, self.skin, self._rim)

    def _whole(self) -> Array:
        """The picture with what hangs before the eye painted over."""
        lid = self.lid
        before = self.before | self._spots
        if not before.any():
            return lid.pixels
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
        bare = float(luminance(self._bare(strip)))
        typical = max(float(np.percentile(light[own], 60)), _SHADOW * bare)
        dark = light < _ROOTS * typical
        dark &= (above < max(0.6 * self.top, 3)) & inside
        # Only what hangs together with the margin: a fold is as dark.
        dark = np.asarray(np.minimum.accumulate(dark | (above < _EDGE), axis=0), np.bool_)
        known = ~self.lid.window.grow(dark | (above < _EDGE), 0.35)
        filled = push_pull(strip, known)
        share = np.clip(self.lid.window.blur(~known, 0.3) * 1.4, 0, 1)[..., None]
        strip = self._lit(np.asarray(strip + (filled - strip) * share, np.float32))
        # Colours of a lid change slowly along it.
        even = cv2.GaussianBlur(strip, (0, 0), _EVEN * mm, sigmaY=0.5 * mm)
        share = (1 - smoothstep(0.65 * self.top, self.top, above)) * (
            1 - smoothstep(-1, 4, self.lid.beyond.min(0))
        )
        return np.asarray(strip + (even - strip) * share[..., None], np.float32)

    def _bare(self, strip: Array) -> Array:
        """The lightest skin between lid and brow, float32 (3,): there no make-up is."""
        mm = self.lid.window.mm
        rows = strip[round(_OPEN[0] * self.top * mm) : round((self.top + _OPEN[1]) * mm)]
        columns = self.lid.beyond.min(0) < -2
        if not columns.any() or not len(rows):
            return np.median(self.lid.pixels.reshape(-1, 3), axis=0)
        along = np.median(rows[:, columns], axis=1)
        return np.asarray(along[np.argmax(along @ LUMA)], np.float32)

    def _under(self) -> Array:
        """Colour of the skin under the eye, float32 (3,); black where none is seen."""
        lid = self.lid
        lower = (lid.above < 0) & ~lid.frame & lid.face & (lid.beyond < -4)
        lower &= ~lid.window.grow(lid.opening > 0.1, 3) & lid.window.grow(lid.opening > 0.1, 7)
        if lower.sum() < 20:
            return np.zeros(3, np.float32)
        return np.asarray(np.median(lid.pixels[lower], axis=0), np.float32)

    def _lit(self, strip: Array) -> Array:
        """The lid in the light and hue of the skin about it, where lashes dim and grey it.

        An eye's hollow is darker than a lid that is shut and bulges out of it, so the skin under
        the eye has a say. Part of the difference stays: it may be make-up.
        """
        mm = self.lid.window.mm
        rows = slice(round(_OPEN[0] * self.top * mm), round((self.top + _OPEN[1]) * mm))
        columns = self.lid.beyond.min(0) < 1
        if not columns.any() or rows.stop - rows.start < 2:
            return strip
        row = np.percentile(strip[rows], 80, axis=0)[None].astype(np.float32)
        blurred = cv2.GaussianBlur(row, (0, 0), 4 * mm, borderType=cv2.BORDER_REPLICATE)
        skin = np.asarray(blurred, np.float32)
        bare, under = float(self._bare(strip) @ LUMA), self._under()
        if self._rim is not None and under.any():
            # Through a lens little is seen of that skin, and it may be rim.
            skin = under * ((skin @ LUMA + 1) / (under @ LUMA + 1))[..., None]
        lighter = np.clip(float(under @ LUMA) / max(bare, 1), 1, _BULGES)
        skin *= np.float32(lighter)
        light = strip @ LUMA
        darker = np.log((skin @ LUMA + 6) / (light + 6))
        hue = np.log((skin[..., 0] + 8) / (skin[..., 2] + 8))
        greyer = hue - np.log((strip[..., 0] + 8) / (strip[..., 2] + 8))
        near = 1 - smoothstep(0.7 * self.top, self.top, self._rows / mm)[:, None]
        gain = np.exp(_LIT * smoothstep(0.0, 0.3, darker) * near * np.maximum(darker, 0))
        # What is made much lighter would glow in its own hue.
        tint = np.maximum(_HUE * smoothstep(0.05, 0.35, greyer) * near, 1 - 1 / gain**2)
        tint = self._evened(tint)
        alike = skin * ((light + 1) / (skin @ LUMA + 1))[..., None]
        strip = strip + (alike - strip) * tint[..., None]
        return np.asarray(strip * gain[..., None], np.float32)

    def _evened(self, change: Array) -> Array:
        """A change of the lid's hue, nearly the same from corner to corner: else it spots."""
        inside = self.lid.beyond.min(0) < -2
        if not inside.any():
            return change
        mm = self.lid.window.mm
        smooth = cv2.GaussianBlur(change, (0, 0), 4 * mm, sigmaY=1.0 * mm)
        mean = smooth[:, inside].mean(1, keepdims=True)
        return np.asarray(mean + (smooth - mean) * _VARIES, np.float32)

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
        outside = np.maximum(lid.beyond - _CORNER[0], 0)
        ends = smoothstep(-0.1, 1.0, lid.above / (_CORNER[1] + _CORNER[2] * outside))
        alpha = alpha * np.where(outside > 0, np.maximum(ends, np.minimum(1.2 * lid.opening, 1)), 1)
        alpha = alpha * (1 - lid.window.blur(lid.brow, 0.6))
        alpha = alpha * (1 - lid.window.blur(self.before, 0.25))
        if self._rim is not None:
            # What was taken for a rim may be a fold: no edge is seen there.
            room = self._rim - lid.above
            alpha = alpha * np.clip(room / np.clip(_RIM_FADE * self._rim, 0.3, 1.2), 0, 1)
        return np.asarray(alpha * smoothstep(-14, -12, lid.above), np.float32)
