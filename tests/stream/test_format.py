"""The format: round trips, anything else refused, and the vectors that every reader shares."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.stream.make_vectors import shown
from visavis import native, pose, stream
from visavis.errors import InvalidOption
from visavis.stream.encoder import packed_poses
from visavis.stream.records import MOST_PACKET, STEPS

VECTORS = sorted((Path(__file__).parent / "vectors").glob("*.json"))
HELLO = stream.Hello(5, Fraction(25), 24_000, stream.Codec.PCM16)

numbers = st.integers(0, 2**48 - 1)
poses = st.lists(
    st.lists(st.floats(-15, 15, width=32), min_size=pose.POSE_SIZE, max_size=pose.POSE_SIZE),
    min_size=1,
    max_size=4,
).map(lambda rows: np.array(rows, np.float32))
records = st.one_of(
    st.builds(stream.Poses, numbers, poses),
    st.builds(stream.Sound, numbers, st.binary(min_size=1, max_size=99).map(lambda b: b + b)),
    st.builds(stream.Interrupt, numbers, numbers),
    st.builds(stream.Started, numbers, numbers),
    st.builds(stream.Finished, numbers, numbers, numbers, st.booleans()),
    st.builds(stream.State, st.sampled_from(["idle", "listening", "thinking", "speaking"])),
    st.builds(stream.Caption, numbers, numbers, st.text(max_size=50)),
    st.builds(stream.Rest, numbers),
    st.just(stream.Bye()),
)


@given(now=numbers, sent=st.lists(records, max_size=8))
@settings(max_examples=200, deadline=None)
def test_what_is_sent_is_read(now: int, sent: list[stream.Record]) -> None:
    encoder, decoder = stream.Encoder(HELLO), stream.Decoder()
    decoder.decode(encoder.packet(0, [HELLO]))
    packet = decoder.decode(encoder.packet(now, sent))
    assert packet.now == now and len(packet.records) == len(sent)
    for before, after in zip(sent, packet.records, strict=True):
        if isinstance(before, stream.Poses):
            assert isinstance(after, stream.Poses) and after.frame == before.frame
            assert np.abs(after.poses - before.poses).max() <= 0.01
        elif isinstance(before, stream.Caption):
            text = before.text.encode("utf-8", "replace").decode()
            assert after == stream.Caption(before.utterance, before.at, text)
        else:
            assert after == before


@given(data=st.binary(max_size=400), greeted=st.booleans())
@settings(max_examples=500, deadline=None)
def test_any_bytes_are_read_or_refused(data: bytes, greeted: bool) -> None:
    decoder = stream.Decoder()
    if greeted:
        decoder.decode(stream.Encoder(HELLO).packet(0, [HELLO]))
    try:
        packet = decoder.decode(data)
    except stream.InvalidStream:
        return
    assert greeted or packet.records == ()


@given(data=st.data())
@settings(max_examples=300, deadline=None)
def test_any_spoiled_packet_is_read_or_refused(data: st.DataObject) -> None:
    encoder, decoder = stream.Encoder(HELLO), stream.Decoder()
    good = bytearray(encoder.packet(9, [HELLO, *data.draw(st.lists(records, max_size=4))]))
    for _ in range(data.draw(st.integers(1, 4))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    try:
        packet = decoder.decode(bytes(good))
    except stream.InvalidStream:
        return
    for record in packet.records:
        if isinstance(record, stream.Poses):
            assert np.isfinite(record.poses).all()


@pytest.mark.parametrize("path", VECTORS, ids=[path.stem for path in VECTORS])
def test_vectors(path: Path) -> None:
    vector = json.loads(path.read_text())
    packets = [bytes.fromhex(text) for text in vector["packets"]]
    decoder = stream.Decoder()
    if "refused" in vector:
        for data in packets[:-1]:
            decoder.decode(data)
        with pytest.raises(stream.InvalidStream) as refused:
            decoder.decode(packets[-1])
        assert str(refused.value) == vector["refused"]
        return
    for data, expected in zip(packets, vector["read"], strict=True):
        packet = decoder.decode(data)
        assert (packet.sequence, packet.epoch, packet.now) == (
            expected["sequence"], expected["epoch"], expected["now"],
        )  # fmt: skip
        made: list[dict[str, Any]] = [shown(record) for record in packet.records]
        assert made == expected["records"]


def test_missed_packets_are_counted() -> None:
    encoder, decoder = stream.Encoder(HELLO), stream.Decoder()
    sent = [encoder.packet(0, [HELLO] if not i else []) for i in range(70_000)]
    decoder.decode(sent[0])
    for number in (1, 4, 2, 5, 32_000, 64_000, 65_540):
        decoder.decode(sent[number])
    assert decoder.missed == 65_540 - 7


def test_every_step_is_within_a_hundredth() -> None:
    assert max(STEPS) / 2 <= 0.01


def test_the_encoder_refuses_what_no_reader_would_take() -> None:
    encoder = stream.Encoder(HELLO)
    with pytest.raises(InvalidOption, match="1 to 64"):
        encoder.packet(0, [stream.Poses(0, np.zeros((65, pose.POSE_SIZE), np.float32))])
    with pytest.raises(InvalidOption, match="2\\^48"):
        encoder.packet(0, [stream.Rest(2**48)])
    with pytest.raises(InvalidOption, match=str(MOST_PACKET)):
        encoder.packet(0, [stream.Sound(0, bytes(MOST_PACKET))])
    with pytest.raises(InvalidOption, match="sample rate"):
        encoder.packet(0, [stream.Hello(1, Fraction(25), 96_000, stream.Codec.NONE)])


def test_what_is_no_number_is_sent_as_zero() -> None:
    broken = pose.make(jawOpen=0.5)
    broken[pose.INDEX["headYaw"]] = np.nan
    broken[pose.INDEX["headX"]] = np.inf
    encoder, decoder = stream.Encoder(HELLO), stream.Decoder()
    (_, read) = decoder.decode(encoder.packet(0, [HELLO, stream.Poses(0, broken[None])])).records
    assert isinstance(read, stream.Poses)
    assert read.poses[0, pose.INDEX["headYaw"]] == 0
    assert np.isfinite(read.poses).all()


@pytest.mark.skipif(native.kernel() is None, reason="the kernel is not compiled here")
@given(poses=poses)
@settings(max_examples=100, deadline=None)
def test_the_kernel_packs_what_numpy_packs(poses: npt.NDArray[np.float32]) -> None:
    compiled = packed_poses(poses)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native, "kernel", lambda: None)
        assert packed_poses(poses) == compiled
