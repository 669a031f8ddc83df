"""An avatar on somebody else's page, in a real browser: its origin talks, a wrong one does not."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.studio.conftest import Served, Visitor

pytest.importorskip("espeakng_loader", reason="the wheel espeakng-loader is not installed")
_HEAD = "<!doctype html><title>My page</title><link rel=icon href='data:,'>"
_EMBED = "document.querySelector('visavis-embed')"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int]]:
    """Somebody's own web site: its folder and port."""
    folder = tmp_path_factory.mktemp("site")
    handler = functools.partial(_Quiet, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield folder, server.server_address[1]
    server.shutdown()


def _otto(http: httpx.Client) -> str:
    shown = http.get("/v1/gallery?q=otto").json()["items"]
    return str(http.post(f"/v1/avatars/{shown[0]['id']}/clone", json={}).json()["id"])


def _token(http: httpx.Client, avatar_id: str, origin: str, **more: Any) -> dict[str, Any]:
    form = {"avatar_id": avatar_id, "origins": [origin], "name": "start page"}
    made = http.post("/v1/embeds", json=form | more)
    assert made.status_code == 201, made.text
    return dict(made.json())


def _window(browser: Any, url: str) -> Visitor:
    visitor = Visitor(browser.new_page(viewport={"width": 420, "height": 560}), url)
    visitor.page.on("console", visitor.heard)
    visitor.page.on("pageerror", lambda error: visitor.wrong.append(str(error)))
    return visitor


def _talks(visitor: Visitor, embed: str) -> None:
    visitor.until(f"{embed}.face.drawn > 2 && !{embed}.talk.hidden")
    visitor.page.get_by_role("button", name="Talk to Otto").click()
    visitor.until(f"{embed}.face.stream?.live.sound?.audible")
    visitor.page.get_by_label("What shall Otto say?").fill("Good morning to you all.")
    visitor.page.keyboard.press("Enter")
    visitor.until(f"{embed}.face.state === 'speaking' && {embed}.face.blend.out[17] > 0.05")
    assert visitor.page.evaluate(f"{embed}.face.captions") == "Good morning to you all."


def test_a_page_of_another_site_talks_and_is_counted(
    browser: Any, served: Served, ada: httpx.Client, site: tuple[Path, int]
) -> None:
    folder, port = site
    avatar_id, origin = _otto(ada), f"http://127.0.0.1:{port}"
    made = _token(ada, avatar_id, origin)
    (folder / "two.html").write_text(f"{_HEAD}\n{made['html']}\n")
    visitor = _window(browser, origin)
    visitor.page.goto(f"{origin}/two.html")
    _talks(visitor, _EMBED)
    (live,) = ada.get("/v1/sessions?state=open").json()["items"]
    assert live["embed_id"] == made["id"] and live["avatar_id"] == avatar_id
    assert live["state"] == "running"
    visitor.page.wait_for_timeout(1100)  # so that a whole second is counted
    visitor.page.get_by_role("button", name="End the talk").click()
    visitor.until(f"!{_EMBED}.talk.hidden")
    _ended(ada, live["id"])
    assert ada.get(f"/v1/embeds/{made['id']}").json()["used_seconds"] >= 1
    entries = ada.get("/v1/usage/entries").json()["items"]
    mine = [one for one in entries if one["session_id"] == live["id"]]
    assert {one["kind"] for one in mine} >= {"started", "ended"}
    assert not visitor.wrong

    # The same page seen from a site that the token is not for.
    wrong = _window(browser, f"http://localhost:{port}")
    wrong.page.goto(f"http://localhost:{port}/two.html")
    wrong.page.get_by_text("a site that the token is not for").wait_for()
    assert wrong.page.evaluate(f"{_EMBED}.file") == ""
    assert ada.get("/v1/sessions?state=open").json()["items"] == []
    for window in (visitor, wrong):
        window.page.close()


def _ended(http: httpx.Client, session_id: str) -> None:
    import time

    end = time.monotonic() + 30
    while http.get(f"/v1/sessions/{session_id}").json()["state"] != "ended":
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_frame_is_for_its_sites_and_ends_when_the_token_is_revoked(
    browser: Any, served: Served, ada: httpx.Client, site: tuple[Path, int]
) -> None:
    folder, port = site
    origin = f"http://127.0.0.1:{port}"
    made = _token(ada, _otto(ada), origin)
    (folder / "frame.html").write_text(
        f"{_HEAD}<iframe src='{made['page']}' width=360 height=480></iframe>"
    )
    visitor = _window(browser, origin)
    visitor.page.goto(f"{origin}/frame.html")
    frame = next(one for one in visitor.page.frames if "/embed/" in one.url)
    inside = Visitor(frame, origin)
    frame.wait_for_selector("visavis-embed")
    inside.until(f"{_EMBED}.face.drawn > 2")
    assert made["token"] not in frame.evaluate("location.href")
    frame.get_by_role("button", name="Talk to Otto").click()
    inside.until(f"{_EMBED}.face.stream?.live.sound?.audible")
    (live,) = ada.get("/v1/sessions?state=open").json()["items"]
    assert ada.post(f"/v1/embeds/{made['id']}/revoke").status_code == 200
    _ended(ada, live["id"])
    assert ada.get(f"/v1/sessions/{live['id']}").json()["reason"] == "its token is revoked"
    inside.until(f"!{_EMBED}.talking")

    good = _token(ada, _otto(ada), origin)
    (folder / "frame.html").write_text(f"{_HEAD}<iframe src='{good['page']}'></iframe>")
    wrong = _window(browser, f"http://localhost:{port}")
    wrong.page.goto(f"http://localhost:{port}/frame.html")
    wrong.until("document.readyState === 'complete'")
    assert any("frame-ancestors" in text for text in wrong.wrong)
    top = httpx.get(f"{served.url}/embed/{good['id']}", headers={"Sec-Fetch-Dest": "document"})
    assert top.status_code == 403 and top.json()["code"] == "only_in_a_frame"
    for window in (visitor, wrong):
        window.page.close()


def test_the_player_shows_public_avatars_on_any_site(
    browser: Any, served: Served, site: tuple[Path, int]
) -> None:
    folder, port = site
    first = httpx.get(f"{served.url}/v1/gallery").json()["items"][0]["id"]
    (folder / "player.html").write_text(
        f'{_HEAD}<script type="module" src="{served.url}/player/visavis.js"></script>'
        f'<visavis-avatar src="{served.url}/v1/gallery/{first}/file"></visavis-avatar>'
    )
    visitor = _window(browser, served.url)
    visitor.page.goto(f"http://localhost:{port}/player.html")
    visitor.until("document.querySelector('visavis-avatar').drawn > 2")
    assert not visitor.wrong
    visitor.page.close()


def test_the_studio_makes_a_token(window: Visitor, ada: httpx.Client) -> None:
    _otto(ada)
    page = window.go("/embeds")
    page.get_by_role("button", name="Embed an avatar").first.click()
    page.get_by_label("Sites").fill("https://Example.org/")
    page.get_by_label("Name").fill("shop window")
    page.get_by_role("button", name="Make the token").click()
    shown = page.locator("pre[aria-label='Two lines']").inner_text()
    assert "/embed.js" in shown and 'token="emb_' in shown
    page.get_by_role("tab", name="A frame").click()
    assert "<iframe" in page.locator("pre[aria-label='A frame']").inner_text()
    page.get_by_role("button", name="Done").click()
    kept = next(one for one in ada.get("/v1/embeds").json()["items"] if one["name"])
    assert kept["origins"] == ["https://example.org"] and kept["minutes"] == 5
    row = page.locator("tr", has_text="shop window")
    row.get_by_role("button", name="Revoke").click()
    page.get_by_role("button", name="Revoke it").click()
    row.get_by_text("revoked").wait_for()
    assert not window.wrong and not window.outside
