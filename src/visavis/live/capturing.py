"""Handing sound to LiveKit's SDK from a thread without an event loop.

Comes in: an audio source and samples. Goes out: the same request that ``AudioSource.capture_frame``
makes, without waiting for its answer. That coroutine costs an event loop, a queue and two changes
of threads for each piece, more than encoding the piece; its answer says no more than that a full
queue has room again. What is used of the SDK's inside is all in this module.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from livekit import rtc
from livekit.rtc._ffi_client import FfiClient
from livekit.rtc._proto.ffi_pb2 import FfiRequest


def capture_sound(source: rtc.AudioSource, samples: npt.NDArray[np.int16], rate: int) -> None:
    """Append samples to a source's queue; what exceeds it is lost.

    Args:
        source: of one channel, not closed.
        samples: int16 (n,). They are copied before this returns.
        rate: the source's, Hz.
    """
    samples = np.ascontiguousarray(samples)
    request = FfiRequest()
    capture = request.capture_audio_frame
    capture.source_handle = source._ffi_handle.handle
    capture.buffer.data_ptr = samples.ctypes.data
    capture.buffer.sample_rate = rate
    capture.buffer.num_channels = 1
    capture.buffer.samples_per_channel = len(samples)
    FfiClient.instance.request(request)
