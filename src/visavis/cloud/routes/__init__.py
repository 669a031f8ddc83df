"""The routes, one module a resource; and the services that go on beside them.

Comes in: modules. Goes out: ``ROUTERS`` and ``SERVICES``, which the app takes up.
"""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter

from visavis.cloud.context import Cloud, Service
from visavis.cloud.routes import accounts, health, organisations, secrets

ROUTERS: list[APIRouter] = [
    health.router,
    accounts.router,
    organisations.router,
    secrets.router,
]
SERVICES: list[Callable[[Cloud], Service]] = []
