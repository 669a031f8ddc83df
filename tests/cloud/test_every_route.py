"""Every route of the OpenAPI document, called by those who must not: nothing leaks or changes.

A route is tested for it by being in the document. One that needs no caller has to be entered in
`_OPEN`, a new path parameter in `OF_TABLE` of `every_route.py`.
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.cloud.every_route import (
    LEAK,
    OF_TABLE,
    Operation,
    fill,
    operations,
    sample,
    sample_ids,
    snapshot,
)
from tests.cloud.somebody import Somebody
from visavis.cloud import people
from visavis.cloud.caller import SECRET_RIGHTS
from visavis.cloud.context import Cloud

pytestmark = pytest.mark.asyncio

_OPEN = {
    "GET /health", "GET /ready", "GET /metrics",
    "POST /v1/sign-up", "POST /v1/log-in", "POST /v1/stripe/events",
    "GET /v1/gallery", "GET /v1/gallery/{avatar_id}", "GET /v1/gallery/{avatar_id}/file",
    "GET /v1/gallery/{avatar_id}/preview",
}  # fmt: skip
_BY_EMBED_TOKEN = {"GET /v1/embeds/{embed_id}/file"}
"""Their callers are pages of other sites, with a token of their own; see test_embeds.py."""


class Walk:
    """Everything there is to call, and somebody else's tenant to look for."""

    def __init__(self, cloud: Cloud, document: dict[str, Any]) -> None:
        self.cloud = cloud
        self.document = document
        self.operations = operations(document)
        self.guarded = [one for one in self.operations if one.rights]
        self.ids = sample_ids(document)
        self.org_id = ""

    async def call(self, http: httpx.AsyncClient, operation: Operation) -> httpx.Response:
        """An operation with the other tenant's ids in its path and body."""
        path = operation.path
        for parameter in operation.parameters:
            name = parameter["name"]
            path = path.replace(f"{{{name}}}", self.ids[OF_TABLE[name]])
        if operation.body is None:
            return await http.request(operation.method, path)
        body = sample(operation.body, self.document, self.ids)
        if operation.content_type == "multipart/form-data":
            fields = {name: str(value) for name, value in body.items() if name != "file"}
            return await http.request(
                operation.method, path, data=fields, files={"file": b"no picture"}
            )
        return await http.request(operation.method, path, json=body)


@pytest_asyncio.fixture
async def walk(cloud: Cloud) -> Walk:
    """The walk, with another tenant that has a row in every table."""
    prepared = Walk(cloud, cloud.app.openapi())  # type: ignore[attr-defined]
    prepared.org_id = await fill(cloud, prepared.ids)
    return prepared


async def test_a_route_that_needs_nobody_is_meant_to(walk: Walk) -> None:
    found = {str(one) for one in walk.operations if not one.rights}
    assert found - _OPEN == _BY_EMBED_TOKEN
    assert len(walk.guarded) > 25


async def test_nobody_gets_nothing(walk: Walk, http: httpx.AsyncClient) -> None:
    before = await snapshot(walk.cloud, walk.org_id)
    for operation in walk.guarded:
        answer = await walk.call(http, operation)
        assert answer.status_code == 401, f"{operation}: {answer.text}"
        assert answer.headers["content-type"] == "application/problem+json"
        assert LEAK not in answer.text, operation
    assert await snapshot(walk.cloud, walk.org_id) == before


async def test_an_embed_token_is_all_that_opens_what_is_for_pages(
    walk: Walk, http: httpx.AsyncClient, ada: Somebody
) -> None:
    program = await ada.program()
    for operation in walk.operations:
        if str(operation) in _BY_EMBED_TOKEN:
            for who in (http, ada.http, program):
                answer = await walk.call(who, operation)
                assert answer.status_code == 401, f"{operation}: {answer.text}"
                assert LEAK not in answer.text


async def test_the_gallery_does_not_show_what_is_private(
    walk: Walk, http: httpx.AsyncClient
) -> None:
    for operation in walk.operations:
        if "/gallery" in operation.path:
            answer = await walk.call(http, operation)
            assert LEAK not in answer.text
            assert answer.status_code == (404 if operation.parameters else 200), operation


async def test_a_revoked_secret_gets_nothing(walk: Walk, ada: Somebody) -> None:
    made = await ada.secret()
    assert (await ada.http.post(f"/v1/secrets/{made['id']}/revoke")).is_success
    http = ada.browser()
    http.headers["api-secret"] = made["secret"]
    for operation in walk.guarded:
        answer = await walk.call(http, operation)
        assert answer.status_code == 401, f"{operation}: {answer.text}"
        assert answer.json()["code"] == "secret_revoked"


async def test_a_secret_without_the_right_is_refused(walk: Walk, ada: Somebody) -> None:
    programs = {right: await ada.program(right) for right in SECRET_RIGHTS}
    programs["all"] = await ada.program()
    tried = 0
    for operation in walk.guarded:
        wrong = [right for right in SECRET_RIGHTS if right not in operation.rights]
        for right in wrong if len(wrong) < 3 else [*wrong, "all"]:
            answer = await walk.call(programs[right], operation)
            assert answer.status_code == 403, f"{operation} with {right}: {answer.text}"
            assert answer.json()["code"] == "not_allowed"
            tried += 1
    assert tried > 60


async def test_members_without_the_right_are_refused(walk: Walk, ada: Somebody) -> None:
    cloud = walk.cloud
    for role, lacks in (("billing", {"secrets", "avatars", "sessions", "members", "admin"}),
                        ("developer", {"members", "billing", "admin"}),
                        ("owner", {"admin"})):  # fmt: skip
        form = {"email": f"{role}@example.org", "role": role}
        token = (await ada.http.post("/v1/invitations", json=form)).json()["link"].partition("=")[2]
        async with Somebody(cloud.app, form["email"]) as member:  # type: ignore[attr-defined]
            await member.sign_up(invitation=token)
            for operation in walk.guarded:
                if set(operation.rights) <= lacks:
                    answer = await walk.call(member.http, operation)
                    assert answer.status_code == 403, f"{operation} as {role}: {answer.text}"
                    assert answer.json()["code"] == "not_allowed"


async def test_another_tenant_gets_nothing_of_ours(walk: Walk, ada: Somebody) -> None:
    """As the owner in a browser, and as a program with every right."""
    cloud = walk.cloud
    before = await snapshot(cloud, walk.org_id)
    program = await ada.program()
    for operation in walk.guarded:
        entered = await people.enter(cloud, ada.me["account_id"], "test")  # some log out
        browser = ada.browser()
        browser.cookies.set("visavis_login", entered.cookie)
        browser.headers["X-CSRF-Token"] = entered.csrf
        for http in (browser, program):
            answer = await walk.call(http, operation)
            assert LEAK not in answer.text, f"{operation}: {answer.text}"
            # 501: nothing here launches sessions
            assert answer.status_code < 500 or answer.status_code == 501, f"{operation}"
            if operation.parameters:
                assert answer.status_code in (403, 404), f"{operation}: {answer.text}"
        await browser.aclose()
    assert await snapshot(cloud, walk.org_id) == before
