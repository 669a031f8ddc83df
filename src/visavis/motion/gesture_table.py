"""The gestures' shapes, in a table one can read, and the check of a gesture's name.

Comes in: nothing. Goes out: `GESTURES`. A track is what one pose entry does: keys (seconds, value)
joined by minimum-jerk steps. A beat is a track that swings: out, back a little beyond, less each
time. Durations and sizes are a person's; where they come from stands with each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from visavis.errors import InvalidOption

Key = tuple[float, float]
MOST = 1.5
"""The largest strength of a gesture."""


@dataclass(frozen=True)
class Track:
    """One pose entry over time.

    Attributes:
        entry: its name; without a side it means both.
        keys: (seconds, value) in order, the first and the last value 0.
    """

    entry: str
    keys: tuple[Key, ...]


@dataclass(frozen=True)
class Beat:
    """One pose entry that swings and dies down.

    Attributes:
        entry: its name.
        amount: value of the first swing.
        cycle: seconds out and back.
        times: fewest and most cycles.
        back: how far it swings to the other side, as a share of the swing before.
        decay: size of a cycle against the one before.
        begin: seconds.
    """

    entry: str
    amount: float
    cycle: float
    times: tuple[int, int]
    back: float
    decay: float
    begin: float = 0.0


@dataclass(frozen=True)
class Gesture:
    """A shape.

    Attributes:
        parts: its tracks and beats.
        pace: deviation of the logarithm of its duration.
        size: the same of its amplitude.
        sided: goes to either side, as the seed will: yaw, roll and gaze change their sign.
    """

    parts: tuple[Track | Beat, ...]
    pace: float = 0.10
    size: float = 0.14
    sided: bool = False


GESTURES: Mapping[str, Gesture] = {
    # Two or three cycles of 0.35 to 0.5 s, the first the largest (Hadar, Steiner & Rose 1985:
    # a listener's "yes" is cyclic and symmetrical). The chin leads; lids dip a little with it.
    "nod": Gesture(
        (
            Beat("headPitch", 4.4, 0.44, (2, 3), back=0.25, decay=0.66),
            Beat("headY", 1.2, 0.44, (2, 3), back=0.2, decay=0.66),
            Track("eyeBlink", ((0.02, 0.0), (0.16, 0.1), (0.26, 0.1), (0.45, 0.0))),
            Track("browInnerUp", ((0.0, 0.0), (0.2, 0.1), (0.5, 0.1), (0.9, 0.0))),
        ),
        size=0.18,
    ),
    # Wider swings than a nod and as many to either side; the eyes stay on the viewer by
    # themselves. Slightly lowered brows: a "no" without them reads as a wobble.
    "shake": Gesture(
        (
            Beat("headYaw", 5.4, 0.56, (2, 3), back=0.9, decay=0.72),
            Beat("headX", 1.4, 0.56, (2, 3), back=0.9, decay=0.72),
            Track("browDown", ((0.0, 0.0), (0.3, 0.16), (0.9, 0.16), (1.4, 0.0))),
            Track("headPitch", ((0.0, 0.0), (0.35, 0.5), (0.9, 0.5), (1.3, 0.0))),
        ),
        sided=True,
        size=0.16,
    ),
    # A felt smile: half a second up, at most four seconds in all, slower down, with the cheeks
    # (Ekman & Friesen 1982; Schmidt et al. 2006). The eyes come a little after the mouth.
    "smile": Gesture(
        (
            Track("mouthSmile", ((0.0, 0.0), (0.5, 1.0), (0.9, 0.94), (1.7, 0.96), (2.7, 0.0))),
            Track("cheekSquint", ((0.1, 0.0), (0.62, 0.8), (1.6, 0.8), (2.5, 0.0))),
            Track("eyeSquint", ((0.12, 0.0), (0.66, 0.4), (1.5, 0.4), (2.3, 0.0))),
            Track("headRoll", ((0.1, 0.0), (0.8, 1.4), (1.6, 1.3), (2.7, 0.0))),
            Track("browOuterUp", ((0.0, 0.0), (0.35, 0.12), (1.0, 0.06), (2.0, 0.0))),
        ),
        sided=True,
    ),
    # Notes every 0.21 s, dying down (Provine & Yong 1991; Bachorowski et al. 2001); shoulders
    # and head bounce with them (Mancini et al. 2012); cheeks up, eyes narrow, and afterwards a
    # smile that takes its time (Ruch & Ekman 2001).
    "laugh": Gesture(
        (
            Beat("breath", 0.2, 0.21, (5, 8), back=1.0, decay=0.86, begin=0.22),
            Track("breath", ((0.0, 0.0), (0.25, 0.35), (1.2, 0.2), (2.2, 0.0))),
            Beat("headY", -0.9, 0.21, (5, 8), back=0.6, decay=0.86, begin=0.22),
            Beat("headPitch", -0.7, 0.21, (5, 8), back=0.7, decay=0.86, begin=0.24),
            Beat("jawOpen", 0.07, 0.21, (5, 8), back=0.8, decay=0.84, begin=0.22),
            Track("jawOpen", ((0.0, 0.0), (0.28, 0.42), (1.2, 0.3), (2.1, 0.0))),
            Track("mouthUpperUp", ((0.0, 0.0), (0.3, 0.6), (1.2, 0.5), (2.1, 0.0))),
            Track("mouthLowerDown", ((0.0, 0.0), (0.3, 0.15), (1.2, 0.12), (2.0, 0.0))),
            Track("mouthSmile", ((0.0, 0.0), (0.32, 1.0), (1.4, 0.95), (2.1, 0.65), (3.3, 0.0))),
            Track("cheekSquint", ((0.05, 0.0), (0.35, 0.9), (1.3, 0.8), (3.0, 0.0))),
            Track("eyeSquint", ((0.05, 0.0), (0.38, 0.8), (1.3, 0.65), (2.6, 0.0))),
            Track("eyeBlink", ((0.1, 0.0), (0.42, 0.17), (1.3, 0.14), (2.1, 0.0))),
            Track("headPitch", ((0.0, 0.0), (0.4, -1.8), (1.1, -1.0), (1.9, 0.6), (2.8, 0.0))),
            Track("headRoll", ((0.1, 0.0), (0.6, 1.3), (1.3, 1.0), (2.6, 0.0))),
            Track("headScale", ((0.0, 0.0), (0.5, -0.006), (1.3, -0.003), (2.6, 0.0))),
        ),
        sided=True,
        pace=0.06,
    ),
    # Over within a second or so, faster up than down (Ekman 2003): brows and upper lids first,
    # the jaw drops a little, the head goes back.
    "surprised": Gesture(
        (
            Track("browInnerUp", ((0.0, 0.0), (0.24, 1.15), (0.9, 1.05), (1.7, 0.0))),
            Track("browOuterUp", ((0.0, 0.0), (0.24, 1.15), (0.9, 1.05), (1.65, 0.0))),
            Track("eyeWide", ((0.0, 0.0), (0.18, 1.0), (0.8, 0.9), (1.45, 0.0))),
            Track("jawOpen", ((0.05, 0.0), (0.3, 0.5), (0.85, 0.4), (1.5, 0.0))),
            Track("mouthFunnel", ((0.05, 0.0), (0.3, 0.4), (0.85, 0.36), (1.4, 0.0))),
            Track("mouthFrown", ((0.05, 0.0), (0.3, 0.3), (0.85, 0.3), (1.5, 0.0))),
            Track("headPitch", ((0.0, 0.0), (0.28, -2.4), (0.9, -1.8), (1.9, 0.0))),
            Track("headScale", ((0.0, 0.0), (0.28, -0.012), (0.8, -0.009), (1.7, 0.0))),
            Track("breath", ((0.0, 0.0), (0.35, 0.4), (0.8, 0.3), (1.8, 0.0))),
        ),
    ),
    # Eyes up and aside in one jump and back in another, the head after them and slower
    # (Glenberg et al. 1998: people look away to think); lips pressed, brows slightly together.
    "think": Gesture(
        (
            Track("gazeX", ((0, 0), (0.05, 8.5), (1.0, 8.5), (1.03, 7), (2.1, 7), (2.15, 0))),
            Track("gazeY", ((0, 0), (0.05, -6), (1.0, -6), (1.03, -7), (2.1, -7), (2.15, 0))),
            Track("headYaw", ((0.04, 0.0), (0.6, 2.6), (1.9, 2.3), (2.7, 0.0))),
            Track("headPitch", ((0.04, 0.0), (0.65, -1.8), (1.9, -1.5), (2.7, 0.0))),
            Track("headRoll", ((0.08, 0.0), (0.8, 2.8), (2.0, 2.6), (2.9, 0.0))),
            Track("browInnerUp", ((0.05, 0.0), (0.45, 0.3), (1.7, 0.26), (2.5, 0.0))),
            Track("browDown", ((0.1, 0.0), (0.5, 0.3), (1.8, 0.28), (2.4, 0.0))),
            Track("mouthPress", ((0.15, 0.0), (0.6, 0.6), (1.6, 0.5), (2.3, 0.0))),
            Track("mouthFrown", ((0.15, 0.0), (0.6, 0.35), (1.6, 0.3), (2.3, 0.0))),
        ),
        sided=True,
    ),
}  # fmt: skip
"""Gesture name to shape."""


def check_gesture(name: str, strength: float = 1.0) -> None:
    """Refuse a gesture that cannot be made.

    Raises:
        InvalidOption: an unknown name, or a strength outside 0..1.5.
    """
    if name not in GESTURES:
        names = ", ".join(GESTURES)
        if name == "wave":
            raise InvalidOption(
                f"gesture 'wave': a portrait has no hand to wave with; {names} are possible"
            )
        raise InvalidOption(f"gesture {name!r}: {names} are possible")
    number = isinstance(strength, (int, float)) and not isinstance(strength, bool)
    if not number or not 0.0 <= strength <= MOST:
        raise InvalidOption(
            f"strength {strength!r} of gesture {name!r}: a number from 0 to {MOST:g} is possible"
        )
