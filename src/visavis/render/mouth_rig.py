"""The inside of a mouth as the kernel moves it.

Comes in: an avatar's rig and the mouth to draw, and the view. Goes out: :class:`MovedMouth`, with
which the kernel does for a pose what ``mouth`` and ``strips`` say, without Python in between.
"""

from __future__ import annotations

from ctypes import addressof
from typing import Any, get_args

import numpy as np
import numpy.typing as npt

from visavis import native
from visavis.pose import INDEX, make
from visavis.render import strips
from visavis.render.geometry import Rig
from visavis.render.hole import (
    DIM,
    PURSED,
    SEAM_MM,
    SEEN,
    SEEN_ALWAYS,
    SHUT_MM,
    edge_px,
    hole_margin,
    least_apart,
    lens_px,
)
from visavis.render.mouth_kernel import CompiledMouth

ENTRIES = ("jawOpen", "tongueUp", "tongueOut", "mouthPucker", "mouthFunnel", "sourceExpression")
"""Of a pose, in the kernel's order."""


class MovedMouth:
    """One mouth in one view, as the kernel wants it.

    Args:
        drawn: how it is drawn; what of that a pose says, the kernel sets.
        rig: the avatar's.
        px_per_mm: output px per millimetre.

    Attributes:
        rig: how a pose moves it.
    """

    def __init__(self, drawn: CompiledMouth, rig: Rig, px_per_mm: float) -> None:
        look, mouth, mm = drawn.look, drawn.mouth, px_per_mm
        sigma = edge_px(mm)
        look.per_mm, look.lens, look.edge = 1 / mm, lens_px(mm), sigma
        upper, lower = rig.lips
        count = upper.stop - upper.start
        ribbons = {
            strip.texture: strip for strip in strips.mouth_strips(mouth, make(tongueOut=1.0))
        }
        self._ribbons = [ribbons[name] for name in get_args(strips.Texture)]
        self._strips = (native.Strip * len(self._ribbons))()
        for ribbon, strip in zip(self._ribbons, self._strips, strict=True):
            strip.pixels, strip.width, strip.height = drawn.pixels[ribbon.texture]
            strip.x, strip.rows = native.address(ribbon.x), native.address(ribbon.rows)
            strip.columns, strip.jaw = len(ribbon.x), ribbon.jaw
        self._kept: dict[str, npt.NDArray[Any]] = {
            "dome": np.ascontiguousarray(strips.DOME, np.float32),
            "squared": np.ascontiguousarray(strips.ARCH_SQUARED, np.float32),
            "room": np.empty(4 * count, np.float32),
        }
        if drawn.always:
            self._kept["least"] = np.ascontiguousarray(least_apart(count, mm), np.float32)
        edge = mouth.upper_edge
        self.rig = native.MouthRig(
            upper=upper.start, lower=lower.start, count=count, px_per_mm=mm,
            margin=hole_margin(sigma), shut_mm=SHUT_MM, seam_mm=SEAM_MM, jaw_mm=strips.JAW_MM,
            shown_mm=strips.LOWER_ROW_SHOWN_MM, rounded=strips.LOWER_ROW_ROUNDED,
            funnel_rounds=strips.FUNNEL_ROUNDS,
            lower_edge=min(edge, strips.LOWER_ROW_LONGEST_MM) - strips.LOWER_ROW_MM,
            tongue_rises=strips.TONGUE_RISES, tongue_raised=edge + strips.TONGUE_RAISED_MM,
            tongue_front=strips.TONGUE_FRONT_MM, rough=strips.EDGE_ROUGHNESS_MM,
            tip_share=strips.TIP_JAW_SHARE, bend=-strips.ARC_FLATTENED * mouth.arc,
            **{name: native.address(array) for name, array in self._kept.items()},
        )  # fmt: skip
        moved = self.rig
        moved.strips = addressof(self._strips)
        moved.rows[:] = [native.address(ribbon.rows) for ribbon in self._ribbons]
        moved.entries[:] = [INDEX[name] for name in ENTRIES]
        moved.seen[:] = SEEN_ALWAYS if drawn.always else SEEN
        moved.dim[:], moved.pursed[:] = DIM, PURSED
        moved.shown_from[:] = strips.LOWER_ROW_SHOWN_FROM_MM
        moved.tongue_back[:] = strips.TONGUE_BACK_MM, strips.TONGUE_SINKS
        moved.row[:] = strips.LOWER_ROW_TOP_MM, strips.LOWER_ROW_TALL_MM
        tip = strips.TIP_TOP_MM, strips.TIP_OUT_MM[0]
        moved.tip[:] = *(edge + way for way in tip), strips.TIP_OUT_MM[1]
        moved.upper_row[:] = [edge + end for end in strips.UPPER_ROW_MM]
