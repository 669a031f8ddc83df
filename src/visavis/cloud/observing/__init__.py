"""What a running cloud tells its operator: figures, traces, a line of log for every request.

Comes in: requests, the database. Goes out: ``/metrics`` for Prometheus, spans of OpenTelemetry,
records of Python's logging; no secret, no name of a room or a person in any of them.
"""

from visavis.cloud.observing.figures import Figures
from visavis.cloud.observing.watching import Watching, WithRequest

__all__ = ["Figures", "Watching", "WithRequest"]
