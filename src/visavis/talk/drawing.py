"""What a page needs to draw characters itself: the player's modules, and word of who is not here.

Comes in: requests. Goes out: packed files, refusals.
"""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastapi import Response, WebSocket
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import Headers

import visavis
from visavis.stream import Codec

PLAYER = Path(visavis.__file__).parent / "player"
CODECS = {"pcm16": Codec.PCM16, "opus": Codec.OPUS, "none": Codec.NONE}
"""How a page may ask for the sound of a motion stream."""
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
}


@lru_cache(maxsize=128)
def _packed(path: str, changed: int) -> bytes:
    """A file, packed; `changed` is when it last did."""
    return gzip.compress(Path(path).read_bytes(), 9)


class Modules(StaticFiles):
    """Packed files with the types that browsers insist on, whatever this machine's tables say."""

    def file_response(
        self, full_path: Any, stat_result: Any, scope: Any, status_code: int = 200
    ) -> Response:
        """A file, packed for whoever takes that."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        known = TYPES.get(Path(full_path).suffix)
        if known is None or not isinstance(response, FileResponse):
            return response  # has not changed since the browser last asked
        etag = response.headers["etag"]
        headers = {"content-type": known, "vary": "accept-encoding", "etag": etag}
        if "gzip" not in Headers(scope=scope).get("accept-encoding", ""):
            response.headers.update(headers)
            return response
        headers["content-encoding"] = "gzip"
        return Response(_packed(str(full_path), stat_result.st_mtime_ns), status_code, headers)


async def nobody(socket: WebSocket) -> None:
    """Refuse a motion stream of a character, or with a codec, that is not here."""
    await socket.send_denial_response(
        Response('{"detail": "there is no such character, or no such codec here"}', 404,
                 media_type="application/json")
    )  # fmt: skip
