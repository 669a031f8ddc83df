"""The live session: sound pushed in, frames out at the clock, barge-in.

Comes in: a renderer and a motion, then sound, flushes and interruptions from any thread. Goes
out: :class:`LiveFrame` after :class:`LiveFrame`, one a tick, idle or speaking.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy.typing as npt

from visavis.errors import InvalidOption
from visavis.session.clock import Clock, Pace, RealClock
from visavis.session.events import Event
from visavis.session.frame import FrameMaker, LiveFrame
from visavis.session.metrics import Counter, SessionMetrics
from visavis.session.timeline import Timeline
from visavis.session.utterance import ROW_RATE, checked_sound
from visavis.video.sound import SAMPLE_RATES

if TYPE_CHECKING:
    from visavis.motion import Motion
    from visavis.render import Renderer

Listener = Callable[[Event], None]


class Session:
    """One avatar, live. Made by :meth:`visavis.Avatar.session`.

    Iterate it (``for`` or ``async for``) for frames at the clock, or call :meth:`next` for frames
    as fast as they can be drawn. Sound, interruptions, states and gestures may come from any
    thread; frames are taken from one.

    Args:
        renderer: draws the avatar; this session's own.
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
        renderer: Renderer,
        motion: Motion,
        fps: Fraction,
        sample_rate: int = 24_000,
        lookahead_ms: int = 40,
        clock: Clock | None = None,
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
        self._renderer = renderer
        self._motion = motion
        self._timeline = Timeline(
            motion, fps, sample_rate, lambda: SpeechStream(lookahead_ms), self.clock.now
        )
        self._lock = threading.RLock()
        self._listeners: list[Listener] = []
        self._counter = Counter()
        self._maker = FrameMaker(renderer, self._timeline, self._lock, self._tell, self._counter)
        self._pace = Pace(self.clock, fps)
        self._worker: ThreadPoolExecutor | None = None
        self._closed = False

    # What comes in

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

    # What goes out

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

    def next(self) -> LiveFrame:
        """The next frame, at once, whatever the clock says.

        Raises:
            InvalidOption: the session is closed.
        """
        frame = self._maker.make(0)
        if frame is None:
            raise InvalidOption(_CLOSED)
        return frame

    def __iter__(self) -> Iterator[LiveFrame]:
        """Frames at the clock, until the session is closed; blocks the thread in between."""
        while not self.closed:
            self.clock.wait_until(self.due)
            frame = self.take()
            if frame is None:
                return
            yield frame

    async def __aiter__(self) -> AsyncIterator[LiveFrame]:
        """The same without blocking the event loop: pictures are drawn in a thread."""
        import asyncio

        loop = asyncio.get_running_loop()
        while not self.closed:
            await self.clock.sleep_until(self.due)
            with self._lock:  # so that no other thread closes in between
                worker = self._drawing_thread()
                if worker is None:
                    return
                drawn = loop.run_in_executor(worker, self.take)
            frame = await drawn
            if frame is None:
                return
            yield frame

    @property
    def due(self) -> float:
        """When the next frame is due, seconds by :attr:`clock`; the first one: now."""
        return self._pace.due(self._maker.index)

    def take(self) -> LiveFrame | None:
        """The frame that is due, for a loop of one's own that waits until then.

        Returns:
            The frame, pictures whose time has gone by being left out; None: it was closed.
        """
        frame = self._maker.make(self._pace.gone_by(self._maker.index))
        if frame is not None:
            self._counter.handed_out(self._pace.late(frame.index))
        return frame

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
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures, px."""
        return self._renderer.view.size

    @property
    def metrics(self) -> SessionMetrics:
        """Figures of this session."""
        with self._lock:
            return self._counter.metrics(
                self._pace.resyncs, self._timeline.underruns, self._timeline.buffered
            )

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._closed

    def close(self) -> None:
        """End it: open utterances are interrupted, iterations end, everything is freed."""
        with self._lock:
            if self._closed:
                return
            self._tell(self._timeline.interrupt())
            self._closed = self._maker.closed = True
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.shutdown(wait=False)
        self._listeners.clear()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    async def __aenter__(self) -> Session:
        return self

    async def __aexit__(self, *error: object) -> None:
        self.close()

    def _open(self) -> threading.RLock:
        """The lock, if the session is open."""
        if self._closed:
            raise InvalidOption(_CLOSED)
        return self._lock

    def _drawing_thread(self) -> ThreadPoolExecutor | None:
        """This session's own; None: it was closed."""
        with self._lock:
            if self._closed:
                return None
            if self._worker is None:
                self._worker = ThreadPoolExecutor(1, thread_name_prefix="visavis-session")
            return self._worker

    def _tell(self, events: list[Event]) -> None:
        self._maker.untold.extend(events)
        for event in events:
            for listener in tuple(self._listeners):
                listener(event)


_CLOSED = "this session is closed; open another with avatar.session()"
