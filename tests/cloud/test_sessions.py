"""Sessions are launched onto a real worker process, kept, directed, counted and stopped."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import func, select

from tests.cloud.somebody import Somebody
from tests.helpers.null_worker import PROGRAM, read_truth
from tests.helpers.room_token import launch_form
from visavis.cloud.app import create_app
from visavis.cloud.context import Cloud
from visavis.cloud.database import Avatar, LedgerEntry, LiveSession, Worker
from visavis.cloud.engines.local import LocalEngine
from visavis.cloud.sessions.ending import SYSTEM
from visavis.cloud.settings import load

pytestmark = pytest.mark.asyncio


async def eventually(true: Callable[[], Awaitable[object]], within: float = 30.0) -> None:
    """Wait until something is true; the limit only ends a test that has failed."""
    loop = asyncio.get_running_loop()
    end = loop.time() + within
    while not await true():
        assert loop.time() < end, "that did not happen"
        await asyncio.sleep(0.05)


@pytest.fixture
def truth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "truth"
    folder.mkdir()
    monkeypatch.setenv("VISAVIS_NULL_TRUTH", str(folder))
    return folder


@asynccontextmanager
async def working(database_url: str, tmp_path: Path) -> AsyncIterator[Cloud]:
    """A cloud with a worker that draws nothing and has four places."""
    settings = load(data=tmp_path / "data", database=database_url, rate="100000/minute",
                    rate_log_in="100000/minute", sign_up="open", engine="none", heartbeat=0.5,
                    sessions=4, drain=0.0)  # fmt: skip
    running = Cloud(settings)
    running.engine = LocalEngine(running, PROGRAM)
    app = create_app(running)
    async with app.router.lifespan_context(app):
        running.app = app  # type: ignore[attr-defined]
        await eventually(lambda: worker_is(running, "ready"))
        yield running


@pytest_asyncio.fixture
async def cloud(database_url: str, tmp_path: Path, truth: Path) -> AsyncIterator[Cloud]:
    async with working(database_url, tmp_path) as running:
        yield running


async def worker_is(cloud: Cloud, state: str) -> bool:
    async with cloud.database.read(SYSTEM) as db:
        return await db.scalar(select(Worker.state)) == state


async def taken(cloud: Cloud) -> int:
    async with cloud.database.read(SYSTEM) as db:
        return int(await db.scalar(select(Worker.taken)) or 0)


async def state_of(client: httpx.AsyncClient, session_id: str) -> str:
    answer = await client.get(f"/v1/sessions/{session_id}")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["state"])


async def kinds(cloud: Cloud, session_id: str) -> list[tuple[int, str]]:
    async with cloud.database.read(SYSTEM) as db:
        rows = await db.execute(
            select(LedgerEntry.sequence, LedgerEntry.kind)
            .where(LedgerEntry.source == session_id)
            .order_by(LedgerEntry.sequence)
        )
        return [(row.sequence, row.kind) for row in rows]


async def test_a_session_from_launch_to_stop(
    cloud: Cloud, ada: Somebody, bob: Somebody, truth: Path
) -> None:
    ours, theirs = await ada.program(), await bob.program()
    launched = await ours.post("/v1/sessions", json=launch_form("one"))
    assert launched.status_code == 202, launched.text
    name = launched.json()["id"]
    assert "token" not in launched.text
    # The same again is the same one.
    again = await ours.post("/v1/sessions", json=launch_form("one"))
    assert again.json()["id"] == name
    # The plugins' address waits until it has joined.
    other = await ours.post("/launch", data={**launch_form("two"), "agent_id": "ada"})
    assert other.status_code == 200, other.text
    assert (other.json()["status"], other.json()["room_name"]) == ("joined", "two")
    assert await state_of(ours, other.json()["task_id"]) == "running"

    async def running() -> bool:
        return await state_of(ours, name) == "running"

    await eventually(running)
    assert await taken(cloud) == 2
    for what, form in (("say", {"text": "Hello."}), ("gesture", {"name": "nod"}),
                       ("context", {"text": "Mia."}), ("state", {"name": "thinking"}),
                       ("emotion", {"name": "happy"})):  # fmt: skip
        path = f"/v1/sessions/{name}/{what}"
        assert (await ours.post(path, json=form)).status_code == 200
        assert (await theirs.post(path, json=form)).status_code == 404
    refused = await ours.post(f"/v1/sessions/{name}/say", json={"text": "impossible"})
    assert (refused.status_code, refused.json()["code"]) == (422, "not_possible")
    assert (await theirs.get(f"/v1/sessions/{name}")).status_code == 404
    assert (await theirs.get("/v1/sessions")).json()["items"] == []

    async def counted() -> bool:
        return (await ours.get(f"/v1/sessions/{name}")).json()["seconds"] >= 2

    await eventually(counted)
    stopped = await ours.post(f"/v1/sessions/{name}/stop")
    assert (stopped.json()["state"], stopped.json()["reason"]) == ("ended", "stopped by request")
    assert await taken(cloud) == 1
    assert (await ours.post(f"/v1/sessions/{name}/say", json={"text": "x"})).status_code == 409
    entries = await kinds(cloud, name)
    assert [sequence for sequence, _ in entries] == list(range(1, len(entries) + 1))
    assert entries[0][1] == "started" and entries[-1][1] == "ended"
    assert {kind for _, kind in entries[1:-1]} == {"heartbeat"}
    seconds, joined = read_truth(truth)["avatar-of-one"]
    assert joined == 1
    assert abs(stopped.json()["seconds"] - seconds) <= 1.0
    usage = (await ours.get("/v1/usage")).json()
    assert usage["sessions"] == 2
    assert usage["avatars"][0]["id"] == "ada"
    assert usage["secrets"][0]["name"] == "test"
    csv = (await ours.get("/v1/usage.csv")).text.splitlines()
    assert csv[0].startswith("day,secret_id") and ",ada,2," in csv[1]
    async with cloud.database.read(SYSTEM) as db:
        assert await db.scalar(select(LiveSession.token).where(LiveSession.id == name)) == ""


async def test_no_more_sessions_than_places_and_each_refusal_says_what_to_do(
    cloud: Cloud, ada: Somebody
) -> None:
    ours = await ada.program()
    answers = await asyncio.gather(
        *(ours.post("/v1/sessions", json=launch_form(f"room-{number}")) for number in range(12))
    )
    assert sorted(answer.status_code for answer in answers) == [202] * 4 + [503] * 8
    for answer in answers:
        if answer.status_code == 503:
            assert answer.json()["code"] == "at_capacity"
            assert int(answer.headers["retry-after"]) > 0
    assert await taken(cloud) == 4
    for answer in answers:
        if answer.status_code == 202:
            await ours.post(f"/v1/sessions/{answer.json()['id']}/stop")
    assert await taken(cloud) == 0
    # One that cannot join says why, and its place is free again.
    failed = await ours.post("/launch", json=launch_form("refused"))
    assert failed.status_code == 502, failed.text
    assert "does not take this token" in failed.json()["detail"]
    assert await taken(cloud) == 0
    await ada.http.put("/v1/budget", json={"soft": 0, "hard": 0})
    spent = await ours.post("/v1/sessions", json=launch_form("spent"))
    assert (spent.status_code, spent.json()["code"]) == (402, "budget_spent")


async def test_a_session_ends_when_its_time_is_over(cloud: Cloud, ada: Somebody) -> None:
    ours = await ada.program()
    name = (await ours.post("/launch", json=launch_form("limited"))).json()["task_id"]
    async with cloud.database.write(SYSTEM) as db:
        session = await db.get(LiveSession, name)
        assert session is not None
        session.limit_seconds = 2

    async def ended() -> bool:
        return await state_of(ours, name) == "ended"

    await eventually(ended)
    assert (await ours.get(f"/v1/sessions/{name}")).json()["seconds"] >= 2
    assert await taken(cloud) == 0


async def test_private_avatars_are_for_their_organisation_only(
    cloud: Cloud, ada: Somebody, bob: Somebody
) -> None:
    from visavis.library import CHARACTERS

    data = (CHARACTERS / "ada.imx").read_bytes()
    await cloud.files.put("avatars/x/avatar.imx", data)
    ours, theirs = await ada.program(), await bob.program()
    async with cloud.database.write(SYSTEM) as db:
        owner = ada.me["org_id"]
        for name, shown in (("A1A1A1A1A1", "private"), ("B1B1B1B1B1", "unlisted")):
            db.add(Avatar(id=name, org_id=owner, name=name, status="ready", visibility=shown,
                          file_key="avatars/x/avatar.imx", sha256="ab" * 32))  # fmt: skip
    for name, of_ours, of_theirs in (("A1A1A1A1A1", 200, 404), ("B1B1B1B1B1", 200, 200)):
        mine = await ours.post("/launch", json=launch_form(f"mine-{name}", name))
        assert mine.status_code == of_ours, mine.text
        other = await theirs.post("/launch", json=launch_form(f"theirs-{name}", name))
        assert other.status_code == of_theirs, other.text


async def test_a_killed_worker_is_started_again_with_its_sessions(
    cloud: Cloud, ada: Somebody, truth: Path
) -> None:
    ours = await ada.program()
    name = (await ours.post("/launch", json=launch_form("long"))).json()["task_id"]

    async def counted(seconds: int) -> bool:
        return (await ours.get(f"/v1/sessions/{name}")).json()["seconds"] >= seconds

    await eventually(lambda: counted(1))
    engine = cloud.engine
    assert isinstance(engine, LocalEngine)
    pid = engine._pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)

    async def back() -> bool:
        return read_truth(truth)["avatar-of-long"][1] == 2

    await eventually(back)
    await eventually(lambda: counted(3))
    stopped = (await ours.post(f"/v1/sessions/{name}/stop")).json()
    assert stopped["state"] == "ended"
    seconds, _ = read_truth(truth)["avatar-of-long"]
    assert abs(stopped["seconds"] - seconds) <= 1.0 + cloud.settings.heartbeat
    assert await taken(cloud) == 0
    async with cloud.database.read(SYSTEM) as db:
        double = select(func.count()).select_from(LedgerEntry).where(LedgerEntry.kind == "started")
        assert await db.scalar(double) == 1


async def test_sessions_are_counted_to_their_end_when_the_cloud_is_ended(
    database_url: str, tmp_path: Path, truth: Path
) -> None:
    async with (
        working(database_url, tmp_path) as cloud,
        Somebody(cloud.app, "ada@example.org") as ada,  # type: ignore[attr-defined]
    ):
        await ada.sign_up()
        ours = await ada.program()
        name = (await ours.post("/launch", json=launch_form("last"))).json()["task_id"]
        await asyncio.sleep(1.2)
    async with working(database_url, tmp_path) as cloud:
        async with cloud.database.read(SYSTEM) as db:
            session = await db.get(LiveSession, name)
        assert session is not None and session.state == "ended", session
        assert session.reason == "the worker is shutting down"
        assert abs(session.seconds - read_truth(truth)["avatar-of-last"][0]) <= 1.0
        assert await taken(cloud) == 0


async def test_a_token_is_nowhere_in_the_database_files_or_answers(
    cloud: Cloud, ada: Somebody, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    ours = await ada.program()
    form = launch_form("secret-room")
    answer = await ours.post("/launch", json=form)
    signature = form["livekit_token"].rpartition(".")[2]
    looked = [answer.text, (await ours.get("/v1/sessions")).text]
    if cloud.database.is_sqlite:
        path = tmp_path / "data/cloud.sqlite"
        looked.append("\n".join(sqlite3.connect(path).iterdump()))
    await ours.post(f"/v1/sessions/{answer.json()['task_id']}/stop")
    kept = [path for path in (tmp_path / "data").rglob("*") if path.is_file()]
    looked += [base64.b64encode(path.read_bytes()).decode() for path in kept]
    said = capfd.readouterr()
    looked += [said.out, said.err]
    encoded = base64.b64encode(signature.encode()).decode()[4:-6]
    assert not [text for text in looked if signature in text or encoded in text]
