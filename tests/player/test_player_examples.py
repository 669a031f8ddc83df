"""What the examples and the npm package promise, in a real browser; npm is needed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

import visavis
from tests.player.conftest import FOLDER
from tests.player.speaker import Speaker

ROOT = Path(__file__).parents[2]
WEB = ROOT / "examples" / "web"
ADA = Path(visavis.__file__).parent / "characters" / "ada.imx"


def npm(folder: Path, *arguments: str) -> str:
    """What npm says; skips without it, or where it reaches nothing."""
    command = shutil.which("npm")
    if command is None:
        pytest.skip("no npm here")
    done = subprocess.run(
        [command, "--no-audit", "--no-fund", *arguments],
        cwd=folder, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    if done.returncode and re.search(r"E(NOTFOUND|AI_AGAIN|CONNREFUSED|TIMEDOUT|NETUNREACH|404)",
                                     done.stderr):  # fmt: skip
        pytest.skip("npm reaches no registry")
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_plain_page(page: Any, site: tuple[str, Path]) -> None:
    (site[1] / "player.html").write_text((WEB / "player.html").read_text())
    (site[1] / "ada.imx").write_bytes(ADA.read_bytes())
    page.goto(f"{site[0]}/player.html")
    page.wait_for_function("document.querySelector('visavis-avatar').drawn > 2")
    assert page.evaluate("document.querySelector('visavis-avatar').getAttribute('aria-label')")


def test_react(page: Any, site: tuple[str, Path]) -> None:
    """Installed, bundled and minified as a site does it; it speaks, and is heard."""
    folder = site[1] / "react"
    shutil.copytree(WEB / "react", folder, ignore=shutil.ignore_patterns("node_modules", "dist"))
    wanted = json.loads((folder / "package.json").read_text())
    wanted["dependencies"]["visavis-player"] = f"file:{FOLDER}"
    (folder / "package.json").write_text(json.dumps(wanted))
    npm(folder, "install")
    npm(folder, "run", "build")
    (folder / "ada.imx").write_bytes(ADA.read_bytes())
    with Speaker() as speaker:
        page.goto(f"{site[0]}/react/index.html?connect={speaker.url.replace('?', '%3F')}")
        page.wait_for_function("document.getElementById('state')?.textContent === 'idle'")
        page.wait_for_function(
            "document.querySelector('visavis-avatar').stream?.live.sound?.audible"
        )
        page.fill("input", "20")
        page.click("text=Say it")
        page.wait_for_function("document.getElementById('state').textContent === 'speaking'")
        page.click("text=Stop")
        page.wait_for_function("document.getElementById('state').textContent === 'idle'")
    assert page.query_selector("[role=alert]") is None


def test_the_npm_package_is_the_player() -> None:
    packed = json.loads(npm(FOLDER, "pack", "--dry-run", "--json"))
    [entry] = packed.values() if isinstance(packed, dict) else packed
    held = {file["path"] for file in entry["files"]}
    modules = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.js")}
    assert held == modules | {"package.json", "README.md", "visavis.d.ts"}
    assert entry["version"] == "0.1.0"


def test_the_types(tmp_path: Path) -> None:
    """What TypeScript thinks of a page that uses the package."""
    compiler = shutil.which("tsc")
    if compiler is None:
        pytest.skip("no TypeScript here (npm install -g typescript)")
    (tmp_path / "use.ts").write_text(
        """import {make, NAMES} from "visavis-player";
const face = document.createElement("visavis-avatar");
face.addEventListener("finished", ({detail}) => { const end: number = detail.position; void end; });
face.pose = (pose, seconds) => { pose[NAMES.indexOf("jawOpen")] = Math.sin(seconds); };
const said: Promise<boolean> = face.speak("hello");
void said; void make({jawOpen: 1});
// @ts-expect-error there is no such state
face.setState("asleep");
"""
    )
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "visavis-player").symlink_to(FOLDER)
    found = subprocess.run(
        [compiler, "--noEmit", "--strict", "--module", "esnext", "--moduleResolution", "bundler",
         "--target", "es2022", "--lib", "es2023,dom", "use.ts"],
        cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout
