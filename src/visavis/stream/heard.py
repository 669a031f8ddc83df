"""What has been heard by now of the sound that was sent ahead.

Comes in: where in the stream the pieces of each utterance lie, and events of the timeline, which
runs ahead. Goes out: the events when their moment has come, positions that are true then.
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from visavis.session.events import Event, UtteranceFinished


class Heard:
    """One session's utterances, in samples of its stream.

    Args:
        sample_rate: Hz.

    Attributes:
        until: one past the last sample of sound that was sent.
        latest: the utterance that began last.
    """

    def __init__(self, sample_rate: int) -> None:
        self.until = 0
        self.latest = 0
        self._rate = sample_rate
        self._pieces: dict[int, list[tuple[int, int]]] = {}
        self._coming: deque[tuple[int, Event]] = deque()

    def piece(self, utterance: int, at: int, count: int) -> None:
        """So many samples of it were sent, the first of this number."""
        pieces = self._pieces.setdefault(utterance, [])
        if pieces and sum(pieces[-1]) == at:
            pieces[-1] = (pieces[-1][0], pieces[-1][1] + count)
        else:
            pieces.append((at, count))
        self.until = at + count

    def coming(self, at: int, event: Event) -> None:
        """This will have happened when that sample is heard."""
        self._coming.append((at, event))

    @property
    def next(self) -> int | None:
        """When the next event is due, samples."""
        return self._coming[0][0] if self._coming else None

    def due(self, now: int) -> list[Event]:
        """The events whose moment has come."""
        events = []
        while self._coming and self._coming[0][0] <= now:
            events.append(self._coming.popleft()[1])
            self._passed(events[-1])
        return events

    def ahead(self, now: int) -> int:
        """Samples of speech that were sent and are still to be heard."""
        return sum(
            count - self._so_far(at, count, now)
            for pieces in self._pieces.values()
            for at, count in pieces
        )

    def cut(self, now: int, events: list[Event]) -> list[UtteranceFinished]:
        """All that is not heard yet is dropped.

        Args:
            now: samples.
            events: what the timeline says of the utterances it still had.

        Returns:
            One for each utterance that was open for a listener, with what was heard of it.
        """
        ahead = [event for _, event in self._coming if isinstance(event, UtteranceFinished)]
        self._coming.clear()
        cut = []
        for event in (*ahead, *events):
            if isinstance(event, UtteranceFinished):
                heard = self.samples(event.utterance, now) / self._rate
                cut.append(replace(event, position=heard, interrupted=True))
                self._passed(event)
        self.until = min(self.until, now)
        return cut

    def sent(self, utterance: int) -> int:
        """How many samples of it were sent."""
        return sum(count for _, count in self._pieces.get(utterance, ()))

    def samples(self, utterance: int, now: int) -> int:
        """How many samples of it have been heard."""
        pieces = self._pieces.get(utterance, ())
        return sum(self._so_far(at, count, now) for at, count in pieces)

    @staticmethod
    def _so_far(at: int, count: int, now: int) -> int:
        return min(max(now - at, 0), count)

    def _passed(self, event: Event) -> None:
        if isinstance(event, UtteranceFinished):
            self._pieces.pop(event.utterance, None)
        else:
            self.latest = event.utterance
