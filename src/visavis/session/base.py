"""What every live session takes in and tells: sound, flushes, interruptions, moods, listeners.

Comes in: a motion; then sound and the rest, from any thread. Goes out: a timeline that
whoever inherits takes frames from, and events.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable
from fractions import Fraction
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy.typing as npt

from visavis.errors import InvalidOption
from visavis.session.clock import Clock, RealClock
from visavis.session.events import Event
from visavis.session.timeline import Timeline
from visavis.session.utterance import ROW_RATE, checked_sound
from visavis.video.sound import SAMPLE_RATES

if TYPE_CHECKING:
    from visavis.motion import Motion

Listener = Callable[[Event], None]


class BaseSession(ABC):
    """One avatar, live, up to the poses.

    Args:
        motion: this avatar's motion, made for the same fps, with nothing pushed.
        fps: frames per second.
        sample_rate: of the sound that goes out, Hz.
        lookahead_ms: how much sound beyond a moment the mouth may wait for: 0, 40 or 80.
        clock: what it runs by; None: the machine's monotonic clock.

    Raises:
        InvalidOption: an option outside what is possible.
    """

    def __init__(
        self,
        motion: Motion,
        fps: Fraction,
        sample_rate: int,
        lookahead_ms: int,
        clock: Clock | None,
    ) -> None:
        from visavis.speech import SpeechStream

        low, high = SAMPLE_RATES
        if sample_rate % ROW_RATE or not low <= sample_rate <= high:
            raise InvalidOption(
                f"sample rate {sample_rate!r}: a multiple of {ROW_RATE} from {low} to {high} Hz "
                "is possible"
            )
        SpeechStream(lookahead_ms)  # says what is possible
        self.fps = fps
        self.sample_rate = sample_rate
        self.clock: Clock = RealClock() if clock is None else clock
        self._motion = motion
        self._timeline = Timeline(
            motion, fps, sample_rate, lambda: SpeechStream(lookahead_ms), self.clock.now
        )
        self._lock = threading.RLock()
        self._listeners: list[Listener] = []
        self._closed = False

    def push_audio(self, samples: npt.ArrayLike, sample_rate: int) -> None:
        """Say this; the first push begins an utterance, later ones continue it.

        Takes next to no time, however long the sound: it is heard frame by frame.

        Args:
            samples: (n,) or (n, channels), int16, or float in -1..1.
            sample_rate: Hz, 8000 to 96000; may differ from the session's.

        Raises:
            InvalidOption: sound that cannot be used, or a closed session.
        """
        sound = checked_sound(samples, sample_rate)
        with self._open():
            self._timeline.push(sound, sample_rate)

    def flush(self) -> None:
        """The utterance ends here; the next push begins another. Without one: nothing."""
        with self._open():
            self._timeline.flush()

    def interrupt(self) -> None:
        """Barge-in: drop all that was not handed out; the mouth shuts, the sound ends.

        The next frame has no sound any more. Every utterance that was open gets its
        :class:`UtteranceFinished` before this returns.
        """
        with self._open():
            self._tell(self._timeline.interrupt())

    def gesture(self, name: str, strength: float = 1.0) -> None:
        """Make a gesture with the next frame; see :meth:`visavis.motion.Motion.gesture`."""
        with self._open():
            self._motion.gesture(name, strength)

    def emotion(self, name: str, strength: float = 1.0, seconds: float = 0.6) -> None:
        """Go over to an emotion; see :meth:`visavis.motion.Motion.emotion`."""
        with self._open():
            self._motion.emotion(name, strength, seconds)

    @property
    def state(self) -> str:
        """What the person does: "idle", "listening", "thinking" or "speaking".

        Set it to say what is done while nothing is said; "auto" listens for a while after
        speaking, then idles.
        """
        return self._motion.state

    @state.setter
    def state(self, state: str) -> None:
        with self._open():
            self._motion.state = state

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call a function at every event, in the thread that causes it.

        That is the thread that takes frames, or the one that calls :meth:`interrupt` or
        :meth:`close`. It must not block, and not call this session from another thread.

        Args:
            listener: called with an event.

        Returns:
            A function that ends this.
        """
        self._listeners.append(listener)

        def end() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return end

    @property
    def speaking(self) -> bool:
        """Whether any pushed sound has not been handed out."""
        return self._timeline.speaking

    @property
    def buffered(self) -> float:
        """Sound that was pushed and not handed out, seconds."""
        with self._lock:
            return self._timeline.buffered

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._closed

    @abstractmethod
    def close(self) -> None:
        """End it: open utterances are interrupted, iterations end, everything is freed."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _open(self) -> threading.RLock:
        """The lock, if the session is open."""
        if self._closed:
            raise InvalidOption(CLOSED)
        return self._lock

    def _tell(self, events: list[Event]) -> None:
        for event in events:
            for listener in tuple(self._listeners):
                listener(event)


CLOSED = "this session is closed; open another"
