"""Handing sound and pictures to LiveKit's SDK from a thread without an event loop.

Comes in: a source of the SDK, samples or pictures. Goes out: the same requests that the sources'
``capture_frame`` make, with less about them. For sound that is a coroutine: it costs an event
loop, a queue and two changes of threads for each piece, more than encoding the piece, and its
answer says no more than that a full queue has room again. A request that was made once is kept as
the bytes it is, since only addresses change, and those come again. What is used of the SDK's inside
is all in this module; an SDK that has changed there is asked by its public calls.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from livekit import rtc

from visavis.native import address

log = logging.getLogger(__name__)

_KEPT = 8
"""Requests kept: memory for pictures comes back after two or three."""
_ACKNOWLEDGES = "capture_audio_frame"


class _Requests:
    """Makes a source's requests. One thread at a time."""

    def __init__(self) -> None:
        from livekit.rtc._ffi_client import INVALID_HANDLE, FfiClient

        library = FfiClient.instance._ffi_lib
        self._invalid = INVALID_HANDLE
        argument, size = ctypes.c_void_p, ctypes.c_size_t
        call = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_char_p, size, argument, argument)
        self._call: Any = call(("livekit_ffi_request", library))
        self._drop: Any = library.livekit_ffi_drop_handle
        # where the answer lies: of these requests it says nothing
        self._answer, self._length = ctypes.c_void_p(), ctypes.c_size_t()
        self._places = ctypes.byref(self._answer), ctypes.byref(self._length)
        self._made: dict[int, bytes] = {}

    def send(self, key: int, request: bytes | None = None) -> None:
        """Make a request: this one, which is kept under its key, or the one that was."""
        if request is not None:
            if len(self._made) >= _KEPT:
                self._made.clear()
            self._made[key] = request
        request = self._made[key]
        handle = self._call(request, len(request), *self._places)
        if handle == self._invalid:
            raise RuntimeError("the LiveKit SDK refused a request")
        self._drop(handle)

    def __contains__(self, key: int) -> bool:
        return key in self._made


class SoundIntake:
    """Takes sound for a source of one channel. One thread at a time.

    Args:
        source: of the SDK, open as long as this is used.
        rate: the source's, Hz.
    """

    def __init__(self, source: rtc.AudioSource, rate: int) -> None:
        self._requests = _Requests()
        from livekit.rtc._proto.ffi_pb2 import FfiRequest

        self._samples = np.zeros(rate // 10, np.int16)
        self._request = request = FfiRequest()
        self._capture = capture = request.capture_audio_frame
        capture.source_handle = source._ffi_handle.handle
        capture.buffer.sample_rate = rate
        capture.buffer.num_channels = 1
        self._place()

    def take(self, samples: npt.NDArray[np.int16]) -> None:
        """Append samples, int16 (n,), to the source's queue; what exceeds that is lost."""
        count = len(samples)
        if count > len(self._samples):
            self._samples = np.zeros(2 * count, np.int16)
            self._requests = _Requests()
            self._place()
        self._samples[:count] = samples  # its address stays
        if count in self._requests:
            self._requests.send(count)
        else:
            self._capture.buffer.samples_per_channel = count
            self._requests.send(count, self._request.SerializeToString())

    def _place(self) -> None:
        self._capture.buffer.data_ptr = address(self._samples)


class PictureIntake:
    """Takes pictures for a source. One thread at a time.

    Args:
        source: of the SDK, open as long as this is used.
        size: width and height, px; even.
    """

    def __init__(self, source: rtc.VideoSource, size: tuple[int, int]) -> None:
        from livekit.rtc._proto.ffi_pb2 import FfiRequest

        self._requests = _Requests()
        self._new = FfiRequest
        self._handle: int = source._ffi_handle.handle
        self._size = size

    def take(self, image: npt.NDArray[np.uint8]) -> None:
        """Show an I420 picture, uint8 (height * 3 // 2, width), C-contiguous; it is copied."""
        key = address(image)
        self._requests.send(key, None if key in self._requests else self._request(image))

    def _request(self, image: npt.NDArray[np.uint8]) -> bytes:
        frame = _frame(image, self._size)
        request = self._new()
        capture = request.capture_video_frame
        capture.source_handle = self._handle
        capture.buffer.CopyFrom(frame._proto_info())
        capture.rotation = rtc.VideoRotation.VIDEO_ROTATION_0
        capture.timestamp_us = 0
        return request.SerializeToString()


def _frame(image: npt.NDArray[np.uint8], size: tuple[int, int]) -> rtc.VideoFrame:
    """An I420 picture as the SDK's, without a copy."""
    return rtc.VideoFrame(*size, rtc.VideoBufferType.I420, memoryview(image.reshape(-1).data))


class TakesSound(Protocol):
    """What takes sound for a source."""

    def take(self, samples: npt.NDArray[np.int16]) -> None:
        """Append samples, int16 (n,)."""


class TakesPictures(Protocol):
    """What takes pictures for a source."""

    def take(self, image: npt.NDArray[np.uint8]) -> None:
        """Show an I420 picture."""


class _PublicSound:
    """As :class:`SoundIntake`, by the SDK's public calls. Made where an event loop runs."""

    def __init__(self, source: rtc.AudioSource, rate: int) -> None:
        self._source, self._rate = source, rate
        self._loop = asyncio.get_running_loop()

    def take(self, samples: npt.NDArray[np.int16]) -> None:
        frame = rtc.AudioFrame(samples.tobytes(), self._rate, 1, len(samples))
        asyncio.run_coroutine_threadsafe(self._source.capture_frame(frame), self._loop)


class _PublicPictures:
    """As :class:`PictureIntake`, by the SDK's public calls."""

    def __init__(self, source: rtc.VideoSource, size: tuple[int, int]) -> None:
        self._source, self._size = source, size

    def take(self, image: npt.NDArray[np.uint8]) -> None:
        self._source.capture_frame(_frame(image, self._size))


def sound_intake(source: rtc.AudioSource, rate: int) -> TakesSound:
    """What takes sound for a source of one channel; called where an event loop runs."""
    try:
        return SoundIntake(source, rate)
    except (ImportError, AttributeError) as changed:
        log.info("this LiveKit SDK takes sound by its public calls only: %s", changed)
        return _PublicSound(source, rate)


def picture_intake(source: rtc.VideoSource, size: tuple[int, int]) -> TakesPictures:
    """What takes pictures of a size, px, for a source."""
    try:
        return PictureIntake(source, size)
    except (ImportError, AttributeError) as changed:
        log.info("this LiveKit SDK takes pictures by its public calls only: %s", changed)
        return _PublicPictures(source, size)


def leave_unheard(room: rtc.Room) -> None:
    """Keep the answers to captured sound from a connected room, which has no use for them.

    Each would wake the room's task, as every event of the SDK does, once a frame. Where an SDK
    has nothing of the kind, the room hears all.
    """
    try:
        _narrow(room)
    except (ImportError, AttributeError, TypeError, ValueError) as changed:
        log.info("this LiveKit SDK tells a room of all events: %s", changed)


def _narrow(room: rtc.Room) -> None:
    from livekit.rtc._ffi_client import FfiClient

    queue, own = FfiClient.instance.queue, room._ffi_queue

    def narrowed(wanted: Any) -> Any:
        def filter(event: Any) -> bool:
            return event.WhichOneof("message") != _ACKNOWLEDGES and (
                wanted is None or bool(wanted(event))
            )

        return filter

    with queue._lock:
        queue._subscribers[:] = [
            (to, loop, narrowed(wanted) if to is own else wanted)
            for to, loop, wanted in queue._subscribers
        ]
