"""Webhooks arrive signed, are tried again, and end where nobody answers."""

from __future__ import annotations

import asyncio
import datetime
import http.server
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import func, select, update
from standardwebhooks import Webhook, WebhookVerificationError

from tests.cloud.somebody import Somebody
from visavis.cloud.app import create_app
from visavis.cloud.context import Cloud
from visavis.cloud.database import Delivery, OutboxMessage, Scope, WebhookEndpoint
from visavis.cloud.settings import load
from visavis.cloud.webhooks import outbox
from visavis.cloud.webhooks.sending import PAUSES, TOO_OFTEN, Sender

pytestmark = pytest.mark.asyncio
SYSTEM = Scope.system("tests of webhooks")


class Receiver(http.server.ThreadingHTTPServer):
    """Somebody who is told. `status` is what it answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 204
        self.told: list[tuple[dict[str, str], bytes]] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/hook"


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Receiver)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.told.append(({k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    yield server
    server.shutdown()
    server.server_close()


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        # From the clock that never goes back, as a machine's own may.
        self.ahead = datetime.timedelta()
        self._began = datetime.datetime.now(datetime.UTC), time.monotonic()

    def __call__(self) -> datetime.datetime:
        wall, steady = self._began
        return wall + datetime.timedelta(seconds=time.monotonic() - steady) + self.ahead

    def go_on(self, seconds: float) -> None:
        self.ahead += datetime.timedelta(seconds=seconds)


@pytest_asyncio.fixture
async def cloud(database_url: str, tmp_path: Path) -> AsyncIterator[Cloud]:
    """A cloud whose outbox is emptied by hand, and whose clock is ours."""
    settings = load(data=tmp_path / "data", database=database_url, rate="100000/minute",
                    rate_log_in="100000/minute", sign_up="open", engine="none",
                    downloads="any")  # fmt: skip
    running = Cloud(settings, Clock())
    app = create_app(running)
    running.services = [one for one in running.services if not isinstance(one, Sender)]
    async with app.router.lifespan_context(app):
        running.app = app  # type: ignore[attr-defined]
        yield running


async def hook(ada: Somebody, url: str, **more: Any) -> dict[str, Any]:
    answer = await ada.http.post("/v1/webhooks", json={"url": url, **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_what_happens_is_told_signed(cloud: Cloud, ada: Somebody, receiver: Receiver) -> None:
    made = await hook(ada, receiver.url)
    other = await hook(ada, receiver.url, events=["invoice.paid"])
    for one in (await ada.http.get("/v1/webhooks")).json()["items"]:
        assert "secret" not in one
    assert (await ada.http.post(f"/v1/webhooks/{made['id']}/test")).status_code == 202
    async with cloud.database.write(SYSTEM) as db:
        data = {"session_id": "ses_x"}
        assert await outbox.tell(db, ada.me["org_id"], "session.ended", data, cloud.now()) == 1
    sender = Sender(cloud)
    assert await sender.send_due() == 2
    assert await sender.send_due() == 0
    assert len(receiver.told) == 2
    for headers, body in receiver.told:
        said = Webhook(made["secret"]).verify(body, headers)
        assert said["type"] in ("webhook.test", "session.ended") and said["timestamp"]
        with pytest.raises(WebhookVerificationError):
            Webhook(other["secret"]).verify(body, headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(made["secret"]).verify(body + b" ", headers)
    listed = (await ada.http.get(f"/v1/webhooks/{made['id']}/deliveries")).json()["items"]
    assert [(one["status"], one["error"]) for one in listed] == [(204, "")] * 2
    # Another secret signs from now on.
    again = (await ada.http.post(f"/v1/webhooks/{made['id']}/secret")).json()
    await ada.http.post(f"/v1/webhooks/{made['id']}/test")
    await sender.send_due()
    headers, body = receiver.told[-1]
    assert Webhook(again["secret"]).verify(body, headers)
    assert (await ada.http.delete(f"/v1/webhooks/{made['id']}")).status_code == 204
    async with cloud.database.read(SYSTEM) as db:
        assert await db.scalar(select(func.count(Delivery.id))) == 0
        kept = (await db.scalars(select(WebhookEndpoint.secret))).all()
    assert not [text for text in kept if "whsec_" in text]


async def test_it_is_tried_again_with_growing_pauses_and_given_up(
    cloud: Cloud, ada: Somebody, receiver: Receiver
) -> None:
    made = await hook(ada, receiver.url)
    clock = cloud.now
    assert isinstance(clock, Clock)
    receiver.status = 302  # not followed
    await ada.http.post(f"/v1/webhooks/{made['id']}/test")
    sender = Sender(cloud)
    for number, pause in enumerate(PAUSES, 1):
        assert await sender.send_due() == 1
        assert len(receiver.told) == number
        clock.go_on(pause * 0.85)
        assert await sender.send_due() == 0
        clock.go_on(pause * 0.3)
    assert await sender.send_due() == 1
    clock.go_on(10**6)
    assert await sender.send_due() == 0
    assert len({headers["webhook-id"] for headers, _ in receiver.told}) == 1
    async with cloud.database.read(SYSTEM) as db:
        assert (await db.scalars(select(OutboxMessage.state))).all() == ["given_up"]
    shown = (await ada.http.get(f"/v1/webhooks/{made['id']}")).json()
    assert (shown["failures"], shown["disabled_at"]) == (len(PAUSES) + 1, None)


async def test_one_that_never_answers_is_disabled_until_its_owner_wants_it_back(
    cloud: Cloud, ada: Somebody, receiver: Receiver
) -> None:
    made, gone = await hook(ada, receiver.url), await hook(ada, receiver.url)
    receiver.status = 500
    sender = Sender(cloud)
    for _ in range(TOO_OFTEN):
        answer = await ada.http.post(f"/v1/webhooks/{made['id']}/test")
        assert answer.status_code == 202, answer.text
    while await sender.send_due():
        pass
    shown = (await ada.http.get(f"/v1/webhooks/{made['id']}")).json()
    assert shown["failures"] == TOO_OFTEN, shown
    assert shown["disabled_why"] == f"{TOO_OFTEN} failures in a row"
    assert (await ada.http.post(f"/v1/webhooks/{made['id']}/test")).status_code == 409
    receiver.status = 410
    await ada.http.post(f"/v1/webhooks/{gone['id']}/test")
    await sender.send_due()
    told = len(receiver.told)
    assert (await ada.http.get(f"/v1/webhooks/{gone['id']}")).json()["disabled_at"]
    async with cloud.database.write(SYSTEM) as db:
        await db.execute(update(OutboxMessage).values(next_at=cloud.now()))
    for _ in range(4):
        assert await sender.send_due() == 0
    assert len(receiver.told) == told
    back = await ada.http.patch(f"/v1/webhooks/{made['id']}", json={"enabled": True})
    assert (back.json()["failures"], back.json()["disabled_at"]) == (0, None)
    receiver.status = 200
    await ada.http.post(f"/v1/webhooks/{made['id']}/test")
    await sender.send_due()
    assert len(receiver.told) == told + 1


async def test_two_senders_send_once_and_a_dead_ones_work_is_taken_up(
    cloud: Cloud, ada: Somebody, receiver: Receiver
) -> None:
    made = await hook(ada, receiver.url)
    for _ in range(8):
        await ada.http.post(f"/v1/webhooks/{made['id']}/test")
    await asyncio.gather(*(Sender(cloud).send_due() for _ in range(3)))
    assert len(receiver.told) == 8
    await ada.http.post(f"/v1/webhooks/{made['id']}/test")
    assert len(await Sender(cloud)._claim()) == 1  # and then it dies
    assert await Sender(cloud).send_due() == 0
    clock = cloud.now
    assert isinstance(clock, Clock)
    clock.go_on(61)
    assert await Sender(cloud).send_due() == 1
    assert len(receiver.told) == 9


async def test_no_webhook_leads_into_a_private_network(
    cloud: Cloud, ada: Somebody, receiver: Receiver
) -> None:
    for url in ("ftp://example.org", "https://me:pass@example.org/", "https://", "x", "http://a b"):
        refused = await ada.http.post("/v1/webhooks", json={"url": url})
        assert refused.status_code == 422, url
    object.__setattr__(cloud.settings, "downloads", "public")
    for url in (receiver.url, receiver.url.replace("127.0.0.1", "[::ffff:127.0.0.1]"),
                receiver.url.replace("127.0.0.1", "2130706433"),
                receiver.url.replace("127.0.0.1", "localhost")):  # fmt: skip
        made = await hook(ada, url)
        await ada.http.post(f"/v1/webhooks/{made['id']}/test")
        await Sender(cloud).send_due()
        (listed,) = (await ada.http.get(f"/v1/webhooks/{made['id']}/deliveries")).json()["items"]
        assert (listed["status"], listed["error"]) == (0, "it leads into a private network")
    assert receiver.told == []
