"""Poses, sound and marks ► packets.

Comes in: records. Goes out: bytes, each packet understood without the others but for the header.
"""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from visavis import native
from visavis.errors import InvalidOption
from visavis.pose import POSE_SIZE
from visavis.stream.records import (
    FPS,
    MAGIC,
    MAJOR,
    MINOR,
    MOST_NUMBER,
    MOST_PACKET,
    MOST_POSES,
    MOST_TEXT,
    MOST_VALUE,
    RATES,
    STATES,
    STEPS,
    Bye,
    Caption,
    Codec,
    Finished,
    Hello,
    Interrupt,
    Kind,
    Poses,
    Record,
    Rest,
    Sound,
    Started,
    State,
)

_PER_STEP = 1.0 / np.array(STEPS, np.float32).astype(np.float64)
_PER_STEP_AT = native.address(_PER_STEP)
_MASK_BYTES = (POSE_SIZE + 7) // 8


def varint(number: int) -> bytes:
    """A whole number from 0 to MOST_NUMBER - 1: seven bits a byte, the lowest first."""
    if not 0 <= number < MOST_NUMBER:
        raise InvalidOption(f"{number} in a motion stream: 0 to 2^48 - 1 is possible")
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def quantised(poses: npt.NDArray[np.float32]) -> npt.NDArray[np.int32]:
    """Poses (n, POSE_SIZE) in whole steps, int32; what is no number is 0."""
    steps = poses * _PER_STEP
    np.rint(steps, out=steps)
    np.minimum(np.maximum(steps, -MOST_VALUE, out=steps), MOST_VALUE, out=steps)
    return np.nan_to_num(steps, copy=False, nan=0.0).astype(np.int32)


def packed_poses(poses: npt.NDArray[np.float32]) -> bytes:
    """The first pose as it is, each further one as its difference from the one before.

    Each is a mask of the channels that are not 0, then those, zigzag, in varints.

    Args:
        poses: float32 (n, POSE_SIZE).
    """
    kernel = native.kernel()
    if kernel is not None:
        given = np.ascontiguousarray(poses, np.float32)
        out = ctypes.create_string_buffer(len(given) * (_MASK_BYTES + 3 * POSE_SIZE))
        used = kernel.pack_poses(native.address(given), _PER_STEP_AT, len(given), POSE_SIZE, out)
        return out.raw[:used]
    values = quantised(poses)
    values[1:] -= values[:-1].copy()
    zigzag = ((values << 1) ^ (values >> 31)).astype(np.uint32)
    count = len(values)
    spread = np.empty((count, _MASK_BYTES + 3 * POSE_SIZE), np.uint8)
    sent = np.ones(spread.shape, bool)
    spread[:, :_MASK_BYTES] = np.packbits(zigzag != 0, axis=1, bitorder="little")
    body, kept = spread[:, _MASK_BYTES:], sent[:, _MASK_BYTES:]
    second, third = zigzag > 0x7F, zigzag > 0x3FFF
    body[:, 0::3] = (zigzag & 127) | (second << 7)
    body[:, 1::3] = (zigzag >> 7 & 127) | (third << 7)
    body[:, 2::3] = zigzag >> 14
    kept[:, 0::3], kept[:, 1::3], kept[:, 2::3] = zigzag != 0, second, third
    return spread[sent].tobytes()


def _hello(hello: Hello) -> bytes:
    low, high = FPS
    if not low <= hello.fps <= high or max(hello.fps.numerator, hello.fps.denominator) > 65_535:
        raise InvalidOption(f"fps {hello.fps}: {low} to {high} is possible")
    if not RATES[0] <= hello.sample_rate <= RATES[1]:
        raise InvalidOption(f"sample rate {hello.sample_rate}: {RATES[0]} to {RATES[1]} Hz")
    if hello.steps != STEPS:
        raise InvalidOption("this encoder writes poses of visavis.pose in the steps of STEPS")
    out = [MAGIC, struct.pack(
        "<BBIHHIBHB", MAJOR, MINOR, hello.stream, hello.fps.numerator, hello.fps.denominator,
        hello.sample_rate, hello.codec, hello.codec_delay, len(hello.names),
    )]  # fmt: skip
    for name, step in zip(hello.names, hello.steps, strict=True):
        out.append(struct.pack("<fB", step, len(name)) + name.encode("ascii"))
    return b"".join(out)


def _body(record: Record) -> tuple[Kind, bytes]:
    match record:
        case Poses(frame, poses):
            if not 1 <= len(poses) <= MOST_POSES:
                raise InvalidOption(f"{len(poses)} poses in a record: 1 to {MOST_POSES}")
            return Kind.POSES, varint(frame) + packed_poses(poses)
        case Sound(at, data):
            return Kind.SOUND, varint(at) + data
        case Hello():
            return Kind.HELLO, _hello(record)
        case Interrupt(frame, at):
            return Kind.INTERRUPT, varint(frame) + varint(at)
        case Started(utterance, at):
            return Kind.STARTED, varint(utterance) + varint(at)
        case Finished(utterance, at, heard, interrupted):
            numbers = varint(utterance) + varint(at) + varint(heard)
            return Kind.FINISHED, numbers + bytes([interrupted])
        case State(name):
            return Kind.STATE, bytes([STATES.index(name)])
        case Caption(utterance, at, text):
            words = text.encode("utf-8", "replace")[:MOST_TEXT].decode("utf-8", "ignore")
            return Kind.CAPTION, varint(utterance) + varint(at) + words.encode()
        case Rest(frame):
            return Kind.REST, varint(frame)
        case Bye():
            return Kind.BYE, b""


class Encoder:
    """Writes one stream.

    Args:
        hello: its header.

    Attributes:
        epoch: counts the interruptions; the packets of an interrupted epoch are dropped where
            they come late.
    """

    def __init__(self, hello: Hello) -> None:
        self.hello = hello
        self.epoch = 0
        self._sequence = 0

    def packet(self, now: int, records: Iterable[Record]) -> bytes:
        """Records in one packet.

        Args:
            now: the clock, samples.
            records: an :class:`Interrupt` among them begins a new epoch, so it comes first.

        Raises:
            InvalidOption: a record outside the limits, or too much for a packet.
        """
        bodies = []
        for record in records:
            if isinstance(record, Interrupt):
                self.epoch = (self.epoch + 1) % 256
            kind, body = _body(record)
            bodies += [bytes([kind]), varint(len(body)), body]
        head = struct.pack("<HB", self._sequence, self.epoch) + varint(now)
        made = head + b"".join(bodies)
        if len(made) > MOST_PACKET:
            raise InvalidOption(f"a packet of {len(made)} bytes: at most {MOST_PACKET}")
        self._sequence = (self._sequence + 1) % 65_536
        return made


def pcm_codec(samples: npt.NDArray[np.int16]) -> bytes:
    """int16 samples as they travel with :attr:`Codec.PCM16`."""
    return samples.astype("<i2").tobytes()


__all__ = ["Codec", "Encoder", "packed_poses", "pcm_codec", "quantised", "varint"]
