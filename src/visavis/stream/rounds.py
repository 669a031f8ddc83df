"""All motion sessions of an event loop, woken in rounds: one timer, one call of the network.

Comes in: when each session is due. Goes out: each sleeper is woken by then. What has to be heard
for those who are woken together is heard together, so that the network's weights are read once and
not by each. Nobody waits for others: who is not due is taken along a little early, or not at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from visavis.speech import tell_together

if TYPE_CHECKING:
    from visavis.stream.session import MotionSession

MOST = 16
"""Sessions of a round: hearing for them takes two or three milliseconds, then others may."""


class _Place(NamedTuple):
    due: float
    early: float
    sleeper: asyncio.Future[None]


class Rounds:
    """The sleeping sessions of one event loop.

    Args:
        loop: whose timers are used.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._places: dict[MotionSession, _Place] = {}
        self._timer: asyncio.TimerHandle | None = None

    @staticmethod
    def here() -> Rounds:
        """Those of the running loop."""
        loop = asyncio.get_running_loop()
        if loop not in _ROUNDS:
            _ROUNDS[loop] = Rounds(loop)
        return _ROUNDS[loop]

    def enter(
        self, session: MotionSession, left: float, early: float, sleeper: asyncio.Future[None]
    ) -> None:
        """Wake a session that sleeps.

        Args:
            session: whose turn it is then.
            left: seconds until then.
            early: so many seconds earlier if others are woken then.
            sleeper: is given a result.
        """
        due = self._loop.time() + max(left, 0.0)
        self._places[session] = _Place(due, early, sleeper)
        if self._timer is None or due < self._timer.when():
            self._set(due)

    def leave(self, session: MotionSession) -> None:
        """It was woken, or not by this."""
        self._places.pop(session, None)

    def _set(self, due: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(due, self._turn)

    def _turn(self) -> None:
        now, self._timer = self._loop.time(), None
        coming = [s for s, place in self._places.items() if place.due - place.early <= now]
        if len(coming) > MOST:
            coming = sorted(coming, key=lambda session: self._places[session].due)[:MOST]
        woken = [self._places.pop(session).sleeper for session in coming]
        if self._places:
            self._set(min(place.due for place in self._places.values()))
        try:
            hear(coming)
        finally:
            for sleeper in woken:
                if not sleeper.done():
                    sleeper.set_result(None)


def hear(sessions: Iterable[MotionSession]) -> None:
    """Hear together what the next packet of each needs; one that somebody works with is left out.

    Their packets are the same, bit for bit, as if each had heard for itself.
    """
    with ExitStack() as held:
        prepared = [held.enter_context(session.hearing()) for session in sessions]
        waiting = [one for one in prepared if one is not None]
        if waiting:
            for (speaker, _), rows in zip(
                waiting, tell_together([stream for _, stream in waiting]), strict=True
            ):
                speaker.told(rows)


_ROUNDS: WeakKeyDictionary[asyncio.AbstractEventLoop, Rounds] = WeakKeyDictionary()
