"""What the tests of every route share: the OpenAPI document read, and a tenant full of secrets."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, Boolean, DateTime, Float, Integer, LargeBinary, String, select
from sqlalchemy.ext.asyncio import AsyncSession

from visavis.cloud.context import Cloud
from visavis.cloud.database import (
    Account,
    Base,
    Membership,
    Organisation,
    OrgOwned,
    Scope,
)
from visavis.cloud.database.base import UtcTime

LEAK = "LEAK"
"""In every text of the other tenant's rows."""
ALL = Scope.system("a test looks")

# Path parameters: whose id they are. A new name has to be entered here.
OF_TABLE = {
    "avatar_id": "avatar", "job_id": "job", "secret_id": "api_secret", "login_id": "login",
    "invitation_id": "invitation", "account_id": "account", "session_id": "session",
    "task_id": "session", "endpoint_id": "webhook_endpoint", "webhook_id": "webhook_endpoint",
    "message_id": "outbox", "delivery_id": "delivery", "invoice_id": "invoice",
    "token_id": "embed_token", "embed_id": "embed_token", "org_id": "organisation",
    "worker_id": "worker", "price_id": "price", "plan_id": "plan",
}  # fmt: skip


@dataclass(frozen=True)
class Operation:
    """One operation of the document."""

    method: str
    path: str
    rights: tuple[str, ...]
    parameters: tuple[dict[str, Any], ...]
    body: dict[str, Any] | None
    content_type: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def operations(document: dict[str, Any]) -> list[Operation]:
    """All of them."""
    found = []
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            content = said.get("requestBody", {}).get("content", {})
            kind = next(iter(content), "")
            found.append(
                Operation(
                    method.upper(), path, tuple(said.get("x-rights", ())),
                    tuple(one for one in said.get("parameters", ()) if one["in"] == "path"),
                    content[kind]["schema"] if kind else None, kind,
                )
            )  # fmt: skip
    return found


def sample_ids(document: dict[str, Any]) -> dict[str, str]:
    """An id that fits its pattern, for every table that a path names."""
    found: dict[str, str] = {}
    for operation in operations(document):
        for parameter in operation.parameters:
            name = parameter["name"]
            assert name in OF_TABLE, f"{operation}: enter {name} in OF_TABLE"
            pattern = parameter["schema"].get("pattern", "")
            prefix = re.match(r"\^([a-z]+)_\[", pattern)
            if pattern.startswith("^[A-Z][0-9]"):
                found[OF_TABLE[name]] = "L3E4A5K6S7"
            else:
                found[OF_TABLE[name]] = f"{prefix[1] if prefix else 'xyz'}_{'7' * 16}"
    return found


async def fill(cloud: Cloud, ids: dict[str, str]) -> str:
    """Another tenant with a row in every table; its organisation's id."""
    org_id = ids.setdefault("organisation", "org_" + "7" * 16)
    account_id = ids.setdefault("account", "acc_" + "7" * 16)
    ids.setdefault("avatar", "L3E4A5K6S7")
    now = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    async with cloud.database.write(ALL) as db:
        db.add(Organisation(id=org_id, name=f"{LEAK} organisation", created_at=now))
        db.add(
            Account(id=account_id, email=f"{LEAK}@example.org", name=LEAK, password=LEAK,
                    created_at=now)
        )  # fmt: skip
        await db.flush()
        db.add(Membership(org_id=org_id, account_id=account_id, role="owner", created_at=now))
        for table in Base.metadata.sorted_tables:
            mapper = next(one for one in Base.registry.mappers if one.local_table is table)
            if issubclass(mapper.class_, OrgOwned):
                db.add(_row(mapper.class_, ids, org_id, now))
                await db.flush()
    return org_id


def _row(entity: Any, ids: dict[str, str], org_id: str, now: datetime.datetime) -> Any:
    values: dict[str, Any] = {}
    for column in entity.__table__.columns:
        if column.name == "org_id":
            values["org_id"] = org_id
        elif column.foreign_keys:
            target = next(iter(column.foreign_keys)).column.table.name
            values[column.name] = ids.get(target)
        elif column.name == "id" and isinstance(column.type, String):
            values["id"] = ids.setdefault(entity.__tablename__, f"xyz_{'7' * 16}")
        elif column.primary_key and isinstance(column.type, Integer):
            continue
        else:
            values[column.name] = _value(column, now)
    return entity(**values)


def _value(column: Any, now: datetime.datetime) -> Any:
    kind = column.type
    if isinstance(kind, UtcTime | DateTime):
        # Not due, not revoked: nothing is to be done about it.
        return None if column.nullable else now + datetime.timedelta(days=36500)
    if isinstance(kind, Boolean):
        return False
    if isinstance(kind, Integer | Float):
        return 1
    if isinstance(kind, JSON):
        return {"said": LEAK} if "dict" in str(column.default) else [LEAK]
    if isinstance(kind, LargeBinary):
        return LEAK.encode()
    return LEAK[: getattr(kind, "length", None) or len(LEAK)]


async def snapshot(cloud: Cloud, org_id: str) -> dict[str, list[Any]]:
    """All that a tenant has, to compare."""
    async with cloud.database.read(ALL) as db:
        found = {
            mapper.class_.__tablename__: await _rows(db, mapper.class_, org_id)
            for mapper in Base.registry.mappers
            if issubclass(mapper.class_, OrgOwned | Membership)
        }
        names = select(Organisation.name).where(Organisation.id == org_id)
        found["organisation"] = list((await db.scalars(names)).all())
    return found


async def _rows(db: AsyncSession, entity: Any, org_id: str) -> list[Any]:
    rows = await db.execute(
        select(*entity.__table__.columns).where(entity.__table__.c.org_id == org_id)
    )
    return sorted(map(str, rows.all()))


def sample(schema: dict[str, Any], document: dict[str, Any], ids: dict[str, str]) -> Any:
    """A body that a schema lets pass; where it names ids, the other tenant's."""
    if "$ref" in schema:
        named = schema["$ref"].rpartition("/")[2]
        return sample(document["components"]["schemas"][named], document, ids)
    if "properties" in schema:
        return {
            name: ids[OF_TABLE[name]]
            if ids.get(OF_TABLE.get(name, ""))
            else sample(part, document, ids)
            for name, part in schema["properties"].items()
            if name in schema.get("required", ()) or name in OF_TABLE
        }
    if schema.get("examples"):
        return schema["examples"][0]
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return sample(schema[several][0], document, ids)
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    kind = schema.get("type")
    if kind == "string":
        return "x" * max(schema.get("minLength", 20), 20)
    if kind == "array":
        return [sample(schema["items"], document, ids)]
    return {"integer": 1, "number": 1.0, "boolean": True, "object": {}}.get(str(kind))
