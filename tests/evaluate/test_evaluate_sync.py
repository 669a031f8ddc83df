"""Sound and picture of a finished file are in step to ±20 ms."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

import visavis
from visavis.evaluate import click_offsets, speech_sync
from visavis.video import open_sound

LIMIT_MS = 20


@pytest.mark.parametrize(
    ("name", "fps", "rate"),
    [
        ("a.mp4", 25, 44_100),
        ("a.mp4", 30, 16_000),
        ("a.mp4", 60, 48_000),
        ("a.mp4", 20, 8_000),
        ("a.webm", 25, 22_050),
        ("a.mov", 50, 48_000),
    ],
)
def test_clicks_and_openings_meet(
    avatar_file: Path, tmp_path: Path, name: str, fps: int, rate: int
) -> None:
    with visavis.open(avatar_file) as avatar:
        offsets = click_offsets(
            avatar, tmp_path / name, fps=fps, sample_rate=rate, seconds=3.0, bursts=3, size=128
        )
    assert len(offsets) == 3
    assert max(map(abs, offsets)) <= LIMIT_MS


@pytest.mark.parametrize("fps", [25, 60])
def test_the_mouth_follows_real_speech(shared_data: Path, tmp_path: Path, fps: int) -> None:
    names = visavis.characters()
    if not names:
        pytest.skip("no characters in this checkout")
    with open_sound(shared_data / "speech" / "jfk.flac") as reader:
        speech = np.concatenate(list(itertools.islice(reader, 50)))  # five seconds
    with visavis.open(names[0]) as avatar:
        sound = (speech, reader.sample_rate)
        sync = speech_sync(avatar, sound, tmp_path / "a.mp4", fps=fps, size=256)
    assert abs(sync.offset_ms) <= LIMIT_MS
    assert sync.correlation > 0.6
