"""People: signing up, logging in and out, organisations, invitations, leaving for good."""

from __future__ import annotations

import datetime

import httpx
import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select

from tests.cloud.somebody import PASSWORD, Somebody
from visavis.cloud import passwords, people
from visavis.cloud.context import Cloud
from visavis.cloud.database import (
    Account,
    AuditEntry,
    IdempotentAnswer,
    Invitation,
    LiveSession,
    Login,
    Organisation,
    Scope,
    Worker,
)
from visavis.cloud.database.base import utc_now
from visavis.cloud.tidying import tidy

pytestmark = pytest.mark.asyncio
ALL = Scope.system("a test looks")


async def test_a_new_account_is_logged_in_and_owns_its_organisation(ada: Somebody) -> None:
    me = (await ada.http.get("/v1/me")).json()
    assert me["email"] == "ada@example.org" and me["role"] == "owner" and not me["is_admin"]
    assert [one["id"] for one in me["organisations"]] == [me["org_id"]]
    cookie = next(iter(ada.http.cookies.jar))
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite", "").lower() == "lax"


async def test_neither_password_nor_cookie_is_in_the_database(ada: Somebody, cloud: Cloud) -> None:
    cookie = next(iter(ada.http.cookies.jar)).value
    async with cloud.database.read(ALL) as db:
        account = await db.scalar(select(Account))
        login = await db.scalar(select(Login))
    assert account is not None and account.password.startswith("$argon2id$")
    assert login is not None and cookie not in (login.digest, login.csrf, login.id)


async def test_a_password_costs_what_rfc_9106_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "hasher", PasswordHasher(**passwords.COST))
    kept = await passwords.hash_password("a long sentence of my own")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert await passwords.is_password("a long sentence of my own", kept)
    assert not await passwords.is_password("another", kept)
    assert not await passwords.is_password("a long sentence of my own", None)


async def test_the_same_address_twice_is_refused(ada: Somebody, cloud: Cloud) -> None:
    again = Somebody(cloud.app, "ADA@example.org")  # type: ignore[attr-defined]
    answer = await again.sign_up()
    assert answer.status_code == 409 and answer.json()["code"] == "email_taken"
    async with cloud.database.read(ALL) as db:
        assert await db.scalar(select(func.count()).select_from(Organisation)) == 1


async def test_log_out_ends_this_browser_and_everywhere_ends_all(ada: Somebody) -> None:
    second = Somebody.__new__(Somebody)
    second.__dict__ |= ada.__dict__ | {"http": ada.browser(), "me": {}}
    assert (await second.log_in()).status_code == 200
    assert len((await ada.http.get("/v1/me/log-ins")).json()) == 2
    assert (await second.http.post("/v1/log-out")).status_code == 204
    assert (await second.http.get("/v1/me")).status_code == 401
    assert (await ada.http.get("/v1/me")).status_code == 200
    await second.log_in()
    assert (await second.http.post("/v1/log-out-everywhere")).status_code == 204
    assert (await ada.http.get("/v1/me")).json()["code"] == "logged_out"


async def test_a_wrong_password_tells_no_more_than_an_unknown_address(ada: Somebody) -> None:
    wrong = await ada.log_in("not my password")
    form = {"email": "nobody@example.org", "password": "not my password"}
    unknown = await ada.http.post("/v1/log-in", json=form)
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()


async def test_many_wrong_passwords_lock_the_account_for_a_while(
    ada: Somebody, cloud: Cloud
) -> None:
    for _ in range(8):
        assert (await ada.log_in("not my password")).status_code == 401
    locked = await ada.log_in()
    assert locked.status_code == 429 and int(locked.headers["retry-after"]) > 0
    cloud.now = lambda: utc_now() + datetime.timedelta(minutes=1)
    assert (await ada.log_in()).status_code == 200


async def test_a_log_in_ends_by_itself(ada: Somebody, cloud: Cloud) -> None:
    cloud.now = lambda: utc_now() + datetime.timedelta(days=31)
    assert (await ada.http.get("/v1/me")).status_code == 401


async def test_another_site_cannot_use_the_cookie(ada: Somebody) -> None:
    del ada.http.headers["X-CSRF-Token"]
    forged = await ada.http.post("/v1/secrets", json={"name": "x"})
    assert forged.status_code == 403 and forged.json()["code"] == "csrf"
    ada.http.headers["X-CSRF-Token"] = "x" * 43
    assert (await ada.http.post("/v1/log-out-everywhere")).status_code == 403
    # What a form of another site can send without asking is no JSON.
    plain = await ada.browser().post(
        "/v1/log-in", content=b'{"email": "a@b.c", "password": "x"}',
        headers={"content-type": "text/plain"},
    )  # fmt: skip
    assert plain.status_code == 422


async def test_a_new_password_logs_out_everywhere(ada: Somebody) -> None:
    form = {"old": "wrong", "new": "another long sentence"}
    assert (await ada.http.post("/v1/me/password", json=form)).status_code == 403
    form["old"] = PASSWORD
    assert (await ada.http.post("/v1/me/password", json=form)).status_code == 204
    assert (await ada.http.get("/v1/me")).status_code == 401
    assert (await ada.log_in()).status_code == 401
    assert (await ada.log_in("another long sentence")).status_code == 200


async def test_the_first_start_s_link_makes_one_administrator(cloud: Cloud) -> None:
    object.__setattr__(cloud.settings, "sign_up", "closed")
    link = await people.setup_link(cloud)
    assert link is not None
    token = link.partition("setup=")[2]
    stranger = Somebody(cloud.app, "stranger@example.org")  # type: ignore[attr-defined]
    assert (await stranger.sign_up()).json()["code"] == "closed"
    assert (await stranger.sign_up(setup="x" * 43)).json()["code"] == "wrong_link"
    first = Somebody(cloud.app, "first@example.org")  # type: ignore[attr-defined]
    assert (await first.sign_up(setup=token)).status_code == 201
    me = (await first.http.get("/v1/me")).json()
    assert me["is_admin"] and "admin" in me["rights"]
    assert (await stranger.sign_up(setup=token)).json()["code"] == "wrong_link"
    assert await people.setup_link(cloud) is None


async def _invite(owner: Somebody, email: str, role: str) -> str:
    made = await owner.http.post("/v1/invitations", json={"email": email, "role": role})
    assert made.status_code == 201
    return str(made.json()["link"].partition("invitation=")[2])


async def test_invitations_bring_new_and_known_people_in(
    ada: Somebody, bob: Somebody, cloud: Cloud
) -> None:
    object.__setattr__(cloud.settings, "sign_up", "closed")
    token = await _invite(ada, "cleo@example.org", "billing")
    wrong = Somebody(cloud.app, "dora@example.org")  # type: ignore[attr-defined]
    assert (await wrong.sign_up(invitation=token)).status_code == 403
    cleo = Somebody(cloud.app, "cleo@example.org")  # type: ignore[attr-defined]
    assert (await cleo.sign_up(invitation=token)).status_code == 201
    assert cleo.me["role"] == "billing" and cleo.me["org_id"] == ada.me["org_id"]
    assert (await cleo.http.post("/v1/secrets", json={"name": "x"})).status_code == 403

    token = await _invite(ada, "bob@example.org", "developer")
    joined = await bob.http.post("/v1/invitations/accept", json={"token": token})
    assert joined.json()["id"] == ada.me["org_id"]
    again = await bob.http.post("/v1/invitations/accept", json={"token": token})
    assert again.status_code == 403
    chosen = await bob.http.post("/v1/me/organisation", json={"org_id": ada.me["org_id"]})
    assert chosen.json()["role"] == "developer"
    assert (await bob.http.post("/v1/secrets", json={"name": "x"})).status_code == 201
    assert (await bob.http.post("/v1/invitations", json={"email": "x@y.z"})).status_code == 403
    emails = {one["email"] for one in (await ada.http.get("/v1/members")).json()}
    assert emails == {"ada@example.org", "bob@example.org", "cleo@example.org"}


async def test_an_organisation_keeps_an_owner(ada: Somebody, bob: Somebody) -> None:
    mine = ada.me["account_id"]
    token = await _invite(ada, "bob@example.org", "developer")
    await bob.http.post("/v1/invitations/accept", json={"token": token})
    demoted = await ada.http.patch(f"/v1/members/{mine}", json={"role": "developer"})
    assert demoted.json()["code"] == "last_owner"
    assert (await ada.http.delete(f"/v1/members/{mine}")).status_code == 409
    leaving = await ada.http.post("/v1/me/delete", json={"password": PASSWORD})
    assert leaving.json()["code"] == "last_owner"
    theirs = bob.me["account_id"]
    assert (
        await ada.http.patch(f"/v1/members/{theirs}", json={"role": "owner"})
    ).status_code == 200
    assert (await ada.http.delete(f"/v1/members/{mine}")).status_code == 204
    # Whoever is out is out at once.
    assert (await ada.http.get("/v1/secrets")).status_code == 403


async def test_a_developer_cannot_put_others_out(ada: Somebody, bob: Somebody) -> None:
    token = await _invite(ada, "bob@example.org", "developer")
    await bob.http.post("/v1/invitations/accept", json={"token": token})
    await bob.http.post("/v1/me/organisation", json={"org_id": ada.me["org_id"]})
    answer = await bob.http.delete(f"/v1/members/{ada.me['account_id']}")
    assert answer.status_code == 403


async def test_a_deleted_account_is_gone_with_what_was_only_its_own(
    ada: Somebody, bob: Somebody, cloud: Cloud
) -> None:
    await ada.secret("read")
    program = await ada.program("read")
    assert (await ada.http.post("/v1/me/delete", json={"password": "wrong"})).status_code == 403
    gone = await ada.http.post("/v1/me/delete", json={"password": PASSWORD})
    assert {"account", "organisation ada", "2 API secrets", "1 log-ins"} <= set(gone.json()["gone"])
    assert (await program.get("/v1/me")).status_code == 401
    assert (await ada.http.get("/v1/me")).status_code == 401
    async with cloud.database.read(ALL) as db:
        assert (await db.scalars(select(Account.email))).all() == ["bob@example.org"]
        assert (await db.scalars(select(Organisation.name))).all() == ["bob"]
        assert "ada@example.org" not in str((await db.execute(select(AuditEntry.detail))).all())
    assert (await bob.http.get("/v1/me")).status_code == 200


async def test_deleting_an_organisation_gives_the_places_of_its_sessions_back(
    ada: Somebody, bob: Somebody, cloud: Cloud
) -> None:
    async with cloud.database.write(ALL) as db:
        db.add(Worker(id="wrk_test", engine="elsewhere", capacity=4, taken=2, state="ready"))
        for who in (ada, bob):
            session = LiveSession(id=f"ses_{who.me['name']}", org_id=who.me["org_id"],
                                  worker_id="wrk_test", state="running", task_id="t",
                                  joined_at=utc_now(), heartbeat_at=utc_now())  # fmt: skip
            db.add(session)
    form = {"password": PASSWORD}
    gone = await ada.http.post("/v1/organisation/delete", json=form)
    assert gone.status_code == 200 and "1 sessions" in gone.json()["gone"]
    async with cloud.database.read(ALL) as db:
        worker = await db.get(Worker, "wrk_test")
        assert worker is not None and worker.taken == 1
        assert (await db.scalars(select(LiveSession.id))).all() == ["ses_bob"]


async def test_what_is_over_is_tidied_away(ada: Somebody, bob: Somebody, cloud: Cloud) -> None:
    await ada.http.post("/v1/secrets", json={"name": "x"}, headers={"Idempotency-Key": "k"})
    await _invite(ada, "cleo@example.org", "developer")
    await tidy(cloud)
    async with cloud.database.read(ALL) as db:
        counts = [await db.scalar(select(func.count()).select_from(table))
                  for table in (IdempotentAnswer, Login, Invitation)]  # fmt: skip
    assert counts == [1, 2, 1]
    cloud.now = lambda: utc_now() + datetime.timedelta(days=40)
    await tidy(cloud)
    async with cloud.database.read(ALL) as db:
        counts = [await db.scalar(select(func.count()).select_from(table))
                  for table in (IdempotentAnswer, Login, Invitation)]  # fmt: skip
    assert counts == [0, 0, 0]


async def test_too_many_attempts_from_one_address_have_to_wait(tmp_path: object) -> None:
    from pathlib import Path

    from visavis.cloud.app import create_app
    from visavis.cloud.settings import load

    running = Cloud(load(data=Path(str(tmp_path)) / "d", rate_log_in="3/minute"))
    app = create_app(running)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
            form = {"email": "a@b.c", "password": "x"}
            answers = [await client.post("/v1/log-in", json=form) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 60
