"""The ledger against the truth, while worker, API and database connections are killed at random.

    python -m benchmarks.cloud_ledger [--sessions 200] [--kills 30] [--database sqlite] [--seed 1]

Comes in: nothing. Goes out: figures on stdout, status 1 where the ledger is wrong. Sessions do
nothing but live (`tests.helpers.null_worker`), in a real worker's process, behind a real API
process, and write down when they really joined and ended. Every few seconds one of these is
killed with SIGKILL: the worker, the API; or all connections of the database are cut.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import httpx
import numpy as np
from sqlalchemy import func, select, text

from benchmarks.cloud_process import SYSTEM, Api, organisations
from tests.helpers.null_worker import read_truth
from tests.helpers.postgres import Postgres
from tests.helpers.room_token import launch_form
from visavis.cloud.database import Database, LedgerEntry, LiveSession, UsageDay, Worker
from visavis.cloud.settings import load

HEARTBEAT = 2.0
_WHAT = ("worker", "API", "connections")
_CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() \
AND datname = current_database()"


class Trial:
    """One run."""

    def __init__(
        self, sessions: int, kills: int, kind: str, seed: int, folder: Path, address: str
    ) -> None:
        self.random = random.Random(seed)
        self.sessions, self.kills, self.kind, self.folder = sessions, kills, kind, folder
        (folder / "truth").mkdir()
        os.environ["VISAVIS_NULL_TRUTH"] = str(folder / "truth")
        self.database = Database(load(data=folder / "data", database=address).database_url)
        self.api = Api(
            {"data": str(folder / "data"), "database": address, "engine": "none", "rate":
             "1000000/minute", "heartbeat": str(HEARTBEAT), "sessions": "60", "drain": "0"},
            folder / "api.log",
        )  # fmt: skip
        self.done: Counter[str] = Counter()

    async def run(self) -> bool:
        """Whether the ledger was right."""
        await self.database.upgrade()
        (secret,) = await organisations(self.database, 1)
        self.api.start()
        await asyncio.to_thread(self.api.ready)
        began = time.monotonic()
        killing = asyncio.create_task(self._kill())
        try:
            headers = {"Authorization": f"Bearer {secret}"}
            async with httpx.AsyncClient(headers=headers, timeout=20.0) as http:
                await asyncio.gather(*(self._launch(http, n) for n in range(self.sessions)))
        finally:
            await killing
        end = time.monotonic() + 120
        while await self._open() and time.monotonic() < end:
            await asyncio.sleep(0.5)
        print(f"{self.sessions} sessions, {self.kind}, heartbeat {HEARTBEAT:g} s, "
              f"{time.monotonic() - began:.0f} s; {dict(self.done)}")  # fmt: skip
        good = await self._judge()
        self.api.stop()
        await self.database.close()
        return good

    async def _launch(self, http: httpx.AsyncClient, number: int) -> None:
        await asyncio.sleep(self.random.uniform(0, 5 * self.kills))
        form = launch_form(f"r{number}~{self.random.uniform(2, 14):.2f}")
        while True:
            try:
                answer = await http.post(f"{self.api.url}/v1/sessions", json=form)
                self.done[f"answered {answer.status_code}"] += 1
                if answer.status_code == 202:
                    return
            except httpx.HTTPError:
                self.done["unanswered"] += 1
            await asyncio.sleep(self.random.uniform(3.0, 7.0))

    async def _kill(self) -> None:
        while sum(self.done[f"killed: {what}"] for what in _WHAT) < self.kills:
            await asyncio.sleep(self.random.uniform(2.0, 8.0))
            what = self.random.choice(_WHAT)
            if what == "connections" and self.kind == "sqlite":
                continue
            if what == "worker":
                pid = (self.folder / "data/worker/pid").read_text().split()[0]
                try:
                    os.kill(int(pid), signal.SIGKILL)
                except ProcessLookupError:
                    continue
            elif what == "API":
                self.api.kill()
                self.api.start()
            else:
                async with self.database.read(SYSTEM) as db:
                    await db.execute(text(_CUT))
            self.done[f"killed: {what}"] += 1

    async def _open(self) -> int:
        async with self.database.read(SYSTEM) as db:
            count = select(func.count()).where(LiveSession.state != "ended")
            return int(await db.scalar(count) or 0)

    async def _judge(self) -> bool:
        truth = read_truth(self.folder / "truth")
        async with self.database.read(SYSTEM) as db:
            rows = await db.execute(
                select(LiveSession.identity, func.sum(LedgerEntry.seconds))
                .join(LedgerEntry, LedgerEntry.source == LiveSession.id)
                .group_by(LiveSession.identity)
            )
            entered = {row[0]: int(row[1]) for row in rows}
            taken = await db.scalar(select(func.sum(Worker.taken)))
            in_days = await db.scalar(select(func.sum(UsageDay.seconds)))
            gaps = await db.scalar(
                select(func.count()).select_from(
                    select(LedgerEntry.source).group_by(LedgerEntry.source)
                    .having(func.max(LedgerEntry.sequence) != func.count()).subquery()
                )
            )  # fmt: skip
            twice = await db.scalar(
                select(func.count()).select_from(
                    select(LedgerEntry.source).where(LedgerEntry.kind.in_(("started", "ended")))
                    .group_by(LedgerEntry.source, LedgerEntry.kind)
                    .having(func.count() > 1).subquery()
                )
            )  # fmt: skip
        errors = {name: entered.get(name, 0) - seconds for name, (seconds, _) in truth.items()}
        whole = {name: error for name, error in errors.items() if truth[name][1] == 1}
        broken = {name: error for name, error in errors.items() if truth[name][1] > 1}
        lost, unknown = set(truth) - set(entered), set(entered) - set(truth)
        print(f"joined {len(truth)}, entered {len(entered)}, never entered {len(lost)}, entered "
              f"without being there {len(unknown)}")  # fmt: skip
        for name, group in (("joined once", whole), ("killed and back", broken)):
            values = np.array(list(group.values()) or [0.0])
            print(f"{name}: {len(group)}, ledger - truth: {values.min():+.2f} to "
                  f"{values.max():+.2f} s, mean {values.mean():+.2f} s")  # fmt: skip
        print(
            f"in all: ledger {sum(entered.values())} s, truth "
            f"{sum(seconds for seconds, _ in truth.values()):.0f} s; sums of days {in_days} s"
        )
        print(f"sequences with gaps {gaps}, entries twice {twice}, places still taken {taken}, "
              f"sessions still open {await self._open()}")  # fmt: skip
        for name, error in errors.items():
            if abs(error) > HEARTBEAT:
                print(f"  {name}: joined {truth[name][1]} times, {truth[name][0]:.2f} s, "
                      f"entered {entered.get(name)}")  # fmt: skip
        return (
            len(truth) == self.sessions and not (lost or unknown or gaps or twice or taken)
            and max(map(abs, errors.values())) <= HEARTBEAT and in_days == sum(entered.values())
        )  # fmt: skip


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    server = Postgres() if given.database == "postgresql" else None
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            address = server.database() if server else ""
            trial = Trial(
                given.sessions, given.kills, given.database, given.seed, Path(folder), address
            )
            good = asyncio.run(trial.run())
            if not good:
                print((Path(folder) / "api.log").read_text()[-4000:], file=sys.stderr)
    finally:
        if server:
            server.stop()
    print("right" if good else "WRONG")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
