"""What an operator chooses about a worker.

Comes in: options. Goes out: checked values.
"""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from visavis.errors import InvalidOption
from visavis.live import RoomOptions

Downloads = Literal["none", "public", "any"]


def default_sessions() -> int:
    """How many sessions this machine is trusted with: two a core it may use."""
    return 2 * max(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1, 1)


def default_state() -> Path:
    """Where launches and built avatars are kept."""
    from platformdirs import user_state_dir

    return Path(user_state_dir("visavis", appauthor=False)) / "worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """What can be chosen about a worker.

    Attributes:
        host: address to listen on.
        port: and port; 0: any that is free.
        secrets: SHA-256 digests of the secrets that open it, 32 bytes each.
        no_auth: opens to everybody; on a loopback address only.
        open_metrics: whether ``/metrics`` asks for no secret; there are no names in it.
        avatars: folder of ``.imx`` files, named by their stem; None: the wheel's characters only.
        state: folder for launches and built avatars; made readable by its owner only.
        sessions: how many at most.
        hold: seconds a launch waits for a place before it is refused.
        idle: seconds without a word after which an avatar leaves; 0: never.
        drain: seconds that speaking sessions have to finish at a shutdown.
        pictures: whether avatars are built from pictures.
        downloads: which addresses avatars and pictures may be fetched from: "none", "public"
            (no address inside a private network), "any".
        build_seconds: for building one.
        room: how avatars appear in rooms.
    """

    host: str = "127.0.0.1"
    port: int = 8089
    secrets: tuple[bytes, ...] = field(default=(), repr=False)
    no_auth: bool = False
    open_metrics: bool = False
    avatars: Path | None = None
    state: Path = field(default_factory=default_state)
    sessions: int = field(default_factory=default_sessions)
    hold: float = 4.0
    idle: float = 900.0
    drain: float = 60.0
    pictures: bool = True
    downloads: Downloads = "public"
    build_seconds: float = 60.0
    room: RoomOptions = field(default_factory=RoomOptions)

    def __post_init__(self) -> None:
        if self.no_auth and not is_loopback(self.host):
            raise InvalidOption(
                f"--no-auth on {self.host}: only a loopback address (127.0.0.1) may be open to "
                "everybody; give secrets instead"
            )
        if not self.no_auth and not self.secrets:
            raise InvalidOption(
                "no secret is set: put one into VISAVIS_API_SECRET or a file named by "
                "--secrets-file, or choose --no-auth"
            )
        if self.sessions < 1:
            raise InvalidOption(f"--sessions {self.sessions}: 1 or more")
        if self.avatars is not None and not self.avatars.is_dir():
            raise InvalidOption(f"--avatars {self.avatars}: no such folder")
        for name in ("hold", "idle", "drain"):
            if not 0 <= getattr(self, name) < 1e6:
                raise InvalidOption(f"--{name} {getattr(self, name)}: seconds, 0 or more")


def is_loopback(host: str) -> bool:
    """Whether an address is reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
