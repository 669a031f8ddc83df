"""The OpenAPI document, with what FastAPI cannot know: how it refuses, who may call what.

Comes in: an app. Goes out: the document. Every operation that needs a caller says which right it
needs as ``x-rights``; a test walks them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from visavis.cloud.caller import Needs
from visavis.cloud.idempotency import HEADER, IdempotentRoute
from visavis.cloud.problems import MEDIA_TYPE, ProblemAnswer

_ABOUT = """\
Avatars for voice agents: make one from a picture, and let it join a LiveKit room.

Send an API secret as `Authorization: Bearer vv_…` or as header `api-secret`. Whatever is refused is
refused as `application/problem+json` with a `code` for programs and what `todo` next. Lists come in
pages: pass `next` on as `cursor`. A `POST` with an `Idempotency-Key` can be sent again safely.
"""
_KEY = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "The same request with the same key is done once, and answered alike for a day.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}


def describe(app: FastAPI, routers: Sequence[APIRouter]) -> dict[str, Any]:
    """The document of an app.

    Args:
        app: with all of its routes.
        routers: those whose routes ask for a :class:`~visavis.cloud.caller.Caller`.
    """
    document = get_openapi(title=app.title, version=app.version, routes=app.routes,
                           description=_ABOUT)  # fmt: skip
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = ProblemAnswer.model_json_schema(
        ref_template="#/components/schemas/{model}"
    )
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    rights = _rights(routers)
    repeatable = {
        route.path_format
        for router in routers
        for route in router.routes
        if isinstance(route, IdempotentRoute)
    }
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            needed = rights.get((path, method.upper()))
            if needed:
                operation["x-rights"] = list(needed)
                if method == "post" and path in repeatable:
                    operation.setdefault("parameters", []).append(_KEY)
            _refusals(operation, bool(needed))
    return document


def _rights(routers: Sequence[APIRouter]) -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for route in (one for router in routers for one in router.routes):
        if isinstance(route, APIRoute):
            for need in _needs(route.dependant):
                for method in route.methods or ():
                    found[(route.path_format, method)] = need.rights
    return found


def _needs(dependant: Dependant) -> list[Needs]:
    own = [dependant.call] if isinstance(dependant.call, Needs) else []
    return [*own, *(need for inner in dependant.dependencies for need in _needs(inner))]


def _refusals(operation: dict[str, Any], guarded: bool) -> None:
    responses = operation["responses"]
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    responses.pop("422", None)
    for status in ("401", "403") if guarded else ():
        responses.setdefault(status, {"description": "Not allowed.", "content": content})
    responses["4XX"] = {"description": "Refused; `code` says why.", "content": content}
    responses["5XX"] = {"description": "Not possible at the moment.", "content": content}
