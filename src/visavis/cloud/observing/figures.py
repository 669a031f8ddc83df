"""A cloud's figures, as Prometheus reads them.

Comes in: every request when it ends, and the database when somebody asks. Goes out: the text of
``/metrics``. What is in the database is the same whichever process is asked; requests are those
of this process.
"""

from __future__ import annotations

import datetime
from collections.abc import AsyncIterator, Iterator
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from visavis import __version__
from visavis.cloud.database import Database, Job, LiveSession, OutboxMessage, Scope, Worker
from visavis.cloud.database.base import utc_now

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Figures:
    """Counts requests, and asks the database.

    Args:
        database: of the cloud.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "visavis_cloud_requests", "Requests answered", ("method", "route", "status"),
            registry=self._registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "visavis_cloud_request_seconds", "Seconds to an answer", ("route",),
            buckets=_SECONDS, registry=self._registry,
        )  # fmt: skip

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request that has been answered.

        Args:
            method: HTTP's.
            route: its template (``/v1/avatars/{avatar_id}``), never the path that was asked for.
            status: HTTP's.
            seconds: from its first byte to the answer's last.
        """
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    async def text(self) -> bytes:
        """All figures now, in Prometheus' text format."""
        async with self._database.read(Scope.system("the operator's figures")) as db:
            state = [family async for family in _state(db)]
        shown = CollectorRegistry()
        shown.register(_Ready(state))
        return generate_latest(self._registry) + generate_latest(shown)


class _Ready:
    """Families that have been collected already: Prometheus' client cannot wait for a database."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        return iter(self._families)


async def _state(db: AsyncSession) -> AsyncIterator[Metric]:
    now = utc_now()
    info = GaugeMetricFamily("visavis_cloud_info", "Version", labels=["version"])
    info.add_metric([__version__], 1)
    yield info

    sessions = GaugeMetricFamily("visavis_cloud_sessions", "Open sessions", labels=["state"])
    counted = dict.fromkeys(("waiting", "joining", "running"), 0)
    for state, number in await db.execute(
        select(LiveSession.state, func.count())
        .where(LiveSession.state.in_(tuple(counted)))
        .group_by(LiveSession.state)
    ):
        counted[state] = number
    for state, number in counted.items():
        sessions.add_metric([state], number)
    yield sessions

    yield await _oldest(
        db, now, LiveSession.heartbeat_at, LiveSession.state == "running",
        "visavis_cloud_heartbeat_age_seconds", "Age of the oldest heartbeat of a running session",
    )  # fmt: skip

    workers = GaugeMetricFamily("visavis_cloud_workers", "Workers", labels=["engine", "state"])
    places = GaugeMetricFamily("visavis_cloud_places", "Sessions possible", labels=["engine"])
    taken = GaugeMetricFamily("visavis_cloud_places_taken", "Places in use", labels=["engine"])
    able: dict[str, list[int]] = {}
    for engine, state, number, capacity, used in await db.execute(
        select(
            Worker.engine, Worker.state, func.count(),
            func.sum(Worker.capacity), func.sum(Worker.taken),
        )
        .where(Worker.state != "gone")
        .group_by(Worker.engine, Worker.state)
    ):  # fmt: skip
        workers.add_metric([engine, state], number)
        sums = able.setdefault(engine, [0, 0])
        sums[0] += int(capacity or 0) if state == "ready" else 0
        sums[1] += int(used or 0)
    for engine, (capacity, used) in able.items():
        places.add_metric([engine], capacity)
        taken.add_metric([engine], used)
    yield workers
    yield places
    yield taken

    yield await _oldest(
        db, now, Worker.seen_at, Worker.state == "ready",
        "visavis_cloud_worker_age_seconds", "Since when the quietest worker has said nothing",
    )  # fmt: skip

    jobs = GaugeMetricFamily("visavis_cloud_jobs", "Avatars being made", labels=["state"])
    for state in ("waiting", "running"):
        count = await db.scalar(select(func.count()).where(Job.state == state))
        jobs.add_metric([state], count or 0)
    yield jobs

    waiting = OutboxMessage.state == "waiting"
    count = await db.scalar(select(func.count()).select_from(OutboxMessage).where(waiting))
    yield GaugeMetricFamily(
        "visavis_cloud_webhooks_waiting", "Webhook messages not yet delivered", value=count or 0
    )
    yield await _oldest(
        db, now, OutboxMessage.created_at, waiting,
        "visavis_cloud_webhooks_age_seconds", "Age of the oldest of them",
    )  # fmt: skip


async def _oldest(
    db: AsyncSession, now: datetime.datetime, moment: Any, those: Any, name: str, text: str
) -> Metric:
    """How long ago the oldest moment of some rows is, s; 0 where there is none."""
    first: datetime.datetime | None = await db.scalar(select(func.min(moment)).where(those))
    age = max((now - first).total_seconds(), 0.0) if first is not None else 0.0
    return GaugeMetricFamily(name, text, value=age)
