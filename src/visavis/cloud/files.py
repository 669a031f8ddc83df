"""Where files are kept: a folder of this machine, or anything fsspec knows, such as S3.

Comes in: names like ``avatars/A1B2C3D4E5/avatar.imx`` and bytes. Goes out: the same bytes. A file
appears under its name when it is whole.
"""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import fsspec

from visavis.errors import InvalidOption, MissingDependency

_KEY = re.compile(r"[a-z]+(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)+")
_PIECE = 1 << 18
_FRESH = {"use_listings_cache": False, "skip_instance_cache": True}
"""What a bucket has changes under us: other processes write to it, too."""


class Files:
    """A store of files.

    Args:
        url: a folder's path, or an address as fsspec takes it: ``s3://bucket/prefix``.

    Raises:
        InvalidOption: it cannot be used.
        MissingDependency: what it needs is not installed.
    """

    def __init__(self, url: str) -> None:
        self.is_local = "://" not in url or url.startswith("file://")
        try:
            self._system, root = fsspec.core.url_to_fs(url, **_FRESH)
        except ImportError as error:
            raise MissingDependency(
                f"files at {url.partition('://')[0]}:// need more: pip install 'visavis[s3]' "
                f"({error})"
            ) from None
        except ValueError as error:
            raise InvalidOption(f"files {url}: {error}") from None
        self._root = str(root).rstrip("/")
        if self.is_local:
            Path(self._root).mkdir(mode=0o700, parents=True, exist_ok=True)

    async def put(self, key: str, data: bytes | Path) -> int:
        """Keep a file; one of that name is replaced.

        Args:
            key: its name.
            data: its bytes, or where they lie.

        Returns:
            Its size in bytes.
        """
        return await asyncio.to_thread(self._put, self._path(key), data)

    async def get(self, key: str) -> bytes:
        """A whole file.

        Raises:
            FileNotFoundError: there is none of that name.
        """
        return bytes(await asyncio.to_thread(self._system.cat_file, self._path(key)))

    async def fetch(self, key: str, to: Path) -> None:
        """Copy a file to a path of this machine."""
        await asyncio.to_thread(self._system.get_file, self._path(key), str(to))

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        """A file in pieces."""
        file = await asyncio.to_thread(self._system.open, self._path(key), "rb")
        try:
            while piece := await asyncio.to_thread(file.read, _PIECE):
                yield bytes(piece)
        finally:
            await asyncio.to_thread(file.close)

    async def copy(self, key: str, to: str) -> None:
        """Keep a file under another name, too."""
        target = self._path(to)
        await asyncio.to_thread(self._parents, target)
        await asyncio.to_thread(self._system.cp_file, self._path(key), target)

    async def remove(self, key: str) -> bool:
        """Remove a file; whether there was one."""
        if not await self.exists(key):  # S3 removes what is not there without a word
            return False
        try:
            await asyncio.to_thread(self._system.rm_file, self._path(key))
        except FileNotFoundError:
            return False
        return True

    async def exists(self, key: str) -> bool:
        """Whether there is a file of that name."""
        return bool(await asyncio.to_thread(self._system.isfile, self._path(key)))

    async def keys(self) -> list[str]:
        """All names there are."""
        found: list[Any] = await asyncio.to_thread(self._system.find, self._root)
        names = (str(path)[len(self._root) + 1 :] for path in found)
        return sorted(name for name in names if not name.endswith(".part"))

    def local(self, key: str) -> Path | None:
        """Where a file lies on this machine; None where it lies elsewhere."""
        return Path(self._path(key)) if self.is_local else None

    def _path(self, key: str) -> str:
        if not _KEY.fullmatch(key) or ".." in key:
            raise ValueError(f"no name of a stored file: {key!r}")
        return f"{self._root}/{key}"

    def _parents(self, path: str) -> None:
        self._system.makedirs(path.rpartition("/")[0], exist_ok=True)

    def _put(self, path: str, data: bytes | Path) -> int:
        self._parents(path)
        part = f"{path}.{uuid.uuid4().hex}.part" if self.is_local else path
        if isinstance(data, Path):
            self._system.put_file(str(data), part)
        else:
            self._system.pipe_file(part, data)
        if part != path:
            self._system.mv(part, path)
        return data.stat().st_size if isinstance(data, Path) else len(data)
