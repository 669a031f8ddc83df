"""stripe-mock, Stripe's own stand-in for its API, and in front of it somebody who keeps a list.

Comes in: nothing. Goes out: an address; every request that came there; on request, answers that
are lost after Stripe has done what was asked. The program: see ``programs``.
"""

from __future__ import annotations

import http.server
import socket
import subprocess
import threading
import time
from dataclasses import dataclass
from urllib.parse import parse_qs

import httpx

from tests.helpers.programs import program

SOURCE = "github.com/stripe/stripe-mock@v0.203.0"


@dataclass(frozen=True)
class Request:
    """One request that reached Stripe."""

    path: str
    key: str
    form: dict[str, list[str]]


class StripeMock:
    """A running one. `lose` answers are lost."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self._process = subprocess.Popen(
            [program("stripe-mock", SOURCE), "-http-addr", f"127.0.0.1:{self._port}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._behind = f"http://127.0.0.1:{self._port}"
        end = time.monotonic() + 90
        while True:
            try:
                httpx.get(self._behind)
                break
            except httpx.TransportError:
                assert time.monotonic() < end and self._process.poll() is None
                time.sleep(0.1)
        self.requests: list[Request] = []
        self.lose = 0
        mock = self

        class Front(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                names = ("Authorization", "Content-Type", "Idempotency-Key", "Stripe-Version")
                passed = {name: self.headers[name] for name in names if name in self.headers}
                answer = httpx.post(mock._behind + self.path, content=body, headers=passed)
                key = self.headers.get("Idempotency-Key", "")
                mock.requests.append(Request(self.path, key, parse_qs(body.decode())))
                if mock.lose:
                    mock.lose -= 1
                    self.close_connection = True
                    return
                self.send_response(answer.status_code)
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            def log_message(self, *_: object) -> None:
                pass

        self._front = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Front)
        threading.Thread(target=self._front.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._front.server_address[1]}"

    def to(self, path: str) -> list[Request]:
        """Requests to one path."""
        return [request for request in self.requests if request.path == path]

    def stop(self) -> None:
        """End it."""
        self._front.shutdown()
        self._front.server_close()
        self._process.terminate()
        self._process.wait()
