"""Backup and restore: the database, the files and the key, in one file.

Comes in: settings and a path. Goes out: a ZIP file that holds every table as lines of JSON, every
stored file and the key that sealed secrets need; or a cloud filled with one. It fits either
database: what was SQLite can be restored to PostgreSQL. Keep it as safe as the cloud itself.
"""

from __future__ import annotations

import base64
import datetime
import json
import os
import tempfile
import zipfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import LargeBinary, Table, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from visavis.cloud.database import Base, Database, migrating
from visavis.cloud.database.base import UtcTime
from visavis.cloud.files import Files
from visavis.cloud.sealing import key_of
from visavis.cloud.settings import CloudSettings
from visavis.errors import InvalidMedia, InvalidOption
from visavis.serve.store import private_folder

_FORMAT = 1
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Kept:
    """What a backup holds.

    Attributes:
        rows: of all tables together.
        files: how many.
        bytes: of all files together.
    """

    rows: int
    files: int
    bytes: int


async def backup(settings: CloudSettings, out: Path) -> Kept:
    """Write a backup; the cloud may go on meanwhile.

    The database is read in one transaction. Files are never changed under their name, so what it
    names is there; one that was deleted in between is left out.

    Args:
        settings: of the cloud.
        out: the file; appears whole or not at all.

    Raises:
        InvalidMedia: it cannot be written.
        InvalidOption: there is no cloud to back up.
    """
    database, files = Database(settings.database_url), Files(settings.files_url)
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        private_folder(settings.data)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as raw, zipfile.ZipFile(raw, "w") as archive:
            rows = await _write_tables(database, archive)
            count, size = await _write_files(files, archive)
            key = key_of(settings.key.get_secret_value(), settings.data)
            archive.writestr("key", key)
        os.replace(part, out)
    except OSError as error:
        raise InvalidMedia(f"{out} cannot be written: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
        await database.close()
    return Kept(rows, count, size)


async def restore(settings: CloudSettings, source: Path) -> Kept:
    """Fill an empty cloud with a backup.

    Args:
        settings: of the cloud to fill; its database must be empty.
        source: the backup.

    Raises:
        InvalidMedia: it is no backup, or a broken one.
        InvalidOption: the cloud is not empty, or has another key.
    """
    database, files = Database(settings.database_url), Files(settings.files_url)
    try:
        with zipfile.ZipFile(source) as archive:
            if broken := archive.testzip():
                raise InvalidMedia(f"{source} is broken: {broken}")
            about = json.loads(archive.read("about.json"))
            if about.get("format") != _FORMAT:
                raise InvalidMedia(f"{source} was made by a newer Visavis; upgrade first")
            private_folder(settings.data)
            _restore_key(settings, archive.read("key").decode("ascii"))
            rows = await _read_tables(database, archive, str(about["revision"]))
            count = size = 0
            for entry in archive.infolist():
                if entry.filename.startswith("files/"):
                    await files.put(entry.filename.removeprefix("files/"), archive.read(entry))
                    count, size = count + 1, size + entry.file_size
    except (OSError, zipfile.BadZipFile, KeyError, ValueError) as error:
        raise InvalidMedia(f"{source} is no backup of a cloud: {error}") from error
    finally:
        await database.close()
    return Kept(rows, count, size)


def _restore_key(settings: CloudSettings, key: str) -> None:
    path = settings.data / "key"
    given = settings.key.get_secret_value()
    if given and given != key:
        raise InvalidOption("the backup was made with another key; set it as VISAVIS_CLOUD_KEY")
    if given:
        return
    if path.exists() and path.read_text("ascii").strip() != key:
        raise InvalidOption(f"{path} holds another key; restore into an empty folder")
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key)


async def _write_tables(database: Database, archive: zipfile.ZipFile) -> int:
    rows = 0
    isolation = {} if database.is_sqlite else {"isolation_level": "REPEATABLE READ"}
    async with database.engine.connect() as plain:
        connection = await plain.execution_options(**isolation)
        revision = await connection.run_sync(migrating.current)
        if revision is None:
            raise InvalidOption("there is no cloud in this database yet")
        if revision != migrating.revisions()[-1]:
            raise InvalidOption("the database is older than this Visavis; start the cloud once")
        made = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        about = {"format": _FORMAT, "revision": revision, "made": made}
        archive.writestr("about.json", json.dumps(about))
        for table in Base.metadata.sorted_tables:
            with tempfile.TemporaryFile("w+b") as lines:
                async for line in _lines(connection, table):
                    lines.write(line)
                    rows += 1
                lines.seek(0)
                entry = zipfile.ZipInfo(f"tables/{table.name}.jsonl")
                entry.compress_type = zipfile.ZIP_DEFLATED
                with archive.open(entry, "w", force_zip64=True) as member:
                    while piece := lines.read(1 << 20):
                        member.write(piece)
    return rows


async def _lines(connection: AsyncConnection, table: Table) -> AsyncIterator[bytes]:
    columns = list(table.columns)
    found = await connection.stream(select(table).order_by(*table.primary_key.columns))
    async for row in found:
        values = {column.name: _plain(value) for column, value in zip(columns, row, strict=True)}
        yield json.dumps(values, ensure_ascii=False).encode() + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


async def _read_tables(database: Database, archive: zipfile.ZipFile, revision: str) -> int:
    if revision not in migrating.revisions():
        raise InvalidMedia("it was made by a newer Visavis; upgrade first")
    # The tables as they were; what has changed since is changed with the rows in them.
    await database.upgrade(revision)
    rows = 0
    async with database.engine.begin() as connection:
        tables = await connection.run_sync(_reflected)
        for table in tables:
            if await connection.scalar(select(func.count()).select_from(table)):
                raise InvalidOption("this cloud is not empty; restore into a new database")
        for table in tables:
            rows += await _fill(connection, table, archive)
    await database.upgrade()
    return rows


def _reflected(connection: Any) -> list[Table]:
    """The tables there are at this revision, those that others refer to first."""
    from sqlalchemy import MetaData

    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


async def _fill(connection: AsyncConnection, table: Table, archive: zipfile.ZipFile) -> int:
    name = f"tables/{table.name}.jsonl"
    if name not in archive.namelist():
        return 0
    takers = _takers(table)
    rows = 0
    with archive.open(name) as lines:
        batch: list[dict[str, Any]] = []
        for line in lines:
            values = json.loads(line)
            batch.append({key: takers[key](value) for key, value in values.items()})
            rows += 1
            if len(batch) == _AT_ONCE:
                await connection.execute(insert(table), batch)
                batch = []
        if batch:
            await connection.execute(insert(table), batch)
    if connection.dialect.name == "postgresql" and rows:
        await _count_on(connection, table)
    return rows


def _takers(table: Table) -> dict[str, Callable[[Any], Any]]:
    """How each column's value comes back from JSON."""
    known = Base.metadata.tables.get(table.name)
    takers: dict[str, Callable[[Any], Any]] = {}
    for column in table.columns:
        kind = column.type if known is None or column.name not in known.columns else (
            known.columns[column.name].type
        )  # fmt: skip
        column.type = kind  # moments and JSON as our own classes keep them
        takers[column.name] = _same
        if isinstance(kind, UtcTime):
            takers[column.name] = _moment
        elif isinstance(kind, LargeBinary):
            takers[column.name] = _bytes
    return takers


def _same(value: Any) -> Any:
    return value


def _moment(value: str | None) -> datetime.datetime | None:
    return None if value is None else datetime.datetime.fromisoformat(value)


def _bytes(value: str | None) -> bytes | None:
    return None if value is None else base64.b64decode(value)


async def _count_on(connection: AsyncConnection, table: Table) -> None:
    """Let a counter of PostgreSQL go on after the rows that brought their numbers along."""
    for column in table.primary_key.columns:
        if isinstance(column.type.python_type, type) and column.type.python_type is int:
            await connection.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', '{column.name}'), "
                    f"(SELECT max({column.name}) FROM {table.name}))"
                )
            )


async def _write_files(files: Files, archive: zipfile.ZipFile) -> tuple[int, int]:
    count = size = 0
    for key in await files.keys():
        try:
            data = await files.get(key)
        except FileNotFoundError:
            continue
        archive.writestr(f"files/{key}", data)  # stored: avatars are packed already
        count, size = count + 1, size + len(data)
    return count, size
