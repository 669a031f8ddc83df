"""A receiver of OpenTelemetry's traces, over HTTP as collectors are."""

from __future__ import annotations

import gzip
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

import pytest


@dataclass(frozen=True)
class Received:
    """A span that has come."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    began: int
    ended: int
    good: bool


class OtlpReceiver:
    """Listens on loopback while it is entered.

    Attributes:
        spans: what has come so far.
        url: for ``OTEL_EXPORTER_OTLP_ENDPOINT``.
    """

    def __init__(self) -> None:
        service = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
        self.spans: list[Received] = []
        spans = self.spans

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                if self.path == "/v1/traces":
                    spans.extend(_read(service.ExportTraceServiceRequest.FromString(body)))
                self.send_response(200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def _read(request: Any) -> list[Received]:
    found = []
    for group in request.resource_spans:
        named = {one.key: one.value.string_value for one in group.resource.attributes}
        for scope in group.scope_spans:
            found += [
                Received(
                    named["service.name"], one.name, one.trace_id.hex(), one.span_id.hex(),
                    one.parent_span_id.hex(), one.start_time_unix_nano, one.end_time_unix_nano,
                    one.status.code != 2,
                )
                for one in scope.spans
            ]  # fmt: skip
    return found
