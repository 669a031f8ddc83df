"""The eye itself, taken apart so that it can look about: white, iris, catch lights.

Comes in: a :class:`Subject` and an :class:`EyeOutline`. Goes out: :class:`Eyeball`, three pictures
over one box at texture scale. Inside the opening of the eye the renderer draws `white`, then `iris`
shifted by the gaze, then adds `glint`, shifted by 0.35 of it: a catch light stays where the lamp
is. With gaze 0 they give the picture itself, but for a soft ring at the rim of the iris.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from visavis.build.filling import push_pull
from visavis.build.hair import hair_over
from visavis.build.light import LUMA, luminance
from visavis.build.outlines import EyeOutline
from visavis.build.subject import Subject
from visavis.build.window import Window, smoothstep

Array = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Texture = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]

_RIM = (0.94, 1.14)
"""The iris fades out between these radii (1 = its radius)."""
_PAINTED = (1.18, 1.36)
"""The white is made up within the first, as photographed from the second on."""
_WHITE = 1.24
"""From this radius on the photo shows white, if it is no lid."""
_BESIDE = 1.7
"""Up to this radius the photographed white says how light the made-up white is."""
_MEETS = (-0.6, 0.4)
"""It is made darker or lighter by so much, in log light."""
_LIMBUS = 0.8
"""Out from this radius an iris gets no lighter."""
_RING = 0.09
"""Width of the rings by which an iris is looked at, in its radii."""
_MARGIN = 0.7
"""White nearer to the lids than this is shaded, or already lid, mm."""
_SHIFT = 2.5
"""Room for the iris to move in the box, mm."""


@dataclass(frozen=True)
class Eyeball:
    """An eye taken apart.

    Attributes:
        box: x0, y0, x1, y1, canvas px, that the pictures cover.
        radius: of the iris, canvas px.
        white: uint8 (h, w, 3), the eye and its surroundings without the iris.
        iris: uint8 (h, w, 4), premultiplied, where it is for gaze 0, hidden parts made up; empty
            where there is no white beside it (an eye drawn as a dot).
        glint: uint8 (h, w, 3), to be added.
    """

    box: Box
    radius: float
    white: Texture
    iris: Texture
    glint: Texture


def eyeball(subject: Subject, eye: EyeOutline) -> Eyeball:
    """Take an eye apart.

    Args:
        subject: the framed picture.
        eye: the eye's outline.

    Returns:
        Its layers.
    """
    reach = np.array([[-1.0, 0], [1, 0], [0, -1], [0, 1]]) * eye.radius * _RIM[1]
    room = Window.around(subject, np.concatenate([eye.opening, eye.iris + reach]), 0)
    window = Window.around(subject, np.array(room.box).reshape(2, 2), _SHIFT + 0.6)
    pixels = window.cut(subject.picture_hi)
    opening = (window.polygon(eye.opening) > 0.5) & ~hair_over(subject, eye, window)
    inside = window.shrink(opening, _MARGIN)
    x, y = window.grid()
    distance = np.hypot(x - eye.iris[0], y - eye.iris[1])
    radius = eye.radius * _radius_found(window, pixels, inside, distance / eye.radius, eye)
    away = distance / radius
    beside = inside & (away > _WHITE)
    if beside.sum() < max(12, 0.02 * inside.sum()):
        nothing = np.zeros((*window.shape, 4), np.uint8)
        return Eyeball(window.box, radius, _bytes(pixels), nothing, nothing[..., :3].copy())
    white = _white(window, pixels, opening, beside, away, eye)
    visible = inside & (away < _RIM[0])
    visible &= ~window.grow(_white_in_rim(pixels, inside, beside, away), 0.3)
    iris = _whole_iris(window, pixels, visible, away)
    iris, glint = _without_glint(window, pixels, iris, visible, away)
    alpha = 1 - smoothstep(*_RIM, away)
    layer = np.dstack([iris * alpha[..., None], 255 * alpha])
    return Eyeball(window.box, radius, _bytes(white), _bytes(layer), _bytes(glint))


def _radius_found(
    window: Window, pixels: Array, inside: Mask, away: Array, eye: EyeOutline
) -> float:
    """Where, near the landmarks' radius (1), it gets brightest fastest: the rim of the iris."""
    x, y = window.grid()
    along = (x - eye.iris[0]) * eye.across[0] + (y - eye.iris[1]) * eye.across[1]
    sideways = np.abs(along) > 0.8 * np.hypot(x - eye.iris[0], y - eye.iris[1])
    sector = inside & sideways & (away > 0.6) & (away < 1.4)
    bins = np.arange(0.6, 1.41, 0.05)
    which = np.digitize(away[sector], bins) - 1
    counts = np.bincount(which, minlength=len(bins))[: len(bins) - 1]
    if counts.min() < 3:
        return 1.0
    light = np.bincount(which, (pixels @ LUMA)[sector], len(bins))[: len(bins) - 1] / counts
    rise = np.convolve(light, [1, 1, 0, -1, -1], "valid")
    middle = (bins[:-1] + 0.025)[2:-2]
    usual = (middle > 0.84) & (middle < 1.12)
    best = int(np.argmax(np.where(usual, rise, -np.inf)))
    return float(middle[best]) if rise[best] > 12 else 1.0


def _white(
    window: Window, pixels: Array, opening: Mask, beside: Mask, away: Array, eye: EyeOutline
) -> Array:
    """The eye with the iris painted over from the white beside it, shaded by the upper lid."""
    light = luminance(pixels)
    low, high = np.percentile(light[beside], (20, 60))
    # Corners and the lids' shadow are darker than the white; they count for little.
    trust = np.clip((light - low) / max(float(high - low), 1e-3), 0.05, 1) * beside
    filled = push_pull(pixels, trust)
    filled = push_pull(filled, window.blur(beside, 0.3) > 0.02)
    x, y = window.grid()
    order = np.argsort(eye.upper[:, 0])
    margin = np.interp(x[0], eye.upper[order, 0], eye.upper[order, 1])
    below = np.maximum(y - margin, 0) * window.scale / window.mm
    shade = 1 - 0.28 * np.exp(-((below / 1.6) ** 2))
    # The ball turns away from the light towards the corners.
    middle, half = eye.opening.mean(0), 0.5 * float(np.ptp(eye.opening @ eye.across))
    along = (x - middle[0]) * eye.across[0] + (y - middle[1]) * eye.across[1]
    shade = (shade * (1 - 0.35 * smoothstep(0.4, 1.0, np.abs(along) / half)))[..., None]
    # Along the lids the photo stays: their shadow and wet edge cannot be made up as well.
    clear = np.clip(2 * window.blur(window.shrink(opening, 0.35), 0.25) - 0.5, 0, 1)
    share = ((1 - smoothstep(*_PAINTED, away)) * clear)[..., None]
    painted = _as_light(window, filled * shade, pixels, beside & (away < _BESIDE))
    return np.asarray(pixels + (painted - pixels) * share, np.float32)


def _as_light(window: Window, painted: Array, pixels: Array, ring: Mask) -> Array:
    """The white made up, as light as the photo's where they meet: else a crescent is seen."""
    if not ring.any():
        return painted
    lighter = np.log((pixels @ LUMA + 8) / (painted @ LUMA + 8)).astype(np.float32)
    around = window.blur(push_pull(lighter, ring), 0.4)
    return np.asarray(painted * np.exp(np.clip(around, *_MEETS))[..., None], np.float32)


def _white_in_rim(pixels: Array, inside: Mask, beside: Mask, away: Array) -> Mask:
    """White within the iris' outline, where that does not fit quite: it must not move along."""
    bright = pixels @ LUMA
    core = inside & (away < 0.7)
    if not core.any():
        return np.zeros(away.shape, np.bool_)
    limit = 0.45 * float(np.median(bright[core])) + 0.55 * float(np.percentile(bright[beside], 60))
    return np.asarray((away > 0.7) & (bright > limit), np.bool_)


def _whole_iris(window: Window, pixels: Array, visible: Mask, away: Array) -> Array:
    """The iris with what the lids hide: as it is, seen elsewhere, so far from its middle."""
    if visible.sum() < 12:
        return push_pull(pixels, visible)
    rings = np.arange(0, 1.2, _RING)
    which = np.minimum((away / _RING).astype(int), len(rings) - 1)
    colours = [pixels[visible & (which == k)] for k in range(len(rings))]
    # Towards the lids it is in their shadow: what is lighter says more.
    seen = [k for k, found in enumerate(colours) if len(found) > 5]
    if not seen:
        return push_pull(pixels, visible)
    profile = np.array([np.percentile(colours[k], 60, axis=0) for k in seen])
    middles = (np.array(seen) + 0.5) * _RING
    # Its outermost part is mixed with white in the photo, and darker in truth.
    inner = middles < _LIMBUS
    if inner.any():
        profile[~inner] = np.minimum(profile[~inner], profile[inner][-1])
    made_up = np.stack([np.interp(away, middles, profile[:, c]) for c in range(3)], -1)
    made_up = window.blur(made_up, 0.25)
    kept = np.clip(2 * window.blur(visible, 0.5) - 1, 0, 1)[..., None]
    return np.asarray(made_up + (pixels - made_up) * kept, np.float32)


def _without_glint(
    window: Window, pixels: Array, iris: Array, visible: Mask, away: Array
) -> tuple[Array, Array]:
    """The iris without its catch lights, and those alone."""
    bright = pixels @ LUMA
    typical = float(np.median(bright[visible])) if visible.sum() > 5 else 255.0
    spot = (bright > typical + 45) & visible & (away < 0.85)
    share = np.clip(window.blur(window.grow(spot, 0.25), 0.25), 0, 1)
    plain = push_pull(iris, (share < 0.05) & (away < 0.95))
    glint = np.clip(pixels - plain, 0, 255) * share[..., None]
    return iris + (plain - iris) * share[..., None], glint


def _bytes(image: Array) -> Texture:
    return np.asarray(np.clip(image + 0.5, 0, 255), np.uint8)
