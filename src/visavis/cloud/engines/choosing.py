"""Which engine a cloud has. Comes in: its settings. Goes out: an engine, or none."""

from __future__ import annotations

from visavis.cloud.context import Cloud
from visavis.cloud.engines.engine import Engine
from visavis.cloud.engines.local import LocalEngine
from visavis.errors import InvalidOption


def engine_for(cloud: Cloud) -> Engine | None:
    """The engine that a cloud's settings name; None: it places no sessions.

    Raises:
        InvalidOption: it is not there.
    """
    if cloud.settings.engine == "local":
        return LocalEngine(cloud)
    if cloud.settings.engine == "none":
        return None
    raise InvalidOption("engine ray: not in this version; local and none are")
