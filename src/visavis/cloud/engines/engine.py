"""What an engine is: it starts workers and passes on to them what is to be done.

Comes in: nothing. Goes out: :class:`Engine`, and what goes to it and comes from it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, Protocol

from visavis.cloud.database import Worker
from visavis.serve.refusal import Refused


class WorkerAway(Refused):
    """A worker that does not answer at the moment: it is being started, or its machine is gone."""

    def __init__(self) -> None:
        super().__init__(503, "worker_away", "the worker does not answer at the moment", 5)


@dataclass(frozen=True, slots=True)
class Placement:
    """A session for a worker.

    Attributes:
        task_id: what the worker is to call it; under one name it launches once.
        livekit_url, livekit_token, room: where to join, and as whom.
        avatar: a character's name, for one that comes with Visavis; "" where there is a
        file: name of an avatar's file in the store of files, or a
        picture: a picture's bytes, or
        kept: whether they have to be fetched from where they are kept, or
        picture_url: its address.
        sha256: of the file, hex.
        resumed: whether it was in its room before, under another worker.
    """

    task_id: str
    livekit_url: str
    livekit_token: str = field(repr=False)
    room: str
    avatar: str = ""
    file: str = ""
    sha256: str = ""
    picture: bytes = field(default=b"", repr=False)
    kept: bool = False
    picture_url: str = ""
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What a worker says of a session.

    Attributes:
        task_id: its name there.
        joined: whether it has been in its room.
        seconds: how long so far, or in all.
        ended: whether it is over.
        state: the worker's word for how it is.
        reason: why it is over.
        figures: of its frames and sound.
        speaking: whether the avatar speaks.
    """

    task_id: str
    joined: bool
    seconds: float
    ended: bool
    state: str = ""
    reason: str = ""
    figures: dict[str, Any] = field(default_factory=dict)
    speaking: bool = False


class Engine(Protocol):
    """Carries sessions on workers. Every method but the first two may raise :class:`WorkerAway`.

    Attributes:
        name: which workers in the database are its own.
        moves: whether the sessions of a worker that is drained go on under another one; else
            they end.
        changed: is set when a worker has changed its state, for whoever keeps its sessions.
        leads: whether this process is the one that keeps the sessions of those workers.
    """

    name: str
    moves: bool
    changed: asyncio.Event

    @property
    def leads(self) -> bool:
        """See above."""

    async def start(self) -> None:
        """Begin to start workers and to write them into the database; returns at once."""

    async def close(self) -> None:
        """End the workers that live no longer than this process, their sessions first."""

    async def place(self, worker: Worker, placement: Placement, wait: bool) -> None:
        """Have a worker carry a session; again, with the same name, does nothing.

        Args:
            worker: that has a place for it.
            placement: what it has to know.
            wait: until the avatar has joined.

        Raises:
            Refused: it cannot be, with the reason.
        """

    async def reports(self, worker: Worker) -> dict[str, Report]:
        """All sessions a worker knows of, those that ended lately too, by their names there."""

    async def stop(self, worker: Worker, task_id: str) -> None:
        """Let an avatar leave its room; done when it has. One that is not there has left."""

    async def direct(self, worker: Worker, task_id: str, what: str, text: str) -> None:
        """Have an avatar do something, see :func:`visavis.serve.directing.direct`.

        Raises:
            Refused: it cannot, with the reason.
        """

    async def drain(self, worker: Worker) -> None:
        """Let a worker take no more sessions, get rid of those it has, and end."""
