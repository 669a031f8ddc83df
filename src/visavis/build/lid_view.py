"""One eye's surroundings, looked at as a lid: what is skin, brow, frame and hair, and how far away.

Comes in: masks and distances over a window, from :mod:`.lids`. Goes out: :class:`Lid`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from visavis.build.light import luminance
from visavis.build.window import Window

Array = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


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
