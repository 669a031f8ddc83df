"""One frame of a live session: its pose, its picture, its sound, in this order.

Comes in: a timeline and a renderer. Goes out: :class:`LiveFrame`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from visavis.pose import Pose
from visavis.session.events import Event, UtteranceStarted
from visavis.session.metrics import Counter
from visavis.session.timeline import Timeline
from visavis.session.utterance import Mono

if TYPE_CHECKING:
    from visavis.render import Renderer


@dataclass(frozen=True, slots=True)
class LiveFrame:
    """One picture and exactly its sound.

    Attributes:
        image: uint8, as the session's pixel format: (H * 3 // 2, W) I420, (H, W, 3) RGB or
            (H, W, 4) RGBA.
        sound: int16 (n,), mono; silence where nothing is said. It lasts until the next frame
            (longer by the sound of pictures that were dropped before this one).
        sample_rate: of the sound, Hz.
        time: when the frame begins, seconds since the first one.
        index: number of the tick; numbers of dropped pictures are missing.
        pose: float32 (POSE_SIZE,), see :mod:`visavis.pose`.
        events: what happened in it, and since the frame before.
    """

    image: npt.NDArray[np.uint8]
    sound: Mono
    sample_rate: int
    time: float
    index: int
    pose: Pose
    events: tuple[Event, ...]


class FrameMaker:
    """Makes a session's frames, one after the other.

    Args:
        renderer: draws them.
        timeline: their poses and sounds.
        lock: held whenever the timeline is touched.
        tell: is given the events of a frame before it is handed out; adds them to :attr:`untold`.
        counter: counts them.

    Attributes:
        index: number of the next frame.
        untold: events since the last frame.
        closed: set when there shall be no more.
    """

    def __init__(
        self,
        renderer: Renderer,
        timeline: Timeline,
        lock: threading.RLock,
        tell: Callable[[list[Event]], None],
        counter: Counter,
    ) -> None:
        self.index = 0
        self.untold: list[Event] = []
        self.closed = False
        self._renderer = renderer
        self._timeline = timeline
        self._lock = lock
        self._tell = tell
        self._counter = counter

    def make(self, skip: int) -> LiveFrame | None:
        """The next frame; the pictures of ``skip`` frames before it are left out.

        Returns:
            The frame; None if the session was closed.
        """
        began = time.perf_counter()
        sounds: list[Mono] = []
        with self._lock:
            if self.closed:
                return None
            for _ in range(skip):
                self._timeline.pose()
                self._slice(sounds)
            self._counter.dropped += skip
            start = self._timeline.time
            pose = self._timeline.pose()
        # Drawn without the lock; an interruption meanwhile still silences this frame.
        image = self._renderer.draw(pose)
        with self._lock:
            if self._closed_meanwhile():
                return None
            self._slice(sounds)
            events, self.untold = tuple(self.untold), []
            self._counter.drawn(time.perf_counter() - began)
            rate = self._timeline.sample_rate
            sound = sounds[0] if len(sounds) == 1 else np.concatenate(sounds)
            return LiveFrame(image, sound, rate, start, self.index - 1, pose, events)

    def _closed_meanwhile(self) -> bool:
        return self.closed

    def _slice(self, sounds: list[Mono]) -> None:
        sound, events = self._timeline.sound()
        self.index += 1
        sounds.append(sound)
        for event in events:
            if isinstance(event, UtteranceStarted):
                self._counter.utterances += 1
                self._counter.first_frame = event.delay
        self._tell(events)
