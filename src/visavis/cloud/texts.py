"""Texts as requests bring them, checked so that any database can keep them.

Comes in: anything JSON can say. Goes out: types for fields: no control characters, no halves of
characters, of limited length.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator, Field, StringConstraints

_EMAIL = re.compile(
    r"[^@\s,;<>\"\\]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9-]{1,63}"
)
_TAG = re.compile(r"[\w][\w .+-]{0,38}[\w]|[\w]")


def _clean(text: str) -> str:
    """One line."""
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in text):
        raise ValueError("it holds control characters")
    return text


def _clean_lines(text: str) -> str:
    _clean(text.replace("\n", "").replace("\t", ""))
    return text


def _email(text: str) -> str:
    text = _clean(text).lower()
    if not _EMAIL.fullmatch(text):
        raise ValueError("it is no e-mail address")
    return text


def _tag(text: str) -> str:
    text = _clean(text).lower()
    if not _TAG.fullmatch(text):
        raise ValueError("a tag has letters, digits, spaces, dots, + and -")
    return text


_stripped = StringConstraints(strip_whitespace=True)
Name = Annotated[str, _stripped, Field(min_length=1, max_length=100), AfterValidator(_clean)]
Line = Annotated[str, _stripped, Field(max_length=500), AfterValidator(_clean)]
Lines = Annotated[str, _stripped, Field(max_length=5000), AfterValidator(_clean_lines)]
Email = Annotated[
    str, _stripped, Field(max_length=254, examples=["ada@example.org"]), AfterValidator(_email)
]
Password = Annotated[
    str, Field(min_length=10, max_length=200, examples=["a long sentence of my own"]),
    AfterValidator(_clean),
]  # fmt: skip
Tag = Annotated[str, _stripped, Field(max_length=40, examples=["robot"]), AfterValidator(_tag)]
Token = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{20,100}$")]


def path_id(kind: str) -> object:
    """A path parameter that is an id of a kind."""
    return Path(
        pattern=rf"^{kind}_[0-9a-z]{{16}}$", max_length=32, examples=[f"{kind}_7h2k4m6n8p0q2r4s"]
    )
