"""API secrets: shown once, kept as hashes, refused at once when they are over."""

from __future__ import annotations

import asyncio
import datetime

import pytest
from sqlalchemy import select

from tests.cloud.somebody import Somebody
from visavis.cloud.context import Cloud
from visavis.cloud.database import ApiSecret, AuditEntry, IdempotentAnswer, Scope
from visavis.cloud.database.base import utc_now

pytestmark = pytest.mark.asyncio
ALL = Scope.system("a test looks")


async def test_a_secret_is_shown_once_and_kept_as_a_hash(ada: Somebody, cloud: Cloud) -> None:
    made = await ada.secret("read")
    secret = made["secret"]
    assert secret.startswith(made["prefix"])
    for address in ("/v1/secrets", f"/v1/secrets/{made['id']}"):
        assert secret not in (await ada.http.get(address)).text
    async with cloud.database.read(ALL) as db:
        rows = (await db.scalars(select(ApiSecret))).all()
        audit = (await db.scalars(select(AuditEntry))).all()
    kept = str([vars(row) for row in rows] + [vars(row) for row in audit])
    assert secret not in kept and secret.rpartition("_")[2] not in kept


async def test_both_headers_carry_it(ada: Somebody) -> None:
    secret = (await ada.secret("read"))["secret"]
    client = ada.browser()
    for headers in ({"Authorization": f"Bearer {secret}"}, {"api-secret": secret}):
        me = (await client.get("/v1/me", headers=headers)).json()
        assert me["rights"] == ["read"] and me["org_id"] == ada.me["org_id"]
        assert me["email"] is None


async def test_a_revoked_secret_is_refused_from_the_next_request_on(ada: Somebody) -> None:
    made = await ada.secret("read")
    client = ada.browser()
    client.headers["api-secret"] = made["secret"]
    assert (await client.get("/v1/me")).status_code == 200
    assert (await ada.http.post(f"/v1/secrets/{made['id']}/revoke")).status_code == 200
    refused = await client.get("/v1/me")
    assert refused.status_code == 401 and refused.json()["code"] == "secret_revoked"
    again = await ada.http.post(f"/v1/secrets/{made['id']}/revoke")
    assert again.status_code == 409
    states = [one["state"] for one in (await ada.http.get("/v1/secrets")).json()["items"]]
    assert states == ["revoked"]


async def test_a_secret_expires(ada: Somebody, cloud: Cloud) -> None:
    made = await ada.secret("read", days=1)
    client = ada.browser()
    client.headers["api-secret"] = made["secret"]
    assert (await client.get("/v1/me")).status_code == 200
    cloud.now = lambda: utc_now() + datetime.timedelta(days=1, seconds=1)
    assert (await client.get("/v1/me")).json()["code"] == "secret_expired"


async def test_a_secret_of_the_right_prefix_and_a_wrong_rest_is_wrong(ada: Somebody) -> None:
    secret = (await ada.secret("read"))["secret"]
    client = ada.browser()
    changed = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    for wrong in (changed, "vv_", secret.upper(), "nonsense", "é" * 20):
        answer = await client.get("/v1/me", headers={"api-secret": wrong.encode()})
        assert answer.status_code == 401 and answer.json()["code"] == "wrong_secret"


async def test_secrets_cannot_make_secrets(ada: Somebody) -> None:
    program = await ada.program()
    answer = await program.post("/v1/secrets", json={"name": "more"})
    assert answer.status_code == 403 and answer.json()["needed"] == ["secrets"]


async def test_last_used_is_noted(ada: Somebody) -> None:
    made = await ada.secret("read")
    assert made["used_at"] is None
    client = ada.browser()
    await client.get("/v1/me", headers={"api-secret": made["secret"]})
    shown = (await ada.http.get(f"/v1/secrets/{made['id']}")).json()
    assert shown["used_at"] is not None


async def test_lists_come_in_pages_that_miss_nothing(ada: Somebody) -> None:
    made = [(await ada.secret("read"))["id"] for _ in range(7)]
    found: list[str] = []
    cursor = None
    while True:
        query = {"limit": "3"} | ({"cursor": cursor} if cursor else {})
        page = (await ada.http.get("/v1/secrets", params=query)).json()
        found += [one["id"] for one in page["items"]]
        if len(found) == 3:  # what is made meanwhile shifts nothing
            await ada.secret("read")
        cursor = page["next"]
        if cursor is None:
            break
    assert found == made[::-1]
    for wrong in ("x", "%%", "MTk5OSBhYmM", "9999-12-31T23:59:59-23:00 x"):
        answer = await ada.http.get("/v1/secrets", params={"cursor": wrong})
        assert answer.status_code == 422


async def test_the_same_key_makes_one_secret_however_often_it_is_sent(
    ada: Somebody, bob: Somebody, cloud: Cloud
) -> None:
    headers = {"Idempotency-Key": "once"}

    async def send(who: Somebody, name: str = "a") -> tuple[int, str]:
        answer = await who.http.post("/v1/secrets", json={"name": name}, headers=headers)
        return answer.status_code, answer.text

    answers = await asyncio.gather(*(send(ada) for _ in range(8)))
    made = {text for status, text in answers if status == 201}
    assert len(made) == 1 and {status for status, _ in answers} <= {201, 409}
    assert await send(ada) == (201, made.pop())
    assert (await send(ada, "b"))[0] == 422
    assert (await send(bob))[0] == 201
    assert len((await ada.http.get("/v1/secrets")).json()["items"]) == 1
    async with cloud.database.read(ALL) as db:
        kept = (await db.scalars(select(IdempotentAnswer.body))).all()
    assert len(kept) == 2 and not any(b"vv_" in body for body in kept)


async def test_a_refused_request_does_not_use_its_key_up(ada: Somebody) -> None:
    headers = {"Idempotency-Key": "again"}
    wrong = {"name": ""}
    assert (await ada.http.post("/v1/secrets", json=wrong, headers=headers)).status_code == 422
    good = await ada.http.post("/v1/secrets", json={"name": "good"}, headers=headers)
    assert good.status_code == 201
