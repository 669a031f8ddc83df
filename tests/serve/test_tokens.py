"""What tokens say is read; what they cannot do is said, without quoting them."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visavis.serve.refusal import Refused
from visavis.serve.tokens import RoomToken, read_token

GOOD = {
    "sub": "avatar", "exp": 2_000, "video": {"roomJoin": True, "room": "r"},
    "attributes": {"lk.publish_on_behalf": "agent", "api_secret": "hidden"},
}  # fmt: skip


def token(claims: Any) -> str:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'HS256'})}.{part(claims)}.c2lnbmVk"


def test_claims_are_read() -> None:
    assert read_token(token(GOOD), now=1_000) == RoomToken("avatar", "r", "agent", 2_000)
    alone = {key: value for key, value in GOOD.items() if key != "attributes"}
    assert read_token(token(alone), now=1_000).agent == ""


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"sub": ""}, "identity"),
        ({"sub": 7}, "identity"),
        ({"video": {"room": "r"}}, "roomJoin"),
        ({"video": {"roomJoin": True}}, "roomJoin"),
        ({"video": None}, "roomJoin"),
        ({"exp": 999}, "expired"),
        ({"exp": "soon"}, "no LiveKit token"),
        ({"exp": float("nan")}, "expired"),
        ({"attributes": [1]}, "no LiveKit token"),
    ],
)
def test_tokens_that_join_nothing_are_refused(changed: dict[str, Any], word: str) -> None:
    with pytest.raises(Refused, match=word) as raised:
        read_token(token({**GOOD, **changed}), now=1_000)
    assert raised.value.status == 400
    assert "hidden" not in str(raised.value)


@given(st.one_of(st.text(max_size=60), st.lists(st.text(max_size=20)).map(".".join)))
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        read_token(text)


def test_huge_tokens_are_refused() -> None:
    with pytest.raises(Refused):
        read_token(token({**GOOD, "name": "x" * 100_000}), now=1_000)
