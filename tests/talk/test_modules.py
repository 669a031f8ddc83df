"""The page's modules: short, all of them used, and TypeScript finds nothing in their types."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from visavis.talk.app import PAGE

IMPORTED = re.compile(r'(?:from|import) "\./([a-z]+\.js)"')
IN_A_THREAD_OF_ITS_OWN = {"hearing.js"}


def test_each_is_short_and_reached_from_the_page() -> None:
    modules = {path.name: path.read_text("utf-8") for path in PAGE.glob("*.js")}
    assert 'src="/page/app.js"' in (PAGE / "index.html").read_text("utf-8")
    reached, further = set(), {"app.js"} | IN_A_THREAD_OF_ITS_OWN
    while further:
        reached |= further
        further = {to for name in further for to in IMPORTED.findall(modules[name])} - reached
    assert reached == set(modules)
    for name, text in modules.items():
        assert text.startswith("// ") and text.count("\n") <= 300, name


def test_types(tmp_path: Path) -> None:
    compiler = shutil.which("tsc")
    if compiler is None:
        pytest.skip("no TypeScript here (npm install -g typescript)")
    player = PAGE.parents[1] / "player"
    options = json.loads((player / "tsconfig.json").read_text("utf-8"))["compilerOptions"]
    options["paths"] = {"/player/*": [f"{player}/*"]}
    config = tmp_path / "tsconfig.json"
    config.write_text(json.dumps({"compilerOptions": options, "include": [f"{PAGE}/*.js"]}))
    found = subprocess.run(
        [compiler, "-p", str(config)], capture_output=True, text=True, timeout=240, check=False
    )
    assert found.returncode == 0, found.stdout
