"""The picture's encoder: quality where a face needs it, a bitrate that does not flap.

Comes in: I420 frames, aiortc's requests for a complete picture, the receiver's estimates. Goes
out: RTP payloads. aiortc's own encoders run at 0.5 to 1 Mbit/s and start anew at every estimate
that differs by a tenth; a talking face then pumps.
"""

from __future__ import annotations

import time
from collections import deque
from fractions import Fraction
from typing import Any

import av
from aiortc import RTCRtpTransceiver
from aiortc.codecs.base import Encoder
from aiortc.codecs.h264 import H264Encoder
from aiortc.codecs.vpx import Vp8Encoder
from av import VideoFrame
from av.video.frame import PictureType

FLOOR = 250_000
"""bit/s below which a face is no longer worth sending."""
RECOVER_S = 8.0
"""After congestion, how long until more is tried."""
RATE_OVER_S = 1.0

_BT601 = 6
"""AVCOL_SPC_SMPTE170M, and the same number for primaries and transfer: what the renderer makes.
Without it a browser guesses, and reds turn orange."""


class Rate:
    """How many bits a second may be sent.

    A receiver's estimate never exceeds 1.5 times what arrives, and an idle face is sent with few
    bits. So an estimate is only a limit if it is below what is being sent.

    Args:
        most: bit/s.
        now: clock, seconds.
    """

    def __init__(self, most: int, now: Any = time.monotonic) -> None:
        self.most = most
        self.limit = most
        self._now = now
        self._sent: deque[tuple[float, int]] = deque()
        self._congested = -RECOVER_S

    @property
    def sending(self) -> float:
        """bit/s over the last second."""
        self._forget()
        return sum(bits for _, bits in self._sent) / RATE_OVER_S

    def sent(self, size: int) -> None:
        """So many bytes went out."""
        self._sent.append((self._now(), 8 * size))
        self._forget()

    def estimated(self, bitrate: int) -> None:
        """The receiver believes that so many bit/s can pass."""
        if bitrate < 0.9 * self.sending:
            self.limit = max(FLOOR, min(bitrate, self.limit))
            self._congested = self._now()
        elif self._now() - self._congested > RECOVER_S and self.limit < self.most:
            self.limit = min(self.most, int(1.5 * self.limit))
            self._congested = self._now()

    def _forget(self) -> None:
        while self._sent and self._sent[0][0] < self._now() - RATE_OVER_S:
            self._sent.popleft()


class _Measured(Encoder):
    """What both encoders share, in front of aiortc's: the limit, and the CPU time they take.

    Args:
        bitrate: bit/s at most.
        fps: frames per second.
    """

    def __init__(self, bitrate: int, fps: float) -> None:
        super().__init__()
        self.rate = Rate(bitrate)
        self.fps = fps
        self.cpu_s = 0.0
        self.pictures = 0

    def encode(self, frame: Any, force_keyframe: bool = False) -> tuple[list[bytes], int]:
        """One picture; see aiortc's Encoder."""
        began = time.thread_time()
        # aiortc's own encoder stands behind this class
        payloads, timestamp = super().encode(frame, force_keyframe)  # type: ignore[safe-super]
        self.cpu_s += time.thread_time() - began
        self.pictures += 1
        self.rate.sent(sum(map(len, payloads)))
        return payloads, timestamp

    @property
    def target_bitrate(self) -> int:
        """The limit, bit/s; set by aiortc to the receiver's estimates."""
        return self.rate.limit

    @target_bitrate.setter
    def target_bitrate(self, bitrate: int) -> None:
        self.rate.estimated(bitrate)


class LiveH264(_Measured, H264Encoder):
    """H.264 of constant quality under a limit, one thread, no delay."""

    def __init__(self, bitrate: int, fps: float) -> None:
        super().__init__(bitrate, fps)
        self._made_for: tuple[int, int, int] | None = None

    def _encode_frame(self, frame: VideoFrame, force_keyframe: bool) -> Any:
        wanted = (frame.width, frame.height, self.rate.limit)
        if wanted != self._made_for:
            self.codec = self._codec(frame)
            self._made_for = wanted
        frame.pict_type = PictureType.I if force_keyframe else PictureType.NONE
        assert self.codec is not None
        data = b"".join(bytes(packet) for packet in self.codec.encode(frame))
        if data:
            yield from self._split_bitstream(data)

    def _codec(self, frame: VideoFrame) -> Any:
        codec: Any = av.CodecContext.create("libx264", "w")
        codec.width, codec.height, codec.pix_fmt = frame.width, frame.height, "yuv420p"
        codec.framerate = Fraction(self.fps).limit_denominator(1001)
        codec.time_base = Fraction(1, 90_000)
        codec.thread_count = 1
        codec.gop_size = 250
        codec.color_primaries = codec.color_trc = codec.colorspace = _BT601
        codec.color_range = 1
        kbits = self.rate.limit // 1000
        codec.options = {
            "preset": "superfast",
            "tune": "zerolatency",
            "profile": "baseline",
            "crf": "23",
            "x264-params": f"vbv-maxrate={kbits}:vbv-bufsize={kbits // 2}:sliced-threads=0",
        }
        return codec


class LiveVp8(_Measured, Vp8Encoder):
    """VP8 at a fixed rate, for browsers without H.264."""


LiveEncoder = LiveH264 | LiveVp8


def give_encoder(transceiver: RTCRtpTransceiver, bitrate: int, fps: float) -> LiveEncoder:
    """Let a transceiver use one of our encoders: its codec agreed on, nothing sent yet.

    aiortc chooses by the codec's name and takes no encoder from outside, but it keeps one that is
    there already; the name of that attribute is the one thing of its inside that is used.

    Args:
        transceiver: of the picture.
        bitrate: at most, bit/s.
        fps: pictures per second.

    Returns:
        The encoder.
    """
    h264 = transceiver._codecs[0].mimeType.lower() == "video/h264"
    encoder = LiveH264(bitrate, fps) if h264 else LiveVp8(bitrate, fps)
    assert hasattr(transceiver.sender, "_RTCRtpSender__encoder")
    transceiver.sender._RTCRtpSender__encoder = encoder
    return encoder
