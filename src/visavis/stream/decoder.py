"""Packets ► poses, sound and marks.

Comes in: bytes from anywhere. Goes out: :class:`~visavis.stream.records.Packet`, or
:class:`~visavis.stream.records.InvalidStream`; never more work than the bytes are long.
"""

from __future__ import annotations

import struct
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from visavis.pose import POSE_SIZE
from visavis.stream.records import (
    FPS,
    MAGIC,
    MAJOR,
    MOST_CHANNELS,
    MOST_NAME,
    MOST_NUMBER,
    MOST_PACKET,
    MOST_POSES,
    MOST_RECORDS,
    MOST_TEXT,
    MOST_VALUE,
    RATES,
    STATES,
    Bye,
    Caption,
    Codec,
    Finished,
    Hello,
    Interrupt,
    InvalidStream,
    Kind,
    Packet,
    Poses,
    Record,
    Rest,
    Sound,
    Started,
    State,
)


class _Bytes:
    """Reads on from a place, and never beyond the end."""

    def __init__(self, data: bytes, what: str) -> None:
        self._data = data
        self._at = 0
        self._what = what

    @property
    def left(self) -> int:
        return len(self._data) - self._at

    def take(self, count: int) -> bytes:
        if count > self.left:
            raise InvalidStream(f"{self._what} ends early")
        self._at += count
        return self._data[self._at - count : self._at]

    def varint(self, most: int = MOST_NUMBER) -> int:
        number = shift = 0
        while True:
            byte = self.take(1)[0]
            number |= (byte & 127) << shift
            if number >= most:
                raise InvalidStream(f"{self._what} has a number of {most} or more")
            if byte < 128:
                return number
            shift += 7
            if shift > 48:
                raise InvalidStream(f"{self._what} has a number without an end")

    def end(self) -> None:
        if self.left:
            raise InvalidStream(f"{self._what} has {self.left} bytes too many")


def _hello(body: _Bytes) -> Hello:
    if body.take(4) != MAGIC:
        raise InvalidStream("not a motion stream: its header begins otherwise")
    major, _minor = body.take(2)
    if major != MAJOR:
        raise InvalidStream(f"motion stream of version {major}: this Visavis reads {MAJOR}")
    fields = struct.unpack("<IHHIBHB", body.take(16))
    stream, numerator, denominator, rate, codec, delay, count = fields
    if not denominator or not FPS[0] <= Fraction(numerator, denominator) <= FPS[1]:
        raise InvalidStream(f"header with {numerator}/{denominator} poses a second")
    if not RATES[0] <= rate <= RATES[1]:
        raise InvalidStream(f"header with a sample rate of {rate} Hz")
    if codec not in Codec.__members__.values():
        raise InvalidStream(f"header with sound codec {codec}")
    if not 1 <= count <= MOST_CHANNELS:
        raise InvalidStream(f"header with {count} channels")
    names, steps = [], []
    for _ in range(count):
        step, length = struct.unpack("<fB", body.take(5))
        if not 1e-6 <= step <= 1.0:
            raise InvalidStream(f"header with a step of {step}")
        name = body.take(length)
        if not 1 <= length <= MOST_NAME or not (name.isascii() and name.isalnum()):
            raise InvalidStream("header with a channel's name that is none")
        names.append(name.decode("ascii"))
        steps.append(step)
    if len(set(names)) != count:
        raise InvalidStream("header with two channels of one name")
    # What a later minor version adds stands after the channels.
    fps = Fraction(numerator, denominator)
    return Hello(stream, fps, rate, Codec(codec), delay, tuple(names), tuple(steps))


def _text(body: _Bytes) -> str:
    if body.left > MOST_TEXT:
        raise InvalidStream(f"caption of {body.left} bytes; {MOST_TEXT} at most")
    try:
        return body.take(body.left).decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidStream("caption that is not UTF-8") from error


class Decoder:
    """Reads one stream, packet by packet, in whatever order they come.

    Attributes:
        hello: the header; None until it has come: until then packets are read over.
        missed: packets that were sent and have not come, as far as later ones tell.
    """

    def __init__(self) -> None:
        self.hello: Hello | None = None
        self.missed = 0
        self._steps = np.zeros(0, np.float32)
        self._entries = np.zeros(0, np.intp)
        self._known = np.zeros(0, bool)
        self._last: int | None = None
        self._epoch: int | None = None
        self._closed = False

    def decode(self, data: bytes) -> Packet:
        """What is in a packet.

        Records of an epoch that was interrupted are left out, and so are those of types that this
        version does not know.

        Raises:
            InvalidStream: it is no packet of such a stream.
        """
        if len(data) > MOST_PACKET:
            raise InvalidStream(f"packet of {len(data)} bytes; {MOST_PACKET} at most")
        whole = _Bytes(bytes(data), "packet")
        sequence, epoch = struct.unpack("<HB", whole.take(3))
        now = whole.varint()
        bodies: list[tuple[int, bytes]] = []
        while whole.left:
            if len(bodies) == MOST_RECORDS:
                raise InvalidStream(f"packet with more than {MOST_RECORDS} records")
            kind = whole.take(1)[0]
            bodies.append((kind, whole.take(whole.varint(MOST_PACKET))))
        for kind, body in bodies:
            if kind == Kind.HELLO:
                self._greet(_hello(_Bytes(body, "header")))
        if self.hello is None:
            return Packet(sequence, epoch, now, ())
        old = self._place(sequence, epoch)
        records = [record for kind, body in bodies if (record := self._record(kind, body, old))]
        return Packet(sequence, epoch, now, tuple(records))

    def _greet(self, hello: Hello) -> None:
        if self.hello == hello:
            return
        if self.hello is not None and self.hello.stream == hello.stream:
            raise InvalidStream("another header of the same stream")
        self.hello = hello
        self.missed = 0
        self._last = self._epoch = None
        self._steps = np.array(hello.steps, np.float32)
        self._entries = hello.entries
        self._known = self._entries >= 0

    def _place(self, sequence: int, epoch: int) -> bool:
        """Count what is missing; whether this packet's epoch is over."""
        ahead = 1 if self._last is None else (sequence - self._last) % 65_536
        if 0 < ahead < 32_768:
            self.missed += ahead - 1
            self._last = sequence
        elif ahead:
            self.missed = max(self.missed - 1, 0)
        later = 1 if self._epoch is None else (epoch - self._epoch) % 256
        if 0 < later < 128:
            self._epoch = epoch
        return later >= 128

    def _record(self, kind: int, data: bytes, old: bool) -> Record | None:
        if kind not in Kind.__members__.values():
            return None
        body = _Bytes(data, f"{Kind(kind).name.lower()} record")
        record: Record
        match kind:
            case Kind.HELLO:
                return self.hello
            case Kind.POSES:
                record = self._poses(body)
            case Kind.SOUND:
                record = self._sound(body)
            case Kind.INTERRUPT:
                record = Interrupt(body.varint(), body.varint())
            case Kind.STARTED:
                record = Started(body.varint(), body.varint())
            case Kind.FINISHED:
                numbers = body.varint(), body.varint(), body.varint()
                flag = body.take(1)[0]
                if flag > 1:
                    raise InvalidStream("finished record with an unknown flag")
                record = Finished(*numbers, bool(flag))
            case Kind.STATE:
                state = body.take(1)[0]
                if state >= len(STATES):
                    raise InvalidStream(f"state record with state {state}")
                record = State(STATES[state])  # type: ignore[arg-type]
            case Kind.CAPTION:
                record = Caption(body.varint(), body.varint(), _text(body))
            case Kind.REST:
                record = Rest(body.varint())
            case _:
                record = Bye()
        body.end()
        return None if old and isinstance(record, Poses | Sound | Rest) else record

    def _sound(self, body: _Bytes) -> Sound:
        assert self.hello is not None
        at = body.varint()
        data = body.take(body.left)
        if self.hello.codec == Codec.NONE:
            raise InvalidStream("sound record in a stream without sound")
        if not data or (self.hello.codec == Codec.PCM16 and len(data) % 2):
            raise InvalidStream("sound record without whole samples")
        return Sound(at, data)

    def _poses(self, body: _Bytes) -> Poses:
        frame = body.varint()
        count = len(self._steps)
        values = [0] * count
        made: list[list[int]] = []
        while body.left:
            if len(made) == MOST_POSES:
                raise InvalidStream(f"poses record with more than {MOST_POSES} poses")
            mask = int.from_bytes(body.take((count + 7) // 8), "little")
            if mask >> count:
                raise InvalidStream("poses record with a channel that is none")
            while mask:
                channel = (mask & -mask).bit_length() - 1
                mask &= mask - 1
                zigzag = body.varint(1 << 21)
                values[channel] += (zigzag >> 1) ^ -(zigzag & 1)
                if abs(values[channel]) > MOST_VALUE:
                    raise InvalidStream("poses record with a value out of range")
            made.append(values.copy())
        if not made:
            raise InvalidStream("poses record without poses")
        return Poses(frame, self._placed(np.array(made, np.float32) * self._steps))

    def _placed(self, channels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        poses = np.zeros((len(channels), POSE_SIZE), np.float32)
        poses[:, self._entries[self._known]] = channels[:, self._known]
        return poses
