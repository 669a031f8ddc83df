"""A session's frames as two aiortc tracks on one timeline.

Comes in: a session, taken frame by frame at its clock. Goes out: sound in packets of 20 ms, each at
its time, and the newest picture, both with timestamps of the session's frames.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from fractions import Fraction

import numpy as np
import numpy.typing as npt
from aiortc import MediaStreamTrack
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame, VideoFrame

from visavis.session import LiveFrame, Session

SOUND_RATE = 48_000
"""Of the session's sound, Hz: Opus' own, so that nothing has to be resampled."""
PACKET_S = 0.02
"""Of sound in one Opus packet; aiortc gives all packets of one frame the same timestamp, so it
must get them one by one."""
PICTURE_CLOCK = 90_000
BEHIND_S = 0.02
"""By how much pictures are stamped late: browsers play both by their stamps, but sound also waits
for Opus, which looks ahead, and for what the browser fetches before it plays."""

Samples = npt.NDArray[np.int16]


class SessionTracks:
    """A session's pictures and sound as two tracks.

    Another session may take the place of the first while they run; the listener hears no gap in
    the timestamps.

    Args:
        session: made with ``pixel_format="i420"`` and ``sample_rate=SOUND_RATE``.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.sound = _SoundTrack()
        self.picture = _PictureTrack()
        self._swapped = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to take frames; needs a running event loop."""
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    def replace(self, session: Session) -> None:
        """Go on with the frames of another session; the one before is closed."""
        before, self.session = self.session, session
        before.close()

    async def close(self) -> None:
        """End the tracks; the session is closed too. Returns when nothing runs any more."""
        self.session.close()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self.sound.stop()
        self.picture.stop()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        while True:
            session = self.session
            if session.closed:
                break
            offset: float | None = None
            async for frame in session:
                if offset is None:  # this session's first: its timeline begins now
                    offset = loop.time() - began - frame.time
                    self.sound.skip_to(offset + frame.time)
                self._hand_out(frame, offset)
                if self.session is not session:
                    break
            if self.session is session:
                break
        self.sound.stop()
        self.picture.stop()

    def _hand_out(self, frame: LiveFrame, offset: float) -> None:
        self.picture.show(frame.image, offset + frame.time)
        self.sound.push(frame.sound)


class _SoundTrack(MediaStreamTrack):
    """Sound as it comes, in packets, each at its time."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._packet = round(PACKET_S * SOUND_RATE)
        self._held: deque[Samples] = deque()
        self._count = 0
        self._there = asyncio.Event()
        self._pts = 0
        self._pushed = 0
        self._anchor: float | None = None

    def push(self, samples: Samples) -> None:
        """Sound int16 (n,) that belongs after what was pushed before."""
        now = asyncio.get_running_loop().time()
        origin = now - self._pushed / SOUND_RATE
        # the earliest arrival tells when the rest is due; a late frame must not delay the others
        self._anchor = origin if self._anchor is None else min(self._anchor, origin)
        self._held.append(samples)
        self._count += len(samples)
        self._pushed += len(samples)
        if self._count >= self._packet:
            self._there.set()

    def skip_to(self, seconds: float) -> None:
        """Fill up with silence until a moment of the timeline."""
        missing = round(seconds * SOUND_RATE) - self._pushed
        if missing > 0:
            self._held.append(np.zeros(missing, np.int16))
            self._count += missing
            self._pushed += missing

    async def recv(self) -> AudioFrame:
        """The next packet; see :class:`aiortc.MediaStreamTrack`."""
        while self._count < self._packet:
            if self.readyState != "live":
                raise MediaStreamError
            self._there.clear()
            await self._there.wait()
        if self._anchor is not None:
            due = self._anchor + self._pts / SOUND_RATE
            wait = due - asyncio.get_running_loop().time()
            if 0 < wait < 2 * PACKET_S:
                await asyncio.sleep(wait)
        if self.readyState != "live":
            raise MediaStreamError
        frame = AudioFrame.from_ndarray(self._take(self._packet)[None], format="s16", layout="mono")
        frame.sample_rate = SOUND_RATE
        frame.time_base = Fraction(1, SOUND_RATE)
        frame.pts = self._pts
        self._pts += self._packet
        return frame

    def stop(self) -> None:
        """End; whoever waits is let go."""
        super().stop()
        self._there.set()

    def _take(self, count: int) -> Samples:
        taken: list[Samples] = []
        left = count
        while left:
            first = self._held.popleft()
            if len(first) > left:
                self._held.appendleft(first[left:])
                first = first[:left]
            taken.append(first)
            left -= len(first)
        self._count -= count
        return np.concatenate(taken)


class _PictureTrack(MediaStreamTrack):
    """The newest picture; one that was not fetched in time is left out."""

    kind = "video"

    def __init__(self) -> None:
        super().__init__()
        self._newest: VideoFrame | None = None
        self._there = asyncio.Event()
        self.left_out = 0

    def show(self, image: npt.NDArray[np.uint8], seconds: float) -> None:
        """A picture I420 (h * 3 // 2, w), at its moment of the timeline."""
        # the planes lie in the session's array, which nobody writes to again: nothing is copied
        frame = VideoFrame.from_numpy_buffer(image, format="yuv420p")
        frame.pts = round((seconds + BEHIND_S) * PICTURE_CLOCK)
        frame.time_base = Fraction(1, PICTURE_CLOCK)
        self.left_out += self._newest is not None
        self._newest = frame
        self._there.set()

    async def recv(self) -> VideoFrame:
        """The next picture; see :class:`aiortc.MediaStreamTrack`."""
        while self._newest is None:
            if self.readyState != "live":
                raise MediaStreamError
            self._there.clear()
            await self._there.wait()
        frame, self._newest = self._newest, None
        return frame

    def stop(self) -> None:
        """End; whoever waits is let go."""
        super().stop()
        self._there.set()
