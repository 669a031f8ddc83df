"""Emotions: a state that colours the face at rest and the way it moves.

Comes in: a name, a strength, how long to get there; then the voice by row. Goes out: a `Feeling`
by row: what to add to the face, and factors on what moves by itself.

An emotion is no mask: it swells a little and fades with a slow drift, makes room for the mouth
while one speaks, and shows most between phrases. Which muscles: Ekman & Friesen's facial action
coding (happy 6+12, sad 1+4+15, surprised 1+2+5+26); how far: less than a posed photo's, since a
face that talks shows a third to a half of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from visavis.errors import InvalidOption
from visavis.motion.curves import ROW, Pulse, log_normal
from visavis.motion.noise import Drift, Glide
from visavis.motion.voice import Voice
from visavis.pose import INDEX, Pose, make

FELT: tuple[str, ...] = (
    "browInnerUp", "browOuterUp", "browDown", "eyeSquint", "eyeWide", "eyeBlink", "cheekSquint",
    "mouthSmile", "mouthFrown", "mouthPress", "jawOpen",
    "headPitch", "headRoll", "headScale",
)  # fmt: skip
"""What an emotion moves, in this order; without side: both."""
_MOUTH = range(FELT.index("mouthSmile"), FELT.index("jawOpen") + 1)
_FACE = range(FELT.index("jawOpen") + 1)


@dataclass(frozen=True)
class Emotion:
    """One emotion at strength 1.

    Attributes:
        face: weights of some of `FELT` at rest (headPitch, headRoll in degrees).
        speaking: how much of the mouth's part is left while one speaks.
        between: how much more of it shows for a moment between phrases.
        stays: what is left of it after the first `settles` seconds.
        settles: time constant of that, seconds.
        head, brows, smiles, nods: factors on size and number of spontaneous movements.
        blink: factor on how often the eyes blink.
        pace: factor on the speed of head and breath.
        down: how much more the eyes look down, 0..1.
    """

    face: Mapping[str, float] = field(default_factory=dict)
    speaking: float = 1.0
    between: float = 0.0
    stays: float = 1.0
    settles: float = 1.0
    head: float = 1.0
    brows: float = 1.0
    smiles: float = 1.0
    nods: float = 1.0
    blink: float = 1.0
    pace: float = 1.0
    down: float = 0.0


EMOTIONS: Mapping[str, Emotion] = {
    "neutral": Emotion(),
    # Cheeks and lower lids make a smile one believes; livelier brows, head and nods.
    "happy": Emotion(
        {"mouthSmile": 0.85, "cheekSquint": 0.75, "eyeSquint": 0.42, "browInnerUp": 0.08,
         "browOuterUp": 0.2, "headPitch": -0.6, "headScale": 0.003},
        speaking=0.6, between=0.3, head=1.15, brows=1.3, smiles=1.6, nods=1.2, pace=1.1,
    ),
    # Everything sinks and slows down; the inner ends of the brows do the talking.
    "sad": Emotion(
        {"browInnerUp": 0.95, "browDown": 0.16, "mouthFrown": 0.75, "eyeBlink": 0.12,
         "mouthPress": 0.08, "headPitch": 2.6, "headRoll": 1.5, "headScale": -0.004},
        speaking=0.7, between=0.2, head=0.6, brows=0.45, smiles=0.0, nods=0.5, blink=0.85,
        pace=0.68, down=0.75,
    ),
    # Brows low and a straight look; hardly a smile, little play.
    "serious": Emotion(
        {"browDown": 0.85, "eyeSquint": 0.32, "mouthPress": 0.3, "mouthFrown": 0.42,
         "headPitch": 0.9, "headScale": 0.008},
        speaking=0.7, between=0.15, head=0.72, brows=0.5, smiles=0.1, nods=0.8, blink=0.9,
        pace=0.85,
    ),
    # Shock lasts a second; what stays is an open, lifted look.
    "surprised": Emotion(
        {"browInnerUp": 1.0, "browOuterUp": 1.0, "eyeWide": 0.9, "jawOpen": 0.24, "mouthFrown": 0.2,
         "headPitch": -1.4, "headScale": -0.009},
        speaking=0.5, stays=0.6, settles=1.3, brows=1.2, smiles=0.7, blink=0.85,
    ),
}  # fmt: skip
"""Emotion name to what it is."""

_FACTORS = ("head", "brows", "smiles", "nods", "blink", "pace")


def check_emotion(name: str, strength: float = 1.0, seconds: float = 0.6) -> None:
    """Refuse an emotion that cannot be had.

    Raises:
        InvalidOption: an unknown name, a strength outside 0..1, seconds outside 0..30.
    """
    if name not in EMOTIONS:
        raise InvalidOption(f"emotion {name!r}: {', '.join(EMOTIONS)} are possible")
    for what, value, most in (("strength", strength, 1.0), ("seconds", seconds, 30.0)):
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if not number or not 0.0 <= value <= most:
            raise InvalidOption(
                f"{what} {value!r} of emotion {name!r}: a number from 0 to {most:g} is possible"
            )


@dataclass(frozen=True, slots=True)
class Feeling:
    """How an emotion colours one row.

    Attributes:
        face: values of `FELT` to add.
        head, brows, smiles, nods, blink, pace: factors; see `Emotion`.
        down: 0..1.
    """

    face: tuple[float, ...] = (0.0,) * len(FELT)
    head: float = 1.0
    brows: float = 1.0
    smiles: float = 1.0
    nods: float = 1.0
    blink: float = 1.0
    pace: float = 1.0
    down: float = 0.0


CALM = Feeling()
"""No emotion at all."""


class _Level:
    """How much of one emotion there is."""

    def __init__(self, shape: Emotion, side: float) -> None:
        self.shape = shape
        self.face = [shape.face.get(name, 0.0) for name in FELT]
        self.face[FELT.index("headRoll")] *= side
        self.target = 0.0
        self.follow = Glide(0.1)
        self.fresh = 0.0
        self.settle = Glide(0.05)

    def step(self) -> float:
        level = self.follow.step(self.target)
        if self.target == 0.0 and level < 1e-4:
            self.follow.set(0.0)
            level = 0.0
        self.fresh *= math.exp(-ROW / self.shape.settles)
        stays = self.shape.stays
        return level * (stays + (1.0 - stays) * self.settle.step(self.fresh))


class Emotions:
    """Emotions row by row.

    Args:
        rng: their own random stream.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng, noise = rng.spawn(2)
        side = 1.0 if self._rng.random() < 0.5 else -1.0
        self._levels = {n: _Level(e, side) for n, e in EMOTIONS.items() if n != "neutral"}
        self._drift = Drift(noise, [0.07])
        self._talk = Glide(0.09)
        self._between: Pulse | None = None
        self._any = False

    def choose(self, name: str, strength: float, seconds: float) -> None:
        """Go over to an emotion, nine tenths of the way within `seconds`; 0: be there at once.

        Raises:
            InvalidOption: see `check_emotion`.
        """
        check_emotion(name, strength, seconds)
        for other, level in self._levels.items():
            if other == name and strength > level.target:
                level.fresh = 1.0
            level.target = strength if other == name else 0.0
            if seconds > 0:
                level.follow.slow(seconds / 5.3)  # three equal poles are at 0.9 after 5.3 of one
            else:
                level.follow.set(level.target)
                level.settle.set(level.fresh)
        self._any = True

    def step(self, t: float, voice: Voice) -> Feeling:
        """The next row's feeling."""
        talk = self._talk.step(1.0 if voice.active else 0.0)
        if voice.ended and self._rng.random() < 0.7:
            hold = log_normal(self._rng, 0.7, 0.4)
            self._between = Pulse(t, log_normal(self._rng, 0.9, 0.25), 0.35, hold, 0.8)
        swell = 1.0 + 0.16 * self._drift.step()[0]
        if not self._any:
            return CALM
        between = self._between.at(t) if self._between and t < self._between.end else 0.0
        face = [0.0] * len(FELT)
        change = dict.fromkeys(_FACTORS, 1.0)
        down, total = 0.0, 0.0
        for level in self._levels.values():
            x = level.step()
            if x == 0.0:
                continue
            total += x
            shape = level.shape
            mouth = swell * (1.0 + shape.between * between) * (1.0 - talk * (1.0 - shape.speaking))
            for i, value in enumerate(level.face):
                if value:
                    face[i] += x * value * (mouth if i in _MOUTH else swell if i in _FACE else 1.0)
            for name in _FACTORS:
                change[name] += x * (getattr(shape, name) - 1.0)
            down += x * shape.down
        self._any = total > 0.0 or any(level.target for level in self._levels.values())
        if total == 0.0:
            return CALM
        factors = {name: max(value, 0.0) for name, value in change.items()}
        return Feeling(tuple(face), down=min(down, 1.0), **factors)


def emotion_pose(name: str, strength: float = 1.0) -> Pose:
    """An emotion's face at rest, as it comes.

    Args:
        name: one of `EMOTIONS`.
        strength: 0..1.

    Returns:
        float32 (POSE_SIZE,).

    Raises:
        InvalidOption: an unknown name, or a strength outside 0..1.
    """
    check_emotion(name, strength)
    pose = make(EMOTIONS[name].face) * np.float32(strength)
    assert pose.shape == (len(INDEX),)
    return pose
