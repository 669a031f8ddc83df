"""What may be spent: credits where they have to be there first, and what members set themselves.

Comes in: an organisation. Goes out: nothing, or a refusal; and once a month the word that its soft
budget is reached.
"""

from __future__ import annotations

import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from visavis.cloud.context import Cloud
from visavis.cloud.database import Budget
from visavis.cloud.problems import Problem
from visavis.cloud.usage import summaries
from visavis.cloud.webhooks import outbox


async def check(cloud: Cloud, db: AsyncSession, org_id: str) -> None:
    """Let something that costs begin.

    Args:
        cloud: whose settings hold.
        db: of a system's scope.
        org_id: who would pay.

    Raises:
        Problem: 402, with what to do.
    """
    if cloud.settings.credits == "prepaid":
        left = await summaries.balance(db, org_id)
        if left <= 0:
            raise Problem(402, "no_credit", "There is no credit left.", "Add credit under Billing.",
                          more={"balance": left})  # fmt: skip
    budget = await db.scalar(select(Budget).where(Budget.org_id == org_id))
    if budget is None or budget.hard is None:
        return
    month = summaries.this_month(cloud.now())
    used = await summaries.spent(db, org_id, month)
    if used >= budget.hard:
        raise Problem(
            402, "budget_spent", f"The budget for {month} is spent.",
            "Raise it under Usage, or wait for the next month.",
            more={"spent": used, "budget": budget.hard},
        )  # fmt: skip


async def tell_soft(db: AsyncSession, org_id: str, now: datetime.datetime) -> bool:
    """Tell an organisation once a month that its soft budget is reached; whether it was now.

    Args:
        db: of a system's scope, for writing.
        org_id: whose.
        now: when.
    """
    month = summaries.this_month(now)
    budget = await db.scalar(
        select(Budget)
        .where(Budget.org_id == org_id, Budget.soft.is_not(None), Budget.told != month)
        .with_for_update()
    )
    if budget is None or budget.soft is None:
        return False
    used = await summaries.spent(db, org_id, month)
    if used < budget.soft or budget.told == month:
        return False
    budget.told = month
    what = {"month": month, "micro_credits": used, "soft": budget.soft, "hard": budget.hard}
    await outbox.tell(db, org_id, "budget.reached", what, now)
    return True
