"""Billing where the operator has Stripe: its buttons lead to Stripe's pages, stripe-mock's here."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from tests.helpers.stripe_mock import StripeMock
from tests.studio.conftest import Served, Visitor

pytest.importorskip("stripe", reason="needs the extra `stripe`")


@pytest.fixture
def stripe(served: Served) -> Iterator[StripeMock]:
    """The cloud's, until the test ends."""
    running = StripeMock()
    before = served.cloud.settings
    served.cloud.settings = before.model_copy(
        update={"stripe_key": SecretStr("sk_test_123"), "stripe_api": running.url}
    )
    yield running
    served.cloud.settings = before
    running.stop()


def _leads_to_stripe(window: Visitor, press: Any) -> str:
    """Press a button that leaves the studio; where to."""
    page = window.page
    page.route(
        lambda url: not url.startswith(window.url),
        lambda route: route.fulfill(status=200, content_type="text/html", body="Stripe"),
    )
    press()
    page.wait_for_url(lambda url: not url.startswith(window.url))
    return str(page.url)


def test_plans_credits_and_cards_are_stripes(
    window: Visitor, ada: httpx.Client, served: Served, stripe: StripeMock
) -> None:
    path = served.cloud.settings.data / "cloud.sqlite"
    with sqlite3.connect(path, timeout=30, isolation_level=None) as database:
        database.execute("update account set is_admin = 1 where email = 'ada@example.org'")
    form = {"name": "Studio", "cents": 900, "stripe_price": "price_1"}
    assert ada.post("/v1/admin/plans", json=form).status_code == 201
    page = window.go("/billing")
    plan = page.locator(".plan", has_text="Studio")
    _leads_to_stripe(window, plan.get_by_role("button", name="Choose").click)
    (asked,) = stripe.to("/v1/checkout/sessions")
    assert asked.form["mode"] == ["subscription"]
    assert asked.form["line_items[0][price]"] == ["price_1"]
    page = window.go("/billing")
    page.get_by_role("button", name="Buy credits").click()
    page.get_by_role("spinbutton", name="Credits").fill("250")
    _leads_to_stripe(window, page.get_by_role("button", name="To the payment").click)
    bought = stripe.to("/v1/checkout/sessions")[-1]
    assert bought.form["mode"] == ["payment"]
    page = window.go("/billing")
    _leads_to_stripe(window, page.get_by_role("button", name="Cards and subscriptions").click)
    assert stripe.to("/v1/billing_portal/sessions")[0].form["return_url"] == [
        f"{served.url}/billing"
    ]
    assert not window.wrong
