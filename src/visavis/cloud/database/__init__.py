"""The database: tables, the scope every query goes through, connections, migrations.

Comes in: an address. Goes out: :class:`Database`, which hands out sessions for a :class:`Scope`.
"""

from visavis.cloud.database.accounts import (
    Account,
    ApiSecret,
    Invitation,
    Login,
    Membership,
    Organisation,
    Role,
    SetupLink,
)
from visavis.cloud.database.avatars import Avatar, AvatarTag, Job
from visavis.cloud.database.base import Base, Operators, OrgOwned, Shared
from visavis.cloud.database.billing import Invoice, MeterReport, Plan, StripeEvent, Subscription
from visavis.cloud.database.engine import Database
from visavis.cloud.database.operations import AuditEntry, EmbedToken, IdempotentAnswer
from visavis.cloud.database.scope import Scope, ScopeBroken
from visavis.cloud.database.sessions import Lease, LiveSession, Worker
from visavis.cloud.database.usage import Budget, LedgerEntry, Price, UsageDay
from visavis.cloud.database.webhooks import Delivery, OutboxMessage, WebhookEndpoint

__all__ = [
    "Account",
    "ApiSecret",
    "AuditEntry",
    "Avatar",
    "AvatarTag",
    "Base",
    "Budget",
    "Database",
    "Delivery",
    "EmbedToken",
    "IdempotentAnswer",
    "Invitation",
    "Invoice",
    "Job",
    "Lease",
    "LedgerEntry",
    "LiveSession",
    "Login",
    "Membership",
    "MeterReport",
    "Operators",
    "OrgOwned",
    "Organisation",
    "OutboxMessage",
    "Plan",
    "Price",
    "Role",
    "Scope",
    "ScopeBroken",
    "SetupLink",
    "Shared",
    "StripeEvent",
    "Subscription",
    "UsageDay",
    "WebhookEndpoint",
    "Worker",
]
