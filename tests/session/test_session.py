"""The live loop: frames, their sound, their events."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Callable

import numpy as np
import pytest

import visavis
from tests.session.conftest import RATE, babble
from visavis.errors import InvalidOption
from visavis.pose import INDEX
from visavis.session import LiveFrame, Session, UtteranceFinished, UtteranceStarted, VirtualClock

Live = Callable[..., Session]


def take(session: Session, n: int) -> list[LiveFrame]:
    return [session.next() for _ in range(n)]


def sound_of(frames: list[LiveFrame]) -> np.ndarray:
    return np.concatenate([frame.sound for frame in frames])


def events_of(frames: list[LiveFrame]) -> list[object]:
    return [event for frame in frames for event in frame.events]


def gap(frame: LiveFrame) -> float:
    """What parts the lips in a pose."""
    pose = frame.pose
    opening = pose[INDEX["jawOpen"]] - pose[INDEX["mouthClose"]]
    lips = ("mouthFunnel", "mouthUpperUpLeft", "mouthLowerDownLeft")
    return float(max(opening, 0.0) + sum(pose[INDEX[name]] for name in lips))


def test_idle_frames_are_silent_and_alive(live: Live) -> None:
    frames = take(live(), 60)
    assert [frame.index for frame in frames] == list(range(60))
    assert all(len(frame.sound) == RATE // 25 and not frame.sound.any() for frame in frames)
    assert frames[7].time == pytest.approx(0.28)
    assert max(gap(frame) for frame in frames) < 0.02
    assert any((a.image != b.image).any() for a, b in itertools.pairwise(frames))


def test_sound_pushed_before_the_first_frame_gives_the_frames_of_a_file(
    ada: visavis.Avatar, live: Live
) -> None:
    sound = babble(1.4)
    session = live(lookahead_ms=80, pixel_format="rgb")
    session.push_audio(sound, RATE)
    session.flush()
    filmed = list(ada.frames((sound, RATE), size=64, seed=1))
    for live_frame, file_frame in zip(take(session, len(filmed)), filmed, strict=True):
        assert np.array_equal(live_frame.pose, file_frame.pose)
        assert np.array_equal(live_frame.image, file_frame.image)
        assert np.array_equal(live_frame.sound, file_frame.sound)


@pytest.mark.parametrize("fps", [20, 25, 30, 50, 60, "29.97"])
@pytest.mark.parametrize("seconds", [0.013, 0.5, 1.111])
def test_all_sound_comes_out_once_and_finishes_exactly(
    live: Live, fps: float, seconds: float
) -> None:
    session = live(fps=fps)
    before = take(session, 7)
    sound = babble(seconds)
    session.push_audio(sound, RATE)
    session.flush()
    frames = take(session, int(float(session.fps) * (seconds + 0.3)) + 3)
    heard = sound_of(frames)
    assert np.array_equal(heard[heard != 0], sound)
    started, finished = events_of(frames)
    assert isinstance(started, UtteranceStarted)
    assert finished == UtteranceFinished(0, len(sound) / RATE, interrupted=False)
    first = len(sound_of(before)) + int(np.flatnonzero(heard)[0])
    assert started.time == pytest.approx(first / RATE, abs=1e-9)
    assert not session.speaking and session.buffered == 0


def test_the_cut_of_the_pushes_changes_nothing(live: Live) -> None:
    sound = babble(0.9)
    whole, cut = live(), live()
    whole.push_audio(sound, RATE)
    for piece in np.array_split(sound, 37):
        cut.push_audio(piece, RATE)
    for session in (whole, cut):
        session.flush()
    for a, b in zip(take(whole, 30), take(cut, 30), strict=True):
        assert np.array_equal(a.pose, b.pose) and np.array_equal(a.sound, b.sound)


def test_utterances_follow_each_other_in_order(live: Live) -> None:
    session = live()
    sounds = [babble(0.3, seed=k) for k in range(3)]
    for sound in sounds:
        session.push_audio(sound, RATE)
        session.flush()
        session.flush()  # a second one ends nothing
    frames = take(session, 40)
    heard = sound_of(frames)
    assert np.array_equal(heard[heard != 0], np.concatenate(sounds))
    finished = [e for e in events_of(frames) if isinstance(e, UtteranceFinished)]
    assert [event.utterance for event in finished] == [0, 1, 2]


def test_other_rates_and_channels_keep_their_length(live: Live) -> None:
    session = live()
    seconds = 0.0
    for rate, channels in [(48_000, 1), (22_050, 2), (8_000, 1)]:
        sound = babble(0.5, rate)
        session.push_audio(np.repeat(sound[:, None], channels, 1) / 32768.0, rate)
        seconds += len(sound) / rate
    session.flush()
    frames = take(session, 50)
    (finished,) = [e for e in events_of(frames) if isinstance(e, UtteranceFinished)]
    assert finished.position == pytest.approx(seconds)
    loud = np.flatnonzero(np.abs(sound_of(frames)) > 30)
    assert (loud[-1] - loud[0]) / RATE == pytest.approx(1.5, abs=0.03)


def test_interrupting_silences_the_next_frame_and_shuts_the_mouth(
    live: Live, spoken: tuple[np.ndarray, int]
) -> None:
    sound, rate = spoken
    session = live(sample_rate=rate)
    session.push_audio(sound, rate)
    frames = take(session, 10)
    while gap(frames[-1]) < 0.3:
        frames += take(session, 1)
    told: list[object] = []
    session.listen(told.append)
    session.interrupt()
    handed_out = np.count_nonzero(sound_of(frames)) / rate
    assert told == [UtteranceFinished(0, handed_out, interrupted=True)]
    after = take(session, 20)
    assert not sound_of(after).any()
    assert gap(after[0]) <= 0.4 * gap(frames[-1]) + 0.01
    assert max(gap(frame) for frame in after[1:]) < 0.01
    assert events_of(after) == told
    assert session.state == "listening"  # at once, not after a speaker's pause
    session.interrupt()  # nothing is said: nothing happens
    assert len(told) == 1


def test_interrupting_before_the_first_sound(live: Live) -> None:
    session = live()
    told: list[object] = []
    session.listen(told.append)
    session.push_audio(babble(0.01), RATE)
    session.interrupt()
    assert told == [UtteranceFinished(0, 0.0, interrupted=True)]
    session.push_audio(babble(0.2), RATE)
    session.flush()
    take(session, 20)
    assert told[-1] == UtteranceFinished(1, 0.2, interrupted=False)


def test_an_interruption_while_a_picture_is_drawn_silences_it(live: Live) -> None:
    box: list[Session] = []

    def barge_in(time: float, pose: visavis.pose.Pose) -> None:
        if len(box) == 1 and time > 0.5:
            # as another thread would, between the pose and the sound of this frame
            box[0]._maker._renderer.draw = _then(box[0]._maker._renderer.draw, box[0].interrupt)
            box.append(box[0])

    session = live(pose=barge_in)
    box.append(session)
    session.push_audio(babble(2.0), RATE)
    frames = take(session, 20)
    heard = sound_of(frames)
    (finished,) = [e for e in events_of(frames) if isinstance(e, UtteranceFinished)]
    assert finished.position == pytest.approx(np.count_nonzero(heard) / RATE)


def _then(draw: Callable[..., object], do: Callable[[], None]) -> Callable[..., object]:
    def both(*arguments: object) -> object:
        do()
        return draw(*arguments)

    return both


def test_a_slow_voice_pauses_and_goes_on_in_step(
    live: Live, spoken: tuple[np.ndarray, int]
) -> None:
    sound, rate = spoken
    session = live(lookahead_ms=80, sample_rate=rate)
    cut = rate * 55 // 100  # of 27 rows and a half 23 are heard: it goes on at a frame
    session.push_audio(sound[:cut], rate)
    first = take(session, 30)
    assert session.metrics.underruns == 1
    assert max(gap(frame) for frame in first[-8:]) < 0.02  # shut, not frozen open
    session.push_audio(sound[cut:], rate)
    session.flush()
    rest = take(session, 60)
    heard = sound_of(first + rest)
    assert np.array_equal(heard[heard != 0], sound)
    # the mouth of the second half is that of an unbroken voice, at the same sound
    whole = live(lookahead_ms=80, sample_rate=rate)
    whole.push_audio(sound, rate)
    whole.flush()
    unbroken = take(whole, 60)
    ends = [int(np.flatnonzero(sound_of(f))[-1]) for f in (unbroken, first + rest)]
    shift, odd = divmod(ends[1] - ends[0], rate // 25)
    assert odd == 0
    jaws = [[f.pose[INDEX["jawOpen"]] for f in frames] for frames in (unbroken, first + rest)]
    assert max(jaws[0][22:40]) > 0.2
    assert np.allclose(jaws[0][22:40], jaws[1][22 + shift : 40 + shift], atol=0.02)


def test_half_a_minute_at_once_is_heard_frame_by_frame(live: Live) -> None:
    session = live()
    sound = babble(30.0)
    session.push_audio(sound, RATE)
    (utterance,) = session._timeline._queue
    assert utterance.rows == 0
    for k in range(1, 20):
        session.next()
        assert utterance.rows <= 2 * k + 14  # two rows a frame, the look-ahead, the rest of a slice
    sound[:] = 0  # the caller may use its buffer again
    assert sound_of(take(session, 5)).all()


def test_late_pictures_are_dropped_and_their_sound_is_not(live: Live) -> None:
    clock = VirtualClock()
    slow = iter([0.0, 0.0, 0.13, 0.0, 0.0])

    def drawing(_time: float, _pose: visavis.pose.Pose) -> None:
        clock.advance(next(slow, 0.0))

    session = live(clock=clock, pose=drawing)
    sound = babble(1.0)
    session.push_audio(sound, RATE)
    session.flush()
    frames = list(itertools.islice(session, 30))
    indices = [frame.index for frame in frames]
    assert indices[:5] == [0, 1, 2, 5, 6]
    assert [len(frame.sound) for frame in frames[:5]] == [640, 640, 640, 3 * 640, 640]
    heard = sound_of(frames)
    assert np.array_equal(heard[heard != 0], sound)
    assert session.metrics.dropped == 2
    assert clock.now() == pytest.approx(frames[-1].time)


def test_after_a_stop_of_the_machine_it_goes_on_from_now(live: Live) -> None:
    clock = VirtualClock()
    session = live(clock=clock)
    frames = iter(session)
    for _ in range(5):
        next(frames)
    clock.advance(3600.0)
    assert [next(frames).index for _ in range(3)] == [5, 6, 7]
    assert session.metrics.resyncs == 1 and session.metrics.dropped == 0


async def _collect(session: Session, n: int) -> list[LiveFrame]:
    frames = []
    async for frame in session:
        frames.append(frame)
        if len(frames) == n:
            break
    return frames


def test_async_frames_at_the_real_clock(ada: visavis.Avatar) -> None:
    async def run() -> tuple[list[LiveFrame], int]:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                ticks += 1
                await asyncio.sleep(0.005)

        counting = asyncio.create_task(tick())
        async with ada.session(size=64, sample_rate=RATE, fps=50) as session:
            session.push_audio(babble(0.2), RATE)
            session.flush()
            frames = await _collect(session, 20)
        counting.cancel()
        return frames, ticks

    frames, ticks = asyncio.run(run())
    assert ticks > 5  # others ran meanwhile
    assert [type(event) for event in events_of(frames)] == [UtteranceStarted, UtteranceFinished]
    for thread in threading.enumerate():  # the drawing thread ends by itself, if not at once
        if thread.name.startswith("visavis-session"):
            thread.join(10)
            assert not thread.is_alive()


def test_closing_ends_iteration_and_open_utterances(ada: visavis.Avatar) -> None:
    async def run() -> list[object]:
        session = ada.session(size=64, sample_rate=RATE)
        told: list[object] = []
        session.listen(told.append)
        session.push_audio(babble(5.0), RATE)
        taking = asyncio.create_task(_collect(session, 10_000))
        while session.metrics.frames < 3:
            await asyncio.sleep(0.01)
        session.close()
        session.close()
        await asyncio.wait_for(taking, 5)
        with pytest.raises(InvalidOption, match="closed"):
            session.push_audio(babble(0.1), RATE)
        with pytest.raises(InvalidOption, match="closed"):
            session.next()
        return told

    started, finished = asyncio.run(run())
    assert isinstance(started, UtteranceStarted)
    assert isinstance(finished, UtteranceFinished) and finished.interrupted


def test_states_gestures_and_emotions_reach_the_face(live: Live) -> None:
    session = live()
    session.state = "thinking"
    session.gesture("nod")
    session.emotion("happy", 0.8)
    frames = take(session, 50)
    assert session.state == "thinking"
    pitch = [frame.pose[INDEX["headPitch"]] for frame in frames]
    assert max(pitch) - min(pitch) > 2
    assert frames[-1].pose[INDEX["mouthSmileLeft"]] > 0.2


@pytest.mark.parametrize(
    ("sound", "rate", "said"),
    [
        (np.zeros((2, 2, 2), np.int16), RATE, "shape"),
        (np.zeros(5, np.uint8), RATE, "type uint8"),
        (np.array([np.nan]), RATE, "finite"),
        (np.zeros(5, np.int16), 500, "8000"),
        (np.zeros(5, np.int16), "16000", "8000"),
    ],
)
def test_sound_that_cannot_be_used(live: Live, sound: np.ndarray, rate: int, said: str) -> None:
    session = live()
    with pytest.raises(InvalidOption, match=said):
        session.push_audio(sound, rate)
    assert not session.speaking


@pytest.mark.parametrize("options", [{"sample_rate": 11_025}, {"lookahead_ms": 60}, {"fps": 5}])
def test_options_that_are_not_possible(live: Live, options: dict[str, int]) -> None:
    with pytest.raises(InvalidOption):
        live(**options)
