"""Launches on disk, for as long as they last, so that none is lost with its process.

Comes in: launches. Goes out: one file each, readable by its owner only, in a folder likewise; and
the launches that a worker before us left behind.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import re
import stat
import time
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from visavis.errors import InvalidOption
from visavis.live.token import expires

logger = logging.getLogger(__name__)

TASK_ID = re.compile(r"[a-z0-9]{8,64}")


@dataclass(frozen=True, slots=True)
class Launch:
    """One launch, with all that is needed to repeat it.

    Attributes:
        task_id: its name.
        livekit_url: of the room's server.
        livekit_token: the avatar's own; lives here no longer than the launch.
        room: name of the room.
        identity: of the avatar in it.
        agent: identity of the agent that it speaks for.
        avatar: what was asked for, see :attr:`LaunchRequest.avatar`.
        expires: when the token does, seconds since 1970.
        created: when it was asked for, seconds since 1970.
        path: of the avatar's file; "" as long as it is not known.
        seconds: that it was in its room under workers before this one.
    """

    task_id: str
    livekit_url: str
    livekit_token: str = field(repr=False)
    room: str
    identity: str
    agent: str
    avatar: str
    expires: float
    created: float
    path: str = ""
    seconds: float = 0.0

    def renewed(self, token: str) -> Launch:
        """The same with another token, one that the room's server sent."""
        return replace(self, livekit_token=token, expires=expires(token))


def private_folder(folder: Path) -> Path:
    """Make a folder that only its owner may enter.

    Raises:
        InvalidOption: it cannot be made so, or is somebody else's.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = folder.lstat()
        if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.geteuid():
            raise InvalidOption(f"{folder} is not a folder of our own; name another with --state")
        os.chmod(folder, 0o700)
    except OSError as error:
        raise InvalidOption(f"{folder} cannot be used: {error.strerror or error}") from error
    return folder


class LaunchStore:
    """The launches of one worker.

    Args:
        folder: where they are kept; one worker at a time.

    Raises:
        InvalidOption: another worker uses it, or it is not ours.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = private_folder(folder)
        self._lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise InvalidOption(
                f"another worker uses {folder.parent}; give each its own --state"
            ) from None

    def save(self, launch: Launch) -> None:
        """Keep a launch, whole or not at all."""
        self._write(self._path(launch.task_id), asdict(launch))

    def mark(self, task_id: str, seconds: float) -> None:
        """Keep how long a launch has been in its room, for a worker after this one to go on from.

        Args:
            task_id: its name.
            seconds: so far.
        """
        # One write of always as many bytes: a worker that dies in here leaves the old or the new.
        handle = os.open(self._mark(task_id), os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(handle, f"{seconds:015.3f}".encode(), 0)
        finally:
            os.close(handle)

    def over(self, launch: Launch, seconds: float, state: str, reason: str) -> None:
        """Keep how a launch ended, without its token, for whoever counts what it used.

        Args:
            launch: it.
            seconds: that it was in its room in all.
            state: "ended" or "failed".
            reason: why.
        """
        kept = replace(launch, livekit_token="", livekit_url="", seconds=seconds)
        self._write(
            self._path(launch.task_id).with_suffix(".over"),
            {"launch": asdict(kept), "state": state, "reason": reason, "ended": time.time()},
        )
        self.remove(launch.task_id)

    def forget(self, task_id: str) -> None:
        """Keep no more how a launch ended."""
        self._path(task_id).with_suffix(".over").unlink(missing_ok=True)

    def past(self, most: int) -> list[tuple[Launch, str, str, float]]:
        """Launches that are over: each with its state, reason and end (seconds since 1970).

        Args:
            most: only the last ones, the oldest first; others are removed.
        """
        paths = sorted(self._folder.glob("*.over"), key=lambda path: path.stat().st_mtime)
        for path in paths[: max(len(paths) - most, 0)]:
            path.unlink(missing_ok=True)
        found = []
        for path in paths[-most:]:
            try:
                said = json.loads(path.read_text("utf-8"))
                launch = Launch(**said["launch"])
                found.append((launch, said["state"], said["reason"], float(said["ended"])))
            except (OSError, ValueError, TypeError, KeyError):
                path.unlink(missing_ok=True)
        return found

    def remove(self, task_id: str) -> None:
        """Forget a launch."""
        self._path(task_id).unlink(missing_ok=True)
        self._mark(task_id).unlink(missing_ok=True)

    def left_behind(self) -> list[Launch]:
        """Launches whose tokens are still good; all others are removed."""
        found: list[Launch] = []
        for path in sorted(self._folder.iterdir()):
            if path.name == "lock" or path.suffix in (".seconds", ".over"):
                continue
            launch = self._read(path) if path.suffix == ".json" else None
            if path.with_suffix(".over").exists():
                launch = None  # it died between the two
            if launch is None or not launch.path or launch.expires <= time.time():
                path.unlink(missing_ok=True)
            else:
                found.append(launch)
        known = {launch.task_id for launch in found}
        for path in self._folder.glob("*.seconds"):
            if path.stem not in known:
                path.unlink(missing_ok=True)
        return sorted(found, key=lambda launch: launch.created)

    def close(self) -> None:
        """Leave the folder to others."""
        with contextlib.suppress(OSError):
            os.close(self._lock)

    def _path(self, task_id: str) -> Path:
        return self._folder / f"{task_id}.json"

    def _write(self, path: Path, what: object) -> None:
        part = path.with_suffix(".part")
        part.unlink(missing_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(what, file)
        os.replace(part, path)

    def _mark(self, task_id: str) -> Path:
        return self._folder / f"{task_id}.seconds"

    def _marked(self, task_id: str) -> float:
        try:
            return float(self._mark(task_id).read_text("ascii"))
        except (OSError, ValueError):
            return 0.0

    def _read(self, path: Path) -> Launch | None:
        try:
            values = json.loads(path.read_text("utf-8"))
            launch = Launch(**values)
            good = TASK_ID.fullmatch(launch.task_id) and path.stem == launch.task_id
            if not good or not isinstance(launch.expires, int | float):
                return None
            return replace(launch, seconds=self._marked(launch.task_id))
        except (OSError, ValueError, TypeError):
            logger.warning("a stored launch cannot be read and is dropped")
            return None
