"""What a session counts about itself.

Comes in: how long each picture took, how late it was. Goes out: :class:`SessionMetrics`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

_KEPT = 250  # frames over which times are taken: ten seconds


@dataclass(frozen=True, slots=True)
class SessionMetrics:
    """A session's figures at one moment.

    Attributes:
        frames: pictures handed out.
        dropped: pictures left out because their time had gone by; their sound was not.
        resyncs: times the clock had run away (a suspended machine) and was taken up anew.
        underruns: times a voice was slower than real time.
        utterances: utterances begun.
        draw_ms: median time for mouth, motion and picture, milliseconds, of the last 250 frames.
        draw_ms_p95: its 95th percentile.
        late_ms_p95: 95th percentile of how long after its time a frame was handed out.
        buffered: sound pushed and not handed out, seconds.
        first_frame: seconds from an utterance's first push to its first sound, of the latest.
    """

    frames: int
    dropped: int
    resyncs: int
    underruns: int
    utterances: int
    draw_ms: float
    draw_ms_p95: float
    late_ms_p95: float
    buffered: float
    first_frame: float | None


def _quantile(values: list[float], share: float) -> float:
    return sorted(values)[int(share * (len(values) - 1) + 0.5)] if values else 0.0


class Counter:
    """Gathers a session's figures."""

    def __init__(self) -> None:
        self.frames = self.dropped = self.utterances = 0
        self.first_frame: float | None = None
        self._draw: deque[float] = deque(maxlen=_KEPT)
        self._late: deque[float] = deque(maxlen=_KEPT)

    def drawn(self, seconds: float) -> None:
        """A picture took so long."""
        self.frames += 1
        self._draw.append(1e3 * seconds)

    def handed_out(self, late: float) -> None:
        """A frame was handed out so long after its time, seconds."""
        self._late.append(1e3 * max(late, 0.0))

    def metrics(self, resyncs: int, underruns: int, buffered: float) -> SessionMetrics:
        """The figures now."""
        draw, late = list(self._draw), list(self._late)
        return SessionMetrics(
            frames=self.frames,
            dropped=self.dropped,
            resyncs=resyncs,
            underruns=underruns,
            utterances=self.utterances,
            draw_ms=_quantile(draw, 0.5),
            draw_ms_p95=_quantile(draw, 0.95),
            late_ms_p95=_quantile(late, 0.95),
            buffered=buffered,
            first_frame=self.first_frame,
        )
