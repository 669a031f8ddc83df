"""Places: as many visitors as there are, each freed when its tab is closed; and no microphone."""

from __future__ import annotations

from typing import Any

from tests.talk.conftest import Served, until


def test_closing_the_tab_frees_the_place(browser: Any, served: Served) -> None:
    context = browser.new_context()
    pages = []
    for _ in range(2):
        page = context.new_page()
        page.goto(served.url)
        page.wait_for_selector("body[data-phase=live]")
        pages.append(page)
    assert served.visitors == 2
    full = context.new_page()
    full.goto(served.url)
    full.wait_for_selector("body[data-phase=lost]")
    assert "Everybody is taken" in full.inner_text("#lost-why")
    pages[0].close()
    full.click("#retry")
    full.wait_for_selector("body[data-phase=live]")
    context.close()
    waiter = browser.new_page()
    until(lambda: served.visitors == 0, waiter)
    waiter.close()


def test_no_microphone_is_said(browser: Any, served: Served) -> None:
    page = browser.new_page()
    page.add_init_script("""navigator.mediaDevices.getUserMedia = () =>
      Promise.reject(new DOMException("no", "NotAllowedError"))""")
    page.goto(served.url)
    page.wait_for_selector("body[data-phase=live]")
    page.click("#microphone")
    page.wait_for_selector("#notices .bad")
    assert "may not use the microphone" in page.inner_text("#notices")
    assert page.get_attribute("#microphone", "aria-pressed") == "false"
    page.close()
