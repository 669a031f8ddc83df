"""Documents: their links lead somewhere, their examples run, their claims of the code hold."""

from __future__ import annotations

import re
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("examples/*.md")])
LINK = re.compile(r"\[[^\]]*\]\(\s*([^)\s]+)\s*\)")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_to_files(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    for target in LINK.findall(text):
        if not re.match(r"[a-z]+:|#", target):
            assert (page.parent / target.split("#")[0]).exists(), target


def test_navigation_names_every_page() -> None:
    named = set(re.findall(r"[\w-]+\.md", (ROOT / "mkdocs.yml").read_text()))
    assert named == {page.name for page in ROOT.glob("docs/*.md")}


def test_pictures_are_few_and_small() -> None:
    pictures = list((ROOT / "docs" / "img").iterdir())
    assert max(p.stat().st_size for p in pictures) < 1_500_000
    assert sum(p.stat().st_size for p in pictures) < 2_000_000
    text = "".join(page.read_text() for page in PAGES)
    for picture in pictures:
        assert f"img/{picture.name}" in text, f"{picture.name} is shown nowhere"


def test_make_lists_its_targets() -> None:
    text = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", text, re.MULTILINE))
    listed = set(re.findall(r'@echo "make ([a-z-]+) ', text))
    assert listed == targets - {"help"}


def test_changelog_speaks_of_this_version() -> None:
    project = (ROOT / "pyproject.toml").read_text()
    version = re.search(r'^version = "(.+)"', project, re.MULTILINE)
    assert version
    assert f"## {version[1]} " in (ROOT / "CHANGELOG.md").read_text()


def test_every_dependency_is_pinned_for_make() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = set(re.findall(r"^([\w.-]+)==", (ROOT / "constraints.txt").read_text(), re.MULTILINE))
    extras = [name for group in project["optional-dependencies"].values() for name in group]
    for wanted in [*project["dependencies"], *extras]:
        name = re.match(r"[\w.-]+", wanted)
        assert name
        assert name[0] in pinned | {"visavis"}, f"{name[0]} has no line in constraints.txt"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a second of something voiced."""
    path = tmp_path_factory.mktemp("sound") / "hello.wav"
    t = np.arange(8000) / 16000
    tone = np.sin(2 * np.pi * 140 * t) * (0.4 + 0.4 * np.sin(2 * np.pi * 4 * t))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes((tone * 12000).astype(np.int16).tobytes())
    return path


EXAMPLES = {
    "render_file": "out.mp4",
    "take_frames": None,
    "change_the_pose": "out.mp4",
    "transparent": "out.webm",
    "record_session": "out.mp4",
}
IN_A_ROOM = {"agent_cloud", "agent_image", "agent_local", "agent_offline", "agent_openai",
             "room_without_agent"}  # fmt: skip
"""Those that need a LiveKit server: tests/live and tests/serve run what runs without a vendor."""


def test_every_example_is_tried() -> None:
    assert {path.stem for path in (ROOT / "examples").glob("*.py")} == set(EXAMPLES) | IN_A_ROOM


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_runs(name: str, sound: Path, tmp_path: Path) -> None:
    out = EXAMPLES[name]
    arguments = [str(sound)] + ([str(tmp_path / out)] if out else [])
    script = ROOT / "examples" / f"{name}.py"
    run = subprocess.run(
        [sys.executable, str(script), *arguments], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout
    if out:
        assert (tmp_path / out).stat().st_size > 1000
