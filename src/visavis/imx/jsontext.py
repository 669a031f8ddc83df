"""JSON read with limits: size, depth, no repeated keys, no NaN.

Comes in: the bytes of a member. Goes out: Python values, or a `Document` checked strictly.
"""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from visavis.errors import InvalidAvatar
from visavis.imx.table import MAX_JSON, MAX_JSON_DEPTH

_Model = TypeVar("_Model", bound=BaseModel)


def _too_deep(raw: bytes) -> bool:
    """Whether brackets outside strings nest beyond the limit; linear, no recursion."""
    depth, inside, escaped = 0, False, False
    for byte in raw:
        if inside:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                inside = False
        elif byte == 0x22:
            inside = True
        elif byte in b"[{":
            depth += 1
            if depth > MAX_JSON_DEPTH:
                return True
        elif byte in b"]}":
            depth -= 1
    return False


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) < len(pairs):
        raise ValueError("a key is given twice")
    return result


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number of JSON")


def loads(member: str, raw: bytes, limit: int = MAX_JSON) -> dict[str, Any]:
    """A JSON object from untrusted bytes.

    Args:
        member: path for the error message.
        raw: UTF-8 text.
        limit: largest size in bytes.

    Returns:
        The object.

    Raises:
        InvalidAvatar: too long, too deep, not UTF-8, not JSON, a repeated key, NaN or infinity,
            or not an object.
    """
    if len(raw) > limit:
        raise InvalidAvatar(member, f"{len(raw)} bytes of JSON, at most {limit} are allowed")
    if _too_deep(raw):
        raise InvalidAvatar(member, f"JSON nested deeper than {MAX_JSON_DEPTH}")
    try:
        value = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as error:
        raise InvalidAvatar(member, f"no valid JSON: {str(error)[:120]}") from None
    if not isinstance(value, dict):
        raise InvalidAvatar(member, "JSON but no object")
    return value


def document(member: str, raw: bytes, model: type[_Model], newer: bool = False) -> _Model:
    """A JSON member checked against its model.

    Args:
        member: path for the error message.
        raw: UTF-8 text.
        model: what it must be.
        newer: whether the file has a newer minor version, whose unknown fields are ignored.

    Returns:
        The checked document.

    Raises:
        InvalidAvatar: as `loads`, or a field is missing, unknown, of a wrong type or out of range.
    """
    loads(member, raw)
    try:
        return model.model_validate_json(raw, strict=True, extra="ignore" if newer else "forbid")
    except ValidationError as error:
        raise InvalidAvatar(member, first_error(error)) from None


def first_error(error: ValidationError) -> str:
    """The first of pydantic's findings as one bounded, printable line."""
    found = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(str(part) for part in found["loc"])
    text = f"{place}: {found['msg']}" if place else found["msg"]
    return ascii(text[:240])[1:-1]
