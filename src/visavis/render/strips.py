"""Where teeth and tongue lie: textured strips bent along the dental arch.

Comes in: an avatar's mouth and a pose. Goes out: strips in millimetres from the closed seam, back
to front, the same for every drawer. x runs along the mouth to the picture's right, y down, z away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from visavis.imx import Mouth
from visavis.pose import INDEX, Pose
from visavis.render.rig_arrays import Float

PX_PER_MM = 8
"""Resolution of the teeth and tongue textures."""
JAW_MM = 20.0
"""Travel of the lower incisors at jawOpen = 1."""
LOWER_ROW_MM = 1.3
"""The lower incisors' edge lies this far above the upper edge when the jaw is shut."""
LOWER_ROW_LONGEST_MM = 2.8
"""Upper teeth that reach further down than this below the seam bite over the lower ones."""
LOWER_ROW_SHOWN_MM, LOWER_ROW_SHOWN_FROM_MM = 2.2, (2.0, 9.0)
"""So much higher against the lip it stands as the jaw goes down these mm: the lip turns outwards
over it."""
LOWER_ROW_ROUNDED, FUNNEL_ROUNDS = 1.6, 0.5
"""Lips that round rise before it instead: what the row rises by is less this share, and funnelled
lips count as so round."""
TONGUE_RISES = 0.7
"""How much of that the tongue behind it rises."""
LOWER_ROW_DEPTH_MM, UPPER_ROW_DEPTH_MM, TONGUE_DEPTH_MM, TIP_DEPTH_MM = 6.0, 4.0, 8.0, 2.0
"""How far each lies behind the lips' seam."""
TIP_JAW_SHARE = 0.25
"""How much of the jaw's way the tongue's tip goes when it is wholly out."""

TONGUE_BACK_MM, TONGUE_SINKS = 4.6, 0.3
"""How far the tongue's back lies above its front; what of the jaw's way it goes further up."""
TONGUE_RAISED_MM, TONGUE_FRONT_MM = 0.5, 3.5
"""Below the upper teeth's edge when it is raised; its front below its place."""
LOWER_ROW_TALL_MM = 12.0
TIP_TOP_MM, TIP_OUT_MM = -1.6, (-1.0, 3.5)
"""From the upper teeth's edge: where the tip begins, and how far it reaches in and out."""
UPPER_ROW_MM = (-14.0, 2.0)
"""From its edge: the ends of the upper row's texture."""

ARC_FLATTENED = 0.9
"""How much of its curve a row photographed from above loses with the smile."""

EDGE_ROUGHNESS_MM = 0.6
"""No lower tooth stands further above its row's edge."""
LOWER_ROW_TOP_MM = 2.0
"""The texture of the lower row begins this far above its edge."""

Texture = Literal["tongue", "teeth_lower", "tongue_tip", "teeth_upper"]


@dataclass(frozen=True)
class Strip:
    """A texture on a ribbon.

    Attributes:
        texture: which.
        x: (n,) columns, mm; the texture's left edge is at x[0].
        rows: (3, n) y of the ribbon's edges per column, then depth, mm.
        jaw: share of the jaw's movement it takes part in, 0..1.
    """

    texture: Texture
    x: Float
    rows: Float
    jaw: float

    @property
    def top(self) -> Float:
        """(n,) y of the upper edge, mm."""
        row: Float = self.rows[0]
        return row

    @property
    def bottom(self) -> Float:
        """(n,) y of the lower edge, mm."""
        row: Float = self.rows[1]
        return row

    @property
    def z(self) -> Float:
        """(n,) depth, mm."""
        row: Float = self.rows[2]
        return row


def _columns(half_width: float, count: int) -> Float:
    return np.linspace(-half_width, half_width, count, dtype=np.float32)


def _strip(
    texture: Texture, x: Float, top: ArrayLike, bottom: ArrayLike, z: ArrayLike, jaw: float
) -> Strip:
    rows = np.empty((3, len(x)), np.float32)
    rows[0], rows[1], rows[2] = top, bottom, z
    return Strip(texture, x, rows, jaw)


_TONGUE_X, _ARCH_X, _TIP_X = _columns(17, 13), _columns(24, 17), _columns(10, 9)
DOME = (np.abs(_TONGUE_X) / 17) ** 2.2 * 4.0
_ARCH = 9 * (np.abs(_ARCH_X) / 17) ** 2.4
"""How far each tooth lies behind the front ones, mm."""
_LOWER_ROW_DEPTH, _UPPER_ROW_DEPTH = _ARCH + LOWER_ROW_DEPTH_MM, _ARCH + UPPER_ROW_DEPTH_MM
ARCH_SQUARED = _ARCH_X**2


def mouth_strips(mouth: Mouth, pose: Pose, lip_mm: float = np.inf) -> list[Strip]:
    """Tongue, lower teeth, the tongue's tip if it shows, upper teeth; back to front.

    Args:
        mouth: of the avatar.
        pose: float32 (POSE_SIZE,).
        lip_mm: how far the lower lip begins below the place the seam has on the lowered jaw: it
            may hide the lower teeth.

    Returns:
        Two to four strips.
    """
    jaw_mm = float(pose[INDEX["jawOpen"]]) * JAW_MM
    raised = min(max(float(pose[INDEX["tongueUp"]]), 0.0), 1.0)
    out = min(max(float(pose[INDEX["tongueOut"]]), 0.0), 1.0)
    edge = mouth.upper_edge
    low, high = LOWER_ROW_SHOWN_FROM_MM
    shown = min(max((jaw_mm - low) / (high - low), 0.0), 1.0)
    rise = LOWER_ROW_SHOWN_MM * shown * shown * (3 - 2 * shown)
    pucker, funnel = float(pose[INDEX["mouthPucker"]]), float(pose[INDEX["mouthFunnel"]])
    rise *= 1 - LOWER_ROW_ROUNDED * min(max(pucker + FUNNEL_ROUNDS * funnel, 0.0), 1.0)
    lower_edge = min(edge, LOWER_ROW_LONGEST_MM) - LOWER_ROW_MM
    tongue = lower_edge - TONGUE_RISES * rise
    lower_edge -= rise
    back = (tongue - TONGUE_BACK_MM - TONGUE_SINKS * jaw_mm) * (1 - raised)
    back += (edge + TONGUE_RAISED_MM - jaw_mm) * raised
    front = tongue + TONGUE_FRONT_MM
    strips = [_strip("tongue", _TONGUE_X, back + DOME, front, TONGUE_DEPTH_MM, 1)]
    if lip_mm > lower_edge - EDGE_ROUGHNESS_MM:
        top, bottom = (
            lower_edge - LOWER_ROW_TOP_MM,
            lower_edge - LOWER_ROW_TOP_MM + LOWER_ROW_TALL_MM,
        )
        strips.append(_strip("teeth_lower", _ARCH_X, top, bottom, _LOWER_ROW_DEPTH, 1))
    if out > 0:
        # it comes out from behind the upper teeth
        reach, share = edge + TIP_OUT_MM[0] + TIP_OUT_MM[1] * out, TIP_JAW_SHARE * out
        top = edge + TIP_TOP_MM
        strips.append(_strip("tongue_tip", _TIP_X, top, reach, TIP_DEPTH_MM, share))
    # a smile photographed from above shows a curved row; it is flattened with the lips
    smiling = 1 - float(pose[INDEX["sourceExpression"]])
    flat = ARCH_SQUARED * np.float32(-ARC_FLATTENED * mouth.arc * smiling)
    rows = flat + np.float32(edge + UPPER_ROW_MM[0]), flat + np.float32(edge + UPPER_ROW_MM[1])
    strips.append(_strip("teeth_upper", _ARCH_X, *rows, _UPPER_ROW_DEPTH, 0))
    return strips
