"""Where avatars come from: a file, the characters in the wheel, or a picture.

Comes in: a path, a name, a picture. Goes out: an opened :class:`~visavis.avatar.Avatar`.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from visavis.avatar import Avatar
from visavis.errors import InvalidAvatar

if TYPE_CHECKING:
    from visavis.build.prepare import Source
    from visavis.render import AvatarLayers

CHARACTERS = Path(__file__).parent / "characters"
"""The characters that come in the wheel."""

_opened: WeakValueDictionary[tuple[int, ...], AvatarLayers] = WeakValueDictionary()
_lock = threading.Lock()


def characters() -> tuple[str, ...]:
    """Names of the characters that come with Visavis."""
    return tuple(sorted(path.stem for path in CHARACTERS.glob("*.imx")))


def find(path_or_name: str | os.PathLike[str]) -> Path:
    """The file of an avatar.

    Args:
        path_or_name: an ``.imx`` file, or the name of a character that comes with Visavis.

    Returns:
        Its path; whether it is an avatar, reading it shows.

    Raises:
        InvalidAvatar: no such file or name.
    """
    path = Path(path_or_name)
    if not os.fspath(path_or_name):
        raise InvalidAvatar("", "the avatar's name is empty; name an .imx file or a character")
    if path.is_file():
        return path
    if os.fspath(path_or_name) in characters():
        return CHARACTERS / f"{os.fspath(path_or_name)}.imx"
    if path.is_dir():
        raise InvalidAvatar("", f"{path} is a folder; name an .imx file")
    if path.exists():
        raise InvalidAvatar("", f"{path} is no ordinary file")
    known = ", ".join(characters()) or "none"
    raise InvalidAvatar(
        "", f"there is no file {path}, and no character of that name comes with Visavis ({known})"
    )


def open(path_or_name: str | os.PathLike[str]) -> Avatar:
    """Open an avatar.

    Avatars opened from the same file hold it in memory once.

    Args:
        path_or_name: an ``.imx`` file, or the name of a character that comes with Visavis.

    Returns:
        The avatar.

    Raises:
        InvalidAvatar: no such file or name, or a file that is broken or foreign.
    """
    from visavis import imx

    path = find(path_or_name)
    state = path.stat()
    key = (state.st_dev, state.st_ino, state.st_mtime_ns, state.st_size)
    with _lock:
        layers = _opened.get(key)
        if layers is None:
            avatar = Avatar(imx.read(path))
            _opened[key] = avatar.layers
            return avatar
    return Avatar(layers)


def build(picture: Source, out: str | os.PathLike[str], **options: Any) -> Avatar:
    """Make an avatar from a photo, or from a drawing with hand-placed landmarks.

    Args:
        picture: path of the picture, its bytes, a Pillow image, or a uint8 array (H, W, 3) RGB.
        out: where to put the ``.imx`` file.
        **options: as in :func:`visavis.build.build`: ``landmarks``, ``face``, ``size``,
            ``name``, ``licence``, ``consent``, ``source``, ``progress``.

    Returns:
        The avatar, opened.

    Raises:
        UnsuitablePicture: no avatar can be made of it; the message says why and what to do.
        InvalidMedia: the picture cannot be read.
        MissingDependency: what building needs is not installed; the message has the command.
    """
    from visavis.build import build as make

    return open(make(picture, out, **options))
