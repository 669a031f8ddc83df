"""A session in a LiveKit room: as a participant of its own, or as the agent's own face.

(Straight to a browser: :mod:`visavis.live.webrtc`.)

Comes in: an opened avatar, and a room's address and token or an agent's own room. Goes out: the
tracks ``avatar_audio`` and ``avatar_video``, and the reports an agent waits for. Needs the extra
``livekit``; nothing of it is imported before it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visavis.live.options import RoomOptions

if TYPE_CHECKING:
    from visavis.live.agent_face import AgentFace
    from visavis.live.drawn_face import DrawnFace
    from visavis.live.room_avatar import RoomAvatar

__all__ = ["AgentFace", "DrawnFace", "RoomAvatar", "RoomOptions"]

_HOMES = {
    "AgentFace": "visavis.live.agent_face",
    "DrawnFace": "visavis.live.drawn_face",
    "RoomAvatar": "visavis.live.room_avatar",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'visavis.live' has no attribute {name!r}")
    import importlib

    from visavis.errors import MissingDependency

    try:
        value = getattr(importlib.import_module(_HOMES[name]), name)
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("livekit"):
            raise
        raise MissingDependency("rooms need livekit: pip install 'visavis[livekit]'") from error
    globals()[name] = value
    return value
