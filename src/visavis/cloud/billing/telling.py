"""Tells Stripe's meter what was used.

Comes in: the sums of days. Goes out: a report for what has been added to a day since the last one,
written down first, then sent under its own name until it arrives: Stripe counts a name once.
"""

from __future__ import annotations

import datetime
import logging

from sqlalchemy import func, select

from visavis.cloud import ids
from visavis.cloud.billing import stripes
from visavis.cloud.billing.invoices import SYSTEM
from visavis.cloud.context import Cloud
from visavis.cloud.database import MeterReport, Organisation, Subscription, UsageDay
from visavis.cloud.recurring import Recurring, wait

logger = logging.getLogger(__name__)

_LOOK = 300.0
_BACK = datetime.timedelta(days=30)
"""Stripe takes events of the last 35 days."""


class Teller(Recurring):
    """The service. Does nothing where there is no Stripe.

    Args:
        cloud: whose usage it tells.
    """

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud, _LOOK)

    async def start(self) -> None:
        """Begin, if there is somebody to tell; returns at once."""
        if self._cloud.settings.stripe_key.get_secret_value():
            stripes.client(self._cloud)
            await super().start()

    async def turn(self) -> bool:
        """Write down what is not told yet, and tell it."""
        await self.write()
        await self.send()
        return False

    def failed(self, error: Exception) -> None:
        """One line."""
        wait(logger, "usage is not told to Stripe", error)

    async def write(self) -> int:
        """Write down what is not told yet; how many reports were added."""
        since = (self._cloud.now() - _BACK).date().isoformat()
        async with self._cloud.database.read(SYSTEM) as db:
            used = await db.execute(
                select(UsageDay.org_id, UsageDay.day)
                .join(Subscription, Subscription.org_id == UsageDay.org_id)
                .where(
                    UsageDay.day >= since,
                    UsageDay.micro_credits > 0,
                    Subscription.until.is_(None),
                    Subscription.stripe_customer != "",
                )
                .distinct()
            )
        return sum([await self._report(org_id, day) for org_id, day in used.all()])

    async def _report(self, org_id: str, day: str) -> bool:
        of_day = MeterReport.org_id == org_id, MeterReport.day == day
        async with self._cloud.database.write(SYSTEM) as db:
            await db.execute(
                select(Organisation.id)
                .where(Organisation.id == org_id)
                .with_for_update(key_share=True)
            )
            spent = await db.scalar(
                select(func.sum(UsageDay.micro_credits)).where(
                    UsageDay.org_id == org_id, UsageDay.day == day
                )
            )
            reported = await db.scalar(select(func.sum(MeterReport.micro_credits)).where(*of_day))
            count = await db.scalar(select(func.count(MeterReport.id)).where(*of_day))
            added = int(spent or 0) - int(reported or 0)
            if added <= 0:
                return False
            db.add(
                MeterReport(id=ids.new_id("mtr"), org_id=org_id, day=day,
                            sequence=int(count or 0) + 1, micro_credits=added,
                            created_at=self._cloud.now())
            )  # fmt: skip
            return True

    async def send(self) -> int:
        """Send what is written down; how many arrived."""
        async with self._cloud.database.read(SYSTEM) as db:
            waiting = await db.execute(
                select(MeterReport, Subscription.stripe_customer)
                .join(Subscription, Subscription.org_id == MeterReport.org_id)
                .where(
                    MeterReport.sent_at.is_(None),
                    Subscription.until.is_(None),
                    Subscription.stripe_customer != "",
                )
                .order_by(MeterReport.created_at)
                .limit(500)
            )
        reports = waiting.all()
        for report, customer in reports:
            await self._send(report, customer)
        return len(reports)

    async def _send(self, report: MeterReport, customer: str) -> None:
        noon = datetime.datetime.fromisoformat(f"{report.day}T12:00:00+00:00")
        await stripes.client(self._cloud).v1.billing.meter_events.create_async(
            {
                "event_name": self._cloud.settings.stripe_meter,
                "payload": {"stripe_customer_id": customer, "value": str(report.micro_credits)},
                "identifier": report.id,
                "timestamp": int(min(noon, self._cloud.now()).timestamp()),
            },
            {"idempotency_key": report.id},
        )
        async with self._cloud.database.write(SYSTEM) as db:
            row = await db.get(MeterReport, report.id)
            if row is not None:
                row.sent_at = self._cloud.now()
