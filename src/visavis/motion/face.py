"""Brows, a slight smile, the lower lids: what a face does besides speaking.

Comes in: voice, activity and feeling by row. Goes out: weights by row (`FACE_CHANNELS`).

Brows rise with some stressed words, not with each (Flecha-García 2010: one in four or five
pitch accents), sometimes as a phrase begins or hangs in the air at its end.
"""

from __future__ import annotations

import numpy as np

from visavis.motion.activity import Shares
from visavis.motion.curves import ROW, Pulse, log_normal
from visavis.motion.emotion import CALM, Feeling
from visavis.motion.noise import Drift, Glide
from visavis.motion.voice import Voice

FACE_CHANNELS: tuple[str, ...] = (
    "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "browDownLeft", "browDownRight",
    "mouthSmileLeft", "mouthSmileRight", "eyeSquintLeft", "eyeSquintRight",
    "mouthFrownLeft", "mouthFrownRight", "cheekSquintLeft", "cheekSquintRight",
    "eyeWideLeft", "eyeWideRight", "eyeBlinkLeft", "eyeBlinkRight",
    "mouthPressLeft", "mouthPressRight", "jawOpen",
)  # fmt: skip


class Face:
    """Brows, smile and lower lids row by row.

    Args:
        rng: its own random stream.
        brows: factor on the brows.
        smile: factor on the smile and the lower lids.
        expressiveness: factor on the answer to the voice.
    """

    def __init__(
        self, rng: np.random.Generator, brows: float, smile: float, expressiveness: float
    ) -> None:
        self._rng, noise = rng.spawn(2)
        self._brows = brows
        self._smile = smile
        self._expressiveness = expressiveness
        self._drift = Drift(noise, [0.15, 0.12, 0.1, 0.3])
        self._mood = Glide(0.35)
        self._raises: list[tuple[bool, Pulse]] = []
        self._rest = 0.0
        # Nobody's face is symmetric: one side leads by a tenth or so.
        self._bias = float(0.10 * rng.standard_normal())

    def step(self, t: float, voice: Voice, shares: Shares, feeling: Feeling = CALM) -> list[float]:
        """The next row's weights of `FACE_CHANNELS`."""
        self._react(t, voice)
        slow, side, warm, lids = self._drift.step()
        up = 0.03 + 0.03 * slow
        down = outer = 0.0
        for frowning, pulse in self._raises:
            value = pulse.at(t)
            if frowning:
                down += value
            else:
                up += value
                outer += value
        brows = self._brows * feeling.brows
        thinking = shares.thinking
        up = max(up + 0.05 * thinking, 0.0) * brows
        outer = (0.6 * max(outer, 0.0) + 0.02) * brows
        down = (down + max(-0.05 * slow, 0.0) + (0.10 + 0.04 * lids) * thinking) * brows
        lean = min(max(self._bias + 0.06 * side, -0.25), 0.25)
        mood = self._mood.step(shares.mix(0.05, 0.09, 0.02, 0.05))
        smile = max(mood + 0.03 * warm, 0.0) * self._smile * feeling.smiles
        squint = (0.35 * smile + max(0.03 + 0.03 * lids, 0.0) * self._smile) * 0.9
        press = max(0.10 + 0.06 * warm, 0.0) * thinking * self._smile
        more, less = 1.0 + lean, 1.0 - lean
        if feeling is CALM:
            wide = lid = cheek = frown = jaw = 0.0
        else:
            raised, sides, lowered, narrow, wide, lid, cheek, happy, frown, shut, jaw = (
                feeling.face[: len(feeling.face) - 3]
            )
            up, outer, down = up + raised, outer + sides, down + lowered
            squint, smile, press = squint + narrow, smile + happy, press + shut
        return [
            up,
            outer * (1.0 + 1.5 * lean),
            outer * (1.0 - 1.5 * lean),
            down,
            down,
            smile * more,
            smile * less,
            squint * (1.0 + 0.5 * lean),
            squint * (1.0 - 0.5 * lean),
            frown * more,
            frown * less,
            cheek * more,
            cheek * less,
            wide,
            wide,
            lid,
            lid,
            press,
            press,
            jaw,
        ]

    def _react(self, t: float, voice: Voice) -> None:
        rng = self._rng
        if self._raises:
            self._raises = [r for r in self._raises if r[1].end > t]
        self._rest -= ROW
        if self._rest > 0:
            return
        if voice.stress > 0 and rng.random() < 0.08 + 0.24 * voice.stress:
            self._add(t, 0.14 + 0.24 * voice.stress, 0.12, frown=rng.random() < 0.12)
        elif voice.began and rng.random() < 0.25:
            self._add(t, 0.2, 0.25)
        elif voice.ended and rng.random() < 0.15:
            self._add(t, 0.28, 0.45)

    def _add(self, t: float, amount: float, hold: float, frown: bool = False) -> None:
        rng = self._rng
        amount *= self._expressiveness * log_normal(rng, 0.6 if frown else 1.0, 0.25)
        hold *= log_normal(rng, 1.0, 0.5)
        slow = 1.6 if frown else 1.0
        rise, fall = slow * float(rng.uniform(0.16, 0.26)), slow * float(rng.uniform(0.35, 0.6))
        self._raises.append((frown, Pulse(t, amount, rise, hold, fall)))
        self._rest = log_normal(rng, 2.4, 0.4)
