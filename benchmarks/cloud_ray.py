"""Sessions of a cloud on a Ray cluster whose nodes are killed: how soon they are back.

    python -m benchmarks.cloud_ray [--nodes 3] [--sessions 4] [--kills 3] [--real] [--client]

Comes in: nothing. Goes out: figures on stdout, status 1 where a session is not back within 5 s,
somebody is twice in the room, places are wrong, or the ledger is. The nodes are a head and others,
each with its raylet, on this machine (`ray.cluster_utils`); the room is one of a real LiveKit
server, and when a session is back is what somebody else in that room sees. Killed, with SIGKILL,
is the raylet of a node with all that Ray runs there; a new node takes its place each time.

--real: avatars with picture and sound, drawn at 256 x 256; else sessions that are in the room and
draw nothing. --client: the cloud reaches Ray by its client (`ray://`), as from another machine.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from tests.cloud.somebody import Somebody
from tests.helpers.livekit_server import LiveKitServer
from tests.helpers.null_worker import PROGRAM as NULL
from tests.helpers.null_worker import read_truth
from tests.helpers.ray_nodes import RESOURCE, RayNodes, host_of, parent
from visavis.cloud.app import create_app
from visavis.cloud.context import Cloud
from visavis.cloud.database import LedgerEntry, LiveSession, Worker
from visavis.cloud.engines.local import PROGRAM
from visavis.cloud.engines.ray_engine import RayEngine
from visavis.cloud.sessions.ending import SYSTEM
from visavis.cloud.settings import load

HEARTBEAT = 2.0
LIMIT = 5.0
ROOT = Path(__file__).resolve().parents[1]


class Hall:
    """Somebody in the room, who sees who comes."""

    def __init__(self, server: LiveKitServer) -> None:
        self.came: dict[str, float] = {}
        self._server = server

    async def enter(self) -> None:
        """Enter."""
        from livekit import rtc

        self.room = rtc.Room()
        self.room.on("participant_connected", self._came)
        await self.room.connect(self._server.url, self._server.token("hall", "watcher"))

    def _came(self, participant: Any) -> None:
        self.came[participant.identity] = time.monotonic()

    async def there(self) -> Counter[str]:
        """Who is in the room, as its server says."""
        from livekit import api

        wanted = api.ListParticipantsRequest(room="hall")
        async with api.LiveKitAPI(self._server.url, self._server.key, self._server.secret) as said:
            found = await said.room.list_participants(wanted)
        return Counter(p.identity for p in found.participants if p.identity != "watcher")


async def workers(cloud: Cloud) -> list[Worker]:
    """Those that are ready."""
    async with cloud.database.read(SYSTEM) as db:
        return list(await db.scalars(select(Worker).where(Worker.state == "ready")))


async def until(true: Any, within: float = 120.0) -> float:
    """Wait; the seconds that it took."""
    began = time.monotonic()
    while not await true():
        if time.monotonic() - began > within:
            raise TimeoutError("that did not happen")
        await asyncio.sleep(0.02)
    return time.monotonic() - began


async def run(given: argparse.Namespace, folder: Path) -> bool:
    """Whether all was right."""
    server = LiveKitServer(folder)
    server.start()
    (folder / "truth").mkdir()
    os.environ |= {"VISAVIS_NULL_TRUTH": str(folder / "truth"), "VISAVIS_NULL_ROOMS": "1",
                   "VISAVIS_SIZE": "256", "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}  # fmt: skip
    # Places on all nodes but one for all sessions, so that there is room when one is lost.
    places = -(-given.sessions // (given.nodes - 1))
    port = None
    if given.client:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
    nodes = RayNodes(given.nodes, places, port)
    address = f"ray://{nodes.address.partition(':')[0]}:{port}" if port else nodes.address
    try:
        return await _trial(given, folder, server, nodes, address, places)
    finally:
        nodes.close()
        server.kill()


async def _trial(
    given: argparse.Namespace, folder: Path, server: LiveKitServer, nodes: RayNodes, address: str,
    places: int,
) -> bool:  # fmt: skip
    settings = load(
        data=folder / "data", rate="100000/minute", sign_up="open", engine="none",
        heartbeat=HEARTBEAT, sessions=places, drain=0.0, ray_address=address,
        ray_session={RESOURCE: 1.0}, workers=given.nodes, workers_most=given.nodes,
    )  # fmt: skip
    cloud = Cloud(settings)
    cloud.engine = RayEngine(cloud, (PROGRAM if given.real else NULL)[1:])
    app = create_app(cloud)
    hall, names = Hall(server), [f"avatar-{number}" for number in range(given.sessions)]
    right = True

    def check(what: str, true: bool) -> None:
        nonlocal right
        right = right and true
        if not true:
            print(f"WRONG: {what}")

    async def ready() -> bool:
        return len(await workers(cloud)) == given.nodes

    async with app.router.lifespan_context(app), Somebody(app, "ada@example.org") as ada:
        print(f"{given.nodes} workers ready after {await until(ready):.1f} s")
        await ada.sign_up()
        ours = await ada.program()
        await hall.enter()

        async def launch(name: str) -> tuple[str, float]:
            token = server.token("hall", name, kind="agent", on_behalf="watcher")
            form = {"livekit_url": server.url, "livekit_token": token, "avatar_id": "ada"}
            began = time.monotonic()
            answer = await ours.post("/launch", json=form, timeout=120.0)
            assert answer.status_code == 200, answer.text
            return answer.json()["task_id"], time.monotonic() - began

        launched = [await launch(name) for name in names]
        ids = [name for name, _ in launched]
        print(f"a session joined after {max(s for _, s in launched):.2f} s at most")

        async def seen() -> bool:
            return set(names) <= set(hall.came)

        await until(seen)
        begun = dict(hall.came)
        back: list[float] = []
        for _ in range(given.kills):
            await asyncio.sleep(2 * HEARTBEAT)
            lost = next(row for row in await workers(cloud)
                        if row.taken and parent(host_of(row.address)) in nodes.others)  # fmt: skip
            async with cloud.database.read(SYSTEM) as db:
                found = await db.scalars(
                    select(LiveSession.identity).where(
                        LiveSession.worker_id == lost.id, LiveSession.state != "ended"
                    )
                )
                moved = list(found)
            # In a thread: the cloud is in this process, and is not to wait for that.
            killed = await asyncio.to_thread(nodes.kill, host_of(lost.address))

            async def returned() -> bool:
                return all(hall.came[name] > killed for name in moved)  # noqa: B023

            await until(returned, 60.0)
            took = [hall.came[name] - killed for name in moved]
            back += took
            print(f"killed a node with {len(moved)} sessions: back after "
                  f"{', '.join(f'{one:.2f}' for one in sorted(took))} s")  # fmt: skip
            check("who is there", await hall.there() == Counter(names))
            others = [hall.came[name] == begun[name] for name in names if name not in moved]
            check("others were left alone", all(others))
            rows = await workers(cloud)
            check("places", sum(row.capacity for row in rows) == places * (given.nodes - 1)
                  and sum(row.taken for row in rows) == given.sessions)  # fmt: skip
            began = time.monotonic()
            await asyncio.to_thread(nodes.add)
            await until(ready)
            print(f"  a new node's worker ready after {time.monotonic() - began:.1f} s")
            begun = dict(hall.came)
        check(f"back within {LIMIT:g} s", max(back) <= LIMIT)
        seconds = [(await ours.post(f"/v1/sessions/{name}/stop")).json()["seconds"] for name in ids]
        async with cloud.database.read(SYSTEM) as db:
            query = select(LedgerEntry.source, func.count()).where(LedgerEntry.kind == "started")
            begins = {
                row[0]: row[1] for row in await db.execute(query.group_by(LedgerEntry.source))
            }
        check("each began once", begins == dict.fromkeys(ids, 1))
        if not given.real:
            truth = read_truth(folder / "truth")
            off = [told - truth[name][0] for name, told in zip(names, seconds, strict=True)]
            lives = [truth[name][1] for name in names]
            print(f"ledger against the truth: {min(off):+.2f} to {max(off):+.2f} s a session "
                  f"lost up to {max(lives) - 1} times; a heartbeat of {HEARTBEAT:g} s")  # fmt: skip
            # What is between heartbeats, and of each life the part of a second at its end.
            most = [1 + (times - 1) * (HEARTBEAT + 1) for times in lives]
            check("the ledger", all(-m <= o <= 1.0 for m, o in zip(most, off, strict=True)))
        print(f"back in the room: {sorted(back)[len(back) // 2]:.2f} s median, "
              f"{max(back):.2f} s at most, of {len(back)}")  # fmt: skip
        await hall.room.disconnect()
    return right


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--sessions", type=int, default=4)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--real", action="store_true")
    parser.add_argument("--client", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return 0 if asyncio.run(run(given, Path(folder))) else 1


if __name__ == "__main__":
    sys.exit(main())
