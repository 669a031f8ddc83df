"""The decoder in the browser reads what the one in Python reads, and refuses what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from visavis import stream
from visavis.pose import POSE_NAMES

VECTORS = Path(__file__).parents[1] / "stream" / "vectors"

DECODE = """async (streams) => {
  const {Decoder, InvalidStream} = await import("/player/stream/decoder.js");
  const bytes = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  const hex = (data) => Array.from(data, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return streams.map((packets) => {
    const decoder = new Decoder(), read = [];
    try {
      for (const packet of packets) {
        const found = decoder.decode(bytes(packet));
        for (const record of found.records) {
          if (record.data) record.data = hex(record.data);
          if (record.poses) record.poses = record.poses.map((pose) => Array.from(pose));
        }
        read.push(found);
      }
      return {read, missed: decoder.missed};
    } catch (error) {
      return {read, refused: error instanceof InvalidStream, why: String(error)};
    }
  });
}"""


def decoded(page: Any, streams: list[list[str]]) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = page.evaluate(DECODE, streams)
    return answers


def named(record: dict[str, Any]) -> dict[str, Any]:
    """A record in the form of the vectors."""
    if record["kind"] == "poses":
        poses = [
            {name: value for name, value in zip(POSE_NAMES, pose, strict=True) if value}
            for pose in record["poses"]
        ]
        return record | {"poses": poses}
    if record["kind"] == "hello":
        codec = stream.Codec(record["codec"]).name.lower()
        wanted = {"kind", "stream", "names"}
        kept = {key: value for key, value in record.items() if key in wanted}
        return kept | {"sampleRate": record["rate"], "codec": codec, "codecDelay": record["delay"],
                       "fps": record["fps"]}  # fmt: skip
    return record


def assert_alike(seen: dict[str, Any], wanted: dict[str, Any]) -> None:
    """Records as they are in the vectors."""
    if wanted["kind"] == "hello":
        above, under = wanted["fps"]
        wanted = {key: v for key, v in wanted.items() if key != "steps"} | {"fps": above / under}
    if wanted["kind"] != "poses":
        assert seen == wanted
        return
    assert seen["frame"] == wanted["frame"] and len(seen["poses"]) == len(wanted["poses"])
    for one, other in zip(seen["poses"], wanted["poses"], strict=True):
        assert one == pytest.approx(other, abs=1e-6)


def test_vectors(page: Any) -> None:
    vectors = {path.stem: json.loads(path.read_text()) for path in sorted(VECTORS.glob("*.json"))}
    assert len(vectors) > 40
    answers = decoded(page, [vector["packets"] for vector in vectors.values()])
    for (name, vector), answer in zip(vectors.items(), answers, strict=True):
        if "refused" in vector:
            assert answer.get("refused"), f"{name}: {vector['refused']}, but {answer}"
            assert len(answer["read"]) == len(vector["packets"]) - 1, name
            continue
        assert "refused" not in answer, f"{name}: {answer['why']}"
        for seen, wanted in zip(answer["read"], vector["read"], strict=True):
            assert [seen[k] for k in ("sequence", "epoch", "now")] == [
                wanted[k] for k in ("sequence", "epoch", "now")
            ], name
            for one, other in zip(seen["records"], wanted["records"], strict=True):
                assert_alike(named(one), other)


def test_spoiled_streams(page: Any) -> None:
    """Good packets with bytes changed, missing, doubled: both take the same ones."""
    rng = Random(0)
    good = [v["packets"] for p in sorted(VECTORS.glob("*.json"))
            if "read" in (v := json.loads(p.read_text()))]  # fmt: skip
    streams = []
    for _ in range(400):
        packets = [bytes.fromhex(packet) for packet in rng.choice(good)][:12]
        which = rng.randrange(len(packets))
        data = bytearray(packets[which])
        for _ in range(rng.choice((1, 1, 3))):
            at = rng.randrange(len(data) + 1)
            kind = rng.randrange(4)
            if kind == 0 and at < len(data):
                data[at] ^= 1 << rng.randrange(8)
            elif kind == 1:
                del data[at:]
            elif kind == 2:
                data[at:at] = rng.randbytes(rng.randrange(1, 5))
            else:
                data[at : at + 3] = b""
        packets[which] = bytes(data)
        streams.append([packet.hex() for packet in packets])
    refused = 0
    for packets, answer in zip(streams, decoded(page, streams), strict=True):
        decoder, read = stream.Decoder(), []
        try:
            for packet in packets:
                read.append(decoder.decode(bytes.fromhex(packet)))
        except stream.InvalidStream as error:
            refused += 1
            assert answer.get("refused"), f"{error}, but {answer}"
        else:
            assert "refused" not in answer, answer
            assert answer["missed"] == decoder.missed
        assert len(answer["read"]) == len(read)
        for seen, packet in zip(answer["read"], read, strict=True):
            kinds = [type(record).__name__.lower() for record in packet.records]
            assert [record["kind"] for record in seen["records"]] == kinds
    assert 50 < refused < 390
