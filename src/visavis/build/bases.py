"""All bases of the rig: what each weight of the pose moves, over the whole mesh.

Comes in: the mesh, the face's axes, where the seam of the lips is to be. Goes out: displacements
of every vertex for weight 1, and those that lead from the picture to the neutral face.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .bases_mouth import (
    SMILE_MM,
    Moves,
    closing,
    meeting,
    mouth_bases,
    pressing,
    smile,
    stretch,
)
from .bases_upper import upper_bases
from .mesh import FACE, OUTSIDE, Array, Mesh
from .mouth_axes import Lips, lips_of, mouth_origin, rounding
from .neutral import Neutral, own_smile
from .solve import Membrane

SIDED = (
    "mouthStretch", "mouthSmile", "mouthFrown", "mouthUpperUp", "mouthLowerDown", "mouthPress",
    "browOuterUp", "browDown", "eyeSquint", "cheekSquint",
)  # fmt: skip
"""Bases that the pose has twice, Left and Right; stored once."""
NAMES = (
    "jawOpen", "mouthClose", "mouthStretch", "mouthSmile", "mouthFrown", "mouthPucker",
    "mouthFunnel", "mouthUpperUp", "mouthLowerDown", "mouthPress", "mouthRollLower",
    "mouthRollUpper", "browInnerUp", "browOuterUp", "browDown", "eyeSquint", "cheekSquint",
    "jawLeft", "jawRight", "mouthLeft", "mouthRight", "sourceExpression",
)  # fmt: skip
"""Order of the bases in the file."""

_LIP_TENSION, _JAW_TENSION, _UPPER_TENSION = 0.25, 0.30, 0.30
_SEEN_SHARE = 0.45
"""How much of a mouth's curve that comes from the head's pitch counts as its own."""
_SMILING_MM, _MOST_REACH = 5.5, 1.5
"""Corners lifted so far over the middle of the seam are a smile; no reach is larger."""
_PIN_MM, _PIN_CHIN_MM = 16.0, 38.0
"""Skin further than this outside the oval never moves; beside chin and neck it may."""


@dataclass(frozen=True)
class Bases:
    """Displacements over the whole mesh.

    Attributes:
        moves: name to (N, 3) px for weight 1 (not yet sourceExpression).
        close: (N, 3) px, from the picture's mouth to a shut one.
        own: what else leads from the picture to the neutral face.
        jaw: (3,) px, how jawOpen 1 moves the lower teeth.
        smile_reach: how much further mouthSmile goes from the neutral face.
    """

    moves: dict[str, Array]
    close: Array
    own: Neutral
    jaw: Array
    smile_reach: float


def make_bases(
    mesh: Mesh,
    membrane: Membrane,
    frame: Array,
    mm: float,
    bias: float,
    side: Array,
    drawn: bool = False,
) -> Bases:
    """Solve every basis.

    Args:
        mesh: the picture's mesh, the lips of a shut mouth already edge to edge.
        membrane: the mesh's skin, cut at mouth and eyes.
        frame: (3, 3) columns the face's axes.
        mm: px per millimetre.
        bias: see :func:`visavis.build.neutral.seam_bias`.
        side: (N,) 0 on the character's right, 1 on its left.
        drawn: a drawing, whose own smile stays.
    """
    face = (mesh.source[:468] - mouth_origin(mesh)) @ frame / mm
    below_chin = (mesh.source - mesh.source[152]) @ frame[:, 1] / mm
    reach = np.where(below_chin > -15, _PIN_CHIN_MM, _PIN_MM) * mm
    far = np.flatnonzero((mesh.oval_distance > reach) & ~mesh.in_face)
    pinned = np.union1d(mesh.border, far)

    lips = lips_of(mesh, frame, mm)
    shut = lips.local + meeting(lips, bias)
    # Seen from above a level mouth looks like a smile, and a viewer takes it for one.
    shut[:, 1] += _SEEN_SHARE * float(frame[1, 2]) * shut[:, 2]
    own = Neutral.as_drawn() if drawn else _own_smile(lips, shut)
    neutral = shut + own.smile_on(side[lips.ids])[:, None] * smile(lips)
    neutral += own.stretch_weight * stretch(lips)
    mouth = mouth_bases(lips, face, rounding(lips, neutral, drawn), pinned, drawn)
    jaw_moves, small_moves = (
        {name: {i: v * lips.unit for i, v in moves.items()} for name, moves in group.items()}
        for group in (mouth.jaw, mouth.lips)
    )
    lip_moves = {
        **small_moves,
        "mouthPress": pressing(lips, bias, pinned),
        "close": closing(lips, bias, pinned),
    }
    moves: dict[str, Array] = {}
    for group, tension in (
        (jaw_moves, _JAW_TENSION),
        (lip_moves, _LIP_TENSION),
        (upper_bases(face, pinned, drawn), _UPPER_TENSION),
    ):
        moves |= _solve(membrane, group, tension, frame, mm)
    close = moves.pop("close")
    teeth = mouth.teeth * lips.unit * mm @ frame.T
    return Bases(moves, close, own, teeth, 1.0 if drawn else _smile_reach(lips, neutral))


def _smile_reach(lips: Lips, neutral: Array) -> float:
    """How many times mouthSmile lifts the corners until one sees a smile.

    Args:
        lips: the lips' coordinates.
        neutral: (M, 3) where they are on the neutral face, mm.
    """
    upper, _ = lips.pairs
    ends = (lips.ring == 3) & (lips.up == 0)
    middle = upper[np.argmin(np.abs(lips.s[upper]))]
    lift = float(neutral[middle, 1] - neutral[ends, 1].mean())
    return float(np.clip((_SMILING_MM - lift) / SMILE_MM, 1.0, _MOST_REACH))


def _own_smile(lips: Lips, shut: Array) -> Neutral:
    """The smile left when the lips (M, 3) are shut."""
    y = dict(zip(lips.ids.tolist(), shut[:, 1].tolist(), strict=True))
    middle = (y[13] + y[14]) / 2
    return own_smile(middle - y[61], middle - y[291], lips.half_width, lips.open_mm)


def _solve(
    membrane: Membrane, group: dict[str, Moves], tension: float, frame: Array, mm: float
) -> dict[str, Array]:
    to_canvas = mm * frame.T
    solved = membrane.spread(list(group.values()), tension) @ to_canvas
    return dict(zip(group, solved, strict=True))


def skin_of(mesh: Mesh, mm: float) -> Membrane:
    """The mesh's skin: everything but the strips that close mouth and eyes."""
    skin = (mesh.kind == OUTSIDE) | (mesh.kind == FACE)
    return Membrane(mesh.source, mesh.triangles[skin], mm)
