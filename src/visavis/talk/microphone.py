"""The visitor's microphone: when its sound is a turn.

Comes in: sound, and how it is to be taken: not at all, while a button is held, or whenever somebody
speaks. Goes out: that a turn begins, and each whole turn.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt

from visavis.agent.activity import TurnBegan, TurnEnded, VoiceActivity

Samples = npt.NDArray[np.int16]
Mode = Literal["off", "hold", "open"]

TAIL_S = 0.25
"""After the button is let go, for sound that is still on its way."""
LONGEST_S = 60.0
QUIET = 250
"""Largest sample of a held turn in which nothing was said."""


class Microphone:
    """Finds turns.

    Args:
        sample_rate: of the sound, Hz.
        on_begin: called when a turn begins.
        on_turn: called with a turn, int16 (n,); empty if nothing was said.
    """

    def __init__(
        self, sample_rate: int, on_begin: Callable[[], None], on_turn: Callable[[Samples], None]
    ) -> None:
        self.mode: Mode = "off"
        self._rate = sample_rate
        self._on_begin = on_begin
        self._on_turn = on_turn
        self._activity = VoiceActivity(sample_rate)
        self._held: list[Samples] | None = None
        self._length = 0
        self._tail: asyncio.TimerHandle | None = None

    def take(self, mode: Mode) -> None:
        """Change how the sound is taken. A turn under way ends."""
        if mode == self.mode:
            return
        before, self.mode = self.mode, mode
        if before == "hold" and mode == "open":  # it was a tap, not a turn
            self._held = []
            self._let_go()
        elif before == "hold":
            self._tail = asyncio.get_running_loop().call_later(TAIL_S, self._let_go)
        elif before == "open" and self._activity.speaking:
            self._ended(self._activity.end())
        if mode == "hold":
            self._let_go()
            self._held, self._length = [], 0
            self._on_begin()
        elif mode == "open":
            self._activity.reset()

    def push(self, samples: Samples, character_speaks: bool) -> None:
        """Sound of the microphone.

        Args:
            samples: int16 (n,).
            character_speaks: whether the character is heard at the moment.
        """
        if self._held is not None:
            self._length += len(samples)
            if self._length < LONGEST_S * self._rate:
                self._held.append(samples)
        elif self.mode == "open":
            self._activity.character_speaks = character_speaks
            self._ended(self._activity.push(samples))

    def close(self) -> None:
        """Forget everything."""
        self.mode, self._held = "off", None
        if self._tail is not None:
            self._tail.cancel()

    def _ended(self, found: list[TurnBegan | TurnEnded]) -> None:
        for what in found:
            if isinstance(what, TurnBegan):
                self._on_begin()
            else:
                self._on_turn(what.samples)

    def _let_go(self) -> None:
        if self._tail is not None:
            self._tail.cancel()
            self._tail = None
        held, self._held = self._held, None
        if held is not None:
            sound = np.concatenate(held) if held else np.zeros(0, np.int16)
            loud = len(sound) and np.abs(sound.astype(np.int32)).max() > QUIET
            self._on_turn(sound if loud else sound[:0])
