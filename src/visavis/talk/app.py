"""The addresses of the Talk page.

Comes in: requests of browsers. Goes out: the page, the cast, answers to offers. At most so many
visitors at a time; whoever leaves frees the place.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response, WebSocket
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, ConfigDict, Field

from visavis.errors import VisavisError
from visavis.live.motion_socket import FULL, accept
from visavis.stream import Codec
from visavis.talk.cast import Cast, Characters, Member
from visavis.talk.drawing import CODECS, PLAYER, Modules, nobody
from visavis.talk.drawn import DrawnVisit
from visavis.talk.filmed import FilmedVisit
from visavis.talk.guard import Guard
from visavis.talk.messages import Offer
from visavis.talk.options import TalkOptions
from visavis.talk.origins import Origins
from visavis.talk.photos import Photos
from visavis.talk.visit import Visit

PAGE = Path(__file__).parent / "page"


class Leave(BaseModel):
    """POST /api/leave: this visitor's page is closed."""

    model_config = ConfigDict(extra="forbid")
    visit: str = Field(max_length=64)


class Visits:
    """Who is here.

    Args:
        options: how the page talks.
    """

    def __init__(self, options: TalkOptions) -> None:
        self._options = options
        self._here: dict[str, Visit] = {}
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def most(self) -> int:
        """How many can be here at once."""
        return self._options.sessions

    def __len__(self) -> int:
        """How many are here."""
        return len(self._here)

    async def stay(self, socket: WebSocket, character: str, codec: Codec, cast: Characters) -> None:
        """Somebody comes whose page draws; returns when it goes.

        Args:
            socket: its connection.
            character: whom it meets.
            codec: how the sound travels.
            cast: whom this visitor can talk to.
        """
        await accept(socket)
        if len(self._here) >= self._options.sessions:
            await socket.close(FULL, "everybody is taken; try again in a moment")
            return
        visit = DrawnVisit(cast, self._options, self.leave)
        self._here[visit.key] = visit
        try:
            await visit.run(socket, character, codec)
        finally:
            self.leave(visit)

    async def enter(self, offer: Offer, cast: Characters) -> tuple[Visit, str]:
        """Somebody comes who is sent video; the visit, and the answer to the offer.

        Args:
            offer: the browser's.
            cast: whom this visitor can talk to.

        Raises:
            HTTPException: 503, no place is free.
            VisavisError: the offer cannot be met.
        """
        if len(self._here) >= self._options.sessions:
            raise HTTPException(503, "everybody is taken; try again in a moment")
        visit = FilmedVisit(cast, self._options, self.leave)
        self._here[visit.key] = visit
        try:
            return visit, await visit.start(offer)
        except BaseException:
            self.leave(visit)
            raise

    def leave(self, visit: Visit | str) -> None:
        """Somebody goes."""
        key = visit if isinstance(visit, str) else visit.key
        gone = self._here.pop(key, None)
        if gone is not None:
            task = asyncio.create_task(gone.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Everybody goes; returns when all is freed."""
        for key in list(self._here):
            self.leave(key)
        await asyncio.gather(*self._closing, return_exceptions=True)


def make_app(cast: Cast, options: TalkOptions, names: tuple[str, ...] = ()) -> FastAPI:
    """The web application.

    Args:
        cast: whom one can talk to.
        options: how the page talks.
        names: host names under which it is reached besides addresses and localhost.

    Returns:
        An ASGI application; ``app.state.visits`` is who is here.
    """
    visits = Visits(options)
    photos = Photos(cast) if options.photos else None

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await visits.close()
        if photos is not None:
            photos.close()

    app = FastAPI(title="Visavis Talk", lifespan=lifespan, docs_url=None, redoc_url=None,
                  openapi_url=None)  # fmt: skip
    app.state.visits = visits
    app.add_middleware(Guard, names=names)
    app.add_middleware(Origins)

    @app.exception_handler(VisavisError)
    async def refuse(request: Request, error: VisavisError) -> Response:
        return JSONResponse({"detail": str(error)}, 400)

    @app.get("/")
    async def page() -> FileResponse:
        return FileResponse(PAGE / "index.html")

    @app.get("/api/cast")
    async def members() -> dict[str, Any]:
        found = [await shown(member) for member in cast.members.values() if member.listed]
        return {"cast": found, "first": found[0]["key"], "photos": photos is not None,
                "drawing": True, "video": options.video}  # fmt: skip

    async def shown(member: Member) -> dict[str, str]:
        _, tint = await cast.poster(member.key)
        return {"key": member.key, "name": member.name, "tint": tint}

    @app.get("/api/cast/{key}.webp")
    async def poster(key: str) -> Response:
        picture, _ = await cast.poster(key)
        return Response(picture, media_type="image/webp")

    @app.get("/api/cast/{key}")
    async def one(key: str) -> dict[str, str]:
        return await shown(cast[key])

    @app.post("/api/photo")
    async def photo(request: Request) -> dict[str, str]:
        if photos is None:
            raise HTTPException(403, "this server makes no characters of photos")
        return await shown(await photos.take(await request.body()))

    @app.post("/api/offer")
    async def offer(wanted: Offer) -> dict[str, str]:
        visit, answer = await visits.enter(wanted, cast)
        return {"visit": visit.key, "sdp": answer}

    @app.post("/api/leave", status_code=204)
    async def leave(who: Leave) -> None:
        visits.leave(who.visit)

    @app.get("/avatars/{key}.imx")
    async def avatar(key: str) -> FileResponse:
        return FileResponse(cast[key].path, media_type="application/octet-stream")

    @app.websocket("/motion/{key}")
    async def motion(socket: WebSocket, key: str, codec: str = "pcm16") -> None:
        if key not in cast.members or codec not in CODECS:
            await nobody(socket)
            return
        await visits.stay(socket, key, CODECS[codec], cast)

    app.mount("/page", StaticFiles(directory=PAGE), name="page")
    app.mount("/player", Modules(directory=PLAYER), name="player")
    return app
