"""The browser's picture is the CPU drawer's: same avatar, same poses, held against each other."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import visavis
from tests.helpers.synthetic import tiny_model
from tests.player.pictures import HIGH, MEAN, POSES, Picture, away, drawn_here, drawn_in_browser
from visavis import imx
from visavis.imx import AvatarModel
from visavis.pose import POSE_SIZE
from visavis.render import Renderer

FEW = ("rest", "a smile", "half a blink", "oo")
CHARACTERS = Path(visavis.__file__).parent / "characters"


@cache
def character(name: str) -> AvatarModel:
    return imx.read(CHARACTERS / f"{name}.imx")


def assert_same(
    seen: list[Picture], wanted: list[Picture], names: tuple[str, ...] = tuple(POSES)
) -> None:
    for name, one, other in zip(names, seen, wanted, strict=True):
        assert one.shape == other.shape
        difference = away(one, other)
        mean, high = difference.mean(), np.percentile(difference, 99.5)
        assert mean <= MEAN and high <= HIGH, f"{name}: mean {mean:.2f}, 99.5 % {high:.0f}"
    # the poses are pictures of their own, so likeness to the wrong one would be noticed
    assert all(np.abs(one.astype(int) - seen[0]).max() > 30 for one in seen[1:])


def numbers(texts: list[str], assignment: str) -> dict[str, float]:
    """Constants by their names, of lines `A, B = 1, 2` or `A = 1, B = 2`."""
    found: dict[str, float] = {}
    for text in texts:
        for line in re.findall(assignment, text, re.MULTILINE):
            for name, value in re.findall(r"([A-Z][A-Z0-9_]{2,}) = (-?[\d.]+)(?![\d.*/(])", line):
                found[name] = float(value)
            names, _, values = line.partition(" = ")
            if re.fullmatch(r"[-\d., ]+", values):
                pairs = zip(names.split(","), values.split(","), strict=False)
                found |= {name.strip().lstrip("_"): float(value) for name, value in pairs}
    return found


def test_the_numbers_are_the_cpu_drawers() -> None:
    """A constant that both drawers name alike is alike: a change of one is seen here first."""
    source = Path(visavis.__file__).parent
    here = numbers([p.read_text() for p in (source / "render").glob("*.py")], r"^_?[A-Z].* = .*$")
    there = numbers(
        [p.read_text() for p in (source / "player" / "draw").glob("*.js")], r"^const (.*);$"
    )
    shared = here.keys() & there.keys()
    assert len(shared) >= 30, shared
    assert {name: there[name] for name in shared} == {name: here[name] for name in shared}


@pytest.mark.parametrize(
    ("name", "size", "background", "framing", "names"),
    [
        ("ada", (512, 512), "still", "auto", tuple(POSES)),
        ("mei", (360, 480), "transparent", "close", FEW),
        ("rufus", (96, 96), "still", "auto", FEW),  # drawn larger: its texture is much finer
        ("otto", (1024, 1024), "transparent", "auto", FEW[:2]),  # a dense screen
    ],
)
def test_the_characters_of_the_wheel(
    page: Any,
    site: tuple[str, Path],
    name: str,
    size: tuple[int, int],
    background: str,
    framing: str,
    names: tuple[str, ...],
) -> None:
    data = (CHARACTERS / f"{name}.imx").read_bytes()
    seen = drawn_in_browser(page, site[1], data, size, background, framing, names)
    assert_same(seen, drawn_here(character(name), size, background, framing, names), names)


@pytest.mark.parametrize(("name", "size"), [("041", 512), ("078", 1024)])
def test_portraits(
    page: Any, site: tuple[str, Path], shared_data: Path, tmp_path: Path, name: str, size: int
) -> None:
    """Photos; all of them are compared by benchmarks/webgl.py."""
    visavis.build(shared_data / "portraits" / f"{name}.jpg", tmp_path / "built.imx").close()
    data = (tmp_path / "built.imx").read_bytes()
    seen = drawn_in_browser(page, site[1], data, (size, size), "transparent", names=FEW)
    wanted = drawn_here(imx.read(data), (size, size), "transparent", names=FEW)
    assert_same(seen, wanted, FEW)


def test_a_picture_wider_than_the_canvas(page: Any, site: tuple[str, Path]) -> None:
    data = (CHARACTERS / "ada.imx").read_bytes()
    seen = drawn_in_browser(page, site[1], data, (720, 256), "still", names=FEW[:2])
    assert_same(seen, drawn_here(character("ada"), (720, 256), "still", names=FEW[:2]), FEW[:2])


def test_an_avatar_with_one_eye(page: Any, site: tuple[str, Path]) -> None:
    """A mesh that folds over itself at every pose: only what stays in its place is compared."""
    data = imx.encode(tiny_model(size=(128, 128), eyes=(True, False)))
    model = imx.read(data)
    seen = drawn_in_browser(page, site[1], data, (128, 128), "still", names=FEW[:1])[0]
    wanted = Renderer(model, (128, 128), "rgba").draw(np.zeros(POSE_SIZE, np.float32))
    difference = np.abs(seen[..., :3].astype(int) - wanted[..., :3])
    assert difference.mean() < MEAN
