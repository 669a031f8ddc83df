"""How sound is kept ahead of its clock: a short queue that neither runs dry nor grows.

Comes in: each frame's sound and the time. Goes out: the samples to queue, when they begin to leave,
and whether the queue is to be emptied before. Nothing here touches a room.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Mono = npt.NDArray[np.int16]

LEAD = 0.02
"""Silence kept ahead of the sound, s: how late a frame may come without a gap in the sound."""
MOST_LEAD = 0.06
_GROWS = 1.5
"""How much longer the lead becomes with every gap that was heard."""
_CALM_S = 30.0
"""After so long without a gap it becomes as much shorter again: a busy moment shall not delay the
rest of an hour."""
_QUIET_S = 0.2
"""Silence after which sound that begins starts on an emptied queue."""


@dataclass(frozen=True)
class Paced:
    """What becomes of a frame's sound.

    Attributes:
        sound: int16 (n,), to be queued now; silence before it or less of it where that is wanted.
        begins: when the frame's own sound begins to leave, seconds by the caller's clock.
        anew: whether what is queued is to be dropped before.
    """

    sound: Mono
    begins: float
    anew: bool


class Pacing:
    """The queue of one track, as far as it is known.

    Args:
        rate: of the sound, Hz.

    Attributes:
        gaps: times the sound ran dry in mid-speech.
        spoke: when sound was last given that is not silence, by the caller's clock.
        until: when all queued sound will have left.
    """

    def __init__(self, rate: int) -> None:
        self.gaps = 0
        self.spoke = 0.0
        self.until = 0.0
        self._rate = rate
        self._lead = LEAD
        self._silent_s = 0.0
        self._calm_since = 0.0  # no gap since then, and no change of the lead

    def take(self, sound: Mono, now: float) -> Paced:
        """Place a frame's sound behind what is queued.

        Args:
            sound: int16 (n,).
            now: seconds, never less than before.
        """
        loud = bool(sound.any())
        # The queue gives out 10 ms at each tick of its own; whenever less was there, it has held
        # more than we know of since then. Only silence is in it now.
        anew = loud and self._silent_s >= _QUIET_S
        if anew:
            self.until = 0.0
            self._calm_down(now)
        if loud:
            self.spoke = now
            self._silent_s = 0.0
        else:
            self._silent_s += len(sound) / self._rate
        ahead = self.until - now
        if ahead < 0.0:
            # It ran dry: begin anew with a lead, a longer one if that was heard.
            if self.until and loud:
                self.gaps += 1
                self._lead = min(self._lead * _GROWS, MOST_LEAD)
                self._calm_since = now
            sound = np.concatenate([np.zeros(round(self._lead * self._rate), np.int16), sound])
            begins = now + self._lead
            self.until = now
        else:
            begins = self.until
            excess = round((ahead - self._lead) * self._rate)
            if excess > self._rate // 200 and not loud:
                sound = sound[min(excess, len(sound)) :]
        self.until += len(sound) / self._rate
        return Paced(sound, begins, anew)

    def _calm_down(self, now: float) -> None:
        if self._lead > LEAD and now - self._calm_since >= _CALM_S:
            self._lead = max(self._lead / _GROWS, LEAD)
            self._calm_since = now
