"""Refusals as the API's callers see them: RFC 9457 ``application/problem+json``.

Comes in: :class:`Problem`, or any error that is one's caller's to put right. Goes out: a response
with a status, a code for programs, a sentence for people, and what to do next.
"""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from visavis.errors import VisavisError
from visavis.serve.refusal import Refused

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
_TITLES = {
    400: "This request cannot be understood",
    401: "Who is asking?",
    402: "Nothing left to spend",
    403: "Not allowed",
    404: "Not found",
    405: "This method is not for here",
    409: "It is not so any more",
    413: "Too large",
    415: "Not a type that is taken",
    422: "This cannot be used",
    428: "Something has to be confirmed first",
    429: "Too many requests",
    500: "A fault of ours",
    501: "Not what this one does",
    502: "The other side does not answer",
    503: "Not at the moment",
}


class Problem(Refused):
    """A request that is not granted.

    Attributes:
        todo: what the caller can do about it, one sentence.
        more: further members of the answer.
    """

    def __init__(
        self,
        status: int,
        code: str,
        reason: str,
        todo: str = "",
        *,
        retry_after: int | None = None,
        more: dict[str, Any] | None = None,
    ) -> None:
        self.todo = todo
        self.more = more or {}
        super().__init__(status, code, reason, retry_after)


class ProblemAnswer(BaseModel):
    """What a refusal looks like."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:visavis:problem:no_such_avatar",
                    "title": "Not found",
                    "status": 404,
                    "code": "no_such_avatar",
                    "detail": "There is no avatar A1B2C3D4E5 among yours.",
                    "todo": "List them with GET /v1/avatars.",
                }
            ]
        },
    )

    type: str
    title: str
    status: int
    code: str = Field(description="One word for programs.")
    detail: str = Field(description="One sentence for people.")
    todo: str = Field("", description="What to do next.")


def not_found(what: str, name: str) -> Problem:
    """Something that is not there, or is somebody else's: the two look the same.

    Args:
        what: "avatar", "secret" …
        name: as it was asked for.
    """
    code = f"no_such_{what.replace(' ', '_')}"
    return Problem(404, code, f"There is no {what} {name[:64]!r} among yours.")


def answer(error: Refused) -> JSONResponse:
    """A refusal as a response."""
    headers = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    body = {
        "type": f"urn:visavis:problem:{error.code}",
        "title": _TITLES.get(error.status, "Not possible"),
        "status": error.status,
        "code": error.code,
        "detail": str(error),
        "todo": getattr(error, "todo", ""),
        **getattr(error, "more", {}),
    }
    return JSONResponse(body, error.status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Let an app answer every error this way."""

    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> JSONResponse:
        return answer(error)

    @app.exception_handler(VisavisError)
    async def wrong(request: Request, error: VisavisError) -> JSONResponse:
        return answer(Problem(422, "not_usable", str(error)))

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        code = {404: "no_such_address", 405: "wrong_method"}.get(error.status_code, "http")
        response = answer(Problem(error.status_code, code, str(error.detail)))
        response.headers.update(error.headers or {})
        return response

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        found = [
            {"where": "/".join(str(part) for part in one["loc"]), "why": one["msg"]}
            for one in error.errors()[:20]
        ]
        where = found[0]["where"] if found else "the request"
        return answer(
            Problem(
                422,
                "invalid",
                f"{where}: {found[0]['why'] if found else 'it is not what it should be'}",
                "See the fields in /docs.",
                more={"fields": found},
            )
        )

    @app.exception_handler(DBAPIError)
    @app.exception_handler(PoolTimeout)
    async def database(request: Request, error: SQLAlchemyError) -> JSONResponse:
        # Whatever was begun is undone; what was done although its answer is lost is found again
        # by whoever repeats the request.
        away = isinstance(error, PoolTimeout | OperationalError | InterfaceError)
        if not away and not getattr(error, "connection_invalidated", False):
            raise error
        logger.warning("the database does not answer: %s", type(error).__name__)
        return answer(
            Problem(503, "database_away", "The database does not answer.", "Try again.",
                    retry_after=2)
        )  # fmt: skip

    @app.exception_handler(Exception)
    async def bug(request: Request, error: Exception) -> JSONResponse:
        return answer(
            Problem(500, "failed", "Unexpected; the operator's log says more.", "Try again later.")
        )
