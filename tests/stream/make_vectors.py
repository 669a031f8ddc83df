"""Writes tests/stream/vectors: streams that every decoder reads alike, or refuses.

    python tests/stream/make_vectors.py

Each file is one stream: `packets` in hex, and for each what is read of it, or `refused` for the
last one. Poses are given by name, entries of 0 left out.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from visavis import pose, stream
from visavis.motion.visemes import VISEMES
from visavis.stream.encoder import varint

FOLDER = Path(__file__).parent / "vectors"
HELLO = stream.Hello(0x12345678, Fraction(25), 24_000, stream.Codec.PCM16)


def shown(record: stream.Record) -> dict[str, Any]:
    """A record as JSON."""
    kind = type(record).__name__.lower()
    match record:
        case stream.Poses(frame, poses):
            named = [
                {name: float(v) for name, v in zip(pose.POSE_NAMES, p, strict=True) if v != 0}
                for p in poses
            ]
            return {"kind": kind, "frame": frame, "poses": named}
        case stream.Sound(at, data):
            return {"kind": kind, "at": at, "data": data.hex()}
        case stream.Hello():
            return {
                "kind": kind,
                "stream": record.stream,
                "fps": [record.fps.numerator, record.fps.denominator],
                "sampleRate": record.sample_rate,
                "codec": record.codec.name.lower(),
                "codecDelay": record.codec_delay,
                "names": list(record.names),
                "steps": list(record.steps),
            }
        case _:
            return {"kind": kind} | asdict(record)


def good(name: str, about: str, packets: Iterable[bytes]) -> None:
    """A stream that is read."""
    decoder, packets = stream.Decoder(), list(packets)
    read = []
    for data in packets:
        packet = decoder.decode(data)
        read.append(
            {
                "sequence": packet.sequence,
                "epoch": packet.epoch,
                "now": packet.now,
                "records": [shown(record) for record in packet.records],
            }
        )
    _write(name, {"about": about, "packets": [data.hex() for data in packets], "read": read})


def bad(name: str, about: str, *packets: bytes) -> None:
    """A stream whose last packet is refused."""
    decoder = stream.Decoder()
    for data in packets[:-1]:
        decoder.decode(data)
    try:
        decoder.decode(packets[-1])
    except stream.InvalidStream as error:
        said = str(error)
    else:
        raise AssertionError(f"{name} is read")
    _write(name, {"about": about, "packets": [data.hex() for data in packets], "refused": said})


def _write(name: str, content: dict[str, Any]) -> None:
    (FOLDER / f"{name}.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def packet(*records: tuple[int, bytes], now: int = 0) -> bytes:
    """A packet of any bytes."""
    bodies = b"".join(bytes([kind]) + varint(len(body)) + body for kind, body in records)
    return struct.pack("<HB", 0, 0) + varint(now) + bodies


def header(
    magic: bytes = b"VMOT",
    major: int = 1,
    fps: tuple[int, int] = (25, 1),
    rate: int = 24_000,
    codec: int = 1,
    names: tuple[bytes, ...] = (b"jawOpen", b"somethingNew", b"headYaw"),
    step: float = 0.25,
    count: int | None = None,
) -> bytes:
    """The body of a header of any values."""
    said = len(names) if count is None else count
    fields = struct.pack("<BBIHHIBHB", major, 7, 9, *fps, rate, codec, 0, said)
    channels = b"".join(struct.pack("<fB", step, len(name)) + name for name in names)
    return magic + fields + channels


def speaking() -> Iterable[bytes]:
    """An utterance, cut short, from the header to the end."""
    encoder = stream.Encoder(HELLO)
    mouths = [pose.make(), VISEMES["PP"], VISEMES["aa"], VISEMES["ou"], VISEMES["FF"]]
    turned = [pose.make(headYaw=-3.2, headPitch=1.3, headScale=0.0132, gazeX=4.9, breath=0.41)]
    poses = np.array([m + turned[0] for m in mouths], np.float32)
    tone = (8000 * np.sin(np.arange(1920) * 0.1)).astype("<i2").tobytes()
    yield encoder.packet(0, [HELLO, stream.State("idle")])
    yield encoder.packet(
        48_100,
        [
            stream.State("speaking"),
            stream.Started(0, 48_960),
            stream.Caption(0, 48_960, "Grüß dich – 你好"),
            stream.Poses(50, poses),
            stream.Sound(48_960, tone),
        ],
    )
    yield encoder.packet(50_002, [stream.Poses(55, poses[2:3]), stream.Sound(50_880, tone[:640])])
    yield encoder.packet(
        50_300,
        [
            stream.Interrupt(53, 50_880),
            stream.Finished(0, 50_880, 1920, True),
            stream.Caption(0, 50_880, ""),
            stream.Poses(53, poses[[1, 0]]),
        ],
    )
    yield encoder.packet(54_000, [stream.Rest(55), stream.State("listening")])
    yield encoder.packet(80_000, [])
    yield encoder.packet(90_000, [stream.Bye()])


def streams() -> None:
    """Those that are read."""
    said = list(speaking())
    good("speaking", "an utterance, interrupted", said)
    good("lost", "the second packet did not come: the others are read all the same",
         [said[0], *said[2:]])  # fmt: skip
    good("late", "a packet of before the interruption comes after it: its poses and sound are left "
         "out", [said[0], said[1], said[3], said[2]])  # fmt: skip
    good("joined", "who comes late reads nothing before the header, which is sent again",
         [said[1], said[0], said[2]])  # fmt: skip
    one = packet((2, varint(3) + b"\x05" + varint(8) + varint(11) + b"\x02" + varint(4)))
    good("channels", "a writer of another version: fewer channels, one of them unknown here, "
         "more bytes after the header's channels, an unknown type of record",
         [packet((1, header() + b"later")), one, packet((99, b"later"), (9, varint(4)))],
         )  # fmt: skip
    extremes = np.full((2, pose.POSE_SIZE), 300, np.float32)
    extremes[:, pose.INDEX["headScale"]] = 16
    extremes[1] *= -1
    encoder = stream.Encoder(HELLO)
    good("extremes", "numbers of one, two and three bytes, the largest frame and clock",
         [encoder.packet(2**48 - 1, [HELLO, stream.Poses(2**48 - 1, extremes)])])  # fmt: skip
    opus = stream.Hello(7, Fraction(30_000, 1001), 48_000, stream.Codec.OPUS, 312)
    encoder = stream.Encoder(opus)
    good("opus", "a fraction of poses a second; Opus packets with the delay of their codec",
         [encoder.packet(0, [opus, stream.Sound(960, bytes.fromhex("f8fffe"))])])  # fmt: skip


def refusals() -> None:
    """Those that are refused."""
    hello = packet((1, header()))
    for name, about, body in (
        ("magic", "other magic", header(magic=b"VMOX")),
        ("major", "another major version", header(major=2)),
        ("fps", "no poses a second", header(fps=(0, 1))),
        ("fps-over-zero", "poses a second over 0", header(fps=(25, 0))),
        ("fps-many", "121 poses a second", header(fps=(121, 1))),
        ("rate", "4 kHz", header(rate=4000)),
        ("codec", "an unknown codec", header(codec=9)),
        ("no-channels", "no channels", header(names=())),
        ("many-channels", "129 channels", header(names=(b"a",) * 129)),
        ("channel-cut", "fewer channels than said", header(count=9)),
        ("name", "a name with a control character", header(names=(b"jaw\n",))),
        ("name-empty", "an empty name", header(names=(b"",))),
        ("name-long", "a name of 33 bytes", header(names=(b"a" * 33,))),
        ("name-twice", "two channels of one name", header(names=(b"jawOpen", b"jawOpen"))),
        ("step", "a step that is no number", header(step=float("nan"))),
        ("step-zero", "a step of 0", header(step=0.0)),
        ("header-cut", "a header that ends early", header()[:11]),
    ):
        bad(f"bad-{name}", about, packet((1, body)))
    one = varint(3) + b"\x05" + varint(8) + varint(11)
    for name, about, *records in (
        ("poses-none", "poses record without poses", (2, varint(3))),
        ("poses-cut", "a pose that ends early", (2, one[:-1])),
        ("poses-mask", "a bit beyond the channels", (2, varint(3) + b"\x08\x01")),
        ("poses-range", "a value beyond 32767 steps", (2, varint(3) + b"\x01" + varint(65_536))),
        ("poses-sum", "a value that grows beyond 32767 steps",
         (2, varint(3) + b"\x01" + varint(65_534) + b"\x01" + varint(2))),
        ("poses-varint", "a value of four bytes", (2, varint(3) + b"\x01\xff\xff\xff\x01")),
        ("poses-many", "65 poses", (2, varint(3) + b"\x00" * 65)),
        ("number-endless", "a number without an end", (9, b"\x80" * 12)),
        ("number-large", "a frame of 2^48", (9, b"\x80" * 6 + b"\x40")),
        ("sound-odd", "half a sample", (3, varint(0) + b"\x00\x00\x00")),
        ("sound-none", "no samples", (3, varint(0))),
        ("state", "an unknown state", (7, b"\x04")),
        ("state-none", "no state", (7, b"")),
        ("flag", "an unknown flag", (6, b"\x00\x00\x00\x02")),
        ("text", "no UTF-8", (8, b"\x00\x00\xff\xfe")),
        ("text-surrogate", "half of a pair in UTF-8", (8, b"\x00\x00\xed\xa0\x80")),
        ("text-long", "2001 bytes of text", (8, b"\x00\x00" + b"a" * 2001)),
        ("rest-more", "bytes after the record", (9, b"\x00\x00")),
        ("bye-more", "bytes after the last record", (10, b"\x00")),
        ("records-many", "65 records", *[(9, b"\x00")] * 65),
    ):  # fmt: skip
        bad(f"bad-{name}", about, hello, packet(*records))
    bad("bad-empty", "nothing", b"")
    bad("bad-short", "two bytes", b"\x00\x00")
    bad("bad-clock", "no clock", b"\x00\x00\x00")
    bad("bad-record-cut", "a record that ends early", hello, packet() + b"\x09\x05\x00")
    bad("bad-record-length", "a record of 65536 bytes", hello, packet() + b"\x09\x80\x80\x04")
    bad("bad-silent", "sound in a stream without", packet((1, header(codec=0))),
        packet((3, b"\x00\x00\x00")))  # fmt: skip
    other = header(names=(b"jawOpen",))
    bad("bad-hello-changed", "another header of the same stream", hello, packet((1, other)))


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.json"):
        path.unlink()
    streams()
    refusals()
    print(f"{len(list(FOLDER.glob('*.json')))} streams in {FOLDER}")
