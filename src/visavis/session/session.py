"""The live session: sound pushed in, frames out at the clock, barge-in.

Comes in: a renderer and a motion, then sound, flushes and interruptions from any thread. Goes
out: :class:`LiveFrame` after :class:`LiveFrame`, one a tick, idle or speaking.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import TYPE_CHECKING

from visavis.errors import InvalidOption
from visavis.session.base import CLOSED, BaseSession
from visavis.session.clock import Clock, Pace
from visavis.session.events import Event
from visavis.session.frame import FrameMaker, LiveFrame
from visavis.session.metrics import Counter, SessionMetrics

if TYPE_CHECKING:
    from visavis.motion import Motion
    from visavis.render import Renderer


class Session(BaseSession):
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
        super().__init__(motion, fps, sample_rate, lookahead_ms, clock)
        self._renderer = renderer
        self._counter = Counter()
        self._maker = FrameMaker(renderer, self._timeline, self._lock, self._tell, self._counter)
        self._pace = Pace(self.clock, fps)
        self._worker: ThreadPoolExecutor | None = None

    def next(self) -> LiveFrame:
        """The next frame, at once, whatever the clock says.

        Raises:
            InvalidOption: the session is closed.
        """
        frame = self._maker.make(0)
        if frame is None:
            raise InvalidOption(CLOSED)
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
        super()._tell(events)
