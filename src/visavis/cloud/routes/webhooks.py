"""Webhooks: addresses that are told what happens; their secrets, tests, deliveries.

Comes in: an address. Goes out: a secret that signs, once; and what came of each try to tell.
"""

from __future__ import annotations

import base64
import datetime
import os
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, Field
from sqlalchemy import func, select

from visavis.cloud import ids
from visavis.cloud.caller import Caller, needs
from visavis.cloud.database import Delivery, WebhookEndpoint
from visavis.cloud.finding import find
from visavis.cloud.idempotency import IdempotentRoute
from visavis.cloud.paging import Cursor, Limit, Page, page
from visavis.cloud.problems import Problem, not_found
from visavis.cloud.texts import Line, path_id
from visavis.cloud.webhooks import outbox
from visavis.cloud.webhooks.outbox import Event

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"], route_class=IdempotentRoute)
Developer = Annotated[Caller, needs("secrets")]
EndpointId = Annotated[str, path_id("whk")]
MOST = 20
"""Endpoints of an organisation."""


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        good = (
            parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
        )
        good = good and (parts.port is None or parts.port > 0)
        good = good and url.isascii() and not any(sign <= " " for sign in url)
    except ValueError:
        good = False
    if not good:
        raise ValueError("an http(s) address, without a password in it")
    return url


Address = Annotated[
    str, Field(max_length=2000, examples=["https://example.org/hooks"]), AfterValidator(_address)
]


class EndpointForm(BaseModel):
    """An address that wants to be told."""

    url: Address
    name: Line = ""
    events: list[Event] = Field([], max_length=20, description="Empty: all.")


class EndpointChange(BaseModel):
    """What to change; null: nothing."""

    url: Address | None = None
    name: Line | None = None
    events: list[Event] | None = Field(None, max_length=20)
    enabled: bool | None = Field(None, description="true: again, with its failures forgotten.")


class EndpointShown(BaseModel):
    """An address and how it does."""

    id: str = Field(examples=["whk_7h2k4m6n8p0q2r4s"])
    url: str
    name: str
    events: list[str]
    failures: int = Field(description="In a row.")
    disabled_at: datetime.datetime | None
    disabled_why: str
    created_at: datetime.datetime


class EndpointMade(EndpointShown):
    """With its secret."""

    secret: str = Field(
        description="Signs every request, as Standard Webhooks has it. Shown this once.",
        examples=["whsec_…"],
    )


class DeliveryShown(BaseModel):
    """One try to tell."""

    id: str
    message_id: str
    event: str
    status: int = Field(description="HTTP status of the answer; 0: none.")
    error: str
    milliseconds: int
    created_at: datetime.datetime


class Sent(BaseModel):
    """What happens next."""

    waiting: int = Field(description="Messages that will be sent within seconds.")


@router.post("", status_code=201)
async def make(caller: Developer, form: EndpointForm) -> EndpointMade:
    """Have an address told. Its secret is shown in this answer and never again."""
    secret = _new_secret()
    async with caller.write() as db:
        if int(await db.scalar(select(func.count(WebhookEndpoint.id))) or 0) >= MOST:
            raise Problem(409, "too_many", f"{MOST} webhooks are the most.", "Remove one.")
        row = WebhookEndpoint(
            id=ids.new_id("whk"), url=form.url, name=form.name, events=sorted(set(form.events)),
            secret=caller.cloud.sealer.seal(secret), created_at=caller.cloud.now(),
        )  # fmt: skip
        db.add(row)
        db.add(caller.audit("webhook.created", row.id))
    return EndpointMade(**_shown(row).model_dump(), secret=secret)


@router.get("")
async def endpoints(
    caller: Developer, cursor: Cursor = None, limit: Limit = 50
) -> Page[EndpointShown]:
    """All of them."""
    async with caller.read() as db:
        rows, further = await page(db, select(WebhookEndpoint), WebhookEndpoint, cursor, limit)
    return Page(items=[_shown(row) for row in rows], next=further)


@router.get("/{endpoint_id}")
async def endpoint(endpoint_id: EndpointId, caller: Developer) -> EndpointShown:
    """One of them."""
    async with caller.read() as db:
        row = await find(db, WebhookEndpoint, endpoint_id, "webhook")
    return _shown(row)


@router.patch("/{endpoint_id}")
async def change(endpoint_id: EndpointId, caller: Developer, form: EndpointChange) -> EndpointShown:
    """Change it, disable it, or take it up again."""
    async with caller.write() as db:
        row = await find(db, WebhookEndpoint, endpoint_id, "webhook")
        row.url = form.url if form.url is not None else row.url
        row.name = form.name if form.name is not None else row.name
        row.events = sorted(set(form.events)) if form.events is not None else row.events
        if form.enabled is not None:
            row.failures = 0
            row.disabled_at = None if form.enabled else caller.cloud.now()
            row.disabled_why = "" if form.enabled else "disabled by its owner"
        db.add(caller.audit("webhook.changed", row.id, fields=sorted(form.model_fields_set)))
    return _shown(row)


@router.post("/{endpoint_id}/secret")
async def new_secret(endpoint_id: EndpointId, caller: Developer) -> EndpointMade:
    """Give it another secret; the old one signs nothing any more."""
    secret = _new_secret()
    async with caller.write() as db:
        row = await find(db, WebhookEndpoint, endpoint_id, "webhook")
        row.secret = caller.cloud.sealer.seal(secret)
        db.add(caller.audit("webhook.secret_changed", row.id))
    return EndpointMade(**_shown(row).model_dump(), secret=secret)


@router.post("/{endpoint_id}/test", status_code=202)
async def test(endpoint_id: EndpointId, caller: Developer) -> Sent:
    """Send it an event `webhook.test`; then look at its deliveries."""
    now = caller.cloud.now()
    async with caller.write() as db:
        row = await find(db, WebhookEndpoint, endpoint_id, "webhook")
        if row.disabled_at is not None:
            raise Problem(409, "disabled", f"It is disabled: {row.disabled_why}.", "Enable it.")
        db.add(outbox.message(row, "webhook.test", {"hello": "there"}, now, ids.new_id("evt")))
    return Sent(waiting=1)


@router.get("/{endpoint_id}/deliveries")
async def deliveries(
    endpoint_id: EndpointId, caller: Developer, cursor: Cursor = None, limit: Limit = 50
) -> Page[DeliveryShown]:
    """Every try to tell it something, the newest first."""
    async with caller.read() as db:
        if await db.get(WebhookEndpoint, endpoint_id) is None:
            raise not_found("webhook", endpoint_id)
        statement = select(Delivery).where(Delivery.endpoint_id == endpoint_id)
        rows, further = await page(db, statement, Delivery, cursor, limit)
    items = [DeliveryShown.model_validate(row, from_attributes=True) for row in rows]
    return Page(items=items, next=further)


@router.delete("/{endpoint_id}", status_code=204)
async def remove(endpoint_id: EndpointId, caller: Developer) -> None:
    """Tell it nothing any more, and forget its deliveries."""
    async with caller.write() as db:
        row = await find(db, WebhookEndpoint, endpoint_id, "webhook")
        await db.delete(row)
        db.add(caller.audit("webhook.removed", endpoint_id))


def _new_secret() -> str:
    return f"whsec_{base64.b64encode(os.urandom(32)).decode()}"


def _shown(row: WebhookEndpoint) -> EndpointShown:
    return EndpointShown.model_validate(row, from_attributes=True)
