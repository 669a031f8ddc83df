"""Migrations: from the first tables, full of rows, to the newest and back, on both databases."""

from __future__ import annotations

import asyncio
import datetime
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from visavis.cloud.database import Base, Database, migrating
from visavis.cloud.settings import load

pytestmark = pytest.mark.asyncio
FIRST, *LATER = migrating.revisions()
NOW = datetime.datetime(2026, 1, 31, 12, tzinfo=datetime.UTC)


@pytest_asyncio.fixture
async def database(database_url: str, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty database."""
    opened = Database(load(data=tmp_path, database=database_url).database_url)
    yield opened
    await opened.close()


def _tables(connection: sa.Connection) -> list[sa.Table]:
    found = sa.MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


def _fill(connection: sa.Connection) -> None:
    """Two rows in every table there is, whatever its columns are."""
    for table in _tables(connection):
        for number in range(2):
            values = {
                column.name: _value(table, column, number)
                for column in table.columns
                if not (column.primary_key and isinstance(column.type, sa.Integer))
            }
            connection.execute(table.insert().values(values))


def _value(table: sa.Table, column: sa.Column[Any], number: int) -> Any:
    if column.foreign_keys:
        target = next(iter(column.foreign_keys)).column
        return _value(target.table, target, number)
    kind = column.type
    if isinstance(kind, sa.DateTime):
        return NOW if kind.timezone else NOW.replace(tzinfo=None)
    if isinstance(kind, sa.Boolean):
        return bool(number)
    if isinstance(kind, sa.Integer):
        return number
    if isinstance(kind, sa.Float):
        return number / 2
    if isinstance(kind, sa.JSON):
        return {"number": number}
    if isinstance(kind, sa.LargeBinary):
        return bytes([number])
    length = getattr(kind, "length", None) or 40
    return f"{number} {table.name} {column.name}"[:length]


def _rows(connection: sa.Connection) -> dict[str, list[dict[str, Any]]]:
    return {
        table.name: [dict(row._mapping) for row in connection.execute(
            sa.select(table).order_by(*table.primary_key.columns))]
        for table in _tables(connection)
    }  # fmt: skip


def _kept(before: dict[str, list[dict[str, Any]]], after: dict[str, list[dict[str, Any]]]) -> None:
    """Whatever both have is the same."""
    for name, rows in before.items():
        assert len(after.get(name, rows)) == len(rows), name
        for old, new in zip(rows, after.get(name, rows), strict=True):
            shared = old.keys() & new.keys()
            assert {key: old[key] for key in shared} == {key: new[key] for key in shared}, name


async def test_rows_of_the_first_version_go_all_the_way_and_back(database: Database) -> None:
    await database.upgrade(FIRST)
    async with database.engine.connect() as connection:
        assert await connection.run_sync(migrating.current) == FIRST
    async with database.engine.begin() as connection:
        await connection.run_sync(_fill)
        before = await connection.run_sync(_rows)
    assert all(len(rows) == 2 for rows in before.values()) and len(before) >= 25
    for revision in LATER:
        await database.upgrade(revision)
        async with database.engine.connect() as connection:
            _kept(before, await connection.run_sync(_rows))
    for revision in [FIRST, *LATER][-2::-1]:
        async with database.engine.connect() as connection:
            await connection.run_sync(migrating.downgrade, revision)
        async with database.engine.connect() as connection:
            assert await connection.run_sync(migrating.current) == revision
            _kept(before, await connection.run_sync(_rows))
    await database.upgrade()
    async with database.engine.connect() as connection:
        _kept(before, await connection.run_sync(_rows))
        await connection.run_sync(migrating.downgrade, "base")
    async with database.engine.connect() as connection:
        assert await connection.run_sync(_tables) == []


async def test_migrations_make_the_tables_the_code_has(database: Database) -> None:
    await database.upgrade()

    def differences(connection: sa.Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, Base.metadata))

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_processes_that_start_at_once_migrate_once(database: Database) -> None:
    program = (
        "import asyncio, sys; from visavis.cloud.database import Database; "
        "asyncio.run(Database(sys.argv[1]).upgrade())"
    )
    started = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", program, database.url)
        for _ in range(3)
    ]
    assert [await process.wait() for process in started] == [0, 0, 0]
    async with database.engine.connect() as connection:
        assert await connection.run_sync(migrating.current) == migrating.revisions()[-1]
