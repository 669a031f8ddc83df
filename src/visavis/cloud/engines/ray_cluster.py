"""A Ray cluster: named actors on its machines, made, called and ended.

Comes in: an address, names. Goes out: what the actors answer. Every call to Ray that can wait is
made in another thread or awaited; nothing secret is given to Ray to keep.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import socket
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from visavis.cloud.engines.hosting import Host
from visavis.errors import InvalidOption, MissingDependency

logger = logging.getLogger(__name__)

_REACH = 5.0
_CONNECT = 60.0
_ANSWER = 10.0


class RayAway(OSError):
    """Ray does not do what it was asked for at the moment: an actor moves, the head is away."""


class RayCluster:
    """One cluster, in one namespace.

    Args:
        address: see `CloudSettings.ray_address`.
        namespace: in which the actors have their names.

    Raises:
        MissingDependency: Ray is not installed.
        InvalidOption: there is no cluster at that address.
    """

    def __init__(self, address: str, namespace: str) -> None:
        try:
            import ray
        except ModuleNotFoundError:
            raise MissingDependency(
                "the engine ray needs Ray: pip install 'visavis[cluster]'"
            ) from None
        self._ray = ray
        self._address, self._namespace = address, namespace
        self._handles: dict[str, Any] = {}
        # One thread for all that waits for Ray: its client is not made for several.
        self._thread = ThreadPoolExecutor(1, "ray")
        self._ours = not ray.is_initialized()
        _reach(address)
        if self._ours:
            self._thread.submit(self._connect).result()

    async def names(self) -> set[str]:
        """Names of the actors that there are."""
        return set(await self._do(self._ray.util.list_named_actors))

    async def make(self, name: str, share: Mapping[str, float], *arguments: Any) -> None:
        """Make a host, unless there is one of that name; returns before it has a machine.

        It outlives this process. When its machine is lost Ray makes it again on another one, as
        soon as there is room.

        Args:
            name: its own.
            share: what Ray keeps free for it: CPU, GPU, others.
            arguments: of :class:`Host`.
        """
        options = {
            "name": name, "namespace": self._namespace, "lifetime": "detached",
            "get_if_exists": True, "max_restarts": -1, "scheduling_strategy": "SPREAD",
            **_amounts(share),
        }  # fmt: skip
        actor = self._ray.remote(Host)

        def make() -> Any:
            return actor.options(**options).remote(*arguments)

        self._handles[name] = await self._do(make)

    async def call(
        self, name: str, method: str, *arguments: Any, within: float | None = _ANSWER
    ) -> Any:
        """Call an actor.

        Args:
            name: its own.
            method: of :class:`Host`.
            arguments: of that.
            within: seconds for the answer; None: as long as it takes to find it a machine.

        Raises:
            RayAway: there is no answer.
        """
        handle = await self._handle(name)
        reference = await self._do(lambda: getattr(handle, method).remote(*arguments))
        try:
            return await asyncio.wait_for(asyncio.wrap_future(reference.future()), within)
        except Exception as error:
            self._handles.pop(name, None)
            raise RayAway(f"{name}.{method}: {type(error).__name__}") from None

    async def kill(self, name: str, again: bool) -> None:
        """End an actor at once, wherever it is; nothing happens if there is none.

        Args:
            name: its own.
            again: whether Ray makes it anew.
        """
        with contextlib.suppress(RayAway):
            handle = await self._handle(name)
            await self._do(lambda: self._ray.kill(handle, no_restart=not again))
        self._handles.pop(name, None)

    async def connect_again(self) -> None:
        """Connect again where the connection is lost, as with Ray's client when its head was."""
        if self._connected():
            return
        self._handles.clear()
        await self._do(self._reconnect)
        logger.info("connected to Ray again")

    async def close(self) -> None:
        """Let go of it; the actors stay."""
        if self._ours:
            with contextlib.suppress(RayAway):
                await self._do(self._ray.shutdown)
        self._thread.shutdown(wait=False)

    async def _handle(self, name: str) -> Any:
        if name not in self._handles:
            self._handles[name] = await self._do(
                lambda: self._ray.get_actor(name, namespace=self._namespace)
            )
        return self._handles[name]

    async def _do(self, work: Callable[[], Any]) -> Any:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except Exception as error:  # Ray's own, gRPC's, Python's: all mean the same here
            raise RayAway(f"{type(error).__name__}: {str(error).splitlines()[0][:200]}") from None

    def _connected(self) -> bool:
        if self._address.startswith("ray://"):
            from ray.util.client import ray as client

            return bool(client.is_connected())
        return bool(self._ray.is_initialized())

    def _reconnect(self) -> None:
        self._ray.shutdown()
        self._connect()

    def _connect(self) -> None:
        # Not in the main thread, where Ray would take SIGTERM for itself.
        logging.getLogger("ray").setLevel(logging.ERROR)
        try:
            self._ray.init(
                address=self._address, namespace=self._namespace, log_to_driver=False,
                configure_logging=False,
            )  # fmt: skip
        except Exception as error:  # of many kinds, some with pages of advice
            raise InvalidOption(
                f"ray_address {self._address}: no Ray cluster there that takes us: "
                f"{type(error).__name__}: {(str(error).splitlines() or [''])[0][:200]}"
            ) from None


def _reach(address: str) -> None:
    """Ask whether anybody listens there: Ray itself would wait for minutes.

    Raises:
        InvalidOption: nobody does.
    """
    if address == "auto":
        return
    try:
        where = urlsplit(address if "//" in address else f"//{address}")
        port = where.port or (10001 if where.scheme == "ray" else 6379)
        socket.create_connection((where.hostname or "", port), _REACH).close()
    except (OSError, ValueError) as error:
        raise InvalidOption(
            f"ray_address {address}: nothing answers there ({error}); start Ray with "
            "`ray start --head`, or name the address of one that runs"
        ) from None


def _amounts(share: Mapping[str, float]) -> dict[str, Any]:
    """A share as options of an actor. Ray divides one, but takes more than one in whole numbers."""
    whole = {name: amount if amount < 1 else math.ceil(amount) for name, amount in share.items()}
    return {
        "num_cpus": whole.pop("CPU", 0), "num_gpus": whole.pop("GPU", 0), "resources": whole,
    }  # fmt: skip
