"""A visitor's photo becomes a character that this visitor alone can find.

Comes in: a picture's bytes. Goes out: a member of the cast, unlisted, its file kept as long as the
server runs. Each is built in a process of its own, one at a time: a picture comes from a stranger.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import sys
import tempfile
from pathlib import Path

from visavis.errors import InvalidOption, UnsuitablePicture
from visavis.talk.cast import Cast, Member

MOST = 64
"""Characters made of photos that are kept; the oldest makes room."""
_SECONDS = 90.0
_WAITING = 4
"""Visitors who may wait while one photo is worked on."""


class Photos:
    """Makes characters of photos.

    Args:
        cast: takes them in.
    """

    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        self._folder = tempfile.TemporaryDirectory(prefix="visavis-photos-")
        self._made: list[str] = []
        self._one = asyncio.Lock()
        self._waiting = 0

    async def take(self, photo: bytes) -> Member:
        """Make a character of a photo.

        Args:
            photo: an image file's bytes.

        Raises:
            UnsuitablePicture: none can be made of it; the message says why.
            InvalidOption: too many others wait.
        """
        if self._waiting >= _WAITING:
            raise InvalidOption("others are having their photos made; try again in a moment")
        self._waiting += 1
        try:
            async with self._one:
                return await self._build(photo)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Forget all of them, files too."""
        self._folder.cleanup()

    async def _build(self, photo: bytes) -> Member:
        key = f"photo-{secrets.token_hex(8)}"
        picture = Path(self._folder.name) / key
        out = picture.with_suffix(".imx")
        picture.write_bytes(photo)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "visavis.cli", "build", str(picture), "-o", str(out)),
            *("--name", "Your photo", "--quiet"),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        try:
            async with asyncio.timeout(_SECONDS):
                _, told = await process.communicate()
        except TimeoutError:
            raise UnsuitablePicture("making a character of it took too long") from None
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
            picture.unlink()
        if process.returncode != 0:
            raise UnsuitablePicture(_reason(told, picture))
        while len(self._made) >= MOST:
            oldest = self._cast.members.pop(self._made.pop(0))
            oldest.path.unlink()
        self._made.append(key)
        return self._cast.add(out, key=key, listed=False)


def _reason(told: bytes, picture: Path) -> str:
    """What ``visavis build`` says, without where the picture lay."""
    lines = told.decode("utf-8", "replace").strip().splitlines()
    last = lines[-1].removeprefix("visavis: ").removeprefix("error: ") if lines else ""
    return last.replace(str(picture), "the photo") or "no character can be made of this picture"
