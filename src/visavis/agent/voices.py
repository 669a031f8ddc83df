"""A voice: sentences in, speech out, chosen by what the user wrote.

Comes in: the name of an espeak-ng voice, or a speech endpoint. Goes out: a :class:`Voice`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Protocol

from visavis.agent.spoken import Spoken

if TYPE_CHECKING:
    from visavis.agent.endpoints import Endpoint

DEFAULT_VOICE = "en-us"


class Voice(Protocol):
    """Says sentences."""

    def say(self, text: str) -> AsyncGenerator[Spoken]:
        """Speech of one sentence, in pieces, as soon as they are there.

        Leaving the iteration early (``aclose``, cancelling) stops the work.

        Raises:
            EndpointFailed: the voice cannot be reached or refuses.
        """
        ...


def open_voice(name: str | None = None, endpoint: Endpoint | None = None) -> Voice:
    """A voice.

    Args:
        name: an espeak-ng voice ("en-gb", "de", "en-us+f4"), or the endpoint's voice.
        endpoint: an OpenAI-compatible speech endpoint; None: espeak-ng, offline.

    Returns:
        The voice; one of them serves any number of sessions.

    Raises:
        InvalidOption: espeak-ng has no such voice.
        MissingDependency: espeak-ng is not installed.
    """
    if endpoint is not None:
        from visavis.agent.speech_endpoint import SpeechEndpoint

        return SpeechEndpoint(endpoint, name or "alloy")
    from visavis.agent.espeak import EspeakVoice

    return EspeakVoice(name or DEFAULT_VOICE)
