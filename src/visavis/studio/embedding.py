"""What other people's pages load: the script that embeds an avatar, and the page for a frame.

Comes in: requests of browsers. Goes out: a module; a page that only the sites of its token can
put into a frame.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from visavis.cloud.caller import InCloud, address_of
from visavis.cloud.embedding import tokens
from visavis.cloud.problems import Problem
from visavis.cloud.routes.embeds import EmbedId

WEB = Path(__file__).parent / "web" / "embed"
router = APIRouter(include_in_schema=False)
_FRAMES = ("iframe", "frame", "embed", "object", "")
"""What browsers ask a framed page for; "" those that do not say."""
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob:; connect-src 'self' blob: {here}; base-uri 'none'; form-action 'none'; "
    "frame-ancestors {sites}"
)


@router.get("/embed.js")
async def script() -> Response:
    """`<visavis-embed>`, for any page."""
    # One module of its own: what it imports is found beside the folder that it really lives in.
    text = 'export {VisavisEmbed} from "./studio/embed/embed.js";\n'
    headers = {"Cache-Control": "public, max-age=3600"}
    return Response(text, media_type="text/javascript; charset=utf-8", headers=headers)


@router.get("/embed/{embed_id}")
async def frame(embed_id: EmbedId, request: Request, cloud: InCloud) -> HTMLResponse:
    """The page for a frame; the token itself is behind #, and never gets here."""
    await cloud.limiter.request(address_of(request))
    row = await tokens.shown_by(cloud, embed_id)
    if request.headers.get("sec-fetch-dest", "") not in _FRAMES:
        raise Problem(403, "only_in_a_frame", "This page is for frames on other pages.",
                      "Put it into an <iframe> on one of its sites.")  # fmt: skip
    sockets = cloud.url.replace("http", "ws", 1)
    headers = {
        "Content-Security-Policy": _POLICY.format(here=sockets, sites=row.origins),
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Permissions-Policy": "microphone=(), camera=(), geolocation=()",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    avatar = await tokens.avatar_of(cloud, row.org_id, row.avatar_id)
    page = (WEB / "frame.html").read_text(encoding="utf-8")
    named = page.replace('data-name=""', f'data-name="{escape(avatar.name)}"')
    return HTMLResponse(named, headers=headers)
