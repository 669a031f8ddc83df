"""The addresses of the studio's pages, and what browsers may do on them.

Comes in: requests of browsers. Goes out: one page for all addresses, which draws itself with the
modules under ``/studio``; the player and the parts of the Talk page that it uses.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Request, Response
from fastapi import Path as InPath
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

import visavis
from visavis.cloud.caller import COOKIE
from visavis.cloud.context import Cloud
from visavis.cloud.ids import AVATAR_ID
from visavis.studio import embedding
from visavis.studio.routes import Closing, router
from visavis.studio.seeding import Seeding

WEB = Path(__file__).parent / "web"
PAGES = (
    "/", "/explore", "/create", "/library", "/avatars/{avatar_id}",
    "/developer", "/embeds", "/usage",
    "/webhooks", "/billing", "/audit", "/account", "/admin", "/log-in", "/sign-up",
)  # fmt: skip
"""What the one page draws; `web/app.js` knows the same addresses."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob: mediastream:; connect-src 'self'; font-src 'self'; "
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Permissions-Policy": "microphone=(self), camera=(self), geolocation=(), display-capture=()",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_TALK = Path(visavis.__file__).parent / "talk" / "page"
_PAGE = {**_HEADERS, "Cache-Control": "no-store"}
_LOGGED_IN = 'data-log-in="perhaps"'


class _Modules(StaticFiles):
    """Files that browsers ask about again each time; unchanged ones are not sent."""

    def file_response(self, *args: object, **more: object) -> Response:
        response = super().file_response(*args, **more)  # type: ignore[arg-type]
        response.headers.update(_HEADERS)
        response.headers["Cache-Control"] = "no-cache"
        return response


def add_studio(app: FastAPI) -> None:
    """Let a cloud's app have pages.

    Args:
        app: of :func:`visavis.cloud.app.create_app`.
    """
    text = (WEB / "index.html").read_text(encoding="utf-8")
    talk_text = (_TALK / "index.html").read_text(encoding="utf-8")

    async def page(request: Request) -> HTMLResponse:
        known = request.cookies.get(COOKIE)
        html = text.replace('data-log-in=""', _LOGGED_IN) if known else text
        return HTMLResponse(html, headers=_PAGE)

    async def talk(avatar_id: Annotated[str, InPath(pattern=AVATAR_ID)]) -> HTMLResponse:
        about = (
            f'<html lang="en" data-api="/v1/studio/talk/{avatar_id}" '
            f'data-back="/avatars/{avatar_id}" data-log-in="/log-in?next=/talk/{avatar_id}">'
        )
        return HTMLResponse(talk_text.replace('<html lang="en">', about), headers=_PAGE)

    for path in PAGES:
        app.add_api_route(path, page, methods=["GET"], include_in_schema=False)
    app.add_api_route("/talk/{avatar_id}", talk, methods=["GET"], include_in_schema=False)
    app.include_router(router)
    app.include_router(embedding.router)
    cloud: Cloud = app.state.cloud
    cloud.services += [Seeding(cloud), Closing(app)]
    package = Path(visavis.__file__).parent
    for place, folder in (("studio", WEB), ("player", package / "player"), ("page", _TALK)):
        app.mount(f"/{place}", _Modules(directory=folder), name=place)
