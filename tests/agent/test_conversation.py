"""Who speaks when: turns, captions in time, barge-in, failures. With a real session."""

from __future__ import annotations

import asyncio
import dataclasses
import gc
import sys
from collections.abc import AsyncGenerator, Callable

import numpy as np
import pytest

import visavis
from tests.helpers.avatars import write_avatar
from tests.helpers.openai_compatible import Other, tone
from visavis.agent.chat import Chat, Message
from visavis.agent.conversation import Activity, Conversation, Failed, Happening, Heard
from visavis.agent.endpoints import Endpoint
from visavis.agent.reciting import LOOK_S, Caption
from visavis.agent.spoken import Spoken, Word
from visavis.agent.transcription import Transcriber
from visavis.session import Session, UtteranceFinished, UtteranceStarted


@dataclasses.dataclass
class ToneVoice:
    """A voice of tones: a tenth of a second a word, at once."""

    said: list[str] = dataclasses.field(default_factory=list)

    async def say(self, text: str) -> AsyncGenerator[Spoken]:
        self.said.append(text)
        words = text.split()
        times = tuple(Word(word, 0.1 * k) for k, word in enumerate(words))
        for k in range(len(words)):
            yield Spoken(tone(0.1), 24_000, times if k == 0 else ())
            await asyncio.sleep(0)


@pytest.fixture(scope="module")
def avatar(tmp_path_factory: pytest.TempPathFactory) -> visavis.Avatar:
    return visavis.open(write_avatar(tmp_path_factory.mktemp("avatar")))


class Stage:
    """A conversation with a session whose frames are taken as the test says."""

    def __init__(self, session: Session, other: Other | None = None, hears: bool = True) -> None:
        self.session = session
        self.told: list[Happening] = []
        self.events: list[object] = []
        session.listen(self.events.append)
        self.voice = ToneVoice()
        chat = Chat(Endpoint("language model", other.url, "m")) if other else None
        ears = Transcriber(Endpoint("speech recognition", other.url, "w")) if other else None
        self.talk = Conversation(session, self.voice, self.told.append, chat,
                                 ears if hears else None, "Be {name}.")  # fmt: skip
        self.sound: list[np.ndarray] = []

    async def frames(self, until: Callable[[], bool], pause: float = 0.004) -> None:
        for _ in range(3000):
            if until():
                return
            frame = self.session.next()
            self.sound.append(frame.sound)
            await asyncio.sleep(pause)
        raise AssertionError(f"never came: {self.told}")

    def captions(self) -> list[str]:
        return [what.text for what in self.told if isinstance(what, Caption)]

    def idle(self) -> bool:
        return Activity("idle") in self.told and not self.talk.busy


def run(avatar: visavis.Avatar, scene: Callable[[Session], AsyncGenerator[None] | object]) -> None:
    with avatar.session(size=64, sample_rate=24_000, seed=1) as session:
        asyncio.run(scene(session))  # type: ignore[arg-type]


def test_a_text_is_said_sentence_by_sentence(avatar: visavis.Avatar) -> None:
    async def scene(session: Session) -> None:
        stage = Stage(session)
        stage.talk.ask("Hello you there. How are you?")
        await stage.frames(stage.idle)
        assert stage.voice.said == ["Hello you there.", "How are you?"] == stage.captions()
        started, finished = stage.events
        assert isinstance(started, UtteranceStarted) and isinstance(finished, UtteranceFinished)
        assert finished.position == pytest.approx(0.6 + 0.18, abs=0.01) and not finished.interrupted

    run(avatar, scene)


def test_a_caption_comes_with_its_sound(avatar: visavis.Avatar) -> None:
    async def scene(session: Session) -> None:
        stage = Stage(session)
        stage.talk.say("One two three four five six seven eight nine ten. Next.")
        pause = 2 * LOOK_S  # captions are looked for at least once a frame
        await stage.frames(lambda: len(stage.captions()) == 1, pause)
        heard = sum(map(len, stage.sound)) / 24_000
        await stage.frames(lambda: len(stage.captions()) == 2, pause)
        second = sum(map(len, stage.sound)) / 24_000
        assert second - heard == pytest.approx(1.0 + 0.18, abs=0.1)
        await stage.talk.close()

    run(avatar, scene)


def test_an_interruption_drops_the_rest(avatar: visavis.Avatar) -> None:
    async def scene(session: Session) -> None:
        stage = Stage(session)
        stage.talk.ask("One two three four five six seven. This is not heard any more.")
        await stage.frames(lambda: session.speaking and bool(stage.captions()))
        stage.talk.interrupt()
        assert not session.speaking
        assert [e.interrupted for e in stage.events if isinstance(e, UtteranceFinished)] == [True]
        frame = session.next()
        assert not frame.sound[len(frame.sound) // 2 :].any()
        await stage.frames(stage.idle)
        assert stage.captions() == ["One two three four five six seven."]

    run(avatar, scene)


def test_a_new_turn_takes_the_place_of_the_old(avatar: visavis.Avatar) -> None:
    async def scene(session: Session) -> None:
        stage = Stage(session)
        stage.talk.ask("This is a long sentence that will not be said to its end by anyone.")
        await stage.frames(lambda: bool(stage.captions()))
        stage.talk.ask("Stop it.")
        await stage.frames(stage.idle)
        assert stage.captions()[-1] == "Stop it."
        positions = [e.position for e in stage.events if isinstance(e, UtteranceFinished)]
        assert len(positions) == 2 and positions[1] == pytest.approx(0.2, abs=0.01)

    run(avatar, scene)


def test_without_a_model_it_says_after_you(avatar: visavis.Avatar) -> None:
    async def scene(session: Session) -> None:
        stage = Stage(session)
        spoken = tone(0.5)
        stage.talk.hear(spoken, 24_000)
        await stage.frames(stage.idle)
        heard = np.concatenate(stage.sound)
        assert np.abs(heard).max() == pytest.approx(np.abs(spoken).max(), rel=0.02)
        assert np.count_nonzero(np.abs(heard) > 100) == pytest.approx(12_000, rel=0.05)

    run(avatar, scene)


def test_a_spoken_turn_is_understood_and_answered(avatar: visavis.Avatar, other: Other) -> None:
    async def scene(session: Session) -> None:
        stage = Stage(session, other)
        stage.talk.hear(tone(0.5), 24_000)
        await stage.frames(stage.idle)
        kinds = [what.what for what in stage.told if isinstance(what, Activity)]
        assert kinds == ["hearing", "thinking", "speaking", "speaking", "idle"]
        assert Heard("What is your name?") in stage.told
        assert stage.captions() == ["My name is Ada.", "And who are you?"]
        assert stage.talk.history == [
            Message("user", "What is your name?"),
            Message("assistant", "My name is Ada. And who are you?"),
        ]
        assert other.asked[-1]["messages"][0] == {"role": "system", "content": "Be {name}."}
        assert None not in dataclasses.astuple(stage.talk.timing)

    run(avatar, scene)


def test_barge_in_stops_the_writing_and_is_remembered(avatar: visavis.Avatar, other: Other) -> None:
    other.answer = ("One two three four. ", *("And on and on it goes. ",) * 200)
    other.pause = 0.05

    async def scene(session: Session) -> None:
        stage = Stage(session, other)
        stage.talk.ask("Tell me all.")
        await stage.frames(lambda: bool(stage.captions()))
        stage.talk.interrupt()
        await stage.frames(stage.idle)
        await asyncio.to_thread(other.cut_off.wait, 5)
        assert other.cut_off.is_set()
        assert stage.talk.history[-1] == Message("assistant", "One two three four.")
        assert not session.speaking

    run(avatar, scene)


def test_a_failure_is_told_and_the_next_turn_works(avatar: visavis.Avatar, other: Other) -> None:
    async def scene(session: Session) -> None:
        stage = Stage(session, other)
        other.status = 503
        stage.talk.ask("Hello?")
        await stage.frames(stage.idle)
        (failed,) = [what for what in stage.told if isinstance(what, Failed)]
        assert "language model" in failed.message and "503" in failed.message
        other.status = 200
        stage.told.clear()
        stage.talk.ask("Hello?")
        await stage.frames(stage.idle)
        assert stage.captions() == ["My name is Ada.", "And who are you?"]

    run(avatar, scene)


def test_closing_leaves_no_task(avatar: visavis.Avatar, other: Other) -> None:
    other.pause = 1.0

    async def scene(session: Session) -> None:
        stage = Stage(session, other)
        stage.talk.ask("Hello?")
        await asyncio.sleep(0.1)
        await stage.talk.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(avatar, scene)


@pytest.mark.filterwarnings("error")
def test_a_turn_that_is_cancelled_before_it_begins_is_none(
    avatar: visavis.Avatar, other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost: list[str] = []  # errors where nobody can catch them, as warnings of a coroutine are
    monkeypatch.setattr(sys, "unraisablehook", lambda what: lost.append(str(what.exc_value)))

    async def scene(session: Session) -> None:
        stage = Stage(session, other)
        stage.talk.say("One.")
        stage.talk.ask("Two?")
        stage.talk.hear(tone(0.2), 24_000)
        await stage.talk.close()
        assert not stage.voice.said

    run(avatar, scene)
    gc.collect()
    assert lost == []
