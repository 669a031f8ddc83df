"""The element on a page: it loads, draws, lives, speaks, falls silent, rests, and comes back."""

from __future__ import annotations

import gzip
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.synthetic import tiny_model
from tests.player.conftest import FOLDER
from visavis import imx

BEGIN = """async () => {
  await import("/player/visavis.js");
  const face = document.createElement("visavis-avatar");
  face.style.cssText = "width: 128px; height: 128px";
  window.face = face;
  window.told = [];
  for (const name of ["ready", "error", "started", "finished"])
    face.addEventListener(name, (event) => told.push([name, event.detail]));
  face.setAttribute("background", "still");
  face.setAttribute("src", "/tiny.imx");
  document.body.append(face);
}"""
SEEN = """() => new Promise((done) => requestAnimationFrame(() => {
  const copy = document.createElement("canvas"), pen = copy.getContext("2d");
  copy.width = copy.height = 64;
  face.idle.at = () => new Float32Array(63);
  face.pose = window.shape ? (pose) => Object.assign(pose, window.shape) : null;
  requestAnimationFrame(() => {
    pen.drawImage(face.canvas, 0, 0, 64, 64);
    done(Array.from(pen.getImageData(0, 0, 64, 64).data));
  });
}))"""
SPEAK = """(seconds) => {
  const context = new AudioContext(), rate = context.sampleRate;
  const sound = context.createBuffer(1, Math.round(seconds * rate), rate);
  const poses = Array.from({length: Math.ceil(seconds * 25)}, (_, i) =>
    Object.assign(new Float32Array(63), {17: i / 25}));
  window.spoken = face.speak(sound, poses, 25, context);
}"""


@pytest.fixture
def face(page: Any, site: tuple[str, Path]) -> Iterator[Any]:
    """A page with the element, ready."""
    (site[1] / "tiny.imx").write_bytes(imx.encode(tiny_model(size=(128, 128))))
    page.evaluate(BEGIN)
    page.wait_for_function("told.length > 0")
    assert page.evaluate("told") == [["ready", {"name": "tiny"}]]
    yield page


def drawn(page: Any) -> int:
    count: int = page.evaluate("face.drawn")
    return count


def test_it_draws_and_lives(face: Any) -> None:
    before = drawn(face)
    face.wait_for_function(f"face.drawn > {before} + 3")
    assert face.evaluate("face.getAttribute('aria-label')") == "tiny"
    still = face.evaluate(SEEN)
    assert min(still[3::4]) == 255 and len(set(still)) > 30  # the whole canvas, in colours
    face.evaluate("window.shape = {17: 1}")
    assert face.evaluate(SEEN) != still


def test_it_speaks_in_step_and_ends_once(face: Any) -> None:
    face.evaluate(
        "window.heard = []; face.pose = () => { const said = face.performance;"
        "if (said.speaking && said.position) heard.push([said.position, said.last[17]]); }"
    )
    face.evaluate(SPEAK, 1.5)
    assert face.evaluate("spoken") is True
    assert face.evaluate("face.state") == "idle"
    heard = face.evaluate("heard")
    assert len(heard) >= 3
    # each pose belongs to the sound that is heard as it is drawn
    assert all(abs(opened + 0.02 - min(position, 1.48)) < 0.025 for position, opened in heard)
    names = [name for name, _ in face.evaluate("told")]
    assert names == ["ready", "started", "finished"]


def test_it_is_interrupted(face: Any) -> None:
    face.evaluate(SPEAK, 30)
    face.wait_for_function("face.performance.position > 0.05")
    assert face.evaluate("face.state") == "speaking"
    face.evaluate("face.interrupt()")
    assert face.evaluate("spoken") is False
    end = face.evaluate("told.at(-1)")
    assert end[0] == "finished" and end[1]["interrupted"] and 0 < end[1]["position"] < 20


def test_it_rests_unseen_and_survives_a_lost_context(face: Any) -> None:
    face.evaluate("face.style.position = 'absolute', face.style.top = '-9999px'")
    face.wait_for_function("face.request === 0")
    before = drawn(face)
    face.evaluate("face.style.position = face.style.top = ''")
    face.wait_for_function(f"face.drawn > {before}")
    face.evaluate("window.lost = face.gl.getExtension('WEBGL_lose_context'); lost.loseContext()")
    face.wait_for_function("face.drawer === null")
    face.evaluate("setTimeout(() => lost.restoreContext())")
    face.wait_for_function("face.drawer !== null")
    before = drawn(face)
    face.wait_for_function(f"face.drawn > {before}")
    assert len(set(face.evaluate(SEEN))) > 30


def test_it_says_what_is_wrong_with_a_file(face: Any, site: tuple[str, Path]) -> None:
    (site[1] / "broken.imx").write_bytes(b"IMX\0" + bytes(100))
    for src in ("/broken.imx", "/absent.imx"):
        face.evaluate("src => { window.said = new Promise((done) => face.addEventListener('error',"
                      "(e) => done(String(e.detail.error)), {once: true}));"
                      "face.setAttribute('src', src); }", src)  # fmt: skip
        assert "InvalidAvatar" in face.evaluate("said")
    assert face.evaluate("face.drawer !== null")  # the one before stays


def test_captions_and_colours(face: Any) -> None:
    face.evaluate("face.captions = '<b>hello</b>'")
    assert face.evaluate("face.captions") == "<b>hello</b>"  # text, never markup
    face.evaluate("face.setAttribute('background', '#ff8000')")
    assert face.evaluate("Array.from(face.drawer.pixels().slice(0, 4))")[3] == 255


def packed(paths: list[Path]) -> int:
    """Bytes of modules, each packed by itself, as a server sends them."""
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in paths)


def waited_for(module: Path) -> set[Path]:
    """A module and all it imports at once."""
    found, new = set[Path](), {module}
    while new:
        found |= new
        named = {
            (path.parent / name).resolve()
            for path in new
            for name in re.findall(r'from "(\.[^"]+)"', path.read_text())
        }
        new = named - found
    return found


def test_size() -> None:
    """What the first face waits for; and all modules together, in one archive."""
    modules = sorted(FOLDER.resolve().rglob("*.js"))
    first = waited_for(FOLDER.resolve() / "visavis.js")
    assert 20 < len(first) < len(modules) and first < set(modules)
    assert packed(sorted(first)) <= 60_000
    whole = b"".join(path.read_bytes() for path in modules)
    assert len(gzip.compress(whole, 9)) <= 60_000
    for path in modules:
        lines = path.read_text().splitlines()
        assert lines[0] == "/**" and len(lines) <= 300, path.name


def test_types() -> None:
    """TypeScript finds nothing in the modules' JSDoc types."""
    compiler = shutil.which("tsc")
    if compiler is None:
        pytest.skip("no TypeScript here (npm install -g typescript)")
    found = subprocess.run(
        [compiler, "-p", str(FOLDER)], capture_output=True, text=True, timeout=240, check=False
    )
    assert found.returncode == 0, found.stdout
