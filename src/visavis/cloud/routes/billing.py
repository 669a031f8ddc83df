"""Billing: plans, credits, invoices; Stripe's pages where the operator has it.

Comes in: which plan. Goes out: what it costs and what is owed; addresses of pages to pay on.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from pydantic import BaseModel, Field, model_validator
from sqlalchemy import select

from visavis.cloud import ids
from visavis.cloud.billing import invoices, plans, stripes
from visavis.cloud.billing.invoices import SYSTEM
from visavis.cloud.caller import Caller, InCloud, needs
from visavis.cloud.database import Invoice, Plan
from visavis.cloud.finding import find
from visavis.cloud.idempotency import HEADER, IdempotentRoute
from visavis.cloud.paging import Cursor, Limit, Page, page
from visavis.cloud.problems import Problem, not_found
from visavis.cloud.texts import Line, Name, path_id
from visavis.cloud.usage import summaries

router = APIRouter(prefix="/v1", tags=["billing"], route_class=IdempotentRoute)
Payer = Annotated[Caller, needs("billing")]
Reader = Annotated[Caller, needs("billing", "account", "read")]
Admin = Annotated[Caller, needs("admin")]
InvoiceId = Annotated[str, path_id("inv")]
PlanId = Annotated[str, Field(pattern="^pln_[0-9a-z]{16}$", examples=["pln_7h2k4m6n8p0q2r4s"])]


class PlanForm(BaseModel):
    """A plan."""

    name: Name = Field(examples=["Studio"])
    cents: int = Field(0, ge=0, le=10**9, description="A month.")
    micro_credits: int = Field(0, ge=0, le=10**15, description="Included in each month.")
    sessions: int = Field(0, ge=0, le=10**6, description="At once; 0: as many as fit.")
    stripe_price: Annotated[str, Field(pattern="^(price_[A-Za-z0-9_]{1,50})?$")] = ""


class PlanShown(PlanForm):
    """A plan that can be chosen."""

    id: str
    currency: str


class Choice(BaseModel):
    """Which plan."""

    plan_id: PlanId | None = Field(description="null: none.")


class BillingShown(BaseModel):
    """How an organisation pays."""

    plan: PlanShown | None
    since: datetime.datetime | None
    balance: int = Field(description="Credits left, millionths.")
    stripe: bool = Field(description="Whether plans are paid by Stripe's pages.")


class CheckoutForm(BaseModel):
    """What to pay for: a plan, or credits."""

    plan_id: PlanId | None = None
    credits: int | None = Field(None, ge=1, le=10**6)

    @model_validator(mode="after")
    def _one(self) -> CheckoutForm:
        if (self.plan_id is None) == (self.credits is None):
            raise ValueError("one of plan_id and credits")
        return self


class Elsewhere(BaseModel):
    """A page of Stripe's."""

    url: str


class InvoiceShown(BaseModel):
    """An invoice."""

    id: str
    number: str
    month: str
    lines: list[dict[str, Any]]
    cents: int
    currency: str
    state: str = Field(description="open, paid.")
    created_at: datetime.datetime
    paid_at: datetime.datetime | None


class PaidForm(BaseModel):
    """How it was paid."""

    note: Line = ""


class Heard(BaseModel):
    """An answer to Stripe."""

    new: bool


@router.get("/plans")
async def offered(caller: Reader) -> list[PlanShown]:
    """The plans that can be chosen."""
    async with caller.read() as db:
        rows = await db.scalars(
            select(Plan).where(Plan.retired_at.is_(None)).order_by(Plan.cents, Plan.id)
        )
    return [_plan(row) for row in rows]


@router.get("/billing")
async def billing(caller: Annotated[Caller, needs("billing", "read")]) -> BillingShown:
    """The plan, and what is left."""
    async with caller.read() as db:
        subscription = await plans.present(db, caller.org_id)
        plan_id = subscription.plan_id if subscription is not None else ""
        plan = await db.get(Plan, plan_id) if plan_id else None
        left = await summaries.balance(db)
    return BillingShown(
        plan=_plan(plan) if plan is not None else None, balance=left,
        since=subscription.since if subscription is not None and plan is not None else None,
        stripe=bool(caller.cloud.settings.stripe_key.get_secret_value()),
    )  # fmt: skip


@router.put("/billing/plan")
async def choose(caller: Payer, form: Choice) -> BillingShown:
    """Choose a plan, from now on; where Stripe is, plans that cost something go by checkout."""
    cloud = caller.cloud
    if not caller.org_id:
        raise Problem(403, "no_organisation", "You are in no organisation.")
    async with cloud.database.write(SYSTEM) as db:
        if form.plan_id is not None:
            plan = await plans.open_plan(db, form.plan_id)
            if plan.cents and cloud.settings.stripe_key.get_secret_value():
                raise Problem(409, "checkout", "This plan is paid by Stripe.",
                              "POST /v1/billing/checkout")  # fmt: skip
        await plans.choose(db, caller.org_id, form.plan_id or plans.NONE, cloud.now())
        db.add(caller.audit("plan.chosen", form.plan_id or ""))
    return await billing(caller)


@router.post("/billing/checkout")
async def checkout(
    caller: Payer,
    form: CheckoutForm,
    key: Annotated[str | None, Header(alias=HEADER, include_in_schema=False)] = None,
) -> Elsewhere:
    """A page of Stripe's on which to pay for a plan or for credits."""
    cloud = caller.cloud
    stripes.client(cloud)
    plan = None
    async with caller.read() as db:
        if form.plan_id is not None:
            plan = await plans.open_plan(db, form.plan_id)
    once = key or ids.new_id("wish")
    return Elsewhere(
        url=await stripes.checkout(cloud, caller.org_id, once, plan, form.credits or 0)
    )


@router.post("/billing/portal")
async def portal(caller: Payer) -> Elsewhere:
    """A page of Stripe's on which to look after cards and subscriptions."""
    stripes.client(caller.cloud)
    return Elsewhere(url=await stripes.portal(caller.cloud, caller.scope.org_id))


@router.post("/stripe/events")
async def heard(
    cloud: InCloud,
    request: Request,
    signature: Annotated[str, Header(alias="Stripe-Signature", max_length=2000)] = "",
) -> Heard:
    """What Stripe tells, signed with the secret of its webhook."""
    return Heard(new=await stripes.told(cloud, await request.body(), signature))


@router.get("/invoices")
async def all_invoices(
    caller: Annotated[Caller, needs("billing")], cursor: Cursor = None, limit: Limit = 50
) -> Page[InvoiceShown]:
    """All invoices, the newest first."""
    async with caller.read() as db:
        rows, further = await page(db, select(Invoice), Invoice, cursor, limit)
    return Page(items=[_invoice(row) for row in rows], next=further)


@router.get("/invoices/{invoice_id}")
async def invoice(invoice_id: InvoiceId, caller: Payer) -> InvoiceShown:
    """One invoice."""
    async with caller.read() as db:
        row = await find(db, Invoice, invoice_id, "invoice")
    return _invoice(row)


@router.post("/admin/plans", status_code=201)
async def make_plan(caller: Admin, form: PlanForm) -> PlanShown:
    """Offer a plan."""
    cloud = caller.cloud
    row = Plan(id=ids.new_id("pln"), currency=cloud.settings.currency, created_at=cloud.now(),
               **form.model_dump())  # fmt: skip
    async with cloud.database.write(SYSTEM) as db:
        db.add(row)
        db.add(caller.audit("plan.offered", row.id, **form.model_dump()))
    return _plan(row)


@router.delete("/admin/plans/{plan_id}", status_code=204)
async def retire_plan(plan_id: Annotated[str, path_id("pln")], caller: Admin) -> None:
    """Offer a plan no more; who has it keeps it."""
    async with caller.cloud.database.write(SYSTEM) as db:
        row = await find(db, Plan, plan_id, "plan")
        row.retired_at = row.retired_at or caller.cloud.now()
        db.add(caller.audit("plan.retired", plan_id))


@router.post("/admin/invoices/{invoice_id}/paid")
async def note_paid(invoice_id: InvoiceId, caller: Admin, form: PaidForm) -> InvoiceShown:
    """Note that an invoice is paid. Again: nothing."""
    async with caller.cloud.database.write(SYSTEM) as db:
        row = await db.get(Invoice, invoice_id, with_for_update=True)
        if row is None:
            raise not_found("invoice", invoice_id)
        if await invoices.paid(db, row, caller.cloud.now(), form.note):
            db.add(caller.audit("invoice.paid", invoice_id, note=form.note))
    return _invoice(row)


def _plan(row: Plan) -> PlanShown:
    return PlanShown.model_validate(row, from_attributes=True)


def _invoice(row: Invoice) -> InvoiceShown:
    return InvoiceShown.model_validate(row, from_attributes=True)
