"""The characters that come with Visavis, in a new cloud's gallery."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete, select

from visavis import library
from visavis.cloud.context import Cloud
from visavis.cloud.database import Avatar, Scope
from visavis.cloud.settings import load
from visavis.studio.seeding import ORG_ID, Seeding

_ALL = Scope.system("a test looks")


@pytest.mark.asyncio
async def test_they_are_put_in_once(tmp_path: Path) -> None:
    cloud = Cloud(load(data=tmp_path))
    cloud.services = [Seeding(cloud)]
    await cloud.start()
    try:
        async with cloud.database.read(_ALL) as db:
            rows = (await db.scalars(select(Avatar))).all()
        assert sorted(row.name.lower() for row in rows) == list(library.characters())
        assert {row.org_id for row in rows} == {ORG_ID}
        for row in rows:
            kept = cloud.files.local(row.file_key)
            assert kept is not None
            with library.open(kept) as avatar:
                assert avatar.name.lower() == row.name.lower()
        async with cloud.database.write(_ALL) as db:
            await db.execute(delete(Avatar).where(Avatar.id == rows[0].id))
        await Seeding(cloud).start()
        async with cloud.database.read(_ALL) as db:
            left = (await db.scalars(select(Avatar.id))).all()
        assert sorted(left) == sorted(row.id for row in rows[1:])
    finally:
        await cloud.close()
