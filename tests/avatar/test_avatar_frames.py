"""Frames: as many as the sound is long, with its slices, the same every time."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

import visavis
from tests.helpers.avatars import beep, write_sound
from visavis.errors import InvalidAvatar, InvalidMedia, InvalidOption
from visavis.motion import MotionSettings
from visavis.pose import INDEX, POSE_SIZE, Pose, make

RATE = 16_000
SOUND = (beep(RATE, 1.03, 0.2, 0.8), RATE)


@pytest.mark.parametrize("fps", [10, 20, 25, 29.97, 30, 50, 60])
def test_frames_cover_the_sound(avatar_file: Path, fps: float) -> None:
    with visavis.open(avatar_file) as avatar:
        frames = list(avatar.frames(SOUND, fps=fps, size=64))
    assert len(frames) == int(np.ceil(1.03 * fps))
    sound = np.concatenate([frame.sound for frame in frames])
    np.testing.assert_array_equal(sound[: len(SOUND[0])], SOUND[0])
    assert not sound[len(SOUND[0]) :].any()
    for index, frame in enumerate(frames):
        assert frame.index == index
        assert frame.time == pytest.approx(index / fps, abs=1e-3)
        assert frame.image.shape == (64, 64, 3) and frame.image.dtype == np.uint8
        assert frame.pose.shape == (POSE_SIZE,)
        assert frame.sample_rate == RATE and frame.sound.dtype == np.int16


def test_the_same_seed_makes_the_same_frames(avatar_file: Path, tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", *SOUND)
    with visavis.open(avatar_file) as one, visavis.open(avatar_file) as other:
        first = list(one.frames(SOUND, size=64, seed=3))
        second = list(other.frames(path, size=64, seed=3))
        third = list(one.frames(SOUND, size=64, seed=4))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a.pose, b.pose)
        np.testing.assert_array_equal(a.image, b.image)
    assert any((a.pose != b.pose).any() for a, b in zip(first, third, strict=True))


def test_frames_do_not_share_their_arrays(avatar_file: Path) -> None:
    with visavis.open(avatar_file) as avatar:
        frames = list(itertools.islice(avatar.frames(SOUND, size=64), 3))
    kept = frames[0].image.copy()
    frames[1].image[:] = 0
    frames[1].sound[:] = 7
    np.testing.assert_array_equal(frames[0].image, kept)


def test_stereo_stays_stereo(avatar_file: Path) -> None:
    sound = np.stack([SOUND[0], np.zeros_like(SOUND[0])], 1)
    with visavis.open(avatar_file) as avatar:
        frame = next(avatar.frames((sound, RATE), size=64))
    assert frame.sound.shape == (RATE // 25, 2)


def test_the_first_frame_does_not_wait_for_the_end(avatar_file: Path) -> None:
    class Endless:
        """A sound file that counts what is read of it."""

        def __init__(self, data: bytes) -> None:
            self.data, self.place, self.most = data, 0, 0

        def read(self, count: int = -1) -> bytes:
            end = len(self.data) if count < 0 else self.place + count
            piece = self.data[self.place : end]
            self.place += len(piece)
            self.most = max(self.most, self.place)
            return piece

        def seek(self, offset: int, whence: int = 0) -> int:
            self.place = {0: 0, 1: self.place, 2: len(self.data)}[whence] + offset
            return self.place

        def tell(self) -> int:
            return self.place

        def seekable(self) -> bool:
            return True

        def close(self) -> None:
            pass

    header = (
        b"RIFF"
        + (0x7FFFFFF0).to_bytes(4, "little")
        + b"WAVEfmt "
        + bytes([16, 0, 0, 0, 1, 0, 1, 0, 0x80, 0x3E, 0, 0, 0, 0x7D, 0, 0, 2, 0, 16, 0])
    )
    minute = bytes(60 * RATE * 2)
    source = Endless(header + b"data" + (len(minute)).to_bytes(4, "little") + minute)
    with visavis.open(avatar_file) as avatar:
        frame = next(avatar.frames(source, size=64))  # type: ignore[arg-type]
    assert frame.index == 0
    assert source.most < len(source.data) / 3


def test_a_callback_changes_any_pose(avatar_file: Path) -> None:
    times = []

    def in_place(time: float, pose: Pose) -> None:
        times.append(time)
        pose[INDEX["jawOpen"]] = 0.5

    def instead(time: float, pose: Pose) -> Pose:
        return visavis_pose

    from visavis.pose import make

    visavis_pose = make(eyeBlink=1.0)
    with visavis.open(avatar_file) as avatar:
        changed = list(avatar.frames(SOUND, size=64, pose=in_place))
        replaced = next(avatar.frames(SOUND, size=64, pose=instead))
    assert all(frame.pose[INDEX["jawOpen"]] == np.float32(0.5) for frame in changed)
    assert times == pytest.approx([(k + 0.5) / 25 for k in range(len(changed))])
    np.testing.assert_array_equal(replaced.pose, visavis_pose)


def test_pixel_formats_and_sizes(avatar_file: Path) -> None:
    with visavis.open(avatar_file) as avatar:

        def shape(**options: object) -> tuple[int, ...]:
            return next(avatar.frames(SOUND, **options)).image.shape  # type: ignore[arg-type]

        assert shape() == (512, 512, 3)
        assert shape(size="128x96") == (96, 128, 3)
        assert shape(size=(96, 128), pixel_format="i420") == (192, 96)
        assert shape(size=64, background="transparent") == (64, 64, 4)
        assert shape(size=64, pixel_format="rgba") == (64, 64, 4)
        assert shape(size=64, framing="close", settings=MotionSettings(head=0)) == (64, 64, 3)


def test_backgrounds(avatar_file: Path, tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (40, 20), (0, 0, 255)).save(tmp_path / "blue.png")
    with visavis.open(avatar_file) as avatar:

        def corners(background: object) -> set[tuple[int, ...]]:
            image = next(avatar.frames(SOUND, size=64, background=background)).image  # type: ignore[arg-type]
            return {tuple(int(v) for v in pixel) for pixel in image.reshape(-1, image.shape[2])}

        assert (0, 255, 0) in corners("#00ff00")
        assert (255, 255, 255) in corners("white")
        assert (1, 2, 3) in corners((1, 2, 3))
        assert (0, 0, 255) in corners(str(tmp_path / "blue.png"))
        assert (0, 0, 255) in corners(tmp_path / "blue.png")
        assert any(pixel[3] == 0 for pixel in corners("transparent"))
        assert corners("still") == corners(None)


@pytest.mark.parametrize(
    "options",
    [
        {"size": "big"},
        {"size": 63},
        {"size": 5000},
        {"size": (64, 64, 64)},
        {"fps": 0},
        {"fps": 61},
        {"fps": "many"},
        {"fps": float("nan")},
        {"background": "nowhere.png"},
        {"background": (0, 0, 256)},
        {"background": np.zeros((4, 4), np.uint8)},
        {"framing": "sideways"},
        {"pixel_format": "bgr"},
        {"seed": -1},
        {"state": "asleep"},
    ],
    ids=str,
)
def test_impossible_options_are_refused_at_once(
    avatar_file: Path, options: dict[str, object]
) -> None:
    with visavis.open(avatar_file) as avatar, pytest.raises(InvalidOption) as raised:
        avatar.frames(SOUND, **options)  # type: ignore[arg-type]
    assert str(raised.value)


def test_an_unreadable_sound_is_refused_at_once(avatar_file: Path) -> None:
    with visavis.open(avatar_file) as avatar, pytest.raises(InvalidMedia):
        avatar.frames("nowhere.wav")


def test_a_closed_avatar_says_so(avatar_file: Path) -> None:
    avatar = visavis.open(avatar_file)
    assert (avatar.name, avatar.kind, avatar.size) == ("tiny", "drawn", (128, 128))
    frames = avatar.frames(SOUND, size=64)
    avatar.close()
    assert next(frames).index == 0
    assert "closed" in repr(avatar)
    with pytest.raises(InvalidOption, match="closed"):
        avatar.frames(SOUND)


def test_layers_are_shared_and_the_stripped_model_is_refused(avatar_file: Path) -> None:
    with visavis.open(avatar_file) as avatar:
        twin = visavis.Avatar(avatar.layers)
        assert twin.renderer(64).draw(make()).shape == (64, 64, 3)
        with pytest.raises(InvalidOption, match=r"avatar\.layers"):
            visavis.Avatar(avatar.model)


def test_unknown_avatars(tmp_path: Path) -> None:
    with pytest.raises(InvalidAvatar, match="no character of that name"):
        visavis.open("nobody")
    with pytest.raises(InvalidAvatar, match="folder"):
        visavis.open(tmp_path)
    with pytest.raises(InvalidAvatar):
        visavis.open("../characters/ada")
    (tmp_path / "bad.imx").write_bytes(b"IMX\0 something")
    with pytest.raises(InvalidAvatar):
        visavis.open(tmp_path / "bad.imx")


def test_characters_in_the_wheel_open_by_name() -> None:
    names = visavis.characters()
    if not names:
        pytest.skip("no characters in this checkout")
    for name in names:
        with visavis.open(name) as avatar:
            assert avatar.size[1] >= 256


def test_emotions_and_gestures_by_name(avatar_file: Path) -> None:
    with visavis.open(avatar_file) as avatar:
        plain = [f.pose for f in avatar.frames(SOUND, size=64, seed=2)]
        happy = [f.pose for f in avatar.frames(SOUND, size=64, seed=2, emotion=("happy", 0.8))]
        nods = [
            [f.pose for f in avatar.frames(SOUND, size=64, seed=2, gestures=[gesture])]
            for gesture in ((0.4, "nod"), "nod@0.4", (0.4, "nod", 1.0), "nod:1@0.4")
        ]
        thinking = list(avatar.frames(SOUND, size=64, seed=2, state="thinking"))
    smile, pitch = INDEX["mouthSmileLeft"], INDEX["headPitch"]
    assert happy[0][smile] > plain[0][smile] + 0.2
    np.testing.assert_array_equal(nods[0][:10], plain[:10])
    assert max(pose[pitch] for pose in nods[0][10:20]) > plain[15][pitch] + 1.0
    for same in nods[1:]:
        np.testing.assert_array_equal(same, nods[0])
    assert len(thinking) == len(plain)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"emotion": "joy"}, "happy"),
        ({"emotion": ("happy", 2)}, "0 to 1"),
        ({"emotion": 3}, '"happy", 0.6'),
        ({"emotion": ("happy", 1, 2)}, '"happy", 0.6'),
        ({"gestures": [(1, "wave")]}, "no hand"),
        ({"gestures": [("nod", 1)]}, "0 seconds or later"),
        ({"gestures": [(1,)]}, "seconds, name"),
        ({"gestures": [(1, "nod", 7)]}, "0 to 1.5"),
        ({"gestures": ["nod"]}, "nod@1.2"),
        ({"gestures": "nod@1.2"}, "list"),
        ({"state": "asleep"}, "thinking"),
    ],
)
def test_wrong_expressions_are_explained(
    avatar_file: Path, options: dict[str, object], says: str
) -> None:
    with visavis.open(avatar_file) as avatar, pytest.raises(InvalidOption, match=says):
        avatar.frames(SOUND, size=64, **options)  # type: ignore[arg-type]
