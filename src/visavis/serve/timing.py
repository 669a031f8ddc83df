"""From a launch to its first picture: one span, and under it one for each step.

Comes in: the trace that a launch belongs to, what its session's process tells. Goes out: spans,
where anything is traced. What comes after the first picture is not traced: a session that comes
back after an accident is in the log.
"""

from __future__ import annotations

from collections.abc import Mapping

from visavis.serve.tracing import Open

_NEXT = {"ready": "join", "joined": "first picture"}
_LAST = "pictured"


class Timing:
    """The steps of one launch, one after the other.

    Args:
        trace: headers of its request; None: it is not traced.
    """

    def __init__(self, trace: Mapping[str, str] | None = None) -> None:
        self._whole = None if trace is None else Open("launch", trace)
        self._step: Open | None = None

    def now(self, step: str) -> None:
        """A step begins; the one before it is over."""
        if self._step is not None:
            self._step.end()
        self._step = None if self._whole is None else Open(step, self._whole)

    def heard(self, event: str) -> None:
        """What the session's process has told."""
        if event in _NEXT:
            self.now(_NEXT[event])
        elif event == _LAST:
            self.end()

    def end(self, reason: str = "") -> None:
        """The first picture is there, or will never be.

        Args:
            reason: a word, where it will not.
        """
        for one in (self._step, self._whole):
            if one is not None:
                one.end(reason)
        self._step = self._whole = None
