"""The routes, one module a resource; and the services that go on beside them.

Comes in: modules. Goes out: ``ROUTERS`` and ``SERVICES``, which the app takes up.
"""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter

from visavis.cloud.billing.invoices import Biller
from visavis.cloud.billing.telling import Teller
from visavis.cloud.context import Cloud, Service
from visavis.cloud.embedding.talks import Talks
from visavis.cloud.engines.choosing import engine_for
from visavis.cloud.making.builders import Builders
from visavis.cloud.routes import (
    accounts,
    avatars,
    billing,
    embeds,
    health,
    launching,
    making,
    operating,
    organisations,
    overseeing,
    secrets,
    sessions,
    usage,
    webhooks,
)
from visavis.cloud.sessions.keeping import keeper_of
from visavis.cloud.sessions.pictures import Pictures
from visavis.cloud.tidying import Tidying
from visavis.cloud.webhooks.sending import Sender

ROUTERS: list[APIRouter] = [
    health.router,
    accounts.router,
    organisations.router,
    secrets.router,
    making.router,
    avatars.router,
    sessions.router,
    launching.router,
    embeds.router,
    usage.router,
    webhooks.router,
    billing.router,
    operating.router,
    overseeing.router,
]
SERVICES: list[Callable[[Cloud], Service]] = [
    Builders,
    keeper_of(engine_for),
    Pictures,
    Talks,
    Sender,
    Biller,
    Teller,
    Tidying,
]
