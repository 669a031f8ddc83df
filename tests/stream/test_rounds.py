"""Sessions that are woken together hear together, and send what each would have sent alone."""

from __future__ import annotations

import asyncio
import threading

import numpy as np
import pytest

import visavis
from tests.session.conftest import babble
from tests.stream.conftest import RATE
from visavis import stream
from visavis.session import VirtualClock
from visavis.speech import SpeechStream, tell_together
from visavis.stream.rounds import MOST, Rounds, hear

SPEECH = babble(6.0, RATE)


def opened(ada: visavis.Avatar, seed: int, clock: VirtualClock) -> stream.MotionSession:
    """One of a crowd: each says something else, one in 22.05 kHz, one in small pieces."""
    session = stream.open_session(ada, seed=seed, clock=clock)
    sound = SPEECH[2_400 * seed :][: 3 * RATE]
    if seed == 1:
        session.push_audio(sound, 22_050)
    elif seed == 2:
        for piece in np.array_split(sound, 150):
            session.push_audio(piece, RATE)
    else:
        session.push_audio(sound, RATE)
    session.flush()
    return session


def packets(ada: visavis.Avatar, together: bool) -> list[list[bytes | None]]:
    clock = VirtualClock()
    crowd = [opened(ada, seed, clock) for seed in range(5)]
    sent: list[list[bytes | None]] = [[] for _ in crowd]
    for _ in range(40):
        if together:
            hear(crowd)
        for own, session in zip(sent, crowd, strict=True):
            own.append(session.packet())
        clock.wait_until(clock.now() + 0.1)
    return [own[1:] for own in sent]  # the first has a number drawn by lot


def test_packets_are_the_same_bit_for_bit(ada: visavis.Avatar) -> None:
    alone = packets(ada, together=False)
    assert packets(ada, together=True) == alone
    assert all(sum(map(len, filter(None, own))) > 100_000 for own in alone)


@pytest.mark.parametrize("lookahead_ms", [0, 40, 80])
def test_rows_are_the_same_bit_for_bit(lookahead_ms: int) -> None:
    alone = [SpeechStream(lookahead_ms) for _ in range(7)]
    crowd = [SpeechStream(lookahead_ms) for _ in range(7)]
    for step in range(6):
        for i, other in enumerate(crowd):
            other.take(SPEECH[1_000 * i + 4_800 * step :][: 700 * i], RATE)  # the first has none
        told = tell_together(crowd)
        for i, one in enumerate(alone):
            rows = one.push(SPEECH[1_000 * i + 4_800 * step :][: 700 * i], RATE)
            np.testing.assert_array_equal(told[i], rows)
    for one, other in zip(alone, crowd, strict=True):
        np.testing.assert_array_equal(one.flush(), other.flush())


def test_one_that_somebody_works_with_is_not_waited_for(ada: visavis.Avatar) -> None:
    clock = VirtualClock()
    busy, free = opened(ada, 3, clock), opened(ada, 4, clock)
    for session in (busy, free):
        session.packet()
    clock.wait_until(0.3)
    taken, done = threading.Event(), threading.Event()

    def work() -> None:
        with busy._lock:
            taken.set()
            done.wait(10)

    worker = threading.Thread(target=work)
    worker.start()
    taken.wait(10)
    speaker = free._timeline._queue[0]
    before = speaker.rows
    hear([busy, free])  # would not return
    assert speaker.rows > before
    done.set()
    worker.join()


@pytest.mark.asyncio
async def test_whoever_is_due_is_woken_and_others_only_a_little_early(ada: visavis.Avatar) -> None:
    crowd = [stream.open_session(ada, seed=seed) for seed in range(MOST + 4)]
    loop, rounds = asyncio.get_running_loop(), Rounds.here()
    assert Rounds.here() is rounds
    later = loop.create_future()
    rounds.enter(crowd[0], 60.0, 0.0, later)
    near = loop.create_future()
    rounds.enter(crowd[1], 30.0, 60.0, near)
    sleepers = [loop.create_future() for _ in crowd[2:]]
    for session, sleeper in zip(crowd[2:], sleepers, strict=True):
        rounds.enter(session, 0.01, 0.0, sleeper)
    gone = sleepers.pop()
    rounds.leave(crowd[-1])
    await asyncio.wait_for(asyncio.gather(*sleepers), 10)
    assert not later.done() and not gone.done()
    await asyncio.wait_for(near, 10)
    for session in crowd:
        rounds.leave(session)
