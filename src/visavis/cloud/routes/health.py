"""Whether it lives, whether it can serve, its figures.

Comes in: nothing. Goes out: 200 or 503; Prometheus' text.
"""

from __future__ import annotations

import hmac
import ipaddress
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response, Security
from fastapi.security import HTTPBearer
from pydantic import BaseModel
from sqlalchemy import select

from visavis.cloud.caller import InCloud, address_of
from visavis.cloud.database import Plan, Scope
from visavis.cloud.problems import Problem

router = APIRouter(tags=["operation"])
_bearer = HTTPBearer(
    auto_error=False, scheme_name="metrics", description="The cloud setting `metrics_secret`."
)


class Health(BaseModel):
    """How it is."""

    status: str


@router.get("/health")
async def health() -> Health:
    """200 as long as the process answers."""
    return Health(status="ok")


@router.get("/ready")
async def ready(cloud: InCloud) -> Health:
    """200 if the database answers, too."""
    try:
        async with cloud.database.read(Scope.system("does it answer")) as db:
            await db.execute(select(Plan.id).limit(1))
    except Exception as error:
        raise Problem(503, "not_ready", "The database does not answer.", retry_after=5) from error
    return Health(status="ready")


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(
    request: Request, cloud: InCloud, given: Annotated[Any, Security(_bearer)] = None
) -> Response:
    """Figures for Prometheus: with the operator's secret, or without one from this machine only."""
    wanted = cloud.settings.metrics_secret.get_secret_value()
    if wanted:
        shown = given.credentials if given is not None else ""
        granted = hmac.compare_digest(shown.encode(), wanted.encode())
    else:
        granted = _is_here(address_of(request))
    if not granted:
        raise Problem(
            403, "not_for_you", "Figures are the operator's.",
            "Set VISAVIS_CLOUD_METRICS_SECRET, and send it as Authorization: Bearer.",
        )  # fmt: skip
    return Response(await cloud.figures.text(), media_type="text/plain; version=0.0.4")


def _is_here(address: str) -> bool:
    """Whether an address is this machine's own."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
