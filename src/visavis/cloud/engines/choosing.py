"""Which engine a cloud has. Comes in: its settings. Goes out: an engine, or none."""

from __future__ import annotations

from visavis.cloud.context import Cloud
from visavis.cloud.engines.engine import Engine
from visavis.cloud.engines.local import LocalEngine


def engine_for(cloud: Cloud) -> Engine | None:
    """The engine that a cloud's settings name; None: it places no sessions.

    Raises:
        MissingDependency: what it needs is not installed.
        InvalidOption: what it needs does not answer.
    """
    if cloud.settings.engine == "ray":
        from visavis.cloud.engines.ray_engine import RayEngine  # it imports Ray

        return RayEngine(cloud)
    return LocalEngine(cloud) if cloud.settings.engine == "local" else None
