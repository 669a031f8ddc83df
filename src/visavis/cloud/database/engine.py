"""Connections: SQLite (in WAL mode) or PostgreSQL, sessions with a scope.

Comes in: an address. Goes out: :class:`Database`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from visavis.cloud.database import migrating, scope
from visavis.cloud.database.scope import Scope

_WRITES = "visavis_writes"
_PATIENCE = 10.0
"""Seconds that a request waits for a connection; then it is told to come again."""


class _ScopedSession(Session):
    """SQLAlchemy's session, watched by its scope."""

    def get(self, *arguments: Any, **options: Any) -> Any:
        """A row by its primary key."""
        self.info[scope.GETTING] = True
        try:
            return super().get(*arguments, **options)
        finally:
            self.info[scope.GETTING] = False


scope.watch(_ScopedSession)


class Database:
    """One database.

    Args:
        url: SQLAlchemy's address: ``sqlite+aiosqlite:///…`` or ``postgresql+psycopg://…``.
        pool: connections at most.
    """

    def __init__(self, url: str, pool: int = 10) -> None:
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = _engine(url, pool)
        self._writing = self.engine.execution_options(**{_WRITES: True})

    @asynccontextmanager
    async def read(self, within: Scope) -> AsyncIterator[AsyncSession]:
        """A session that only reads.

        Args:
            within: what it can reach.
        """
        async with self._session(self.engine, within, read_only=True) as session:
            yield session

    @asynccontextmanager
    async def write(self, within: Scope) -> AsyncIterator[AsyncSession]:
        """A session whose changes are kept when the block ends, and all dropped if it fails.

        On SQLite it has the database to itself from its first statement: keep it short, and do
        nothing slow inside.

        Args:
            within: what it can reach.
        """
        async with self._session(self._writing, within) as session:
            yield session
            await session.commit()

    @asynccontextmanager
    async def _session(
        self, engine: AsyncEngine, within: Scope, read_only: bool = False
    ) -> AsyncIterator[AsyncSession]:
        info = {scope.KEY: within, "read_only": read_only}
        async with AsyncSession(
            engine, sync_session_class=_ScopedSession, expire_on_commit=False, info=info
        ) as session:
            yield session

    async def upgrade(self, revision: str = "head") -> None:
        """Bring the tables to a revision; several processes may do so at once."""
        if self.is_sqlite and (path := make_url(self.url).database):
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        async with self._writing.connect() as connection:
            await connection.run_sync(migrating.upgrade, revision)

    async def close(self) -> None:
        """Close all connections."""
        await self.engine.dispose()


def _engine(url: str, pool: int) -> AsyncEngine:
    sqlite = make_url(url).get_backend_name() == "sqlite"
    options: dict[str, Any] = {
        "pool_size": pool,
        "max_overflow": 0,
        "pool_pre_ping": not sqlite,
        "pool_timeout": _PATIENCE,
    }
    if sqlite:
        options["connect_args"] = {"timeout": 30}
    engine = create_async_engine(url, **options)
    if sqlite:
        event.listen(engine.sync_engine, "connect", _prepare)
        event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _prepare(connection: Any, record: object) -> None:
    connection.isolation_level = None  # we begin ourselves, see _begin
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        "busy_timeout=30000",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later cannot wait for another writer: say at once
    # that it will write.
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
