"""What each command makes and prints when all is well."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import av
import pytest
from PIL import Image

import visavis
from tests.helpers.avatars import beep, write_sound
from visavis.cli import run


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    return write_sound(tmp_path / "hello.wav", beep(16_000, 0.5, 0.1, 0.4), 16_000)


def command(*arguments: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """The command as a process of its own, which pipes need."""
    line = [sys.executable, "-m", "visavis.cli", *map(str, arguments)]
    return subprocess.run(line, input=stdin, capture_output=True, check=False)


def test_render(
    avatar_file: Path, sound: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "hello.mp4"
    assert run(["render", str(avatar_file), str(sound), "-o", str(out), "--size", "64"]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith(f"{out}: 0.52 s, 13 frames of 64x64 at 25 fps")
    assert printed.out.count("\n") == 1 and not printed.err
    with av.open(str(out)) as container:
        assert container.streams.video[0].codec_context.name == "h264"


def test_render_options_and_json(
    avatar_file: Path, sound: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "hello.webm"
    options = "--size 128x64 --fps 50 --seed 3 --background transparent --framing close "
    options += "--quality small --state listening --motion head=0 --motion blink=2 --json"
    assert run(["render", str(avatar_file), str(sound), "-o", str(out), *options.split()]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["path"] == str(out)
    assert (said["frames"], said["fps"], said["size"]) == (25, 50, [128, 64])


@pytest.mark.parametrize("place", ["before", "after"])
def test_quiet_says_nothing(
    avatar_file: Path, sound: Path, tmp_path: Path, place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["render", str(avatar_file), str(sound), "-o", f"{tmp_path}/a.mp4", "--size", "64"]
    assert run(["--quiet", *line] if place == "before" else [*line, "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_sound_from_stdin_and_video_to_stdout(
    avatar_file: Path, sound: Path, tmp_path: Path
) -> None:
    done = command("render", avatar_file, "-", "-o", "-", "--size", 64, stdin=sound.read_bytes())
    assert done.returncode == 0 and not done.stderr
    (tmp_path / "piped.mp4").write_bytes(done.stdout)
    with av.open(str(tmp_path / "piped.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 13


def test_sheet(avatar_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "sheet.png"
    line = ["sheet", str(avatar_file), "-o", str(out), "--size", "64", "--columns", "10"]
    assert run([*line, "--crop", "mouth"]) == 0
    with Image.open(out) as picture:
        assert capsys.readouterr().out == f"{out}: {picture.width}x{picture.height}\n"
    done = command("sheet", avatar_file, "-o", "-", "--size", 64, "--columns", 10)
    assert done.stdout.startswith(b"\x89PNG") and not done.stderr


def test_info(avatar_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["info", str(avatar_file)]) == 0
    table = capsys.readouterr().out
    assert "tiny" in table and "128 x 128 px" in table and "face/rig.safetensors" in table
    assert run(["info", str(avatar_file), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["manifest"]["name"] == "tiny"
    assert said["vertices"] == 81
    assert "jawOpen" in said["bases"]
    assert said["members"][0]["path"] == "manifest.json"


def test_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in said] == list(visavis.characters())
    assert run(["list"]) == 0
    assert capsys.readouterr().out


def test_bench(avatar_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = ["bench", str(avatar_file), "--runs", "1", "--frames", "5"]
    assert run([*line, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    for size in ("512x512", "1280x720"):
        stages = said["stages"][size]
        assert all(value > 0 for value in stages.values())
        parts = ("speech", "motion", "geometry", "draw i420")
        assert stages["frame"] == pytest.approx(sum(stages[part] for part in parts), rel=0.01)
    assert said["cold_ms"] > 0


def test_bench_as_a_table(
    avatar_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from visavis import bench

    stages = dict.fromkeys(bench.STAGES, 1.5)
    memory = {"open": 100.0, "same": 3.0, "another": 12.0}
    report = bench.BenchReport({"512x512": stages}, 900.0, 800.0, memory, 5, 50, "some CPU")
    monkeypatch.setattr(bench, "bench", lambda *args, **more: report)
    assert run(["bench", str(avatar_file)]) == 0
    printed = capsys.readouterr().out
    for word in (*bench.STAGES, "512x512", "1.50", "900 ms", "12.0 MB", "some CPU"):
        assert word in printed


def test_build(shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from visavis.build import models

    if models.missing():
        pytest.skip("the networks that find the face are not here: visavis models fetch")
    out = tmp_path / "a.imx"
    photo = shared_data / "portraits" / "088.jpg"
    line = ["build", str(photo), "-o", str(out), "--name", "Eve", "--licence", "CC0", "--json"]
    assert run(line) == 0
    printed = capsys.readouterr()
    said = json.loads(printed.out)
    assert said["path"] == str(out) and said["bytes"] == out.stat().st_size
    assert printed.err.startswith("visavis: warning: ")  # her mouth is open
    with visavis.open(out) as avatar:
        assert avatar.name == "Eve"
        assert avatar.model.manifest.likeness.licence == "CC0"


def test_doctor(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["ok"] is True
    states = {check["name"]: check["state"] for check in said["checks"]}
    assert states["drawing"] == states["encoder libx264"] == "ok"


def test_doctor_names_what_is_broken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import cv2

    monkeypatch.delattr(cv2, "triangleRasterizeColor")
    assert run(["doctor"]) == 1
    assert "opencv-python-headless>=5" in capsys.readouterr().out


def test_models_where(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VISAVIS_MODELS", str(tmp_path))
    assert run(["models", "where", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["folder"] == str(tmp_path) and said["missing"]
    assert run(["models", "where"]) == 0
    assert "visavis models fetch" in capsys.readouterr().out


def test_version_help_and_completion(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"visavis {visavis.__version__}\n"
    assert run([]) == 0
    overview = capsys.readouterr().out
    for name in ("build", "render", "info", "sheet", "bench", "doctor", "models", "list"):
        assert f"\n  {name} " in overview
        assert run([name, "--help"]) == 0
    assert "--install-completion" in overview


def test_a_reader_that_leaves_early_is_no_error(avatar_file: Path) -> None:
    line = f'"{sys.executable}" -m visavis.cli info "{avatar_file}" | head -c 1'
    done = subprocess.run(["bash", "-c", line], capture_output=True, check=False)
    assert not done.stderr
