"""What the documents tell a reader to type works as it is written there."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
import typer

import visavis
from tests.helpers.avatars import beep, write_avatar, write_sound
from visavis.cli import run
from visavis.cli.app import app
from visavis.speech import mouth_rows

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)

NOT_RUN = {
    "build",
    "evaluate",
    "bench",
    "models",
    "talk",
    "play",
    "cloud",
    "login",
    "pull",
    "push",
    "usage",
}
"""Commands that need networks, a cloud or minutes, or never end: only options are checked."""


def blocks(page: Path) -> list[tuple[str, str]]:
    return BLOCK.findall(page.read_text())


def commands(page: Path) -> list[str]:
    lines = [line for kind, text in blocks(page) if kind in ("", "sh", "console")
             for line in text.splitlines()]  # fmt: skip
    return [line.removeprefix("$ ") for line in lines if re.match(r"(\$ )?visavis [a-z]", line)]


COMMANDS = {f"{p.stem}: {c.split('#')[0].strip()}": c for p in PAGES if p.stem != "cli"
            for c in commands(p)}  # fmt: skip
SCRIPTS = {p.stem: "\n".join(text for kind, text in blocks(p) if kind == "python") for p in PAGES}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the documents speak of, and building that copies an avatar."""
    avatar = write_avatar(tmp_path)
    for name in ("me.imx", "ada.imx"):
        shutil.copy(avatar, tmp_path / name)
    write_sound(tmp_path / "hello.wav", beep(48_000, 0.2, 0.1, 0.15), 48_000)
    (tmp_path / "face.csv").write_text("Timecode,JawOpen\n0:0:0:0.0,0.1\n0:0:0:30.0,0.4\n")

    def build(picture: str, out: str, **options: str) -> visavis.Avatar:
        return visavis.open(shutil.copy(avatar, out))

    monkeypatch.setattr(visavis, "build", build)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS.values(), ids=list(COMMANDS))
def test_command_runs(command: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = shlex.split(command, comments=True)[1:]
    if arguments[0] in NOT_RUN:
        group = typer.main.get_command(app)
        context = group.make_context("visavis", arguments)
        name, sub, rest = group.resolve_command(context, arguments)  # type: ignore[attr-defined]
        sub.make_context(name, rest)
    else:
        assert run(arguments) == 0, capsys.readouterr().err


@pytest.fixture
def a_cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A cloud with an account, as `visavis login` would leave it."""
    from tests.cloud.served import served
    from visavis.cloud.app import create_app
    from visavis.cloud.context import Cloud
    from visavis.cloud.settings import load

    running = Cloud(load(data=tmp_path / "cloud", sign_up="open", engine="none"))
    with served(create_app(running)) as url, httpx.Client(base_url=url, timeout=60) as http:
        form = {"email": "a@example.org", "password": "a long sentence", "name": "A"}
        http.headers["X-CSRF-Token"] = http.post("/v1/sign-up", json=form).json()["csrf"]
        secret = http.post("/v1/secrets", json={"name": "docs"}).json()["secret"]
        monkeypatch.setenv("VISAVIS_API_URL", url)
        monkeypatch.setenv("VISAVIS_API_SECRET", secret)
        yield


@pytest.mark.parametrize("page", [name for name, text in SCRIPTS.items() if text])
def test_python_runs(page: str, folder: Path, request: pytest.FixtureRequest) -> None:
    if page == "cloud":
        request.getfixturevalue("a_cloud")
    given = {
        "samples": np.zeros(9600, np.int16),
        "rows": mouth_rows(np.zeros(16_000, np.int16), 16_000),
        "source": [np.zeros(4800, np.int16)],
    }
    code = compile(SCRIPTS[page], page, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    done = eval(code, given)
    if inspect.iscoroutine(done):
        asyncio.run(asyncio.wait_for(done, 60))
