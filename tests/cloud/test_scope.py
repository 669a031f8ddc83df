"""Tenants are kept apart by the scope, whatever the code that queries forgets."""

from __future__ import annotations

import pytest
import pytest_asyncio
from sqlalchemy import delete, insert, select, text, true, update
from sqlalchemy.orm import aliased

from visavis.cloud.context import Cloud
from visavis.cloud.database import (
    Account,
    ApiSecret,
    AuditEntry,
    Avatar,
    AvatarTag,
    Base,
    Invoice,
    Membership,
    Organisation,
    Scope,
    ScopeBroken,
)
from visavis.cloud.database.scope import has_rule

pytestmark = pytest.mark.asyncio

OURS, THEIRS = Scope.organisation("org_a"), Scope.organisation("org_b")


@pytest_asyncio.fixture
async def filled(cloud: Cloud) -> Cloud:
    """Two organisations with the same kinds of rows."""
    async with cloud.database.write(Scope.system("two tenants")) as db:
        for one in "ab":
            db.add(Organisation(id=f"org_{one}", name=one))
            db.add(Account(id=f"acc_{one}", email=f"{one}@example.org", name=one, password="x"))
            await db.flush()
            db.add(Membership(org_id=f"org_{one}", account_id=f"acc_{one}", role="owner"))
            for number in range(2):
                avatar = Avatar(
                    id=f"{one.upper()}{number}C3D4E5", org_id=f"org_{one}", name=f"{one}{number}",
                    status="ready", visibility=("private", "public")[number],
                )  # fmt: skip
                db.add(avatar)
                await db.flush()
                db.add(AvatarTag(org_id=f"org_{one}", avatar_id=avatar.id, tag="fox"))
            db.add(
                ApiSecret(id=f"key_{one}", org_id=f"org_{one}", name=one, prefix=one * 8,
                          digest=one * 64, rights=["read"])
            )  # fmt: skip
            db.add(AuditEntry(org_id=f"org_{one}", actor="system", action="made"))
    return cloud


async def test_a_query_that_forgets_its_tenant_sees_its_own_rows_only(filled: Cloud) -> None:
    other = aliased(Avatar)
    async with filled.database.read(OURS) as db:
        for statement in (
            select(Avatar.name),
            select(other.name),
            select(Avatar.name).where((Avatar.name == "b0") | (Avatar.name == "a0")),
            select(select(Avatar.name).subquery().c.name),
            select(Avatar.name).union_all(select(other.name)),
            select(Avatar.name).where(Avatar.id.in_(select(AvatarTag.avatar_id))),
            select(Organisation.name),
            select(Membership.account_id),
            select(ApiSecret.name),
            select(Account.name),
        ):
            names = set((await db.scalars(statement)).all())
            assert names and names <= {"a", "acc_a", "a0", "a1"}, statement
        cross = select(Avatar.name, other.name).join(other, other.id != Avatar.id)
        assert {a + b for a, b in (await db.execute(cross)).all()} == {"a0a1", "a1a0"}
        assert await db.get(Avatar, "B0C3D4E5") is None
        assert await db.get(Avatar, "A0C3D4E5") is not None
        exists = select(Avatar.name).where(select(ApiSecret.id).where(
            ApiSecret.name == "b").exists())  # fmt: skip
        assert (await db.scalars(exists)).all() == []
        count = await db.scalar(select(Organisation.name).where(
            Organisation.id == select(ApiSecret.org_id).where(ApiSecret.name == "b")
            .scalar_subquery()))  # fmt: skip
        assert count is None


async def test_changes_by_statement_stay_within(filled: Cloud) -> None:
    async with filled.database.write(OURS) as db:
        await db.execute(update(Avatar).values(description="changed"))
        await db.execute(delete(ApiSecret))
    async with filled.database.read(THEIRS) as db:
        assert set((await db.scalars(select(Avatar.description))).all()) == {""}
        assert (await db.scalars(select(ApiSecret.id))).all() == ["key_b"]
    async with filled.database.read(OURS) as db:
        assert set((await db.scalars(select(Avatar.description))).all()) == {"changed"}
        assert (await db.scalars(select(ApiSecret.id))).all() == []


async def test_what_is_seen_is_not_always_changed(filled: Cloud) -> None:
    for scope, statement in (
        (OURS, update(Account).values(password="mine")),
        (OURS, update(AuditEntry).values(action="never was")),
        (OURS, delete(AuditEntry)),
        (Scope.account("acc_a"), update(Membership).values(role="owner")),
        (Scope.account("acc_a"), update(Organisation).values(name="mine")),
        (Scope.gallery(), update(Avatar).values(name="mine")),
    ):
        with pytest.raises(ScopeBroken):
            async with filled.database.write(scope) as db:
                await db.execute(statement)


async def test_new_rows_belong_to_the_scope(filled: Cloud) -> None:
    async with filled.database.write(OURS) as db:
        db.add(Avatar(id="Z0C3D4E5", name="new"))
    async with filled.database.read(OURS) as db:
        made = await db.get(Avatar, "Z0C3D4E5")
        assert made is not None and made.org_id == "org_a"


async def test_rows_of_another_tenant_are_refused(filled: Cloud) -> None:
    for row in (
        Avatar(id="Z1C3D4E5", name="theirs", org_id="org_b"),
        AuditEntry(org_id="org_b", actor="x", action="y"),
        Membership(org_id="org_b", account_id="acc_a", role="owner"),
        Account(id="acc_c", email="c@example.org", name="c", password="x"),
        Organisation(id="org_c", name="c"),
    ):
        with pytest.raises(ScopeBroken):
            async with filled.database.write(OURS) as db:
                db.add(row)
    with pytest.raises(ScopeBroken):
        async with filled.database.write(OURS) as db:
            own = await db.get(Avatar, "A0C3D4E5")
            assert own is not None
            own.org_id = "org_b"


async def test_what_cannot_be_kept_within_is_refused(filled: Cloud) -> None:
    async with filled.database.write(OURS) as db:
        for statement in (
            text("select * from avatar"),
            select(Avatar.__table__),
            select(Avatar.__table__.c.name),
            select(Avatar.name).join(Invoice.__table__, Invoice.__table__.c.id == Avatar.id),
            select(Avatar.name).where(Avatar.id.in_(select(AvatarTag.__table__.c.avatar_id))),
            select(Avatar.__table__.alias()),
            select(Avatar.name).join(Avatar.__table__.alias("x"), true()),
            select(Avatar.name).where(Avatar.id.in_(select(Avatar.__table__.alias("y").c.id))),
            insert(Avatar).values(id="Z2C3D4E5", name="x", org_id="org_b"),
        ):
            with pytest.raises(ScopeBroken):
                await db.execute(statement)


async def test_the_gallery_shows_public_avatars_and_nothing_else(filled: Cloud) -> None:
    async with filled.database.read(Scope.gallery()) as db:
        assert set((await db.scalars(select(Avatar.name))).all()) == {"a1", "b1"}
        assert set((await db.scalars(select(AvatarTag.avatar_id))).all()) == {
            "A1C3D4E5", "B1C3D4E5",
        }  # fmt: skip
        for entity in (Account, Membership, Organisation, ApiSecret, AuditEntry, Invoice):
            assert (await db.scalars(select(entity))).all() == []
    with pytest.raises(ScopeBroken):
        async with filled.database.write(Scope.gallery()) as db:
            await db.execute(update(Avatar).values(name="mine"))


async def test_a_person_sees_the_organisations_they_are_in(filled: Cloud) -> None:
    async with filled.database.read(Scope.account("acc_b")) as db:
        assert (await db.scalars(select(Organisation.name))).all() == ["b"]
        assert (await db.scalars(select(Account.name))).all() == ["b"]
        assert (await db.scalars(select(Avatar.name))).all() == []


async def test_reading_sessions_do_not_write(filled: Cloud) -> None:
    with pytest.raises(ScopeBroken):
        async with filled.database.read(OURS) as db:
            db.add(Avatar(id="Z3C3D4E5", name="new"))
            await db.flush()


async def test_every_table_says_whose_rows_it_has() -> None:
    assert [mapper.class_ for mapper in Base.registry.mappers if not has_rule(mapper.class_)] == []
