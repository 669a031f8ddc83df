"""What is known of a picture once its face is found: the input of rig, textures and matte.

Comes in: the framed picture and its 478 landmarks. Goes out: :class:`Subject`, with the face's
own axes and its millimetres; every later step of the build takes one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt

EYE_CORNERS_MM = 89.0
"""Distance of the outer eye corners (33, 263) of an adult; sets our millimetre."""


@dataclass(frozen=True)
class Subject:
    """A framed picture with its face found.

    Attributes:
        picture: uint8 (H, W, 3) RGB, the canvas at scale 1.
        picture_hi: uint8 (H*s, W*s, 3) RGB, the same canvas at texture scale s.
        landmarks: float64 (478, 3), canvas px (pixel-edge convention: the canvas' top-left corner
            is 0, 0), z towards the back in the same scale.
        matte: float32 (H, W) 0..1, how much of each pixel is the person; ones where the whole
            picture moves.
        rigid: whether the face's outline keeps its shape whatever the mouth does: a screen, a mask.
        kind: "photo" or "drawn".
        photo: the first and past-the-last canvas column that shows the photo, where the canvas
            is wider; None where it is not.
    """

    picture: npt.NDArray[np.uint8]
    picture_hi: npt.NDArray[np.uint8]
    landmarks: npt.NDArray[np.float64]
    matte: npt.NDArray[np.float32]
    rigid: bool = field(default=False, kw_only=True)
    kind: Literal["photo", "drawn"] = "photo"
    photo: tuple[int, int] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Canvas width and height, px."""
        return self.picture.shape[1], self.picture.shape[0]

    @property
    def texture_scale(self) -> float:
        """Texture px per canvas px."""
        return float(self.picture_hi.shape[0] / self.picture.shape[0])

    @cached_property
    def mm(self) -> float:
        """Canvas px per millimetre at the face."""
        return float(np.linalg.norm(self.landmarks[33] - self.landmarks[263]) / EYE_CORNERS_MM)

    @cached_property
    def frame(self) -> npt.NDArray[np.float64]:
        """float64 (3, 3), columns the face's axes in canvas space: x right, y down, z away."""
        x = self.landmarks[263] - self.landmarks[33]
        x = x / np.linalg.norm(x)
        y = self.landmarks[152] - self.landmarks[10]
        y = y - x * (x @ y)
        y = y / np.linalg.norm(y)
        return np.stack([x, y, np.cross(x, y)], 1)
