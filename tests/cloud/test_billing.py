"""Plans, credits and invoices come once; and so does all that goes to and comes from Stripe."""

from __future__ import annotations

import asyncio
import datetime
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from sqlalchemy import func, select, update

from tests.cloud.somebody import Somebody
from tests.helpers.stripe_mock import StripeMock
from visavis.cloud.app import create_app
from visavis.cloud.billing import invoices
from visavis.cloud.billing.invoices import SYSTEM, Biller
from visavis.cloud.billing.telling import Teller
from visavis.cloud.context import Cloud
from visavis.cloud.database import Account, Invoice, LiveSession, MeterReport, StripeEvent, Worker
from visavis.cloud.engines.engine import Report
from visavis.cloud.ids import new_id
from visavis.cloud.sessions import ending
from visavis.cloud.settings import load
from visavis.cloud.usage.ledger import CREDIT

pytestmark = pytest.mark.asyncio
MARCH = datetime.datetime(2026, 3, 10, 12, tzinfo=datetime.UTC)
SIGNS = "whsec_of_a_test"


class Clock:
    """A clock that stands."""

    def __init__(self) -> None:
        self.now = MARCH

    def __call__(self) -> datetime.datetime:
        return self.now


@pytest.fixture(scope="module")
def stripe_mock() -> Iterator[StripeMock]:
    pytest.importorskip("stripe", reason="needs the extra `stripe`")
    running = StripeMock()
    yield running
    running.stop()


async def _running(folder: Path, database: str, **more: Any) -> AsyncIterator[Cloud]:
    settings = load(data=folder / "data", database=database, rate="100000/minute",
                    rate_log_in="100000/minute", sign_up="open", engine="none",
                    credit_cents=2.0, **more)  # fmt: skip
    running = Cloud(settings, Clock())
    app = create_app(running)
    running.services = []
    async with app.router.lifespan_context(app):
        running.app = app  # type: ignore[attr-defined]
        yield running


@pytest_asyncio.fixture
async def cloud(database_url: str, tmp_path: Path) -> AsyncIterator[Cloud]:
    async for running in _running(tmp_path, database_url):
        yield running


@pytest_asyncio.fixture
async def paying(
    database_url: str, tmp_path: Path, stripe_mock: StripeMock
) -> AsyncIterator[Cloud]:
    """A cloud with Stripe."""
    stripe_mock.requests.clear()
    settings = {
        "stripe_key": "sk_test_123",
        "stripe_webhook_secret": SIGNS,
        "stripe_api": stripe_mock.url,
    }
    async for running in _running(tmp_path, database_url, **settings):
        yield running


@pytest_asyncio.fixture
async def ann(paying: Cloud) -> AsyncIterator[Somebody]:
    async with Somebody(paying.app, "ann@example.org") as somebody:  # type: ignore[attr-defined]
        await somebody.sign_up()
        yield somebody


async def use(cloud: Cloud, org_id: str, minutes: int, at: datetime.datetime) -> None:
    """A session of so many minutes."""
    name = new_id("ses")
    async with cloud.database.write(SYSTEM) as db:
        if await db.get(Worker, "wrk_a") is None:
            db.add(Worker(id="wrk_a", engine="test", capacity=100))
        db.add(LiveSession(id=name, org_id=org_id, worker_id="wrk_a", task_id=name,
                           created_at=at - datetime.timedelta(minutes=minutes)))  # fmt: skip
    await ending.settle(cloud, name, Report(name, True, 60.0 * minutes, True), at)


async def admin(cloud: Cloud, somebody: Somebody) -> Somebody:
    async with cloud.database.write(SYSTEM) as db:
        await db.execute(
            update(Account).where(Account.email == somebody.email).values(is_admin=True)
        )
    return somebody


async def test_a_plan_gives_its_credits_once_a_month_and_one_invoice_a_month(
    cloud: Cloud, ada: Somebody, bob: Somebody
) -> None:
    await admin(cloud, ada)
    form = {"name": "Studio", "cents": 900, "micro_credits": 10 * CREDIT, "sessions": 3}
    assert (await bob.http.post("/v1/admin/plans", json=form)).status_code == 403
    plan = (await ada.http.post("/v1/admin/plans", json=form)).json()
    assert [one["name"] for one in (await bob.http.get("/v1/plans")).json()] == ["Studio"]
    for _ in range(2):
        chosen = await bob.http.put("/v1/billing/plan", json={"plan_id": plan["id"]})
        assert (chosen.json()["balance"], chosen.json()["plan"]["sessions"]) == (10 * CREDIT, 3)
    await bob.http.put("/v1/billing/plan", json={"plan_id": None})
    back = await bob.http.put("/v1/billing/plan", json={"plan_id": plan["id"]})
    assert back.json()["balance"] == 10 * CREDIT
    org_id = bob.me["org_id"]
    await use(cloud, org_id, 25, MARCH)
    assert (await bob.http.get("/v1/billing")).json()["balance"] == -15 * CREDIT
    clock = cloud.now
    assert isinstance(clock, Clock)
    clock.now = datetime.datetime(2026, 4, 1, 0, 5, tzinfo=datetime.UTC)
    made = await asyncio.gather(*(Biller(cloud).look() for _ in range(3)))
    assert sum(made) == 1
    assert await Biller(cloud).look() == 0
    assert (await bob.http.get("/v1/billing")).json()["balance"] == -5 * CREDIT
    (shown,) = (await bob.http.get("/v1/invoices")).json()["items"]
    assert (shown["month"], shown["state"]) == ("2026-03", "open")
    # 9.00 for the plan, 15 credits of 2 cents beyond the 10 of the plan
    assert [line["cents"] for line in shown["lines"]] == [900, 30]
    assert shown["cents"] == 930
    assert (await ada.http.get(f"/v1/invoices/{shown['id']}")).status_code == 404
    for _ in range(2):
        paid = await ada.http.post(f"/v1/admin/invoices/{shown['id']}/paid", json={"note": "bank"})
        assert paid.json()["state"] == "paid"
    refused = await bob.http.post("/v1/billing/checkout", json={"credits": 5})
    assert (refused.status_code, refused.json()["code"]) == (409, "no_stripe")
    assert (await ada.http.delete(f"/v1/admin/plans/{plan['id']}")).status_code == 204
    assert (await ada.http.get("/v1/plans")).json() == []
    late = await ada.http.put("/v1/billing/plan", json={"plan_id": plan["id"]})
    assert late.json()["code"] == "retired"


def event(name: str, kind: str, thing: dict[str, Any], secret: str = SIGNS) -> dict[str, Any]:
    """An event as Stripe sends it: body and headers."""
    body = json.dumps(
        {"id": name, "object": "event", "type": kind, "api_version": "2026-10-28.endive",
         "created": int(time.time()), "data": {"object": thing}, "livemode": False,
         "pending_webhooks": 1, "request": None}
    )  # fmt: skip
    now = int(time.time())
    signature = hmac.new(secret.encode(), f"{now}.{body}".encode(), hashlib.sha256).hexdigest()
    return {"content": body, "headers": {"Stripe-Signature": f"t={now},v1={signature}"}}


def checked_out(name: str, org_id: str, **metadata: str) -> dict[str, Any]:
    return {"id": name, "object": "checkout.session", "payment_status": "paid",
            "customer": "cus_1", "subscription": "sub_1",
            "metadata": {"org_id": org_id, **metadata}}  # fmt: skip


async def test_checkout_is_one_customer_and_one_page_for_one_wish(
    paying: Cloud, ann: Somebody, stripe_mock: StripeMock
) -> None:
    await admin(paying, ann)
    form = {"name": "Studio", "cents": 900, "stripe_price": "price_1"}
    plan = (await ann.http.post("/v1/admin/plans", json=form)).json()
    direct = await ann.http.put("/v1/billing/plan", json={"plan_id": plan["id"]})
    assert (direct.status_code, direct.json()["code"]) == (409, "checkout")
    stripe_mock.lose = 1  # Stripe's answer does not arrive: it is asked again, with the same key
    headers = {"Idempotency-Key": "one-wish"}
    pages = [
        await ann.http.post("/v1/billing/checkout", json={"plan_id": plan["id"]}, headers=headers)
        for _ in range(2)
    ]
    assert [page.status_code for page in pages] == [200, 200], pages[0].text
    assert pages[0].json() == pages[1].json()
    customers = stripe_mock.to("/v1/customers")
    assert len(customers) == 2 and len({one.key for one in customers}) == 1
    assert len({one.key for one in stripe_mock.to("/v1/checkout/sessions")}) == 1
    sold = stripe_mock.to("/v1/checkout/sessions")[0].form
    assert sold["mode"] == ["subscription"] and sold["line_items[0][price]"] == ["price_1"]
    bought = await ann.http.post("/v1/billing/checkout", json={"credits": 50})
    assert bought.status_code == 200
    paid = stripe_mock.to("/v1/checkout/sessions")[-1].form
    assert paid["line_items[0][price_data][unit_amount]"] == ["100"]
    assert (await ann.http.post("/v1/billing/portal")).json()["url"].startswith("https://")
    assert len({one.key for one in stripe_mock.to("/v1/customers")}) == 1
    nothing = await ann.http.post("/v1/billing/checkout", json={})
    assert nothing.status_code == 422


async def test_what_stripe_tells_counts_once_and_only_if_it_is_signed(
    paying: Cloud, ann: Somebody
) -> None:
    org_id = ann.me["org_id"]
    transport = httpx.ASGITransport(paying.app)  # type: ignore[attr-defined]
    async with httpx.AsyncClient(transport=transport, base_url="http://cloud.test") as stripe:

        async def tell(**sent: Any) -> httpx.Response:
            return await stripe.post("/v1/stripe/events", **sent)

        bought = event("evt_1", "checkout.session.completed",
                       checked_out("cs_1", org_id, credits="50"))  # fmt: skip
        answers = await asyncio.gather(*(tell(**bought) for _ in range(4)))
        assert sorted(answer.json()["new"] for answer in answers) == [False] * 3 + [True]
        # The same purchase told by another event is still one purchase.
        other = event("evt_2", "checkout.session.async_payment_succeeded",
                      checked_out("cs_1", org_id, credits="50"))  # fmt: skip
        assert (await tell(**other)).json()["new"]
        assert (await ann.http.get("/v1/billing")).json()["balance"] == 50 * CREDIT
        stolen = checked_out("cs_2", org_id, credits="50")
        false = event("evt_3", "checkout.session.completed", stolen, secret="whsec_another")
        changed = dict(bought, content=bought["content"].replace('"50"', '"99"'))
        for wrong in (false, changed, dict(bought, headers={}), {"content": "{}"}):
            assert (await tell(**wrong)).status_code == 400
        await admin(paying, ann)
        form = {"name": "Studio", "cents": 900, "micro_credits": CREDIT, "stripe_price": "price_1"}
        plan = (await ann.http.post("/v1/admin/plans", json=form)).json()
        subscribed = checked_out("cs_3", org_id, plan_id=plan["id"])
        for name in ("evt_4", "evt_5"):
            await tell(**event(name, "checkout.session.completed", subscribed))
        shown = (await ann.http.get("/v1/billing")).json()
        assert (shown["plan"]["id"], shown["balance"]) == (plan["id"], 51 * CREDIT)
        gone = {"id": "sub_1", "object": "subscription"}
        await tell(**event("evt_6", "customer.subscription.deleted", gone))
        assert (await ann.http.get("/v1/billing")).json()["plan"] is None
        await use(paying, org_id, 100, MARCH)
        made = await invoices.make(paying, org_id, "2026-03")
        assert made is not None
        async with paying.database.write(SYSTEM) as db:
            await db.execute(update(Invoice).values(stripe_invoice="in_1"))
        await tell(**event("evt_7", "invoice.paid", {"id": "in_1", "object": "invoice"}))
        assert (await ann.http.get(f"/v1/invoices/{made.id}")).json()["state"] == "paid"
        await tell(**event("evt_8", "price.created", {"id": "price_2", "object": "price"}))
    async with paying.database.read(SYSTEM) as db:
        assert await db.scalar(select(func.count(StripeEvent.id))) == 7


async def test_usage_is_told_to_the_meter_once(
    paying: Cloud, ann: Somebody, stripe_mock: StripeMock
) -> None:
    org_id = ann.me["org_id"]
    await use(paying, org_id, 10, MARCH)
    teller = Teller(paying)
    assert await teller.write() == 0  # no customer of Stripe's yet
    await ann.http.post("/v1/billing/portal")
    assert sum(await asyncio.gather(*(Teller(paying).write() for _ in range(4)))) == 1
    # Stripe hears it, but its answer is lost, and the process ends: told again, under one name.
    stripe_mock.lose = 3
    with pytest.raises(Exception, match="Stripe"):
        await teller.send()
    assert await Teller(paying).send() == 1
    assert await Teller(paying).send() == 0
    events = stripe_mock.to("/v1/billing/meter_events")
    assert len(events) == 4
    assert len({one.key for one in events}) == len({one.form["identifier"][0] for one in events})
    assert len({one.form["identifier"][0] for one in events}) == 1
    assert {one.form["payload[value]"][0] for one in events} == {str(10 * CREDIT)}
    # Only what was added is told of the same day later.
    await use(paying, org_id, 7, MARCH + datetime.timedelta(minutes=30))
    assert await teller.write() == 1
    assert await teller.send() == 1
    assert await teller.write() == 0
    last = stripe_mock.to("/v1/billing/meter_events")[-1]
    assert last.form["payload[value]"] == [str(7 * CREDIT)]
    async with paying.database.read(SYSTEM) as db:
        assert await db.scalar(select(func.sum(MeterReport.micro_credits))) == 17 * CREDIT
