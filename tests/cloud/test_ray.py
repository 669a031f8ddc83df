"""The Ray engine: workers on three nodes of a real Ray cluster, sessions in real rooms."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select

from tests.cloud.somebody import Somebody
from tests.helpers.livekit_server import LiveKitServer
from tests.helpers.null_worker import PROGRAM, read_truth
from tests.helpers.ray_nodes import RESOURCE, RayNodes, host_of, parent
from visavis.cloud.app import create_app
from visavis.cloud.context import Cloud
from visavis.cloud.database import LedgerEntry, LiveSession, Worker
from visavis.cloud.engines import ordering
from visavis.cloud.engines.calling import secret_of
from visavis.cloud.engines.choosing import engine_for
from visavis.cloud.sessions.ending import SYSTEM
from visavis.cloud.settings import load
from visavis.errors import InvalidOption, MissingDependency

ROOT = Path(__file__).resolve().parents[2]
PLACES = 2
needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason="needs the extra `cluster`")


@pytest.mark.asyncio
async def test_without_ray_or_its_cluster_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = Cloud(load(data=tmp_path, engine="ray", ray_address="ray://127.0.0.1:1"))
    if find_spec("ray") is not None:
        with pytest.raises(InvalidOption, match=r"127\.0\.0\.1:1: nothing answers"):
            engine_for(cloud)
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingDependency, match=r"pip install 'visavis\[cluster\]'"):
        engine_for(cloud)
    await cloud.close()


@pytest.mark.asyncio
async def test_draining_where_nothing_can_be_drained_says_so(cloud: Cloud) -> None:
    for ids, reason in (((), "no worker in a Ray cluster is ready"), (["w7"], "w7: no worker")):
        with pytest.raises(InvalidOption, match=reason):
            async for _ in ordering.drain(cloud.settings, ids):
                raise AssertionError


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    folder = tmp_path / "truth"
    folder.mkdir()
    return folder


@pytest.fixture
def nodes(
    truth: Path, livekit: LiveKitServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RayNodes]:
    # What nodes have in their environment their workers have, too.
    monkeypatch.setenv("VISAVIS_NULL_TRUTH", str(truth))
    monkeypatch.setenv("VISAVIS_NULL_ROOMS", "1")
    monkeypatch.setenv("PYTHONPATH", f"{ROOT / 'src'}{os.pathsep}{ROOT}")
    running = RayNodes(3, PLACES)
    yield running
    running.close()


@asynccontextmanager
async def working(nodes: RayNodes, tmp_path: Path) -> AsyncIterator[Cloud]:
    """A cloud with a worker on each node."""
    from visavis.cloud.engines.ray_engine import RayEngine

    settings = load(data=tmp_path / "data", rate="100000/minute", rate_log_in="100000/minute",
                    sign_up="open", engine="none", heartbeat=0.5, sessions=PLACES, drain=0.0,
                    ray_address=nodes.address, ray_session={RESOURCE: 1.0}, workers=3,
                    workers_most=3)  # fmt: skip
    running = Cloud(settings)
    running.engine = RayEngine(running, PROGRAM[1:])
    app = create_app(running)
    async with app.router.lifespan_context(app):
        running.app = app  # type: ignore[attr-defined]
        yield running


async def workers(cloud: Cloud, state: str = "ready") -> list[Worker]:
    async with cloud.database.read(SYSTEM) as db:
        return list(await db.scalars(select(Worker).where(Worker.state == state)))


async def eventually(true: Callable[[], object], within: float = 120.0) -> None:
    """Wait until something is true; the limit only ends a test that has failed."""
    loop = asyncio.get_running_loop()
    end = loop.time() + within
    while True:
        answer = true()
        if await answer if asyncio.iscoroutine(answer) else answer:
            return
        assert loop.time() < end, "that did not happen"
        await asyncio.sleep(0.05)


async def present(livekit: LiveKitServer) -> Counter[str]:
    """Who is in the room, as its server says."""
    from livekit import api

    async with api.LiveKitAPI(livekit.url, livekit.key, livekit.secret) as rooms:
        said = await rooms.room.list_participants(api.ListParticipantsRequest(room="hall"))
    return Counter(one.identity for one in said.participants)


@needs_ray
@pytest.mark.asyncio
async def test_a_lost_node_a_new_one_a_restarted_api_and_a_drained_worker(
    nodes: RayNodes, livekit: LiveKitServer, tmp_path: Path, truth: Path
) -> None:
    names = [f"avatar-{number}" for number in range(4)]

    tokens = {name: livekit.token("hall", name, kind="agent") for name in [*names, "one-more"]}

    def form(name: str) -> dict[str, str]:
        return {"livekit_url": livekit.url, "avatar_id": "ada", "livekit_token": tokens[name]}

    def joined() -> dict[str, int]:
        return {name: times for name, (_, times) in read_truth(truth).items()}

    async def all_there() -> bool:
        return await present(livekit) == Counter(names)

    async with (
        working(nodes, tmp_path) as cloud,
        Somebody(cloud.app, "ada@example.org") as ada,  # type: ignore[attr-defined]
    ):
        await ada.sign_up()
        ours = await ada.program()
        headers = {"authorization": ours.headers["authorization"]}

        async def ready(number: int) -> bool:
            return len(await workers(cloud)) == number

        await eventually(lambda: ready(3))
        answers = await asyncio.gather(*(ours.post("/launch", json=form(n)) for n in names))
        assert [answer.status_code for answer in answers] == [200] * 4, answers[0].text
        started = [answer.json()["task_id"] for answer in answers]
        assert await all_there()

        # A node is lost, with all that Ray runs there.
        lost = next(row for row in await workers(cloud)
                    if row.taken and parent(host_of(row.address)) in nodes.others)  # fmt: skip
        moved = await carried(cloud, lost.id)
        await asyncio.to_thread(nodes.kill, host_of(lost.address))
        await eventually(lambda: all(joined()[name] == 2 for name in moved))
        assert await all_there()
        assert joined() == {name: 1 + (name in moved) for name in names}
        # Exactly the places that are left, all of them taken.
        rows = await workers(cloud)
        assert [(row.capacity, row.taken) for row in rows] == [(PLACES, PLACES)] * 2
        full = await ours.post("/v1/sessions", json=form("one-more"))
        assert (full.status_code, full.json()["code"]) == (503, "at_capacity")
        # A machine comes: Ray makes the lost worker anew there, and it takes sessions.
        await asyncio.to_thread(nodes.add)
        await eventually(lambda: ready(3))
        assert sorted(row.taken for row in await workers(cloud)) == [0, 2, 2]

    # The API is restarted: its workers and sessions have gone on.
    async with working(nodes, tmp_path) as cloud:
        transport = httpx.ASGITransport(cloud.app)  # type: ignore[attr-defined]
        async with httpx.AsyncClient(
            transport=transport, base_url="http://cloud.test", headers=headers
        ) as ours:
            assert cloud.engine is not None and len(await workers(cloud)) == 3
            await eventually(lambda: cloud.engine.leads)  # type: ignore[union-attr]
            # A worker is drained: its sessions go on elsewhere, another takes its place.
            old = next(row for row in await workers(cloud) if row.taken)
            moved = await carried(cloud, old.id)
            times = joined()
            assert await _visavis(cloud, "workers") == "".join(
                f"{row.id}  {row.state:9}  {row.taken:3} of {row.capacity:3}  {row.version}\n"
                for row in sorted(await workers(cloud), key=lambda row: row.id)
            )
            assert await _visavis(cloud, "drain", old.id) == f"{old.id}: replaced\n"
            await eventually(lambda: all(joined()[name] == times[name] + 1 for name in moved))
            await eventually(all_there)

            async def replaced() -> bool:
                rows = {row.id: row.start for row in await workers(cloud)}
                return len(rows) == 3 and rows.get(old.id) != old.start

            await eventually(replaced)
            assert sum(row.taken for row in await workers(cloud)) == 4
            for name, session_id in zip(names, started, strict=True):
                stopped = (await ours.post(f"/v1/sessions/{session_id}/stop")).json()
                assert stopped["state"] == "ended", stopped
                # Of a lost worker at most what it used since the last heartbeat, and its last bit.
                seconds, lives = read_truth(truth)[name]
                allowed = 1.0 + lives * (cloud.settings.heartbeat + 1.0)
                assert seconds - allowed <= stopped["seconds"] <= seconds + 1.0
            async with cloud.database.read(SYSTEM) as db:
                entries = select(LedgerEntry.source, func.count()).group_by(LedgerEntry.source)
                begun = await db.execute(entries.where(LedgerEntry.kind == "started"))
            assert {source: count for source, count in begun} == dict.fromkeys(started, 1)
            assert sum(row.taken for row in await workers(cloud)) == 0
            await eventually(lambda: gone(livekit))
            # Nothing of a token or a worker's secret is in Ray's files, or left where workers were.
            hidden = [token.rpartition(".")[2] for token in tokens.values()]
            hidden += [secret_of(cloud.sealer, row.id, n) for row in rows for n in range(9)]
            folders = nodes.folder, Path(tempfile.gettempdir()) / f"visavis-ray-{os.geteuid()}"
            kept = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
            assert any(path.suffix == ".out" for path in kept)
            for path in kept:
                told = path.read_bytes()
                assert not [word for word in hidden if word.encode() in told], path


async def _visavis(cloud: Cloud, *arguments: str) -> str:
    """What `visavis cloud` prints, run by an operator beside the cloud."""
    data = str(cloud.settings.data)
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "visavis.cli", "cloud", "--data", data, *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, wrong = await running.communicate()
    assert running.returncode == 0, wrong.decode()
    return said.decode()


async def gone(livekit: LiveKitServer) -> bool:
    return not await present(livekit)


async def carried(cloud: Cloud, worker_id: str) -> set[str]:
    async with cloud.database.read(SYSTEM) as db:
        found = await db.scalars(
            select(LiveSession.identity).where(
                LiveSession.worker_id == worker_id, LiveSession.state != "ended"
            )
        )
        return set(found)
