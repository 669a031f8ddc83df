"""The worker's HTTP surface.

Comes in: a worker. Goes out: an ASGI app. Every refusal is JSON with the reason in it, since that
is all that a developer on the other side gets to see.
"""

from __future__ import annotations

import dataclasses
import logging
import time
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from visavis.errors import VisavisError
from visavis.options import parse_size
from visavis.serve.credentials import check
from visavis.serve.figures import Figures
from visavis.serve.launch_request import MAX_BODY, parse_direction, parse_launch, too_large
from visavis.serve.refusal import Refused, bad_request
from visavis.serve.task import Task
from visavis.serve.worker import Worker

logger = logging.getLogger(__name__)
_TRACE = ("traceparent", "tracestate")


def create_app(worker: Worker) -> FastAPI:
    """The app of a worker.

    Args:
        worker: started and closed by whoever runs the app.
    """
    app = FastAPI(title="Visavis worker", docs_url=None, redoc_url=None, openapi_url=None)
    figures = Figures(worker)
    settings = worker.settings

    def guard(request: Request) -> None:
        if not settings.no_auth:
            check(request.headers, settings.secrets)

    @app.post("/")  # clients whose api_url is the worker's bare address
    @app.post("/launch")
    async def launch(request: Request) -> dict[str, Any]:
        guard(request)
        body = await _body(request)
        wanted = await parse_launch(request.headers.get("content-type", ""), body)
        trace = {name: request.headers[name] for name in _TRACE if name in request.headers}
        wanted = dataclasses.replace(wanted, trace=trace)
        task = await worker.launch(wanted)
        return {
            "status": "joined" if task.state == "running" else task.state,
            "task_id": task.launch.task_id,
            "room_name": task.launch.room,
        }

    @app.get("/health")
    async def health() -> dict[str, Any]:
        return {"status": "ok"}

    @app.get("/ready")
    async def ready() -> JSONResponse:
        places = worker.places
        state = "ready"
        if not worker.ready:
            state = "not_ready"
        elif places.taken >= places.count:
            state = "at_capacity"
        return JSONResponse(
            {"status": state, "sessions": places.taken, "sessions_at_most": places.count},
            200 if state == "ready" else 503,
        )

    @app.get("/tasks")
    async def tasks(request: Request) -> dict[str, Any]:
        guard(request)
        worker.asked = time.monotonic()
        return {"tasks": [task.describe() for task in reversed(worker.tasks.values())]}

    def find(task_id: str) -> Task:
        task = worker.tasks.get(task_id)
        if task is None:
            raise Refused(404, "no_such_task", "there is no task of this id, or it ended long ago")
        return task

    @app.get("/tasks/{task_id}")
    async def one_task(request: Request, task_id: str) -> dict[str, Any]:
        guard(request)
        return find(task_id).describe()

    @app.post("/tasks/{task_id}/stop")
    async def stop(request: Request, task_id: str) -> dict[str, Any]:
        guard(request)
        task = find(task_id)
        if task.ended is None:
            task.leave("stopped by request")
            await task.over.wait()
        return task.describe()

    @app.post("/tasks/{task_id}/direct")
    async def direct(request: Request, task_id: str) -> dict[str, Any]:
        guard(request)
        what, text = parse_direction(await _body(request))
        await find(task_id).direct(what, text)
        return {"status": "done"}

    @app.get("/test-frame")
    async def test_frame(
        request: Request, avatar_id: str | None = None, size: str = "512"
    ) -> Response:
        guard(request)
        picture = await worker.test_frame(avatar_id, parse_size(size))
        return Response(picture, media_type="image/jpeg")

    @app.get("/metrics")
    async def metrics(request: Request) -> Response:
        if not settings.open_metrics:
            guard(request)
        return Response(figures.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> JSONResponse:
        return _answer(error)

    @app.exception_handler(VisavisError)
    async def wrong(request: Request, error: VisavisError) -> JSONResponse:
        return _answer(bad_request(str(error)))

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        return _answer(Refused(error.status_code, "http", str(error.detail)))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return _answer(bad_request("a parameter is not what it should be"))

    @app.exception_handler(Exception)
    async def bug(request: Request, error: Exception) -> JSONResponse:
        return _answer(Refused(500, "failed", "unexpected; the worker's log says more"))

    return app


def _answer(error: Refused) -> JSONResponse:
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse({"status": error.code, "error": str(error)}, error.status, headers)


async def _body(request: Request) -> bytes:
    """A request's body, up to what is taken."""
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > MAX_BODY:
        raise too_large()
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY:
            raise too_large()
    return bytes(body)
