"""The queue ahead of a room's sound: never dry in time, never long for long."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from visavis.live.pacing import LEAD, MOST_LEAD, Pacing

RATE = 48_000
FRAME = 0.04
COUNT = round(FRAME * RATE)
VOICE = np.full(COUNT, 1000, np.int16)
SILENCE = np.zeros(COUNT, np.int16)


class Speaker:
    """Frames at the clock, and what they come to."""

    def __init__(self) -> None:
        self.pacing = Pacing(RATE)
        self.now = 1.0  # a clock does not begin at 0

    def frames(self, sound: np.ndarray, count: int, late: float = 0.0) -> float:
        """So many frames after a pause; how long the last one's sound waits, s."""
        self.now += late
        waits = 0.0
        for _ in range(count):
            waits = self.pacing.take(sound, self.now).begins - self.now
            self.now += FRAME
        return waits


def test_speech_waits_for_the_lead_alone() -> None:
    speaker = Speaker()
    speaker.frames(SILENCE, 50)
    assert abs(speaker.frames(VOICE, 1) - LEAD) < 1e-6
    assert abs(speaker.frames(VOICE, 20) - LEAD) < 1e-6
    assert speaker.pacing.gaps == 0


def test_a_gap_makes_the_lead_longer_and_calm_makes_it_shorter() -> None:
    speaker = Speaker()
    speaker.frames(SILENCE, 10)
    speaker.frames(VOICE, 5)
    for _ in range(5):
        speaker.frames(VOICE, 5, late=0.2)
    assert speaker.pacing.gaps == 5
    speaker.frames(SILENCE, 10)
    assert abs(speaker.frames(VOICE, 1) - MOST_LEAD) < 1e-3
    for _ in range(4):  # at most every half minute, as silence ends
        speaker.frames(SILENCE, round(31 / FRAME))
        speaker.frames(VOICE, 5)
    speaker.frames(SILENCE, 10)
    assert abs(speaker.frames(VOICE, 1) - LEAD) < 1e-3
    assert speaker.pacing.gaps == 5


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 120)), min_size=1, max_size=80))
def test_sound_keeps_its_order_and_excess_goes_with_silence(
    frames: list[tuple[bool, int]],
) -> None:
    pacing, ends, now, heard = Pacing(RATE), 0.0, 1.0, 0
    for index, (voiced, late) in enumerate(frames):
        now = max(now, 1.0 + index * FRAME + late / 1000)
        paced = pacing.take(VOICE if voiced else SILENCE, now)
        assert paced.begins >= now - 1e-9
        if not paced.anew:  # behind what was queued before
            assert paced.begins >= ends - 1e-6
        ends = pacing.until
        if voiced:  # all of it is said, and ends where the queue ends
            assert np.count_nonzero(paced.sound) == COUNT
            assert abs(paced.begins + FRAME - ends) < 1e-6
            heard += 1
    for _ in range(20):
        now += FRAME
        paced = pacing.take(SILENCE, now)
    assert pacing.until - now <= MOST_LEAD + FRAME + 0.006
    assert (pacing.spoke > 0) == (heard > 0)
