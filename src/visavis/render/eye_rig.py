"""An eye as the kernel moves it.

Comes in: an avatar's rig and textures of one eye, and the view. Goes out: :class:`MovedEye`, with
which the kernel does for a pose what ``lids`` and ``eye_kernel`` say, without Python in between.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from visavis import native
from visavis.pose import INDEX
from visavis.render.cpu import FULLY_SHUT
from visavis.render.eye_kernel import CompiledEye
from visavis.render.eyes import (
    GLINT_SHARE,
    LASH_ABOVE_MM,
    LASH_BELOW_MM,
    LASH_OPACITY,
    LASHES_TURN,
    LID_SHADOW,
    OVERSAMPLE,
    RELIEF,
    SHADOWLESS,
    SHOWN_BY,
    lash_texels,
    reach_mm,
)
from visavis.render.layers import AvatarLayers
from visavis.render.lids import (
    ARKIT_LOOK_DEGREES,
    GAZE_LIMIT_MM,
    GAZE_MM_PER_DEGREE,
    LID_FOLLOW,
    LOWER_LID_RISE,
    MOST_LOWERED,
    MOST_WIDE_MM,
    SLACK_MM,
    SQUINT_LID_MM,
    WIDE_LID_MM,
    bow,
    eye_size,
)

ENTRIES = ("eyeLookIn{}", "eyeLookOut{}", "eyeLookUp{}", "eyeLookDown{}", "gazeX", "gazeY",
           "eyeSquint{}", "eyeWide{}", "eyeBlink{}")  # fmt: skip
"""Of a pose, in the kernel's order."""


class MovedEye:
    """One eye in one view, as the kernel wants it.

    Args:
        kernel: the compiled kernel.
        scratch: memory for it.
        layers: the avatar's; this eye is drawn.
        side: "left" or "right", the character's own.
        px_per_mm: output px per millimetre.

    Attributes:
        rig: how a pose moves it.
        drawn: how it is drawn; what of that a pose says, the kernel sets.
    """

    def __init__(
        self,
        kernel: native.Kernel,
        scratch: native.Scratch,
        layers: AvatarLayers,
        side: str,
        px_per_mm: float,
    ) -> None:
        eye = layers.face.eyes.left if side == "left" else layers.face.eyes.right
        textures = layers.eyes[side]
        assert eye is not None and textures is not None
        self.drawn = CompiledEye(kernel, scratch, textures, layers.texture_scale)
        self.drawn.settle(px_per_mm)
        upper, lower, corners = layers.rig.lids(side)
        count = upper.stop - upper.start
        self._kept: dict[str, npt.NDArray[Any]] = {
            "bow": np.ascontiguousarray(bow(count)[:, 0]),
            "lash_texels": lash_texels(textures, count),
            "room": np.empty(6 * count, np.float32),
        }
        mm, size = px_per_mm, eye_size(eye, layers.face.mm)
        self.rig = native.EyeRig(
            upper=upper.start, lower=lower.start, count=count,
            outwards=(1 if side == "left" else -1) * ARKIT_LOOK_DEGREES, turn=ARKIT_LOOK_DEGREES,
            per_degree=GAZE_MM_PER_DEGREE * size, most_gaze=GAZE_LIMIT_MM * size,
            follow=LID_FOLLOW,
            squint=SQUINT_LID_MM, wide=WIDE_LID_MM, most_wide=MOST_WIDE_MM,
            slack=SLACK_MM,
            most_lowered=MOST_LOWERED, resting=1 - LOWER_LID_RISE, mm=layers.face.mm,
            scale=layers.texture_scale, px_per_mm=mm, fully_shut=FULLY_SHUT,
            shadowless=SHADOWLESS, glint=GLINT_SHARE, shadow=LID_SHADOW,
            lash_opacity=LASH_OPACITY, oversample=OVERSAMPLE,
            **{name: native.address(array) for name, array in self._kept.items()},
        )  # fmt: skip
        rig = self.rig
        rig.entries[:] = [INDEX[name.format(side.capitalize())] for name in ENTRIES]
        rig.down[:], rig.corners[:] = eye.down, corners.ravel().tolist()
        rig.frame[:] = layers.rig.frame[:2, :2].ravel().tolist()
        rig.origin[:] = [place + 0.5 for place in textures.patch_origin]
        reaches = [reach_mm(textures, blink) for blink in (0.0, LASHES_TURN[0], 1.0)]
        rig.reach[:] = [way * mm for reach in reaches for way in reach]
        rig.turns[:], rig.shows[:], rig.bulge[:] = LASHES_TURN, SHOWN_BY, RELIEF
        rig.lashes[:] = LASH_ABOVE_MM * mm, LASH_BELOW_MM * mm
