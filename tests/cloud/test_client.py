"""The client against a real server: makes, finds and fetches avatars; tries again; the commands."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import visavis
from tests.cloud.served import served
from tests.cloud.somebody import PASSWORD
from tests.cloud.test_avatars import OTTO
from visavis.client import Client, credentials
from visavis.cloud.app import create_app
from visavis.cloud.context import Cloud
from visavis.cloud.settings import load
from visavis.errors import InvalidOption, ServiceError
from visavis.library import CHARACTERS


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A cloud with an account: its address and an API secret."""
    settings = load(data=tmp_path_factory.mktemp("cloud") / "data", sign_up="open", engine="none")
    with served(create_app(Cloud(settings))) as url:
        form = {"email": "ada@example.org", "password": PASSWORD, "name": "Ada"}
        with httpx.Client(base_url=url, timeout=60) as http:
            http.headers["X-CSRF-Token"] = http.post("/v1/sign-up", json=form).json()["csrf"]
            yield url, http.post("/v1/secrets", json={"name": "test"}).json()["secret"]


@pytest.fixture(autouse=True)
def nobody_is_logged_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credentials of the machine's user."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("VISAVIS_API_URL", raising=False)
    monkeypatch.delenv("VISAVIS_API_SECRET", raising=False)


def test_make_find_fetch_copy_delete(cloud: tuple[str, str], tmp_path: Path) -> None:
    told: list[float] = []
    with visavis.Client(*cloud) as client:
        made = client.push(
            OTTO, name="Otto", consent="no_person", tags=["robot"], visibility="public",
            progress=lambda step, part: told.append(part),
        )  # fmt: skip
        assert made.status == "ready" and made.tags == ["robot"] and told[-1] == 1.0
        assert [one.id for one in client.avatars(tag="robot")] == [made.id]
        assert [one.id for one in client.gallery("otto")] == [made.id]
        file = client.pull(made.id, tmp_path / "otto.imx")
        assert file.read_bytes() == OTTO
        copy = client.clone(made.id, "Otto II")
        assert copy.name == "Otto II" and copy.id != made.id
        assert f"avatar {made.id} (Otto)" in client.delete(made.id)
        with pytest.raises(ServiceError, match="no avatar"):
            client.avatar(made.id)
        assert client.usage()["seconds"] == 0
        assert client.usage_csv().count("\n") >= 1


def test_the_same_asynchronously(cloud: tuple[str, str], tmp_path: Path) -> None:
    async def use() -> None:
        async with visavis.AsyncClient(*cloud) as client:
            assert (await client.me())["organisations"][0]["name"] == "Ada"
            mei = CHARACTERS / "mei.imx"
            made = await client.push(mei, name="Mei", consent="no_person")
            file = await client.pull(made.id, tmp_path / "mei.imx")
            assert file.read_bytes() == mei.read_bytes()
            with pytest.raises(ServiceError, match="no avatar could be made"):
                await client.push(b"no picture", name="x", consent="no_person")
            await client.delete(made.id)

    asyncio.run(use())


def test_embed_tokens_are_made_listed_and_revoked(cloud: tuple[str, str]) -> None:
    """That pages can talk with them, `test_embeds.py` shows."""
    site = "https://shop.example"
    with Client(*cloud) as client:
        avatar = client.push(OTTO, name="Otto", consent="no_person")
        made = client.embed(avatar.id, [site], name="start page", minutes=7, total_minutes=60)
        assert (made.state, made.origins, made.minutes, made.total_minutes) == (
            "good",
            [site],
            7,
            60,
        )
        assert made.token.startswith(made.id) and made.token in made.html
        assert made.page.endswith(f"#{made.token}") and made.token not in repr(made)
        headers = {"Authorization": f"Bearer {made.token}", "Origin": site}
        file = f"{cloud[0]}/v1/embeds/{made.id}/file"
        assert httpx.get(file, headers=headers).content == OTTO
        (listed,) = client.embeds()
        assert listed.id == made.id and listed.token == listed.page == listed.html == ""
        with pytest.raises(ServiceError, match="site"):
            client.embed(avatar.id, ["no site"])

    async def revoke() -> None:
        async with visavis.AsyncClient(*cloud) as client:
            other = await client.embed(avatar.id, [site])
            assert other.minutes == 5 and other.total_minutes is None
            assert (await client.revoke_embed(made.id)).state == "revoked"
            assert [one.state for one in await client.embeds()] == ["good", "revoked"]
            assert await client.delete(avatar.id)

    asyncio.run(revoke())
    assert httpx.get(file, headers=headers).status_code in (401, 403, 404)


def test_sessions_are_launched_by_the_cloud_s_rules(cloud: tuple[str, str]) -> None:
    """That avatars really come into rooms, `test_sessions.py` and its neighbours show."""
    asked: list[str] = []

    class Counting(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            asked.append(request.method)
            return super().handle_request(request)

    with Client(*cloud, transport=Counting()) as client:
        assert client.sessions() == client.sessions("open") == []
        with pytest.raises(ServiceError, match="launches no sessions"):
            client.launch("A1B2C3D4E5", "wss://rooms.example", "no token")
        assert asked.count("POST") == 1  # it is told so once: asking again changes nothing
        for call in (client.stop, lambda one: client.direct(one, "say", text="Hello.")):
            with pytest.raises(ServiceError, match="no session"):
                call("ses_7h2k4m6n8p0q2r4s")


def test_refusals_say_what_to_do_and_hold_no_secret(cloud: tuple[str, str]) -> None:
    wrong = cloud[1][:-4] + "AAAA"
    with Client(cloud[0], wrong) as client, pytest.raises(ServiceError) as raised:
        client.me()
    assert "Copy it again" in str(raised.value) and wrong not in str(raised.value)
    assert wrong not in repr(client._known)
    with pytest.raises(InvalidOption, match="visavis login"):
        Client()
    with pytest.raises(InvalidOption, match="no http"):
        Client("cloud.example", "x")


def test_what_is_lost_or_put_off_is_sent_again_and_done_once(cloud: tuple[str, str]) -> None:
    """The connection breaks after the request has been done; then the server asks to wait."""
    seen: list[tuple[str, str | None]] = []

    class Unlucky(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            seen.append((request.method, request.headers.get("idempotency-key")))
            if len(seen) == 3:
                return httpx.Response(503, headers={"Retry-After": "0"})
            response = super().handle_request(request)
            if len(seen) == 2:
                response.read()
                raise httpx.ReadError("gone")
            return response

    with Client(*cloud) as client:
        made = client.push(OTTO, name="Once", consent="no_person")
    with Client(*cloud, transport=Unlucky()) as client:
        client.me()
        copy = client.clone(made.id, "The copy")
    posts = [key for method, key in seen if method == "POST"]
    assert len(posts) == 3 and len(set(posts)) == 1 and posts[0]
    with Client(*cloud) as client:
        assert [one.id for one in client.avatars("copy")] == [copy.id]
        client.delete(copy.id)
        client.delete(made.id)


def test_a_secret_is_for_its_own_cloud_only(cloud: tuple[str, str]) -> None:
    credentials.keep(credentials.Credentials(*cloud))
    assert credentials.find().url == cloud[0]
    assert credentials.find(cloud[0] + "/launch").secret == cloud[1]
    with pytest.raises(InvalidOption):
        credentials.find("https://elsewhere.example")
    assert credentials.forget() and not credentials.forget()


def _visavis(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "visavis.cli", *arguments], input=stdin, text=True,
        capture_output=True, env=os.environ.copy(),
    )  # fmt: skip


def test_the_commands(cloud: tuple[str, str], tmp_path: Path) -> None:
    none = _visavis("pull", "A1B2C3D4E5")
    assert none.returncode == 1 and "visavis login" in none.stderr
    wrong = _visavis("login", cloud[0], stdin="vv_wrong\n")
    assert wrong.returncode == 1 and "Copy it again" in wrong.stderr
    done = _visavis("login", cloud[0], stdin=cloud[1] + "\n")
    assert done.returncode == 0 and cloud[1] not in done.stdout + done.stderr
    kept = credentials.path()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    source = str(CHARACTERS / "otto.imx")
    pushed = _visavis("push", source, "--consent", "no_person", "--tag", "robot", "--json")
    assert pushed.returncode == 0, pushed.stderr
    made = json.loads(pushed.stdout)
    assert made["name"] == "otto" and made["tags"] == ["robot"]
    out = tmp_path / "back.imx"
    pulled = _visavis("pull", made["id"], "-o", str(out))
    assert pulled.returncode == 0 and out.read_bytes() == OTTO
    used = _visavis("usage", "--json")
    assert used.returncode == 0 and json.loads(used.stdout)["seconds"] == 0
    assert _visavis("usage").returncode == 0
    assert _visavis("usage", "--month", "never").returncode == 1
    assert _visavis("login", "--forget").returncode == 0 and not kept.exists()
