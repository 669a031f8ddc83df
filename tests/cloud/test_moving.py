"""Sessions of a lost worker go on under another one; what that needs is kept as long as they."""

from __future__ import annotations

import asyncio
import base64
import datetime
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import select

from tests.cloud.somebody import Somebody
from tests.helpers.room_token import launch_form
from visavis.cloud.app import create_app
from visavis.cloud.context import Cloud
from visavis.cloud.database import LedgerEntry, LiveSession, Worker
from visavis.cloud.engines.engine import Placement, Report
from visavis.cloud.engines.leading import Leading
from visavis.cloud.sessions.ending import SYSTEM
from visavis.cloud.sessions.keeping import Keeper
from visavis.cloud.sessions.pictures import Pictures
from visavis.cloud.settings import load

pytestmark = pytest.mark.asyncio
PICTURE = b"the bytes of a picture"


class Machines:
    """An engine whose workers carry whatever they are given, until they are lost."""

    name, moves, leads = "machines", True, True

    def __init__(self) -> None:
        self.changed = asyncio.Event()
        self.placed: list[tuple[str, Placement]] = []
        self.there: dict[str, dict[str, Report]] = {"one": {}, "two": {}}
        self.seconds, self.speaking = 10.0, False

    async def start(self) -> None:
        """Nothing has to be."""

    async def close(self) -> None:
        """Nor here."""

    async def place(self, worker: Worker, placement: Placement, wait: bool) -> None:
        self.placed.append((worker.id, placement))
        self.there[worker.id][placement.task_id] = Report(placement.task_id, True, 0.0, False)

    async def reports(self, worker: Worker) -> dict[str, Report]:
        return {
            name: Report(name, True, self.seconds, False, speaking=self.speaking)
            for name in self.there[worker.id]
        }

    async def stop(self, worker: Worker, task_id: str) -> None:
        self.there[worker.id].pop(task_id, None)

    async def direct(self, worker: Worker, task_id: str, what: str, text: str) -> None:
        raise NotImplementedError

    async def drain(self, worker: Worker) -> None:
        raise NotImplementedError


@pytest.fixture
def engine() -> Machines:
    return Machines()


@pytest_asyncio.fixture
async def cloud(prepared_url: str, tmp_path: Path, engine: Machines) -> AsyncIterator[Cloud]:
    """A cloud with that engine; the test looks after the sessions itself."""
    settings = load(data=tmp_path / "data", database=prepared_url, sign_up="open", engine="none",
                    heartbeat=3600.0, drain=3600.0)  # fmt: skip
    running = Cloud(settings)
    app = create_app(running)
    running.services = [one for one in running.services if not isinstance(one, Keeper)]
    running.engine = engine
    async with app.router.lifespan_context(app):
        async with running.database.write(SYSTEM) as db:
            for name in engine.there:
                db.add(Worker(id=name, engine=engine.name, state="ready", capacity=4, taken=0))
        running.app = app  # type: ignore[attr-defined]
        yield running


async def becomes(cloud: Cloud, worker_id: str, state: str) -> None:
    async with cloud.database.write(SYSTEM) as db:
        worker = await db.get(Worker, worker_id)
        assert worker is not None
        worker.state = state


async def taken(cloud: Cloud) -> dict[str, int]:
    async with cloud.database.read(SYSTEM) as db:
        return {row.id: row.taken for row in await db.scalars(select(Worker))}


async def launched(ada: Somebody, **more: str) -> str:
    ours = await ada.program()
    answer = await ours.post("/launch", json=launch_form("room", **more))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["task_id"])


async def settled(cloud: Cloud) -> None:
    """What is done beside requests has been done."""
    await asyncio.gather(*cloud._beside)


async def test_a_lost_worker_s_session_goes_on_with_its_picture(
    cloud: Cloud, engine: Machines, ada: Somebody
) -> None:
    name = await launched(ada, avatar_id="", avatar_image=base64.b64encode(PICTURE).decode())
    await settled(cloud)
    ((first, placement),) = engine.placed
    assert (placement.picture, placement.resumed) == (PICTURE, False)
    await becomes(cloud, first, "gone")
    keeper = Keeper(cloud)
    await keeper.look()
    second, again = engine.placed[1]
    assert second != first and again.task_id != placement.task_id
    assert (again.picture, again.resumed) == (PICTURE, True)
    assert again.livekit_token == placement.livekit_token
    assert await taken(cloud) == {first: 0, second: 1}
    assert await cloud.files.keys() == [f"launches/{name}"]
    # It is there as long as the session.
    await Pictures(cloud).turn()
    assert await cloud.files.keys() == [f"launches/{name}"]
    ours = await ada.program()
    assert (await ours.post(f"/v1/sessions/{name}/stop")).json()["state"] == "ended"
    await Pictures(cloud).turn()
    assert await cloud.files.keys() == []
    assert await taken(cloud) == {first: 0, second: 0}


async def test_a_drained_worker_s_session_moves_when_it_is_silent_and_nothing_is_lost_of_it(
    cloud: Cloud, engine: Machines, ada: Somebody
) -> None:
    name = await launched(ada)
    await settled(cloud)
    ((first, placement),) = engine.placed
    keeper = Keeper(cloud)
    await becomes(cloud, first, "draining")
    engine.speaking = True
    await keeper.look()
    assert len(engine.placed) == 1
    engine.speaking = False
    await keeper.look()
    (second, again) = engine.placed[1]
    assert second != first and again.resumed
    async with cloud.database.read(SYSTEM) as db:
        session = await db.get(LiveSession, name)
        entries = await db.scalars(select(LedgerEntry.seconds).where(LedgerEntry.source == name))
        assert session is not None
        # Entered to the second, long before the next heartbeat.
        assert (session.seconds, session.base_seconds, sum(entries)) == (10, 10, 10)
    await keeper.look()
    await settled(cloud)
    assert placement.task_id not in engine.there[first] and again.task_id in engine.there[second]
    assert len(engine.placed) == 2
    assert await taken(cloud) == {first: 0, second: 1}


async def test_without_another_place_it_waits_for_one(
    cloud: Cloud, engine: Machines, ada: Somebody
) -> None:
    await launched(ada)
    await settled(cloud)
    ((first, _),) = engine.placed
    other = next(name for name in engine.there if name != first)
    await becomes(cloud, other, "starting")
    await becomes(cloud, first, "gone")
    keeper = Keeper(cloud)
    await keeper.look()
    assert len(engine.placed) == 1 and await taken(cloud) == {first: 1, other: 0}
    await becomes(cloud, other, "ready")
    await keeper.look()
    assert [name for name, _ in engine.placed] == [first, other]
    assert await taken(cloud) == {first: 0, other: 1}


async def test_one_process_leads_until_it_says_no_more(cloud: Cloud) -> None:
    now = cloud.now()
    cloud.now = lambda: now
    one, two = (Leading(cloud, "work", seconds=60.0) for _ in range(2))
    assert await one.hold() and not await two.hold()
    assert await one.hold() and one.held and not two.held
    await one.release()
    assert await two.hold() and not one.held and not await one.hold()
    now += datetime.timedelta(seconds=61)  # it has died
    assert await one.hold()
    assert not await Leading(cloud, "work").hold()
    assert await Leading(cloud, "other work").hold()
