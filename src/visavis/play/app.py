"""The addresses of the page that draws a character itself.

Comes in: requests of browsers. Goes out: the page, the player's modules, characters' files, motion
streams. At most so many visitors at a time; whoever leaves frees the place.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, HTTPException, WebSocket
from fastapi.responses import FileResponse

from visavis.live.motion_socket import FULL, accept
from visavis.play.visit import Visit
from visavis.stream import Codec, open_session
from visavis.talk.cast import Cast
from visavis.talk.drawing import CODECS, PLAYER, Modules, nobody
from visavis.talk.guard import Guard
from visavis.talk.origins import Origins

if TYPE_CHECKING:
    from visavis.agent.voices import Voice
    from visavis.avatar import Avatar

PAGE = Path(__file__).parent / "page"


@dataclass(frozen=True)
class PlayOptions:
    """How characters are played.

    Attributes:
        fps: poses a second.
        sample_rate: of the sound, Hz.
        sessions: visitors at most, at one time.
        origins: sites whose pages may embed the characters.
        voice: the voice's name; None: one that fits the character.
    """

    fps: float = 25.0
    sample_rate: int = 24_000
    sessions: int = 300
    origins: tuple[str, ...] = ()
    voice: str | None = None


class Visits:
    """Who is here.

    Args:
        cast: the characters.
        options: how they are played.
    """

    def __init__(self, cast: Cast, options: PlayOptions) -> None:
        self._cast = cast
        self._options = options
        self._avatars: dict[str, Avatar] = {}
        self._voices: dict[str, Voice] = {}
        self._here: dict[Visit, asyncio.Task[None] | None] = {}
        self._opening = asyncio.Lock()

    def __len__(self) -> int:
        """How many are here."""
        return len(self._here)

    async def stay(self, socket: WebSocket, name: str, codec: Codec) -> None:
        """Somebody comes, and stays until the page is closed."""
        await accept(socket)
        if len(self._here) >= self._options.sessions:
            await socket.close(FULL, "everybody is taken; try again in a moment")
            return
        visit: Visit | None = None
        try:
            avatar, voice = await self._open(name)
            session = open_session(
                avatar,
                fps=self._options.fps,
                sample_rate=self._options.sample_rate,
                codec=codec,
            )
            visit = Visit(socket, session, voice)
            self._here[visit] = asyncio.current_task()
            await visit.run()
        finally:
            if visit is not None:
                del self._here[visit]

    async def _open(self, name: str) -> tuple[Avatar, Voice]:
        """A character and its voice, read once."""
        from visavis.agent.voices import open_voice

        async with self._opening:
            if name not in self._avatars:
                said = self._options.voice or self._cast[name].voice
                self._voices[name] = open_voice(said)
                self._avatars[name] = await self._cast.open(name)
        return self._avatars[name], self._voices[name]

    async def close(self) -> None:
        """Everybody goes; returns when all is freed."""
        for visit in list(self._here):
            visit.close()
        gone = [task for task in self._here.values() if task is not None]
        if gone:
            await asyncio.wait(gone, timeout=3.0)
        for avatar in self._avatars.values():
            avatar.close()
        self._avatars.clear()


def make_app(cast: Cast, options: PlayOptions, names: Iterable[str] = ()) -> Any:
    """The web application.

    Args:
        cast: the characters; the first is the one the page shows.
        options: how they are played.
        names: host names under which it is reached besides addresses and localhost.

    Returns:
        An ASGI application; ``app.state.visits`` is who is here.

    Raises:
        InvalidOption: an origin that is none.
    """
    visits = Visits(cast, options)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        await visits.close()

    app = FastAPI(title="Visavis Play", lifespan=lifespan, docs_url=None, redoc_url=None,
                  openapi_url=None)  # fmt: skip
    app.state.visits = visits
    app.add_middleware(Guard, names=tuple(names))
    app.add_middleware(Origins, allowed=options.origins)
    Origins(app, options.origins)  # says at once what is no origin

    @app.get("/")
    async def page() -> FileResponse:
        return FileResponse(PAGE / "index.html")

    @app.get("/api/cast")
    async def members() -> dict[str, Any]:
        found = [{"key": m.key, "name": m.name} for m in cast.members.values()]
        return {"cast": found, "first": found[0]["key"]}

    @app.get("/avatars/{name}.imx")
    async def avatar(name: str) -> FileResponse:
        if name not in cast.members:
            raise HTTPException(404, "there is no such character here")
        return FileResponse(cast[name].path, media_type="application/octet-stream")

    @app.websocket("/motion/{name}")
    async def motion(socket: WebSocket, name: str, codec: str = "pcm16") -> None:
        if name not in cast.members or codec not in CODECS:
            await nobody(socket)
            return
        await visits.stay(socket, name, CODECS[codec])

    app.mount("/page", Modules(directory=PAGE), name="page")
    app.mount("/player", Modules(directory=PLAYER), name="player")
    return app
