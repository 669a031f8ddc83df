"""A file's textures: decoded once, let go of when drawn from, decoded anew for the next who asks.

Comes in: the members' bytes. Goes out: :class:`Images`, a mapping from name to pixels. Encoded, a
background takes a fiftieth of its pixels' memory.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Collection, Iterator, Mapping

import numpy as np
import numpy.typing as npt

from visavis.imx import webp
from visavis.imx.table import Image

Pixels = npt.NDArray[np.uint8]


class Images(Mapping[str, Pixels]):
    """Texture name to read-only uint8 array; see :class:`~visavis.imx.AvatarModel`.

    Args:
        members: per texture its row in the table and its file, a checked WebP.
        run: calls a function on each of several things, as ``map`` does.

    Raises:
        InvalidAvatar: one cannot be decoded.
    """

    def __init__(
        self, members: Mapping[str, tuple[Image, bytes]], run: Callable[..., Iterator[Pixels]] = map
    ) -> None:
        self._members: dict[str, tuple[Image, bytes]] = dict(members)
        self._deflated = False
        pixels = run(lambda member: webp.decode(*member), self._members.values())
        self._decoded: dict[str, Pixels] = dict(zip(self._members, pixels, strict=True))

    def __getitem__(self, name: str) -> Pixels:
        found = self._decoded.get(name)
        if found is not None:
            return found
        row, data = self._members[name]
        return webp.decode(row, zlib.decompress(data) if self._deflated else data)

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def __or__(self, others: Mapping[str, Pixels]) -> dict[str, Pixels]:
        return {**self, **others}

    def only(self, names: Collection[str]) -> Images:
        """Some of these, sharing what is decoded."""
        kept = Images({})
        kept._members = {name: self._members[name] for name in self if name in names}
        kept._deflated = self._deflated
        kept._decoded = {name: px for name, px in self._decoded.items() if name in names}
        return kept

    def deflated(self) -> Images:
        """The same, nothing decoded, their files deflated: those of textures are stored loosely."""
        packed = Images({})
        packed._members = {
            name: (row, zlib.compress(data, 1)) for name, (row, data) in self._members.items()
        }
        packed._deflated = True
        return packed

    def forget(self) -> None:
        """Let go of the pixels; they are decoded anew where they are asked for again."""
        self._decoded = {}
