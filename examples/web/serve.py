"""A page to meet your agent: LiveKit's own client, a room, a face.

    npm install --prefix examples/web            once: fetches livekit-client
    python examples/web/serve.py                 then open http://127.0.0.1:8080
    python examples/web/serve.py 8080 ada.imx    and where the agent has draw="client", this page
                                                 draws that character itself

Needs LIVEKIT_URL, LIVEKIT_API_KEY and LIVEKIT_API_SECRET, as your agent does, and:
pip install livekit-api. The token server in it trusts whoever reaches it, so it listens on this
machine only; a product has its users log in first.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from livekit import api

import visavis

HERE = Path(__file__).resolve().parent
CLIENT = Path("node_modules/livekit-client/dist/livekit-client.esm.mjs")
PLAYER = Path(visavis.__file__).parent / "player"
PAGE = {"/": "index.html", "/meet.js": "meet.js", "/meet.css": "meet.css"}


class Page(SimpleHTTPRequestHandler):
    """The page's files, the client library, the player, a character, and tokens; nothing else."""

    extensions_map = SimpleHTTPRequestHandler.extensions_map | {".js": "text/javascript"}

    def __init__(self, *arguments: Any, avatar: Path | None, **named: Any) -> None:
        self.avatar = avatar
        super().__init__(*arguments, **named)

    def do_GET(self) -> None:
        """Answer a browser."""
        wanted = urlsplit(self.path)
        if wanted.path == "/token":
            self._token(parse_qs(wanted.query).get("room", ["visavis"])[0])
            return
        if wanted.path == "/livekit-client.mjs":
            self.path = f"/{CLIENT}"
        elif wanted.path.startswith("/player/"):
            self.directory = str(PLAYER)
            self.path = wanted.path.removeprefix("/player")
        elif wanted.path == "/avatar.imx" and self.avatar is not None:
            self.directory = str(self.avatar.parent)
            self.path = f"/{quote(self.avatar.name)}"
        elif wanted.path in PAGE:
            self.path = f"/{PAGE[wanted.path]}"
        else:
            self.send_error(404)
            return
        super().do_GET()

    def _token(self, room: str) -> None:
        token = (
            api.AccessToken(os.environ["LIVEKIT_API_KEY"], os.environ["LIVEKIT_API_SECRET"])
            .with_identity(f"guest-{secrets.token_hex(4)}")
            .with_grants(api.VideoGrants(room_join=True, room=room))
            .to_jwt()
        )
        body = json.dumps({"url": os.environ["LIVEKIT_URL"], "token": token}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Keep quiet."""


def main(port: int = 8080, avatar: str | None = None) -> None:
    """Serve until interrupted."""
    needed = ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET")
    if missing := [name for name in needed if not os.environ.get(name)]:
        sys.exit(f"set {', '.join(missing)}")
    if not (HERE / CLIENT).is_file():
        sys.exit(f"fetch LiveKit's client first: npm install --prefix {HERE}")
    page = partial(Page, directory=str(HERE), avatar=Path(avatar).resolve() if avatar else None)
    with ThreadingHTTPServer(("127.0.0.1", port), page) as server:
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 8080, *sys.argv[2:3])
