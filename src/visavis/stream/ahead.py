"""Poses, sound and marks of one stream, made ahead of the clock as far as the sound is there.

Comes in: a timeline, the time, interruptions, captions. Goes out: records, events when they are
heard. Silence that was sent ahead is taken back as soon as there is something to say.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from visavis.session.events import Event, UtteranceStarted
from visavis.session.timeline import Timeline
from visavis.stream.captions import Captions
from visavis.stream.heard import Heard
from visavis.stream.records import (
    Finished,
    Interrupt,
    Poses,
    Record,
    Rest,
    Sound,
    Started,
)
from visavis.stream.sound import Pcm16, SoundCodec
from visavis.video.slices import boundary

if TYPE_CHECKING:
    from visavis.session.utterance import Utterance
    from visavis.speech import SpeechStream

LEAD_S = 0.32
"""How far ahead of the clock is sent at most."""
REFILL_S = 0.08
"""It is sent more when less than this is left: it may come so late and nobody notices."""
EARLY_S = 0.02
"""So much earlier it may be sent as well, together with what others are sent."""
SLIP_S = 0.1
"""Later than this nothing is caught up with: sound and motion go on from now, nothing is lost."""
TAIL_S = 1.2
"""After speech, poses go on so long, until the face is at rest."""
SPARSE_HZ = 8
"""Poses a second of somebody who thinks, or is happy, and says nothing."""
_EPS = 1e-4


class Ahead:
    """Makes one stream's frames.

    Args:
        timeline: with nothing pushed.
        fps: poses a second.
        sound: how the sound travels.

    Attributes:
        records: made and not yet sent; whoever sends them empties it.
        lively: somebody who says nothing does not rest, but goes on with a few poses a second.
        poses: so many were made.
        slips: times it was so late that it went on from now.
        utterances: so many began.
    """

    def __init__(self, timeline: Timeline, fps: Fraction, sound: SoundCodec) -> None:
        self.records: list[Record] = []
        self.lively = False
        self.poses = self.slips = self.utterances = 0
        self._timeline = timeline
        self._fps = fps
        self._seconds, self._frames = fps.denominator, fps.numerator
        self._rate = timeline.sample_rate
        self._sound = sound
        self._heard = Heard(self._rate)
        self._stride = max(round(float(fps) / SPARSE_HZ), 1)
        self._frame = 0  # the next one's number in the stream
        self._shift = 0  # samples that the stream is ahead of the timeline
        self._awake = False
        self._awake_until = 0.0
        self._quiet = True  # nothing was left to say when frames were last made
        self._captions = Captions()

    # The time, seconds from the stream's beginning

    def samples(self, now: float) -> int:
        """A moment in samples."""
        return max(int(now * self._rate + _EPS), 0)

    def speaking(self, now: float) -> bool:
        """Whether any pushed sound has not been heard."""
        return self._timeline.speaking or self._heard.until > self.samples(now)

    def buffered(self, now: float) -> float:
        """Sound that was pushed and has not been heard, seconds."""
        return self._timeline.buffered + self._heard.ahead(self.samples(now)) / self._rate

    @property
    def patient(self) -> bool:
        """Whether :meth:`make` may as well be called EARLY_S before :meth:`due`."""
        return self._awake and self._timeline.ready

    def due(self) -> float:
        """When :meth:`make` or :meth:`heard` have something to do next; infinite: never."""
        moments = [math.inf]
        if self._heard.next is not None:
            moments.append(self._heard.next / self._rate)
        if self._awake:
            left = REFILL_S if self._timeline.ready else 0.0
            moments.append(self._begin(self._frame) - left)
        elif self._timeline.speaking:
            moments.append(0.0)
        return min(moments)

    def heard(self, now: float) -> list[Event]:
        """What has happened by now."""
        return self._heard.due(self.samples(now))

    # What comes in

    def stay_awake(self, now: float, seconds: float) -> None:
        """Make poses for so long at least."""
        self._awake_until = max(self._awake_until, now + seconds)
        if not self._awake:
            self._plan(now)

    def caption(self, text: str) -> None:
        """What is pushed from here on says this."""
        utterance, seconds = self._timeline.filled
        self._captions.coming(utterance, round(seconds * self._rate), text)

    def rest(self) -> list[Record]:
        """What somebody has to know who comes while nothing is sent."""
        return [] if self._awake else [Rest(self._frame)]

    def interrupt(self, seconds: float) -> list[Event]:
        """Drop all that has not been heard; returns what has happened by that."""
        now = self.samples(seconds)
        happened = self._heard.due(now)
        silent = self._heard.until <= now
        dropped = self._timeline.interrupt()
        ended = self._heard.cut(now, dropped)
        if silent and not ended:
            return happened
        if not dropped:
            self._timeline.motion.interrupt()  # all of it was made already
        self._sound.reset()
        frame = min(math.ceil(now * self._fps / self._rate), self._frame)
        self.records.append(Interrupt(frame, now))
        for event in ended:
            heard = round(event.position * self._rate)
            self.records.append(Finished(event.utterance, now, heard, True))
        self._captions.clear()
        self.records += self._captions.end(self._heard.latest, now)
        if frame < self._frame:
            self._anchor(frame)
        self._awake_until = max(self._awake_until, seconds + TAIL_S)
        self._quiet = True
        return [*happened, *ended]

    # Making

    def prepare(self, now: float) -> tuple[Utterance, SpeechStream] | None:
        """Take in the sound that :meth:`make` would hear now; see :meth:`Timeline.prepare`."""
        if not self._awake or self._full(now):
            return None
        frames = int((now + LEAD_S) * self._fps) - self._frame
        return self._timeline.prepare(frames) if frames > 0 else None

    def _full(self, now: float) -> bool:
        """Whether so much is there still that it is too early for more."""
        return self._begin(self._frame) > now + REFILL_S + EARLY_S + _EPS

    def make(self, now: float) -> None:
        """Poses and sound up to the lead, if less than enough is left."""
        speaking = self._timeline.speaking
        if speaking and (self._quiet or not self._awake):
            self._plan(now)
        if not self._awake or self._full(now):
            return
        if self._begin(self._frame) < now - SLIP_S:
            self.slips += 1
            self._anchor(int(now * self._fps))
        sparse = not speaking and now > self._awake_until
        if sparse and not self.lively:
            self._awake = False
            self.records.append(Rest(self._frame))
            return
        first, parts = self._frame, list[npt.NDArray[np.float32]]()
        last = int((now + LEAD_S) * self._fps)
        last += (self._begin(last + 1) <= now + LEAD_S) - (self._begin(last) > now + LEAD_S)
        while self._frame <= last:
            if count := self._timeline.steady(last + 1 - self._frame):
                parts.append(self._several_made(count))
                continue
            if not self._timeline.ready and self._begin(self._frame) > now + _EPS:
                break
            parts.append(self._frame_made()[None])
        self._quiet = not self._timeline.speaking
        if self._quiet:
            self.records += self._sound.end()
        if not parts:
            return
        poses = np.concatenate(parts)
        if sparse:
            kept = range(-first % self._stride, len(poses), self._stride)
            self.records += [Poses(first + i, poses[i : i + 1]) for i in kept]
        else:
            self.records.append(Poses(first, poses))

    def _begin(self, frame: int) -> float:
        return frame * self._seconds / self._frames

    def _boundary(self, frame: int) -> int:
        return boundary(frame, self._rate, self._fps)

    def _anchor(self, frame: int) -> None:
        """The timeline's next frame is this one of the stream."""
        self._frame = frame
        self._shift = self._boundary(frame) - self._boundary(self._timeline.frame)

    def _plan(self, now: float) -> None:
        """What comes next begins now, or when what is being said is over."""
        said = math.ceil(self._heard.until * self._fps / self._rate)
        frame = max(int(now * self._fps + _EPS), said)
        if frame < self._frame:
            self.records.append(Interrupt(frame, self._boundary(frame)))
        self._anchor(frame)
        self._awake = True

    def _several_made(self, count: int) -> npt.NDArray[np.float32]:
        """So many frames further, in which nothing begins or ends."""
        first = self._boundary(self._timeline.frame)
        poses, sound = self._timeline.several(count)
        for utterance, moment, samples in self._timeline.spans:
            self._spoken(utterance, moment, sound[moment - first : moment - first + samples])
        self._frame += count
        self.poses += count
        return poses

    def _spoken(self, utterance: int, moment: int, sound: npt.NDArray[np.int16]) -> None:
        """So much of an utterance goes out, at that sample of the timeline."""
        at = moment + self._shift
        if self._captions.wait:
            so_far = self._heard.sent(utterance)
            self.records += self._captions.due(utterance, at, so_far, so_far + len(sound))
        self._heard.piece(utterance, at, len(sound))
        self._hand_out(at, sound)

    def _frame_made(self) -> npt.NDArray[np.float32]:
        """One frame further: its pose; its sound and marks go into the records."""
        begin = round(self._timeline.time * self._rate) + self._shift
        pose = self._timeline.pose()
        first = self._boundary(self._timeline.frame)
        sound, events = self._timeline.sound()
        for utterance, moment, count in self._timeline.spans:
            self._spoken(utterance, moment, sound[moment - first : moment - first + count])
        for event in events:
            self._mark(event, begin)
        self._frame += 1
        self.poses += 1
        return pose

    def _hand_out(self, at: int, sound: npt.NDArray[np.int16]) -> None:
        """Sound that goes on where the last record ends becomes part of it."""
        for record in self._sound.push(at, sound):
            last = self.records[-1] if self.records else None
            if (
                isinstance(self._sound, Pcm16)
                and isinstance(last, Sound)
                and last.at + len(last.data) // 2 == record.at
            ):
                self.records[-1] = Sound(last.at, last.data + record.data)
            else:
                self.records.append(record)

    def _mark(self, event: Event, begin: int) -> None:
        if isinstance(event, UtteranceStarted):
            at = round(event.time * self._rate) + self._shift
            self.utterances += 1
            self.records.append(Started(event.utterance, at))
        else:
            at = max(self._heard.until, begin)
            heard = self._heard.samples(event.utterance, at)
            self.records.append(Finished(event.utterance, at, heard, event.interrupted))
            self.records += self._captions.end(event.utterance, at)
            self._awake_until = max(self._awake_until, at / self._rate + TAIL_S)
        self._heard.coming(at, event)
