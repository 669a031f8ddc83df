"""What the mouth does: shut in silence and noise, open in vowels, shut in p, b and m."""

from __future__ import annotations

import re
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest

from visavis.speech import MOUTH_CHANNELS, mouth_rows
from visavis.speech.channels import CLOSED, FIRST_PHONE, OPENING, SIL, P
from visavis.speech.mel import BANDS
from visavis.speech.mouth import Mouth

Sound = npt.NDArray[np.float32]
NOISES = (
    "dfn_noise_freesound_573577",
    "doing_the_dishes",
    "exercise_bike",
    "pst_cafe",
    "pst_fridge",
    "pst_traffic",
)
STILL = 0.08
"""What the 95th percentile of opening may be in each."""


def read(path: Path) -> tuple[Sound, int]:
    """A sound file as mono float."""
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("flt", "mono")
        frames = [f for frame in container.decode(audio=0) for f in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray()[0] for frame in frames]), frames[0].sample_rate


def opening(sound: Sound, rate: int, lookahead_ms: int = 80) -> Sound:
    return mouth_rows(sound, rate, lookahead_ms)[:, OPENING]


@pytest.mark.parametrize("lookahead_ms", [0, 40, 80])
def test_digital_silence_is_still(lookahead_ms: int) -> None:
    rows = mouth_rows(np.zeros(160_000, np.float32), 16_000, lookahead_ms)
    assert rows[:, OPENING].max() <= 0.03  # a third of what the motion begins to show
    assert np.ptp(rows[50:, 1:3], axis=0).max() < 0.08  # width and jaw rest too


@pytest.mark.parametrize("dbfs", [-75, -60, -45, -30])
@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_white_noise_is_still(dbfs: float, rate: int) -> None:
    noise = np.random.default_rng(0).normal(0, 10 ** (dbfs / 20), 5 * rate).astype(np.float32)
    assert np.percentile(opening(noise, rate)[50:], 95) <= 0.05


@pytest.mark.parametrize("name", NOISES)
@pytest.mark.parametrize("lookahead_ms", [40, 80])
def test_recorded_noise_is_still(shared_data: Path, name: str, lookahead_ms: int) -> None:
    sound, rate = read(shared_data / "noise" / f"{name}.wav")
    assert np.percentile(opening(sound, rate, lookahead_ms)[50:], 95) <= STILL


@pytest.mark.parametrize("name", NOISES)
@pytest.mark.parametrize("gain_db", [-40, -20])
def test_far_noise_is_soon_still(shared_data: Path, name: str, gain_db: int) -> None:
    """However quiet the microphone: the mouth stirs for a breath, and no longer."""
    sound, rate = read(shared_data / "noise" / f"{name}.wav")
    sound = np.resize(sound, 15 * rate) * np.float32(10 ** (gain_db / 20))
    assert np.percentile(opening(sound, rate)[150:], 95) <= STILL


def rustles(seconds: float, seed: int) -> Sound:
    """Cloth on a microphone in a quiet room: crackling bursts of noise, 16 kHz."""
    rng = np.random.default_rng(seed)
    count = int(16_000 * seconds)
    level = np.zeros(count)
    at = 8_000
    while at < count:
        length = int(16_000 * rng.uniform(0.2, 0.7))
        swell = np.sin(np.pi * np.arange(length) / length)
        level[at : at + length] = swell[: count - at] * np.exp(rng.normal(0, 0.4))
        at += length + int(16_000 * rng.exponential(0.4))
    crackle = np.exp(rng.normal(0, 1, count // 160)).repeat(160)
    sound = rng.normal(0, 10 ** (-36 / 20), count) * level * crackle
    return np.asarray(sound + rng.normal(0, 10 ** (-72 / 20), count), np.float32)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_rustles_are_soon_still(seed: int) -> None:
    curve = opening(rustles(16.0, seed), 16_000)
    assert np.percentile(curve[150:], 95) <= STILL


def test_first_word_after_noise_is_whole(shared_data: Path) -> None:
    """What a room sounded like before changes nothing once somebody speaks."""
    speech, rate = read(shared_data / "speech/ljspeech/LJ001-0004.wav")
    before = np.interp(np.arange(10 * rate) * 16_000 / rate, np.arange(160_000), rustles(10.0, 3))
    fresh = opening(np.concatenate([np.zeros(rate // 2, np.float32), speech]), rate)[25:]
    after = opening(np.concatenate([before.astype(np.float32), speech]), rate)[500:]
    first = int(np.argmax(fresh > 0.3))
    assert abs(int(np.argmax(after > 0.3)) - first) <= 3
    assert after[: first + 25].sum() >= 0.85 * fresh[: first + 25].sum()
    assert np.corrcoef(fresh[:200], after[:200])[0, 1] >= 0.9


@pytest.mark.parametrize("name", NOISES)
def test_speech_in_noise_still_moves(shared_data: Path, name: str) -> None:
    speech, rate = read(shared_data / "speech/ljspeech/LJ001-0003.wav")
    noise, noise_rate = read(shared_data / "noise" / f"{name}.wav")
    times = np.arange(len(speech)) / rate % (len(noise) / noise_rate - 0.01)
    noise = np.interp(times, np.arange(len(noise)) / noise_rate, noise).astype(np.float32)
    noise *= np.sqrt(np.mean(speech**2) / np.mean(noise**2) / 10)  # 10 dB below the speech
    clean, noisy = opening(speech, rate), opening(speech + noise, rate)
    assert np.percentile(noisy, 95) >= 0.6 * np.percentile(clean, 95)
    assert np.corrcoef(clean, noisy)[0, 1] >= 0.6


def sung(formants: tuple[int, int, int], pitch: float, seconds: float) -> Sound:
    """A vowel held after half a second of silence, with a little vibrato, 16 kHz."""
    times = np.arange(int(seconds * 16_000)) / 16_000
    phase = 2 * np.pi * np.cumsum(pitch + 1.5 * np.sin(2 * np.pi * 5 * times)) / 16_000
    voice = np.zeros_like(times)
    for harmonic in range(1, int(7500 / pitch)):
        hertz = pitch * harmonic
        level = sum(np.exp(-(((hertz - f) / 90) ** 2)) / (k + 1) for k, f in enumerate(formants))
        voice += (0.02 + level) * np.sin(harmonic * phase) / harmonic**0.3
    voice *= 0.15 / np.abs(voice).max()
    sound = np.random.default_rng(0).normal(0, 1e-4, len(voice) + 8_000)
    sound[8_000:] += voice
    return sound.astype(np.float32)


@pytest.mark.parametrize("lookahead_ms", [40, 80])
@pytest.mark.parametrize(
    "formants", [(730, 1090, 2440), (530, 1840, 2480), (270, 2290, 3010)], ids=["aa", "eh", "iy"]
)
def test_a_held_vowel_stays_open(formants: tuple[int, int, int], lookahead_ms: int) -> None:
    """A second of an "aah" is an "aah" for as long as it is held, and does not tremble."""
    held = opening(sung(formants, 120.0, 3.5), 16_000, lookahead_ms)[35:190]
    assert held.min() > 0.4
    assert np.abs(np.diff(held)).max() < 0.06
    assert held[-50:].mean() > 0.8 * held[:50].mean()


def raw(opening: float, silent: bool) -> Sound:
    """What the network might say: an opening, and silence or a vowel."""
    row = np.zeros(len(MOUTH_CHANNELS), np.float32)
    row[OPENING] = opening
    row[SIL if silent else MOUTH_CHANNELS.index("phone:aa")] = 6.0
    return row


def moves(mouth: Mouth, rows: list[Sound], level: float) -> Sound:
    """Openings of rows heard at a mean log-mel level."""
    openings = []
    for row in rows:
        mouth.hear(np.full((2, BANDS), level, np.float32))
        openings.append(mouth.row(row)[OPENING])
    return np.array(openings)


def test_breath_is_believed_but_not_for_long() -> None:
    breath, vowel, rest = raw(0.3, True), raw(0.7, False), raw(0.0, True)
    mouth = Mouth(0)
    first = moves(mouth, [breath] * 150, -9.0)
    assert first[:15].min() > 0.25  # a breath of 0.3 s parts the lips
    assert first[75:].max() < 0.02  # one of 1.5 s is none
    spoken = moves(mouth, [vowel] * 50, -5.0)
    assert spoken[0] > 0.7  # a word opens the mouth at once all the same
    moves(mouth, [rest] * 50, -9.0)
    assert moves(mouth, [breath] * 10, -9.0).min() > 0.25  # and earns belief again


def doubtful(bilabial: float) -> Sound:
    """Raw outputs of lips 0.7 open in a vowel that may be a p."""
    row = np.full(32, -20.0, np.float32)
    row[OPENING], row[FIRST_PHONE + 1], row[P] = 0.7, np.log(1 - bilabial), np.log(bilabial)
    return row


def test_lips_part_as_doubt_fades() -> None:
    mouth = Mouth(0)
    moves(mouth, [doubtful(0.001)] * 50, -5.0)
    before, shut, fading, still = moves(mouth, [doubtful(p) for p in (0.001, 0.2, 0.11, 0.108)], -5)
    assert before > 0.7 and shut < 0.01  # a faint p shuts the lips
    assert (
        fading > 0.7 > 1.5 * still
    )  # one that is less likely by half does not, unless it stays so
    sure = moves(mouth, [doubtful(p) for p in (0.95, 0.45)], -5.0)
    assert sure.max() < 0.01  # what is no doubt shuts them however fast it falls


def test_no_breath_in_a_loud_room() -> None:
    assert moves(Mouth(0), [raw(0.25, True)] * 50, -5.0).max() < 0.02


def test_mouth_shuts_after_speech(shared_data: Path) -> None:
    speech, rate = read(shared_data / "speech/ljspeech/LJ001-0002.wav")
    sound = np.concatenate([speech, np.zeros(2 * rate, np.float32)])
    shut = opening(sound, rate)[len(speech) * 50 // rate + 20 :]  # 0.4 s after the end
    assert shut.max() <= 0.05


def phones(path: Path) -> list[tuple[float, float, str]]:
    """(start s, end s, ARPAbet phone) of a TextGrid."""
    text = path.read_text(encoding="utf-8")
    found = re.findall(
        r'xmin = ([\d.]+)\s+xmax = ([\d.]+)\s+text = "(\w*)"', text[text.index('"phones"') :]
    )
    return [(float(start), float(end), name.rstrip("012")) for start, end, name in found]


@pytest.mark.parametrize("lookahead_ms", [40, 80])
def test_lips_shut_for_p_b_m(shared_data: Path, lookahead_ms: int) -> None:
    """Natural speech nobody trained on: shut within 40 ms of the sound, vowels stay open."""
    bilabial, vowel = [], []
    for path in sorted((shared_data / "speech/ljspeech").glob("*.wav")):
        curve = opening(*read(path), lookahead_ms)
        shut = curve <= 0.15 * np.percentile(curve, 95)
        times = (np.arange(len(curve)) + 0.5) * 0.02
        for start, end, name in phones(path.with_suffix(".TextGrid")):
            if name in ("P", "B", "M"):
                bilabial.append(shut[(times >= start - 0.04) & (times <= end + 0.04)].any())
            elif name in ("AA", "AE", "AO", "AY", "AW"):
                middle = (times >= start * 0.75 + end * 0.25) & (times <= start * 0.25 + end * 0.75)
                vowel.extend([shut[middle].mean() > 0.5] if middle.any() else [])
    assert len(bilabial) > 100
    assert np.mean(bilabial) >= 0.92
    assert np.mean(vowel) <= 0.05


def test_channels() -> None:
    assert len(MOUTH_CHANNELS) == 32
    assert MOUTH_CHANNELS[:4] == ("opening", "width", "jaw", "closed")
    assert MOUTH_CHANNELS[4] == "phone:sil"
    assert len(set(MOUTH_CHANNELS)) == 32


def test_closed_is_likelier_in_silence(shared_data: Path) -> None:
    speech, rate = read(shared_data / "speech/ljspeech/LJ001-0002.wav")
    rows = mouth_rows(np.concatenate([speech, np.zeros(rate, np.float32)]), rate)
    assert rows[-25:, CLOSED].mean() > rows[:-50, CLOSED].mean() + 0.3
