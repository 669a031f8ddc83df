"""OpenAI-compatible endpoints: where they are, and what to say when they do not answer.

Comes in: an address, a model's name, a key. Goes out: requests, whose failures are one helpful
line. A key goes into one header and nowhere else.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from visavis.errors import InvalidOption, MissingDependency, VisavisError

if TYPE_CHECKING:
    import httpx

CONNECT_S = 5.0
READ_S = 60.0
"""Between two pieces of an answer: a large model on a small machine takes its time to begin."""
LONGEST_REASON = 200


class EndpointFailed(VisavisError):
    """An endpoint cannot be reached or refuses; the message says which, and what to do."""


@dataclass(frozen=True)
class Endpoint:
    """One OpenAI-compatible endpoint.

    Attributes:
        role: what it is for, in words: "language model", "speech recognition", "voice".
        url: the base address, up to and with ``/v1``.
        model: the model's name there.
        key: sent as bearer token; never shown.
        key_name: the environment variable that holds the key, for messages.
    """

    role: str
    url: str
    model: str
    key: str | None = field(default=None, repr=False)
    key_name: str = "VISAVIS_LLM_KEY"

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise InvalidOption(
                f"address of the {self.role} {self._shown!r}: write http://localhost:11434/v1, "
                "with http or https"
            )
        if parts.username or parts.password or parts.query:
            raise InvalidOption(
                f"address of the {self.role}: without user, password or query; a key belongs into "
                f"the environment variable {self.key_name}"
            )

    @property
    def _shown(self) -> str:
        """The address without what may be secret."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"

    def address(self, path: str) -> str:
        """The address of one operation, e.g. ``chat/completions``."""
        return f"{self.url.rstrip('/')}/{path}"

    @asynccontextmanager
    async def post(self, path: str, **body: Any) -> AsyncIterator[httpx.Response]:
        """Post to the endpoint and read its answer as it comes; leaving closes the connection.

        Args:
            path: the operation.
            **body: ``json=``, or ``data=`` and ``files=``, as httpx takes them.

        Raises:
            EndpointFailed: it cannot be reached, refuses, or breaks off.
        """
        httpx = _httpx()
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        try:
            async with (
                _client() as client,
                client.stream("POST", self.address(path), headers=headers, **body) as response,
            ):
                if response.status_code >= 400:
                    await response.aread()
                    raise EndpointFailed(self._refusal(response))
                yield response
        except httpx.ConnectError as error:
            raise EndpointFailed(
                f"the {self.role} at {self._at} does not answer; is it running?"
            ) from error
        except httpx.TimeoutException as error:
            raise EndpointFailed(f"the {self.role} at {self._at} takes too long") from error
        except httpx.HTTPError as error:
            raise EndpointFailed(
                f"the {self.role} at {self._at} broke off: {type(error).__name__}"
            ) from error

    @property
    def _at(self) -> str:
        return urlsplit(self.url).netloc

    def _refusal(self, response: httpx.Response) -> str:
        status = response.status_code
        where = f"the {self.role} at {self._at}"
        if status in (401, 403):
            need = "refuses the key in" if self.key else "wants a key; put it into"
            return f"{where} {need} {self.key_name}"
        if status == 404:
            return f"{where} knows no model {self.model!r}, or the address is not its base (…/v1)"
        if status == 429:
            return f"{where} is asked too often or its quota is used up; wait a little"
        return f"{where} answers {status}: {self._reason(response)}"

    def _reason(self, response: httpx.Response) -> str:
        """What the endpoint says of it, without the key, should it be echoed."""
        text = response.text
        try:
            said = json.loads(text)
            error = said.get("error", said) if isinstance(said, dict) else said
            text = str(error.get("message", error) if isinstance(error, dict) else error)
        except ValueError:
            pass
        text = " ".join(text.split())[:LONGEST_REASON]
        return text.replace(self.key, "(key)") if self.key else text


def _client() -> httpx.AsyncClient:
    """A client for one request: cancelling one must not disturb another."""
    timeout = _httpx().Timeout(READ_S, connect=CONNECT_S)
    client: httpx.AsyncClient = _httpx().AsyncClient(timeout=timeout, follow_redirects=False)
    return client


def _httpx() -> Any:
    try:
        import httpx
    except ImportError as error:
        raise MissingDependency("endpoints need httpx: pip install 'visavis[talk]'") from error
    return httpx


async def server_sent(response: httpx.Response) -> AsyncIterator[str]:
    """The data of server-sent events, one by one, until ``[DONE]``."""
    async for line in response.aiter_lines():
        if line.startswith("data:"):
            data = line[5:].strip()
            if data == "[DONE]":
                return
            yield data
