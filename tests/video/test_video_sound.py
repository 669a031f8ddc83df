"""Sounds of every kind come in as int16 chunks at their own rate."""

from __future__ import annotations

import io
import os
import threading
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.avatars import beep, edges, write_sound
from visavis.errors import InvalidMedia
from visavis.video import open_sound

CODECS = {
    "a.wav": "pcm_s16le",
    "a.flac": "flac",
    "a.mp3": "libmp3lame",
    "a.m4a": "aac",
    "a.ogg": "libopus",
    "a.mka": "pcm_f32le",
}


def read(source: object) -> tuple[np.ndarray, int]:
    with open_sound(source) as reader:  # type: ignore[arg-type]
        return np.concatenate(list(reader)), reader.sample_rate


@pytest.mark.parametrize("name", CODECS)
def test_every_codec_keeps_the_time(name: str, tmp_path: Path) -> None:
    path = write_sound(tmp_path / name, beep(48_000, 1.5, 0.5, 0.9), 48_000, CODECS[name])
    samples, rate = read(path)
    begin, end = edges(samples[:, 0], rate)
    assert rate == 48_000
    assert samples.dtype == np.int16 and samples.shape[1] == 1
    assert begin == pytest.approx(0.5, abs=0.003)
    assert end == pytest.approx(0.9, abs=0.003)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 37800, 44100, 48000, 96000])
def test_wav_is_exact_at_its_own_rate(rate: int, tmp_path: Path) -> None:
    sound = np.stack([beep(rate, 0.7, 0.1, 0.3), beep(rate, 0.7, 0.2, 0.5)], 1)
    samples, found = read(write_sound(tmp_path / "a.wav", sound, rate))
    assert found == rate
    np.testing.assert_array_equal(samples, sound)


@pytest.mark.parametrize(("rate", "found"), [(4000, 8000), (192_000, 96_000)])
def test_files_beyond_the_usual_rates_are_resampled(rate: int, found: int, tmp_path: Path) -> None:
    samples, given_rate = read(write_sound(tmp_path / "a.wav", beep(rate, 1, 0.4, 0.6), rate))
    assert given_rate == found
    assert len(samples) == pytest.approx(found, abs=found // 100)


def test_eight_channels_become_two(tmp_path: Path) -> None:
    sound = np.repeat(beep(16_000, 0.5, 0.1, 0.4)[:, None], 8, 1)
    samples, _ = read(write_sound(tmp_path / "a.wav", sound, 16_000))
    assert samples.shape == (8000, 2)
    assert np.abs(samples).max() > 3000


def test_bytes_files_and_pipes_are_read_alike(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", beep(16_000, 0.5, 0.1, 0.4), 16_000)
    expected, _ = read(path)
    data = path.read_bytes()
    np.testing.assert_array_equal(read(str(path))[0], expected)
    np.testing.assert_array_equal(read(data)[0], expected)
    np.testing.assert_array_equal(read(io.BytesIO(data))[0], expected)
    inlet, outlet = os.pipe()
    feeder = threading.Thread(target=_feed, args=(outlet, data))
    feeder.start()
    with os.fdopen(inlet, "rb") as pipe:
        np.testing.assert_array_equal(read(pipe)[0], expected)
    feeder.join()


def _feed(outlet: int, data: bytes) -> None:
    with os.fdopen(outlet, "wb") as file:
        file.write(data)


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.float32, np.float64])
def test_samples_of_any_type(dtype: type) -> None:
    sound = beep(16_000, 0.5, 0.1, 0.4)
    scale = {np.int16: 1, np.int32: 65536}.get(dtype, 1 / 32768)
    samples, rate = read(((sound.astype(np.float64) * scale).astype(dtype), 16_000))
    assert rate == 16_000
    np.testing.assert_array_equal(samples[:, 0], sound)


def test_many_columns_are_mixed() -> None:
    sound = np.zeros((100, 5), np.int16)
    sound[:, 0] = 500
    samples, _ = read((sound, 16_000))
    assert samples.shape == (100, 1)
    assert (samples == 100).all()


@settings(deadline=None)
@given(st.binary(max_size=2000))
def test_garbage_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidMedia):
        open_sound(data)


def test_a_damaged_file_plays_what_is_whole(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.flac", beep(16_000, 3, 0.5, 2.5), 16_000, "flac")
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 200] = os.urandom(200)
    samples, _ = read(bytes(data))
    assert 8_000 < len(samples) <= 48_000 + 4096


def test_a_file_cut_short_plays_what_is_there(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", beep(16_000, 2, 0.5, 1.5), 16_000)
    samples, _ = read(path.read_bytes()[:20_000])
    assert len(samples) == pytest.approx(10_000, abs=100)


def wrong_sounds() -> dict[str, object]:
    return {
        "empty": (np.zeros(0, np.int16), 16_000),
        "rate too low": (np.zeros(10, np.int16), 100),
        "rate too high": (np.zeros(10, np.int16), 10**6),
        "not a number": (np.full(10, np.nan), 16_000),
        "bytes as samples": (np.zeros(10, np.uint8), 16_000),
        "three dimensions": (np.zeros((2, 2, 2), np.int16), 16_000),
        "channels first": (np.zeros((2, 4000), np.int16), 16_000),
        "a number": 7,
        "text": io.StringIO("hello"),
        "no bytes": b"",
        "no file": "nowhere.wav",
    }


@pytest.mark.parametrize("name", wrong_sounds())
def test_what_is_no_sound_is_refused(name: str) -> None:
    with pytest.raises(InvalidMedia) as raised:
        read(wrong_sounds()[name])
    assert str(raised.value)


def test_a_folder_and_a_silent_film_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidMedia, match="folder"):
        open_sound(tmp_path)
    path = write_sound(tmp_path / "a.wav", np.zeros(100, np.int16), 16_000)
    head = path.read_bytes()
    with pytest.raises(InvalidMedia, match="no sound that can be decoded"):
        open_sound(head[: head.index(b"data") + 4] + bytes(4))
    film = tmp_path / "a.mp4"
    with av.open(str(film), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width = stream.height = 64
        picture = av.VideoFrame(64, 64, "yuv420p")
        for packet in [*stream.encode(picture), *stream.encode(None)]:
            container.mux(packet)
    with pytest.raises(InvalidMedia, match="no sound in it"):
        open_sound(film)
