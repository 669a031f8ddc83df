"""Somebody who uses a cloud in tests: a browser with cookies, or a program with a secret."""

from __future__ import annotations

from typing import Any, Self

import httpx
from fastapi import FastAPI

PASSWORD = "a long sentence of my own"


class Somebody:
    """A person and their browser.

    Args:
        app: the cloud's.
        email: theirs.
    """

    def __init__(self, app: FastAPI, email: str) -> None:
        self._transport = httpx.ASGITransport(app)
        self.email = email
        self.http = self.browser()
        self.me: dict[str, Any] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    def browser(self) -> httpx.AsyncClient:
        """Another browser, without cookies."""
        return httpx.AsyncClient(transport=self._transport, base_url="http://cloud.test")

    async def sign_up(self, **more: Any) -> httpx.Response:
        """Make the account; its browser is logged in then."""
        form = {"email": self.email, "password": PASSWORD, "name": self.email.split("@")[0]}
        answer = await self.http.post("/v1/sign-up", json=form | more)
        return self._entered(answer)

    async def log_in(self, password: str = PASSWORD) -> httpx.Response:
        """Log the browser in."""
        form = {"email": self.email, "password": password}
        return self._entered(await self.http.post("/v1/log-in", json=form))

    def _entered(self, answer: httpx.Response) -> httpx.Response:
        if answer.is_success:
            self.me = answer.json()
            self.http.headers["X-CSRF-Token"] = self.me["csrf"]
        return answer

    async def secret(self, *rights: str, **more: Any) -> dict[str, Any]:
        """Make an API secret with some rights; all of them if none is named."""
        form = {"name": "test", "rights": list(rights) or ["sessions", "avatars", "read"]}
        answer = await self.http.post("/v1/secrets", json=form | more)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def program(self, *rights: str) -> httpx.AsyncClient:
        """A program with an API secret of theirs."""
        made = await self.secret(*rights)
        client = self.browser()
        client.headers["Authorization"] = f"Bearer {made['secret']}"
        return client
