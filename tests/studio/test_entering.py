"""Sign up, log in, log out; who may see what."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.studio.conftest import PASSWORD, Served, Visitor, visit


def test_sign_up_and_out_and_in(stranger: Visitor) -> None:
    page = stranger.go("/sign-up")
    page.get_by_label("Your name").fill("Grace")
    page.get_by_label("E-mail").fill("grace@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Organisation").fill("Compilers")
    page.get_by_role("button", name="Sign up").click()
    page.wait_for_url("**/explore")
    assert page.locator("button.me").inner_text().endswith("Compilers")
    page.locator("button.me").click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_selector("a[href='/log-in']")
    page.goto(f"{stranger.url}/library")
    page.wait_for_url("**/log-in?next=%2Flibrary")
    page.get_by_label("E-mail").fill("grace@example.org")
    page.get_by_label("Password").fill("something else")
    page.get_by_role("button", name="Log in").click()
    page.wait_for_selector("[role=alert] .alert")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/library")
    assert not stranger.outside


@pytest.mark.parametrize("to", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_nobody_is_sent_elsewhere(browser: Any, served: Served, to: str) -> None:
    name = f"victim{abs(hash(to)) % 10**6}"
    with served.person(name):
        visitor = visit(browser, served)
        page = visitor.go(f"/log-in?next={httpx.QueryParams({'n': to})['n']}")
        page.get_by_label("E-mail").fill(f"{name}@example.org")
        page.get_by_label("Password").fill(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/explore")
        page.context.close()


def test_a_page_that_needs_more_is_not_shown(window: Visitor) -> None:
    page = window.go("/admin")
    assert page.get_by_text("This page is not for you").is_visible()


def _given(served: Served, http: httpx.Client) -> str:
    """A copy of a character, private to somebody."""
    first = http.get("/v1/gallery").json()["items"][0]["id"]
    made = http.post(f"/v1/avatars/{first}/clone", json={"name": "Secret"})
    assert made.status_code == 201
    return str(made.json()["id"])


def test_nothing_of_others_is_seen(served: Served, ada: httpx.Client) -> None:
    mine = _given(served, ada)
    offer = {"sdp": "v=0", "character": mine, "screen": {"width": 10, "height": 10}}
    assert ada.get(f"/v1/studio/avatars/{mine}/line").status_code == 200
    assert ada.get(f"/v1/studio/talk/{mine}/cast").json()["first"] == mine
    with served.person("eve") as eve, httpx.Client(base_url=served.url) as nobody:
        for who, status in ((eve, 404), (nobody, 401)):
            assert who.get(f"/v1/studio/talk/{mine}/cast").status_code == status
            asked = who.post(f"/v1/studio/talk/{mine}/offer", json=offer)
            assert asked.status_code == status
            assert who.get(f"/v1/studio/avatars/{mine}/line").status_code == 404
        shown = eve.get(f"/v1/studio/talk/{_public(served)}/cast").json()["cast"]
        assert mine not in [one["key"] for one in shown]
        assert nobody.post("/v1/studio/faces", content=b"x").status_code == 401
        del eve.headers["X-CSRF-Token"]
        assert eve.post("/v1/studio/faces", content=b"x").status_code == 403


def _public(served: Served) -> str:
    return str(httpx.get(f"{served.url}/v1/gallery").json()["items"][0]["id"])


def test_an_invitation_brings_somebody_in_and_is_in_the_log(
    browser: Any, served: Served, window: Visitor, ada: httpx.Client
) -> None:
    page = window.go("/account")
    page.get_by_role("button", name="Invite").click()
    page.get_by_label("E-mail").fill("lin@example.org")
    page.get_by_label("Role", exact=True).select_option("billing")
    page.get_by_role("button", name="Make the invitation").click()
    link = page.get_by_label("Link", exact=True).inner_text().strip()
    assert link.startswith(f"{served.url}/sign-up?invitation=")
    page.get_by_role("button", name="Done").click()
    page.locator("tr", has_text="lin@example.org").wait_for()
    theirs = visit(browser, served)
    theirs.page.goto(link)
    theirs.page.get_by_label("Your name").fill("Lin")
    theirs.page.get_by_label("E-mail").fill("lin@example.org")
    theirs.page.get_by_label("Password").fill(PASSWORD)
    theirs.page.get_by_role("button", name="Sign up").click()
    theirs.page.wait_for_selector("button.me")
    assert theirs.page.locator("button.me").inner_text().endswith("Ada & Co")
    assert theirs.page.get_by_role("link", name="Billing").count()
    assert not theirs.page.get_by_role("link", name="Audit log").count()
    theirs.go("/audit").get_by_text("This page is not for you").wait_for()
    theirs.page.context.close()
    again = ada.post("/v1/invitations/accept", json={"token": link.partition("=")[2]})
    assert again.status_code == 403  # it works once, and for that address
    members = {one["name"]: one["role"] for one in ada.get("/v1/members").json()}
    assert members == {"Ada": "owner", "Lin": "billing"}
    page = window.go("/audit")
    row = page.locator("tr", has_text="member.invited")
    assert "email: lin@example.org" in row.inner_text() and "Ada" in row.inner_text()
    assert not window.wrong and not window.outside
