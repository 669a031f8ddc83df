"""Streams: the same bits however the sound is cut, the right number of rows, helpful errors."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from visavis import native
from visavis.errors import InvalidOption
from visavis.speech import MOUTH_CHANNELS, SpeechStream, mouth_rows
from visavis.speech.channels import CLOSED, FIRST_PHONE, OPENING

RATES = (8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000)


def voice(seconds: float, rate: int, seed: int = 0) -> npt.NDArray[np.float32]:
    """Something with pitch, formants and pauses."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * rate)) / rate
    pitch = 2 * np.pi * (120 * time + 3 * np.sin(2 * np.pi * 1.5 * time))
    sound = sum(np.sin(k * pitch) / k for k in range(1, 20) if k * 130 < rate / 2)
    sound = sound * np.clip(np.sin(2 * np.pi * 2.3 * time), 0, 1)
    return (0.2 * sound + rng.normal(0, 1e-3, len(time))).astype(np.float32)


def streamed(
    sound: npt.NDArray[np.generic], rate: int, cuts: list[int], lookahead_ms: int = 80
) -> npt.NDArray[np.float32]:
    stream = SpeechStream(lookahead_ms)
    parts = [stream.push(part, rate) for part in np.split(sound, sorted(cuts))]
    return np.concatenate([*parts, stream.flush()])


@settings(max_examples=40, deadline=None)
@given(
    rate=st.sampled_from((*RATES, 12_345, 44_099)),
    cuts=st.lists(st.integers(0, 20_000), max_size=12),
    lookahead_ms=st.sampled_from((0, 40, 80)),
    length=st.integers(0, 15_000),
)
def test_bits_do_not_depend_on_chunks(
    rate: int, cuts: list[int], lookahead_ms: int, length: int
) -> None:
    sound = voice(2, rate)[:length]
    cuts = [min(cut, length) for cut in cuts]
    whole = mouth_rows(sound, rate, lookahead_ms)
    assert np.array_equal(streamed(sound, rate, cuts, lookahead_ms), whole)


@pytest.mark.parametrize("rate", [16_000, 22_050])
@pytest.mark.parametrize("size", [1, 7, 160, 320, 321, 1000])
def test_bits_in_even_chunks(rate: int, size: int) -> None:
    sound = voice(0.4, rate)
    cuts = list(range(size, len(sound), size))
    assert np.array_equal(streamed(sound, rate, cuts), mouth_rows(sound, rate))


def test_stereo_int16_in_chunks() -> None:
    left, right = voice(1, 48_000, 1), voice(1, 48_000, 2)
    sound = (np.stack([left, right, left], 1) * 32767).astype(np.int16)
    cuts = [5, 6, 1000, 20_000, 20_001]
    assert np.array_equal(streamed(sound, 48_000, cuts), mouth_rows(sound, 48_000))


def test_int16_and_float_agree() -> None:
    sound = (voice(1, 16_000) * 32767).astype(np.int16)
    floats = sound.astype(np.float32) / 32768
    assert np.array_equal(mouth_rows(sound, 16_000), mouth_rows(floats, 16_000))


def test_channels_are_averaged() -> None:
    sound = voice(1, 16_000)
    both = np.stack([sound, sound], 1)
    assert np.array_equal(mouth_rows(both, 16_000), mouth_rows(sound, 16_000))


@settings(max_examples=40, deadline=None)
@given(rate=st.sampled_from(RATES), length=st.integers(0, 9_000))
def test_row_count(rate: int, length: int) -> None:
    rows = mouth_rows(np.zeros(length, np.float32), rate)
    assert rows.shape == (-(-length * 50 // rate), len(MOUTH_CHANNELS))
    assert rows.dtype == np.float32


@pytest.mark.parametrize("lookahead_ms", [0, 40, 80])
@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_rows_come_when_promised(lookahead_ms: int, rate: int) -> None:
    stream = SpeechStream(lookahead_ms)
    sound = voice(1, rate)
    came = 0
    for n in range(1, 51):
        came += len(stream.push(sound[(n - 1) * rate // 50 : n * rate // 50], rate))
        due = max(0, n - lookahead_ms // 20)  # row n ends look-ahead before the sound's end
        assert came in ((due,) if rate == 16_000 else (max(0, due - 1), due))
    assert came + len(stream.flush()) == 50


@pytest.mark.parametrize("rate", RATES)
def test_any_rate_gives_much_the_same(rate: int) -> None:
    # a sound whose band every rate carries
    base = voice(2, 96_000)
    spectrum = np.fft.rfft(base)
    spectrum[int(len(spectrum) * 3500 / 48_000) :] = 0
    base = np.fft.irfft(spectrum, len(base)).astype(np.float32)
    times = np.arange(2 * rate) / rate
    sound = np.interp(times, np.arange(len(base)) / 96_000, base).astype(np.float32)
    expected = mouth_rows(base, 96_000)
    rows = mouth_rows(sound, rate)
    assert rows.shape == expected.shape
    assert np.corrcoef(rows[:, OPENING], expected[:, OPENING])[0, 1] > 0.85


def test_ranges() -> None:
    rows = mouth_rows(voice(3, 16_000), 16_000)
    assert np.isfinite(rows).all()
    assert (rows[:, OPENING] >= 0).all()
    assert ((rows[:, CLOSED] >= 0) & (rows[:, CLOSED] <= 1)).all()
    assert np.allclose(rows[:, FIRST_PHONE:].sum(1), 1, atol=1e-5)


def test_reset_and_flush_start_again() -> None:
    sound = voice(1, 24_000)
    stream = SpeechStream(40)
    stream.push(voice(0.7, 16_000, 3), 16_000)
    stream.reset()
    first = np.concatenate([stream.push(sound, 24_000), stream.flush()])
    second = np.concatenate([stream.push(sound, 24_000), stream.flush()])
    assert np.array_equal(first, second)
    assert np.array_equal(first, mouth_rows(sound, 24_000, 40))
    assert len(stream.flush()) == 0


def test_streams_do_not_disturb_each_other() -> None:
    sound = voice(1, 16_000)
    one, other = SpeechStream(), SpeechStream()
    parts = []
    for part in np.split(sound, 10):
        parts.append(one.push(part, 16_000))
        other.push(part[::-1], 16_000)
    assert np.array_equal(np.concatenate([*parts, one.flush()]), mouth_rows(sound, 16_000))


def test_rubbish_passes_without_trace() -> None:
    sound = voice(2, 16_000)
    sound[5_000:5_100] = np.nan
    sound[6_000] = np.inf
    sound[7_000] = -1e30
    rows = mouth_rows(sound, 16_000)
    assert np.isfinite(rows).all()


@pytest.mark.parametrize("rate", [0, -1, 7_999, 96_001, 16_000.5, True])
def test_wrong_rate(rate: float) -> None:
    with pytest.raises(InvalidOption, match="sample rate"):
        SpeechStream().push(np.zeros(10, np.float32), rate)  # type: ignore[arg-type]


def test_rate_may_not_change() -> None:
    stream = SpeechStream()
    stream.push(np.zeros(10, np.float32), 16_000)
    with pytest.raises(InvalidOption, match="flush"):
        stream.push(np.zeros(10, np.float32), 48_000)


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros((2, 2, 2), np.float32),
        np.zeros((5, 0), np.float32),
        np.float32(0.0),
        np.zeros(10, np.int32),
        np.zeros(10, np.complex64),
        np.array(["a"]),
    ],
)
def test_wrong_sound(sound: npt.NDArray[np.generic]) -> None:
    with pytest.raises(InvalidOption, match="sound"):
        SpeechStream().push(sound, 16_000)


def test_wrong_lookahead() -> None:
    with pytest.raises(InvalidOption, match="look-ahead of 60 ms"):
        SpeechStream(60)


@pytest.mark.skipif(native.kernel() is None, reason="the kernel is not compiled here")
def test_the_kernel_hears_what_numpy_hears(monkeypatch):
    sound = voice(2.0, 24_000)
    compiled = mouth_rows(sound, 24_000)
    monkeypatch.setattr(native, "kernel", lambda: None)
    np.testing.assert_allclose(compiled, mouth_rows(sound, 24_000), atol=1e-4)
