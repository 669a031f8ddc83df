"""Embed tokens: only pages of their sites get anything, talks are counted, limits hold."""

from __future__ import annotations

import asyncio
import datetime
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.cloud.served import served_here
from tests.cloud.somebody import Somebody
from visavis import stream
from visavis.cloud import ids
from visavis.cloud.context import Cloud
from visavis.cloud.database import Avatar, EmbedToken, LedgerEntry, LiveSession
from visavis.cloud.sessions import ending
from visavis.cloud.sessions.ending import SYSTEM
from visavis.cloud.sessions.keeping import Keeper
from visavis.cloud.settings import load
from visavis.library import CHARACTERS

pytestmark = pytest.mark.asyncio
OTTO = (CHARACTERS / "otto.imx").read_bytes()
SITE = "https://shop.example"


@pytest_asyncio.fixture
async def cloud(prepared_url: str, tmp_path: Path) -> AsyncIterator[Cloud]:
    """A cloud behind a real HTTP server, with WebSockets as `visavis cloud` has them."""
    settings = load(data=tmp_path / "data", database=prepared_url, rate="100000/minute",
                    rate_log_in="100000/minute", sign_up="open", engine="none",
                    heartbeat=0.3)  # fmt: skip
    async with served_here(Cloud(settings), ws="websockets-sansio") as running:
        yield running


@pytest_asyncio.fixture
async def otto(cloud: Cloud, ada: Somebody) -> str:
    """An avatar of Ada's."""
    named = ids.avatar_id()
    await cloud.files.put(f"avatars/{named}/it.imx", OTTO)
    async with cloud.database.write(SYSTEM) as db:
        db.add(
            Avatar(id=named, org_id=ada.me["org_id"], name="Otto", status="ready", kind="drawn",
                   file_key=f"avatars/{named}/it.imx", preview_key="", size=len(OTTO),
                   sha256=hashlib.sha256(OTTO).hexdigest(), consent="no_person", licence="",
                   visibility="private", search="otto", created_at=cloud.now(),
                   updated_at=cloud.now())
        )  # fmt: skip
    return named


async def token(who: Somebody, avatar_id: str, **more: Any) -> dict[str, Any]:
    form = {"avatar_id": avatar_id, "origins": [SITE]} | more
    made = await who.http.post("/v1/embeds", json=form)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


def talk(cloud: Cloud, made: dict[str, Any], origin: str = SITE, shown: str | None = None) -> Any:
    """A talk, as the player begins it."""
    url = f"ws://127.0.0.1:{cloud.port}/v1/embeds/{made['id']}/motion"
    named: Any = ["visavis-motion-1", f"visavis-token.{shown or made['token']}"]
    site: Any = origin
    return connect(url, origin=site, subprotocols=named)


async def row_of(cloud: Cloud, embed_id: str) -> list[LiveSession]:
    async with cloud.database.read(SYSTEM) as db:
        found = await db.scalars(
            select(LiveSession)
            .where(LiveSession.embed_id == embed_id)
            .order_by(LiveSession.created_at)
        )
        return list(found.all())


async def over(cloud: Cloud, embed_id: str) -> LiveSession:
    """The last talk, once it has ended."""
    for _ in range(600):
        rows = await row_of(cloud, embed_id)
        if rows and rows[-1].state == "ended":
            return rows[-1]
        await asyncio.sleep(0.05)
    raise AssertionError("it never ended")


async def until_closed(socket: Any) -> tuple[int, str]:
    """Read on until the other side closes; its code and reason."""
    try:
        while True:
            await asyncio.wait_for(socket.recv(), 30)
    except ConnectionClosed as closed:
        assert closed.rcvd is not None
        return closed.rcvd.code, closed.rcvd.reason


async def test_a_talk_is_a_session_of_the_ledger(cloud: Cloud, ada: Somebody, otto: str) -> None:
    made = await token(ada, otto, name="start page", minutes=7)
    assert made["state"] == "good" and made["token"].startswith(made["id"] + ".")
    async with talk(cloud, made) as socket:
        assert socket.subprotocol == "visavis-motion-1"
        decoder = stream.Decoder()
        decoder.decode(await socket.recv())
        await socket.send('{"type": "say", "text": "Hello."}')
        while not any(
            isinstance(one, stream.Sound) for one in decoder.decode(await socket.recv()).records
        ):
            pass
        (live,) = await row_of(cloud, made["id"])
        assert live.state == "running" and live.limit_seconds == 420 and live.token == ""
        for what in ("say", "context"):
            said = await ada.http.post(f"/v1/sessions/{live.id}/{what}", json={"text": "x"})
            assert said.status_code == 409 and said.json()["code"] == "on_a_page"
        await asyncio.sleep(1.2)
    ended = await over(cloud, made["id"])
    assert ended.seconds >= 1 and ended.reason == "the page was closed"
    assert ended.figures["packets"] > 0
    async with cloud.database.read(SYSTEM) as db:
        entries = (
            await db.scalars(select(LedgerEntry).where(LedgerEntry.session_id == ended.id))
        ).all()
    kinds = [one.kind for one in sorted(entries, key=lambda one: one.sequence)]
    assert kinds[0] == "started" and kinds[-1] == "ended" and "heartbeat" in kinds
    assert sum(one.seconds for one in entries) == ended.seconds
    usage = (await ada.http.get("/v1/usage")).json()
    assert usage["seconds"] == ended.seconds
    shown = (await ada.http.get("/v1/embeds")).json()["items"]
    assert [one["used_seconds"] for one in shown] == [ended.seconds]
    assert made["token"] not in str(shown)


async def test_only_its_sites_get_anything(cloud: Cloud, ada: Somebody, otto: str) -> None:
    made = await token(ada, otto, origins=["https://Shop.example:443/", "http://localhost:3000"])
    assert made["origins"] == ["http://localhost:3000", "https://shop.example"]
    file = f"http://cloud.test/v1/embeds/{made['id']}/file"
    bearer = {"Authorization": f"Bearer {made['token']}"}
    browser = ada.browser()
    for headers, status in (
        ({"Origin": SITE}, 200),
        ({"Origin": "http://localhost:3000"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),  # the page for frames
        ({}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://shop.example"}, 403),
        ({"Origin": "https://shop.example.evil.example"}, 403),
        ({"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, 403),
    ):
        answer = await browser.get(file, headers=bearer | headers)
        assert answer.status_code == status, (headers, answer.text)
        assert answer.headers["access-control-allow-origin"] == "*"
        if status == 200:
            assert answer.content == OTTO
    for shown in (made["token"][:-1] + "_", made["id"], "vv_whatever", ""):
        wrong = {"Authorization": f"Bearer {shown}", "Origin": SITE}
        assert (await browser.get(file, headers=wrong)).status_code == 401
    for origin, shown, status in (
        ("https://evil.example", None, 403),
        (SITE, made["token"][:-1] + "_", 401),
        (SITE, "nothing", 401),
    ):
        with pytest.raises(InvalidStatus) as refused:
            async with talk(cloud, made, origin, shown):
                pass
        assert refused.value.response.status_code == status
    assert await row_of(cloud, made["id"]) == []
    await browser.aclose()


async def test_what_is_over_is_refused_and_ends(cloud: Cloud, ada: Somebody, otto: str) -> None:
    made = await token(ada, otto)
    async with talk(cloud, made) as socket:
        await socket.recv()
        revoked = await ada.http.post(f"/v1/embeds/{made['id']}/revoke")
        assert revoked.json()["state"] == "revoked"
        code, _ = await until_closed(socket)
        assert code == 1000
    assert (await over(cloud, made["id"])).reason == "its token is revoked"
    with pytest.raises(InvalidStatus) as refused:
        async with talk(cloud, made):
            pass
    assert refused.value.response.status_code == 410
    assert (await ada.http.post(f"/v1/embeds/{made['id']}/revoke")).status_code == 409

    stale = await token(ada, otto)
    before = cloud.now() - datetime.timedelta(seconds=1)
    async with cloud.database.write(SYSTEM) as db:
        await db.execute(
            update(EmbedToken).where(EmbedToken.id == stale["id"]).values(expires_at=before)
        )
    with pytest.raises(InvalidStatus) as refused:
        async with talk(cloud, stale):
            pass
    assert refused.value.response.status_code == 410
    assert (await ada.http.get(f"/v1/embeds/{stale['id']}")).json()["state"] == "expired"

    last = await token(ada, otto)  # an avatar that is deleted takes its tokens along
    gone = (await ada.http.delete(f"/v1/avatars/{otto}")).json()["gone"]
    assert "3 embed tokens" in gone
    with pytest.raises(InvalidStatus) as refused:
        async with talk(cloud, last):
            pass
    assert refused.value.response.status_code == 401


async def test_limits_hold(cloud: Cloud, ada: Somebody, otto: str) -> None:
    made = await token(ada, otto, total_minutes=1)
    async with cloud.database.write(SYSTEM) as db:
        await db.execute(
            update(EmbedToken).where(EmbedToken.id == made["id"]).values(total_seconds=1)
        )
    async with talk(cloud, made) as socket:
        assert (await until_closed(socket))[0] == 1000
    assert (await over(cloud, made["id"])).reason == "its time is over"
    async with talk(cloud, made) as socket:
        assert await until_closed(socket) == (1008, "The time that this token is for is used up.")

    other = await token(ada, otto)
    async with talk(cloud, other) as socket:
        await socket.recv()
        (live,) = await row_of(cloud, other["id"])
        stopped = await ada.http.post(f"/v1/sessions/{live.id}/stop")
        assert stopped.json()["state"] == "ended"
        assert (await until_closed(socket))[0] == 1000
    assert (await over(cloud, other["id"])).reason == "stopped by request"

    spent = {"hard": 0, "soft": None}
    assert (await ada.http.put("/v1/budget", json=spent)).is_success
    async with talk(cloud, other) as socket:
        code, reason = await until_closed(socket)
        assert code == 1008 and "budget" in reason
    async with cloud.database.read(SYSTEM) as db:
        unfinished = await db.scalar(
            select(func.count()).where(LiveSession.state != "ended")
        )  # fmt: skip
    assert unfinished == 0


async def test_a_talk_whose_process_died_ends_at_its_last_entry(
    cloud: Cloud, ada: Somebody, otto: str
) -> None:
    made, now = await token(ada, otto), cloud.now()
    began, heard = now - datetime.timedelta(seconds=200), now - datetime.timedelta(seconds=150)
    async with cloud.database.write(SYSTEM) as db:
        db.add(
            LiveSession(id="ses_" + "7" * 16, org_id=ada.me["org_id"], embed_id=made["id"],
                        avatar_id=otto, state="running", task_id="it", seconds=50, sequence=3,
                        created_at=began, joined_at=began, heartbeat_at=heard)
        )  # fmt: skip
    keeper = Keeper(cloud)
    keeper._began -= 1000
    await keeper.look()
    ended = await over(cloud, made["id"])
    assert ended.seconds == 50 and ended.ended_at == heard


async def test_the_end_is_entered_when_the_database_is_back(
    cloud: Cloud, ada: Somebody, otto: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, real, lost = await token(ada, otto), ending.settle, []

    async def settle(*told: Any) -> None:
        if told[2].ended and not lost:
            lost.append(told)
            raise OperationalError("", None, Exception("away"))
        await real(*told)

    monkeypatch.setattr(ending, "settle", settle)
    async with talk(cloud, made) as socket:
        await socket.recv()
    assert (await over(cloud, made["id"])).reason == "the page was closed"
    assert len(lost) == 1 and cloud.talks is not None and len(cloud.talks) == 0
