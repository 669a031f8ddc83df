"""Create, library, one avatar, keys, talking: what a developer does, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.studio.conftest import Served, Visitor


def test_a_photo_becomes_an_avatar(window: Visitor, photo: Path) -> None:
    page = window.go("/create")
    page.set_input_files("#file", photo)
    page.wait_for_selector(".face-mark", timeout=60_000)
    place = page.locator(".face-mark").evaluate(
        "(one) => [one.style.left, one.style.top].map(parseFloat)"
    )
    assert 30 < place[0] < 45 and 5 < place[1] < 25  # per cent; her face is up there
    page.get_by_label("Name", exact=True).fill("Eileen")
    page.get_by_label("A picture with a licence").check()
    page.get_by_label("Licence of the picture").fill("public domain")
    page.get_by_role("button", name="Make the avatar").click()
    page.wait_for_selector(".made visavis-avatar.here", timeout=180_000)
    assert page.get_by_role("heading", name="Meet Eileen.").is_visible()
    assert not window.wrong and not window.outside


def test_a_drawing_with_points_placed_by_hand(
    window: Visitor, ada: httpx.Client, photo: Path
) -> None:
    from PIL import Image

    drawing = photo.parent / "drawing.png"
    preview = ada.get(ada.get("/v1/gallery?q=ada").json()["items"][0]["preview"])
    (photo.parent / "ada.webp").write_bytes(preview.content)
    Image.open(photo.parent / "ada.webp").save(drawing)
    page = window.go("/create")
    page.set_input_files("#file", drawing)
    page.get_by_role("button", name="Place the points by hand").click(timeout=60_000)
    tip = page.get_by_role("button", name="Nose: tip")
    before = tip.bounding_box()
    page.mouse.move(before["x"] + before["width"] / 2, before["y"] + before["height"] / 2)
    page.mouse.down()
    page.mouse.move(before["x"] + before["width"] / 2 + 12, before["y"] + before["height"] / 2 + 5)
    page.mouse.up()
    after = tip.bounding_box()
    assert abs(after["x"] - before["x"] - 12) < 1 and abs(after["y"] - before["y"] - 5) < 1
    page.keyboard.press("ArrowLeft")
    assert tip.bounding_box()["x"] < after["x"]
    page.get_by_label("Name", exact=True).fill("By hand")
    page.get_by_label("Nobody real").check()
    page.get_by_role("button", name="Make the avatar").click()
    page.wait_for_selector(".made visavis-avatar.here", timeout=180_000)
    assert ada.get("/v1/avatars?q=hand").json()["items"][0]["kind"] == "drawn"  # found: photo
    assert not window.wrong


def test_a_picture_from_the_camera(window: Visitor) -> None:
    page = window.go("/create")
    page.get_by_role("button", name="Take one").click()
    with page.expect_response("**/v1/studio/faces", timeout=60_000) as answered:
        page.get_by_role("button", name="Take the picture").click(timeout=30_000)
    assert answered.value.json()["size"] == [1280, 960]  # as the page asks the camera for
    assert page.locator("dialog").count() == 0


def test_a_file_that_is_no_picture(window: Visitor, tmp_path: Path) -> None:
    file = tmp_path / "words.png"
    file.write_text("no picture")
    page = window.go("/create")
    page.set_input_files("#file", file)
    page.wait_for_selector("#notices .bad", timeout=60_000)
    assert page.locator(".drop").is_visible()


def test_the_library(window: Visitor, ada: httpx.Client) -> None:
    page = window.go("/explore")
    page.get_by_role("link", name=re.compile("^Otto")).first.click()
    page.get_by_role("button", name="Copy", exact=True).first.click()
    page.get_by_label("Name of the copy").fill("Ottilie")
    page.get_by_role("button", name="Copy it").click()
    page.get_by_role("heading", name="Ottilie").wait_for()
    avatar_id = page.url.rpartition("/")[2]
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Description").fill("Sings.")
    page.get_by_label("Public").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Sings.").wait_for()
    shown = ada.get(f"/v1/gallery/{avatar_id}").json()
    assert (shown["name"], shown["visibility"]) == ("Ottilie", "public")
    page = window.go("/library")
    with page.expect_download() as file:
        page.get_by_role("button", name="More for Ottilie").click()
        page.get_by_role("button", name="Download").click()
    assert Path(file.value.path()).read_bytes()[:2] == b"PK"
    page.get_by_role("button", name="More for Ottilie").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete for good").click()
    page.locator("ul.gone li").first.wait_for()
    gone = page.locator("ul.gone li").all_inner_texts()
    assert any("Ottilie" in line for line in gone) and any("file" in line for line in gone)
    assert ada.get(f"/v1/avatars/{avatar_id}").status_code == 404
    assert not window.wrong and not window.outside


def test_keys(window: Visitor, served: Served) -> None:
    page = window.go("/developer")
    page.get_by_role("button", name="Make a key").first.click()
    page.get_by_label("Name").fill("agents")
    page.get_by_role("button", name="Make the key").click()
    secret = page.get_by_label("API key", exact=True).inner_text().strip()
    program = httpx.Client(base_url=served.url, headers={"Authorization": f"Bearer {secret}"})
    with program:
        assert program.get("/v1/avatars").status_code == 200
        page.get_by_role("button", name="Copy").last.click()
        assert page.evaluate("navigator.clipboard.readText()") == secret
        page.get_by_role("button", name="Done").click()
        assert secret in page.locator("pre[aria-label='LiveKit agent']").inner_text()
        page.reload()
        page.get_by_text("agents").first.wait_for()
        assert secret not in page.content()
        page.get_by_role("button", name="Revoke").click()
        page.get_by_role("button", name="Revoke it").click()
        page.get_by_text("revoked").wait_for()
        assert program.get("/v1/avatars").status_code == 401
    assert not window.wrong


def test_talking(window: Visitor, ada: httpx.Client) -> None:
    pytest.importorskip("espeakng_loader", reason="the wheel espeakng-loader is not installed")
    otto = ada.get("/v1/gallery?q=robot").json()["items"][0]
    page = window.page
    page.goto(f"{window.url}/talk/{otto['id']}")
    page.wait_for_selector("body[data-phase=live]")
    assert page.locator("#who-name").inner_text() == otto["name"]
    page.get_by_label("What to say").fill("Good morning.")
    page.keyboard.press("Enter")
    page.wait_for_selector("#captions p")
    assert page.evaluate("visavis.drawn.connected && visavis.drawn.face.drawn > 2")  # no video
    page.get_by_role("link", name="Back").click()
    page.wait_for_url(f"**/avatars/{otto['id']}")
    assert not window.wrong and not window.outside


def test_who_is_not_known_logs_in_before_talking(stranger: Visitor, served: Served) -> None:
    otto = httpx.get(f"{served.url}/v1/gallery?q=robot").json()["items"][0]["id"]
    stranger.page.goto(f"{served.url}/talk/{otto}")
    stranger.page.wait_for_url(f"**/log-in?next=/talk/{otto}")


def test_talks_are_for_pages_of_ours(served: Served, ada: httpx.Client) -> None:
    otto = httpx.get(f"{served.url}/v1/gallery?q=robot").json()["items"][0]["id"]
    address = f"{served.url.replace('http', 'ws')}/v1/studio/talk/{otto}/motion/{otto}"
    cookie = "; ".join(f"{one.name}={one.value}" for one in ada.cookies.jar)
    for origin, shown, status in (
        (served.url, "", 401),
        ("https://evil.example", cookie, 403),
        (None, cookie, 403),
    ):
        with pytest.raises(InvalidStatus) as refused:
            connect(address, origin=origin, additional_headers={"Cookie": shown})  # type: ignore[arg-type]
        assert refused.value.response.status_code == status
    with connect(address, origin=served.url, additional_headers={"Cookie": cookie}) as socket:  # type: ignore[arg-type]
        assert isinstance(socket.recv(30), str | bytes)
    file = f"/v1/studio/talk/{otto}/avatars/{otto}.imx"
    assert ada.get(file).status_code == 200
    assert httpx.get(served.url + file).status_code == 401
