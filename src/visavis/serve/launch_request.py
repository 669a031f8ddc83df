"""A launch as it comes over the wire: JSON, multipart or urlencoded, under all names in use.

Comes in: a content type and a body. Goes out: :class:`LaunchRequest`. Nothing is fetched or
opened here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from visavis.serve.refusal import Refused, bad_request
from visavis.serve.store import TASK_ID

DIRECTIONS = ("gesture", "emotion", "state", "say", "context")
"""What an avatar in its room can be told."""
LONGEST_TEXT = 4000
"""Characters that an avatar can be told at once."""
MAX_BODY = 20_000_000
"""Bytes; a JPEG of 12 megapixels has 5 million, base64 adds a third."""

ID_NAMES = ("avatar_id", "agent_id")
PICTURE_NAMES = ("avatar_image", "image", "avatar_image_url", "image_url")
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_DATA_URL = re.compile(r"data:[\w/+.-]*(?:;[\w=.+-]+)*;base64,")


@dataclass(frozen=True, slots=True)
class LaunchRequest:
    """What somebody wants launched.

    Attributes:
        livekit_url: of the room's server.
        livekit_token: the avatar's own.
        room_name: as the sender said it; "" if it did not.
        avatar_id: name or address of an avatar, "" if none.
        picture: bytes of a picture to build one from; b"" if none.
        picture_url: address of one, "" if none.
        async_mode: whether to answer before the avatar has joined.
        task_id: what the sender calls it, so that it is never launched twice; "": we find a name.
        resumed: whether it was in the room before, under a worker that is lost: its agent is told
            at first that what it was saying has ended.
        trace: headers of its request that say to which trace it belongs.
    """

    livekit_url: str
    livekit_token: str = field(repr=False)
    room_name: str = ""
    avatar_id: str = ""
    picture: bytes = field(default=b"", repr=False)
    picture_url: str = ""
    async_mode: bool = False
    task_id: str = ""
    resumed: bool = False
    trace: dict[str, str] = field(default_factory=dict, compare=False)

    @property
    def avatar(self) -> str:
        """The avatar wanted, so that two requests can be compared; a picture goes before an id."""
        if self.picture:
            return f"picture:{hashlib.sha256(self.picture).hexdigest()}"
        return f"picture:{self.picture_url}" if self.picture_url else f"id:{self.avatar_id}"


async def parse_launch(content_type: str, body: bytes) -> LaunchRequest:
    """Read a launch.

    Args:
        content_type: of the request; absent or unknown is taken for JSON.
        body: of the request.

    Raises:
        Refused: what cannot be understood, with what is missing or wrong.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        fields = await _multipart(content_type, body)
    elif kind == "application/x-www-form-urlencoded":
        fields = await _urlencoded(body)
    else:
        fields = _json(body)
    return _request(fields)


def parse_direction(body: bytes) -> tuple[str, str]:
    """What an avatar is told to do: one of :data:`DIRECTIONS`, and a text.

    Raises:
        Refused: what cannot be understood.
    """
    fields = _json(body)
    what, text = _text(fields, "what"), _text(fields, "text")
    if what not in DIRECTIONS:
        raise bad_request(f"what: one of {', '.join(DIRECTIONS)}")
    if not text or len(text) > LONGEST_TEXT:
        raise bad_request(f"text: 1 to {LONGEST_TEXT} characters")
    return what, text


def _request(fields: Mapping[str, Any]) -> LaunchRequest:
    url, token = _text(fields, "livekit_url"), _text(fields, "livekit_token")
    for name, value in (("livekit_url", url), ("livekit_token", token)):
        if not value:
            raise bad_request(f"{name} is missing")
    _check_address(url)
    avatar_id = next((value for name in ID_NAMES if (value := _text(fields, name))), "")
    picture, picture_url = b"", ""
    for name in PICTURE_NAMES:
        sent = fields.get(name)
        if isinstance(sent, bytes) and sent:
            picture = sent
        elif text := _text(fields, name):
            if _ADDRESS.match(text):
                picture_url = text
            else:
                picture = _base64(name, text)
        if picture or picture_url:
            break
    if not (avatar_id or picture or picture_url):
        raise bad_request("no avatar: send avatar_id, or a picture as avatar_image")
    room = _text(fields, "room_name")
    hurry = _flag(fields.get("async_mode", False))
    task_id = _text(fields, "task_id")
    if task_id and not TASK_ID.fullmatch(task_id):
        raise bad_request("task_id is 8 to 64 small letters and digits")
    resumed = _flag(fields.get("resumed", False))
    return LaunchRequest(url, token, room, avatar_id, picture, picture_url, hurry, task_id, resumed)


def _check_address(url: str) -> None:
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("ws", "wss", "http", "https") and bool(parts.hostname)
        good = good and (parts.port is None or parts.port > 0) and "@" not in parts.netloc
    except ValueError:
        good = False
    if not good or any(character <= " " for character in url):
        raise bad_request("livekit_url is no address of a LiveKit server (wss://…)")


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if value is None:
        return ""
    if isinstance(value, bytes):
        raise bad_request(f"{name} is a file, a text was expected")
    if not isinstance(value, str):
        raise bad_request(f"{name} is no text")
    if "\0" in value:
        raise bad_request(f"{name} has a character that no text has")
    return value.strip()


def _flag(value: Any) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in ("true", "1", "yes", "on")
    return value is True


def _base64(name: str, text: str) -> bytes:
    match = _DATA_URL.match(text)
    bare = re.sub(r"\s+", "", text[match.end() :] if match else text)
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise bad_request(f"{name} is neither an address, nor a file, nor base64") from None


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise bad_request("the body is no JSON; a form has to say so in Content-Type") from None
    if not isinstance(fields, dict):
        raise bad_request("the body is JSON, but no object")
    return fields


async def _pieces(body: bytes) -> AsyncGenerator[bytes, None]:
    yield body


async def _multipart(content_type: str, body: bytes) -> Mapping[str, Any]:
    from starlette.datastructures import Headers, UploadFile
    from starlette.formparsers import MultiPartException, MultiPartParser

    headers = Headers({"content-type": content_type})
    parser = MultiPartParser(
        headers, _pieces(body), max_files=4, max_fields=64, max_part_size=MAX_BODY
    )
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, ValueError, LookupError):
        raise bad_request("the form in the body is broken") from None
    fields: dict[str, Any] = {}
    try:
        for name, value in form.multi_items():
            fields[name] = await value.read() if isinstance(value, UploadFile) else value
    finally:
        await form.close()
    return fields


async def _urlencoded(body: bytes) -> Mapping[str, Any]:
    from urllib.parse import parse_qsl

    try:
        pairs = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=64)
    except ValueError:
        raise bad_request("the form in the body is broken") from None
    return dict(pairs)


def too_large() -> Refused:
    """For a body beyond :data:`MAX_BODY`."""
    return Refused(413, "too_large", f"the request is larger than {MAX_BODY // 1_000_000} MB")
