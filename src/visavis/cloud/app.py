"""The cloud's app: its routes, how it refuses, its OpenAPI document.

Comes in: a :class:`Cloud`. Goes out: an ASGI app that starts and closes it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI

from visavis.cloud import problems
from visavis.cloud.context import Cloud
from visavis.cloud.describing import describe
from visavis.cloud.guarding import Guarding
from visavis.cloud.observing import Watching
from visavis.cloud.routes import ROUTERS, SERVICES
from visavis.cloud.sharing import Sharing


def create_app(cloud: Cloud) -> FastAPI:
    """The app of a cloud.

    Args:
        cloud: not yet started; the app starts and closes it.
    """

    @asynccontextmanager
    async def living(app: FastAPI) -> AsyncIterator[None]:
        try:
            await cloud.start()
            yield
        finally:
            await cloud.close()

    app = FastAPI(
        title="Visavis",
        version="1",
        lifespan=living,
        docs_url=None,
        redoc_url=None,
        openapi_url="/v1/openapi.json",
    )
    app.state.cloud = cloud
    app.add_middleware(Guarding, cloud=cloud)
    app.add_middleware(Sharing)
    app.add_middleware(Watching, figures=cloud.figures)
    problems.install(app)
    for router in ROUTERS:
        app.include_router(router)
    cloud.services += [make(cloud) for make in SERVICES]

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = describe(app, ROUTERS)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
    return app
