"""Asking a worker to join a room with an avatar.

Comes in: what the avatar is, the room and a token for it. Goes out: one accepted ``POST /launch``,
or an error that says what the worker said.
"""

from __future__ import annotations

import asyncio
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from visavis.errors import InvalidOption, ServiceError

from .log import logger

_TRIES = 4
_PAUSE_S = 1.0
_TIMEOUT = aiohttp.ClientTimeout(total=60.0, connect=5.0)
_LATER = {429, 502, 503, 504}


@dataclass(frozen=True)
class Launch:
    """What a worker is asked.

    Attributes:
        livekit_url, livekit_token, room_name: where to join, and as whom.
        avatar_id: a character the worker knows, or the address of an ``.imx``; or
        image: a picture's bytes, or its http(s) address.
    """

    livekit_url: str
    livekit_token: str
    room_name: str
    avatar_id: str | None = None
    image: bytes | str | None = None

    def body(self) -> dict[str, Any]:
        """Arguments of aiohttp for its body."""
        fields = {
            "livekit_url": self.livekit_url,
            "livekit_token": self.livekit_token,
            "room_name": self.room_name,
        }
        if self.avatar_id is not None:
            return {"json": {**fields, "avatar_id": self.avatar_id}}
        if isinstance(self.image, str):
            return {"json": {**fields, "image": self.image}}
        form = aiohttp.FormData()
        for name, value in fields.items():
            form.add_field(name, value)
        form.add_field(
            "avatar_image", self.image, filename="face", content_type="application/octet-stream"
        )
        return {"data": form}


async def launch(
    http: aiohttp.ClientSession, api_url: str, secret: str | None, wanted: Launch
) -> None:
    """Have a worker join; returns when it has accepted.

    Tries again where the worker is busy or cannot be reached; a launch is idempotent, so a lost
    answer does no harm.

    Raises:
        ServiceError: it refuses, with its reason, or does not answer.
    """
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    url = launch_url(api_url)
    problem = ""
    for left in reversed(range(_TRIES)):
        pause = _PAUSE_S
        try:
            async with http.post(url, headers=headers, timeout=_TIMEOUT, **wanted.body()) as answer:
                if answer.status < 400:
                    return
                problem = f"{answer.status}: {_reason(await answer.text())}"
                if answer.status not in _LATER:
                    break
                pause = _seconds(answer.headers.get("Retry-After")) or pause
        except (aiohttp.ClientError, TimeoutError) as error:
            problem = f"it cannot be reached ({type(error).__name__})"
        if left:
            logger.warning("the worker did not take the avatar yet: %s", problem)
            await asyncio.sleep(pause)
    raise ServiceError(f"the worker at {_shown(api_url)} does not launch the avatar: {problem}")


def launch_url(api_url: str) -> str:
    """Where to post to: ``/launch`` of the worker, unless the address says more.

    Raises:
        InvalidOption: no http(s) address.
    """
    if not api_url.startswith(("http://", "https://")):
        raise InvalidOption(f"api_url {api_url!r}: the http(s) address of a worker is needed")
    scheme, _, rest = api_url.partition("://")
    host, _, path = rest.partition("/")
    return f"{scheme}://{host}/{path.rstrip('/') or 'launch'}"


def picture(image: Any) -> bytes | str:
    """A picture as it is sent: its bytes as they are, or its address.

    Args:
        image: a path, http(s) address, bytes, or Pillow image.

    Raises:
        InvalidOption: none of these, or no such file.
    """
    if isinstance(image, (bytes, bytearray)):
        return bytes(image)
    if hasattr(image, "save") and hasattr(image, "mode"):
        buffer = io.BytesIO()
        image.save(buffer, format="PNG")
        return buffer.getvalue()
    if isinstance(image, str) and image.startswith(("http://", "https://")):
        return image
    if isinstance(image, (str, Path)):
        try:
            return Path(image).read_bytes()
        except OSError as error:
            raise InvalidOption(f"avatar_image {str(image)!r}: {error.strerror}") from error
    raise InvalidOption(
        f"avatar_image is a {type(image).__name__}: a path, an address, bytes or a Pillow image "
        "is possible"
    )


def _reason(text: str) -> str:
    """What a worker says, in one line; its errors are JSON with a plain reason."""
    import json

    try:
        said = json.loads(text)
    except ValueError:
        said = None
    if isinstance(said, dict):
        text = str(said.get("detail") or said.get("error") or said.get("message") or text)
    return " ".join(text.split())[:300] or "no reason given"


def _seconds(retry_after: str | None) -> float | None:
    try:
        return min(max(float(retry_after or ""), 0.0), 10.0)
    except ValueError:
        return None


def _shown(url: str) -> str:
    return url.split("?")[0]
