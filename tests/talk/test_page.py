"""The Talk page in a real browser: it speaks, repeats, falls silent, changes, and lets go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.talk.conftest import Served, until

# What is seen and heard, measured in the page: loudness, and how the mouth's part of the picture
# differs from picture to picture.
MEASURE = """() => {
  const video = document.getElementById("face");
  const audio = new AudioContext();
  const analyser = audio.createAnalyser();
  analyser.fftSize = 2048;
  audio.createMediaStreamSource(video.srcObject).connect(analyser);
  const canvas = document.createElement("canvas");
  const [w, h] = [canvas.width, canvas.height] = [96, 96];
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  let before = null;
  window.seen = { reset() { this.loud = this.mouth = this.pictures = 0; } };
  window.seen.reset();
  const samples = new Float32Array(2048);
  setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    for (const x of samples) window.seen.loud = Math.max(window.seen.loud, Math.abs(x));
  }, 20);
  const look = () => {
    // the mouth of the picture: its middle, from half to three quarters of its height
    pen.drawImage(video, video.videoWidth * 0.38, video.videoHeight * 0.5,
      video.videoWidth * 0.24, video.videoHeight * 0.25, 0, 0, w, h);
    const now = pen.getImageData(0, 0, w, h).data;
    if (before) {
      let sum = 0;
      for (let k = 0; k < now.length; k += 4) sum += Math.abs(now[k] - before[k]);
      window.seen.mouth = Math.max(window.seen.mouth, sum / (w * h));
      window.seen.pictures += 1;
    }
    before = now;
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
}"""

SHAPE = """() => {
  const video = document.getElementById("face");
  return video.videoWidth / video.videoHeight;
}"""

CONTROLS = """() => [...document.querySelectorAll("button, input")]
  .filter((e) => e.offsetParent && getComputedStyle(e).visibility !== "hidden")
  .map((e) => ({
    box: e.getBoundingClientRect().toJSON(),
    name: (e.getAttribute("aria-label") || e.labels?.[0]?.innerText || e.textContent).trim(),
  }))"""


@pytest.fixture(scope="module")
def opened(browser: Any, served: Served) -> Iterator[Any]:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(120_000)  # a machine may be busy
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda m: m.type == "error" and problems.append(m.text))
    page.goto(served.url)
    page.wait_for_selector("body[data-phase=live]")
    page.evaluate(MEASURE)
    until(lambda: page.evaluate("seen.pictures") > 3, page)
    yield page
    context.close()
    assert problems == []


@pytest.fixture
def page(opened: Any) -> Any:
    """The page as it was at first: silent, nothing open."""
    opened.keyboard.press("Escape")
    opened.set_viewport_size({"width": 800, "height": 600})
    # A new shape of picture is a new session, which ends what the one before was saying.
    until(lambda: abs(opened.evaluate(SHAPE) - 4 / 3) < 0.05, opened)
    opened.wait_for_selector("body[data-phase=live][data-doing=live]")
    until(lambda: is_silent(opened), opened)
    return opened


def is_silent(page: Any) -> bool:
    """Whether nothing is heard for a while."""
    page.evaluate("seen.reset()")
    page.wait_for_timeout(300)
    return bool(page.evaluate("seen.loud") < 0.01)


def test_a_typed_sentence_is_spoken(page: Any) -> None:
    page.fill("#text", "Hello, my name is Ada, and I talk.")
    page.press("#text", "Enter")
    page.wait_for_selector("body[data-doing=speaking]")
    page.wait_for_selector("#captions .said")
    assert page.inner_text("#captions") == "Hello, my name is Ada, and I talk."
    until(lambda: page.evaluate("seen.loud") > 0.1, page)
    until(lambda: page.evaluate("seen.mouth") > 3, page)


def test_escape_stops_it(page: Any) -> None:
    page.fill("#text", "This is a sentence that goes on and on, and on, until somebody stops it.")
    page.press("#text", "Enter")
    until(lambda: page.evaluate("seen.loud") > 0.1, page)
    page.keyboard.press("Escape")
    page.wait_for_selector("body[data-doing=live]")
    until(lambda: is_silent(page), page)
    assert page.inner_text("#captions") == ""


def test_the_microphone_is_repeated_and_interrupts(page: Any, served: Served) -> None:
    page.click("#microphone")  # a tap: it stays on
    page.wait_for_selector("#microphone[aria-pressed=true]")
    page.wait_for_selector("body[data-doing=listening]")
    page.wait_for_selector("body[data-doing=speaking]")
    until(lambda: page.evaluate("seen.loud") > 0.05, page)
    page.wait_for_selector("body[data-doing=live]")
    # speaks, and is interrupted by the voice that the microphone hears
    page.fill("#text", "I go on talking for quite a while now. " * 6)
    page.press("#text", "Enter")
    page.wait_for_selector("body[data-doing=speaking]")
    page.wait_for_selector("body[data-doing=listening]")
    assert page.inner_text("#captions") == ""
    page.click("#microphone")
    page.wait_for_selector("#microphone[aria-pressed=false]")


def test_holding_the_button_speaks_one_turn(page: Any) -> None:
    box = page.locator("#microphone").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.wait_for_selector("#microphone.held")
    page.wait_for_selector("body[data-doing=listening]")
    page.wait_for_timeout(5200)  # the tone comes within
    page.mouse.up()
    page.wait_for_selector("body[data-doing=speaking]")
    until(lambda: page.evaluate("seen.loud") > 0.05, page)


def test_another_character(page: Any) -> None:
    page.click("#who")
    names = page.locator("#cast span").all_inner_texts()
    assert names[0] == "Ada" and "Otto" in names and len(names) == 5
    page.click("#cast button:has-text('Otto')")
    until(lambda: page.inner_text("#who-name") == "Otto", page)
    page.wait_for_selector("body:not(.changing)")
    page.evaluate("seen.reset()")
    page.fill("#text", "I am Otto.")
    page.press("#text", "Enter")
    until(lambda: page.evaluate("seen.loud") > 0.1 and page.evaluate("seen.mouth") > 1, page)


def test_gestures_moods_and_figures(page: Any) -> None:
    page.click("#express")
    page.click("#gestures button:has-text('Nod')")
    page.click("#emotions button:has-text('Happy')")
    assert page.get_attribute("#emotions [aria-checked=true]", "role") == "radio"
    assert page.inner_text("#emotions [aria-checked=true]") == "Happy"
    page.click("#figures-button")
    page.wait_for_selector("#figures dd")
    figures = dict(zip(page.locator("#figures dt").all_inner_texts(),
                       page.locator("#figures dd").all_inner_texts(), strict=True))  # fmt: skip
    assert figures["Picture"].endswith("fps") and float(figures["Picture"].split()[0]) > 0
    width, height = map(int, figures["Size"].split(" × "))
    assert width % 16 == height % 16 == 0 and width / height == pytest.approx(4 / 3, abs=0.1)


def test_turning_the_screen_changes_the_picture(page: Any) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    until(lambda: page.evaluate("document.getElementById('face').videoHeight "
                                "> document.getElementById('face').videoWidth"), page)  # fmt: skip


def test_every_control_can_be_touched_and_named(page: Any) -> None:
    for width, height in ((1280, 800), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        for opener in (None, "#who", "#express"):
            if opener:
                page.click(opener)
            found = page.evaluate(CONTROLS)
            assert len(found) > 6
            for control in found:
                box = control["box"]
                assert control["name"], control
                assert box["height"] >= 44 and box["width"] >= 44, control
                if "Peter" not in control["name"] and "Sound in" not in control["name"]:
                    assert box["left"] >= 0 and box["right"] <= width, control
            if opener:
                page.keyboard.press("Escape")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
