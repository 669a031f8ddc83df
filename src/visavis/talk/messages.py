"""What page and server tell each other beside sound and picture, and the offer that opens those.

Comes in: JSON from a browser, which may be anything. Goes out: checked messages; or JSON to send.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from visavis.errors import InvalidOption

LONGEST_TEXT = 2_000
LARGEST_MESSAGE = 16_384
LARGEST_OFFER = 65_536


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Screen(_Strict):
    """The page's size, CSS px; the picture is drawn in its shape."""

    width: Annotated[int, Field(ge=1, le=20_000)]
    height: Annotated[int, Field(ge=1, le=20_000)]


class Offer(_Strict):
    """POST /api/offer: a browser wants to connect."""

    sdp: Annotated[str, Field(min_length=1, max_length=LARGEST_OFFER)]
    character: Annotated[str, Field(max_length=64)]
    screen: Screen


class Say(_Strict):
    """A typed sentence: to be said, or answered."""

    type: Literal["say"]
    text: Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]


class Interrupt(_Strict):
    """Be silent."""

    type: Literal["interrupt"]


class Gesture(_Strict):
    """Make a gesture."""

    type: Literal["gesture"]
    name: Annotated[str, Field(max_length=32)]


class Emotion(_Strict):
    """Feel like this."""

    type: Literal["emotion"]
    name: Annotated[str, Field(max_length=32)]
    strength: Annotated[float, Field(ge=0, le=1)] = 0.8


class Microphone(_Strict):
    """How the microphone's sound is to be taken.

    ``hold``: a turn from now until ``off``, whatever is heard. ``open``: turns are found by voice
    activity. ``rate``: of the sound that follows in binary messages of a WebSocket, Hz.
    """

    type: Literal["microphone"]
    mode: Literal["off", "hold", "open"]
    rate: Annotated[int, Field(ge=8_000, le=96_000)] | None = None


class Switch(_Strict):
    """Another character."""

    type: Literal["character"]
    key: Annotated[str, Field(max_length=64)]


class Resize(_Strict):
    """The page has another shape."""

    type: Literal["screen"]
    screen: Screen


class Ping(_Strict):
    """Still there; is sent back."""

    type: Literal["ping"]
    time: float


Incoming = Annotated[
    Say | Interrupt | Gesture | Emotion | Microphone | Switch | Resize | Ping,
    Field(discriminator="type"),
]
_INCOMING: TypeAdapter[Incoming] = TypeAdapter(Incoming)


def parse(data: object) -> Incoming:
    """A message from the page.

    Raises:
        InvalidOption: none that is known.
    """
    if not isinstance(data, str) or len(data) > LARGEST_MESSAGE:
        raise InvalidOption("a message is a short JSON text")
    try:
        return _INCOMING.validate_json(data)
    except ValidationError as error:
        problem = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(part) for part in problem["loc"]) or "message"
        raise InvalidOption(f"{place}: {problem['msg']}") from error


def write(kind: str, **content: Any) -> str:
    """A message to the page."""
    return json.dumps({"type": kind, **content}, ensure_ascii=False)
