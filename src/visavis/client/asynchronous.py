"""The client for asyncio. Comes in: an address and a secret. Goes out: what the cloud answers."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx
import stamina

from visavis.client import calls, credentials
from visavis.client.answers import CloudAvatar, CloudEmbed, CloudSession
from visavis.client.calls import Ask, Call, Picture, Progress, Wait, said
from visavis.client.sending import ATTEMPTS, LONGEST, TIMEOUT, Unanswered, again, given_up, look

T = TypeVar("T")


class AsyncClient:
    """The same as :class:`Client`, for asyncio: every method is awaited.

    Args:
        url: see there.
        secret: see there.
        transport: see there.
    """

    def __init__(
        self,
        url: str | None = None,
        secret: str | None = None,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._known = credentials.find(url, secret)
        self._http = httpx.AsyncClient(
            base_url=self._known.url, timeout=TIMEOUT, transport=transport,
            headers=self._known.headers,
        )  # fmt: skip

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of connections."""
        await self._http.aclose()

    async def me(self) -> dict[str, Any]:
        """See :meth:`Client.me`."""
        return await self._run(calls.me())

    async def avatars(self, q: str | None = None, tag: str | None = None) -> list[CloudAvatar]:
        """See :meth:`Client.avatars`."""
        return await self._run(calls.avatars(q, tag, gallery=False))

    async def gallery(self, q: str | None = None, tag: str | None = None) -> list[CloudAvatar]:
        """See :meth:`Client.gallery`."""
        return await self._run(calls.avatars(q, tag, gallery=True))

    async def avatar(self, avatar_id: str) -> CloudAvatar:
        """See :meth:`Client.avatar`."""
        return await self._run(calls.avatar(avatar_id))

    async def push(
        self, source: Picture, *, name: str, consent: str, consent_note: str = "",
        licence: str = "", picture_source: str = "", description: str = "",
        visibility: str = "private", tags: Sequence[str] = (), face: int = 1, wait: bool = True,
        progress: Progress | None = None,
    ) -> CloudAvatar:  # fmt: skip
        """See :meth:`Client.push`."""
        about = said(name, consent, consent_note, licence, picture_source, description,
                     visibility, tags, face)  # fmt: skip
        return await self._run(calls.push(source, about, wait, progress))

    async def pull(self, avatar_id: str, out: str | os.PathLike[str] | None = None) -> Path:
        """See :meth:`Client.pull`."""
        return await self._run(calls.pull(avatar_id, out))

    async def clone(self, avatar_id: str, name: str | None = None) -> CloudAvatar:
        """See :meth:`Client.clone`."""
        return await self._run(calls.clone(avatar_id, name))

    async def delete(self, avatar_id: str) -> list[str]:
        """See :meth:`Client.delete`."""
        return await self._run(calls.delete(avatar_id))

    async def launch(
        self, avatar_id: str, livekit_url: str, livekit_token: str, room_name: str = ""
    ) -> CloudSession:
        """See :meth:`Client.launch`."""
        return await self._run(calls.launch(avatar_id, livekit_url, livekit_token, room_name))

    async def join(
        self, livekit_url: str, livekit_token: str, room_name: str = "", *,
        avatar_id: str | None = None, image: bytes | str | None = None, address: str = "/launch",
    ) -> None:  # fmt: skip
        """See :meth:`Client.join`."""
        await self._run(
            calls.join(livekit_url, livekit_token, room_name, avatar_id, image, address)
        )

    async def sessions(self, state: str | None = None) -> list[CloudSession]:
        """See :meth:`Client.sessions`."""
        return await self._run(calls.sessions(state))

    async def stop(self, session_id: str) -> CloudSession:
        """See :meth:`Client.stop`."""
        return await self._run(calls.stop(session_id))

    async def direct(self, session_id: str, what: str, **told: Any) -> CloudSession:
        """See :meth:`Client.direct`."""
        return await self._run(calls.direct(session_id, what, told))

    async def embed(
        self, avatar_id: str, origins: Sequence[str], *, name: str = "", minutes: int = 5,
        total_minutes: int | None = None, expires_in: int = 3600,
    ) -> CloudEmbed:  # fmt: skip
        """See :meth:`Client.embed`."""
        return await self._run(
            calls.embed(avatar_id, origins, name, minutes, total_minutes, expires_in)
        )

    async def embeds(self) -> list[CloudEmbed]:
        """See :meth:`Client.embeds`."""
        return await self._run(calls.embeds())

    async def revoke_embed(self, embed_id: str) -> CloudEmbed:
        """See :meth:`Client.revoke_embed`."""
        return await self._run(calls.revoke_embed(embed_id))

    async def usage(self, month: str | None = None) -> dict[str, Any]:
        """See :meth:`Client.usage`."""
        return await self._run(calls.usage(month))

    async def usage_csv(self, month: str | None = None) -> str:
        """See :meth:`Client.usage_csv`."""
        return await self._run(calls.usage_csv(month))

    async def _run(self, call: Call[T]) -> T:
        try:
            step = next(call)
            while True:
                if isinstance(step, Wait):
                    await asyncio.sleep(step.seconds)
                    step = next(call)
                else:
                    step = call.send(await self._send(step))
        except StopIteration as ended:
            value: T = ended.value
            return value

    async def _send(self, ask: Ask) -> httpx.Response:
        try:
            async for attempt in stamina.retry_context(
                on=again, attempts=ATTEMPTS, timeout=LONGEST
            ):
                with attempt:
                    return look(await self._http.request(ask.method, ask.path, **ask.options))
        except (Unanswered, httpx.HTTPError, httpx.InvalidURL) as error:
            raise given_up(error, self._known.url) from None
        raise AssertionError
