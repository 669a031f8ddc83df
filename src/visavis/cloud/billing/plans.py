"""Plans: which one an organisation has, since when, and the credits of each month.

Comes in: an organisation, a plan. Goes out: its subscription; credits given once a month.
"""

from __future__ import annotations

import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from visavis.cloud import ids
from visavis.cloud.database import Organisation, Plan, Subscription
from visavis.cloud.problems import Problem, not_found
from visavis.cloud.usage import ledger
from visavis.cloud.usage.summaries import this_month

NONE = ""
"""As a subscription's plan: none."""


async def present(db: AsyncSession, org_id: str, hold: bool = False) -> Subscription | None:
    """The subscription an organisation has.

    Args:
        db: of a system's scope, or the organisation's.
        org_id: whose.
        hold: until the transaction ends, so that no other changes it; a system's scope only.
    """
    if hold:
        await db.execute(
            select(Organisation.id).where(Organisation.id == org_id).with_for_update(key_share=True)
        )
    found: Subscription | None = await db.scalar(
        select(Subscription).where(Subscription.org_id == org_id, Subscription.until.is_(None))
    )
    return found


async def open_plan(db: AsyncSession, plan_id: str) -> Plan:
    """A plan that can be chosen.

    Raises:
        Problem: 404, 409.
    """
    plan = await db.get(Plan, plan_id)
    if plan is None:
        raise not_found("plan", plan_id)
    if plan.retired_at is not None:
        raise Problem(409, "retired", f"The plan {plan.name!r} is not offered any more.")
    return plan


async def choose(
    db: AsyncSession,
    org_id: str,
    plan_id: str,
    now: datetime.datetime,
    customer: str = "",
    stripe_subscription: str = "",
) -> Subscription:
    """Give an organisation a plan from now on, and its credits for this month. Again: nothing.

    Args:
        db: of a system's scope, for writing.
        org_id: which.
        plan_id: which one; :data:`NONE`: none.
        now: when.
        customer: Stripe's name of the organisation.
        stripe_subscription: Stripe's name of the subscription.
    """
    before = await present(db, org_id, hold=True)
    if before is not None and before.plan_id == plan_id:
        before.stripe_customer = customer or before.stripe_customer
        before.stripe_subscription = stripe_subscription or before.stripe_subscription
        return before
    if before is not None:
        before.until = now
        customer = customer or before.stripe_customer
    chosen = Subscription(
        id=ids.new_id("sub"), org_id=org_id, plan_id=plan_id, since=now,
        stripe_customer=customer, stripe_subscription=stripe_subscription, created_at=now,
    )  # fmt: skip
    db.add(chosen)
    await db.flush()
    await give_months_credits(db, chosen, now)
    return chosen


async def give_months_credits(
    db: AsyncSession, subscription: Subscription, now: datetime.datetime
) -> bool:
    """Give the credits that a plan has for this month; whether it was done now.

    One plan's credits are given once a month, also to who leaves it and comes back.
    """
    plan = await db.get(Plan, subscription.plan_id) if subscription.plan_id else None
    if plan is None or not plan.micro_credits:
        return False
    month = this_month(now)
    source = f"{subscription.org_id}:{plan.id}:{month}"
    note = f"{plan.name}, {month}"
    return await ledger.give(db, subscription.org_id, plan.micro_credits, source, now, note)
