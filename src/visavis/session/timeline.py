"""The live timeline: which sound belongs to which moment, and what the mouth does then.

Comes in: utterances, flushes and interruptions, at any time. Goes out: for each frame its pose,
then its slice of sound and the events in it. Knows no clock and draws nothing, so the same
calls give the same poses and sounds.

Mouth rows run ahead of the sound (the lips begin before it), so an utterance is placed when its
first row goes into the motion, and its sound follows from that. Sound goes out only as far as
rows have gone in: a voice slower than real time stops both at the same row, with the mouth
closing as in a pause, and both go on there together.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from visavis.pose import Pose
from visavis.session.events import Event, UtteranceFinished, UtteranceStarted
from visavis.session.runs import Run
from visavis.session.utterance import ROW_RATE, Mono, Utterance
from visavis.video.slices import boundary

if TYPE_CHECKING:
    from visavis.motion import Motion
    from visavis.speech import SpeechStream

FIRST_ROWS = 2
"""Mouth rows that must be there for an utterance to begin: those of one frame."""
AGAIN_ROWS = 10
"""The same for one that ran out of sound: 200 ms, so that a slow voice does not stutter."""


class Timeline:
    """One session's sound and motion, frame by frame.

    Args:
        motion: made for the same fps, with nothing pushed.
        fps: frames per second.
        sample_rate: of the sound that goes out, Hz; a multiple of 50.
        hear: makes a fresh speech stream.
        now: the time, seconds, for the delays in events.

    Attributes:
        motion: as given.
        sample_rate: as given.
        underruns: times an utterance ran out of sound before its end.
        spans: of the latest :meth:`sound`: (utterance, first sample, samples) of what is said in
            it, the first one counted from the timeline's beginning.
    """

    def __init__(
        self,
        motion: Motion,
        fps: Fraction,
        sample_rate: int,
        hear: Callable[[], SpeechStream],
        now: Callable[[], float],
    ) -> None:
        from visavis.motion.articulation import silence

        self.motion = motion
        self.underruns = 0
        self.spans: list[tuple[int, int, int]] = []
        self._fps = fps
        self.sample_rate = sample_rate
        self._per_row = sample_rate // ROW_RATE
        self._hear = hear
        self._now = now
        self._silence = silence()
        self._frame = 0  # whose sound comes next
        self._count = 0
        self._filling: Utterance | None = None  # what a push belongs to
        self._queue: deque[Utterance] = deque()  # those whose end has not been handed out
        self._playing: Run | None = None
        self._stalled: tuple[Utterance, int] | None = None  # ran out of sound before this row
        self._runs: deque[Run] = deque()  # those whose sound has not all been handed out

    def push(self, sound: npt.NDArray[Any], sample_rate: int) -> None:
        """Take sound of the current utterance; see :func:`visavis.session.utterance`."""
        if not len(sound):
            return
        if self._filling is None:
            self._filling = Utterance(self._count, self.sample_rate, self._hear(), self._now())
            self._count += 1
            self._queue.append(self._filling)
        self._filling.push(sound, sample_rate)

    def flush(self) -> None:
        """End the current utterance."""
        if self._filling is not None:
            self._filling.closed = True
            self._filling = None

    def interrupt(self) -> list[Event]:
        """Drop everything that was not handed out."""
        events: list[Event] = [
            UtteranceFinished(u.number, u.position, interrupted=True) for u in self._queue
        ]
        self._queue.clear()
        self._runs.clear()
        self._filling = self._playing = self._stalled = None
        if events:
            self.motion.interrupt()
        return events

    @property
    def speaking(self) -> bool:
        """Whether anything waits to be handed out."""
        return bool(self._queue)

    @property
    def buffered(self) -> float:
        """Sound that was pushed and not handed out, seconds."""
        return sum(u.seconds - u.position for u in self._queue)

    @property
    def filled(self) -> tuple[int, float]:
        """Where the next push goes: number of its utterance, seconds of it that are there."""
        if self._filling is None:
            return self._count, 0.0
        return self._filling.number, self._filling.seconds

    @property
    def frame(self) -> int:
        """Number of the next frame."""
        return self._frame

    @property
    def time(self) -> float:
        """When the next frame begins, seconds."""
        return self._frame * self._fps.denominator / self._fps.numerator

    @property
    def ready(self) -> bool:
        """Whether the next frame needs no sound that has not come; True while nothing is said."""
        wanted = self.motion.wanted
        if not wanted:
            return True
        last = self.motion.pushed + wanted - 1
        if self._playing is not None:
            run = self._playing
            return run.utterance.has_rows(run.begin + last - run.row + 1)
        if self._stalled is not None:
            utterance, index = self._stalled
            return utterance.has_rows(index + AGAIN_ROWS)
        waiting = next((u for u in self._queue if not self._placed(u)), None)
        return waiting is None or waiting.has_rows(max(wanted, FIRST_ROWS))

    def prepare(self, frames: int) -> tuple[Utterance, SpeechStream] | None:
        """Take in the sound that so many next frames of what is being said need.

        Returns:
            What is to be told to whom (see :meth:`Utterance.prepare`); None: nothing.
        """
        run = self._playing
        if run is None:
            return None
        last = run.begin - run.row + self.motion.pushed + self.motion.wanted_for(frames)
        stream = run.utterance.prepare(last)
        return None if stream is None else (run.utterance, stream)

    def pose(self) -> Pose:
        """The next frame's pose; call :meth:`sound` after it."""
        wanted = self.motion.wanted
        if wanted:
            first = self.motion.pushed
            self.motion.feed([self._row(first + i) for i in range(wanted)])
        return self.motion.next()

    def steady(self, most: int) -> int:
        """How many of the next frames only go on with what is being said; see :meth:`several`.

        Hears what it takes.

        Args:
            most: not more than so many.
        """
        run, begin = self._playing, boundary(self._frame, self.sample_rate, self._fps)
        if run is None or len(self._runs) > 1 or begin < run.row * self._per_row:
            return 0
        speaker, at = run.utterance, run.zero(self._per_row)
        if not speaker.started or speaker not in self._queue:
            return 0
        shift = run.begin - run.row + self.motion.pushed
        speaker.has_rows(shift + self.motion.wanted_for(most))
        while most and not (
            shift + self.motion.wanted_for(most) <= speaker.rows
            and boundary(self._frame + most, self.sample_rate, self._fps) - at < speaker.samples
        ):
            most -= 1
        return most

    def several(self, count: int) -> tuple[npt.NDArray[np.float32], Mono]:
        """So many frames at once, as :meth:`steady` allows: the same as one by one, but quicker.

        Returns:
            poses (count, POSE_SIZE), their sound int16 (n,).
        """
        run = self._playing
        assert run is not None
        wanted, first = self.motion.wanted_for(count), self.motion.pushed
        if wanted:
            self.motion.feed(run.utterance.take(run.begin - run.row + first, wanted))
        poses = np.stack([self.motion.next() for _ in range(count)])
        begin = boundary(self._frame, self.sample_rate, self._fps)
        end = boundary(self._frame + count, self.sample_rate, self._fps)
        out = np.zeros(end - begin, np.int16)
        self.spans = []
        self._hand_out(run.utterance, begin, begin - run.zero(self._per_row), out)
        self._frame += count
        return poses, out

    def sound(self) -> tuple[Mono, list[Event]]:
        """The same frame's sound, int16 (n,), and the events in it."""
        begin = boundary(self._frame, self.sample_rate, self._fps)
        end = boundary(self._frame + 1, self.sample_rate, self._fps)
        out = np.zeros(end - begin, np.int16)
        events: list[Event] = []
        self.spans = []
        for run in self._runs:
            at = run.zero(self._per_row)  # where its sample 0 would be
            low = max(begin, run.row * self._per_row)
            high = end if run.end is None else min(end, at + run.end * self._per_row)
            if low < high:
                self._hand_out(run.utterance, low, low - at, out[low - begin : high - begin])
                self._started(run.utterance, low / self.sample_rate, events)
        self._frame += 1
        self._finished(events)
        while self._runs and self._runs[0].over(self._per_row, end):
            self._runs.popleft()
        return out, events

    def _hand_out(self, speaker: Utterance, moment: int, first: int, out: Mono) -> None:
        if speaker in self._queue:  # else its last row reaches beyond its last sample
            before = speaker.handed_out
            speaker.sound(first, out)
            if speaker.handed_out > before:
                self.spans.append((speaker.number, moment, speaker.handed_out - before))

    def _started(self, speaker: Utterance, time: float, events: list[Event]) -> None:
        if not speaker.started:
            speaker.started = True
            events.append(UtteranceStarted(speaker.number, time, self._now() - speaker.began))

    def _finished(self, events: list[Event]) -> None:
        """Let go of the utterances whose last sample was handed out."""
        while self._queue and self._queue[0].whole:
            first = self._queue[0]
            if first.handed_out < first.samples:
                return
            self._started(first, self.time, events)  # one too short to give a sample
            events.append(UtteranceFinished(first.number, first.position, interrupted=False))
            self._queue.popleft()

    def _row(self, number: int) -> npt.NDArray[np.float32]:
        """The motion's next row: of the utterance that plays, or silence."""
        if self._playing is None:
            self._playing = self._begin(number)
        while (run := self._playing) is not None:
            index = run.begin + number - run.row
            if not run.utterance.has_rows(index + 1):
                run.end = index
                self._playing, self._stalled = None, (run.utterance, index)
                self.underruns += 1
                break
            if index < run.utterance.rows:
                return run.utterance.row(index)
            run.end = index
            self._playing = self._begin(number)
        return self._silence

    def _begin(self, number: int) -> Run | None:
        """What plays from a row on, if there is anything that can."""
        if self._stalled is not None:
            utterance, index = self._stalled
            if not utterance.has_rows(index + AGAIN_ROWS):
                return None
            self._stalled = None
        else:
            index = 0
            found = next((u for u in self._queue if not self._placed(u)), None)
            if found is None or not found.has_rows(FIRST_ROWS):
                return None
            utterance = found
        run = Run(utterance, number, index)
        self._runs.append(run)
        return run

    def _placed(self, utterance: Utterance) -> bool:
        return any(run.utterance is utterance for run in self._runs)
