"""The nursery: a process that has everything loaded, and is copied for every session.

Comes in: on stdin, a Unix socket, orders with a socket of the new session beside each. Goes out:
session processes, and word of how each ended. A copy starts in some hundredths of a second and
shares with all others what was loaded before: libraries, networks, and the avatars it has opened.

It never runs a thread: only such a process can be copied safely.
"""

from __future__ import annotations

import contextlib
import gc
import json
import logging
import os
import signal
import socket
import sys
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from visavis.errors import VisavisError
from visavis.serve import logs

if TYPE_CHECKING:
    from visavis.avatar import Avatar

OPEN_AVATARS = 8
"""Avatars kept open, about 10 MB each, for sessions to share."""
LONGEST_ORDER = 65_536


def preload() -> None:
    """Import and load whatever a session needs, short of starting a thread."""
    import cv2

    cv2.setNumThreads(0)
    import visavis
    import visavis.live.room_avatar
    import visavis.serve.session_process
    from visavis.live import RoomOptions

    # One frame of somebody, spoken: networks, tables and the compiled drawer are there then.
    for name in visavis.characters()[:1]:
        with RoomOptions(seed=1).session(visavis.open(name)) as session:
            session.push_audio([0.1] * 4800, 24_000)
            session.flush()
            for _ in range(5):
                session.next()


class Nursery:
    """Takes orders until its worker is gone.

    Args:
        orders: the socket.
    """

    def __init__(self, orders: socket.socket) -> None:
        self._orders = orders
        self._avatars: OrderedDict[tuple[object, ...], Avatar] = OrderedDict()

    def run(self) -> None:
        """Serve; returns in a copy, too: never, that is, for those end in here."""
        signal.signal(signal.SIGCHLD, lambda *_: self._bury())
        self._tell({"event": "warm", "pid": os.getpid()})
        while True:
            message, handles, _, _ = socket.recv_fds(self._orders, LONGEST_ORDER, 1)
            if not message:
                return
            order = json.loads(message)
            with socket.socket(fileno=handles[0]) as control:
                self._bear(str(order["path"]), control)

    def _bear(self, path: str, control: socket.socket) -> None:
        try:
            avatar = self._open(Path(path))
        except (VisavisError, OSError) as error:
            reason = {"event": "failed", "reason": str(error), "final": True}
            with contextlib.suppress(OSError):
                control.sendall(json.dumps(reason).encode() + b"\n")
            return
        gc.collect()
        gc.freeze()  # else the first collection in the copy writes to, and so copies, everything
        if os.fork() == 0:
            _live(avatar, control, self._orders)

    def _open(self, path: Path) -> Avatar:
        import visavis

        state = path.stat()
        key = (str(path), state.st_mtime_ns, state.st_size, state.st_ino)
        if key not in self._avatars:
            avatar = visavis.open(path)
            avatar.session().next()  # what is worked out at the first frame is shared, too
            self._avatars[key] = avatar
            if len(self._avatars) > OPEN_AVATARS:
                self._avatars.popitem(last=False)
        self._avatars.move_to_end(key)
        return self._avatars[key]

    def _bury(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            code = os.waitstatus_to_exitcode(status)
            self._tell({"event": "ended", "pid": pid, "code": code})

    def _tell(self, event: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):
            self._orders.send(json.dumps(event).encode())


def _live(avatar: Avatar, control: socket.socket, orders: socket.socket) -> None:
    """The copy's life; does not return."""
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        orders.close()
        from visavis.serve.session_process import run

        run(avatar, control)
        code = 0
    except BaseException:
        logging.getLogger(__name__).exception("a session's process failed")
    finally:
        with contextlib.suppress(Exception):
            sys.stderr.flush()
        os._exit(code)  # nothing of the nursery's is to be tidied up here


def main(log_format: str = "auto") -> None:
    """Run until stdin, the socket, is closed at its other end."""
    logs.set_up(cast(logs.LogFormat, log_format))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the worker says when it is over
    orders = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    preload()
    Nursery(orders).run()


if __name__ == "__main__":
    main(*sys.argv[1:2])
