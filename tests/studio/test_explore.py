"""Explore: the gallery is alive."""

from __future__ import annotations

from tests.studio.conftest import Served, Visitor
from visavis.pose import INDEX

_GAZE = INDEX["gazeX"]


def test_faces_live_and_look_at_who_points_at_them(stranger: Visitor) -> None:
    page = stranger.go("/explore")
    page.wait_for_selector(".face-card visavis-avatar.here")
    assert page.locator(".face-card").count() == 4
    card = page.locator(".face-card").first
    place = card.bounding_box()
    page.evaluate(
        f"""() => {{
          const face = document.querySelector("visavis-avatar"), before = face.pose;
          window.seen = [];
          face.pose = (pose, now) => {{ before(pose, now); seen.push(pose[{_GAZE}]); }};
        }}"""
    )
    page.mouse.move(place["x"] + place["width"] - 4, place["y"] + place["height"] / 2)
    stranger.until("Math.max(...seen) > 3.5")  # by itself it looks 1 or 2 degrees aside
    words = "[...document.querySelectorAll('visavis-avatar')].map((one) => one.captions).join('')"
    stranger.until(f"{words}.length > 5")
    page.mouse.move(5, 5)
    stranger.until(f"{words} === ''")
    assert not stranger.wrong and not stranger.outside


def test_a_line_has_sound_in_step_with_its_poses(served: Served) -> None:
    import base64
    import io
    import wave

    import httpx

    first = httpx.get(f"{served.url}/v1/gallery").json()["items"][0]
    said = httpx.get(f"{served.url}/v1/studio/avatars/{first['id']}/line", timeout=60).json()
    with wave.open(io.BytesIO(base64.b64decode(said["sound"]))) as sound:
        seconds = sound.getnframes() / sound.getframerate()
    assert first["name"] in said["text"]
    assert abs(len(said["poses"]) / said["fps"] - seconds) < 1 / said["fps"] + 1e-6
    jaw = [pose[INDEX["jawOpen"]] for pose in said["poses"]]
    assert max(jaw) > 0.15 > min(jaw)


def test_searching(stranger: Visitor) -> None:
    page = stranger.go("/explore")
    page.get_by_label("Search characters").fill("robot")
    stranger.until("document.querySelectorAll('.face-card').length === 1")
    assert page.locator(".names a").inner_text() == "Otto"
    assert page.url.endswith("?search=robot")
    page.get_by_label("Search characters").fill("nobody at all")
    page.get_by_role("button", name="Show all").click()
    stranger.until("document.querySelectorAll('.face-card').length === 4")
    page.get_by_role("button", name="animal", exact=True).click()
    stranger.until("document.querySelectorAll('.face-card').length === 2")
    page.reload()
    stranger.until("document.querySelectorAll('.face-card').length === 2")


def test_few_faces_are_drawn_at_a_time_and_all_are_let_go(stranger: Visitor) -> None:
    page = stranger.go("/explore")
    page.wait_for_selector("visavis-avatar.here")
    page.evaluate("window.faces = [...document.querySelectorAll('visavis-avatar')]")
    assert 1 <= page.evaluate("faces.length") <= 8
    page.get_by_role("link", name="Log in").first.click()
    page.wait_for_selector(".enter-box")
    # A face still being fetched when its page was left has no context yet, and must get none.
    assert page.evaluate("faces.some((one) => one.gl)")
    stranger.until("faces.every((one) => !one.avatar && (!one.gl || one.gl.isContextLost()))")
    assert page.evaluate("faces.every((one) => !one.loading)")
