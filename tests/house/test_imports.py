"""What `import visavis` brings with it, and what the running of characters may need."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "visavis"
HEAVY = ("cv2", "av", "scipy", "PIL", "numpy", "pydantic", "safetensors", "typer", "rich", "skia")
BUILD_ONLY = {"scipy", "ai_edge_litert"}
ELSEWHERE = {"skia", "torch", "skimage", "espeakng_loader", "pytest", "hypothesis"}


def test_importing_visavis_loads_nothing_heavy() -> None:
    code = "import sys, visavis; print(*sorted(m for m in sys.modules if '.' not in m))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(HEAVY) & set(run.stdout.split())


def test_the_command_answers_without_the_heavy_parts() -> None:
    code = "import sys, visavis.cli; print(*sorted(m for m in sys.modules if '.' not in m))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"cv2", "av", "scipy"} & set(run.stdout.split())


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: p.stem)
def test_module_imports_only_what_its_room_may(path: Path) -> None:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    if path.relative_to(PACKAGE) == Path("agent", "espeak.py"):
        found -= {"espeakng_loader"}
    offline_voice = {"espeakng_loader"} if path.parent.name == "agent" else set()
    assert not found & (ELSEWHERE - offline_voice)
    if path.relative_to(PACKAGE).parts[0] != "build":
        assert not found & BUILD_ONLY


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: p.stem)
def test_module_is_read_in_one_sitting(path: Path) -> None:
    text = path.read_text()
    if path.parent.name != "versions":  # migrations: written by Alembic, read once
        assert len(text.splitlines()) <= 300
    assert ast.get_docstring(ast.parse(text)), "its first lines say what it is"
