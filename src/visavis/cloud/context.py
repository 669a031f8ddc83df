"""What a running cloud is made of: settings, database, files, key, limits, services.

Comes in: settings. Goes out: :class:`Cloud`, one a process; routes reach it through their caller.
"""

from __future__ import annotations

import asyncio
import datetime
import logging
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Protocol

from visavis.cloud.database import Database
from visavis.cloud.database.base import utc_now
from visavis.cloud.files import Files
from visavis.cloud.limiting import Limiter
from visavis.cloud.observing import Figures
from visavis.cloud.sealing import Sealer, key_of
from visavis.cloud.settings import CloudSettings
from visavis.serve.store import private_folder

if TYPE_CHECKING:
    from visavis.cloud.embedding.talks import Talks
    from visavis.cloud.engines.engine import Engine

logger = logging.getLogger(__name__)

TURNS = 6
"""Launches at once in one process. Fewer than connections: a launch that has begun is finished, and
does not wait for a connection behind a crowd that has just come."""


class Service(Protocol):
    """Work that goes on beside requests: builders, a sender of webhooks, an engine."""

    async def start(self) -> None:
        """Begin; returns at once."""

    async def close(self) -> None:
        """End in good order."""


class Cloud:
    """One process of a cloud.

    Args:
        settings: what the operator chose.
        now: the clock; another one in tests.

    Attributes:
        settings: as given.
        database: opened; its tables are made by :meth:`start`.
        files: where files are.
        sealer: seals and signs with the operator's key.
        limiter: counts requests.
        figures: what `/metrics` shows.
        turns: launches that are worked on at once.
        engine: places sessions on workers; None: this process places none.
        now: the time, aware, UTC.
        talks: those of embedding pages in this process.
        port: listened on, once it is known.
        services: started and closed with the cloud, in this order and backwards.
    """

    def __init__(
        self, settings: CloudSettings, now: Callable[[], datetime.datetime] = utc_now
    ) -> None:
        self.settings = settings
        private_folder(settings.data)
        self.database = Database(settings.database_url)
        self.files = Files(settings.files_url)
        self.sealer = Sealer(key_of(settings.key.get_secret_value(), settings.data))
        self.limiter = Limiter(settings)
        self.figures = Figures(self.database)
        self.now = now
        self.engine: Engine | None = None
        self.talks: Talks | None = None
        self.turns = asyncio.Semaphore(TURNS)
        self.services: list[Service] = []
        self._started: list[Service] = []
        self._beside: set[asyncio.Task[None]] = set()
        self._public_url = settings.public_url.rstrip("/")
        self.port = settings.port

    @property
    def url(self) -> str:
        """Where browsers and agents reach it, without a slash at the end."""
        return self._public_url or f"http://{self.settings.host}:{self.port}"

    @property
    def is_https(self) -> bool:
        """Whether cookies may be kept to TLS."""
        return self.url.startswith("https://")

    async def start(self) -> None:
        """Bring the tables up to date and start the services."""
        await self.database.upgrade()
        for service in self.services:
            await service.start()
            self._started.append(service)

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside requests; it is finished before the services are closed."""
        task = asyncio.ensure_future(work)
        self._beside.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._beside.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("work beside requests failed", exc_info=error)

    async def close(self) -> None:
        """End the services and let go of the database."""
        await asyncio.gather(*self._beside, return_exceptions=True)
        while self._started:
            await self._started.pop().close()
        await self.database.close()
