"""Whether it lives and whether it can serve. Comes in: nothing. Goes out: 200 or 503."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel
from sqlalchemy import select

from visavis.cloud.caller import InCloud
from visavis.cloud.database import Plan, Scope
from visavis.cloud.problems import Problem

router = APIRouter(tags=["operation"])


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
