"""What is said in words, and when it is shown.

Comes in: texts, each with its place in an utterance; how far that has been sent. Goes out: records.
"""

from __future__ import annotations

from collections import deque

from visavis.stream.records import Caption, Record


class Captions:
    """One stream's captions."""

    def __init__(self) -> None:
        self._coming: deque[tuple[int, int, str]] = deque()  # utterance, sample of it, text
        self._shown = False

    @property
    def wait(self) -> bool:
        """Whether any waits to be shown."""
        return bool(self._coming)

    def coming(self, utterance: int, sample: int, text: str) -> None:
        """From that sample of an utterance on it says this."""
        self._coming.append((utterance, sample, text))

    def clear(self) -> None:
        """Nothing that waits will be said."""
        self._coming.clear()

    def due(self, utterance: int, at: int, begin: int, end: int) -> list[Record]:
        """The captions of more of an utterance.

        Args:
            utterance: its number.
            at: sample of the stream at which the piece begins.
            begin: samples of the utterance before it.
            end: and with it.
        """
        records: list[Record] = []
        while self._coming and self._coming[0][0] <= utterance:
            of, sample, text = self._coming[0]
            if of == utterance and sample >= end:
                break
            self._coming.popleft()
            if of == utterance:
                records.append(Caption(utterance, at + max(sample - begin, 0), text))
                self._shown = True
        return records

    def end(self, utterance: int, at: int) -> list[Record]:
        """Nothing stands from that sample of the stream on."""
        shown, self._shown = self._shown, False
        return [Caption(utterance, at, "")] if shown else []
