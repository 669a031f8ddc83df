"""Finished files hold what went in: length, colours, alpha, sound; or are not there at all."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from tests.helpers.avatars import beep, edges
from visavis.errors import InvalidMedia, InvalidOption
from visavis.video import SoundSlices, VideoSpec, open_sound, open_writer
from visavis.video.file import encoder_rate

SIZE = (96, 64)
COLOUR = (200, 60, 30)


def make(
    out: Path | str,
    fps: int,
    rate: int,
    *,
    size: tuple[int, int] = SIZE,
    transparent: bool = False,
    **more: object,
) -> int:
    """A second and a bit of one colour, alpha rising from left to right; the frames written."""
    spec = VideoSpec(size, Fraction(fps), rate, 1, transparent=transparent, **more)  # type: ignore[arg-type]
    slices = SoundSlices(rate, 1, Fraction(fps))
    slices.push(beep(rate, 1.21, 0.4, 1.0)[:, None])
    slices.finish()
    writer = open_writer(out, spec)
    picture = np.full((size[1], size[0], 3), COLOUR, np.uint8)
    if writer.pixel_format == "i420":
        picture = cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420)
    elif writer.pixel_format == "rgba":
        alpha = np.tile(np.linspace(0, 255, size[0]).astype(np.uint8), (size[1], 1))
        picture = np.dstack([picture, alpha])
    count = 0
    while slices.ready:
        writer.write(picture, slices.next())
        count += 1
    writer.close()
    writer.discard()
    return count


@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 44_100, 48_000])
@pytest.mark.parametrize("fps", [20, 25, 30, 50, 60])
def test_sound_and_picture_begin_and_end_together(fps: int, rate: int, tmp_path: Path) -> None:
    out = tmp_path / "a.mp4"
    count = make(out, fps, rate)
    with av.open(str(out)) as container:
        times = [frame.time for frame in container.decode(video=0)]
    with open_sound(out) as reader:
        sound = np.concatenate(list(reader))[:, 0]
    assert len(times) == count == -(-121 * fps // 100)
    assert times[0] == 0
    assert times[-1] == pytest.approx((count - 1) / fps, abs=1e-3)
    assert reader.sample_rate == rate
    begin, end = edges(sound, rate)
    assert begin == pytest.approx(0.4, abs=0.002)
    assert end == pytest.approx(1.0, abs=0.002)
    # mp4 rounds the end to a millisecond, an AAC decoder gives whole blocks of 1024
    assert -1e-3 <= len(sound) / rate - count / fps < 1024 / rate + 1e-3


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.webm"])
def test_colours_are_kept_and_named(name: str, tmp_path: Path) -> None:
    make(tmp_path / name, 25, 48_000)
    with av.open(str(tmp_path / name)) as container:
        frame = next(container.decode(video=0))
        shown = frame.to_ndarray(format="rgb24")[32, 48]
    assert np.abs(shown.astype(int) - COLOUR).max() <= 4
    assert (frame.colorspace, frame.color_range) == (6, 1)


def test_webm_keeps_alpha(tmp_path: Path) -> None:
    make(tmp_path / "a.webm", 25, 48_000, transparent=True)
    decoder = av.CodecContext.create("libvpx-vp9", "r")  # FFmpeg's own drops alpha
    with av.open(str(tmp_path / "a.webm")) as container:
        frames = [f for packet in container.demux(video=0) for f in decoder.decode(packet)]
    plane = frames[10].planes[3]
    alpha = np.frombuffer(bytes(plane), np.uint8).reshape(plane.height, plane.line_size)
    expected = np.linspace(0, 255, SIZE[0])
    assert np.abs(alpha[20, : SIZE[0]].astype(int) - expected).max() < 12


def test_mov_keeps_alpha(tmp_path: Path) -> None:
    make(tmp_path / "a.mov", 25, 48_000, transparent=True)
    with av.open(str(tmp_path / "a.mov")) as container:
        shown = next(container.decode(video=0)).to_ndarray(format="rgba")
    assert np.abs(shown[20, :, 3].astype(int) - np.linspace(0, 255, SIZE[0])).max() < 6
    assert np.abs(shown[20, 80, :3].astype(int) - COLOUR).max() <= 4


@pytest.mark.parametrize("name", ["folder", "folder/", "shot_%03d.png"])
def test_pictures(name: str, tmp_path: Path) -> None:
    pattern = "shot_{:03d}.png" if "%" in name else "folder/frame_{:05d}.png"
    make(f"{tmp_path}/{name}", 30, 16_000)
    stale = tmp_path / pattern.format(30)
    assert stale.is_file()
    count = make(f"{tmp_path}/{name}", 20, 16_000)
    assert not stale.exists()  # of the longer run before
    shown = cv2.imread(str(tmp_path / pattern.format(count - 1)))
    assert tuple(shown[5, 5][::-1]) == COLOUR
    assert not (tmp_path / pattern.format(count)).exists()


def test_transparent_pictures(tmp_path: Path) -> None:
    make(tmp_path / "folder", 25, 16_000, transparent=True)
    shown = cv2.imread(str(tmp_path / "folder" / "frame_00003.png"), cv2.IMREAD_UNCHANGED)
    assert shown.shape[2] == 4
    assert shown[0, 0, 3] == 0 and shown[0, -1, 3] == 255


def test_the_same_input_makes_the_same_file(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4", "a.webm", "b.webm"):
        # at 64 px x264 now and then wrote other bytes for the same pictures; not from 128 px on
        make(tmp_path / name, 25, 16_000, size=(192, 128))
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    assert (tmp_path / "a.webm").read_bytes() == (tmp_path / "b.webm").read_bytes()


def test_nothing_is_left_of_a_video_given_up(tmp_path: Path) -> None:
    for name in ("a.mp4", "folder"):
        spec = VideoSpec(SIZE, Fraction(25), 16_000, 1)
        writer = open_writer(tmp_path / name, spec)
        writer.discard()
        writer.discard()
    assert not list(tmp_path.iterdir())


def test_a_file_is_replaced_only_when_the_new_one_is_whole(tmp_path: Path) -> None:
    out = tmp_path / "a.mp4"
    out.write_bytes(b"old")
    writer = open_writer(out, VideoSpec(SIZE, Fraction(25), 16_000, 1))
    assert out.read_bytes() == b"old"
    writer.discard()
    assert out.read_bytes() == b"old"


@pytest.mark.parametrize(
    ("name", "more", "word"),
    [
        ("a.avi", {}, "mp4"),
        ("a.png", {}, "frame_%05d.png"),
        ("a_%s%s.png", {}, "frame_%05d.png"),
        ("a.mp4", {"transparent": True}, "webm"),
        ("a.mp4", {"quality": "superb"}, "good"),
        ("a.mp4", {"crf": 52}, "51"),
        ("a.webm", {"crf": 64}, "63"),
        ("a.mp4", {"size": (95, 64)}, "even"),
    ],
)
def test_what_cannot_be_made_is_refused(
    name: str, more: dict[str, object], word: str, tmp_path: Path
) -> None:
    options = {"size": SIZE, "fps": Fraction(25), "sample_rate": 16_000, "channels": 1, **more}
    with pytest.raises(InvalidOption, match=word):
        open_writer(tmp_path / name, VideoSpec(**options))  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_a_place_that_is_not_there_is_refused(tmp_path: Path) -> None:
    spec = VideoSpec(SIZE, Fraction(25), 16_000, 1)
    with pytest.raises(InvalidMedia, match="no folder"):
        open_writer(tmp_path / "nowhere" / "a.mp4", spec)


def test_rates_an_encoder_lacks() -> None:
    assert encoder_rate(37_800, (8000, 44_100, 48_000)) == 44_100
    assert encoder_rate(96_000, (8000, 48_000)) == 48_000
    assert encoder_rate(44_100, (8000, 44_100)) == 44_100
    assert encoder_rate(12_345, ()) == 12_345
