"""Which file an avatar is: found in a folder, fetched, or built from a picture on the spot.

Comes in: launch requests. Goes out: paths of ``.imx`` files. What was built or fetched is kept
under the hash of what it was made from, so the same picture is built once.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

from visavis.errors import VisavisError
from visavis.serve.building import build_avatar
from visavis.serve.fetching import fetch
from visavis.serve.launch_request import LaunchRequest
from visavis.serve.refusal import Refused
from visavis.serve.settings import WorkerSettings
from visavis.serve.store import private_folder

KEPT = 256
"""Built and fetched avatars on disk, about 0.3 MB each."""
_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


class Avatars:
    """Finds, fetches and builds.

    Args:
        settings: folder, what may be fetched, whether pictures are taken.
    """

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        self._made = private_folder(settings.state / "avatars")
        self._being_made: dict[Path, asyncio.Future[None]] = {}
        self._builder = asyncio.Semaphore(1)
        for leftover in self._made.glob("*.part*"):
            leftover.unlink(missing_ok=True)

    async def choose(self, request: LaunchRequest, in_use: Iterable[str] = ()) -> Path:
        """The file of the avatar that a request asks for.

        Args:
            request: what is asked for.
            in_use: paths that must stay.

        Raises:
            Refused: there is none, or none can be made.
        """
        settings = self._settings
        if request.picture or request.picture_url:
            if not settings.pictures:
                raise Refused(403, "no_pictures", "this worker builds no avatars from pictures")
            picture = request.picture or await fetch(request.picture_url, settings.downloads)
            path = self._made / f"{hashlib.sha256(picture).hexdigest()}-{_version()}.imx"
            await self._once(path, lambda: self._build(picture, path))
        elif re.match("https?://", request.avatar_id, re.IGNORECASE):
            data = await fetch(request.avatar_id, settings.downloads)
            path = self._made / f"{hashlib.sha256(data).hexdigest()}-fetched.imx"
            await self._once(path, lambda: _keep(data, path))
        else:
            return self.named(request.avatar_id)
        self._tidy({*in_use, str(path)})
        return path

    def named(self, name: str) -> Path:
        """The file of an avatar's name.

        Raises:
            Refused: there is none.
        """
        from visavis.library import CHARACTERS, characters

        if _ID.fullmatch(name):
            folder = self._settings.avatars
            if folder is not None and (folder / f"{name}.imx").is_file():
                return (folder / f"{name}.imx").resolve()
            if name in characters():
                return CHARACTERS / f"{name}.imx"
        raise Refused(404, "no_such_avatar", f"this worker has no avatar {name[:128]!r}")

    def any(self) -> Path:
        """The file of some avatar: the first of the folder, else of the wheel.

        Raises:
            Refused: there is none at all.
        """
        from visavis.library import CHARACTERS

        for folder in (self._settings.avatars, CHARACTERS):
            for path in sorted(folder.glob("*.imx")) if folder is not None else ():
                return path
        raise Refused(404, "no_such_avatar", "this worker has no avatar")

    async def _once(self, path: Path, make: Callable[[], Awaitable[None]]) -> None:
        """Make a file unless it is there or being made; whoever comes meanwhile waits for it."""
        if path.is_file():
            os.utime(path)
            return
        making = self._being_made.get(path)
        if making is None:
            making = asyncio.ensure_future(make())
            self._being_made[path] = making

            def done(made: asyncio.Future[None]) -> None:
                del self._being_made[path]
                if not made.cancelled():
                    made.exception()  # seen, also where nobody waits any more

            making.add_done_callback(done)
        await asyncio.shield(making)

    async def _build(self, picture: bytes, path: Path) -> None:
        async with self._builder:  # one after the other: each takes a core
            await build_avatar(picture, path, self._settings.build_seconds)

    def _tidy(self, in_use: set[str]) -> None:
        files = sorted(self._made.glob("*.imx"), key=lambda file: file.stat().st_mtime)
        for file in files[: max(len(files) - KEPT, 0)]:
            if str(file) not in in_use:
                file.unlink(missing_ok=True)


async def _keep(data: bytes, path: Path) -> None:
    part = path.with_suffix(".part.imx")

    def check_and_keep() -> None:
        from visavis import imx

        try:
            part.write_bytes(data)
            imx.read(part)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)

    try:
        await asyncio.to_thread(check_and_keep)
    except VisavisError as error:
        raise Refused(
            422, "no_avatar", f"what lies at that address is no avatar: {error}"
        ) from None


def _version() -> str:
    """Of the code that builds: other code, other avatars."""
    from importlib.metadata import version

    return version("visavis")
