"""Voice activity: where in a microphone's sound somebody speaks.

Comes in: mono sound at one rate, chunks of any size. Goes out: what was found, in order: a turn
begins, a turn ends with all its sound. Judged by energy against a noise floor that follows the
room, with a threshold for beginning above the one for going on.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]

STEP_S = 0.02
ROOM_S = 3.0
"""Over which the room's noise is judged."""
QUIETEST = -75.0
"""dBFS; no room is quieter."""
_HIGHPASS_HZ = 120.0
"""Hum, wind and bumps lie below; a voice has enough above it."""


@dataclass(frozen=True, slots=True)
class ActivitySettings:
    """When somebody counts as speaking. Levels in dB, times in seconds.

    Attributes:
        above: how far over the noise floor speech begins.
        hold: how far over it speech goes on.
        least: level below which nothing is speech, dBFS.
        begin: voiced sound within the last ``2 * begin`` that makes a beginning.
        pause: silence that ends a turn.
        before: sound kept from before the beginning: the first consonant is faint.
        shortest: voiced sound a turn must have; shorter is a click or a cough.
        longest: a turn is ended after this.
        over_voice: how much more ``above`` while the character itself is heard: what the
            browser's echo cancelling leaves over.
    """

    above: float = 12.0
    hold: float = 6.0
    least: float = -52.0
    begin: float = 0.08
    pause: float = 0.65
    before: float = 0.3
    shortest: float = 0.16
    longest: float = 30.0
    over_voice: float = 8.0


@dataclass(frozen=True, slots=True)
class TurnBegan:
    """Somebody begins to speak."""


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """Somebody has spoken.

    Attributes:
        samples: int16 (n,), all of it, with a little before and after; empty if it was none.
        sample_rate: Hz.
    """

    samples: Samples
    sample_rate: int


class VoiceActivity:
    """Finds turns in a stream.

    Args:
        sample_rate: of the sound, Hz.
        settings: see :class:`ActivitySettings`.
    """

    def __init__(self, sample_rate: int, settings: ActivitySettings | None = None) -> None:
        self.sample_rate = sample_rate
        self.settings = settings or ActivitySettings()
        self.character_speaks = False
        """Set while the character is heard: it then takes a louder, longer voice to begin."""
        self._step = round(STEP_S * sample_rate)
        self._pole = math.exp(-2 * math.pi * _HIGHPASS_HZ / sample_rate)
        self._last = (0.0, 0.0)  # last sample in, last sample out of the high-pass
        self._rest: Samples = np.zeros(0, np.int16)
        self.reset()

    def reset(self) -> None:
        """Forget the turn and the room: the microphone was switched."""
        self._levels: deque[float] = deque(maxlen=round(ROOM_S / STEP_S))
        self._smooth = 0.0
        self._before: deque[Samples] = deque(maxlen=round(self.settings.before / STEP_S))
        self._recent: deque[bool] = deque(maxlen=2 * round(self.settings.begin / STEP_S))
        self._turn: list[Samples] = []
        self._voiced = self._silent = 0

    @property
    def speaking(self) -> bool:
        """Whether a turn is under way."""
        return bool(self._turn)

    def push(self, samples: Samples) -> list[TurnBegan | TurnEnded]:
        """Listen on.

        Args:
            samples: int16 (n,).

        Returns:
            What was found in it.
        """
        sound = np.concatenate([self._rest, samples])
        whole = len(sound) // self._step * self._step
        self._rest = sound[whole:]
        found: list[TurnBegan | TurnEnded] = []
        for at in range(0, whole, self._step):
            found += self._listen(sound[at : at + self._step])
        return found

    def end(self) -> list[TurnBegan | TurnEnded]:
        """End the turn now: the button was let go."""
        return [self._finish()] if self._turn else []

    def _listen(self, step: Samples) -> list[TurnBegan | TurnEnded]:
        settings = self.settings
        level = self._level(step)
        extra = settings.over_voice if self.character_speaks and not self._turn else 0.0
        over = settings.hold if self._turn else settings.above
        voiced = level > max(settings.least, self._floor(level) + over) + extra
        if self._turn:
            self._turn.append(step)
            self._voiced += voiced
            self._silent = 0 if voiced else self._silent + 1
            long = len(self._turn) * STEP_S
            if self._silent * STEP_S >= settings.pause or long >= settings.longest:
                return [self._finish()]
            return []
        self._recent.append(voiced)
        wanted = settings.begin * (2.0 if self.character_speaks else 1.0)
        if sum(self._recent) * STEP_S >= min(wanted, 1.9 * settings.begin) - 1e-9:
            self._turn = [*self._before, step]
            self._voiced, self._silent = sum(self._recent), 0
            self._before.clear()
            self._recent.clear()
            return [TurnBegan()]
        self._before.append(step)
        return []

    def _finish(self) -> TurnEnded:
        sound = np.concatenate(self._turn)
        if self._voiced * STEP_S < self.settings.shortest:
            sound = sound[:0]
        self._turn = []
        self._voiced = self._silent = 0
        return TurnEnded(sound, self.sample_rate)

    def _floor(self, level: float) -> float:
        """The room's level, dB: the quietest of the last seconds. A voice has dips, noise none."""
        self._smooth = level if not self._levels else 0.6 * self._smooth + 0.4 * level
        self._levels.append(self._smooth)
        return max(min(self._levels), QUIETEST) + 1.0

    def _level(self, step: Samples) -> float:
        """RMS of a step above `_HIGHPASS_HZ`, dBFS."""
        x = step.astype(np.float64) / 32768.0
        came, went = self._last
        difference = np.diff(x, prepend=came)
        # one-pole high-pass y[n] = a (y[n-1] + x[n] - x[n-1]), all of a step at once
        powers = self._pole ** np.arange(1, len(x) + 1)
        y = powers * (went + np.cumsum(difference * self._pole / powers))
        self._last = (float(x[-1]), float(y[-1]))
        return 10.0 * math.log10(float(np.mean(y * y)) + 1e-12)
