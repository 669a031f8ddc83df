"""Every wrong use: one helpful line on stderr, a status that is not 0, and no traceback."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.helpers.avatars import beep, write_sound
from visavis.cli import run

USAGE, FAILED = 2, 1

# A is the avatar, S a sound, T the folder all is in
WRONG: list[tuple[str, int, str]] = [
    ("nonsense", USAGE, "nonsense"),
    ("--nonsense", USAGE, "--nonsense"),
    ("render", USAGE, "AVATAR"),
    ("render A", USAGE, "SOUND"),
    ("render A S", USAGE, "--output"),
    ("render A S -o", USAGE, "-o"),
    ("render A S extra -o T/a.mp4", USAGE, "extra"),
    ("render A S -o T/a.mp4 --fps fast", USAGE, "--fps"),
    ("render A S -o T/a.mp4 --seed x", USAGE, "--seed"),
    ("render A S -o T/a.mp4 --quality superb", USAGE, "good"),
    ("render A S -o T/a.mp4 --fps 100", FAILED, "60"),
    ("render A S -o T/a.mp4 --fps nan", FAILED, "60"),
    ("render A S -o T/a.mp4 --size huge", FAILED, "1280x720"),
    ("render A S -o T/a.mp4 --size 65", FAILED, "even"),
    ("render A S -o T/a.mp4 --size 0", FAILED, "64"),
    ("render A S -o T/a.mp4 --size 100000", FAILED, "size"),
    ("render A S -o T/a.mp4 --seed -1", FAILED, "seed"),
    ("render A S -o T/a.mp4 --crf 99", FAILED, "crf"),
    ("render A S -o T/a.mp4 --framing odd", FAILED, "close"),
    ("render A S -o T/a.mp4 --state asleep", FAILED, "listening"),
    ("render A S -o T/a.mp4 --emotion joy", FAILED, "happy, sad"),
    ("render A S -o T/a.mp4 --emotion happy:much", FAILED, "happy:0.6"),
    ("render A S -o T/a.mp4 --emotion happy:2", FAILED, "0 to 1"),
    ("render A S -o T/a.mp4 --gesture wave@1", FAILED, "no hand"),
    ("render A S -o T/a.mp4 --gesture hop@1", FAILED, "nod, shake"),
    ("render A S -o T/a.mp4 --gesture nod", FAILED, "nod@1.2"),
    ("render A S -o T/a.mp4 --gesture nod@", FAILED, "nod@1.2"),
    ("render A S -o T/a.mp4 --gesture nod@-1", FAILED, "0 seconds"),
    ("render A S -o T/a.mp4 --gesture nod:9@1", FAILED, "0 to 1.5"),
    ("render A S -o T/a.mp4 --background T/none.png", FAILED, "transparent"),
    ("render A S -o T/a.mp4 --background transparent", FAILED, "webm"),
    ("render A S -o T/a.mp4 --background S", FAILED, "picture"),
    ("render A S -o T/a.mp4 --motion hop=1", FAILED, "liveliness"),
    ("render A S -o T/a.mp4 --motion head", FAILED, "head=0.5"),
    ("render A S -o T/a.mp4 --motion head=9", FAILED, "head"),
    ("render A S -o T/a.xyz", FAILED, "mp4"),
    ("render A S -o T/a.png", FAILED, "frame_%05d.png"),
    ("render A S -o T/none/a.mp4", FAILED, "folder"),
    ("render A S -o S", FAILED, "wav"),
    ("render A T/none.wav -o T/a.mp4", FAILED, "none.wav"),
    ("render A T -o T/a.mp4", FAILED, "folder"),
    ("render A A -o T/a.mp4", FAILED, "sound"),
    ("render A EMPTY -o T/a.mp4", FAILED, "sound"),
    ("render S S -o T/a.mp4", FAILED, ""),
    ("render EMPTY S -o T/a.mp4", FAILED, ""),
    ("render T S -o T/a.mp4", FAILED, "folder"),
    ("render nobody S -o T/a.mp4", FAILED, "character"),
    ("render T/none.imx S -o T/a.mp4", FAILED, "none.imx"),
    ("render ENCRYPTED S -o T/a.mp4", FAILED, ""),
    ("render '' S -o T/a.mp4", FAILED, "empty"),
    ("render A '' -o T/a.mp4", FAILED, "empty"),
    ("render A S -o ''", FAILED, "empty"),
    ("render A S -o T/.mp4", FAILED, "hello.mp4"),
    ("render A S -o EMPTY", FAILED, "hello.mp4"),
    ("render A S -o T/a.mp4 --background ''", FAILED, "transparent"),
    (f"render A S -o T/{'a' * 300}.mp4", FAILED, "too long"),
    (f"render A S -o T/a.mp4 --background {'a' * 300}", FAILED, "too long"),
    ("render A /dev/zero -o T/a.mp4", FAILED, "sound"),
    ("info /dev/zero", FAILED, "ordinary"),
    ("build /dev/zero -o T/a.imx", FAILED, "device"),
    ("sheet", USAGE, "AVATAR"),
    ("sheet A", USAGE, "--output"),
    ("sheet A -o T/a.txt", FAILED, "png"),
    ("sheet A -o T/none/a.png --size 64", FAILED, "none"),
    ("sheet A -o T/a.png --columns 0", USAGE, "columns"),
    ("sheet A -o T/a.png --size 5", USAGE, "size"),
    ("sheet A -o T/a.png --crop nose", USAGE, "mouth"),
    ("sheet nobody -o T/a.png", FAILED, "nobody"),
    ("info", USAGE, "AVATAR"),
    ("info nobody", FAILED, "nobody"),
    ("info S", FAILED, ""),
    ("info ENCRYPTED", FAILED, ""),
    ("bench nobody", FAILED, "nobody"),
    ("bench A --runs 0", USAGE, "runs"),
    ("bench EMPTY", FAILED, ""),
    ("models", USAGE, "models"),
    ("models nonsense", USAGE, "nonsense"),
    ("build", USAGE, "PICTURE"),
    ("build S", USAGE, "--output"),
    ("build S -o T/a.imx", FAILED, ""),
    ("build S -o S", FAILED, "itself"),
    ("build S -o T/a.jpg", FAILED, ".imx"),
    ("build S -o -", FAILED, ".imx"),
    ("build T/none.jpg -o T/a.imx", FAILED, "none.jpg"),
    ("build S -o T/a.imx --face 0", USAGE, "face"),
    ("doctor extra", USAGE, "extra"),
    ("list extra", USAGE, "extra"),
]  # fmt: skip


@pytest.fixture
def places(avatar_file: Path, tmp_path: Path) -> dict[str, str]:
    sound = write_sound(tmp_path / "s.wav", beep(16_000, 0.2, 0.1, 0.15), 16_000)
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "bought.imx").write_bytes(b"IMX\0" + bytes(64))
    return {
        "A": str(avatar_file),
        "S": str(sound),
        "T": str(tmp_path),
        "EMPTY": str(tmp_path / "empty"),
        "ENCRYPTED": str(tmp_path / "bought.imx"),
    }


@pytest.mark.parametrize(("line", "status", "word"), WRONG, ids=[line[:60] for line, _, _ in WRONG])
def test_wrong_use(
    line: str,
    status: int,
    word: str,
    places: dict[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = sorted(tmp_path.iterdir())
    arguments = []
    for part in shlex.split(line):
        head, slash, tail = part.partition("/")
        arguments.append(places.get(head, head) + slash + tail)
    assert run(arguments) == status
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("visavis: ") and printed.err.count("\n") == 1
    assert len(printed.err) > 20 and "Traceback" not in printed.err
    assert word in printed.err
    assert "a bug" not in printed.err
    assert sorted(tmp_path.iterdir()) == before


def test_an_error_of_ours_is_one_line_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import visavis.cli.inspecting as inspecting

    def broken() -> tuple[str, ...]:
        raise RuntimeError("two\nlines")

    monkeypatch.setattr("visavis.library.characters", broken)
    assert inspecting.characters is not None
    assert run(["list"]) == FAILED
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "RuntimeError: two lines" in error
    assert "VISAVIS_DEBUG=1" in error
    monkeypatch.setenv("VISAVIS_DEBUG", "1")
    with pytest.raises(RuntimeError):
        run(["list"])


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=lambda n: str(int(n))
)
def test_a_signal_ends_quietly_and_leaves_nothing(
    number: signal.Signals, status: int, places: dict[str, str], tmp_path: Path
) -> None:
    long = write_sound(tmp_path / "long.wav", beep(16_000, 120, 1, 119), 16_000)
    before = sorted(tmp_path.iterdir())

    def listen() -> None:
        signal.signal(number, signal.SIG_DFL)  # what runs in the background ignores Ctrl-C

    process = subprocess.Popen(
        [sys.executable, "-m", "visavis.cli", "render", places["A"], str(long), "-o",
         str(tmp_path / "a.mp4")],
        stderr=subprocess.PIPE, preexec_fn=listen,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    while process.poll() is None and sorted(tmp_path.iterdir()) == before:
        time.sleep(0.02)  # until it has begun to write
    time.sleep(0.2)
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == status
    assert b"Traceback" not in errors
    assert sorted(tmp_path.iterdir()) == before


# the command with a stream closed, as a shell's <&- or >&- does; what it ends with, and says
CLOSED = [
    ("render A - -o T/a.mp4 <&-", FAILED, "stdin is closed"),
    ("render A S -o - >&-", FAILED, "stdout is closed"),
    ("info A >&-", 0, ""),
    ("info A --json >&-", 0, ""),
    ("info nobody 2>&-", FAILED, ""),
]


@pytest.mark.parametrize(("line", "status", "words"), CLOSED, ids=[line for line, _, _ in CLOSED])
def test_closed_streams(
    line: str, status: int, words: str, places: dict[str, str], tmp_path: Path
) -> None:
    names = {**places, "T/a.mp4": str(tmp_path / "a.mp4")}
    words_of_line = [
        part if "&" in part else shlex.quote(names.get(part, part)) for part in line.split()
    ]
    command = f"{shlex.quote(sys.executable)} -m visavis.cli {' '.join(words_of_line)}"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == status
    assert words in done.stderr and done.stderr.count("\n") == bool(words)
    assert done.stdout == ""


def test_a_terminal_of_ascii_gets_ascii(places: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "visavis.cli", "info", places["A"]],
        capture_output=True, check=True, env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert b"yaw \\xb1" in done.stdout
