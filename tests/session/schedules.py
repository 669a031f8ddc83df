"""Random lives of a session, and what must hold in every one of them.

Comes in: a list of steps. Goes out: nothing, or an AssertionError. Used by the property test and,
ten thousand times, by ``benchmarks/session.py --schedules``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from visavis.motion import Motion
from visavis.session.events import Event, UtteranceFinished, UtteranceStarted
from visavis.session.timeline import Timeline
from visavis.speech import SpeechStream
from visavis.video.slices import boundary

RATE = 8_000

Step = tuple[str, int]
"""("push", samples), ("frames", how many), ("flush", 0) or ("interrupt", 0)."""


@dataclass
class _Said:
    """One utterance as the schedule knows it."""

    pushed: int = 0
    closed: bool = False
    cut: bool = False
    events: list[Event] = field(default_factory=list)


def run(steps: list[Step], fps: Fraction) -> None:
    """Live through a schedule with the real mouth and motion, and check everything.

    Sample i of utterance k is 100 * (k % 90 + 1) + i % 97 + 1: never 0, so that what came out
    says where it is from.
    """
    motion = Motion(float(fps), seed=3)
    timeline = Timeline(motion, fps, RATE, lambda: SpeechStream(40), lambda: 0.0)
    said: list[_Said] = []
    heard: list[npt.NDArray[np.int16]] = []
    hushed = None  # frames since an interruption, while nothing is pushed

    def tell(events: list[Event]) -> None:
        for event in events:
            said[event.utterance].events.append(event)

    def frame() -> None:
        nonlocal hushed
        pose = timeline.pose()
        sound, events = timeline.sound()
        k = len(heard)
        assert len(sound) == boundary(k + 1, RATE, fps) - boundary(k, RATE, fps)
        heard.append(sound)
        tell(events)
        if hushed is not None:
            assert not sound.any()
            # 60 fps and faster have one more picture on the way
            if hushed >= (2 if fps > 30 else 1):
                assert _gap(pose) < 0.02
            hushed += 1

    for what, amount in steps:
        if what == "push":
            if not said or said[-1].closed:
                said.append(_Said())
            k, first = len(said) - 1, said[-1].pushed
            timeline.push(_samples(k, first, first + amount), RATE)
            said[-1].pushed += amount
            hushed = None
        elif what == "flush":
            timeline.flush()
            if said:
                said[-1].closed = True
        elif what == "interrupt":
            open_ = [u for u in said if not any(isinstance(e, UtteranceFinished) for e in u.events)]
            tell(timeline.interrupt())
            if open_:
                hushed = 0
            for utterance in open_:
                utterance.closed = utterance.cut = True
        else:
            for _ in range(amount):
                frame()
    timeline.flush()
    for _ in range(4000):
        if not timeline.speaking:
            break
        frame()
    for _ in range(3):
        frame()
    _check(said, np.concatenate(heard))


def _samples(k: int, begin: int, end: int) -> npt.NDArray[np.int16]:
    return (100 * (k % 90 + 1) + np.arange(begin, end) % 97 + 1).astype(np.int16)


def _gap(pose: npt.NDArray[np.float32]) -> float:
    from visavis.pose import INDEX

    return float(pose[INDEX["jawOpen"]] - pose[INDEX["mouthClose"]])


def _check(said: list[_Said], heard: npt.NDArray[np.int16]) -> None:
    """What came out is a beginning of each utterance, in order; each ended once, and right."""
    sounds = heard[heard != 0]
    at = 0
    for k, utterance in enumerate(said):
        finished = [e for e in utterance.events if isinstance(e, UtteranceFinished)]
        started = [e for e in utterance.events if isinstance(e, UtteranceStarted)]
        assert len(finished) == 1 and len(started) <= 1
        assert utterance.events[-1] is finished[0]
        assert finished[0].interrupted == utterance.cut
        length = round(finished[0].position * RATE)
        assert abs(finished[0].position * RATE - length) < 1e-6
        assert length <= utterance.pushed and (utterance.cut or length == utterance.pushed)
        assert bool(started) == (length > 0)
        assert np.array_equal(sounds[at : at + length], _samples(k, 0, length))
        at += length
    assert at == len(sounds)
