"""Stripe: who a customer is there, where they pay, what it tells us.

Comes in: an organisation and what it wants, or an event that Stripe has signed. Goes out: addresses
of Stripe's own pages; credits, plans and paid invoices. No card number is ever seen here. Every
call has a key of what it is for, so that Stripe does it once; every event counts once.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from visavis.cloud.billing import invoices, plans
from visavis.cloud.billing.invoices import SYSTEM
from visavis.cloud.context import Cloud
from visavis.cloud.database import Invoice, Organisation, Plan, StripeEvent, Subscription
from visavis.cloud.problems import Problem
from visavis.cloud.usage import ledger
from visavis.cloud.webhooks import outbox
from visavis.errors import MissingDependency

if TYPE_CHECKING:
    import stripe


def client(cloud: Cloud) -> stripe.StripeClient:
    """Stripe, with the operator's key.

    Raises:
        Problem: 409, this cloud has no Stripe.
        MissingDependency: its library is not installed.
    """
    key = cloud.settings.stripe_key.get_secret_value()
    if not key:
        raise Problem(409, "no_stripe", "This cloud takes no payments.", "Ask its operator.")
    try:
        import stripe
    except ImportError:
        raise MissingDependency("stripe_key needs more: pip install 'visavis[stripe]'") from None
    return stripe.StripeClient(
        key, base_addresses={"api": cloud.settings.stripe_api}, max_network_retries=2,
        http_client=stripe.HTTPXClient(),
    )  # fmt: skip


async def customer(cloud: Cloud, org_id: str) -> str:
    """Stripe's name of an organisation; it is made one if it is none yet."""
    async with cloud.database.read(SYSTEM) as db:
        subscription = await plans.present(db, org_id)
        organisation = await db.get(Organisation, org_id)
    if subscription is not None and subscription.stripe_customer:
        return subscription.stripe_customer
    name = organisation.name if organisation is not None else org_id
    made = await client(cloud).v1.customers.create_async(
        {"name": name, "metadata": {"org_id": org_id}}, {"idempotency_key": f"customer:{org_id}"}
    )
    async with cloud.database.write(SYSTEM) as db:
        subscription = await plans.present(db, org_id, hold=True)
        if subscription is None:
            subscription = await plans.choose(db, org_id, plans.NONE, cloud.now())
        subscription.stripe_customer = subscription.stripe_customer or made.id
        return subscription.stripe_customer


async def checkout(cloud: Cloud, org_id: str, once: str, plan: Plan | None, credits: int) -> str:
    """The address of a page on which Stripe takes payment for a plan or for credits.

    Args:
        cloud: where.
        org_id: who pays.
        once: names this wish: the same one is one page.
        plan: to subscribe to; None:
        credits: whole ones to buy.
    """
    back = f"{cloud.url}/billing"
    form: dict[str, Any] = {
        "customer": await customer(cloud, org_id),
        "client_reference_id": org_id,
        "success_url": f"{back}?paid=1",
        "cancel_url": back,
    }
    if plan is not None:
        if not plan.stripe_price:
            raise Problem(409, "no_price", f"The plan {plan.name!r} cannot be paid by Stripe.")
        item: dict[str, Any] = {"price": plan.stripe_price, "quantity": 1}
        form |= {"mode": "subscription", "metadata": {"org_id": org_id, "plan_id": plan.id}}
    else:
        cents = round(credits * cloud.settings.credit_cents)
        product = {"name": f"{credits} credits"}
        price = {"currency": cloud.settings.currency, "unit_amount": cents, "product_data": product}
        item = {"price_data": price, "quantity": 1}
        form |= {"mode": "payment", "metadata": {"org_id": org_id, "credits": str(credits)}}
    form["line_items"] = [item]
    made = await client(cloud).v1.checkout.sessions.create_async(
        form,  # type: ignore[arg-type]
        {"idempotency_key": f"checkout:{org_id}:{once}"},
    )
    return str(made.url)


async def portal(cloud: Cloud, org_id: str) -> str:
    """The address of the page on which Stripe lets an organisation look after its payments."""
    made = await client(cloud).v1.billing_portal.sessions.create_async(
        {"customer": await customer(cloud, org_id), "return_url": f"{cloud.url}/billing"}
    )
    return str(made.url)


async def told(cloud: Cloud, body: bytes, signature: str) -> bool:
    """Take in an event; whether it was new.

    Args:
        cloud: where.
        body: as it came.
        signature: header ``Stripe-Signature``.

    Raises:
        Problem: 400, Stripe has not signed it; 409, this cloud has no Stripe.
    """
    secret = cloud.settings.stripe_webhook_secret.get_secret_value()
    if not secret:
        raise Problem(409, "no_stripe", "This cloud hears nothing of Stripe.")
    client(cloud)
    import stripe

    try:
        event: Any = stripe.Webhook.construct_event(body, signature, secret)
    except (ValueError, stripe.SignatureVerificationError):
        raise Problem(400, "wrong_signature", "Stripe has not signed this.") from None
    now = cloud.now()
    async with cloud.database.write(SYSTEM) as db:
        insert: Any = (sqlite if cloud.database.is_sqlite else postgresql).insert
        new = await db.scalar(
            insert(StripeEvent)
            .values(id=event.id, kind=event.type, created_at=now)
            .on_conflict_do_nothing(index_elements=["id"])
            .returning(StripeEvent.id)
        )
        if new is None:
            return False
        await _do(db, event.type, event.data.object, now)
    return True


async def _do(db: AsyncSession, kind: str, thing: Any, now: datetime.datetime) -> None:
    if kind in ("checkout.session.completed", "checkout.session.async_payment_succeeded"):
        await _checked_out(db, thing, now)
    elif kind == "customer.subscription.deleted":
        ended = await db.scalar(
            select(Subscription).where(
                Subscription.stripe_subscription == thing.id, Subscription.until.is_(None)
            )
        )
        if ended is not None:
            await plans.choose(db, ended.org_id, plans.NONE, now)
    elif kind == "invoice.paid":
        row = await db.scalar(
            select(Invoice).where(Invoice.stripe_invoice == thing.id).with_for_update()
        )
        if row is not None:
            await invoices.paid(db, row, now, "by Stripe")


async def _checked_out(db: AsyncSession, session: Any, now: datetime.datetime) -> None:
    said: dict[str, str] = dict(session.metadata.to_dict()) if session.metadata else {}
    org_id = said.get("org_id", "")
    if session.payment_status == "unpaid" or await db.get(Organisation, org_id) is None:
        return
    if "plan_id" in said:
        await plans.choose(
            db, org_id, said["plan_id"], now, str(session.customer or ""),
            str(session.subscription or ""),
        )  # fmt: skip
    elif "credits" in said:
        amount = int(said["credits"]) * ledger.CREDIT
        source = f"stripe:{session.id}"[:64]
        if await ledger.give(db, org_id, amount, source, now, "bought"):
            facts = {"micro_credits": amount, "source": source}
            await outbox.tell(db, org_id, "credit.added", facts, now)
