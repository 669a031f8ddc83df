"""Visavis gives a voice agent a face: sound in, video of a speaking character out.

Example::

    import visavis

    avatar = visavis.build("photo.jpg", "ada.imx")   # once, from a photo
    avatar = visavis.open("ada.imx")                 # later; or by name, visavis.open("ada")
    avatar.render("hello.wav", "hello.mp4")          # file to file
    for frame in avatar.frames("hello.wav"):         # or frame by frame
        frame.image, frame.sound, frame.time, frame.pose
    session = avatar.session()                       # or live: push_audio, flush, interrupt,
                                                     # and `async for frame in session`

Everything taught is here; parts are imported when first used, so importing this is fast.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from visavis.errors import (
    InvalidAvatar,
    InvalidMedia,
    InvalidOption,
    MissingDependency,
    UnsuitablePicture,
    VisavisError,
)

if TYPE_CHECKING:
    from visavis.avatar import Avatar
    from visavis.client import AsyncClient, Client
    from visavis.film import RenderReport
    from visavis.frames import Frame
    from visavis.library import build, characters, open
    from visavis.session import LiveFrame, Session

    __version__: str

__all__ = [
    "AsyncClient",
    "Avatar",
    "Client",
    "Frame",
    "InvalidAvatar",
    "InvalidMedia",
    "InvalidOption",
    "LiveFrame",
    "MissingDependency",
    "RenderReport",
    "Session",
    "UnsuitablePicture",
    "VisavisError",
    "__version__",
    "build",
    "characters",
    "open",
]

_HOMES = {
    "AsyncClient": "visavis.client",
    "Client": "visavis.client",
    "Avatar": "visavis.avatar",
    "Frame": "visavis.frames",
    "LiveFrame": "visavis.session",
    "RenderReport": "visavis.film",
    "Session": "visavis.session",
    "characters": "visavis.library",
    "open": "visavis.library",
}


def __getattr__(name: str) -> Any:
    import importlib

    if name in _HOMES:
        try:
            value = getattr(importlib.import_module(_HOMES[name]), name)
        except ModuleNotFoundError as error:
            if _HOMES[name] != "visavis.client":
                raise
            raise MissingDependency(
                f"{name} needs {error.name}: pip install 'visavis[client]'"
            ) from error
    elif name == "AvatarSession":
        try:
            value = importlib.import_module("livekit.plugins.visavis").AvatarSession
        except ModuleNotFoundError as error:
            raise MissingDependency(
                "AvatarSession comes with the plugin: pip install livekit-plugins-visavis"
            ) from error
    elif name == "build":
        return importlib.import_module("visavis.build")
    elif name == "__version__":
        from importlib.metadata import version

        value = version("visavis")
    else:
        raise AttributeError(f"module 'visavis' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _BuildPackage(ModuleType):
    """``visavis.build`` is the package of the build's steps, and calling it builds."""

    def __call__(self, *arguments: Any, **options: Any) -> Avatar:
        from visavis.library import build

        return build(*arguments, **options)


class _Package(ModuleType):
    """Notices when ``visavis.build`` is imported, by whomever, and makes it callable."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "build" and type(value) is ModuleType:
            value.__class__ = _BuildPackage
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
