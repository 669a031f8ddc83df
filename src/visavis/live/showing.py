"""A thread of its own in which a session's frames go into a room's tracks.

Comes in: a session and tracks. Goes out: a frame a tick into the tracks, whatever the event loop
of the room is busy with: an agent takes in a long answer at once, and that shall not stop the
picture.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from visavis.live.tracks import RoomTracks

if TYPE_CHECKING:
    from visavis.live.options import RoomOptions
    from visavis.session import LiveFrame, Session


class Showing:
    """Shows a session until it is closed.

    Args:
        session: whose frames.
        options: of the tracks.
        failed: is called, in that thread, with what ended it before the session was closed.
        each: is called, in that thread, with every frame.
    """

    def __init__(
        self,
        session: Session,
        options: RoomOptions,
        failed: Callable[[Exception], object],
        each: Callable[[LiveFrame], None] = lambda frame: None,
    ) -> None:
        self._session = session
        self._failed = failed
        self._each = each
        self.tracks = RoomTracks(options)
        self._thread = threading.Thread(target=self._run, name="visavis-room", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    async def close(self) -> None:
        """Wait for its end, after the session was closed, and free the tracks."""
        if self._thread.ident is not None:
            await asyncio.to_thread(self._thread.join)
        await self.tracks.close()

    def _run(self) -> None:
        try:
            self._show()
        except Exception as error:
            self._failed(error)

    def _show(self) -> None:
        while not self._session.closed:
            self.tracks.wait_until(self._session.due)
            frame = self._session.take()
            if frame is None:
                return
            self.tracks.send(frame)
            self._each(frame)
