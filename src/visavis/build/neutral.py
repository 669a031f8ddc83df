"""From the picture's own expression to the neutral face: mouth shut, smile taken out.

Comes in: the lips, where the teeth end in the picture. Goes out: how much of which basis makes the
neutral face, and where lips and teeth are then.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .bases_mouth import SMILE_MM
from .mesh import Array
from .tooth_row import ARCH_FRONT

MOST_SMILE = 2.0
"""The largest smile reported, in weights of mouthSmile."""
_SMILE_KEPT = 0.35
"""A face that is made quite neutral loses its character: this much of a smile stays."""
_SHUT_TAKEN, _SHUT_MM = 0.25, (1.0, 4.0)
"""So much of that is taken from lips less apart than the first, mm; all of it from the second."""
_MOST_TAKEN = 2.4
_OWN_TILT = 0.3
"""How much of the difference of the two corners is the face's own, and stays."""
_SEAM_ABOVE_EDGE_MM = 2.4
"""The shut lips' seam lies this far above the incisal edge."""
_TEETH_BELOW_SEAM_MM, _MOST_SLANTED_MM = 2.0, 1.0
"""Where the incisal edge is put when the picture does not show it."""
_WIDE_MM = 27.0
"""Half width of a neutral mouth."""


@dataclass(frozen=True)
class Neutral:
    """What takes the picture's own expression out.

    Attributes:
        smile: 0..2, how much of mouthSmile the picture has.
        smile_weights: weights (0 or negative) of mouthSmile on the character's right and left.
        stretch_weight: weight (0 or negative) of mouthStretch.
    """

    smile: float
    smile_weights: tuple[float, float]
    stretch_weight: float

    @classmethod
    def as_drawn(cls) -> Neutral:
        """A drawing keeps its smile: it is its character."""
        return cls(0.0, (0.0, 0.0), 0.0)

    def smile_on(self, side: Array) -> Array:
        """Weight of mouthSmile where ``side`` is 0 on the character's right, 1 on its left."""
        right, left = self.smile_weights
        return right + (left - right) * side


def seam_bias(gap: float, tooth_h: float | None) -> float:
    """Where between the parted lips their seam is, 0 the upper edge, 1 the lower one.

    Args:
        gap: the largest gap between the inner contours, mm.
        tooth_h: incisal edge below the upper lip's edge in the picture, mm; None if not seen. The
            seam then keeps its place over the teeth, which are fixed to the skull.
    """
    gap = max(gap, 0.1)
    if tooth_h is None:
        return float(np.clip(1 - 3.0 / gap, 0.30, 0.48))
    return float(np.clip((tooth_h - _SEAM_ABOVE_EDGE_MM) / gap, 0.30, 0.65))


def teeth_below_seam(gap: float, tooth_h: float | None, slant: float = 0.0) -> float:
    """Incisal edge below the seam of the shut mouth, mm.

    Args:
        gap: between the inner lips in the picture, mm.
        tooth_h: height of teeth that shows there, mm, or None.
        slant: how far down the picture a step away from the camera leads, mm per mm. Teeth nobody
            has seen, which lie behind the lips, are put where this picture would show them.
    """
    if tooth_h is None:
        behind = float(np.clip(ARCH_FRONT * slant, -_MOST_SLANTED_MM, _MOST_SLANTED_MM))
        return _TEETH_BELOW_SEAM_MM - behind
    return tooth_h - seam_bias(gap, tooth_h) * gap


def own_smile(
    lift_right: float, lift_left: float, half_width: float, gap: float = np.inf
) -> Neutral:
    """How much of a smile the picture has, as far as it is to be taken out.

    Args:
        lift_right: the character's right corner above the middle of the shut seam, mm.
        lift_left: the left one.
        half_width: half of the mouth's width, mm.
        gap: between the lips, mm. Shut lips may keep much of a smile: it is the face at rest.
    """
    parted = float(np.clip((gap - _SHUT_MM[0]) / (_SHUT_MM[1] - _SHUT_MM[0]), 0, 1))
    share = _SHUT_TAKEN + (1 - _SHUT_TAKEN) * parted

    def amount(lift: float) -> float:
        return share * max(0.0, lift - 0.5) / SMILE_MM

    mean = (lift_right + lift_left) / 2
    smile = amount(mean)
    tilt = (1 - _OWN_TILT) * (lift_left - lift_right) / 2 * min(1.0, smile)
    taken = [(1 - _SMILE_KEPT) * min(amount(mean + d), _MOST_TAKEN) for d in (-tilt, tilt)]
    wide = (half_width - 4 * sum(taken) / 2 - _WIDE_MM) / 5
    return Neutral(
        smile=min(smile, MOST_SMILE),
        smile_weights=(-taken[0], -taken[1]),
        stretch_weight=-0.8 * share * float(np.clip(wide, 0.0, 1.0)),
    )
