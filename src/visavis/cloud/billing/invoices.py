"""Invoices: one a month for each organisation that owes something.

Comes in: a month that is over. Goes out: rows; each organisation's is made once.
"""

from __future__ import annotations

import datetime
import logging
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from visavis.cloud import ids
from visavis.cloud.billing import plans
from visavis.cloud.context import Cloud
from visavis.cloud.database import Invoice, Organisation, Plan, Scope, Subscription, UsageDay
from visavis.cloud.recurring import Recurring, wait
from visavis.cloud.usage.ledger import CREDIT
from visavis.cloud.usage.summaries import bounds, this_month
from visavis.cloud.webhooks import outbox

logger = logging.getLogger(__name__)

SYSTEM = Scope.system("bills of all organisations")
_LOOK = 600.0


def month_before(now: datetime.datetime) -> str:
    """The last month that is over."""
    return this_month(now.replace(day=1) - datetime.timedelta(days=1))


async def lines(db: AsyncSession, cloud: Cloud, org_id: str, month: str) -> list[dict[str, Any]]:
    """What an organisation owes for a month: plans it had, usage beyond the credits given in it."""
    first, last = bounds(month)
    begin = datetime.datetime.fromisoformat(f"{first}T00:00:00+00:00")
    end = (begin + datetime.timedelta(days=32)).replace(day=1)
    had = await db.scalars(
        select(Subscription.plan_id).where(
            Subscription.org_id == org_id, Subscription.since < end,
            Subscription.until.is_(None) | (Subscription.until >= begin),
        )
    )  # fmt: skip
    bought = await db.scalars(select(Plan).where(Plan.id.in_(set(had))).order_by(Plan.id))
    found = [
        {"what": f"Plan {plan.name}", "cents": plan.cents, "plan_id": plan.id}
        for plan in bought
        if plan.cents
    ]
    sums = select(
        func.coalesce(func.sum(UsageDay.micro_credits), 0),
        func.coalesce(func.sum(UsageDay.granted), 0),
    ).where(UsageDay.org_id == org_id, UsageDay.day.between(first, last))
    used, given = (await db.execute(sums)).one()
    beyond = max(int(used) - max(int(given), 0), 0)
    if cents := int(beyond * cloud.settings.credit_cents / CREDIT):
        what = f"{beyond / CREDIT:.2f} credits beyond those included"
        found.append({"what": what, "cents": cents, "micro_credits": beyond})
    return found


async def make(cloud: Cloud, org_id: str, month: str) -> Invoice | None:
    """Make an organisation's invoice for a month; None: nothing is owed, or it was made before."""
    now = cloud.now()
    try:
        async with cloud.database.write(SYSTEM) as db:
            before = select(Invoice.id).where(Invoice.org_id == org_id, Invoice.month == month)
            if await db.scalar(before) is not None:
                return None
            owed = await lines(db, cloud, org_id, month)
            if not owed:
                return None
            name = ids.new_id("inv")
            made = Invoice(
                id=name, org_id=org_id, month=month, number=f"{month}-{name[4:12].upper()}",
                lines=owed, cents=sum(line["cents"] for line in owed), created_at=now,
                currency=cloud.settings.currency,
            )  # fmt: skip
            db.add(made)
            facts = {"invoice_id": name, "month": month, "cents": made.cents}
            await outbox.tell(db, org_id, "invoice.created", facts, now)
    except IntegrityError:  # another process was first
        return None
    return made


async def paid(db: AsyncSession, invoice: Invoice, now: datetime.datetime, note: str = "") -> bool:
    """Note that an invoice is paid; whether it was not before.

    Args:
        db: of a system's scope, that holds its row.
        invoice: the row.
        now: when.
        note: how.
    """
    if invoice.state == "paid":
        return False
    invoice.state, invoice.paid_at, invoice.note = "paid", now, note
    facts = {"invoice_id": invoice.id, "month": invoice.month, "cents": invoice.cents}
    await outbox.tell(db, invoice.org_id, "invoice.paid", facts, now)
    return True


class Biller(Recurring):
    """The service: gives each month's credits and makes the invoices of the month before.

    Args:
        cloud: whose.
    """

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud, _LOOK)

    async def turn(self) -> bool:
        """Do all that is due."""
        await self.look()
        return False

    def failed(self, error: Exception) -> None:
        """One line."""
        wait(logger, "bills wait", error)

    async def look(self) -> int:
        """Do all that is due; how many invoices were made."""
        now = self._cloud.now()
        async with self._cloud.database.read(SYSTEM) as db:
            subscribed = (
                await db.scalars(
                    select(Subscription.id).where(
                        Subscription.until.is_(None), Subscription.plan_id != plans.NONE
                    )
                )
            ).all()
        for name in subscribed:
            async with self._cloud.database.write(SYSTEM) as db:
                subscription = await db.get(Subscription, name)
                if subscription is not None and subscription.until is None:
                    await plans.give_months_credits(db, subscription, now)
        month, made = month_before(now), 0
        async with self._cloud.database.read(SYSTEM) as db:
            billed = select(Invoice.org_id).where(Invoice.month == month)
            used = select(UsageDay.org_id).where(UsageDay.day.between(*bounds(month)))
            had = select(Subscription.org_id).where(Subscription.plan_id != plans.NONE)
            left = await db.scalars(
                select(Organisation.id).where(
                    Organisation.id.in_(used) | Organisation.id.in_(had),
                    Organisation.id.not_in(billed),
                )
            )
        for org_id in left.all():
            made += await make(self._cloud, org_id, month) is not None
        return made
