"""The cast: the characters one can talk to, their pictures and voices.

Comes in: the character named on the command line, a folder of more. Goes out: a list for the page,
opened avatars, posters.
"""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from visavis import library
from visavis.agent.voices import DEFAULT_VOICE
from visavis.errors import InvalidAvatar, InvalidOption

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from visavis.avatar import Avatar

VOICES = {
    "ada": "en-us+f4",
    "mei": "en-us+f2",
    "otto": "en-us+m1",
    "rufus": "en-us+m3",
}
"""espeak-ng voices that fit the characters in the wheel."""
POSTER = (320, 320)
_TINT_AT = 12  # px from the poster's edge: background, not person


@dataclass(frozen=True)
class Member:
    """One character.

    Attributes:
        key: how the page names it; letters, digits and hyphens.
        name: how people call it.
        path: its file.
        listed: whether everybody is shown it; else only who knows the key.
    """

    key: str
    name: str
    path: Path
    listed: bool = field(default=True, kw_only=True)

    @property
    def voice(self) -> str:
        """The espeak-ng voice that fits it."""
        return VOICES.get(self.path.stem, DEFAULT_VOICE)


class Characters(Protocol):
    """Whom a visitor can talk to."""

    def __getitem__(self, key: str) -> Member:
        """A member; InvalidOption where there is nobody of that key."""
        ...

    async def open(self, key: str) -> Avatar:
        """The avatar of a member."""
        ...


@dataclass
class Cast:
    """Characters by key; the first is the one a visitor meets.

    Args:
        first: an ``.imx`` file or the name of a character in the wheel.
        folder: a folder with more ``.imx`` files; None: none.

    Raises:
        InvalidAvatar: `first` is no avatar, or a file in the folder is none.
        InvalidOption: no such folder.
    """

    first: str
    folder: Path | None = None
    members: dict[str, Member] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.add(library.find(self.first))
        if self.folder is not None:
            if not self.folder.is_dir():
                raise InvalidOption(f"{self.folder} is no folder; name one with .imx files")
            self._add_all(sorted(self.folder.glob("*.imx")))
        self._add_all(library.find(name) for name in library.characters())

    def _add_all(self, paths: Iterable[Path]) -> None:
        known = {member.path.resolve() for member in self.members.values()}
        for path in paths:
            if path.resolve() not in known:
                self.add(path)

    def add(self, path: Path, key: str | None = None, listed: bool = True) -> Member:
        """Take a character in.

        Args:
            path: its file.
            key: None: made of the file's name.
            listed: see :class:`Member`.

        Raises:
            InvalidAvatar: it is none.
        """
        from visavis import imx

        try:
            name = imx.read(path).manifest.name
        except InvalidAvatar as error:
            raise InvalidAvatar(error.member, f"{path.name}: {error.reason}") from error
        stem = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")[:40] or "character"
        if key is None:
            key, number = stem, 2
            while key in self.members:
                key, number = f"{stem}-{number}", number + 1
        shown = name.strip() or stem
        shown = shown.title() if shown == shown.lower() else shown  # a file's name, more often
        self.members[key] = Member(key, shown, path, listed=listed)
        return self.members[key]

    def __getitem__(self, key: str) -> Member:
        """A member.

        Raises:
            InvalidOption: nobody of that key.
        """
        if key not in self.members:
            raise InvalidOption(f"there is no character {key[:40]!r} here")
        return self.members[key]

    async def open(self, key: str) -> Avatar:
        """The avatar of a member, decoded in a thread."""
        return await asyncio.to_thread(library.open, self[key].path)

    async def poster(self, key: str) -> tuple[bytes, str]:
        """A member's still picture as WebP, and the colour of its background as ``#rrggbb``."""
        path = self[key].path
        return await asyncio.to_thread(_poster, path, path.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _poster(path: Path, changed: int) -> tuple[bytes, str]:
    from PIL import Image

    from visavis.pose import make

    with library.open(path) as avatar:
        picture = avatar.renderer(POSTER).draw(make())
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "WEBP", quality=82)
    return out.getvalue(), tint(picture)


def tint(picture: npt.NDArray[np.uint8]) -> str:
    """The colour of a picture's background as ``#rrggbb``, from its left edge's upper half.

    Args:
        picture: uint8 (H, W, 3) RGB, wider than 12 px.
    """
    edge = picture[_TINT_AT : len(picture) // 2, _TINT_AT].reshape(-1, 3)
    red, green, blue = (int(value) for value in sorted(edge.tolist(), key=sum)[len(edge) // 2])
    return f"#{red:02x}{green:02x}{blue:02x}"
