"""The worker's figures, as Prometheus reads them.

Comes in: a worker. Goes out: the text of ``/metrics``; no names of rooms or people in it.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    Metric,
    SummaryMetricFamily,
)

from visavis.serve.task import COUNTED
from visavis.serve.worker import Worker

_WORST = {
    "draw_ms": "Milliseconds for a picture, the slowest session's median",
    "late_ms_p95": "Milliseconds a frame is late, the worst session's 95th percentile",
}


class Figures:
    """Collects them.

    Args:
        worker: whose they are.
    """

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def text(self) -> bytes:
        """All figures now, in Prometheus' text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """One family of figures after the other."""
        worker = self._worker
        running = [task for task in worker.tasks.values() if task.ended is None]
        sessions = GaugeMetricFamily("visavis_sessions", "Sessions by state", labels=["state"])
        for state, count in Tally(task.state for task in running).items():
            sessions.add_metric([state], count)
        yield sessions
        places = worker.places
        yield GaugeMetricFamily("visavis_places", "Sessions possible", value=places.count)
        yield GaugeMetricFamily("visavis_places_taken", "Places in use", value=places.taken)
        yield GaugeMetricFamily("visavis_places_waited_for", "In the line", value=places.waiting)
        yield GaugeMetricFamily("visavis_ready", "Takes launches", value=float(worker.ready))
        launches = CounterMetricFamily("visavis_launches", "Launches", labels=["outcome"])
        for outcome, count in worker.launches.items():
            launches.add_metric([outcome], count)
        yield launches
        yield SummaryMetricFamily(
            "visavis_launch_seconds",
            "Seconds from request to room",
            count_value=worker.joined,
            sum_value=worker.joined_s,
        )
        for name in ("crashes", *COUNTED):
            yield CounterMetricFamily(
                f"visavis_{name}", f"{name.capitalize()} of all sessions", worker.totals[name]
            )
        beats = [task.metrics for task in running if task.metrics]
        for name, text in _WORST.items():
            worst = max((beat[name] for beat in beats), default=0.0)
            yield GaugeMetricFamily(f"visavis_{name}", text, value=worst)
        yield GaugeMetricFamily(
            "visavis_sessions_memory_bytes",
            "Memory of all sessions beyond what they share",
            value=sum(beat["memory_mb"] for beat in beats) * 2**20,
        )
