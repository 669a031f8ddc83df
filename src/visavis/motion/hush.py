"""An interrupted mouth closes: quickly, but as a mouth does, not as a cut.

Comes in: the mouth shown when the interruption came, then the mouth of every frame after it.
Goes out: that frame's mouth, on its way from the one to the other.
"""

from __future__ import annotations

from visavis.motion.closure import constrain

SHUT_AFTER = 0.030
"""Seconds in which an interrupted mouth shuts: at 25 fps one picture shows a third of it left, the
next one none."""
CALM_AFTER = 0.200
"""Seconds in which the face stops making way for speech (a smile comes back softly)."""


class Hush:
    """What is left of an interrupted mouth.

    Args:
        mouth: weights of `CHANNELS` that were shown last.
        lips, teeth: its closure gates, 0..1.
        speech: 0 silence .. 1 speech.
        time: when it was interrupted, seconds.
    """

    def __init__(
        self, mouth: list[float], lips: float, teeth: float, speech: float, time: float
    ) -> None:
        self._mouth = list(mouth)
        close = constrain(self._mouth, lips, teeth)
        self._mouth[0] = max(self._mouth[0] - close, 0.0)  # shut lips do not part on the way
        self._speech = speech
        self._time = time

    def over(self, t: float) -> bool:
        """Whether nothing of it is left at time t."""
        return t >= self._time + CALM_AFTER

    def blend(self, mouth: list[float], speech: float, t: float) -> tuple[list[float], float]:
        """Mouth and speech at time t, from what the rows say then."""
        left = max(1.0 - (t - self._time) / SHUT_AFTER, 0.0)
        calm = max(1.0 - (t - self._time) / CALM_AFTER, 0.0)
        if left > 0.0:
            mouth = [
                now + left * (before - now) for now, before in zip(mouth, self._mouth, strict=True)
            ]
        return mouth, max(speech, calm * self._speech)
