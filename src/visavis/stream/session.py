"""One avatar, live, without a picture: sound in, packets of motion and sound out.

Comes in: sound, interruptions, moods, as for :class:`visavis.session.Session`. Goes out: packets
of a motion stream, a third of a second ahead of the clock where the sound is there already. While
nothing is said nothing is sent but the time: the character lives by itself where it is drawn.
"""

from __future__ import annotations

import math
import secrets
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy.typing as npt

from visavis.session.base import BaseSession
from visavis.session.clock import Clock, RealClock
from visavis.stream.ahead import EARLY_S, TAIL_S, Ahead
from visavis.stream.encoder import Encoder
from visavis.stream.figures import MotionMetrics
from visavis.stream.records import Bye, Codec, Hello, State, StateName
from visavis.stream.sound import SoundCodec, sound_codec
from visavis.stream.waking import Waking

if TYPE_CHECKING:
    from visavis.avatar import Avatar
    from visavis.motion import Motion, MotionSettings
    from visavis.session.utterance import Utterance
    from visavis.speech import SpeechStream

GESTURE_S = 3.0
"""A gesture is over by then."""
ATTENTION_S = 6.7
"""So long after speaking one listens, then idles; as :mod:`visavis.motion.activity` does."""
CLOCK_S = 2.0
"""The time is told so often at least."""
_EPS = 1e-4


class MotionSession(BaseSession):
    """One avatar's motion stream. Made by :func:`open_session`.

    Iterate it for packets (``async for``), or call :meth:`packet` at :attr:`due`. All else is as in
    :class:`visavis.session.Session`; listeners are told of events when they are heard by the
    session's clock, not when they are sent.

    Args:
        motion: this avatar's motion, made for the same fps, with nothing pushed.
        fps: poses a second.
        sample_rate: of the sound that goes out, Hz.
        lookahead_ms: how much sound beyond a moment the mouth may wait for: 0, 40 or 80.
        clock: what it runs by; None: the machine's monotonic clock.
        codec: how the sound travels.
        sound: takes the sound instead, where it goes another way.

    Raises:
        InvalidOption: an option outside what is possible.
    """

    def __init__(
        self,
        motion: Motion,
        fps: Fraction,
        sample_rate: int = 24_000,
        lookahead_ms: int = 40,
        clock: Clock | None = None,
        codec: Codec = Codec.PCM16,
        sound: SoundCodec | None = None,
    ) -> None:
        super().__init__(motion, fps, sample_rate, lookahead_ms, clock)
        sound = sound_codec(codec, sample_rate) if sound is None else sound
        self._ahead = Ahead(self._timeline, fps, sound)
        hello = Hello(secrets.randbits(32), fps, sample_rate, codec, sound.delay)
        self._encoder = Encoder(hello)
        self._origin = self.clock.now()
        self._waking = Waking()
        self._chosen: str | None = None
        self._moody = False
        self._state: StateName = "idle"
        self._spoke = -math.inf
        self._ahead.records += [hello, State("idle"), *self._ahead.rest()]
        self._told = -math.inf  # when the last packet went
        self._packets = self._sent = 0

    # What comes in

    def push_audio(self, samples: npt.ArrayLike, sample_rate: int) -> None:
        """As in :meth:`visavis.session.Session.push_audio`."""
        super().push_audio(samples, sample_rate)
        self._waking.wake()

    def flush(self) -> None:
        """The utterance ends here."""
        super().flush()
        self._waking.wake()

    def interrupt(self) -> None:
        """Barge-in: what has not been heard by now is dropped, here and there; the mouth shuts."""
        with self._open():
            self._tell(self._ahead.interrupt(self._now))
        self._waking.wake()

    def gesture(self, name: str, strength: float = 1.0) -> None:
        """Make a gesture now."""
        super().gesture(name, strength)
        self._stir(GESTURE_S)

    def emotion(self, name: str, strength: float = 1.0, seconds: float = 0.6) -> None:
        """Go over to an emotion."""
        super().emotion(name, strength, seconds)
        self._moody = name != "neutral" and strength > 0
        self._stir(TAIL_S + seconds)

    @property
    def state(self) -> str:
        """What the person does; set it as in :class:`visavis.session.Session`."""
        return self._state

    @state.setter
    def state(self, state: str) -> None:
        with self._open():
            self._motion.state = state
        self._chosen = None if state == "auto" else state
        self._stir(TAIL_S)

    def caption(self, text: str) -> None:
        """What is pushed from here on says this; it is shown when that is heard."""
        with self._open():
            self._ahead.caption(text)

    def greet(self) -> None:
        """Send the header again, for somebody who comes later."""
        with self._open():
            ahead = self._ahead
            ahead.records = [self.hello, State(self._state), *ahead.rest(), *ahead.records]
        self._waking.wake()

    # What goes out

    @property
    def hello(self) -> Hello:
        """The header."""
        return self._encoder.hello

    @property
    def origin(self) -> float:
        """When the stream began, seconds by :attr:`clock`."""
        return self._origin

    @property
    def buffered(self) -> float:
        """Sound that was pushed and not yet heard, seconds."""
        with self._lock:
            return self._ahead.buffered(self._now)

    @property
    def speaking(self) -> bool:
        """Whether any pushed sound has not been heard."""
        return self._ahead.speaking(self._now)

    @property
    def metrics(self) -> MotionMetrics:
        """Figures of this session."""
        ahead = self._ahead
        return MotionMetrics(
            ahead.poses, self._packets, self._sent, ahead.slips, self._timeline.underruns,
            ahead.utterances, self.buffered,
        )  # fmt: skip

    def packet(self) -> bytes | None:
        """What is to be sent by now, all that is due; None: nothing.

        Returns:
            One packet; after :meth:`close` the last one, then None for ever.
        """
        with self._lock:
            now, ahead = self._now, self._ahead
            if not self._closed:
                ahead.make(now)
                self._tell(ahead.heard(now))
                self._tell_state(now)
            if not ahead.records and (self._closed or now - self._told < CLOCK_S - _EPS):
                return None
            made = self._encoder.packet(ahead.samples(now), ahead.records)
            ahead.records = []
            self._told = now
            self._packets += 1
            self._sent += len(made)
            return made

    @property
    def due(self) -> float:
        """When :meth:`packet` has to be called next, seconds by the session's clock."""
        with self._lock:
            return self._origin + min(self._told + CLOCK_S, self._ahead.due())

    def _left(self) -> tuple[float, float]:
        """Seconds until :attr:`due`, and how many of them :meth:`packet` may be called early."""
        with self._lock:
            return self.due - self.clock.now(), EARLY_S if self._ahead.patient else 0.0

    @contextmanager
    def hearing(self) -> Iterator[tuple[Utterance, SpeechStream] | None]:
        """What the next packet needs to hear; None: nothing, or somebody works with the session."""
        if not self._lock.acquire(blocking=False):
            yield None
            return
        try:
            yield None if self._closed else self._ahead.prepare(self._now)
        finally:
            self._lock.release()

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        """Packets when they are due, until it is closed; the last one says so."""
        real = isinstance(self.clock, RealClock)
        while True:
            self._waking.clear()
            packet = self.packet()
            if packet is not None:
                yield packet
            if self._closed:
                return
            if real:
                await self._waking.sleep(self, self._left)
            else:
                await self.clock.sleep_until(self.due)

    def close(self) -> None:
        """End it: open utterances are interrupted, the iteration ends after a last packet."""
        with self._lock:
            if self._closed:
                return
            self._tell(self._ahead.interrupt(self._now))
            self._ahead.records.append(Bye())
            self._closed = True
        self._waking.wake()
        self._listeners.clear()

    @property
    def _now(self) -> float:
        """Seconds since the stream began."""
        return self.clock.now() - self._origin

    def _stir(self, seconds: float) -> None:
        """Something other than speech moves the face for so long."""
        with self._open():
            self._ahead.lively = self._moody or self._chosen in ("listening", "thinking")
            self._ahead.stay_awake(self._now, seconds)
        self._waking.wake()

    def _tell_state(self, now: float) -> None:
        """Say what the person does when it changes."""
        state: str
        if self._ahead.speaking(now):
            state, self._spoke = "speaking", now
        elif self._chosen is not None and self._chosen != "speaking":
            state = self._chosen
        else:
            state = "listening" if now - self._spoke < ATTENTION_S else "idle"
        if state != self._state:
            self._state = state  # type: ignore[assignment]
            self._ahead.records.append(State(self._state))


def open_session(
    avatar: Avatar,
    *,
    fps: float | Fraction = 25,
    sample_rate: int = 24_000,
    codec: Codec = Codec.PCM16,
    lookahead_ms: int = 40,
    seed: int | None = None,
    settings: MotionSettings | None = None,
    clock: Clock | None = None,
) -> MotionSession:
    """An avatar's motion stream.

    Args:
        avatar: whose mouth it is; its pictures are not needed.
        fps: poses a second, 10 to 60.
        sample_rate: of the sound that goes out, Hz.
        codec: how the sound travels.
        lookahead_ms: how much sound beyond a moment the mouth may wait for: 0, 40 or 80.
        seed: None: moves differently every time.
        settings: how lively it moves.
        clock: what it runs by; a :class:`visavis.session.VirtualClock` in tests.

    Raises:
        InvalidOption: an option outside what is possible.
    """
    from visavis.options import parse_fps

    drawn = secrets.randbits(31) if seed is None else seed
    motion = avatar.motion(fps, drawn, settings)
    return MotionSession(motion, parse_fps(fps), sample_rate, lookahead_ms, clock, codec)
