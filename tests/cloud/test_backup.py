"""Backup and restore: everything comes back, also into the other kind of database."""

from __future__ import annotations

import asyncio
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.cloud.every_route import fill, snapshot
from tests.cloud.somebody import PASSWORD, Somebody
from tests.cloud.test_avatars import OTTO, upload
from tests.helpers.postgres import Postgres
from visavis.cloud.app import create_app
from visavis.cloud.backup import backup, restore
from visavis.cloud.context import Cloud
from visavis.cloud.database import AuditEntry, Base, Database, Scope, migrating
from visavis.cloud.settings import CloudSettings, load
from visavis.errors import InvalidMedia, InvalidOption

pytestmark = pytest.mark.asyncio


async def _tables(settings: CloudSettings) -> dict[str, list[str]]:
    database = Database(settings.database_url)
    async with database.read(Scope.system("a test looks")) as db:
        found = {
            table.name: sorted(map(str, (await db.execute(select(table))).all()))
            for table in Base.metadata.sorted_tables
        }
    await database.close()
    return found


@pytest.mark.parametrize("into", ["the same kind", "the other kind"])
async def test_a_restored_cloud_is_the_same(
    cloud: Cloud, ada: Somebody, tmp_path: Path, into: str, request: pytest.FixtureRequest
) -> None:
    ids: dict[str, str] = {}
    org_id = await fill(cloud, ids)
    sealed = cloud.sealer.seal("the secret of a webhook")
    secret = (await ada.secret("read"))["secret"]
    made = (await upload(ada, OTTO, tags="robot"))["avatar_id"]
    out = tmp_path / "backup.zip"
    kept = await backup(cloud.settings, out)
    assert kept.rows > 30 and kept.files == 2 and out.stat().st_mode & 0o077 == 0
    theirs = await snapshot(cloud, org_id)

    sqlite = cloud.database.is_sqlite if into == "the same kind" else not cloud.database.is_sqlite
    server: Postgres | None = None if sqlite else request.getfixturevalue("postgres")
    settings = load(data=tmp_path / "new", database=server.database() if server else "")
    assert await restore(settings, out) == kept
    before, after = await _tables(cloud.settings), await _tables(settings)
    for name, rows in before.items():
        assert len(after[name]) == len(rows), name
    if sqlite == cloud.database.is_sqlite:
        assert after == before

    again = Cloud(settings)
    app = create_app(again)
    async with app.router.lifespan_context(app):
        assert await snapshot(again, org_id) == theirs
        assert again.sealer.open(sealed) == "the secret of a webhook"
        somebody = Somebody(app, "ada@example.org")
        assert (await somebody.log_in(PASSWORD)).status_code == 200
        program = somebody.browser()
        program.headers["api-secret"] = secret
        assert (await program.get(f"/v1/avatars/{made}/file")).content == OTTO
        async with again.database.write(Scope.system("counters go on")) as db:
            db.add(AuditEntry(actor="test", action="restored"))


async def test_a_backup_of_an_older_version_is_brought_up_to_date(tmp_path: Path) -> None:
    """As it was written by the first version: its tables, its revision."""
    old = load(data=tmp_path / "old")
    running = Cloud(old)
    app = create_app(running)
    async with app.router.lifespan_context(app):
        await fill(running, {})
    out = tmp_path / "new.zip"
    await backup(old, out)
    first = migrating.revisions()[0]
    older = tmp_path / "older.zip"
    await asyncio.to_thread(_as_the_first_version_wrote, out, older, first)
    settings = load(data=tmp_path / "restored")
    await restore(settings, older)
    database = Database(settings.database_url)
    async with database.engine.connect() as connection:
        assert await connection.run_sync(migrating.current) == migrating.revisions()[-1]
    await database.close()
    assert (await _tables(settings))["avatar"]


_CALLED_NOW = {"embed_token.origin": "origins"}
"""Columns of the first version that have another name by now."""


def _as_the_first_version_wrote(source: Path, out: Path, revision: str) -> None:
    import json
    import sqlite3

    database = Path(out.parent / "columns.sqlite")

    async def make() -> None:
        opened = Database(f"sqlite+aiosqlite:///{database}")
        await opened.upgrade(revision)
        await opened.close()

    asyncio.run(make())
    known = sqlite3.connect(database)
    with zipfile.ZipFile(source) as have, zipfile.ZipFile(out, "w") as made:
        for name in have.namelist():
            data = have.read(name)
            if name == "about.json":
                data = json.dumps(json.loads(data) | {"revision": revision}).encode()
            elif name.startswith("tables/"):
                table = name.removeprefix("tables/").removesuffix(".jsonl")
                columns = [row[1] for row in known.execute(f"PRAGMA table_info('{table}')")]
                if not columns:
                    continue
                rows = [json.loads(line) for line in data.splitlines()]
                now = {key: _CALLED_NOW.get(f"{table}.{key}", key) for key in columns}
                data = b"".join(
                    json.dumps({key: row[new] for key, new in now.items() if new in row}).encode()
                    + b"\n"
                    for row in rows
                )
            made.writestr(name, data)


async def test_what_is_no_backup_or_does_not_fit_is_refused(
    cloud: Cloud, ada: Somebody, tmp_path: Path
) -> None:
    out = tmp_path / "backup.zip"
    await backup(cloud.settings, out)
    with pytest.raises(InvalidOption, match="not empty"):
        await restore(cloud.settings, out)
    broken = tmp_path / "broken.zip"
    broken.write_bytes(out.read_bytes()[:-100])
    empty = tmp_path / "empty.zip"
    empty.write_bytes(b"")
    for number, source in enumerate((broken, empty, tmp_path / "none.zip")):
        with pytest.raises(InvalidMedia):
            await restore(load(data=tmp_path / f"n{number}"), source)
    with pytest.raises(InvalidOption, match="another key"):
        await restore(load(data=tmp_path / "k", key="x" * 32), out)
    with pytest.raises(InvalidOption, match="no cloud"):
        await backup(load(data=tmp_path / "nothing"), tmp_path / "x.zip")
    assert not (tmp_path / "x.zip").exists()
