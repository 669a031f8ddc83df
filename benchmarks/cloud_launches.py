"""A thousand launches at once against a hundred places.

    python -m benchmarks.cloud_launches [--launches 1000] [--places 100] [--processes 4]

Comes in: nothing. Goes out: figures on stdout, status 1 where one launch was not answered as it
has to be, was lost, or found a place that was not there. Sessions do nothing but live, in a real
worker's process; the launches come from several processes, on PostgreSQL.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import httpx
import numpy as np
from sqlalchemy import func, select

from benchmarks.cloud_process import SYSTEM, Api, organisations
from tests.helpers.postgres import Postgres
from tests.helpers.room_token import launch_form
from visavis.cloud.database import Database, LedgerEntry, LiveSession, Worker
from visavis.cloud.settings import load

Answer = tuple[int, float, str, str]
"""Status, seconds, Retry-After, the session's id."""


async def _launches(url: str, secrets: list[str], numbers: range, at: float) -> list[Answer]:
    limits = httpx.Limits(max_connections=len(numbers))
    async with httpx.AsyncClient(timeout=300.0, limits=limits, base_url=url) as http:

        async def one(number: int) -> Answer:
            form = launch_form(f"room-{number}")
            headers = {"Authorization": f"Bearer {secrets[number % len(secrets)]}"}
            await asyncio.sleep(max(at - time.monotonic(), 0))
            began = time.monotonic()
            answer = await http.post("/v1/sessions", json=form, headers=headers)
            seconds = time.monotonic() - began
            said = answer.json()
            return (answer.status_code, seconds, answer.headers.get("retry-after", ""),
                    str(said.get("id", said.get("code"))))  # fmt: skip

        return await asyncio.gather(*(one(number) for number in numbers))


def _process(url: str, secrets: list[str], numbers: range, at: float) -> list[Answer]:
    return asyncio.run(_launches(url, secrets, numbers, at))


async def _state(database: Database) -> tuple[int, int, set[str], int]:
    """Places taken, of how many; sessions that are not over; those that have joined."""
    async with database.read(SYSTEM) as db:
        taken, capacity = (await db.execute(select(Worker.taken, Worker.capacity))).one()
        running = await db.scalars(select(LiveSession.id).where(LiveSession.state != "ended"))
        joined = await db.scalar(
            select(func.count()).select_from(LedgerEntry).where(LedgerEntry.kind == "started")
        )
    return taken, capacity, set(running.all()), int(joined or 0)


async def _run(given: argparse.Namespace, folder: Path, address: str) -> bool:
    database = Database(load(data=folder / "data", database=address).database_url)
    await database.upgrade()
    secrets = await organisations(database, 50)
    settings = {"data": str(folder / "data"), "database": address, "engine": "none", "drain": "0",
                "sessions": str(given.places), "rate": "100000/minute", "log": "json"}  # fmt: skip
    api = Api(settings, folder / "api.log")
    api.start()
    await asyncio.to_thread(api.ready)
    async with database.read(SYSTEM) as db:
        while await db.scalar(select(Worker.state)) != "ready":
            await db.rollback()
            await asyncio.sleep(0.2)
    count = given.launches // given.processes
    at = time.monotonic() + 10.0
    jobs = [(api.url, secrets, range(n * count, (n + 1) * count), at)
            for n in range(given.processes)]  # fmt: skip
    watched: list[int] = []

    async def watch() -> None:
        while True:
            watched.append((await _state(database))[0])
            await asyncio.sleep(0.1)

    watching = asyncio.create_task(watch())
    with multiprocessing.get_context("spawn").Pool(given.processes) as pool:
        done = await asyncio.to_thread(pool.starmap, _process, jobs)
    answers = [answer for part in done for answer in part]
    accepted = {name for status, _, _, name in answers if status == 202}
    end = time.monotonic() + 120
    while (await _state(database))[3] < len(accepted) and time.monotonic() < end:
        await asyncio.sleep(0.5)
    watching.cancel()
    taken, capacity, running, joined = await _state(database)
    api.stop()
    _, _, left, _ = await _state(database)
    await database.close()

    seconds = np.array([answer[1] for answer in answers])
    good = np.array([answer[1] for answer in answers if answer[0] == 202])
    codes = Counter(f"{status} {'' if status == 202 else name}".strip()
                    for status, _, _, name in answers)  # fmt: skip
    print(f"{len(answers)} launches at once from {given.processes} processes, {capacity} places")
    print(f"answers: {dict(codes)}")
    print(f"seconds to the answer: median {np.median(seconds):.2f}, p99 "
          f"{np.percentile(seconds, 99):.2f}; of those with a place: p99 "
          f"{np.percentile(good, 99):.2f}")  # fmt: skip
    print(f"sessions: {len(running)} running, {joined} joined; places taken: {taken}, at most "
          f"{max(watched)}; after the end: {len(left)} not over")  # fmt: skip
    told = all(after.isdigit() for status, _, after, _ in answers if status in (429, 503))
    statuses = {status for status, *_ in answers}
    return (
        len(answers) == given.launches
        and statuses <= {202, 402, 429, 503}
        and told
        and accepted == running
        and len(accepted) == capacity == taken == joined
        and max(watched) <= capacity
        and not left
    )


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--launches", type=int, default=1000)
    parser.add_argument("--places", type=int, default=100)
    parser.add_argument("--processes", type=int, default=4)
    given = parser.parse_args()
    server = Postgres()
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            good = asyncio.run(_run(given, Path(folder), server.database()))
            if not good:
                print((Path(folder) / "api.log").read_text()[-4000:], file=sys.stderr)
    finally:
        server.stop()
    print("right" if good else "WRONG")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
