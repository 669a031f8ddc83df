"""A finished file: as long as the sound, in step, refused or whole."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

import visavis
from tests.helpers.avatars import beep, edges, write_sound
from visavis.errors import InvalidMedia, InvalidOption
from visavis.pose import Pose
from visavis.video import open_sound

RATE = 22_050


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    return write_sound(tmp_path / "sound.wav", beep(RATE, 1.03, 0.2, 0.8), RATE)


@pytest.mark.parametrize("name", ["out.mp4", "out.webm", "out.mov"])
def test_a_file_has_the_whole_sound(
    avatar_file: Path, sound: Path, tmp_path: Path, name: str
) -> None:
    done: list[tuple[int, int | None]] = []
    with visavis.open(avatar_file) as avatar:
        report = avatar.render(
            sound, tmp_path / name, size=64, fps=30, progress=lambda *said: done.append(said)
        )
    assert report.path == tmp_path / name
    assert (report.frames, report.size, report.fps) == (31, (64, 64), 30)
    assert report.duration == pytest.approx(31 / 30)
    assert report.sample_rate == RATE and report.speed > 0
    assert done == [(k + 1, 31) for k in range(31)]
    with av.open(str(tmp_path / name)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 31
    with open_sound(tmp_path / name) as reader:
        heard = np.concatenate(list(reader))[:, 0]
    begin, end = edges(heard, reader.sample_rate)
    assert begin == pytest.approx(0.2, abs=0.002)
    assert end == pytest.approx(0.8, abs=0.002)


def test_pictures_and_frames_agree(avatar_file: Path, sound: Path, tmp_path: Path) -> None:
    import cv2

    with visavis.open(avatar_file) as avatar:
        report = avatar.render(sound, tmp_path / "frames", size=64, background="transparent")
        frames = list(avatar.frames(sound, size=64, background="transparent"))
    assert report.frames == len(frames) == len(list((tmp_path / "frames").iterdir()))
    for index in (0, 12, 25):
        name = str(tmp_path / "frames" / f"frame_{index:05d}.png")
        picture = cv2.cvtColor(cv2.imread(name, cv2.IMREAD_UNCHANGED), cv2.COLOR_BGRA2RGBA)
        np.testing.assert_array_equal(picture, frames[index].image)


def test_the_same_call_makes_the_same_file(avatar_file: Path, sound: Path, tmp_path: Path) -> None:
    with visavis.open(avatar_file) as avatar:
        for name in ("a.mp4", "b.mp4"):
            # at 64 px x264 now and then wrote other bytes for the same pictures; not from 128 px on
            avatar.render(sound, tmp_path / name, size=128, seed=5)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_the_input_is_not_overwritten(avatar_file: Path, tmp_path: Path) -> None:
    sound = write_sound(tmp_path / "talk.mp4", beep(48_000, 0.5, 0.1, 0.4), 48_000, "aac")
    before = sound.read_bytes()
    with visavis.open(avatar_file) as avatar, pytest.raises(InvalidOption, match="itself"):
        avatar.render(sound, tmp_path / "." / "talk.mp4")
    assert sound.read_bytes() == before


def test_nothing_is_left_of_a_failed_render(avatar_file: Path, sound: Path, tmp_path: Path) -> None:
    def breaks(time: float, pose: Pose) -> None:
        if time > 0.5:
            raise RuntimeError("mine")

    (tmp_path / "out").mkdir()
    with visavis.open(avatar_file) as avatar:
        for name in ("a.mp4", "frames"):
            with pytest.raises(RuntimeError, match="mine"):
                avatar.render(sound, tmp_path / "out" / name, size=64, pose=breaks)
        with pytest.raises(InvalidOption):
            avatar.render(sound, tmp_path / "out" / "a.mp4", size=66, framing="odd")  # type: ignore[arg-type]
        with pytest.raises(InvalidMedia):
            avatar.render(tmp_path / "none.wav", tmp_path / "out" / "a.mp4", size=66)
    assert not list((tmp_path / "out").iterdir())
