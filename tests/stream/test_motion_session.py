"""The session without a picture: what a listener has of it is what a session with one shows."""

from __future__ import annotations

import asyncio
import itertools

import numpy as np
import pytest

import visavis
from tests.session.conftest import babble
from tests.stream.conftest import RATE, Listener
from visavis import pose, stream
from visavis.errors import InvalidOption
from visavis.session import UtteranceFinished, UtteranceStarted, VirtualClock

JAW = pose.INDEX["jawOpen"]
SPEECH = babble(3.0, RATE)


def marks(listener: Listener, kind: type) -> list[stream.Record]:
    return [record for record in listener.marks if isinstance(record, kind)]


def test_poses_and_sound_are_those_of_a_session_with_pictures(
    ada: visavis.Avatar, listener: Listener
) -> None:
    with ada.session(size=64, seed=1, sample_rate=RATE, clock=VirtualClock()) as shown:
        for session in (shown, listener.session):
            session.push_audio(SPEECH, RATE)
            session.flush()
        listener.run(4.0)
        for index, frame in enumerate(itertools.islice(shown, 75)):
            assert np.abs(listener.poses[index] - frame.pose).max() <= 0.01
            heard = listener.sound[index * 960 : (index + 1) * 960]
            np.testing.assert_array_equal(heard, frame.sound)


def test_everything_comes_before_its_time(listener: Listener) -> None:
    listener.run(1.0)
    listener.session.push_audio(SPEECH, RATE)
    listener.session.flush()
    listener.run(6.0)
    assert listener.late == []
    assert listener.session.metrics.slips == 0
    (started,), (finished,) = marks(listener, stream.Started), marks(listener, stream.Finished)
    assert isinstance(started, stream.Started) and isinstance(finished, stream.Finished)
    assert RATE <= started.at <= RATE * 1.04
    assert finished.heard == len(SPEECH) and not finished.interrupted
    np.testing.assert_array_equal(listener.sound[started.at : finished.at], SPEECH)


def test_events_are_told_when_they_are_heard(listener: Listener) -> None:
    told: list[tuple[float, object]] = []
    listener.session.listen(lambda event: told.append((listener.clock.now(), event)))
    listener.session.push_audio(SPEECH, RATE)
    listener.session.flush()
    listener.run(5.0)
    (begin, first), (end, last) = told
    assert isinstance(first, UtteranceStarted) and isinstance(last, UtteranceFinished)
    assert end - begin == pytest.approx(3.0, abs=0.001)


@pytest.mark.parametrize("moment", [0.0, 0.05, 1.234, 2.9])
def test_an_interruption_takes_back_what_was_not_heard(listener: Listener, moment: float) -> None:
    told: list[object] = []
    listener.session.listen(told.append)
    listener.run(1.0)
    listener.session.push_audio(SPEECH, RATE)
    listener.session.flush()
    listener.run(1.0 + moment)
    listener.session.interrupt()
    listener.session.interrupt()
    listener.run(1.0 + moment)
    now = round((1.0 + moment) * RATE)
    assert not listener.sounding[now:].any()
    (finished,) = [event for event in told if isinstance(event, UtteranceFinished)]
    assert finished.interrupted
    assert finished.position == pytest.approx(listener.sounding.sum() / RATE)
    listener.run(6.0)
    (mark,) = marks(listener, stream.Finished)
    assert mark == stream.Finished(0, now, round(finished.position * RATE), True)
    frame = -(-now // 960)
    assert all(listener.poses[k][JAW] < 0.05 for k in listener.poses if k > frame + 1)


def test_after_an_interruption_it_goes_on_at_once(listener: Listener) -> None:
    for moment in (1.0, 2.0, 2.1):
        listener.run(moment)
        listener.session.interrupt()
        listener.session.push_audio(SPEECH, RATE)
        listener.session.flush()
    listener.run(6.0)
    started = [record for record in marks(listener, stream.Started)]
    assert [record.utterance for record in started] == [0, 1, 2]  # type: ignore[union-attr]
    assert 2.1 * RATE - 960 <= started[2].at <= 2.1 * RATE + 960  # type: ignore[union-attr]
    assert listener.late == []


def test_utterances_follow_each_other(listener: Listener) -> None:
    for number in range(3):
        listener.session.push_audio(SPEECH[: RATE // 2], RATE)
        listener.session.flush()
        listener.run(0.35 * (number + 1))
    listener.run(5.0)
    ends = [(m.at, m.heard) for m in marks(listener, stream.Finished)]  # type: ignore[union-attr]
    assert [heard for _, heard in ends] == [RATE // 2] * 3
    assert listener.sounding.sum() == 3 * (RATE // 2)
    assert ends[2][0] < 1.7 * RATE


def test_a_voice_slower_than_real_time_pauses_and_loses_nothing(listener: Listener) -> None:
    for at in range(0, len(SPEECH), RATE // 10):
        listener.session.push_audio(SPEECH[at : at + RATE // 10], RATE)
        listener.run(listener.clock.now() + 0.15)
    listener.session.flush()
    listener.run(10.0)
    assert listener.session.metrics.underruns > 0
    np.testing.assert_array_equal(listener.sound[listener.sounding], SPEECH)


def test_a_machine_that_stood_still_goes_on_from_now(listener: Listener) -> None:
    listener.session.push_audio(SPEECH, RATE)
    listener.session.flush()
    listener.run(1.0)
    listener.clock.advance(20.0)
    listener.run(25.0)
    assert listener.session.metrics.slips == 1
    np.testing.assert_array_equal(listener.sound[listener.sounding], SPEECH)
    assert listener.late == []


def test_captions_stand_where_their_sound_is(listener: Listener) -> None:
    session = listener.session
    session.caption("One.")
    session.push_audio(SPEECH[:RATE], RATE)
    session.caption("Two.")
    session.push_audio(SPEECH[RATE:], RATE)
    session.flush()
    listener.run(5.0)
    (started,) = marks(listener, stream.Started)
    at = started.at  # type: ignore[union-attr]
    assert marks(listener, stream.Caption) == [
        stream.Caption(0, at, "One."),
        stream.Caption(0, at + RATE, "Two."),
        stream.Caption(0, at + 3 * RATE, ""),
    ]


def test_an_interrupted_caption_ends(listener: Listener) -> None:
    listener.session.caption("One.")
    listener.session.push_audio(SPEECH, RATE)
    listener.run(1.0)
    listener.session.interrupt()
    listener.run(1.0)
    assert [c.text for c in marks(listener, stream.Caption)] == ["One.", ""]  # type: ignore[union-attr]


def test_bytes_of_motion_speaking_and_idle(listener: Listener) -> None:
    listener.session.push_audio(np.concatenate([SPEECH] * 5), RATE)
    listener.session.flush()
    listener.run(45.0)
    speaking = sum(size for moment, size in listener.sizes if 1.0 <= moment < 14.0) / 13
    idle = sum(size for moment, size in listener.sizes if moment >= 25.0) / 20
    assert speaking <= 2500 and idle <= 500
    assert idle <= 10  # it says nothing but the time


def test_a_thinker_goes_on_with_few_bytes_and_a_gesture_with_all_poses(listener: Listener) -> None:
    listener.session.state = "thinking"
    listener.run(10.0)
    thinking = sum(size for moment, size in listener.sizes if moment >= 4.0) / 6
    assert 100 <= thinking <= 500
    assert marks(listener, stream.State)[-1] == stream.State("thinking")
    listener.session.state = "auto"
    listener.run(15.0)
    before = set(listener.poses)
    assert isinstance(listener.marks[-1], stream.Rest | stream.State)
    listener.session.gesture("nod")
    listener.run(18.0)
    assert len(set(listener.poses) - before) >= 70
    pitch = [listener.poses[k][pose.INDEX["headPitch"]] for k in sorted(listener.poses)[-75:]]
    assert max(pitch) - min(pitch) > 2


def test_a_late_listener_is_greeted(listener: Listener) -> None:
    listener.session.push_audio(SPEECH, RATE)
    listener.run(1.0)
    listener.session.greet()
    data = listener.session.packet()
    assert data is not None
    first, state, *_ = stream.Decoder().decode(data).records
    assert isinstance(first, stream.Hello) and state == stream.State("speaking")


def test_opus_is_in_step() -> None:
    import av

    time = np.arange(3 * RATE) / RATE
    chirp = (9000 * np.sin(2 * np.pi * (200 + 300 * time) * time)).astype(np.int16)
    with visavis.open("ada") as ada:
        clock = VirtualClock()
        session = stream.open_session(ada, clock=clock, codec=stream.Codec.OPUS)
        session.push_audio(chirp, RATE)
        session.flush()
        decoder, context = stream.Decoder(), av.CodecContext.create("libopus", "r")
        context.sample_rate, context.layout = RATE, "mono"  # type: ignore[attr-defined]
        heard, size = np.zeros(5 * RATE), 0
        while clock.now() < 5:
            data = session.packet()
            for record in decoder.decode(data).records if data else ():
                if isinstance(record, stream.Sound):
                    size += len(record.data)
                    assert decoder.hello is not None
                    at = record.at - decoder.hello.codec_delay
                    for frame in context.decode(av.Packet(record.data)):  # type: ignore[attr-defined]
                        piece = frame.to_ndarray()[0].astype(float)
                        step = frame.sample_rate // RATE
                        piece = piece[::step]
                        low = max(-at, 0)
                        heard[at + low : at + len(piece)] = piece[low:]
            clock.wait_until(session.due)
        session.close()
    sent = chirp[RATE : 2 * RATE].astype(float)  # the first sample is the stream's first
    lags = range(-400, 401)
    best = max(lags, key=lambda lag: float(heard[RATE + lag : 2 * RATE + lag] @ sent))
    assert abs(best) <= RATE // 1000
    assert 3 * 1500 < size < 3 * 5000


@pytest.mark.asyncio
async def test_packets_come_at_the_real_clock_and_end() -> None:
    with visavis.open("ada") as ada:
        session = stream.open_session(ada, fps=50)
        decoder = stream.Decoder()
        kinds: list[str] = []

        async def listen() -> None:
            async for data in session:
                kinds.extend(type(r).__name__ for r in decoder.decode(data).records)

        task = asyncio.create_task(listen())
        session.push_audio(SPEECH[: RATE // 4], RATE)
        session.flush()
        while "Finished" not in kinds:
            await asyncio.sleep(0.01)
        await asyncio.to_thread(session.close)
        await asyncio.wait_for(task, 5)
    assert kinds[0] == "Hello" and kinds[-1] == "Bye"
    with pytest.raises(InvalidOption):
        session.push_audio(SPEECH, RATE)
    assert session.packet() is None


def test_what_is_not_possible_is_refused(ada: visavis.Avatar) -> None:
    with pytest.raises(InvalidOption, match="Opus"):
        stream.open_session(ada, sample_rate=22_050, codec=stream.Codec.OPUS)
    with pytest.raises(InvalidOption, match="sample rate"):
        stream.open_session(ada, sample_rate=22_049)
