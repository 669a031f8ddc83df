"""Closed lips are a constraint: p, b, m touch, f, v sit under the teeth, whatever else is wanted.

Comes in: phone posteriors by row, then a mouth of `CHANNELS` at a frame. Goes out: two gates
0..1 by row (lips together, lip under teeth) and the mouth that obeys them.

Averaging shapes leaves 0.3-0.9 mm between the lips of a p between vowels, which every viewer
sees; so the gate is soft in time but hard in effect. Thresholds are low, 0.12-0.28 on P(p, b, m)
and 0.03-0.08 where the lips are measured to come near each other: at 0.5 only half of natural
bilabials would shut, at these 94 %. Where nobody speaks they are 0.50-0.80: people wait with open
mouths, which a mere suspicion would shut.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from visavis.motion.curves import ramp

JAW_SHUT = 0.09
"""Most jawOpen behind closed lips (1.8 mm: teeth apart, lips together)."""
JAW_TUCKED = 0.07
FULL_ROWS = 2
"""A closure that becomes full stays so for 40 ms, and where the sound is certain fills every frame
that it touches: two frames of any 25 fps grid. 60 ms shut no more p, b and m, and half as many open
vowels again."""
LEAD, LET_GO = 0.5, 0.35
"""Part of a closure one row before it, and one row after: lips come slower than they burst open."""
VOWEL = 0.50, 0.80
"""P(vowel) from which lips begin to be free and at which they are: nothing shuts them, nothing of a
closure before it is left, and the next one has not begun. Else a short vowel between two lip
sounds, as in *mama*, never opens; filmed people part their lips in 97 % of open vowels."""
NARROW = 0.30, 0.60
"""Opening up to which that is so, and from which it is not: wide mouths show in any case, and
would be there in a jump."""
UNLIKELY = 0.15, 0.30
"""The same of P(p, b, m) or P(f, v): at the edge of a certain closure it fills its frames."""
PARTING = 0.60, 0.90
"""P(p, b, m) as a part of what it was one row before, up to which lips have parted again and from
which they may still be shut: the network's doubt ends later than a closure does."""
SURE = 0.25, 0.40
"""P(p, b, m) from which a closure is no doubt, and at which it counts in full."""
PRESS = 0.85
_PUCKER_GAP = 1.4 / 18.2  # lip gap of pucker 1 as a share of that of jawOpen 1


class Wish(NamedTuple):
    """What a row wants of one closure.

    Attributes:
        gate: 0 nothing .. 1 a closure.
        probability: what is behind it.
        vowel: 0 .. 1 in a certain vowel, in which rows beside it shut the lips no more, either.
    """

    gate: float
    probability: float
    vowel: float = 0.0


class Gate(NamedTuple):
    """One closure at one row.

    Attributes:
        value: 0 free .. 1 closed.
        wide: the same where the sound is certain, else 0: what is worth a whole frame even if
            it fills only a part of it.
    """

    value: float
    wide: float


OPEN = Gate(0.0, 0.0)


@dataclass
class _Hold:
    """One gate over time: early by half a row, held when full, let go fast like a burst."""

    value: float = 0.0
    full: int = 0
    certainty: float = 0.0

    def step(self, now: Wish, ahead: Wish) -> Gate:
        """Next row's gate from the wish of that row and of the one after it."""
        if now.gate == ahead.gate == self.value == 0.0:
            self.full = 0
            return OPEN
        target = max(now.gate, LEAD * (1.0 - now.vowel) * ahead.gate)
        certain = max(ramp(now.probability, *SURE), ramp(ahead.probability, *SURE))
        if target > 0.95:
            self.full += 1
        elif 0 < self.full < FULL_ROWS:
            self.full += 1
            target = 1.0
        else:
            self.full = 0
        self.certainty = max(certain, self.certainty if self.full else 0.0)
        self.value = max(target, LET_GO * (1.0 - now.vowel) * self.value)
        if self.value < 0.01:
            self.value = 0.0
        return Gate(self.value, self.value * self.certainty)


class Gates:
    """Closure gates of successive mouth rows, with one row of look-ahead."""

    def __init__(self) -> None:
        self._lips = _Hold()
        self._teeth = _Hold()
        self._now = (Wish(0.0, 0.0), Wish(0.0, 0.0))

    @staticmethod
    def raw(
        opening: float,
        closed: float,
        bilabial: float,
        labiodental: float,
        rest: float,
        vowel: float = 0.0,
    ) -> tuple[Wish, Wish]:
        """What one row alone wants.

        Args:
            opening: lip opening, 0 shut, 1 wide.
            closed: measured-closure probability, 0..1.
            bilabial: P(p, b) + P(m).
            labiodental: P(f, v).
            rest: 0 speech .. 1 nobody has spoken for a while.
            vowel: P(vowel).

        Returns:
            (lips together, lower lip under the upper teeth).
        """
        vowel = ramp(vowel, *VOWEL) * (1.0 - ramp(opening, *NARROW))
        vowel *= 1.0 - ramp(max(bilabial, labiodental), *UNLIKELY)
        free = 1.0 - vowel
        teeth = free * ramp(labiodental, 0.12, 0.35)
        if bilabial <= 0.02:
            return Wish(0.0, bilabial, vowel), Wish(teeth, labiodental, vowel)
        # A mouth at rest, open or shut, is not pressed for a mere suspicion.
        lips = ramp(bilabial, 0.12 + 0.38 * rest, 0.28 + 0.52 * rest)
        near = max(ramp(closed, 0.20, 0.40), 1.0 - ramp(opening, 0.10, 0.25))
        lips = free * max(lips, (1.0 - rest) * near * ramp(bilabial, 0.03, 0.08))
        # Both are wanted only in doubt: the likelier one gets its way.
        total = bilabial + labiodental
        if total > 0 and lips > 0 and teeth > 0:
            share = bilabial / total
            lips *= ramp(share, 0.25, 0.5)
            teeth *= ramp(1.0 - share, 0.4, 0.6)
        return Wish(lips, bilabial, vowel), Wish(teeth, labiodental, vowel)

    def step(self, ahead: tuple[Wish, Wish]) -> tuple[Gate, Gate]:
        """Gates of the row before the one whose raw gates come in."""
        before, (lips, teeth) = self._now[0].probability, ahead
        if lips.probability < before:
            still = ramp(lips.probability / before, *PARTING)
            still = max(still, ramp(lips.probability, *SURE))
            ahead = lips._replace(gate=lips.gate * still), teeth
        now, self._now = self._now, ahead
        return self._lips.step(now[0], ahead[0]), self._teeth.step(now[1], ahead[1])


def constrain(mouth: list[float], lips: float, teeth: float) -> float:
    """Make a mouth obey its gates, in place.

    Args:
        mouth: weights of `CHANNELS`.
        lips: gate of p, b, m, 0..1; at 1 the lips touch.
        teeth: gate of f, v, 0..1; at 1 the lower lip is under the upper teeth.

    Returns:
        The mouthClose weight that goes with it.
    """
    jaw, stretch, pucker, funnel, upper, lower, press, roll, tip, tongue = mouth
    if teeth > 0:
        open_ = 1.0 - teeth
        jaw = jaw * open_ + min(jaw, JAW_TUCKED) * teeth
        upper = upper * open_ + 0.9 * teeth
        roll = max(roll, teeth)
        lower *= open_
        funnel *= open_
        pucker *= 1.0 - 0.5 * teeth
        tip *= open_
    press *= lips
    close = 0.0
    if lips > 0:
        open_ = 1.0 - lips
        jaw = jaw * open_ + min(jaw, JAW_SHUT) * lips
        upper *= open_
        lower *= open_
        funnel *= open_
        roll *= open_
        tip *= open_
        pucker *= 1.0 - 0.3 * lips
        press = max(press, PRESS * lips)
        close = lips * (jaw + _PUCKER_GAP * pucker)
    mouth[:] = (jaw, stretch, pucker, funnel, upper, lower, press, roll, tip, tongue)
    return close
