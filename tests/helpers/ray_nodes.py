"""A Ray cluster of several nodes on this machine, as `ray.cluster_utils` makes one.

Comes in: how many nodes. Goes out: its address; nodes that are killed as a machine's loss would,
and added; nothing that goes on when it is closed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

RESOURCE = "visavis_session"
_SMALL = {
    "num_cpus": 1, "object_store_memory": 80_000_000, "include_dashboard": False,
    "include_log_monitor": False, "no_monitor": True,
}  # fmt: skip
# As on a cluster whose operator wants a lost machine's workers back soon.
_CONFIG = {
    "health_check_initial_delay_ms": 2000, "health_check_period_ms": 500,
    "health_check_timeout_ms": 2000, "health_check_failure_threshold": 3,
}  # fmt: skip


class RayNodes:
    """One cluster.

    Args:
        nodes: of it, with the head.
        sessions: that each says it has room for.
        client_port: for Ray's client; None: there is none.

    Attributes:
        address: of its head.
        folder: in which it has its logs, those of its actors too.
    """

    def __init__(self, nodes: int, sessions: int, client_port: int | None = None) -> None:
        os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # it would tell its makers of every test
        from ray.cluster_utils import Cluster

        self.folder = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))  # sockets: a short path
        self._sessions = sessions
        head = {
            **_SMALL, **_agent_ports(), "temp_dir": str(self.folder), "_system_config": _CONFIG,
            "ray_client_server_port": client_port, "resources": {RESOURCE: sessions},
        }  # fmt: skip
        with _starting():
            self._cluster = Cluster(initialize_head=True, head_node_args=head)
        self.address: str = self._cluster.address
        try:
            for _ in range(nodes - 1):
                self.add()
        except BaseException:
            self.close()
            raise

    def add(self) -> Any:
        """Add a node; in any thread that goes on as long."""
        for left in (2, 1, 0):
            try:
                with _starting():
                    return self._cluster.add_node(
                        **_SMALL, **_agent_ports(), resources={RESOURCE: self._sessions},
                        wait=False,
                    )  # fmt: skip
            except Exception:  # "timed out during startup", on a machine that has much to do
                self._kill_unknown()
                if not left:
                    raise
        raise AssertionError

    def _kill_unknown(self) -> None:
        known = self.others | {_raylet(self._cluster.head_node)}
        for pid in map(int, filter(str.isdecimal, os.listdir("/proc"))):
            if parent(pid) == os.getpid() and pid not in known:
                with contextlib.suppress(OSError):
                    if b"raylet" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]:
                        os.kill(pid, signal.SIGKILL)

    def kill(self, host: int) -> float:
        """Kill the node that an actor is on, at once and with all that Ray runs there.

        What the actor itself has started is left to end by itself.

        Args:
            host: process id of the actor.

        Returns:
            When, seconds of the monotonic clock.
        """
        raylet = parent(host)
        node = next(node for node in self._cluster.worker_nodes if _raylet(node) == raylet)
        ours = [pid for pid in map(int, filter(str.isdecimal, os.listdir("/proc")))
                if parent(pid) == raylet]  # fmt: skip
        killed = time.monotonic()
        for pid in (raylet, *ours):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._cluster.worker_nodes.discard(node)
        for kind in node.all_processes.values():
            for process in kind:
                process.process.wait(10)
        return killed

    @property
    def others(self) -> set[int]:
        """Process ids of the raylets that can be killed: all but the head's."""
        return {_raylet(node) for node in self._cluster.worker_nodes}

    def close(self) -> None:
        """End it and everything that it ran."""
        try:
            self._cluster.shutdown()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)


def _agent_ports() -> dict[str, int]:
    """Ports of a node's agents. For ones that are not told a raylet waits 15 s, and then it dies:
    https://github.com/ray-project/ray/issues/65983
    """
    names = ("metrics_agent_port", "metrics_export_port", "dashboard_agent_listen_port",
             "runtime_env_agent_port")  # fmt: skip
    held = [socket.create_server(("127.0.0.1", 0)) for _ in names]
    try:
        return dict(zip(names, (one.getsockname()[1] for one in held), strict=True))
    finally:
        for one in held:
            one.close()


@contextlib.contextmanager
def _starting() -> Iterator[None]:
    """Nodes may take longer than Ray's 30 s on a machine that has much else to do.

    And Ray takes SIGTERM for itself wherever it starts one; here it is pytest's.
    """
    import ray._private.services as services

    ask = services.get_node

    def patiently(*arguments: Any) -> Any:
        end = time.monotonic() + 60
        while True:
            try:
                return ask(*arguments)
            except RuntimeError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)

    with (
        mock.patch.object(services, "get_node", patiently),
        mock.patch("ray._private.utils.set_sigterm_handler"),
    ):
        yield


def host_of(address: str) -> int:
    """Process id of the actor whose worker listens on an address.

    Args:
        address: `http://host:port`.
    """
    port = f":{int(address.rpartition(':')[2]):04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    inode = next(row[9] for row in rows if row[1].endswith(port) and row[3] == "0A")
    for pid in map(int, filter(str.isdecimal, os.listdir("/proc"))):
        with contextlib.suppress(OSError):
            for handle in Path(f"/proc/{pid}/fd").iterdir():
                if os.readlink(handle) == f"socket:[{inode}]":
                    return parent(pid)
    raise LookupError(address)


def _raylet(node: Any) -> int:
    return int(node.all_processes["raylet"][0].process.pid)


def parent(pid: int) -> int:
    """Of a process; 0: there is none."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0
