"""Conversations and photos on the Talk page, in a real browser, against real HTTP endpoints."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.openai_compatible import Other, answering
from tests.talk.conftest import Served, serve, until
from tests.talk.test_page import MEASURE
from visavis.agent.endpoints import Endpoint
from visavis.talk.app import make_app
from visavis.talk.cast import Cast
from visavis.talk.options import TalkOptions


@pytest.fixture(scope="module")
def other() -> Iterator[Other]:
    with answering() as other:
        yield other


@pytest.fixture(scope="module")
def conversing(other: Other) -> Iterator[Served]:
    def endpoint(role: str) -> Endpoint:
        return Endpoint(role, other.url, role, "key-of-the-test")

    options = TalkOptions(
        sessions=3,
        video=True,
        pixels=256 * 256,
        llm=endpoint("language model"),
        stt=endpoint("speech recognition"),
        tts=endpoint("voice"),
    )
    yield from serve(make_app(Cast("ada"), options))


@pytest.fixture
def page(browser: Any, conversing: Served) -> Iterator[Any]:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(120_000)  # a machine may be busy
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(conversing.url)
    page.wait_for_selector("body[data-phase=live]")
    page.evaluate(MEASURE)
    until(lambda: page.evaluate("seen.pictures") > 3, page)
    yield page
    context.close()
    assert problems == []


def test_a_typed_question_is_answered(page: Any, other: Other) -> None:
    page.fill("#text", "Who are you?")
    page.press("#text", "Enter")
    page.wait_for_selector("#captions:has-text('My name is Ada.')")
    until(lambda: page.evaluate("seen.loud") > 0.1 and page.evaluate("seen.mouth") > 1, page)
    page.wait_for_selector("body[data-doing=live]")
    asked = [one for one in other.asked if "messages" in one][-1]
    assert asked["authorization"] == "Bearer key-of-the-test"
    assert asked["messages"][-1] == {"role": "user", "content": "Who are you?"}
    assert "Ada" in asked["messages"][0]["content"]  # its instructions know its name
    assert "key-of-the-test" not in page.content()


def test_a_spoken_question_is_understood_and_answered(page: Any, other: Other) -> None:
    before = len(other.asked)
    other.pause = 1.0  # so that what was heard is seen before its answer takes its place
    try:
        page.click("#microphone")
        page.wait_for_selector("body[data-doing=listening]")
        page.wait_for_selector(f"#heard:has-text('{other.heard}')")
        page.wait_for_selector("#captions:has-text('My name is Ada.')")
        until(lambda: page.evaluate("seen.loud") > 0.1, page)
    finally:
        other.pause = 0.0
    page.click("#microphone")
    kinds = ["rate" if "rate" in one else "chat" for one in other.asked[before:]
             if "rate" in one or "messages" in one]  # fmt: skip
    assert kinds[:2] == ["rate", "chat"]


def test_speaking_interrupts_an_answer(page: Any, other: Other) -> None:
    other.answer, other.pause = ("One two three. ", *("And on it goes. ",) * 200), 0.05
    other.cut_off.clear()
    try:
        page.fill("#text", "Tell me everything.")
        page.press("#text", "Enter")
        page.wait_for_selector("body[data-doing=speaking]")
        page.click("#microphone")  # its tone comes within five seconds
        page.wait_for_selector("body[data-doing=listening]")
        until(other.cut_off.is_set, page)
    finally:
        other.answer, other.pause = ("My name ", "is Ada. "), 0.0
    page.click("#microphone")


def test_an_endpoint_that_fails_is_named_and_the_key_is_not(page: Any, other: Other) -> None:
    other.status = 500
    try:
        page.fill("#text", "Are you there?")
        page.press("#text", "Enter")
        page.wait_for_selector("#notices .bad:has-text('language model')")
        assert "key-of-the-test" not in page.content()
    finally:
        other.status = 200


def test_a_photo_becomes_a_character_of_its_owners(
    page: Any, browser: Any, conversing: Served, portrait: bytes, tmp_path: Path
) -> None:
    photo = tmp_path / "me.jpg"
    photo.write_bytes(portrait)
    page.click("#who")
    page.set_input_files("#photo-file", photo)
    until(lambda: page.inner_text("#who-name") == "Your photo", page, 90)
    page.wait_for_selector("body:not(.changing)")
    page.evaluate("seen.reset()")
    page.fill("#text", "Who are you?")
    page.press("#text", "Enter")
    until(lambda: page.evaluate("seen.loud") > 0.1 and page.evaluate("seen.mouth") > 1, page)
    key = page.evaluate("location.hash").removeprefix("#")
    assert key.startswith("photo-")
    # nobody else is shown it, and who made it finds it again
    listed = page.evaluate("fetch('/api/cast').then((r) => r.json())")
    assert key not in {member["key"] for member in listed["cast"]}
    page.reload()
    page.wait_for_selector("body[data-phase=live]")
    until(lambda: page.inner_text("#who-name") == "Your photo", page)
    page.evaluate(MEASURE)  # for the fixture's next use


def test_a_picture_without_a_face_says_so(page: Any, tmp_path: Path, portrait: bytes) -> None:
    from PIL import Image

    plain = tmp_path / "wall.png"
    Image.new("RGB", (640, 480), (120, 140, 160)).save(plain)
    page.click("#who")
    page.set_input_files("#photo-file", plain)
    page.wait_for_selector("#notices .bad:has-text('face')", timeout=90_000)
    assert str(tmp_path) not in page.content() and "visavis-photos" not in page.content()
    assert page.inner_text("#who-name") == "Ada"
