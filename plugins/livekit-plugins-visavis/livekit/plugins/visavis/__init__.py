"""Visavis for LiveKit Agents: the agent gets a face.

``AvatarSession(model_path="ada.imx")`` draws it in the agent's process;
``AvatarSession(avatar_id=…, api_url=…)`` and ``AvatarSession(avatar_image=…, api_url=…)`` have a
worker join the room.
"""

from livekit.agents import Plugin

from .avatar import AvatarSession
from .log import logger
from .version import __version__
from .voice import OfflineVoice

__all__ = ["AvatarSession", "OfflineVoice", "__version__"]


class VisavisPlugin(Plugin):
    """As LiveKit Agents lists it."""

    def __init__(self) -> None:
        super().__init__(__name__, __version__, __package__ or __name__, logger)


Plugin.register_plugin(VisavisPlugin())
