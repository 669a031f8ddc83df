"""The worker: asked by HTTP, it lets avatars join LiveKit rooms, one process each.

Comes in: launches (a room, a token, who the avatar is). Goes out: avatars in rooms that come back
by themselves, tasks one can look at and stop, figures for Prometheus. Needs the extra ``serve``.

    request ► credentials ► place ► avatar ► session process ► room
"""

from __future__ import annotations

from visavis.serve.settings import WorkerSettings

__all__ = ["WorkerSettings"]
