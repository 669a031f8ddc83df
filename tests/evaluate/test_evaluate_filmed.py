"""The mouth moves when filmed people's mouths do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.speech.settings import HELD_SPEAKERS
from visavis.errors import InvalidMedia
from visavis.evaluate import FilmedClip, filmed_clips, filmed_sync, pose_opening
from visavis.evaluate.filmed import HELD_OUT
from visavis.speech import mouth_rows

LIMIT_MS = 20


def test_people_are_those_kept_out_of_the_training() -> None:
    assert HELD_OUT == HELD_SPEAKERS


@pytest.mark.parametrize("late_ms", [-60, 0, 35, 120])
def test_a_known_lag_is_found(late_ms: int) -> None:
    rng = np.random.default_rng(0)
    times = np.arange(0, 3, 0.002)
    mouth = np.convolve(rng.normal(0, 1, len(times)), np.hanning(80), "same")
    at = (np.arange(75) + 0.5) / 25
    seen = np.interp(at, times, mouth)
    clip = FilmedClip("a", "b", np.zeros(0, np.int16), 16_000, at, seen, seen)
    found = filmed_sync(clip, times + late_ms / 1000, mouth)
    assert abs(found.offset_ms - late_ms) <= 2
    assert found.correlation > 0.95
    still = filmed_sync(clip, times, np.zeros(len(times)))
    assert still.correlation <= 0


def test_a_folder_without_tracks(tmp_path: Path) -> None:
    with pytest.raises(InvalidMedia, match="no landmark tracks"):
        next(filmed_clips(tmp_path))


def test_network_and_pose_are_in_step_with_filmed_mouths(shared_data: Path) -> None:
    """A delay inside the network, or the motion, would show here and not in `speech_sync`."""
    tracks = shared_data / "video/grid_more_tracks"
    if not tracks.is_dir():
        pytest.skip("no tracks of filmed people here")
    row_late, pose_late = [], []
    for clip in filmed_clips(tracks, most=3):
        rows = mouth_rows(clip.sound, clip.rate)
        times = (np.arange(len(rows)) + 0.5) * 0.02
        for late, curve in ((row_late, rows[:, 0]), (pose_late, pose_opening(rows))):
            found = filmed_sync(clip, times, curve)
            if found.correlation > 0.6:  # who waits with an open mouth says little about time
                late.append(found.offset_ms)
    assert min(len(row_late), len(pose_late)) >= 6
    assert abs(np.median(row_late)) <= LIMIT_MS
    assert abs(np.median(pose_late)) <= LIMIT_MS
