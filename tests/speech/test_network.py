"""The runtime computes what PyTorch trained, from weights that are checked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from visavis.errors import InvalidOption
from visavis.speech import SpeechModel
from visavis.speech.mel import BANDS, Normaliser, filterbank, log_mel_of
from visavis.speech.model import _WEIGHTS
from visavis.speech.network import Network
from visavis.speech.resample import Resampler

VECTOR = Path(__file__).with_name("network_vector.npz")


@pytest.mark.parametrize("lookahead_ms", [0, 40, 80])
def test_equals_torch(lookahead_ms: int) -> None:
    with np.load(VECTOR) as vector:
        frames, expected = vector["frames"], vector[f"rows_{lookahead_ms}"]
    network = Network(SpeechModel.load(), lookahead_ms)
    rows = np.array([network.step(pair) for pair in frames.reshape(-1, 2, BANDS)])
    assert np.abs(rows - expected).max() < 2e-4


def test_weights_are_small() -> None:
    assert _WEIGHTS.stat().st_size < 700_000


def test_filters_cover_the_band_evenly() -> None:
    filters = filterbank()
    assert filters.shape == (257, BANDS)
    assert (filters >= 0).all()
    inside = filters.sum(1)[10:230]
    assert np.allclose(inside, 1, atol=1e-5)


def test_log_mel_has_no_lookahead() -> None:
    sound = np.random.default_rng(0).normal(0, 0.1, 1600).astype(np.float32)
    later = sound.copy()
    later[800:] = 0
    assert np.array_equal(log_mel_of(sound)[:5], log_mel_of(later)[:5])
    assert log_mel_of(sound[:100]).shape == (0, BANDS)


def test_normaliser_forgets_level() -> None:
    rng = np.random.default_rng(0)
    mels = rng.normal(0, 1, (1500, BANDS)).astype(np.float32)
    quiet, loud = Normaliser(), Normaliser()
    a = np.array([quiet.push(frame - 3) for frame in mels])
    b = np.array([loud.push(frame + 3) for frame in mels])
    assert np.allclose(a, b, atol=1e-3)


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000, 96_000])
def test_resampler_keeps_a_tone_and_its_time(rate: int) -> None:
    seconds, hertz = 1.0, 1000.0
    tone = np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate).astype(np.float32)
    resampler = Resampler(rate)
    resampler.push(tone)
    sound = np.concatenate(resampler.blocks())
    expected = np.sin(2 * np.pi * hertz * np.arange(len(sound)) / 16_000)
    assert len(sound) >= 15_000
    assert np.abs(sound - expected)[100:-100].max() < 2e-3


def test_resampler_removes_what_16_kHz_cannot_carry() -> None:
    tone = np.sin(2 * np.pi * 12_000 * np.arange(48_000) / 48_000).astype(np.float32)
    resampler = Resampler(48_000)
    resampler.push(tone)
    assert np.abs(np.concatenate(resampler.blocks())[100:]).max() < 5e-3


def test_weights_that_are_none(tmp_path: Path) -> None:
    for name, content in (("empty", b""), ("text", b"hello, this is not a file of weights")):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(InvalidOption, match="speech weights"):
            SpeechModel.load(path)
    with pytest.raises(InvalidOption, match="speech weights"):
        SpeechModel.load(tmp_path / "absent")


def test_weights_that_do_not_fit(tmp_path: Path) -> None:
    tensors = load_file(_WEIGHTS)
    tensors["wide.3"] = tensors["wide.3"][:, :-1].copy()
    path = tmp_path / "weights.safetensors"
    about = {"dilations": "[1,2,4,8,1,2,4]", "lookahead_ms": "[0,40,80]"}
    save_file(tensors, path, metadata=about)
    with pytest.raises(InvalidOption, match="does not fit"):
        SpeechModel.load(path)
    save_file(tensors, path)
    with pytest.raises(InvalidOption, match="speech weights"):
        SpeechModel.load(path)
