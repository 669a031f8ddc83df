"""Blend shapes out are the face that is drawn; recordings in drive it, or say what is wrong."""

from __future__ import annotations

import asyncio
import json
import math
import subprocess
import sys
from collections.abc import AsyncIterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import visavis
from tests.helpers.avatars import write_avatar, write_sound
from visavis import blendshapes
from visavis.blendshapes import LIVE_LINK_COLUMNS, VISEME_NAMES, BlendshapeFrame, live, read, stream
from visavis.cli import run
from visavis.errors import InvalidMedia, InvalidOption
from visavis.pose import ARKIT_NAMES, INDEX, make
from visavis.trial import SAMPLE_RATE, speechlike

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def sound() -> tuple[np.ndarray, int]:
    return speechlike(2.0), SAMPLE_RATE


@pytest.fixture(scope="module")
def frames(sound: tuple[np.ndarray, int]) -> list[BlendshapeFrame]:
    return list(stream(sound, fps=30, seed=3))


def csv_of(frames: list[BlendshapeFrame], path: Path, fps: int = 30) -> Path:
    rows = [blendshapes.csv_row(frame, Fraction(fps)) for frame in frames]
    path.write_text("\n".join([blendshapes.csv_header(), *rows]) + "\n")
    return path


def test_the_stream_is_the_face_that_is_drawn(
    sound: tuple[np.ndarray, int], frames: list[BlendshapeFrame], tmp_path: Path
) -> None:
    with visavis.open(write_avatar(tmp_path)) as avatar:
        drawn = [f.pose for f in avatar.frames(sound, fps=30, seed=3, size=64)]
    assert len(frames) == len(drawn) == 60
    np.testing.assert_array_equal([f.pose for f in frames], drawn)
    mouth = [i for i, name in enumerate(ARKIT_NAMES) if not name.startswith("eyeLook")]
    expected = np.clip(np.array(drawn)[:, mouth], 0, 1)
    np.testing.assert_array_equal(np.array([f.weights for f in frames])[:, mouth], expected)
    assert max(f.named()["jawOpen"] for f in frames) > 0.1


def test_live_and_pushed_in_pieces_are_the_same(
    sound: tuple[np.ndarray, int], frames: list[BlendshapeFrame]
) -> None:
    async def chunks() -> AsyncIterator[np.ndarray]:
        for piece in np.array_split(sound[0], 23):
            yield piece

    async def gather() -> list[BlendshapeFrame]:
        return [f async for f in live(chunks(), SAMPLE_RATE, 30, seed=3, lookahead_ms=80)]

    got = asyncio.run(gather())
    np.testing.assert_array_equal([f.pose for f in got], [f.pose for f in frames])
    np.testing.assert_array_equal([f.visemes for f in got], [f.visemes for f in frames])


def test_visemes_are_shares_of_fifteen(frames: list[BlendshapeFrame]) -> None:
    assert VISEME_NAMES == (
        "sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "ih", "oh", "ou",
    )  # fmt: skip
    shares = np.array([f.visemes for f in frames])
    np.testing.assert_allclose(shares.sum(1), 1, atol=1e-5)
    assert (shares >= 0).all()
    assert shares[:, VISEME_NAMES.index("sil")].min() < 0.5  # somebody speaks


def test_the_file_is_what_live_link_face_writes(
    frames: list[BlendshapeFrame], tmp_path: Path
) -> None:
    lines = csv_of(frames, tmp_path / "face.csv").read_text().splitlines()
    head = lines[0].split(",")
    assert len(head) == 63 and head[:3] == ["Timecode", "BlendShapeCount", "EyeBlinkLeft"]
    assert head[16:19] == ["JawForward", "JawRight", "JawLeft"]
    assert head[52:57] == ["NoseSneerRight", "TongueOut", "HeadYaw", "HeadPitch", "HeadRoll"][0:5]
    row = lines[31].split(",")  # frame 30: one second at 30 a second
    assert row[0] == "00:00:01:00.000" and row[1] == "61"
    assert float(row[LIVE_LINK_COLUMNS.index("HeadYaw")]) == pytest.approx(
        math.radians(frames[30].head[0]), abs=1e-6
    )


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_what_goes_out_comes_in_again(
    kind: str, frames: list[BlendshapeFrame], tmp_path: Path
) -> None:
    path = tmp_path / f"face.{kind}"
    if kind == "csv":
        csv_of(frames, path)
    else:
        path.write_text("\n".join(map(blendshapes.json_line, frames)))
    recording = read(path, fps=30)
    for frame in frames[::7]:
        laid = recording(frame.time + 0.5 / 30, make())
        for name in ("jawOpen", "mouthClose", "eyeBlinkLeft", "headYaw", "headRoll", "gazeX"):
            expected = np.clip(frame.pose[INDEX[name]], None, 1) if name in ARKIT_NAMES[:52] else (
                frame.pose[INDEX[name]]
            )  # fmt: skip
            assert laid[INDEX[name]] == pytest.approx(expected, abs=2e-3), name


def test_a_recording_drives_the_parts_it_has(tmp_path: Path) -> None:
    path = tmp_path / "head.csv"
    path.write_text("HeadYaw,time\n0.1,0\n0.1,0.5\n0.2,1.0\n")
    recording = read(path)
    pose = make(jawOpen=0.4, headPitch=3, headYaw=-2)
    laid = recording(0.5, pose.copy())
    assert laid[INDEX["headYaw"]] == pytest.approx(math.degrees(0.1), abs=0.5)
    assert laid[INDEX["headPitch"]] == 0  # the head is the recording's
    assert laid[INDEX["jawOpen"]] == pose[INDEX["jawOpen"]]  # the mouth is not
    np.testing.assert_array_equal(recording(5.0, pose.copy()), pose)  # it has let go


def test_names_in_any_spelling_and_rows_without_a_face(tmp_path: Path) -> None:
    path = tmp_path / "face.csv"
    path.write_text("frame,JAW_OPEN,eyeBlink_L,cheek\n0,0.5,0.2,9\n1,,,\n2,0.7,0.4,9\n")
    recording = read(path, fps=10)
    assert set(recording.columns) == {"JAW_OPEN", "eyeBlink_L"}
    laid = recording(0.15, make())
    assert laid[INDEX["jawOpen"]] == pytest.approx(0.6, abs=1e-6)  # bridged
    assert laid[INDEX["eyeBlinkLeft"]] == pytest.approx(0.3, abs=1e-6)


def test_timecodes_tell_their_rate(tmp_path: Path) -> None:
    path = tmp_path / "face.csv"
    rows = [f"10:00:{k // 60:02d}:{k % 60:02d}.250,{k / 200}" for k in range(150)]
    path.write_text("Timecode,JawOpen\n" + "\n".join(rows))
    recording = read(path)
    assert recording.duration == pytest.approx(149.5 / 60, abs=1e-3)
    assert recording(1.0, make())[INDEX["jawOpen"]] == pytest.approx(59.5 / 200, abs=1e-3)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("a,b\n1,2\n", "no column that is a blend shape"),
        ("JawOpen\n", "no column|no row"),
        ("JawOpen\nhello\n", "JawOpen is 'hello', no number"),
        ("JawOpen\nnan\n", "no number"),
        ("Timecode,JawOpen\nsoon,0.5\n", "no time"),
        ('{"index": 1\n', "line 1"),
        ("\x00\xff", "no column"),
    ],
)
def test_what_is_wrong_is_said(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "face.csv"
    path.write_text(text)
    with pytest.raises(InvalidMedia, match=says):
        read(path)
    with pytest.raises(InvalidMedia, match="cannot read"):
        read(tmp_path / "none.csv")


def test_the_command_streams_and_renders(
    sound: tuple[np.ndarray, int],
    frames: list[BlendshapeFrame],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    wav = str(write_sound(tmp_path / "a.wav", *sound))
    assert run(["stream", wav, "--visemes", "--blendshapes", "--seed", "3"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == 60 and set(lines[0]["blendshapes"]) == set(ARKIT_NAMES)
    assert lines[40]["blendshapes"]["jawOpen"] == pytest.approx(
        frames[40].named()["jawOpen"], abs=1e-4
    )
    assert sum(lines[40]["visemes"].values()) == pytest.approx(1, abs=1e-3)
    face = str(tmp_path / "face.csv")
    assert run(["stream", wav, "--csv", "-o", face, "--seed", "3", "-q"]) == 0
    avatar, out = str(write_avatar(tmp_path)), str(tmp_path / "a.mp4")
    done = run(["render", avatar, wav, "-o", out, "--size", "128", "--pose", face, "-q"])
    assert done == 0 and Path(out).stat().st_size > 1000
    assert run(["render", avatar, wav, "-o", out, "--pose", str(tmp_path / "no.csv")]) == 1
    assert run(["stream", wav, "--csv", "--visemes"]) == 1
    assert "leave out one" in capsys.readouterr().err


def test_a_rate_out_of_range() -> None:
    with pytest.raises(InvalidOption):
        next(stream((np.zeros(8000, np.int16), 16_000), fps=200))


def test_the_table_is_made_from_the_code() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs/_make/blendshape_table.py"), "--check"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
