"""What brows, lids and cheeks do for each weight of the pose.

Comes in: the face's landmarks on its own axes. Goes out: for each basis the displacement of the
vertices it sets, mm (x right, y down, z away from the camera). Blinking is not here: a blink moves
no skin, the renderer slides a lid over the eye.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .bases_mouth import Moves
from .indices import BROW_LEFT, BROW_RIGHT, EYE_LEFT, EYE_RIGHT, LIP_RINGS, NOSE, OVAL
from .mesh import Array

_ZERO = np.zeros(3)
_FOREHEAD_LOW = [151, 9, 108, 337, 69, 299]
_FOREHEAD_HIGH = [10, 109, 338, 67, 297]
_UNDER_EYES = [117, 346, 118, 347, 119, 348, 50, 280]
_OPEN_MM = 9.0
"""Lids of an eye that is open less than this rise less: a squint must not shut it."""
_RAISED_MM = 4.6
"""What raised brows go up by."""
_DRAWN_PLAY = (1.2, 1.6)
"""Brows of drawings go so much further up and down."""
_INNER_MM, _OUTER_MM = 14.0, 40.0
"""Between these distances from the middle a brow's inner movement becomes its outer one."""


def _inner_share(x: Array) -> Array:
    t = np.clip((np.abs(x) - _INNER_MM) / (_OUTER_MM - _INNER_MM), 0, 1)
    return np.asarray(1 - t * t * (3 - 2 * t))


def upper_bases(
    face: Array, pinned: npt.NDArray[np.int64], drawn: bool = False
) -> dict[str, Moves]:
    """Write down the bases above the mouth.

    Args:
        face: (468, 3) landmarks on the face's axes, mm, any origin.
        pinned: vertices too far away to move.
        drawn: a drawing, whose brows do more.

    Returns:
        Name to moves. browInnerUp and both browOuterUp together raise the whole brow.
    """
    lips = [i for ring in LIP_RINGS for i in ring]
    lids = [*EYE_RIGHT, *EYE_LEFT]
    brows = [*BROW_RIGHT, *BROW_LEFT]
    still: Moves = {int(i): _ZERO for i in pinned}
    still |= {i: _ZERO for i in [*NOSE, *OVAL, *lips, *lids, *brows]}
    middle = (face[168, 0] + face[6, 0]) / 2

    # A drawn forehead goes along: pressed together, lines of its brows would bend.
    up, down, low, high = (*_DRAWN_PLAY, 0.75, 0.3) if drawn else (1.0, 1.0, 0.45, 0.12)
    raised: Moves = {i: np.array([0, -_RAISED_MM * up, 0]) for i in brows}
    raised |= {i: np.array([0, -low * _RAISED_MM * up, 0]) for i in _FOREHEAD_LOW}
    raised |= {i: np.array([0, -high * _RAISED_MM * up, 0]) for i in _FOREHEAD_HIGH}
    inner = {i: v * _inner_share(face[i, 0] - middle) for i, v in raised.items()}

    def lowered(i: int) -> Array:
        x = face[i, 0] - middle
        share = float(_inner_share(x))
        return down * np.array([-1.2 * np.sign(x) * share, 2.0 + 1.6 * share, 0.0])

    def at(mm: list[float], ids: list[int]) -> Moves:
        return {i: np.array(mm) for i in ids}

    squint, cheeks = at([0, -1.5, 0], _UNDER_EYES), at([0, -1.8, 0], _UNDER_EYES)
    for eye in (EYE_RIGHT, EYE_LEFT):
        lower_lid = eye[1:8]
        room = min(float(np.ptp(face[eye, 1])) / _OPEN_MM, 1.0) ** 1.6
        squint |= at([0, -1.3 * room, 0], lower_lid)
        cheeks |= at([0, -0.5 * room, 0], lower_lid)
    cheeks |= at([0, -1.2, 0], [205, 425])
    return {
        "browInnerUp": still | inner,
        "browOuterUp": still | {i: raised[i] - inner[i] for i in raised},
        "browDown": still
        | {i: lowered(i) for i in brows}
        | at([0, 0.9, 0], _FOREHEAD_LOW)
        | at([0, 0.2, 0], _FOREHEAD_HIGH),
        "eyeSquint": still | squint,
        "cheekSquint": still | cheeks,
    }
