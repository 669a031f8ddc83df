"""Sound that comes as Opus is heard where it belongs, to a few samples."""

from __future__ import annotations

from typing import Any

import numpy as np

from visavis.stream import Codec
from visavis.stream.sound import sound_codec

RATE, OUT = 24_000, 48_000
DECODE = """async ([packets, delay]) => {
  const {hasOpus, Opus} = await import("/player/stream/opus.js");
  if (!(await hasOpus())) return null;
  const pieces = [];
  const opus = new Opus(({at, samples}) => pieces.push([at, Array.from(samples)]), delay);
  for (const [at, hex] of packets)
    opus.decode(at, Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16)));
  await opus.decoder.flush();
  return pieces;
}"""


def test_it_belongs_where_it_was(page: Any) -> None:
    """Two utterances with silence between them: each where it was said, nothing before it."""
    rng = np.random.default_rng(3)
    said = np.convolve(rng.normal(0, 6000, RATE), np.hanning(24) / 12, "same").astype(np.int16)
    begins = (4_800, 4_800 + RATE + 12_000)
    codec = sound_codec(Codec.OPUS, RATE)
    records = []
    for begin in begins:
        for at in range(0, RATE, 960):
            records += codec.push(begin + at, said[at : at + 960])
        records += codec.end()
    scale = OUT // RATE
    packets = [[record.at * scale, record.data.hex()] for record in records]
    pieces = page.evaluate(DECODE, [packets, codec.delay * scale])
    assert pieces is not None
    heard = np.zeros(OUT * 4, np.float32)
    for at, samples in pieces:
        heard[at : at + len(samples)] = samples
    wanted = np.interp(np.arange(OUT) / scale, np.arange(RATE), said / 32768)
    for begin in begins:
        first = begin * scale
        near = heard[first - 400 : first + OUT + 400]
        like = np.correlate(near, wanted[2_000:-2_000], "valid")
        assert abs(int(np.argmax(like)) - 2_400) <= 24  # half a millisecond
        assert not heard[first - 2_000 : first].any()
    total = np.abs(heard[begins[0] * scale :][:OUT]).mean()
    assert total > 0.5 * np.abs(wanted).mean()
