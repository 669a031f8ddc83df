"""The Talk page where the browser draws: it meets, speaks, hears, changes; or is sent video."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.talk.conftest import Served, chromium_that_hears, until

FACE = "visavis.drawn.face"


@pytest.fixture(scope="module")
def painter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Chromium with WebGL computed, whose microphone hears a tone for one second in three."""
    folder = tmp_path_factory.mktemp("microphone")
    flags = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
    with chromium_that_hears(folder, 3.0, *flags) as opened:
        yield opened


def met(browser: Any, url: str, problems: list[str], script: str = "") -> Any:
    context = browser.new_context(viewport={"width": 320, "height": 240})
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda m: m.type == "error" and problems.append(m.text))
    if script:
        page.add_init_script(script)
    page.goto(url)
    page.wait_for_selector("body[data-phase=live]")
    return page


def test_a_visit(painter: Any, drawing: Served) -> None:
    problems: list[str] = []
    page = met(painter, drawing.url, problems)
    assert page.evaluate("document.body.classList.contains('drawing')")
    until(lambda: page.evaluate("visavis.drawn.audible"), page, 60)
    until(lambda: not page.is_visible("#unmute"), page, 60)
    # says what is typed, with a moving mouth
    page.fill("#text", "Hello, my name is Ada, and I talk, and talk, and talk.")
    page.press("#text", "Enter")
    page.wait_for_selector("body[data-doing=speaking]")
    page.wait_for_selector("#captions .said")
    until(lambda: page.evaluate(f"{FACE}.blend.out[17]") > 0.05, page, 60)
    # falls silent
    page.keyboard.press("Escape")
    page.wait_for_selector("body[data-doing=live]")
    until(lambda: page.evaluate(f"{FACE}.state") != "speaking", page, 60)
    assert page.inner_text("#captions") == ""
    # says after the microphone
    page.focus("#microphone")
    page.keyboard.press("Enter")  # a click may take so long here that it counts as held
    page.wait_for_selector("body[data-doing=listening]")
    page.wait_for_selector("body[data-doing=speaking]")
    # becomes somebody else, who still hears
    page.click("#who")
    page.click("#cast button:has-text('Otto')")
    until(lambda: page.inner_text("#who-name") == "Otto", page, 60)
    page.wait_for_selector("body[data-doing=listening]")
    page.focus("#microphone")
    page.keyboard.press("Enter")
    until(lambda: drawing.visitors == 1, page, 60)
    # tells its figures
    page.click("#figures-button")
    page.wait_for_selector("#figures dd")
    figures = dict(zip(page.locator("#figures dt").all_text_contents(),
                       page.locator("#figures dd").all_text_contents(), strict=True))  # fmt: skip
    assert figures["Motion"].endswith("kB/s") and " × " in figures["Size"]
    # and is video where that is wished
    page.click("#video-button")
    until(lambda: page.evaluate("document.querySelector('video').videoWidth > 0"), page, 60)
    page.wait_for_selector("body[data-phase=live]:not(.drawing)")
    assert page.inner_text("#who-name") == "Otto"
    page.click("#video-button")
    page.wait_for_selector("body[data-phase=live].drawing")
    page.context.close()
    assert problems == []


def test_a_browser_that_cannot_draw_is_sent_video(painter: Any, drawing: Served) -> None:
    problems: list[str] = []
    page = met(painter, drawing.url, problems,
               "HTMLCanvasElement.prototype.getContext = () => null")  # fmt: skip
    assert not page.evaluate("document.body.classList.contains('drawing')")
    assert not page.is_visible("#video-button")
    until(lambda: page.evaluate("document.querySelector('video').videoWidth > 0"), page, 60)
    page.context.close()
    assert problems == []
