"""A real LiveKit server on the loopback interface.

Comes in: nothing. Goes out: a running server, its address, tokens for it; killed and started again
on request. The program: $VISAVIS_LIVEKIT_SERVER, or see ``programs``.
"""

from __future__ import annotations

import datetime
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

from tests.helpers.programs import program

SOURCE = "github.com/livekit/livekit-server/cmd/server@v1.9.12"
KEY = "devkey"
SECRET = "a secret for the loopback interface, not for anything else"

_CONFIG = """
port: {http}
bind_addresses: [127.0.0.1]
rtc:
  tcp_port: {tcp}
  udp_port: {udp}
  use_external_ip: false
  enable_loopback_candidate: true
  node_ip: 127.0.0.1
  interfaces: {{includes: [lo]}}
keys: {{{key}: "{secret}"}}
logging: {{level: warn}}
"""


class LiveKitServer:
    """One server. Rooms are made as somebody joins them.

    Args:
        folder: for its configuration and its log.
    """

    def __init__(self, folder: Path) -> None:
        ports = _free_ports()
        self.url = f"ws://127.0.0.1:{ports['http']}"
        self.key = KEY
        self.secret = SECRET
        self._folder = folder
        self._config = folder / "livekit.yaml"
        self._config.write_text(_CONFIG.format(**ports, key=KEY, secret=SECRET))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        with (self._folder / "livekit.log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    program("livekit-server", SOURCE, "VISAVIS_LIVEKIT_SERVER"),
                    "--config",
                    str(self._config),
                    "--node-ip",
                    "127.0.0.1",
                ],
                stdout=log,
                stderr=log,
            )
        end = time.monotonic() + 20
        while time.monotonic() < end and self._process.poll() is None:
            try:
                with urllib.request.urlopen(self.url.replace("ws:", "http:"), timeout=1):
                    return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError((self._folder / "livekit.log").read_text()[-2000:])

    def kill(self) -> None:
        """End it at once, as a crash would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def token(
        self,
        room: str,
        identity: str,
        *,
        kind: str = "standard",
        on_behalf: str | None = None,
        lasts: float = 3600.0,
    ) -> str:
        """A token to join a room, for so many seconds."""
        from livekit import api

        token = (
            api.AccessToken(self.key, self.secret)
            .with_identity(identity)
            .with_kind(kind)  # type: ignore[arg-type]
            .with_ttl(datetime.timedelta(seconds=lasts))
            .with_grants(api.VideoGrants(room_join=True, room=room, can_update_own_metadata=True))
        )
        if on_behalf is not None:
            token = token.with_attributes({"lk.publish_on_behalf": on_behalf})
        return token.to_jwt()


def _free_ports() -> dict[str, int]:
    """Three ports nobody has at the moment."""
    held = [
        socket.socket(socket.AF_INET, kind)
        for kind in (socket.SOCK_STREAM, socket.SOCK_STREAM, socket.SOCK_DGRAM)
    ]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return dict(zip(("http", "tcp", "udp"), (s.getsockname()[1] for s in held), strict=True))
    finally:
        for one in held:
            one.close()
