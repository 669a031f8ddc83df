"""Launches are understood in every encoding and under every name that clients use."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visavis.serve.launch_request import LaunchRequest, parse_direction, parse_launch
from visavis.serve.refusal import Refused

URL, TOKEN = "wss://rooms.example", "a.b.c"
BASE = {"livekit_url": URL, "livekit_token": TOKEN}


def parse(kind: str, body: bytes) -> LaunchRequest:
    return asyncio.run(parse_launch(kind, body))


def encoded(
    how: str, fields: dict[str, str], picture: tuple[str, bytes] | None = None
) -> tuple[str, bytes]:
    """A body as a client makes it, and its content type."""
    if how == "json":
        sent = dict(fields)
        if picture is not None:
            sent[picture[0]] = base64.b64encode(picture[1]).decode()
        return "application/json", json.dumps(sent).encode()
    if how == "urlencoded":
        sent = dict(fields)
        if picture is not None:
            sent[picture[0]] = base64.b64encode(picture[1]).decode()
        return "application/x-www-form-urlencoded", urlencode(sent).encode()
    files: list[tuple[str, Any]] = [(name, (None, value)) for name, value in fields.items()]
    if picture is not None:
        files.append((picture[0], ("avatar.jpg", picture[1], "image/jpeg")))
    request = httpx.Request("POST", "http://worker/launch", files=files)
    return request.headers["content-type"], request.read()


text = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\x7f"), max_size=40
)
names = text.map(str.strip).filter(bool)


@settings(deadline=None, max_examples=40)
@given(
    how=st.sampled_from(["json", "multipart", "urlencoded"]),
    id_name=st.sampled_from(["avatar_id", "agent_id"]),
    avatar_id=names,
    room=text,
    hurry=st.booleans(),
    resumed=st.booleans(),
    extra=st.dictionaries(st.sampled_from(["mode", "model", "whatever"]), text),
)
def test_every_encoding_says_the_same(
    how: str, id_name: str, avatar_id: str, room: str, hurry: bool, resumed: bool,
    extra: dict[str, str],
) -> None:  # fmt: skip
    fields = {**BASE, id_name: avatar_id, "room_name": room, **extra}
    flags = {"async_mode": hurry, "resumed": resumed}
    fields |= {name: "true" for name, value in flags.items() if value}
    found = parse(*encoded(how, fields))
    assert found == LaunchRequest(URL, TOKEN, room.strip(), avatar_id=avatar_id, **flags)


@settings(deadline=None, max_examples=40)
@given(
    how=st.sampled_from(["json", "multipart", "urlencoded"]),
    name=st.sampled_from(["avatar_image", "image"]),
    picture=st.binary(min_size=1, max_size=300),
)
def test_a_picture_arrives_byte_for_byte(how: str, name: str, picture: bytes) -> None:
    found = parse(*encoded(how, BASE, (name, picture)))
    # bytes that happen to be the base64 of "http://…" are none: bytes never are an address
    assert found.picture == picture
    assert found.picture_url == ""


@pytest.mark.parametrize("how", ["json", "multipart", "urlencoded"])
@pytest.mark.parametrize("name", ["avatar_image", "image", "avatar_image_url"])
def test_an_address_of_a_picture_is_one(how: str, name: str) -> None:
    found = parse(*encoded(how, {**BASE, name: "https://pictures.example/face.jpg"}))
    assert found.picture_url == "https://pictures.example/face.jpg"
    assert found.picture == b""


def test_a_data_address_is_a_picture() -> None:
    sent = "data:image/jpeg;base64," + base64.b64encode(b"jpeg").decode()
    assert parse(*encoded("json", {**BASE, "avatar_image": sent})).picture == b"jpeg"


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"mode": "cpu"}, "livekit_url is missing"),
        ({"livekit_url": URL}, "livekit_token is missing"),
        (BASE, "no avatar"),
        ({**BASE, "avatar_id": "", "agent_id": "  "}, "no avatar"),
        ({**BASE, "livekit_url": "ftp://x", "avatar_id": "ada"}, "livekit_url is no address"),
        ({**BASE, "livekit_url": "wss://u:p@x", "avatar_id": "ada"}, "livekit_url is no address"),
        ({**BASE, "livekit_url": "wss://x:99999", "avatar_id": "a"}, "livekit_url is no address"),
        ({**BASE, "avatar_image": "no base64!"}, "avatar_image is neither"),
        ({**BASE, "avatar_id": "a\0b"}, "avatar_id has a character"),
    ],
)
@pytest.mark.parametrize("how", ["json", "multipart", "urlencoded"])
def test_what_is_wrong_is_said(how: str, fields: dict[str, str], word: str) -> None:
    with pytest.raises(Refused, match=word) as raised:
        parse(*encoded(how, fields))
    assert raised.value.status == 400
    assert TOKEN not in str(raised.value)


@settings(deadline=None, max_examples=60)
@given(
    kind=st.sampled_from(
        ["", "application/json", "multipart/form-data", "multipart/form-data; boundary=x",
         "application/x-www-form-urlencoded", "text/plain"]
    ),
    body=st.one_of(
        st.binary(max_size=200),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8),
            lambda inner: st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from([*BASE, "avatar_id", "image", "room_name", "async_mode"]), inner
            ),
            max_leaves=8,
        ).map(lambda value: json.dumps(value).encode()),
    ),
)  # fmt: skip
def test_nonsense_is_refused_and_nothing_else(kind: str, body: bytes) -> None:
    try:
        found = parse(kind, body)
    except Refused as refused:
        assert refused.status == 400
    else:
        assert found.livekit_url
        assert found.livekit_token
        assert found.avatar_id or found.picture or found.picture_url


def test_directions_are_one_of_a_few_with_a_text() -> None:
    assert parse_direction(b'{"what": "say", "text": " Hello. "}') == ("say", "Hello.")
    for body in (b"", b"[]", b'{"what": "fly", "text": "x"}', b'{"what": "say"}',
                 json.dumps({"what": "say", "text": "x" * 4001}).encode()):  # fmt: skip
        with pytest.raises(Refused):
            parse_direction(body)
