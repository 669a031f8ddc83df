"""The pages as a browser sees them: nothing from outside, nothing inline, at every width."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.studio.conftest import Served, Visitor
from visavis.studio.pages import PAGES, WEB

_MINE = ["/explore", "/create", "/library", "/developer", "/embeds", "/webhooks", "/usage",
         "/billing", "/audit", "/account"]  # fmt: skip


def test_every_page_is_confined(served: Served) -> None:
    for path in (*PAGES, "/talk/{avatar_id}"):
        found = httpx.get(served.url + path.replace("{avatar_id}", "A1B2C3D4E5"))
        assert found.status_code == 200, path
        policy = found.headers["content-security-policy"]
        assert "unsafe" not in policy and "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert found.headers["x-content-type-options"] == "nosniff"
        assert found.headers["cache-control"] == "no-store"
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|<style|\sstyle=", found.text)


def test_nothing_comes_from_outside() -> None:
    for file in [path for path in WEB.rglob("*") if path.is_file()]:
        for address in re.findall(r"https?://[^\s\"'`)]+", file.read_text(encoding="utf-8")):
            # Of SVG, and of a field to be typed over.
            names = ("http://www.w3.org/", "https://example.org")
            assert address.startswith(names), f"{file.name}: {address}"


def test_modules_are_small_and_say_what_they_are() -> None:
    for file in WEB.rglob("*.js"):
        text = file.read_text(encoding="utf-8")
        assert text.startswith("// ") and text.count("\n") < 300, file.name


def test_modules_are_asked_for_again_and_not_sent_again(served: Served) -> None:
    first = httpx.get(f"{served.url}/studio/app.js")
    assert first.headers["cache-control"] == "no-cache"
    tag = {"If-None-Match": first.headers["etag"]}
    assert httpx.get(f"{served.url}/studio/app.js", headers=tag).status_code == 304


@pytest.mark.parametrize("path", _MINE)
def test_a_page_on_a_desktop(window: Visitor, path: str) -> None:
    page = window.go(path)
    page.wait_for_load_state("networkidle")
    assert page.locator("h1").count() == 1
    assert page.locator("#side a[aria-current=page]").get_attribute("href") == path
    assert not window.wrong and not window.outside


@pytest.mark.parametrize("path", _MINE)
def test_a_page_on_a_phone(phone: Visitor, path: str) -> None:
    page = phone.go(path)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    small = page.evaluate(
        """[...document.querySelectorAll("#main a, #main button, #tabs a, #tabs button")]
        .filter((one) => one.checkVisibility() && !one.closest("p, .names"))
        .map((one) => [one.textContent || one.ariaLabel, one.getBoundingClientRect().height])
        .filter(([, height]) => height && height < 30)"""
    )
    assert small == []
    assert not phone.wrong and not phone.outside


@pytest.mark.parametrize("path", [*_MINE, "/log-in", "/sign-up"])
def test_everything_has_a_name(window: Visitor, path: str) -> None:
    page = window.go(path)
    page.wait_for_load_state("networkidle")
    nameless = page.evaluate(
        """[...document.querySelectorAll("a, button, input, select, textarea")]
        .filter((one) => one.checkVisibility() && !(one.ariaLabel || one.textContent.trim()
            || one.labels?.length || one.title))
        .map((one) => one.outerHTML)"""
    )
    assert nameless == []


def test_it_is_used_with_the_keyboard(window: Visitor) -> None:
    page = window.go("/library")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    me = page.locator("button.me")
    me.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent") == "Log out"
    page.keyboard.press("Escape")
    assert me.get_attribute("aria-expanded") == "false"
    assert page.evaluate("document.activeElement.className") == "me"


def test_what_is_not_there(window: Visitor) -> None:
    page = window.go("/avatars/A1B2C3D4E5")
    assert page.get_by_role("heading", name="It is not here").is_visible()
