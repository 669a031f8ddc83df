"""Mouth shapes: the 15 Oculus visemes as poses, and the shape of each of the 28 phone classes.

Comes in: nothing. Goes out: `VISEMES` for people (contact sheets, hand animation), `SHAPES`,
`DOMINANCE` and the rig's response in millimetres for the articulation.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from visavis.pose import Pose, make

VISEMES: Mapping[str, Pose] = {
    "sil": make(),
    "PP": make(mouthPress=1.0),
    "FF": make(mouthRollLower=1.0, mouthUpperUp=1.0, jawOpen=0.05),
    "TH": make(jawOpen=0.26, mouthStretch=0.1, mouthUpperUp=0.4, mouthLowerDown=0.5, tongueOut=1.0),
    "DD": make(jawOpen=0.14, mouthStretch=0.2, mouthUpperUp=0.4, mouthLowerDown=0.45, tongueUp=0.9),
    "kk": make(jawOpen=0.19, mouthStretch=0.2, mouthUpperUp=0.3, mouthLowerDown=0.2, tongueUp=0.2),
    "CH": make(
        jawOpen=0.06,
        mouthFunnel=0.8,
        mouthPucker=0.3,
        mouthUpperUp=0.3,
        mouthLowerDown=0.4,
        tongueUp=0.3,
    ),
    "SS": make(jawOpen=0.05, mouthStretch=0.5, mouthUpperUp=0.55, mouthLowerDown=0.75),
    "nn": make(jawOpen=0.15, mouthStretch=0.1, mouthUpperUp=0.3, mouthLowerDown=0.3, tongueUp=1.0),
    "RR": make(jawOpen=0.11, mouthPucker=0.45, mouthFunnel=0.55, tongueUp=0.4),
    "aa": make(jawOpen=0.65, mouthUpperUp=0.35, mouthLowerDown=0.25),
    "E": make(jawOpen=0.3, mouthStretch=0.5, mouthUpperUp=0.45, mouthLowerDown=0.4, tongueUp=0.15),
    "ih": make(jawOpen=0.11, mouthStretch=0.8, mouthUpperUp=0.5, mouthLowerDown=0.6, tongueUp=0.5),
    "oh": make(jawOpen=0.4, mouthPucker=0.6, mouthFunnel=0.3),
    "ou": make(jawOpen=0.1, mouthPucker=0.95, mouthFunnel=0.15),
}
"""The 15 visemes of the Oculus lip-sync set, each said alone and clearly; float32 (POSE_SIZE,)."""
for _pose in VISEMES.values():
    _pose.setflags(write=False)

PHONES: tuple[str, ...] = (
    "sil", "aa", "ae", "ah", "ao", "oh", "eh", "er", "ih", "iy", "uh", "uw", "ue", "p", "m", "f",
    "th", "t", "n", "l", "s", "sh", "k", "ng", "hh", "r", "w", "y",
)  # fmt: skip
"""The phone classes of a mouth row, columns 4..31; p stands for b too, f for v, s for z …"""

VISEME_OF: Mapping[str, str] = {
    "sil": "sil", "aa": "aa", "ae": "aa", "ah": "aa", "ao": "oh", "oh": "oh", "eh": "E",
    "er": "RR", "ih": "ih", "iy": "ih", "uh": "ou", "uw": "ou", "ue": "ou", "p": "PP", "m": "PP",
    "f": "FF", "th": "TH", "t": "DD", "n": "nn", "l": "nn", "s": "SS", "sh": "CH", "k": "kk",
    "ng": "kk", "hh": "kk", "r": "RR", "w": "ou", "y": "ih",
}  # fmt: skip
"""The viseme of `VISEMES` that each phone class shows."""

MEASURED: tuple[str, ...] = ("opening", "width", "jaw", "closed")
"""Columns 0..3 of a mouth row."""

ROW_SIZE: int = len(MEASURED) + len(PHONES)
VOWELS: tuple[str, ...] = PHONES[1:13]

CHANNELS: tuple[str, ...] = (
    "jawOpen", "mouthStretch", "mouthPucker", "mouthFunnel", "mouthUpperUp", "mouthLowerDown",
    "mouthPress", "mouthRollLower", "tongueOut", "tongueUp",
)  # fmt: skip
"""What the articulation moves; names without side move both sides alike."""

# Millimetres of inner lip gap and of mouth width per weight 1 of each channel, measured on fitted
# rigs (outer eye corners 89 mm apart). Press and tongue move neither.
GAP_MM: npt.NDArray[np.float32] = np.array([18.2, 0, 1.4, 4.6, 2.8, 3.0, 0, 0, 0, 0], np.float32)
WIDTH_MM: npt.NDArray[np.float32] = np.array([-8.4, 10, -17, -8, 0, 0, 0, 0, 0, 0], np.float32)

#          jaw  stretch pucker funnel upper lower press roll  tipOut tipUp
_SHAPES: dict[str, tuple[float, ...]] = {
    "sil": (0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.00, 0.0, 0.0, 0.0),
    "aa": (0.52, 0.05, 0.00, 0.00, 0.50, 0.40, 0.00, 0.0, 0.0, 0.0),
    "ae": (0.42, 0.35, 0.00, 0.00, 0.60, 0.50, 0.00, 0.0, 0.0, 0.1),
    "ah": (0.30, 0.12, 0.00, 0.00, 0.42, 0.40, 0.00, 0.0, 0.0, 0.1),
    "ao": (0.38, 0.00, 0.34, 0.32, 0.15, 0.15, 0.00, 0.0, 0.0, 0.0),
    "oh": (0.26, 0.00, 0.58, 0.30, 0.05, 0.05, 0.00, 0.0, 0.0, 0.0),
    "eh": (0.28, 0.40, 0.00, 0.00, 0.50, 0.45, 0.00, 0.0, 0.0, 0.2),
    "er": (0.16, 0.00, 0.36, 0.38, 0.15, 0.20, 0.00, 0.0, 0.0, 0.3),
    "ih": (0.16, 0.50, 0.00, 0.00, 0.48, 0.52, 0.00, 0.0, 0.0, 0.3),
    "iy": (0.09, 0.78, 0.00, 0.00, 0.50, 0.60, 0.00, 0.0, 0.0, 0.5),
    "uh": (0.16, 0.00, 0.52, 0.24, 0.05, 0.10, 0.00, 0.0, 0.0, 0.1),
    "uw": (0.10, 0.00, 0.85, 0.20, 0.00, 0.00, 0.00, 0.0, 0.0, 0.1),
    "ue": (0.10, 0.00, 0.80, 0.24, 0.00, 0.00, 0.00, 0.0, 0.0, 0.3),
    "p": (0.04, 0.00, 0.00, 0.00, 0.00, 0.00, 1.00, 0.0, 0.0, 0.0),
    "m": (0.05, 0.00, 0.00, 0.00, 0.00, 0.00, 0.90, 0.0, 0.0, 0.0),
    "f": (0.05, 0.08, 0.00, 0.00, 0.90, 0.00, 0.00, 1.0, 0.0, 0.0),
    "th": (0.16, 0.12, 0.00, 0.00, 0.42, 0.50, 0.00, 0.0, 1.0, 0.0),
    "t": (0.09, 0.25, 0.00, 0.00, 0.42, 0.48, 0.00, 0.0, 0.0, 0.9),
    "n": (0.10, 0.20, 0.00, 0.00, 0.38, 0.42, 0.00, 0.0, 0.0, 0.9),
    "l": (0.15, 0.15, 0.00, 0.00, 0.38, 0.42, 0.00, 0.0, 0.0, 1.0),
    "s": (0.04, 0.48, 0.00, 0.00, 0.52, 0.72, 0.00, 0.0, 0.0, 0.2),
    "sh": (0.05, 0.00, 0.30, 0.78, 0.30, 0.38, 0.00, 0.0, 0.0, 0.3),
    "k": (0.14, 0.20, 0.00, 0.00, 0.35, 0.30, 0.00, 0.0, 0.0, 0.2),
    "ng": (0.14, 0.20, 0.00, 0.00, 0.35, 0.30, 0.00, 0.0, 0.0, 0.2),
    "hh": (0.18, 0.12, 0.00, 0.00, 0.38, 0.35, 0.00, 0.0, 0.0, 0.1),
    "r": (0.10, 0.00, 0.42, 0.50, 0.12, 0.20, 0.00, 0.0, 0.0, 0.4),
    "w": (0.06, 0.00, 0.92, 0.22, 0.00, 0.00, 0.00, 0.0, 0.0, 0.1),
    "y": (0.09, 0.60, 0.00, 0.00, 0.45, 0.50, 0.00, 0.0, 0.0, 0.4),
}  # fmt: skip

SHAPES: npt.NDArray[np.float32] = np.array([_SHAPES[p] for p in PHONES], np.float32)
"""Shape of each phone class in running speech, (28, 10) weights of `CHANNELS`.

Upper lip 15-25 % and lower lip 15-30 % of the gap, as in filmed speakers (GRID: the upper lip
does 0.28 of it on average); rounding less than in `VISEMES`, which are said alone."""


def _dominance() -> npt.NDArray[np.float32]:
    """How much each phone insists on each channel (Cohen & Massaro 1993), (28, 10)."""
    d = np.full((len(PHONES), len(CHANNELS)), 0.8, np.float32)
    column = {name: i for i, name in enumerate(CHANNELS)}
    rounding = [column[c] for c in ("mouthStretch", "mouthPucker", "mouthFunnel")]

    def insist(phones: str, channels: list[int], weight: float) -> None:
        for phone in phones.split():
            d[PHONES.index(phone), channels] = weight

    insist("sil", list(range(len(CHANNELS))), 0.55)
    insist("aa ae ah ao oh eh er ih iy uh uw ue", list(range(len(CHANNELS))), 1.0)
    insist("k t n l ng hh", rounding, 0.35)
    insist("p m f s th", rounding, 0.5)
    insist("uw ue oh w sh", rounding, 2.2)
    insist("r er ao uh", rounding, 1.6)
    insist("p m", [column["mouthPress"], column["jawOpen"]], 2.5)
    insist("f", [column["mouthRollLower"], column["mouthUpperUp"]], 2.5)
    insist("s", [column["mouthLowerDown"], column["mouthUpperUp"]], 1.3)
    insist("t n l th", [column["tongueUp"], column["tongueOut"]], 1.6)
    return d


DOMINANCE: npt.NDArray[np.float32] = _dominance()
"""(28, 10), relative; rounding insists and spreads, k t n l leave the lips to their neighbours."""
