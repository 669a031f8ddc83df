"""Slices cover the sound exactly, whatever the rates and however it comes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from visavis.video import SoundSlices, boundary, frame_count

RATES = st.sampled_from([8000, 11025, 16000, 22050, 44100, 48000, 96000])
FPS = st.sampled_from([Fraction(10), Fraction(24000, 1001), Fraction(25), Fraction(60)])


@settings(deadline=None)
@given(RATES, FPS, st.integers(1, 20_000), st.integers(1, 5000))
def test_slices_are_the_sound_and_then_silence(
    rate: int, fps: Fraction, length: int, chunk: int
) -> None:
    sound = np.arange(1, length + 1, dtype=np.int16)[:, None]
    slices = SoundSlices(rate, 1, fps)
    pieces = []
    for start in range(0, length, chunk):
        slices.push(sound[start : start + chunk])
        while slices.ready:
            pieces.append(slices.next())
    slices.finish()
    while slices.ready:
        pieces.append(slices.next())
    joined = np.concatenate(pieces)
    np.testing.assert_array_equal(joined[:length], sound)
    assert not joined[length:].any()
    assert len(pieces) == frame_count(length, rate, fps)
    assert len(joined) == boundary(len(pieces), rate, fps)
    expected = float(rate / fps)
    assert all(abs(len(piece) - expected) < 1 for piece in pieces)


def test_frames_are_rounded_up() -> None:
    assert frame_count(16_000, 16_000, Fraction(25)) == 25
    assert frame_count(16_001, 16_000, Fraction(25)) == 26
    assert frame_count(1, 16_000, Fraction(25)) == 1
