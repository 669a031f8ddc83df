"""What an operator sees: figures, a line of log for every request, traces; and nothing secret."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from visavis.cloud.context import Cloud
from visavis.cloud.database import LiveSession, Organisation, Scope, Worker
from visavis.cloud.observing import WithRequest
from visavis.serve import tracing
from visavis.serve.logs import JsonLines


@pytest.fixture
def prepared_url() -> str:
    return ""  # SQLite is enough here


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged, as JSON."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    handler.addFilter(WithRequest())
    logger = logging.getLogger("visavis.cloud")
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    yield stream
    logger.removeHandler(handler)
    logger.setLevel(level)


async def figures(http: httpx.AsyncClient, **headers: str) -> dict[tuple[str, ...], float]:
    """What /metrics says: name and label values to value."""
    answer = await http.get("/metrics", headers=headers)
    assert answer.status_code == 200, answer.text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


@pytest.mark.asyncio
async def test_figures_count_requests_and_what_runs(cloud: Cloud, http: httpx.AsyncClient) -> None:
    async with cloud.database.write(Scope.system("a test's rows")) as db:
        db.add(Organisation(id="org_1", name="One"))
        await db.flush()
        for number, state in enumerate(("running", "running", "joining", "ended")):
            db.add(LiveSession(id=f"ses_{number}", org_id="org_1", state=state))
        db.add(Worker(id="w1", engine="local", state="ready", capacity=8, taken=3))
        db.add(Worker(id="w2", engine="local", state="draining", capacity=8, taken=1))
    await http.get("/health")
    await http.get("/v1/nothing/secret-in-a-path?token=abc")
    found = await figures(http)
    assert found["visavis_cloud_sessions", "running"] == 2
    assert found["visavis_cloud_sessions", "joining"] == 1
    assert found["visavis_cloud_places", "local"] == 8  # one that drains has none to give
    assert found["visavis_cloud_places_taken", "local"] == 4
    assert found["visavis_cloud_requests_total", "GET", "/health", "200"] == 1
    assert found["visavis_cloud_requests_total", "GET", "other", "404"] == 1
    assert not any("secret-in-a-path" in part for key in found for part in key)


@pytest.mark.asyncio
async def test_figures_are_the_operators(cloud: Cloud, http: httpx.AsyncClient) -> None:
    far = httpx.ASGITransport(cloud.app, client=("192.0.2.7", 1))  # type: ignore[attr-defined]
    async with httpx.AsyncClient(transport=far, base_url="http://cloud.test") as stranger:
        assert (await stranger.get("/metrics")).status_code == 403
        chosen = cloud.settings.model_copy(update={"metrics_secret": SecretStr("open sesame")})
        cloud.settings = chosen
        wrong = {"Authorization": "Bearer open says me"}
        assert (await stranger.get("/metrics", headers=wrong)).status_code == 403
        assert (await http.get("/metrics")).status_code == 403  # from here, too
        assert await figures(stranger, Authorization="Bearer open sesame")


@pytest.mark.asyncio
async def test_every_request_is_a_line_without_its_path(
    http: httpx.AsyncClient, lines: io.StringIO
) -> None:
    answer = await http.get(
        "/v1/nothing/eyJhbGciOi.eyJzdWIiOi", headers={"X-Request-Id": "from-the-caller"}
    )
    made = await http.get("/v1/nothing")
    await http.get("/health")
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    requests = [line for line in told if line["event"] == "request"]
    assert len(requests) == 2  # nobody wants to read of health
    assert answer.headers["X-Request-Id"] == requests[0]["request_id"] == "from-the-caller"
    assert made.headers["X-Request-Id"] == requests[1]["request_id"] != "from-the-caller"
    assert requests[0]["status"] == "404" and requests[0]["route"] == "other"
    assert "eyJ" not in lines.getvalue()


@pytest.mark.asyncio
async def test_a_trace_goes_on_where_it_began(http: httpx.AsyncClient) -> None:
    memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")
    kept = memory.InMemorySpanExporter()
    assert tracing.set_up_traces(exporter=kept)
    trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    try:
        await http.get("/ready", headers={"traceparent": f"00-{trace}-{parent}-01"})
        with tracing.span("inside"):
            headers: dict[str, str] = {}
            tracing.carry(headers)
    finally:
        tracing.end_traces()
    request = next(span for span in kept.get_finished_spans() if span.name == "GET /ready")
    assert f"{request.context.trace_id:032x}" == trace
    assert f"{request.parent.span_id:016x}" == parent
    assert request.attributes["http.response.status_code"] == 200
    assert headers["traceparent"].startswith("00-")


def test_nothing_is_traced_unless_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(tracing.ENDPOINT, raising=False)
    assert not tracing.set_up_traces()
    with tracing.span("nothing") as marks:
        marks.say({"anything": 1})
