"""What the server refuses, and what it says to browsers."""

from __future__ import annotations

import json

import httpx
import pytest

from tests.talk.conftest import Served
from visavis.errors import InvalidOption
from visavis.talk import messages

OFFER = {"sdp": "v=0", "character": "ada", "screen": {"width": 800, "height": 600}}


def post(served: Served, path: str, body: object, **headers: str) -> httpx.Response:
    own = {"origin": served.url.rstrip("/"), "content-type": "application/json", **headers}
    return httpx.post(f"{served.url}{path}", content=json.dumps(body), headers=own, timeout=20)


def test_the_page_is_confined_to_this_server(served: Served) -> None:
    answer = httpx.get(served.url)
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "http" not in policy
    assert "frame-ancestors 'none'" in policy
    for line in answer.text.splitlines():
        assert "://" not in line.replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", "http://127.0.0.1:1"])
def test_another_page_may_not_post(served: Served, origin: str) -> None:
    for path in ("api/offer", "api/leave"):
        assert post(served, path, OFFER, origin=origin).status_code == 403
    assert served.visitors == 0


def test_another_name_for_this_machine_is_refused(served: Served) -> None:
    port = served.url.rstrip("/").rsplit(":", 1)[1]
    for host in (f"evil.example:{port}", "", "a@127.0.0.1", "127.0.0.1.evil.example"):
        assert httpx.get(served.url, headers={"host": host}).status_code in (400, 421)
    assert httpx.get(served.url, headers={"host": f"localhost:{port}"}).status_code == 200


def test_long_and_broken_bodies(served: Served) -> None:
    assert post(served, "api/offer", {**OFFER, "sdp": "x" * 200_000}).status_code == 413
    assert post(served, "api/offer", {**OFFER, "sdp": "x" * 70_000}).status_code == 422
    assert post(served, "api/offer", {**OFFER, "more": 1}).status_code == 422
    assert post(served, "api/leave", {"visit": "nobody"}).status_code == 204


def test_offers_that_cannot_be_met_leave_nothing(served: Served) -> None:
    answer = post(served, "api/offer", OFFER)
    assert answer.status_code == 400 and "cannot be answered" in answer.json()["detail"]
    answer = post(served, "api/offer", {**OFFER, "character": "../ada"})
    assert answer.status_code == 400 and "no character" in answer.json()["detail"]
    assert served.visitors == 0


def test_the_cast(served: Served) -> None:
    found = httpx.get(f"{served.url}api/cast").json()
    assert found["first"] == "ada"
    assert {"ada", "tiny", "mei", "otto", "rufus"} == {member["key"] for member in found["cast"]}
    picture = httpx.get(f"{served.url}api/cast/mei.webp")
    assert picture.headers["content-type"] == "image/webp" and picture.content[8:12] == b"WEBP"
    assert httpx.get(f"{served.url}api/cast/nobody.webp").status_code == 400
    assert httpx.get(f"{served.url}page/../app.py").status_code == 404


@pytest.mark.parametrize(
    "data",
    [
        "", "[]", "{}", '{"type": "say"}', '{"type": "say", "text": ""}', b"bytes", 7, "x" * 20_000,
        '{"type": "say", "text": "a", "b": 1}', '{"type": "emotion", "name": "sad", "strength": 9}',
        '{"type": "screen", "screen": {"width": 0, "height": 9}}', '{"type": "launch"}',
        json.dumps({"type": "say", "text": "x" * 2001}),
    ],
)  # fmt: skip
def test_messages_that_mean_nothing(data: object) -> None:
    with pytest.raises(InvalidOption) as caught:
        messages.parse(data)
    assert "\n" not in str(caught.value)
