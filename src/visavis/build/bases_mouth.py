"""What the lips, the jaw and the skin around the mouth do for each weight of the pose.

Comes in: the lips' own coordinates. Goes out: for each basis the displacement of the vertices it
sets, millimetres on the face's axes (x right, y down, z away from the camera); the rest of the skin
follows by :mod:`visavis.build.solve`. Widths and heights are those of an adult's mouth; all
numbers were set by looking, on 33 portraits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .indices import BROW_LEFT, BROW_RIGHT, EYE_LEFT, EYE_RIGHT, NOSE, OVAL
from .mesh import Array
from .mouth_axes import Lips, Rounding

Moves = dict[int, Array]
"""Vertex to displacement (3,), mm on the face's axes."""

JAW_OPEN_MM = 20.0
"""What jawOpen 1 lowers the lower incisors by."""
JAW_SIDE_MM = 5.0
_MOUTH_SIDE_MM = 5.0
SMILE_MM = 4.2
"""What mouthSmile 1 lifts the corners by."""
_CLOSE_UPPER_SHARE = 0.30
"""How much of a lowered jaw's gap the upper lip comes down to close."""
_EASE, _MADE_UP_MM = 0.35, 6.0
"""Lips that were so far apart round less, from twice as far on by the first share."""
_BESIDE_CORNERS = {
    "p57": 0.9, "p287": 0.9, "p186": 0.75, "p410": 0.75, "p43": 0.8, "p273": 0.8, "p212": 0.4,
    "p432": 0.4,
}  # fmt: skip
"""How much of a drawn corner's way down the skin beside it goes: else the line's end would bend."""
_ZERO = np.zeros(3)
_STILL = [
    *NOSE, *EYE_RIGHT, *EYE_LEFT, *BROW_RIGHT, *BROW_LEFT, 10, 338, 109, 67, 297, 103, 332, 54,
    284, 21, 251, 162, 389, 127, 356, 234, 454, 9, 8, 151,
]  # fmt: skip
"""Points that no movement of the mouth reaches."""
_JAW_SHARE = {
    152: 1, 148: 1, 377: 1, 176: 0.98, 400: 0.98, 149: 0.93, 378: 0.93, 150: 0.85, 379: 0.85,
    136: 0.7, 365: 0.7, 172: 0.48, 397: 0.48, 58: 0.24, 288: 0.24, 132: 0.08, 361: 0.08, 93: 0,
    323: 0, 199: 1, 175: 1, 171: 1, 396: 1, 200: 1, 208: 1, 428: 1, 18: 0.98, 83: 0.97, 313: 0.97,
    201: 0.98, 421: 0.98,
}  # fmt: skip
"""How much of the jaw's rotation chin and cheek points take part in."""


@dataclass(frozen=True)
class MouthBases:
    """The bases of the mouth before the skin follows.

    Attributes:
        jaw: name to moves: those that carry the jaw and with it chin and oval.
        lips: name to moves: those that leave the oval still.
        teeth: (3,) mm, how jawOpen 1 moves the lower incisors.
    """

    jaw: dict[str, Moves]
    lips: dict[str, Moves]
    teeth: Array


class _Writer:
    """Turns displacements of the lips into whole sets of constraints."""

    def __init__(self, lips: Lips, pinned: npt.NDArray[np.int64]) -> None:
        self._lips = lips
        self._fixed: Moves = {int(i): _ZERO for i in pinned} | {i: _ZERO for i in _STILL}
        self._oval: Moves = {i: _ZERO for i in OVAL}

    def __call__(self, moved: Array, skin: dict[int, Array], oval: bool = True) -> Moves:
        out = self._fixed | self._oval if oval else dict(self._fixed)
        out |= dict(zip(self._lips.ids.tolist(), moved, strict=True))
        return out | skin


def _vectors(x: Array | float, y: Array | float, z: Array | float, n: int) -> Array:
    return np.stack([np.broadcast_to(v, (n,)) for v in (x, y, z)], 1).astype(np.float64)


def _down(**mm_down: float) -> dict[int, Array]:
    """Skin points moved straight down: ``_down(p18=2.5)``."""
    return {int(k[1:]): np.array([0.0, v, 0.0]) for k, v in mm_down.items()}


def _hinge(face: Array) -> tuple[Array, Array]:
    """The jaw's hinge: rotation (3, 3) of half of jawOpen 1, and its centre, mm."""
    centre = (face[132] + face[361] + face[234] + face[454]) / 4 + np.array([0, 0, 15.0])
    half = JAW_OPEN_MM / 2  # the rotation of half the way, doubled: a weight moves in a line
    angle = half / np.linalg.norm((face[14] - centre)[1:])
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    if ((face[152] - centre) @ turn.T + centre - face[152])[1] < 0:
        turn = turn.T
    return turn, centre


def smile(lips: Lips) -> Array:
    """What mouthSmile 1 does to the lips, (M, 3) mm."""
    a = np.abs(lips.s)
    return _vectors(4 * lips.s, -SMILE_MM * a**2.2 + 0.15 * lips.hill(), a, len(a))


def stretch(lips: Lips) -> Array:
    """What mouthStretch 1 does to the lips, (M, 3) mm."""
    a = np.abs(lips.s)
    thinner = 0.35 * lips.up * lips.hill() * (1 - lips.ring / 3)
    return _vectors(5 * lips.s, -0.5 * a**2 + thinner, 2 * a, len(a))


def mouth_bases(
    lips: Lips,
    face: Array,
    round_: Rounding,
    pinned: npt.NDArray[np.int64],
    drawn: bool = False,
) -> MouthBases:
    """Write down every basis of the mouth.

    Args:
        lips: the lips' coordinates.
        face: (468, 3) landmarks in the lips' axes and origin, mm.
        round_: what the lips lack to be round.
        pinned: vertices too far away to move.
        drawn: a drawing.
    """
    n, s, up, ring = len(lips.ids), lips.s, lips.up, lips.ring
    a = np.abs(s)
    write = _Writer(lips, pinned)
    low, high = up < 0, up > 0

    # jaw: a rotation about the joints; the lower lip goes with it, the corners a third of the way
    turn, centre = _hinge(face)

    def drop(points: Array) -> Array:
        return np.asarray(2 * ((points - centre) @ turn.T + centre - points))

    opening = lips.zipped(0.72)
    share = np.where(low, 0.36 + 0.62 * opening, 0.36)
    share = np.where(high, np.maximum(0.36 - 0.38 * np.minimum(1, 1.25 * opening), -0.02), share)
    jaw = drop(lips.place) * share[:, None]
    jaw[:, 0] -= 4.2 * s  # the mouth narrows as it opens
    jaw[:, 1] += 1.8 * round_.bow + 0.7 * round_.fuller
    bone = {i: drop(face[i]) * w for i, w in _JAW_SHARE.items()}

    # the same points slid sideways
    slide = np.where(low, 0.75 + 0.2 * lips.hill(), np.where(high, 0.2, 0.45)) * JAW_SIDE_MM
    slide = np.where(a >= 0.94, 0.45 * JAW_SIDE_MM, slide)
    across = _vectors(slide, 0, 0, n)
    bone_across = {i: np.array([JAW_SIDE_MM * w, 0, 0]) for i, w in _JAW_SHARE.items()}
    jaw_bases = {
        "jawOpen": write(jaw, bone, oval=False),
        "jawLeft": write(across, bone_across, oval=False),
        "jawRight": write(-across, {i: -v for i, v in bone_across.items()}, oval=False),
    }

    def lip(
        x: Array | float, y: Array | float, z: Array | float, skin: dict[int, Array] | None = None
    ) -> Moves:
        return write(_vectors(x, y, z, n), skin or {})

    zip85 = lips.zipped(0.85)
    # Folds of a wide open smile bunch up beside made-up lips that are drawn together far.
    ease = 1 - _EASE * float(np.clip((lips.open_mm - _MADE_UP_MM) / _MADE_UP_MM, 0, 1))
    thinner = np.array([1, 0.97, 0.95, 0.93])[ring.astype(int)]
    one_or_lower = np.where(ring < 2, 1.0, 0.7)
    cheeks_up = {
        i: np.array([x, y, 0.0])
        for i, x, y in (
            (117, 0, -1), (346, 0, -1), (50, 0, -1.5), (280, 0, -1.5), (205, -1.3, -2),
            (425, 1.3, -2),
        )
    }  # fmt: skip
    sneer = _down(p2=-0.6, p98=-0.7, p327=-0.7, p97=-0.6, p326=-0.6, p129=-0.6, p358=-0.6)
    outer = np.where(ring == 0, 1.4, 0.0)
    roll = lips.hill(0.6)
    bent = np.abs(lips.across) if drawn else a
    corner = 3.0 + float(round_.smile.max())
    beside = _down(**{p: w * corner for p, w in _BESIDE_CORNERS.items()}) if drawn else {}
    frowned = 3 * bent**2.2 - 0.3 * lips.hill() + round_.smile
    sideways = _MOUTH_SIDE_MM * (0.75 + 0.25 * lips.hill())
    lip_bases = {
        "mouthClose": write(_meet(lips, jaw), _close_skin(lips, jaw)),
        "mouthStretch": write(stretch(lips), {}),
        "mouthSmile": write(smile(lips), cheeks_up),
        "mouthFrown": lip(0.4 * s, frowned, 0.3 * a, beside),
        "mouthPucker": lip(
            -8.5 * ease * s * (0.9 + 0.1 * ring / 3),
            ease * (-up * lips.hill() * one_or_lower + 1.3 * round_.bow + 0.6 * round_.fuller),
            -5.0,
        ),
        "mouthFunnel": lip(
            -4 * ease * s,
            -up * (2.6 - 0.1 * ring) * lips.hill(0.75)
            + ease * (0.8 * round_.bow + 0.4 * round_.fuller),
            -4.0,
        ),
        "mouthUpperUp": lip(0, np.where(high, -3 * zip85 * thinner, 0), 0, sneer),
        "mouthLowerDown": lip(
            0, np.where(low, 3 * zip85, 0), 0, _down(p199=0.5, p200=1.0, p18=2.5)
        ),
        "mouthRollLower": lip(
            0, np.where(low, -(1.2 + outer) * roll, 0), np.where(low, 3 * roll, 0),
            _down(p18=-1.6, p200=-1.2, p199=-0.6, p152=-0.4),
        ),
        "mouthRollUpper": lip(
            0, np.where(high, (0.8 + outer) * roll, 0), np.where(high, 2.5 * roll, 0),
            _down(p2=0.2, p164=0.9),
        ),
        "mouthLeft": lip(sideways, 0, 0),
        "mouthRight": lip(-sideways, 0, 0),
    }  # fmt: skip
    return MouthBases(jaw=jaw_bases, lips=lip_bases, teeth=drop(face[14]))


def _parting(lips: Lips, jaw: Array) -> Array:
    """How far jawOpen 1 parts the inner contours at each lip vertex' place along the mouth."""
    upper, lower = lips.pairs
    apart = jaw[lower] - jaw[upper]
    at = np.r_[-1.0, lips.s[lower], 1.0]
    padded = np.pad(apart, ((1, 1), (0, 0)))
    out = np.stack([np.interp(lips.s, at, padded[:, c]) for c in range(3)], 1)
    out[upper] = out[lower] = apart
    return out


def _meet(lips: Lips, jaw: Array) -> Array:
    """Write mouthClose: the lips back together under jawOpen 1."""
    parting = _parting(lips, jaw)
    softer = (0.85 + 0.15 * lips.ring / 3)[:, None]
    upper = _CLOSE_UPPER_SHARE * parting * softer
    lower = -(1 - _CLOSE_UPPER_SHARE) * parting * softer
    return np.where(lips.up[:, None] > 0, upper, np.where(lips.up[:, None] < 0, lower, 0.0))


def _close_skin(lips: Lips, jaw: Array) -> dict[int, Array]:
    """The chin's skin is drawn up, the philtrum down, by part of what the lips travel."""
    most = _parting(lips, jaw)[:, 1].max()
    lower, upper = -(1 - _CLOSE_UPPER_SHARE) * most, _CLOSE_UPPER_SHARE * most
    return _down(p18=0.7 * lower, p200=0.25 * lower, p164=0.4 * upper, p2=0.05 * upper)


def meeting(lips: Lips, bias: float) -> Array:
    """What shuts the mouth of the picture, (M, 3) mm; see :func:`closing`."""
    k = lips.ring / 3
    upper = bias * lips.gap * (0.75 + 0.25 * k)[:, None]
    lower = -(1 - bias) * lips.gap * (0.80 + 0.20 * k)[:, None]
    return np.where(lips.up[:, None] > 0, upper, np.where(lips.up[:, None] < 0, lower, 0.0))


def closing(lips: Lips, bias: float, pinned: npt.NDArray[np.int64]) -> Moves:
    """Shut the mouth of the picture.

    Args:
        lips: the lips' coordinates.
        bias: where the lips meet: 0 at the upper lip's edge, 1 at the lower lip's.
        pinned: vertices too far away to move.
    """
    travel = (1 - bias) * lips.open_mm
    rest = lips.open_mm - travel
    # shares of the lower lip's travel, not of the gap: else the chin's mesh folds over
    skin = _down(
        p199=-0.30 * travel, p200=-0.5 * travel, p18=-0.8 * travel, p152=-0.15 * travel,
        p2=0.10 * rest, p164=0.5 * rest,
    )  # fmt: skip
    return _Writer(lips, pinned)(meeting(lips, bias), skin)


def pressing(lips: Lips, bias: float, pinned: npt.NDArray[np.int64]) -> Moves:
    """Write mouthPress: the lips rolled in towards the seam of the shut mouth."""
    gap = lips.gap[:, 1]
    shut = lips.local[:, 1] + meeting(lips, bias)[:, 1]
    upper, lower = lips.pairs
    seam_x = np.r_[-1e3, lips.place[lower, 0], 1e3]
    seam = lips.local[upper, 1] + bias * gap[upper]
    ends = lips.local[(lips.ring == 3) & (lips.up == 0), 1]
    y = np.interp(lips.local[:, 0], seam_x, np.r_[ends[0], seam, ends[-1]])
    moved = (y - shut) * np.where(lips.up < 0, 0.42, 0.38)
    moved[(lips.up == 0) | (lips.ring == 3)] = 0.0
    inward = np.where(lips.up == 0, 0.0, 1.5)
    n = len(lips.ids)
    return _Writer(lips, pinned)(_vectors(0, moved, inward, n), _down(p18=-0.8, p200=-0.8, p2=0.2))
