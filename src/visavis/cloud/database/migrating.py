"""Brings a database's tables to a revision, with Alembic.

Comes in: a connection. Goes out: changed tables. On PostgreSQL one process does it and the others
wait; on SQLite its one writer is enough.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x7669736176697300  # "visavis": any number nobody else takes


def config(connection: Connection | None = None) -> Config:
    """Alembic's, as we have it."""
    made = Config()
    made.set_main_option("script_location", str(_FOLDER))
    made.attributes["connection"] = connection
    return made


def upgrade(connection: Connection, revision: str = "head") -> None:
    """To a revision, newer than the present one or the same."""
    _locked(connection)
    command.upgrade(config(connection), revision)
    connection.commit()


def downgrade(connection: Connection, revision: str) -> None:
    """Back to a revision."""
    _locked(connection)
    command.downgrade(config(connection), revision)
    connection.commit()


def current(connection: Connection) -> str | None:
    """The revision a database has."""
    return MigrationContext.configure(connection).get_current_revision()


def revisions() -> list[str]:
    """All revisions, the first one first."""
    scripts = ScriptDirectory.from_config(config())
    return [script.revision for script in scripts.walk_revisions()][::-1]


def _locked(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
