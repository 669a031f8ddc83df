"""How long a cloud takes to answer with 10,000 accounts and 1,000,000 lines in its ledger.

    python -m benchmarks.cloud_scale [--accounts 10000] [--lines 1000000]

Comes in: nothing. Fills a PostgreSQL of its own. Goes out: a table of the API's pages and usage
queries, asked by the largest organisation (a tenth of all lines), by an ordinary one and by the
operator: for 20 answers, one after the other, through the app itself: milliseconds by the clock
(median), and CPU milliseconds of the app and of PostgreSQL together (mean), which do not depend on
what else the machine has to do.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from sqlalchemy import text

from tests.helpers.postgres import Postgres
from visavis.cloud.app import create_app
from visavis.cloud.context import Cloud
from visavis.cloud.database import Scope
from visavis.cloud.settings import load

SYSTEM = Scope.system("a benchmark")
_ID = "lpad(n::text, 16, '0')"
_FILL = (
    f"INSERT INTO organisation (id, name, created_at) SELECT 'org_' || {_ID}, 'Org ' || n, now() "
    "FROM generate_series(1, :accounts) n",
    f"INSERT INTO account (id, email, name, password, is_admin, created_at, failures) SELECT "
    f"'acc_' || {_ID}, 'a' || n || '@example.org', 'A' || n, 'x', n = 1, now(), 0 "
    "FROM generate_series(1, :accounts) n",
    f"INSERT INTO membership (org_id, account_id, role, created_at) SELECT 'org_' || {_ID}, "
    f"'acc_' || {_ID}, 'owner', now() FROM generate_series(1, :accounts) n",
    f"INSERT INTO login (id, digest, csrf, org_id, account_id, agent, created_at, seen_at, "
    f"expires_at) SELECT 'log_' || {_ID}, encode(sha256(('cookie' || n)::bytea), 'hex'), 'c', "
    f"'org_' || {_ID}, 'acc_' || {_ID}, '', now(), now(), now() + interval '1 day' "
    "FROM generate_series(1, 2) n",
    f"INSERT INTO avatar (id, org_id, name, description, search, visibility, status, kind, licence,"
    f" consent, consent_note, source, file_key, preview_key, size, sha256, created_at, updated_at) "
    f"SELECT 'A' || lpad(n::text, 9, '0'), 'org_' || {_ID}, 'Avatar ' || n, '', 'avatar ' || n, "
    f"CASE WHEN n % 3 = 0 THEN 'public' ELSE 'private' END, 'ready', 'photo', '', '', '', '', '', "
    f"'', 1, '', now() - n * interval '1 minute', now() FROM generate_series(1, :accounts) n",
    # One session for ten lines; the first organisation has a tenth of them.
    f"INSERT INTO session (id, org_id, secret_id, avatar_id, wanted, state, reason, livekit_url, "
    f"room, identity, agent, room_key, token, task_id, placement, sequence, seconds, base_seconds, "
    f"sixtieths, limit_seconds, figures, created_at, joined_at, heartbeat_at, ended_at) SELECT "
    f"'ses_' || {_ID}, 'org_' || lpad((CASE WHEN n % 10 = 0 THEN 1 ELSE n % :accounts + 1 END)"
    f"::text, 16, '0'), 'key_' || n % 7, 'ada', 'id:ada', 'ended', '', '', 'r', 'i', 'a', "
    f"md5(n::text), '', 't' || n, 0, 10, 150, 0, 9000000, 0, '{{}}', t, t, t, t FROM "
    f"(SELECT n, timestamptz '2026-03-31' - n * interval '30 seconds' AS t FROM "
    f"generate_series(1, :lines / 10) n) x",
    "INSERT INTO ledger (org_id, kind, source, sequence, at, day, session_id, secret_id, avatar_id,"
    " seconds, micro_credits, note, created_at) SELECT org_id, CASE k WHEN 1 THEN 'started' WHEN 10"
    " THEN 'ended' ELSE 'heartbeat' END, id, k, created_at, to_char(created_at, 'YYYY-MM-DD'), id, "
    "secret_id, avatar_id, 15, 250000, '', created_at FROM session, generate_series(1, 10) k",
    "INSERT INTO usage_day (org_id, day, secret_id, avatar_id, sessions, seconds, micro_credits, "
    "granted) SELECT org_id, day, secret_id, avatar_id, count(*) FILTER (WHERE kind = 'started'), "
    "sum(seconds), sum(micro_credits), 0 FROM ledger GROUP BY 1, 2, 3, 4",
    "INSERT INTO invoice (id, org_id, number, month, lines, cents, currency, state, stripe_invoice,"
    f" note, created_at) SELECT 'inv_' || {_ID}, 'org_' || {_ID}, n::text, '2026-02', '[]', 1, "
    "'usd', 'open', '', '', now() FROM generate_series(1, :accounts) n",
)
_TENANT = (
    "/v1/usage?month=2026-03", "/v1/usage.csv?month=2026-03", "/v1/usage/entries?limit=200",
    "/v1/sessions?limit=200", "/v1/sessions?state=open", "/v1/sessions?state=ended", "/v1/budget",
    "/v1/billing", "/v1/invoices", "/v1/avatars", "/v1/secrets", "/v1/gallery", "/v1/webhooks",
    "/v1/prices", "/v1/plans",
)  # fmt: skip
_OPERATOR = ("/v1/admin/sessions", "/v1/admin/workers", "/v1/admin/accounts",
             "/v1/admin/organisations")  # fmt: skip


def _cpu(folder: Path) -> float:
    """CPU seconds so far, of this process and of a PostgreSQL's."""
    total, ticks = time.process_time(), os.sysconf("SC_CLK_TCK")
    server = int((folder / "data/postmaster.pid").read_text().split()[0])
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == server or stat.parent.name == str(server):
            own = int(fields[11]) + int(fields[12])
            # Of processes that have ended, the server itself knows.
            ended = int(fields[13]) + int(fields[14]) if stat.parent.name == str(server) else 0
            total += (own + ended) / ticks
    return total


async def _time(
    http: httpx.AsyncClient, who: str, path: str, times: int, server: Path
) -> tuple[Any, ...]:
    taken, status = [], 0
    before = _cpu(server)
    for _ in range(times):
        began = time.perf_counter()
        status = (await http.get(path)).status_code
        taken.append(1000 * (time.perf_counter() - began))
    cpu = 1000 * (_cpu(server) - before) / times
    return who, path, status, float(np.median(taken)), cpu


async def _pages(
    http: httpx.AsyncClient, who: str, path: str, count: int, server: Path
) -> tuple[Any, ...]:
    """So many pages of a list, one after the other."""
    taken: list[float] = []
    cursor, status, before = None, 200, _cpu(server)
    while len(taken) < count and (cursor or not taken):
        began = time.perf_counter()
        answer = await http.get(path + (f"&cursor={cursor}" if cursor else ""))
        taken.append(1000 * (time.perf_counter() - began))
        status, cursor = answer.status_code, answer.json()["next"]
    cpu = 1000 * (_cpu(server) - before) / len(taken)
    return who, f"{path}, {len(taken)} pages", status, float(np.median(taken)), cpu


async def _run(given: argparse.Namespace, folder: Path, address: str, server: Path) -> bool:
    cloud = Cloud(load(data=folder, database=address, engine="none", rate="1000000/minute"))
    app = create_app(cloud)
    cloud.services = []
    async with app.router.lifespan_context(app):
        began = time.monotonic()
        async with cloud.database.write(SYSTEM) as db:
            for statement in _FILL:
                await db.execute(text(statement),
                                 {"accounts": given.accounts, "lines": given.lines})  # fmt: skip
        async with cloud.database.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text("ANALYZE"))
        print(f"{given.accounts} accounts, {given.lines} lines, filled in "
              f"{time.monotonic() - began:.0f} s")  # fmt: skip
        rows: list[tuple[Any, ...]] = []
        for who, cookie in (("largest", "cookie1"), ("ordinary", "cookie2")):
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://x", cookies={"visavis_login": cookie}
            ) as http:
                await http.get("/v1/plans")
                paths = _TENANT + (_OPERATOR if who == "largest" else ())
                rows += [await _time(http, who, path, given.times, server) for path in paths]
                for path in ("/v1/usage/entries?limit=200", "/v1/sessions?limit=200"):
                    rows.append(await _pages(http, who, path, 2 * given.times, server))
    for who, path, status, median, cpu in rows:
        print(f"{who:9} {path:42} {status} median {median:6.1f} ms, CPU {cpu:6.1f} ms")
    slow = [row for row in rows if row[4] >= 200]
    odd = [row for row in rows if row[2] != 200]
    print(f"most CPU {max(row[4] for row in rows):.1f} ms, slowest median "
          f"{max(row[3] for row in rows):.1f} ms; load {os.getloadavg()[0]:.0f} on "
          f"{os.cpu_count()} cores")  # fmt: skip
    return not slow and not odd


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--accounts", type=int, default=10_000)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=20)
    given = parser.parse_args()
    server = Postgres()
    try:
        with tempfile.TemporaryDirectory() as folder:
            good = asyncio.run(_run(given, Path(folder), server.database(), server.folder))
    finally:
        server.stop()
    print("right" if good else "WRONG")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
