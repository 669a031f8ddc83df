"""``Idempotency-Key``: a POST that is sent again is answered again, and done once.

Comes in: requests with that header. Goes out: the answer there was. Kept for a day, sealed, since
some answers hold a secret that is shown once.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import re
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from visavis.cloud.caller import Caller, cloud_of, identify
from visavis.cloud.database import IdempotentAnswer
from visavis.cloud.problems import Problem

HEADER = "Idempotency-Key"
KEPT = datetime.timedelta(days=1)
_STALE = datetime.timedelta(minutes=10)
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


class IdempotentRoute(APIRoute):
    """A route whose POSTs may be repeated."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with what was answered before in front of it."""
        handle = super().get_route_handler()

        async def once(request: Request) -> Response:
            key = request.headers.get(HEADER)
            if request.method != "POST" or key is None:
                return await handle(request)
            if not _KEY.fullmatch(key):
                raise Problem(400, "wrong_key", f"{HEADER} has 1 to 200 visible characters.")
            caller = await identify(request, cloud_of(request))
            row = await _row(caller, request, key)
            before = await _begin(caller, row)
            if before is not None:
                return before
            try:
                response = await handle(request)
            except BaseException:
                await _drop(caller, row.id)
                raise
            await _keep(caller, row.id, response)
            return response

        return once


async def _row(caller: Caller, request: Request, key: str) -> IdempotentAnswer:
    uploads = request.headers.get("content-type", "").startswith("multipart/")
    # Of an upload the key alone counts: two forms with the same files differ in their boundaries.
    said = b"" if uploads else await request.body()
    where = f"{caller.org_id} {caller.actor} {request.url.path} {key}"
    return IdempotentAnswer(
        id=hashlib.sha256(where.encode()).hexdigest(),
        fingerprint=hashlib.sha256(said).hexdigest(),
        created_at=caller.cloud.now(),
    )


async def _begin(caller: Caller, row: IdempotentAnswer) -> Response | None:
    """Take the key, or give the answer it had."""
    try:
        async with caller.write() as db:
            before = await db.get(IdempotentAnswer, row.id)
            if before is not None and before.created_at + _age(before) <= caller.cloud.now():
                await db.delete(before)
                await db.flush()
                before = None
            if before is None:
                db.add(row)
                return None
    except IntegrityError:
        before = None
    if before is None or before.status == 0:
        raise Problem(409, "in_progress", "The first request with this key is still running.",
                      "Wait for it.", retry_after=1)  # fmt: skip
    if before.fingerprint != row.fingerprint:
        raise Problem(422, "other_request", f"This {HEADER} was used for another request.",
                      "Use a new key for each request.")  # fmt: skip
    body = base64.b64decode(caller.cloud.sealer.open(before.body.decode()))
    headers = {"Idempotency-Replayed": "true"}
    return Response(body, before.status, headers, before.media_type)


def _age(before: IdempotentAnswer) -> datetime.timedelta:
    return KEPT if before.status else _STALE


async def _keep(caller: Caller, name: str, response: Response) -> None:
    sealed = caller.cloud.sealer.seal(base64.b64encode(bytes(response.body)).decode())
    async with caller.write() as db:
        await db.execute(
            update(IdempotentAnswer)
            .where(IdempotentAnswer.id == name)
            .values(
                status=response.status_code,
                media_type=response.headers.get("content-type", "")[:64],
                body=sealed.encode(),
            )
        )


async def _drop(caller: Caller, name: str) -> None:
    async with caller.write() as db:
        await db.execute(delete(IdempotentAnswer).where(IdempotentAnswer.id == name))
