"""Writes a migration of the cloud's tables: what they are now against what the last one made.

    python scripts/cloud_revision.py "invoices know their currency"

Comes in: a message. Goes out: a file in cloud/database/migrations/versions, to be read and put
right by hand.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from alembic import command
from sqlalchemy import Connection

from visavis.cloud.database import Database, migrating


def _revise(connection: Connection, message: str) -> None:
    number = f"{len(migrating.revisions()) + 1:04d}"
    command.revision(migrating.config(connection), message, autogenerate=True, rev_id=number)


async def _main(message: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite+aiosqlite:///{Path(folder) / 'old.sqlite'}")
        if migrating.revisions():
            await database.upgrade()
        async with database.engine.connect() as connection:
            await connection.run_sync(_revise, message)
        await database.close()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
