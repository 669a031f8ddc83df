"""A language model behind an OpenAI-compatible endpoint, answering piece by piece.

Comes in: the conversation so far. Goes out: pieces of the answer's text as they are written.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Literal

from visavis.agent.endpoints import Endpoint, EndpointFailed, server_sent

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn.

    Attributes:
        role: who said it.
        text: what.
    """

    role: Role
    text: str


@dataclass(frozen=True)
class Chat:
    """A language model.

    Attributes:
        endpoint: where it is.
        longest: of an answer, tokens; spoken answers are short.
    """

    endpoint: Endpoint
    longest: int = 400

    async def answer(self, messages: Sequence[Message]) -> AsyncGenerator[str]:
        """The answer to a conversation, as it is written.

        Args:
            messages: oldest first.

        Yields:
            Pieces of text. What a model writes while it thinks (``reasoning``) is left out.

        Raises:
            EndpointFailed: no answer.
        """
        body = {
            "model": self.endpoint.model,
            "messages": [{"role": message.role, "content": message.text} for message in messages],
            "stream": True,
            "max_tokens": self.longest,
        }
        hidden = _Thoughts()
        async with self.endpoint.post("chat/completions", json=body) as response:
            async for data in server_sent(response):
                try:
                    chunk = json.loads(data)
                    if chunk.get("error"):
                        raise EndpointFailed(
                            f"the {self.endpoint.role} stopped: it reports a fault"
                        )
                    choices = chunk.get("choices") or [{}]
                    piece = (choices[0].get("delta") or {}).get("content") or ""
                except (ValueError, AttributeError, KeyError, TypeError) as error:
                    raise EndpointFailed(
                        f"the {self.endpoint.role} sends something else than an OpenAI stream"
                    ) from error
                if shown := hidden.without(piece):
                    yield shown
        if rest := hidden.rest():
            yield rest


class _Thoughts:
    """Leaves out what stands between ``<think>`` and ``</think>``, wherever pieces are cut."""

    OPEN, CLOSE = "<think>", "</think>"

    def __init__(self) -> None:
        self._kept = ""
        self._inside = False

    def without(self, piece: str) -> str:
        text = self._kept + piece
        shown = ""
        while True:
            mark = self.CLOSE if self._inside else self.OPEN
            at = text.find(mark)
            if at < 0:
                break
            shown += "" if self._inside else text[:at]
            text = text[at + len(mark) :]
            self._inside = not self._inside
        keep = next((n for n in range(len(mark) - 1, 0, -1) if text.endswith(mark[:n])), 0)
        self._kept = text[len(text) - keep :]
        return shown + ("" if self._inside else text[: len(text) - keep])

    def rest(self) -> str:
        return "" if self._inside else self._kept
