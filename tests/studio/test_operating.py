"""Usage and its budget, webhooks, bills; what the operator sees and decides."""

from __future__ import annotations

import csv
import io
import sqlite3
from pathlib import Path

import httpx
import pytest

from tests.studio.conftest import Served, Visitor

_DAYS = """insert into usage_day
    (org_id, day, secret_id, avatar_id, sessions, seconds, micro_credits, granted)
    values (?, ?, ?, '', ?, ?, ?, 0)"""


@pytest.fixture
def database(served: Served) -> sqlite3.Connection:
    """The cloud's own, opened beside it."""
    path = served.cloud.settings.data / "cloud.sqlite"
    return sqlite3.connect(path, timeout=30, isolation_level=None)


def test_usage(window: Visitor, ada: httpx.Client, database: sqlite3.Connection) -> None:
    org = ada.get("/v1/me").json()["org_id"]
    key = ada.post("/v1/secrets", json={"name": "support"}).json()["id"]
    for day, seconds in (("2026-01-05", 5400), ("2026-01-20", 1800)):
        database.execute(_DAYS, (org, day, key, 3, seconds, seconds * 10**6 // 60))
    page = window.go("/usage?month=2026-01")
    stats = page.locator(".stat").all_inner_texts()
    assert [text.split("\n")[-1] for text in stats[:3]] == ["2 h", "6", "120"]
    heights = page.locator(".chart rect:not(.reach-of)").evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect().height)"
    )
    assert len(heights) == 2 and abs(heights[0] / heights[1] - 3) < 0.1
    told = page.locator("figure table tr").all_inner_texts()
    assert [text.split() for text in told] == [
        ["2026-01-05", "1.5", "h"],
        ["2026-01-20", "30", "min"],
    ]
    assert page.get_by_text("support").is_visible()
    with page.expect_download() as file:
        page.get_by_role("link", name="CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(file.value.path()).read_text())))
    assert sum(int(row["seconds"]) for row in rows) == 7200
    page.get_by_role("link", name="The month before").click()
    page.get_by_text("December 2025", exact=True).wait_for()
    assert not window.wrong and not window.outside


def test_a_budget(window: Visitor, ada: httpx.Client) -> None:
    page = window.go("/usage")
    page.get_by_role("button", name="Change").click()
    page.get_by_label("Tell us at, credits").fill("20")
    page.get_by_label("Stop at, credits").fill("10")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("soft is at most hard").wait_for()
    page.get_by_label("Stop at, credits").fill("30.5")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("of 30.5.").wait_for()
    assert ada.get("/v1/budget").json()["hard"] == 30_500_000


def test_the_operator(
    window: Visitor, ada: httpx.Client, served: Served, database: sqlite3.Connection
) -> None:
    database.execute("update account set is_admin = 1 where email = 'ada@example.org'")
    with served.person("mallory") as mallory:
        page = window.go("/admin")
        page.get_by_label("Search accounts").fill("mallory")
        row = page.locator("tr", has_text="mallory@example.org")
        row.get_by_role("button", name="Disable").click()
        page.get_by_role("button", name="Yes").click()
        row.get_by_text("disabled").wait_for()
        assert mallory.get("/v1/me").status_code == 401
        row.get_by_role("button", name="Enable").click()
        row.get_by_role("button", name="Disable").wait_for()
        page.get_by_role("tab", name="Organisations").click()
        row = page.locator("tr", has_text="Mallory & Co")
        row.get_by_role("button", name="Credits").click()
        page.get_by_label("Credits").last.fill("12.5")
        page.get_by_role("button", name="Enter them").click()
        page.get_by_text("Mallory & Co has 12.5 credits.").wait_for()
        row.get_by_role("button", name="Suspend").click()
        page.get_by_role("button", name="Yes").click()
        row.get_by_text("suspended").wait_for()
        page.get_by_role("tab", name="Audit log").click()
        for action in ("organisation.suspended", "account.disabled", "account.enabled"):
            page.get_by_text(action).first.wait_for()
    assert not window.wrong and not window.outside


def test_one_who_operates_does_not_lock_oneself_out(
    ada: httpx.Client, database: sqlite3.Connection
) -> None:
    database.execute("update account set is_admin = 1 where email = 'ada@example.org'")
    me = ada.get("/v1/me").json()
    for path, form in (
        (f"/v1/admin/accounts/{me['account_id']}", {"disabled": True}),
        (f"/v1/admin/organisations/{me['org_id']}", {"suspended": True}),
    ):
        assert ada.patch(path, json=form).status_code == 409
    logged = ada.get("/v1/audit").json()["items"]
    assert logged and {one["org_id"] for one in logged} == {me["org_id"]}


def test_webhooks(window: Visitor, ada: httpx.Client) -> None:
    page = window.go("/webhooks")
    page.get_by_role("button", name="Add a webhook").first.click()
    page.get_by_label("Address").fill("https://example.org/hooks")
    page.get_by_label("session.ended").check()
    page.get_by_role("button", name="Add it").click()
    secret = page.get_by_label("Secret", exact=True).inner_text().strip()
    assert secret.startswith("whsec_")
    page.get_by_role("button", name="Done").click()
    page.reload()
    page.get_by_text("https://example.org/hooks").wait_for()
    assert secret not in page.content()
    more = page.get_by_role("button", name="More for https://example.org/hooks")
    more.click()
    page.get_by_role("button", name="Disable").click()
    page.get_by_text("disabled", exact=True).wait_for()
    (kept,) = ada.get("/v1/webhooks").json()["items"]
    assert kept["events"] == ["session.ended"] and kept["disabled_at"]
    page.get_by_role("button", name="Deliveries").click()
    page.get_by_text("Nothing was sent yet").wait_for()
    page.keyboard.press("Escape")
    more.click()
    page.get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="Remove it").click()
    page.get_by_text("No webhook yet").wait_for()
    assert ada.get("/v1/webhooks").json()["items"] == []
    assert not window.wrong


def test_a_plan(window: Visitor, ada: httpx.Client, database: sqlite3.Connection) -> None:
    database.execute("update account set is_admin = 1 where email = 'ada@example.org'")
    form = {"name": "Small", "cents": 2950, "micro_credits": 500_000_000, "sessions": 2}
    assert ada.post("/v1/admin/plans", json=form).status_code == 201
    page = window.go("/billing")
    plan = page.locator(".plan", has_text="Small")
    assert "29.50" in plan.inner_text() and "500 credits each month" in plan.inner_text()
    plan.get_by_role("button", name="Choose").click()
    page.get_by_role("button", name="Choose it").click()
    page.get_by_text("yours since").wait_for()
    assert ada.get("/v1/billing").json()["plan"]["name"] == "Small"
    page.get_by_role("button", name="Give the plan up").click()
    page.get_by_role("button", name="Give it up").click()
    page.locator(".plan").get_by_role("button", name="Choose").wait_for()
    assert ada.get("/v1/billing").json()["plan"] is None
    assert not window.wrong
