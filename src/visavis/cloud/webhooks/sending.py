"""Sends what waits in the outbox: signed, again and again with growing pauses, until it arrives.

Comes in: messages. Goes out: requests as Standard Webhooks has them, a line in the log of
deliveries for each, and the end of endpoints that do not answer for long.
"""

from __future__ import annotations

import asyncio
import datetime
import json
import logging
import random
import time

from sqlalchemy import or_, select
from standardwebhooks import Webhook

from visavis.cloud import ids
from visavis.cloud.context import Cloud
from visavis.cloud.database import Delivery, OutboxMessage, Scope, WebhookEndpoint
from visavis.cloud.recurring import Recurring, wait
from visavis.serve.fetching import post
from visavis.serve.refusal import Refused

logger = logging.getLogger(__name__)

PAUSES = (5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 43_200)
"""Seconds before each further try, ± a tenth; then it is given up: 28 hours in all."""
TOO_OFTEN = 30
"""Failures in a row after which an endpoint is disabled."""
_SYSTEM = Scope.system("the outbox")
_LOOK = 1.0
_AT_ONCE = 16
_CLAIM = datetime.timedelta(seconds=60)
_SECONDS = 15.0


class Sender(Recurring):
    """The service.

    Args:
        cloud: whose outbox it empties.
        look: seconds between looks at it.
    """

    def __init__(self, cloud: Cloud, look: float = _LOOK) -> None:
        super().__init__(cloud, look)
        self._name = ids.new_id("snd")

    async def turn(self) -> bool:
        """Send what is due; what a closed one was sending others send again, under the same id."""
        return await self.send_due() >= _AT_ONCE

    def failed(self, error: Exception) -> None:
        """One line."""
        wait(logger, "webhooks wait", error)

    async def send_due(self) -> int:
        """Send what is due now; how many were."""
        claimed = await self._claim()
        await asyncio.gather(*(self._send(message, endpoint) for message, endpoint in claimed))
        return len(claimed)

    async def _claim(self) -> list[tuple[OutboxMessage, WebhookEndpoint]]:
        now = self._cloud.now()
        async with self._cloud.database.write(_SYSTEM) as db:
            found = await db.scalars(
                select(OutboxMessage)
                .where(
                    OutboxMessage.state == "waiting",
                    OutboxMessage.next_at <= now,
                    or_(OutboxMessage.claimed_until.is_(None), OutboxMessage.claimed_until < now),
                )
                .order_by(OutboxMessage.next_at)
                .limit(_AT_ONCE)
                .with_for_update(skip_locked=True)
            )
            claimed = []
            for message in found.all():
                endpoint = await db.get(WebhookEndpoint, message.endpoint_id)
                if endpoint is None or endpoint.disabled_at is not None:
                    message.state = "given_up"
                    continue
                message.claimed_by, message.claimed_until = self._name, now + _CLAIM
                claimed.append((message, endpoint))
        return claimed

    async def _send(self, message: OutboxMessage, endpoint: WebhookEndpoint) -> None:
        began = time.monotonic()
        status, error = 0, ""
        body = json.dumps(message.payload, ensure_ascii=False)
        try:
            headers = self._headers(message, endpoint, body)
            downloads = self._cloud.settings.downloads
            status = await post(endpoint.url, downloads, body.encode(), headers, _SECONDS)
            if not 200 <= status < 300:
                error = f"answered {status}"
        except Refused as refusal:
            error = str(refusal)
        except ValueError:
            error = "its secret cannot be read: the cloud's key was changed"
        delivery = Delivery(
            id=ids.new_id("dlv"), org_id=message.org_id, endpoint_id=endpoint.id,
            message_id=message.id, event=message.event, status=status, error=error[:500],
            milliseconds=round(1000 * (time.monotonic() - began)), created_at=self._cloud.now(),
        )  # fmt: skip
        await self._note(message.id, delivery)

    def _headers(
        self, message: OutboxMessage, endpoint: WebhookEndpoint, body: str
    ) -> dict[str, str]:
        now = self._cloud.now()
        signing = Webhook(self._cloud.sealer.open(endpoint.secret))
        return {
            "Content-Type": "application/json",
            "webhook-id": message.event_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signing.sign(message.event_id, now, body),
        }

    async def _note(self, message_id: str, delivery: Delivery) -> None:
        now = self._cloud.now()
        async with self._cloud.database.write(_SYSTEM) as db:
            # The endpoint first: a new delivery holds it, too, and two would wait for each other.
            held = {"key_share": True}
            endpoint = await db.get(WebhookEndpoint, delivery.endpoint_id, with_for_update=held)
            message = await db.get(OutboxMessage, message_id, with_for_update=True)
            if endpoint is None or message is None or message.claimed_by != self._name:
                return  # removed, or somebody else's by now
            db.add(delivery)
            message.claimed_by = message.claimed_until = None
            message.attempts += 1
            if 200 <= delivery.status < 300:
                message.state, endpoint.failures = "sent", 0
                return
            endpoint.failures += 1
            if message.attempts > len(PAUSES):
                message.state = "given_up"
            else:
                pause = PAUSES[message.attempts - 1] * random.uniform(0.9, 1.1)
                message.next_at = now + datetime.timedelta(seconds=pause)
            if delivery.status == 410 or endpoint.failures >= TOO_OFTEN:
                gone = delivery.status == 410
                endpoint.disabled_at = now
                endpoint.disabled_why = (
                    "it answered 410 Gone" if gone else f"{endpoint.failures} failures in a row"
                )
                message.state = "given_up"
