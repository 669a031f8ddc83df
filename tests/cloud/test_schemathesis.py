"""Schemathesis sends whatever the OpenAPI document allows, and much that it does not.

Nothing makes the server fail, every refusal is a problem with a code, and answers are what the
document promises. `VISAVIS_EXAMPLES` says how many requests an operation gets.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")

from hypothesis import HealthCheck, given, settings  # noqa: E402
from schemathesis import checks  # noqa: E402
from schemathesis.specs.openapi import checks as openapi_checks  # noqa: E402

from tests.cloud.served import served  # noqa: E402
from tests.cloud.somebody import PASSWORD  # noqa: E402
from visavis.cloud.app import create_app  # noqa: E402
from visavis.cloud.context import Cloud  # noqa: E402
from visavis.cloud.settings import load  # noqa: E402

EXAMPLES = int(os.environ.get("VISAVIS_EXAMPLES", "5"))
_CHECKS = [
    checks.not_a_server_error,
    openapi_checks.response_schema_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.status_code_conformance,
]


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """A cloud behind a real HTTP server, without builders: its address and document."""
    cloud = Cloud(
        load(data=tmp_path / "data", database=database_url, rate="1000000/minute",
             rate_log_in="1000000/minute", sign_up="open", downloads="none")
    )  # fmt: skip
    app = create_app(cloud)
    cloud.services.clear()
    with served(app) as url:
        yield url, app.openapi()


def _headers(url: str, who: str) -> dict[str, str]:
    form = {"email": f"{who}@example.org", "password": PASSWORD}
    with httpx.Client(base_url=url, timeout=60) as client:
        answer = client.post("/v1/log-in", json=form)
        if answer.status_code == 401:
            answer = client.post("/v1/sign-up", json=form | {"name": who})
        assert answer.is_success, answer.text
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    return {"Cookie": cookie, "X-CSRF-Token": answer.json()["csrf"]}


def _try(operation: Any, headers: dict[str, str], examples: int) -> None:
    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy())
    def try_it(case: Any) -> None:
        case.headers = {
            name: value
            for name, value in (case.headers or {}).items()
            if name.lower() not in ("authorization", "api-secret", "cookie")
        }
        case.cookies = {}
        response = case.call(headers=headers, timeout=120)
        case.validate_response(response, checks=_CHECKS, headers=headers)

    try_it()


def test_nothing_makes_it_fail(
    server: tuple[str, dict[str, Any]], request: pytest.FixtureRequest
) -> None:
    url, document = server
    # What the two databases answer differently shows with few requests: the code is the same.
    second = request.node.callspec.params["database_url"] != "sqlite"
    examples = max(EXAMPLES // 2, 1) if second else EXAMPLES
    schema = schemathesis.openapi.from_dict(document)
    schema.config.update(base_url=url)
    seen = 0
    for found in schema.get_all_operations():
        operation = found.ok()
        seen += 1
        headers = _headers(url, f"user{seen}")  # operations may delete whoever calls them

        _try(operation, headers, examples)
    assert seen > 35
